//! The interface of generated code, called as users call it.
#![forbid(unsafe_code)]
// A test and the module that it tests are called the same.
#![allow(clippy::module_inception)]

/// Includes a module, to be run by the engine that these tests are about.
macro_rules! include_module {
    ($path:literal) => {
        wasm2rs_support::include_wasm!($path);
    };
}

mod branch_hints;
mod compact_imports;
// Under Miri, what is large takes too long, and what overflows the stack never does: it has none.
#[cfg(not(miri))]
mod deep;
mod environments;
mod exceptions;
mod globals;
mod host;
mod instantiation;
mod lending;
mod memories;
mod memory;
mod memory64;
#[cfg(not(miri))]
mod names;
mod objects;
#[cfg(not(miri))]
mod overflow;
#[cfg(not(miri))]
mod scale;
mod shared_memory;
mod tables;
mod tails;
mod threads;
mod traps;
mod untyped;
mod values;
mod vectors;
mod wide_arithmetic;

mod loaded;

use wasm2rs_support::{Trap, TrapKind};

/// The kind of the trap that a call has to end in.
#[track_caller]
fn kind<T>(result: Result<T, Trap>) -> TrapKind {
    match result {
        Ok(_) => panic!("a trap was expected"),
        Err(trap) => trap.kind(),
    }
}
