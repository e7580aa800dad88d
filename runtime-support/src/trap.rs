//! Traps, and how a call leaves when there is one (specification: *Execution, Runtime Structure,
//! Results*; *Administrative Instructions*, `trap`).
//!
//! Where the processor is amd64 or arm64, [`catch`] calls through a frame written in assembly, and
//! [`raise`] comes back to it by loading the stack pointer and the registers that the frame saved.
//! To LLVM it is a call that returns once. Nothing between the two is unwound, so:
//!
//! **What may be skipped.** Between a `catch` and a `raise` lie only frames that own nothing: those
//! of generated code, which holds numbers and `Copy` handles, and of this crate's functions that it
//! calls. Host code, and whatever of this crate allocates, locks, or holds anything with a
//! destructor, runs inside [`host`] or [`owning`], where nothing is skipped: a `raise` panics
//! there, and a fault is left to whoever would have got it without us.
//!
//! | file | |
//! |---|---|
//! | `trap/entry.rs` | `catch`, `raise`, `host` over the frame |
//! | `trap/entry_amd64.rs`, `trap/entry_arm64.rs` | the frame |
//! | `trap/unwind.rs` | the same functions by unwinding, for other processors |
//! | `trap/record.rs` | which `catch` a thread is in |
//! | `trap/stack.rs` | where a thread's stack ends |
//! | `trap/signal_unix.rs`, `trap/exception_windows.rs` | faults that are traps |
//! | `trap/alternate_stack.rs` | the stack that signals are handled on |

use alloc::boxed::Box;
use core::error::Error;
use core::fmt;

use crate::exception::Exception;

mod host_error;
mod stack;

crate::mode::cfg_if! { if #[entry] {
    mod entry;
    #[cfg(target_arch = "x86_64")]
    mod entry_amd64;
    #[cfg(target_arch = "aarch64")]
    mod entry_arm64;
    mod record;
    use entry as mechanism;
} else {
    mod unwind;
    use unwind as mechanism;
} }

crate::mode::cfg_if! { if #[guarded] {
    #[cfg(unix)]
    mod alternate_stack;
    #[cfg(unix)]
    mod signal_unix;
    #[cfg(unix)]
    use signal_unix as fault;
    #[cfg(windows)]
    mod exception_windows;
    #[cfg(windows)]
    use exception_windows as fault;

    /// Makes this thread ready for faults; may be called again.
    fn prepare_thread() {
        fault::prepare_thread();
    }
} else {
    /// Nothing to prepare: no fault is taken for a trap.
    #[allow(dead_code, reason = "called by the entry frame with threads")]
    fn prepare_thread() {}
} }

#[cfg(all(test, feature = "std"))]
mod tests;

pub use host_error::HostError;
#[cfg(feature = "gc")]
pub(crate) use mechanism::generated_stack;
#[allow(unused_imports, reason = "one way to leave of several")]
pub(crate) use mechanism::raise_trap;
pub(crate) use mechanism::{catch, host, owning, raise};
pub(crate) use stack::stack_limit;
pub use stack::stack_pointer;

/// Why a call ended without results.
///
/// All but the last two are the specification's; they are displayed in the words of its test
/// suite.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrapKind {
    /// The instruction `unreachable` was reached.
    Unreachable,
    /// A memory was accessed beyond its size.
    MemoryOutOfBounds,
    /// A table was accessed beyond its size.
    TableOutOfBounds,
    /// `call_indirect` with an index beyond the table's size.
    UndefinedElement,
    /// `call_indirect` found a null reference.
    UninitializedElement,
    /// `call_indirect` found a function of another type.
    IndirectCallTypeMismatch,
    /// An integer was divided by zero.
    IntegerDivideByZero,
    /// The result of a division or conversion is not in the integer type's range.
    IntegerOverflow,
    /// A NaN was converted to an integer.
    InvalidConversionToInteger,
    /// Calls were nested too deeply.
    StackOverflow,
    /// `throw_ref` with a null reference.
    NullExceptionReference,
    /// A reference that must not be null is (`ref.as_non_null`).
    NullReference,
    /// `call_ref` with a null reference.
    NullFunctionReference,
    /// A field of null was asked for.
    NullStructureReference,
    /// An element or the length of null was asked for.
    NullArrayReference,
    /// `i31.get` of a null reference.
    NullI31Reference,
    /// An array was accessed beyond its length.
    ArrayOutOfBounds,
    /// `ref.cast` to a type that the reference is not of.
    CastFailure,
    /// There is no room for an object.
    AllocationTooLarge,
    /// An atomic instruction with an address that is no multiple of the access's size.
    UnalignedAtomic,
    /// A wait on a memory that is not shared.
    ExpectedSharedMemory,
    /// An exception was thrown and not caught.
    Exception,
    /// A host function returned an error.
    Host,
    /// The program asked to end with this status (WASI's `proc_exit`).
    Exit(i32),
}

