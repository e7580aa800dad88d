//! What host functions return when they fail.

use alloc::boxed::Box;
use alloc::string::String;
use core::error::Error;
use core::fmt;

use super::Trap;

/// The failure of a host function; `?` makes it from any error.
///
/// It ends the call of the export with a [`Trap`] that hands the error out again
/// ([`Trap::downcast`]). A [`Trap`] that came from a call back into WebAssembly goes on as it is.
///
/// ```
/// # use wasm2rs_support::HostError;
/// fn parse(text: &str) -> Result<i32, HostError> {
///     if text.is_empty() {
///         return Err(HostError::message("nothing to parse"));
///     }
///     Ok(text.parse()?)
/// }
/// ```
///
/// It isn't an [`Error`] itself: that is what allows `?` on every error.
pub struct HostError(Trap);

impl HostError {
    /// A failure that is only described.
    pub fn message(message: impl Into<String>) -> HostError {
        HostError(Trap::host(message.into()))
    }

    /// Any error, also one that is in a box already.
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> HostError {
        HostError(Trap::host(error))
    }

    /// Not a failure: ends the program with a status.
    pub fn exit(code: i32) -> HostError {
        HostError(Trap::exit(code))
    }

    /// The trap that the call of the export ends with.
    pub fn into_trap(self) -> Trap {
        self.0
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for HostError {
    fn from(error: E) -> HostError {
        HostError(Trap::host(error))
    }
}

impl fmt::Debug for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
