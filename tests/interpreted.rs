//! The same tests as those of `api`, with the modules interpreted.
#![forbid(unsafe_code)]
// A test and the module that it tests are called the same.
#![allow(clippy::module_inception)]

/// Includes a module, to be run by the engine that these tests are about.
macro_rules! include_module {
    ($path:literal) => {
        wasm2rs_support::include_wasm!($path, engine = interpreted);
    };
}

#[path = "api/compact_imports.rs"]
mod compact_imports;
#[path = "api/exceptions.rs"]
mod exceptions;
#[path = "api/globals.rs"]
mod globals;
#[path = "api/host.rs"]
mod host;
#[path = "api/instantiation.rs"]
mod instantiation;
#[path = "api/memories.rs"]
mod memories;
#[path = "api/memory.rs"]
mod memory;
#[path = "api/memory64.rs"]
mod memory64;
#[path = "api/names.rs"]
mod names;
#[path = "api/objects.rs"]
mod objects;
#[path = "api/overflow.rs"]
mod overflow;
#[path = "api/shared_memory.rs"]
mod shared_memory;
#[path = "api/tables.rs"]
mod tables;
#[path = "api/tails.rs"]
mod tails;
#[path = "api/threads.rs"]
mod threads;
#[path = "api/traps.rs"]
mod traps;
#[path = "api/untyped.rs"]
mod untyped;
#[path = "api/values.rs"]
mod values;
#[path = "api/vectors.rs"]
mod vectors;
#[path = "api/wide_arithmetic.rs"]
mod wide_arithmetic;

use wasm2rs_support::{Trap, TrapKind};

/// The kind of the trap that a call has to end in.
#[track_caller]
fn kind<T>(result: Result<T, Trap>) -> TrapKind {
    match result {
        Ok(_) => panic!("a trap was expected"),
        Err(trap) => trap.kind(),
    }
}
