//! Precompiles WebAssembly into Rust.
//!
//! A module becomes Rust source without `unsafe`, which rustc compiles into your program; it links
//! `wasm2rs-support`. There are four ways to use it:
//!
//! - [`Builder`] in `build.rs`;
//! - `wasm2rs_support::include_wasm!` in source;
//! - the command `wasm2rs`;
//! - [`Translation`], which all of them call.
//!
//! # In `build.rs`
//!
//! ```toml
//! [dependencies]
//! wasm2rs-support = "0.1"
//!
//! [build-dependencies]
//! wasm2rs = { version = "0.1", default-features = false }
//! ```
//!
//! ```no_run
//! // build.rs
//! wasm2rs::Builder::new("wasm/fib.wasm").build();
//! ```
//!
//! ```ignore
//! mod fib {
//!     include!(concat!(env!("OUT_DIR"), "/fib.rs"));
//! }
//!
//! let mut instance = fib::Instance::new(())?;
//! println!("{}", instance.fib(20)?);
//! ```
//!
//! # What is generated
//!
//! - `Instance<H>`: `new(host)`, a method for each export, `call` and `export` by name.
//! - a trait for each module that is imported from, for the host `H` to implement; and `Imports`,
//!   which is all of them together. WASI's functions are there already: a host that implements
//!   `wasm2rs_support::wasi::WasiHost`, such as `Wasi`, has them. So are some of emscripten's, see
//!   `wasm2rs_support::emscripten`.
//! - `Caller<'_, H>`, which a host function gets: it dereferences to the host, gives the memory,
//!   and calls back through `instance()`.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod build_script;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
#[cfg(feature = "cli")]
mod native;

pub use build_script::Builder;
pub use wasm2rs_translator::{
    CrateOptions, Engine, Error, Support, Translation, features, parse_text, read_module,
};
#[cfg(feature = "cli")]
use wasm2rs_translator::{module, output, wasi};
