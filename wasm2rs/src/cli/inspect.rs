//! `wasm2rs inspect`.

mod json;
mod proposals;
mod survey;
mod table;
mod types;

use std::path::PathBuf;

use clap::Args;

use super::options::read;
use super::output;
use crate::native::Failure;
use survey::Survey;

/// Show what a module needs, what is in it, and what building it will cost
///
/// Modules that need what is not supported yet are shown too. The cost is a rough estimate from
/// the amount of code, for the profile `release`.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct Inspect {
    /// The module
    #[arg(value_name = "IN")]
    input: PathBuf,

    /// How many of the largest functions to show
    #[arg(long, value_name = "N", default_value_t = 10)]
    functions: usize,

    /// Print everything as JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  wasm2rs inspect image.wasm
  wasm2rs inspect --json image.wasm | jq '.imports[].name'";

impl Inspect {
    /// Prints what there is to know.
    pub fn run(self) -> Result<(), Failure> {
        let wasm = read(&self.input)?;
        let survey = Survey::new(&wasm, &self.input, self.functions)?;
        if self.json {
            output::print(&json::text(&survey))
        } else {
            output::print(&table::text(&survey))
        }
    }
}
