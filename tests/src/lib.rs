//! What the tests of this package share.
#![forbid(unsafe_code)]

pub mod deep;
pub mod generate;
pub mod scratch;
