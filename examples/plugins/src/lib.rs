//! Hosts for the guests of plugin ecosystems, each in a file of its own. See README.md.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod allocation;
pub mod assembly_script;
pub mod extism;
#[allow(missing_docs, reason = "generated")]
pub mod guests;
pub mod opa;
pub mod proxy_wasm;
pub mod wapc;

/// What goes wrong with a plugin: it did not do what its protocol asks, or it trapped.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
