//! Facts about functions, found before any is lowered.

mod calls;
mod throws;

pub use calls::Facts;
