//! From instructions to a structured tree that Rust can be written from.

mod exception;
mod flatten;
mod function;
mod instruction;
mod reference;
mod regular;
mod stack;
pub mod tree;

pub use flatten::GROUP;
pub use function::lower;
pub use regular::regular;
