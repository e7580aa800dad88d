//! Writing: rendered items as text, in files.

mod file;
mod format;
mod units;

pub use file::{write_crate, write_file};
pub use format::format;
