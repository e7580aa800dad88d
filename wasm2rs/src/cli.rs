//! The command `wasm2rs`: its options, and nothing that the library could do.

mod build;
mod clean;
mod completions;
mod directory;
mod inspect;
mod number;
mod options;
mod output;
mod progress;
mod run;
mod translate;

use std::panic;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::native::Failure;
use progress::Reporter;

/// Precompiles WebAssembly: turns modules into safe Rust, and into native programs.
#[derive(Debug, Parser)]
#[command(
    name = "wasm2rs",
    version,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    max_term_width = 100,
    after_long_help = EXAMPLES
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,

    /// Print nothing but errors
    #[arg(
        long,
        global = true,
        conflicts_with = "verbose",
        help_heading = "Messages"
    )]
    quiet: bool,

    /// Print all that cargo prints, and what was found in the cache
    #[arg(long, global = true, help_heading = "Messages")]
    verbose: bool,
}

const EXAMPLES: &str = "\
Examples:
  wasm2rs run hello.wasm                    Compile a WASI program, once, and run it
  wasm2rs run --dir . sqlite.wasm db.sqlite Let it use the files below this directory
  wasm2rs build hello.wasm -o hello         Make a native program of it
  wasm2rs translate image.wasm -o image.rs  Make Rust source of a module
  wasm2rs inspect image.wasm                See what a module needs, and what is in it

Every command takes modules in the binary format, and text in files that end in `.wat`.
`wasm2rs COMMAND --help` tells more. The library, its `build.rs` helper and `include_wasm!` are
described at https://docs.rs/wasm2rs.";

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Run),
    Build(build::Build),
    Translate(translate::Translate),
    Inspect(inspect::Inspect),
    Clean(clean::Clean),
    Completions(completions::Completions),
}

/// Does what the command line says. Failures are one message on standard error and the status 1,
/// mistakes in the command line the status 2.
pub fn main() -> ExitCode {
    // A mistake of ours is reported like all else; a backtrace would help nobody who sees it.
    panic::set_hook(Box::new(|info| {
        let message = info.payload_as_str().unwrap_or("it panicked");
        let place = info
            .location()
            .map(|place| format!(" ({place})"))
            .unwrap_or_default();
        output::error(&format!(
            "error: internal error of wasm2rs: {message}{place}\n\
             help: please report it, together with the module"
        ));
    }));
    panic::catch_unwind(|| {
        let arguments = Arguments::parse();
        let reporter = Reporter::new(arguments.quiet, arguments.verbose);
        arguments.command.run(&reporter).unwrap_or_else(|failure| {
            reporter.clear();
            output::error(&failure.to_string());
            ExitCode::FAILURE
        })
    })
    .unwrap_or(ExitCode::FAILURE)
}

impl Command {
    fn run(self, reporter: &Reporter) -> Result<ExitCode, Failure> {
        let done = |()| ExitCode::SUCCESS;
        match self {
            Command::Run(run) => run.run(reporter),
            Command::Build(build) => build.run(reporter).map(done),
            Command::Translate(translate) => translate.run(reporter).map(done),
            Command::Inspect(inspect) => inspect.run().map(done),
            Command::Clean(clean) => clean.run(reporter).map(done),
            Command::Completions(completions) => completions.run::<Arguments>().map(done),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn options_make_sense() {
        super::Arguments::command().debug_assert();
    }
}
