//! The whole suite in both memory modes, as one test: `cargo test -p spectest`.
//!
//! It behaves as if it were a single test called `specification_suite`: with a filter that is not
//! part of that name it does not run.
#![forbid(unsafe_code)]

use std::process::ExitCode;

const NAME: &str = "specification_suite";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|arg| arg.to_string_lossy().into_owned())
        .collect();
    if args.iter().any(|arg| arg == "--list") {
        println!("{NAME}: test");
        return ExitCode::SUCCESS;
    }
    let mut filters = args.iter().filter(|arg| !arg.starts_with('-')).peekable();
    if filters.peek().is_some() && !filters.any(|filter| NAME.contains(filter.as_str())) {
        return ExitCode::SUCCESS;
    }
    spectest::main(std::iter::empty())
}
