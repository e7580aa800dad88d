//! Modules that are known only at run time, interpreted (feature `interpreter`).
//!
//! An interpreted instance lives in the same [`Store`](crate::Store) as compiled ones, and is linked
//! with them by the same handles: memories, tables, globals, functions, tags. To whoever has such a
//! handle both are the same.
//!
//! ```
//! use wasm2rs_support::interpreter::Module;
//! use wasm2rs_support::{Imports, Store, Value};
//!
//! # let bytes: &[u8] = &[
//! #     0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 97,
//! #     100, 100, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11,
//! # ];
//! let module = Module::new(bytes)?;
//! let mut instance = module.instantiate(&Store::new(), &Imports::new())?;
//! let results = instance.call("add", &[Value::I32(2), Value::I32(3)])?;
//! assert!(results[0].same_bits(&Value::I32(5)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Module::new`] validates everything at once, on several threads. A function is prepared when it is
//! called for the first time, for all instances of the module.
//!
//! | module | |
//! |---|---|
//! | `validate`, `module`, `types` | what a module says |
//! | `translate` | from the body of a function to its code |
//! | `code` | code: words, and the functions that carry them out |
//! | `stack`, `slot` | what functions run on |
//! | `numeric`, `access`, `control`, `table`, `object`, `exception` | what the instructions do |
//! | `run` | entering functions, and leaving them for others |
//! | `instance`, `state` | instances |

mod access;
mod code;
mod control;
mod error;
mod exception;
mod host;
mod instance;
pub mod loaded;
mod module;
mod numeric;
mod object;
mod once;
mod provided;
mod run;
mod slot;
mod stack;
mod state;
mod table;
#[cfg(all(test, feature = "std"))]
mod tests;
mod translate;
mod types;
mod validate;
#[cfg(feature = "wasi")]
mod wasi;

pub use error::LoadError;
pub use host::FuncCaller;
pub use instance::Instance;
pub use module::{ExportType, ExternType, ImportType, Module};
#[doc(hidden)]
pub use provided::{DescribedType, HostCall, HostCode, HostFunction};
pub(crate) use stack::{Height, Machine};
pub(crate) use state::State;
