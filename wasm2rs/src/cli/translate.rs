//! `wasm2rs translate`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::options::{SupportDirectory, read, stem};
use super::progress::Reporter;
use crate::native::{self, Crate, Failure, Progress};
use crate::{CrateOptions, Translation};

/// Make Rust source of a module
///
/// A file is to be included in a module of its own:
///
///   mod image { include!("image.rs"); }
///
/// Data of more than a few kilobytes is written beside it, with the extension `.data`. The crate
/// that uses it depends on `wasm2rs-support`, with the feature `wasi` if the module is for WASI.
///
/// A directory becomes a library crate, which is the better choice for modules with more than
/// a megabyte of code: large ones become several crates, the others below the first, so that
/// they compile side by side and in less memory.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    override_usage = "wasm2rs translate [OPTIONS] <IN>",
    after_long_help = EXAMPLES
)]
pub struct Translate {
    /// The module
    #[arg(value_name = "IN")]
    input: PathBuf,

    /// A file that ends in `.rs`, or the directory of a crate [default: IN's name with `.rs`]
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,

    #[command(flatten)]
    support: SupportDirectory,
}

const EXAMPLES: &str = "\
Examples:
  wasm2rs translate image.wasm
  wasm2rs translate image.wasm -o src/image.rs
  wasm2rs translate python.wasm -o crates/python";

impl Translate {
    /// Translates.
    pub fn run(self, reporter: &Reporter) -> Result<(), Failure> {
        let wasm = read(&self.input)?;
        let output = self
            .output
            .unwrap_or_else(|| PathBuf::from(format!("{}.rs", stem(&self.input))));
        let failure = |error| Failure::of_module(&self.input, error);
        let is_file = output
            .extension()
            .is_some_and(|extension| extension == "rs");
        let library = if is_file {
            native::check_output(&output)?;
            None
        } else {
            Some((
                Crate::at(&output)?,
                native::find_support(self.support.given())?,
            ))
        };
        let translation = Translation::new(&wasm).map_err(failure)?;
        let file_name = self.input.file_name().unwrap_or_default().to_string_lossy();
        let translation = translation.origin(&file_name);
        reporter.step(&format!("translating {}", self.input.display()));
        match library {
            None => {
                translation.write_file(&output).map_err(failure)?;
                reporter.done(&format!("wrote `{}` ({})", output.display(), size(&output)));
            }
            Some((library, support)) => {
                library.write(|directory, name| {
                    let options = CrateOptions {
                        name: name.to_string(),
                        support,
                    };
                    translation
                        .write_crates(directory, &options)
                        .map_err(failure)
                })?;
                reporter.done(&format!("wrote the crate `{}`", output.display()));
            }
        }
        Ok(())
    }
}

fn size(path: &Path) -> String {
    native::bytes(path.metadata().map_or(0, |metadata| metadata.len()))
}
