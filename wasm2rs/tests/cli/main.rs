//! The command, through its binary: what it prints, writes and answers.
//!
//! What compiles programs takes a few seconds each, and half a minute the first time. The cache
//! is below `CARGO_TARGET_TMPDIR`, so that it is kept from one run of the tests to the next.

mod build;
mod failures;
mod help;
mod inspect;
mod run;
mod sandbox;
mod translate;