impl fmt::Display for TrapKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TrapKind::Unreachable => "unreachable",
            TrapKind::MemoryOutOfBounds => "out of bounds memory access",
            TrapKind::TableOutOfBounds => "out of bounds table access",
            TrapKind::UndefinedElement => "undefined element",
            TrapKind::UninitializedElement => "uninitialized element",
            TrapKind::IndirectCallTypeMismatch => "indirect call type mismatch",
            TrapKind::IntegerDivideByZero => "integer divide by zero",
            TrapKind::IntegerOverflow => "integer overflow",
            TrapKind::InvalidConversionToInteger => "invalid conversion to integer",
            TrapKind::StackOverflow => "call stack exhausted",
            TrapKind::Exception => "uncaught exception",
            TrapKind::NullExceptionReference => "null exception reference",
            TrapKind::NullReference => "null reference",
            TrapKind::NullFunctionReference => "null function reference",
            TrapKind::NullStructureReference => "null structure reference",
            TrapKind::NullArrayReference => "null array reference",
            TrapKind::NullI31Reference => "null i31 reference",
            TrapKind::ArrayOutOfBounds => "out of bounds array access",
            TrapKind::CastFailure => "cast failure",
            TrapKind::AllocationTooLarge => "allocation size too large",
            TrapKind::UnalignedAtomic => "unaligned atomic",
            TrapKind::ExpectedSharedMemory => "expected shared memory",
            TrapKind::Host => "host error",
            TrapKind::Exit(status) => return write!(f, "exit with status {status}"),
        })
    }
}

/// The end of a call without results (specification: *Results*, `trap`).
///
/// As large as a pointer, so that results that carry it stay small.
pub struct Trap(Box<Reason>);

enum Reason {
    Kind(TrapKind),
    Exception(Exception),
    Host(Box<dyn Error + Send + Sync>),
}

impl Trap {
    /// The trap of a host function that failed with `error`.
    ///
    /// If the error is itself a [`Trap`], it is that trap, so that traps and exits of an inner call
    /// come through outer calls unchanged; if it is an [`Exception`], WebAssembly can catch it.
    pub fn host(error: impl Into<Box<dyn Error + Send + Sync>>) -> Trap {
        let error = match error.into().downcast::<Trap>() {
            Ok(trap) => return *trap,
            Err(error) => error,
        };
        match error.downcast::<Exception>() {
            Ok(exception) => Trap::from(*exception),
            Err(error) => Trap(Box::new(Reason::Host(error))),
        }
    }

    /// The exception, if that is what it is.
    pub fn exception(&self) -> Option<&Exception> {
        match &*self.0 {
            Reason::Exception(exception) => Some(exception),
            _ => None,
        }
    }

    /// Takes the exception out, if that is what it is.
    ///
    /// # Errors
    /// The trap itself, if it is not.
    pub fn into_exception(self) -> Result<Exception, Trap> {
        match *self.0 {
            Reason::Exception(exception) => Ok(exception),
            reason => Err(Trap(Box::new(reason))),
        }
    }

