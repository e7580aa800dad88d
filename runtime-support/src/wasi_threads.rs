//! Threads that a guest starts: `thread-spawn` of
//! [wasi-threads](https://github.com/WebAssembly/wasi-threads).
//!
//! A module for it imports its memory, which threads share, and exports `wasi_thread_start`. Each
//! thread runs an instance of its own, with the same memory and the same [`Wasi`](crate::wasi::Wasi); [`WasiThreads`]
//! numbers and starts them:
//!
//! ```ignore
//! use wasm2rs_support::wasi::{Wasi, WasiHost};
//! use wasm2rs_support::wasi_threads::WasiThreads;
//! use wasm2rs_support::{HostError, SharedMemory};
//!
//! struct Host {
//!     wasi: Wasi,
//!     memory: SharedMemory,
//!     threads: WasiThreads,
//! }
//!
//! impl WasiHost for Host {
//!     fn wasi(&mut self) -> &mut Wasi {
//!         &mut self.wasi
//!     }
//! }
//!
//! impl program::Env for Host {
//!     fn memory(&mut self) -> SharedMemory {
//!         self.memory.clone()
//!     }
//! }
//!
//! impl program::Wasi for Host {
//!     fn thread_spawn(
//!         caller: &mut program::Caller<'_, Self>,
//!         argument: i32,
//!     ) -> Result<i32, HostError> {
//!         let host = Host {
//!             wasi: caller.wasi.for_thread(),
//!             memory: caller.memory.clone(),
//!             threads: caller.threads.clone(),
//!         };
//!         Ok(caller.threads.spawn(move |number| {
//!             program::Instance::new(host)?.wasi_thread_start(number, argument)?;
//!             Ok(())
//!         }))
//!     }
//! }
//! ```
//!
//! # How it ends
//!
//! As the document has it: a guest ends with its main thread, and when any thread exits or traps,
//! all of it ends. A thread that computes or waits can't be stopped from outside, so a guest is
//! ended with its process, as Wasmtime does it; [`WasiThreads::new`] takes what is to be done.

use core::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use crate::error::{CallError, InstantiationError};
use crate::trap::Trap;
use crate::wasi::Errno;

/// Starts the threads of a guest, and numbers them. Cloning gives another handle to the same.
#[derive(Clone)]
pub struct WasiThreads(Arc<Threads>);

struct Threads {
    /// The number of the next thread.
    next: AtomicI32,
    failed: Box<dyn Fn(WasiThreadError) + Send + Sync>,
}

/// Threads have numbers from 1 to 2^29 - 1: C libraries use the other bits.
const LAST: i32 = 0x1fff_ffff;

/// How a thread of a guest ended that did not return.
#[derive(Debug)]
pub enum WasiThreadError {
    /// By a trap, or by `proc_exit`: [`Trap::exit_code`] tells.
    Trap(Trap),
    /// Its instance could not be made.
    Instantiation(InstantiationError),
    /// It panicked: the host's fault, not the guest's.
    Panic,
}

impl fmt::Display for WasiThreadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WasiThreadError::Trap(trap) => trap.fmt(f),
            WasiThreadError::Instantiation(error) => error.fmt(f),
            WasiThreadError::Panic => f.write_str("a thread of the host panicked"),
        }
    }
}

impl core::error::Error for WasiThreadError {}

impl From<Trap> for WasiThreadError {
    fn from(trap: Trap) -> Self {
        WasiThreadError::Trap(trap)
    }
}

impl From<InstantiationError> for WasiThreadError {
    fn from(error: InstantiationError) -> Self {
        match error {
            InstantiationError::Trap(trap) => WasiThreadError::Trap(trap),
            error => WasiThreadError::Instantiation(error),
        }
    }
}

impl From<CallError> for WasiThreadError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Trap(trap) => WasiThreadError::Trap(trap),
            error => WasiThreadError::Trap(crate::trap::HostError::new(error).into_trap()),
        }
    }
}

impl WasiThreads {
    /// Threads of a guest. When one does not return but traps or exits, `failed` is called, on that
    /// thread, to end the guest; the others go on meanwhile.
    pub fn new(failed: impl Fn(WasiThreadError) + Send + Sync + 'static) -> Self {
        WasiThreads(Arc::new(Threads {
            next: AtomicI32::new(1),
            failed: Box::new(failed),
        }))
    }

    /// Threads of a guest that is all of this process: it ends with the code that a thread exits
    /// with, or, after saying why on the standard error, with 134 when one traps.
    pub fn of_process() -> Self {
        WasiThreads::new(|error| {
            let code = match &error {
                WasiThreadError::Trap(trap) => trap.exit_code(),
                _ => None,
            };
            std::process::exit(code.unwrap_or_else(|| {
                // Where standard error is closed there is nobody to tell.
                _ = std::io::Write::write_fmt(
                    &mut std::io::stderr(),
                    format_args!("error: {error}\n"),
                );
                134
            }))
        })
    }

    /// Starts a thread: what `thread-spawn` returns is its number, or, where there can be no more
    /// threads, a negative one.
    ///
    /// `run` gets the number; it should make an instance and call its `wasi_thread_start`.
    pub fn spawn(
        &self,
        run: impl FnOnce(i32) -> Result<(), WasiThreadError> + Send + 'static,
    ) -> i32 {
        let threads = &self.0;
        let number = threads
            .next
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |next| {
                (next <= LAST).then_some(next + 1)
            });
        let Ok(number) = number else {
            return -i32::from(Errno::Again as u16);
        };
        let threads = threads.clone();
        let thread = std::thread::Builder::new().name(format!("wasi-thread-{number}"));
        let spawned = thread.spawn(move || {
            let run = std::panic::AssertUnwindSafe(|| run(number));
            let result = std::panic::catch_unwind(run);
            if let Err(error) = result.unwrap_or(Err(WasiThreadError::Panic)) {
                (threads.failed)(error);
            }
        });
        match spawned {
            Ok(_) => number,
            Err(_) => -i32::from(Errno::Again as u16),
        }
    }
}

impl fmt::Debug for WasiThreads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasiThreads").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::trap::HostError;

    #[test]
    fn threads_are_numbered() {
        let threads = WasiThreads::new(|error| panic!("{error}"));
        let (sender, receiver) = mpsc::channel();
        for expected in 1..=3 {
            let sender = sender.clone();
            let number = threads.clone().spawn(move |number| {
                sender.send(number).unwrap();
                Ok(())
            });
            assert_eq!(number, expected);
        }
        let mut numbers: Vec<_> = receiver.iter().take(3).collect();
        numbers.sort();
        assert_eq!(numbers, [1, 2, 3]);
        threads.0.next.store(LAST + 1, Ordering::Relaxed);
        assert_eq!(threads.spawn(|_| Ok(())), -6);
    }

    #[test]
    fn what_ends_a_thread_is_told() {
        let (sender, receiver) = mpsc::channel();
        let threads = WasiThreads::new(move |error| sender.send(error).unwrap());
        threads.spawn(|_| Err(HostError::exit(3).into_trap().into()));
        let error = receiver.recv().unwrap();
        assert!(matches!(error, WasiThreadError::Trap(trap) if trap.exit_code() == Some(3)));
        threads.spawn(|_| panic!("on purpose"));
        assert!(matches!(receiver.recv().unwrap(), WasiThreadError::Panic));
    }
}
