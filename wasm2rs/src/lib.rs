//! wasm2rs
#![forbid(unsafe_code)]

mod analysis;
mod build_script;
mod error;
pub mod features;
mod lower;
mod module;
mod output;
mod render;
mod translate;
mod wasi;

pub use build_script::Builder;
pub use error::Error;
pub use output::{CrateOptions, Support};
pub use translate::{Translation, parse_text, read_module};
