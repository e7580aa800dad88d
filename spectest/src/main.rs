//! The command: see [`spectest::HELP`].
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    spectest::main(std::env::args_os().skip(1))
}
