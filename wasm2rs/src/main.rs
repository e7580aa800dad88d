//! The command `wasm2rs`; all of it is in the library's `cli`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    wasm2rs::cli::main()
}
