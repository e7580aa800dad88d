//! wasm2rs
#![forbid(unsafe_code)]

mod analysis;
mod build_script;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
mod error;
pub mod features;
mod lower;
mod module;
#[cfg(feature = "cli")]
mod native;
mod output;
mod render;
mod translate;
mod wasi;

pub use build_script::Builder;
pub use error::Error;
pub use output::{CrateOptions, Support};
pub use translate::{Translation, parse_text, read_module};
