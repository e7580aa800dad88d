//! Writing: rendered items as text, in files.

mod crates;
mod file;
mod format;
mod units;

pub use crates::{CrateOptions, Support, write_crates};
pub use file::NewFile;
pub use file::write_file;
pub use format::format;
