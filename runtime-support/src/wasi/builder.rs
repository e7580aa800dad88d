//! [`WasiBuilder`]: what a guest is given.

use core::fmt;
use std::env;
use std::error::Error;
use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use super::clock::{self, Clocks};
use super::context::{State, Wasi};
use super::descriptor::{Descriptor, Descriptors};
use super::directory::{Directory, Place};
use super::files::WasiFiles;
use super::random::Random;
use super::socket::{Connection, Listener};
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
    sockets: Vec<Descriptor>,
    clocks: Clocks,
    random: Random,
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
            sockets: Vec::new(),
            clocks: Clocks::new(),
            random: Random::System,
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
        self,
        host_path: impl AsRef<Path>,
        guest_path: impl Into<String>,
    ) -> Result<Self, WasiError> {
        self.host_dir(host_path.as_ref(), guest_path.into(), true)
    }

    /// Grants a directory as [`preopened_dir`](Self::preopened_dir) does, but only for reading:
    /// whatever would change it or anything in it fails with [`Errno::Perm`](super::Errno::Perm).
    ///
    /// # Errors
    ///
    /// The host's path does not lead to a directory that can be opened.
    pub fn preopened_dir_read_only(
        self,
        host_path: impl AsRef<Path>,
        guest_path: impl Into<String>,
    ) -> Result<Self, WasiError> {
        self.host_dir(host_path.as_ref(), guest_path.into(), false)
    }

    fn host_dir(
        mut self,
        path: &Path,
        guest_path: String,
        writable: bool,
    ) -> Result<Self, WasiError> {
        match Dir::open_ambient_dir(path, ambient_authority()) {
            Ok(directory) => {
                let place = Place::Host(directory);
                let directory = Directory::granted(place, writable, guest_path);
                self.directories.push(directory);
                Ok(self)
            }
            Err(error) => Err(WasiError {
                path: path.to_owned(),
                guest_path,
                error,
            }),
        }
    }

    /// Grants a tree of files in memory, for reading only: the files that a program ships with,
    /// for example. It is numbered among the directories.
    pub fn preopened_files(self, files: &WasiFiles, guest_path: impl Into<String>) -> Self {
        self.files(files, guest_path.into(), false)
    }

    /// Grants a tree of files in memory, for reading and writing. What the guest wrote is in
    /// `files` afterwards; [`WasiFiles::with_limit`] says how much it may be.
    pub fn preopened_files_writable(
        self,
        files: &WasiFiles,
        guest_path: impl Into<String>,
    ) -> Self {
        self.files(files, guest_path.into(), true)
    }

    fn files(mut self, files: &WasiFiles, guest_path: String, writable: bool) -> Self {
        let place = Place::Tree(files.place(self.directories.len() as u64));
        self.directories
            .push(Directory::granted(place, writable, guest_path));
        self
    }

    /// Hands the guest a socket that waits for connections. Sockets are numbered after the
    /// directories, in the order in which they were handed in: the first one is descriptor 3 where
    /// there are no directories.
    ///
    /// ```
    /// use std::net::TcpListener;
    /// use wasm2rs_support::wasi::Wasi;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let wasi = Wasi::builder().tcp_listener(listener).build();
    /// # drop(wasi);
    /// # Ok(())
    /// # }
    /// ```
    pub fn tcp_listener(mut self, listener: TcpListener) -> Self {
        let listener = Listener::new(listener);
        self.sockets.push(Descriptor::Listener(listener.into()));
        self
    }

    /// Hands the guest a connection, numbered as [`tcp_listener`](Self::tcp_listener) says.
    pub fn tcp_stream(mut self, stream: TcpStream) -> Self {
        let connection = Connection::new(stream);
        self.sockets.push(Descriptor::Connection(connection.into()));
        self
    }

    /// The clock that tells the guest the time of day: since the beginning of 1970, UTC.
    pub fn wall_clock(mut self, clock: impl FnMut() -> Duration + Send + 'static) -> Self {
        self.clocks.wall = Some(clock::given(clock));
        self
    }

    /// The clock that the guest measures time with; it should never go back. The clocks of the
    /// processor's time are this one, too, so that nothing of the host's shows.
    pub fn monotonic_clock(mut self, clock: impl FnMut() -> Duration + Send + 'static) -> Self {
        self.clocks.monotonic = Some(clock::given(clock));
        self
    }

    /// How the guest sleeps: instead of sleeping, `sleep` is called with how long it would be. It
    /// should have the clocks go on by that.
    pub fn sleep(mut self, sleep: impl FnMut(Duration) + Send + 'static) -> Self {
        self.clocks.sleep = Some(std::sync::Mutex::new(Box::new(sleep)));
        self
    }

    /// Where the guest's random numbers come from: `fill` fills what it is given. Guests make keys
    /// of them.
    pub fn random(mut self, fill: impl FnMut(&mut [u8]) + Send + 'static) -> Self {
        self.random = Random::given(fill);
        self
    }

    /// Has the guest do the same whenever it is run with the same input: clocks start in 2020, go
    /// on by a millisecond each time somebody looks, and by what is slept, which takes no time;
    /// random numbers follow from `seed`, so nobody should make keys of them.
    ///
    /// ```
    /// use wasm2rs_support::wasi::Wasi;
    ///
    /// let wasi = Wasi::builder().deterministic(1).stdin_bytes("input").build();
    /// # drop(wasi);
    /// ```
    pub fn deterministic(mut self, seed: u64) -> Self {
        self.clocks = Clocks::deterministic();
        self.random = Random::seeded(seed);
        self
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
            sockets,
            mut clocks,
            random,
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
            Descriptor::Input(stdin.into()),
            Descriptor::Output(stdout.into()),
            Descriptor::Output(stderr.into()),
        ];
        let directories = directories.into_iter();
        let directories = directories.map(|directory| Descriptor::Directory(directory.into()));
        let granted = streams.into_iter().chain(directories).chain(sockets);
        clocks.start = Instant::now();
        Wasi(Arc::new(State {
            arguments,
            environment,
            descriptors: Descriptors::new(granted),
            clocks,
            random,
        }))
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
        assert_eq!(wasi.0.environment, [b"A=3".to_vec(), b"B=2".to_vec()]);
    }

    #[test]
    fn arguments_come_in_order() {
        let wasi = Wasi::builder()
            .arg("program")
            .args(["a", ""])
            .arg(String::from("b"))
            .build();
        assert_eq!(wasi.0.arguments, [&b"program"[..], b"a", b"", b"b"]);
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
