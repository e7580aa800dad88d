//! Leaving generated code by unwinding, for processors without an entry frame.
//!
//! It takes `std`, and a program that is built with `panic = "unwind"`; otherwise a trap is a panic
//! that ends the program. Faults are not taken: memories check their bounds here, and the stack has
//! a limit.

use super::{Departure, Trap, TrapKind};

#[cfg(feature = "gc")]
pub(crate) use imp::generated_stack;
pub(crate) use imp::{catch, host, owning};

/// Leaves generated code with a trap of the given kind.
///
/// Panics instead where there is no way back: outside the call of an export, and in host code.
#[cold]
#[inline(never)]
pub(crate) fn raise(kind: TrapKind) -> ! {
    imp::depart(Departure::Kind(kind))
}

/// Leaves generated code with the given trap; else as [`raise`].
#[cold]
#[inline(never)]
pub(crate) fn raise_trap(trap: Trap) -> ! {
    imp::depart(Departure::Trap(trap))
}

#[cfg(feature = "std")]
mod imp {
    use core::cell::Cell;
    use core::panic::AssertUnwindSafe;
    use std::boxed::Box;
    use std::panic::{catch_unwind, resume_unwind};

    #[cfg(feature = "gc")]
    use super::super::GeneratedStack;
    use super::super::{Departure, Trap};

    #[derive(Clone, Copy)]
    enum Place {
        Outside,
        Host,
        Generated,
    }

    std::thread_local! {
        static PLACE: Cell<Place> = const { Cell::new(Place::Outside) };
        /// How many calls are running, or suspended (coroutines).
        static CALLS: Cell<usize> = const { Cell::new(0) };
    }

    /// Puts the thread elsewhere, for as long as it lives.
    struct Mark(Place);

    impl Mark {
        fn new(place: Place) -> Mark {
            Mark(PLACE.replace(place))
        }
    }

    impl Drop for Mark {
        fn drop(&mut self) {
            PLACE.set(self.0);
        }
    }

    /// What is thrown; private, so that nobody else takes it for theirs.
    struct Thrown(Departure);

    /// Runs `f`, which calls generated code. A trap raised there ends `f` and is returned; a panic
    /// goes on.
    pub(crate) fn catch<R>(f: impl FnOnce() -> R) -> Result<R, Trap> {
        let mark = Mark::new(Place::Generated);
        CALLS.set(CALLS.get() + 1);
        let outcome = catch_unwind(AssertUnwindSafe(f));
        CALLS.set(CALLS.get().saturating_sub(1));
        drop(mark);
        outcome.map_err(|payload| match payload.downcast::<Thrown>() {
            Ok(thrown) => thrown.0.arrive(),
            Err(payload) => resume_unwind(payload),
        })
    }

    /// Where on the stack generated code of this thread can have references: where LLVM put them.
    #[cfg(feature = "gc")]
    pub(crate) fn generated_stack() -> GeneratedStack {
        if CALLS.get() == 0 {
            GeneratedStack::None
        } else {
            GeneratedStack::Unknown
        }
    }

    #[cold]
    pub(super) fn depart(departure: Departure) -> ! {
        match PLACE.get() {
            Place::Generated => resume_unwind(Box::new(Thrown(departure))),
            Place::Host => departure.misplaced("in host code, whose frames must not be skipped"),
            Place::Outside => departure.misplaced("outside a call of an export"),
        }
    }

    /// Runs host code, called from generated code. Its error ends the call of the export with that
    /// trap; its panic goes on outside that call.
    pub(crate) fn host<R>(f: impl FnOnce() -> Result<R, Trap>) -> R {
        match owning(f) {
            Ok(result) => result,
            Err(trap) => depart(Departure::Trap(trap)),
        }
    }

    /// Runs code of this crate that owns things, called from generated code: for as long as it
    /// runs, a trap is a panic.
    pub(crate) fn owning<R>(f: impl FnOnce() -> R) -> R {
        let _mark = Mark::new(Place::Host);
        f()
    }
}

#[cfg(not(feature = "std"))]
mod imp {
    #[cfg(feature = "gc")]
    use super::super::GeneratedStack;
    use super::super::{Departure, Trap};

    /// Where on the stack generated code of this thread can have references. Whether any is running
    /// is not known here.
    #[cfg(feature = "gc")]
    pub(crate) fn generated_stack() -> GeneratedStack {
        GeneratedStack::Unknown
    }

    /// Runs `f`, which calls generated code. A trap raised there is a panic: there is nothing here
    /// to come back with.
    pub(crate) fn catch<R>(f: impl FnOnce() -> R) -> Result<R, Trap> {
        Ok(f())
    }

    #[cold]
    pub(super) fn depart(departure: Departure) -> ! {
        departure.misplaced("on a processor where, without the feature `std`, there is no way back")
    }

    /// Runs host code, called from generated code.
    pub(crate) fn host<R>(f: impl FnOnce() -> Result<R, Trap>) -> R {
        f().unwrap_or_else(|trap| depart(Departure::Trap(trap)))
    }

    /// Runs code of this crate that owns things, called from generated code.
    pub(crate) fn owning<R>(f: impl FnOnce() -> R) -> R {
        f()
    }
}
