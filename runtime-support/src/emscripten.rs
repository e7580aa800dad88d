//! What modules of [emscripten](https://emscripten.org) need beyond their own host: leaving a
//! function by `longjmp`, and catching that.
//!
//! Generated code has three of emscripten's functions by itself, where a module imports them from
//! `env`: `invoke_…` calls a function of the table, and tells the module (`setThrew`) if that was
//! left by an [`Unwinding`]; `_emscripten_throw_longjmp` leaves it so; and
//! `emscripten_notify_memory_growth` does nothing, for a host finds the memory where it is. All
//! else that a module imports is for its host.
//!
//! A host with C++ exceptions of the kind that JavaScript throws fails with an [`Unwinding`] in
//! `__cxa_throw`:
//!
//! ```
//! use wasm2rs_support::HostError;
//! use wasm2rs_support::emscripten::Unwinding;
//!
//! fn cxa_throw(exception: i32) -> Result<(), HostError> {
//!     // Remember the exception, for `__cxa_find_matching_catch_…`; then:
//!     Err(HostError::from(Unwinding))
//! }
//! # assert!(cxa_throw(1).unwrap_err().into_trap().downcast::<Unwinding>().is_ok());
//! ```

use core::error::Error;
use core::fmt;

use crate::trap::{HostError, Trap};

/// The error by which a function is left that an `invoke_…` called. Nothing else is caught by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unwinding;

impl fmt::Display for Unwinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("longjmp, or an exception, that nobody caught")
    }
}

impl Error for Unwinding {}

/// What `_emscripten_throw_longjmp` does.
///
/// # Errors
/// Always: an [`Unwinding`].
#[doc(hidden)]
pub fn throw_longjmp() -> Result<(), HostError> {
    Err(HostError::from(Unwinding))
}

/// Whether an `invoke_…` catches a trap.
///
/// # Errors
/// The trap, if it does not.
#[doc(hidden)]
pub fn catch(trap: Trap) -> Result<(), HostError> {
    match trap.downcast::<Unwinding>() {
        Ok(Unwinding) => Ok(()),
        Err(trap) => Err(HostError::from(trap)),
    }
}
