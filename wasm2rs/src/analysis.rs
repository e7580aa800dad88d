//! Facts about functions, found before any is lowered.

mod calls;

pub use calls::Facts;