    /// The end of a program with a status, of its own will.
    pub fn exit(code: i32) -> Trap {
        Trap::from(TrapKind::Exit(code))
    }

    /// What happened.
    pub fn kind(&self) -> TrapKind {
        match &*self.0 {
            Reason::Kind(kind) => *kind,
            Reason::Exception(_) => TrapKind::Exception,
            Reason::Host(_) => TrapKind::Host,
        }
    }

    /// The status, if the program ended of its own will.
    pub fn exit_code(&self) -> Option<i32> {
        match self.kind() {
            TrapKind::Exit(code) => Some(code),
            _ => None,
        }
    }

    /// The error that the host function returned, if it is one's.
    pub fn error(&self) -> Option<&(dyn Error + Send + Sync + 'static)> {
        match &*self.0 {
            Reason::Host(error) => Some(&**error),
            _ => None,
        }
    }

    /// The host function's error, if it is an `E`.
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        self.error()?.downcast_ref()
    }

    /// Takes the host function's error out, if it is an `E`.
    ///
    /// # Errors
    /// The trap itself, if it is not.
    pub fn downcast<E: Error + 'static>(self) -> Result<E, Trap> {
        match *self.0 {
            Reason::Host(error) => match error.downcast::<E>() {
                Ok(error) => Ok(*error),
                Err(error) => Err(Trap(Box::new(Reason::Host(error)))),
            },
            reason => Err(Trap(Box::new(reason))),
        }
    }
}

impl From<Exception> for Trap {
    fn from(exception: Exception) -> Trap {
        Trap(Box::new(Reason::Exception(exception)))
    }
}

impl From<TrapKind> for Trap {
    fn from(kind: TrapKind) -> Trap {
        Trap(Box::new(Reason::Kind(kind)))
    }
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Reason::Kind(kind) => kind.fmt(f),
            Reason::Exception(exception) => exception.fmt(f),
            Reason::Host(error) => write!(f, "host error: {error}"),
        }
    }
}

impl fmt::Debug for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Reason::Kind(kind) => f.debug_tuple("Trap").field(kind).finish(),
            Reason::Exception(exception) => f.debug_tuple("Trap").field(exception).finish(),
            Reason::Host(error) => f.debug_tuple("Trap").field(error).finish(),
        }
    }
}

impl Error for Trap {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &*self.0 {
            Reason::Kind(_) => None,
            Reason::Exception(exception) => Some(exception),
            Reason::Host(error) => Some(&**error),
        }
    }
}

/// Where on the stack generated code of this thread can have references.
#[cfg(feature = "gc")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "each mechanism has its own answers")]
pub(crate) enum GeneratedStack {
    /// No generated code is running, but such as cannot trap.
    None,
    /// From the stack pointer to this address, which is the end of the thread's own stack.
    Until(usize),
    /// Some is running, and nobody knows where its frames are.
    Unknown,
}

/// Why a call is left by the way of its `catch`.
///
/// Made by the fault handler too, so making one must not allocate.
#[allow(dead_code, reason = "each mechanism has its own ways to leave")]
enum Departure {
    /// A trap of this kind.
    Kind(TrapKind),
    /// A trap of this kind that the processor found.
    Fault(TrapKind),
    /// A trap that was made already.
    Trap(Trap),
    /// A host function panicked, with this payload.
    #[cfg(feature = "std")]
    Panic(Box<dyn core::any::Any + Send>),
}

impl Departure {
    /// The trap for the caller of `catch`; a panic goes on.
    fn arrive(self) -> Trap {
        match self {
            Departure::Kind(kind) | Departure::Fault(kind) => Trap::from(kind),
            Departure::Trap(trap) => trap,
            #[cfg(feature = "std")]
            Departure::Panic(payload) => std::panic::resume_unwind(payload),
        }
    }

    /// A way out was asked for where there is none, which is a mistake of this crate or of whoever
    /// calls generated code directly. Never returns: there is nothing to return to.
    #[cold]
    fn misplaced(self, place: &str) -> ! {
        panic!("a trap was raised {place}: {}", self.arrive())
    }
}
