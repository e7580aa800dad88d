//! [`WasiBuilder`]: what a guest is given.

use core::fmt;
use std::env;
use std::error::Error;
use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use super::context::Wasi;
use super::descriptor::{Descriptor, Descriptors};
use super::directory::Directory;
use super::stream::{Input, Output};

/// Describes what a guest is given; made by [`Wasi::builder`].
///
/// Nothing is given by default: no arguments, no environment, an empty standard input, standard
/// output and error that are thrown away, no files. Clocks are real, and random numbers are the
/// operating system's.
///
/// ```
/// use wasm2rs_support::wasi::Wasi;
///
/// # fn main() -> Result<(), wasm2rs_support::wasi::WasiError> {
/// // Like a program started from a shell, but with only one directory.
/// let wasi = Wasi::builder()
///     .args(std::env::args_os())
///     .inherit_env()
///     .inherit_stdio()
///     .preopened_dir(".", ".")?
///     .build();
/// # drop(wasi);
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct WasiBuilder {
    arguments: Vec<Vec<u8>>,
    environment: Vec<(Vec<u8>, Vec<u8>)>,
    stdin: Input,
    stdout: Output,
    stderr: Output,
    directories: Vec<Directory>,
}

impl WasiBuilder {
    pub(super) fn new() -> Self {
        WasiBuilder {
            arguments: Vec::new(),
            environment: Vec::new(),
            stdin: Input::empty(),
            stdout: Output::discard(),
            stderr: Output::discard(),
            directories: Vec::new(),
        }
    }

    /// Adds an argument. The first one is the name of the program (`argv[0]`).
    ///
    /// For most guests a zero byte in it would end it.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(encode(argument.as_ref()));
        self
    }

    /// Adds arguments; see [`arg`](Self::arg).
    pub fn args(self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    /// Sets an environment variable. One of that name that was set before is replaced.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        let (name, value) = (encode(name.as_ref()), encode(value.as_ref()));
        match self
            .environment
            .iter_mut()
            .find(|(other, _)| *other == name)
        {
            Some((_, old)) => *old = value,
            None => self.environment.push((name, value)),
        }
        self
    }

    /// Sets environment variables; see [`env`](Self::env).
    pub fn envs(
        self,
        variables: impl IntoIterator<Item = (impl AsRef<OsStr>, impl AsRef<OsStr>)>,
    ) -> Self {
        variables
            .into_iter()
            .fold(self, |builder, (name, value)| builder.env(name, value))
    }

    /// Gives the guest all environment variables that this process has now.
    pub fn inherit_env(self) -> Self {
        self.envs(env::vars_os())
    }

    /// Gives the guest the standard input, output and error of this process.
    pub fn inherit_stdio(self) -> Self {
        self.inherit_stdin().inherit_stdout().inherit_stderr()
    }

    /// Lets the guest read the standard input of this process, through [`std::io::stdin`]: what
    /// the process has buffered there comes first. The caller of the guest must not hold its
    /// lock, or the guest waits forever.
    pub fn inherit_stdin(mut self) -> Self {
        self.stdin = Input::inherited();
        self
    }

    /// Lets the guest write to the standard output of this process. What is buffered in
    /// [`std::io::stdout`] is written before.
    pub fn inherit_stdout(mut self) -> Self {
        self.stdout = Output::inherited_stdout();
        self
    }

    /// Lets the guest write to the standard error of this process.
    pub fn inherit_stderr(mut self) -> Self {
        self.stderr = Output::inherited_stderr();
        self
    }

    /// Lets the guest read these bytes as its standard input.
    pub fn stdin_bytes(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin(io::Cursor::new(bytes.into()))
    }

    /// Lets the guest read its standard input from `reader`.
    pub fn stdin(mut self, reader: impl Read + Send + 'static) -> Self {
        self.stdin = Input::from_reader(Box::new(reader));
        self
    }

    /// Hands what the guest writes to its standard output to `writer`: a [`WasiBuffer`] to look
    /// at it later, for example.
    ///
    /// Every write is handed on at once; guests have buffers of their own. The writer is flushed
    /// when the guest asks for that (`fd_sync`), closes the stream or exits.
    ///
    /// [`WasiBuffer`]: super::WasiBuffer
    pub fn stdout(mut self, writer: impl Write + Send + 'static) -> Self {
        self.stdout = Output::from_writer(Box::new(writer));
        self
    }

    /// Hands what the guest writes to its standard error to `writer`, as [`stdout`](Self::stdout)
    /// does.
    pub fn stderr(mut self, writer: impl Write + Send + 'static) -> Self {
        self.stderr = Output::from_writer(Box::new(writer));
        self
    }

    /// Grants a directory, with everything in it, for reading and writing. The guest sees it as
    /// `guest_path`; most find a path such as `/data/file` by looking for the granted directory
    /// whose name it starts with. The first one granted is descriptor 3.
    ///
    /// # Errors
    ///
    /// The host's path does not lead to a directory that can be opened.
    pub fn preopened_dir(
        mut self,
        host_path: impl AsRef<Path>,
        guest_path: impl Into<String>,
    ) -> Result<Self, WasiError> {
        let (path, guest_path) = (host_path.as_ref(), guest_path.into());
        match Dir::open_ambient_dir(path, ambient_authority()) {
            Ok(directory) => {
                self.directories
                    .push(Directory::granted(directory, guest_path));
                Ok(self)
            }
            Err(error) => Err(WasiError {
                path: path.to_owned(),
                guest_path,
                error,
            }),
        }
    }

    /// The state of a guest that is given all this. Its monotonic clock starts now.
    pub fn build(self) -> Wasi {
        let WasiBuilder {
            arguments,
            environment,
            stdin,
            stdout,
            stderr,
            directories,
        } = self;
        let environment = environment
            .into_iter()
            .map(|(mut variable, value)| {
                variable.push(b'=');
                variable.extend(value);
                variable
            })
            .collect();
        let streams = [
            Descriptor::Input(stdin),
            Descriptor::Output(stdout),
            Descriptor::Output(stderr),
        ];
        let directories = directories.into_iter().map(Descriptor::Directory);
        let descriptors = Descriptors::new(streams.into_iter().chain(directories));
        Wasi {
            arguments,
            environment,
            descriptors,
            start: Instant::now(),
        }
    }
}

