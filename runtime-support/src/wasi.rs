//! WASI preview 1: what a module that imports `wasi_snapshot_preview1` is given.
//!
//! A [`Wasi`] holds what one guest sees of the world: its arguments, its environment, its
//! standard streams, and the directories it was granted. Nothing is granted unless asked for: a
//! guest made with `Wasi::builder().build()` has no arguments and no files, reads an empty
//! standard input, and what it prints is thrown away. What it always has is the time of day, a
//! clock that starts with it, the right to sleep, and random numbers of the operating system; or
//! clocks and numbers that the embedder gives it.
//!
//! ```
//! use wasm2rs_support::wasi::{Wasi, WasiBuffer};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let output = WasiBuffer::new();
//! let wasi = Wasi::builder()
//!     .args(["convert", "--to", "png"])
//!     .env("LANG", "C.UTF-8")
//!     .stdin_bytes("input".as_bytes())
//!     .stdout(output.clone())
//!     .inherit_stderr()
//!     .preopened_dir(std::env::temp_dir(), "/data")?
//!     .build();
//! // Give `wasi` to the instance as its host, call `_start`, then look at the output:
//! assert_eq!(output.contents(), b"");
//! # drop(wasi);
//! # Ok(())
//! # }
//! ```
//!
//! Files need not be of the host: [`WasiFiles`] is a tree of them in memory, so that a program can
//! ship in one binary with what it reads.
//!
//! # The sandbox
//!
//! Paths of the guest are resolved by `cap-std`, below the directory they start from. A path that
//! is absolute, that has too many `..`, or that goes through a symbolic link leading out ends in
//! [`Errno::Perm`], as in Wasmtime; so does whatever would change a directory granted for reading
//! only, or anything in it. All of it, and all that reads and writes the guest's memory,
//! is safe Rust: a pointer or length outside the memory ends in [`Errno::Fault`], and one that is
//! not aligned as its type asks for in [`Errno::Inval`].
//!
//! # Threads
//!
//! A memory that threads share has no slices, so what is read and written is copied, and all is
//! checked again after it was copied. Threads of one guest have a [`Wasi`] each, made by
//! [`Wasi::for_thread`], and the same open files. While one waits, the others can go on.
//!
//! # Where the document is silent
//!
//! The behaviour is Wasmtime's where programs can tell, with these differences, each because
//! programs fare better with it:
//!
//! - Bad pointers are errors, not traps; so are flags that the document does not have.
//! - A descriptor of the wrong kind is what POSIX says ([`Errno::Notdir`], [`Errno::Isdir`],
//!   [`Errno::Spipe`]), where Wasmtime says [`Errno::Badf`]. Directories and outputs can be synced.
//! - Reading into several buffers fills all of them, as far as there is something to read.
//! - A file that was opened without the right to write, but created or emptied in the same call,
//!   is not writable.
//! - `O_SYNC`, `O_DSYNC` and `O_RSYNC` are passed on to the operating system, where Wasmtime
//!   refuses them. `fd_allocate` works. Descriptors are numbered as POSIX does, lowest first.
//! - `fd_readdir` remembers what it has listed, so that cookies stay valid while entries come and
//!   go, and reading a large directory takes linear time.
//! - `poll_oneoff` reports a bad descriptor in its event, not by failing. On Unix it waits for
//!   terminals, pipes and sockets; elsewhere it takes every descriptor for ready, and the guest may
//!   wait where it reads.
//! - The clocks of processor time work where the operating system has them.
//! - On Unix, paths need not be UTF-8. Elsewhere such a path is [`Errno::Ilseq`].
//!
//! Preview 1 has no way to open a socket. A guest has those that it was handed
//! ([`WasiBuilder::tcp_listener`]) and the connections it accepts from them.
//!
//! # The older version
//!
//! Modules of 2019 import `wasi_unstable`, which [`snapshot0`] has. The same [`Wasi`] serves both.

#![forbid(unsafe_code)]

mod buffer;
mod builder;
mod clock;
mod context;
mod descriptor;
#[cfg(all(test, target_os = "linux"))]
mod differential;
mod directory;
mod environment;
mod errno;
mod file;
mod files;
mod functions;
#[cfg(all(test, unix))]
mod links;
mod memory;
mod open;
mod path;
mod poll;
mod process;
mod random;
#[cfg(all(test, unix))]
mod sandbox;
pub mod snapshot0;
pub mod snapshot_preview1;
mod socket;
mod status;
mod stream;
#[cfg(test)]
mod testing;
mod transfer;
mod tree;
mod types;
mod walk;

pub use buffer::WasiBuffer;
pub use builder::{WasiBuilder, WasiError};
pub use context::{Wasi, WasiHost};
pub use errno::Errno;
pub use files::WasiFiles;
pub use functions::WasiFunction;
pub use memory::WasiMemory;
