//! `wasm2rs build`.

use std::path::PathBuf;

use clap::Args;

use super::directory::{self, Directory};
use super::options::{Building, read, stem};
use super::progress::Reporter;
use crate::native::{self, Failure, Main, Progress};

/// Make a native program of a WASI module
///
/// The program needs neither wasm2rs nor the module. It has the arguments, environment and
/// standard streams of its process. Of the file system it sees the directories granted with
/// `--dir`, and those that the environment variable WASM2RS_DIRS names when it is started
/// (`HOST` or `HOST::GUEST`, with `;` between). Its exit status is the module's, or 134 after
/// a trap.
///
/// Rust's cargo does the compiling. What it needs and what it made is kept in a cache, which
/// `wasm2rs run` uses too; `wasm2rs clean` empties it.
#[derive(Debug, Args)]
#[command(override_usage = "wasm2rs build [OPTIONS] <IN>", after_long_help = EXAMPLES)]
pub struct Build {
    /// The module: a WASI command, as compilers make of programs
    #[arg(value_name = "IN")]
    input: PathBuf,

    /// The program [default: the module's name without `.wasm`]
    #[arg(short, long, value_name = "PROGRAM")]
    output: Option<PathBuf>,

    /// Grant a directory, by its path when the program runs, and what the program calls it
    #[arg(long = "dir", value_name = "HOST[::GUEST]", value_parser = directory::parse)]
    directories: Vec<Directory>,

    /// The platform to build for, such as aarch64-unknown-linux-gnu [default: this one]
    #[arg(long, value_name = "TARGET", value_parser = target, help_heading = "Building")]
    target: Option<String>,

    /// Make a program that needs no dynamic libraries
    #[arg(long = "static", help_heading = "Building")]
    fully_static: bool,

    #[command(flatten)]
    building: Building,
}

const EXAMPLES: &str = "\
Examples:
  wasm2rs build hello.wasm
  wasm2rs build python.wasm -o python --dir /usr/lib/python3.12::/usr/lib/python3.12
  wasm2rs build --static --profile small tool.wasm -o tool
  wasm2rs build --target aarch64-unknown-linux-gnu tool.wasm -o tool-arm64";

/// Reads the name of a platform: one that cargo might know.
fn target(text: &str) -> Result<String, String> {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    if text.contains('-') && !text.starts_with('-') && text.chars().all(plain) {
        return Ok(text.to_string());
    }
    Err(
        "expected a name such as x86_64-unknown-linux-musl; `rustc --print target-list` has all"
            .to_string(),
    )
}

impl Build {
    /// Builds the program.
    pub fn run(self, reporter: &Reporter) -> Result<(), Failure> {
        let wasm = read(&self.input)?;
        let windows = match &self.target {
            Some(target) => target.contains("windows"),
            None => cfg!(windows),
        };
        let output = self.output.unwrap_or_else(|| {
            let name = stem(&self.input);
            PathBuf::from(if windows { format!("{name}.exe") } else { name })
        });
        native::check_output(&output)?;
        let directories = self.directories.into_iter();
        let directories = directories.map(|directory| (directory.host, directory.guest));
        let main = Main::Standalone {
            directories: directories.collect(),
        };
        let options = self.building.options(self.target, self.fully_static)?;
        let program = native::build(&wasm, &self.input, &main, &options, reporter)?;
        native::publish(&program, &output)?;
        let size = output.metadata().map_or(0, |metadata| metadata.len());
        reporter.verbose(&format!("copied from `{}`", program.display()));
        reporter.done(&format!(
            "built `{}` ({})",
            output.display(),
            native::bytes(size)
        ));
        Ok(())
    }
}
