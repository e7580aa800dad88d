//! What can be wrong with a module or its surroundings, in words for the person who has to act.

use std::fmt;
use std::path::{Path, PathBuf};

/// Why a module could not be translated.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read or written.
    Io {
        /// The file.
        path: PathBuf,
        /// What was being done, as "read" or "write".
        action: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// The input is no WebAssembly module, and this is what it seems to be.
    NotAModule(String),
    /// The module breaks a rule of the specification.
    Invalid {
        /// What is wrong.
        message: String,
        /// Where, in bytes from the start of the module.
        offset: u64,
        /// The function it is in, where known.
        function: Option<String>,
    },
    /// The module is valid but uses what is not supported.
    Unsupported {
        /// What it uses.
        proposal: String,
        /// Where first, in bytes from the start of the module.
        offset: u64,
    },
    /// The text format could not be parsed; the message shows where.
    Text(String),
    /// An option is not what it should be.
    Option(String),
    /// A mistake of this program.
    Internal(String),
}

impl Error {
    pub(crate) fn read(path: &Path, source: std::io::Error) -> Error {
        Error::Io {
            path: path.to_owned(),
            action: "read",
            source,
        }
    }

    pub(crate) fn write(path: &Path, source: std::io::Error) -> Error {
        Error::Io {
            path: path.to_owned(),
            action: "write",
            source,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Io {
                path,
                action,
                source,
            } => {
                write!(f, "cannot {action} `{}`: {source}", path.display())
            }
            Error::NotAModule(what) => write!(f, "not a WebAssembly module: {what}"),
            Error::Invalid {
                message,
                offset,
                function,
            } => {
                write!(f, "invalid module: {message} (at offset {offset:#x}")?;
                if let Some(function) = function {
                    write!(f, ", in `{function}`")?;
                }
                f.write_str(")")
            }
            Error::Unsupported { proposal, offset } => write!(
                f,
                "this module uses {proposal}, at offset {offset:#x}; not supported yet"
            ),
            Error::Text(message) => f.write_str(message),
            Error::Option(message) => f.write_str(message),
            Error::Internal(message) => write!(
                f,
                "internal error of wasm2rs: {message}; please report it together with the module"
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
