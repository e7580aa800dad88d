//! What the command says when it can't do what it was asked to.

use std::fmt;
use std::io;
use std::path::Path;

use crate::Error;

/// Why something was not done: one message that says what and where, and often what to do.
#[derive(Debug)]
pub struct Failure {
    message: String,
    help: Option<String>,
}

impl Failure {
    /// Says what is wrong, and where.
    pub fn new(message: impl Into<String>) -> Failure {
        Failure {
            message: message.into(),
            help: None,
        }
    }

    /// Says what the user can do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Failure {
        self.help = Some(help.into());
        self
    }

    /// The system could not `action` what is at `path`.
    pub fn io(action: &str, path: &Path, error: &io::Error) -> Failure {
        let failure = Failure::new(format!("cannot {action} `{}`: {error}", path.display()));
        let reading = action == "read";
        match error.kind() {
            io::ErrorKind::IsADirectory if reading => {
                failure.help("name the WebAssembly file in it")
            }
            io::ErrorKind::IsADirectory => failure.help("it is a directory; name a file"),
            io::ErrorKind::NotFound if !reading => {
                failure.help("its directory does not exist; create it first")
            }
            io::ErrorKind::PermissionDenied => {
                failure.help("check the permissions of the file and its directory")
            }
            io::ErrorKind::StorageFull => failure.help("the disk is full"),
            _ => failure,
        }
    }

    /// The module in the file `input` can't be translated.
    pub fn of_module(input: &Path, error: Error) -> Failure {
        match error {
            Error::Io {
                path,
                action,
                source,
            } => Failure::io(action, &path, &source),
            // Says the file by itself.
            Error::Text(message) => Failure::new(message),
            error => {
                let failure = Failure::new(format!("`{}`: {error}", input.display()));
                match error {
                    Error::Unsupported { .. } => failure.help(format!(
                        "`wasm2rs inspect {}` lists all that the module needs; most compilers can \
                         be told to do without some of it",
                        input.display()
                    )),
                    Error::Invalid { .. } => failure.help(
                        "the file is damaged or incomplete, or what made it has a mistake; \
                         get it or make it again",
                    ),
                    _ => failure,
                }
            }
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message.trim_end())?;
        if let Some(help) = &self.help {
            write!(f, "\nhelp: {help}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}
