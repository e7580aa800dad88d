//! Writing: rendered items as text, in files.

mod crates;
mod file;
mod format;
mod units;

pub use crates::{CrateOptions, Support, toml_string, write_crates};
pub use file::{NewFile, write_file};
pub use format::format;
