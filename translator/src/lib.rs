//! From a WebAssembly module to safe Rust: what the builder, the macro and the command of
//! [wasm2rs](https://docs.rs/wasm2rs) have in common. Use that; this crate's interface changes with
//! every version.
//!
//! Data flows one way, and no step reaches back:
//!
//! ```text
//! bytes → module → facts → lowered functions → rendered items → files
//!         module/  analysis/ lower/            render/          output/
//! ```
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod analysis;
mod emscripten;
mod error;
pub mod features;
mod lower;
#[doc(hidden)]
#[allow(missing_docs, reason = "for the command alone")]
pub mod module;
#[doc(hidden)]
#[allow(missing_docs, reason = "for the command alone")]
pub mod output;
mod render;
mod translate;
#[doc(hidden)]
pub mod wasi;

pub use error::Error;
pub use output::{CrateOptions, Support};
pub use render::Engine;
pub use translate::{Translation, parse_text, read_module};