impl Default for WasiBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for WasiBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The environment may hold secrets.
        let arguments: Vec<_> = self
            .arguments
            .iter()
            .map(|a| String::from_utf8_lossy(a))
            .collect();
        f.debug_struct("WasiBuilder")
            .field("arguments", &arguments)
            .finish_non_exhaustive()
    }
}

/// The bytes a guest sees: on Unix those of the string itself, elsewhere its UTF-8.
fn encode(string: &OsStr) -> Vec<u8> {
    string.as_encoded_bytes().to_vec()
}

/// A directory could not be granted.
#[derive(Debug)]
pub struct WasiError {
    path: PathBuf,
    guest_path: String,
    error: io::Error,
}

impl fmt::Display for WasiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let WasiError {
            path,
            guest_path,
            error,
        } = self;
        write!(
            f,
            "cannot give the guest `{}` as `{guest_path}`: {error}",
            path.display()
        )
    }
}

impl Error for WasiError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::TempDir;
    use super::*;

    #[test]
    fn a_variable_set_again_is_replaced() {
        let wasi = Wasi::builder()
            .env("A", "1")
            .envs([("B", "2"), ("A", "3")])
            .build();
        assert_eq!(wasi.environment, [b"A=3".to_vec(), b"B=2".to_vec()]);
    }

    #[test]
    fn arguments_come_in_order() {
        let wasi = Wasi::builder()
            .arg("program")
            .args(["a", ""])
            .arg(String::from("b"))
            .build();
        assert_eq!(wasi.arguments, [&b"program"[..], b"a", b"", b"b"]);
    }

    #[test]
    fn what_cannot_be_granted_is_named() {
        let directory = TempDir::new();
        let path = directory.path().join("missing");
        let error = Wasi::builder()
            .preopened_dir(&path, "/data")
            .unwrap_err()
            .to_string();
        assert!(error.contains(&path.display().to_string()), "{error}");
        assert!(
            error.contains("/data") && error.contains("os error"),
            "{error}"
        );

        let path = directory.path().join("file");
        std::fs::write(&path, "").unwrap();
        let error = Wasi::builder().preopened_dir(&path, "/data").unwrap_err();
        assert!(error.source().is_some());
    }
}
