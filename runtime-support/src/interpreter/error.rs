//! Why a module can't be loaded.

use alloc::string::{String, ToString};
use core::fmt;

use wasmparser::BinaryReaderError;

/// Why bytes are no module that can be interpreted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError {
    message: String,
    offset: u64,
    function: Option<u32>,
}

impl LoadError {
    pub(super) fn new(message: &str, offset: u64) -> LoadError {
        LoadError {
            message: message.to_string(),
            offset,
            function: None,
        }
    }

    pub(super) fn invalid(error: &BinaryReaderError) -> LoadError {
        LoadError::new(error.message(), error.offset())
    }

    pub(super) fn in_function(self, index: u32) -> LoadError {
        LoadError {
            function: Some(index),
            ..self
        }
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Where, in bytes from the start of the module.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The index of the function whose body is wrong, imported functions counted, if it is one's.
    pub fn function(&self) -> Option<u32> {
        self.function
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at offset {:#x}", self.message, self.offset)?;
        if let Some(function) = self.function {
            write!(f, ", in function {function}")?;
        }
        f.write_str(")")
    }
}

impl core::error::Error for LoadError {}

/// Something that validation should have refused, or more than this crate has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unexpected;

impl From<BinaryReaderError> for Unexpected {
    fn from(_: BinaryReaderError) -> Unexpected {
        Unexpected
    }
}
