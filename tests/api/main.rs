//! The interface of generated code, called as users call it.
#![forbid(unsafe_code)]
// A test and the module that it tests are called the same.
#![allow(clippy::module_inception)]

mod deep;
mod globals;
mod host;
mod instantiation;
mod memory;
mod names;
mod overflow;
mod scale;
mod tables;
mod threads;
mod traps;
mod untyped;
mod values;
mod vectors;

use wasm2rs_support::{Trap, TrapKind};

/// The kind of the trap that a call has to end in.
#[track_caller]
fn kind<T>(result: Result<T, Trap>) -> TrapKind {
    match result {
        Ok(_) => panic!("a trap was expected"),
        Err(trap) => trap.kind(),
    }
}
