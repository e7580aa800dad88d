//! Entering generated code through a frame in assembly, and leaving it by going back there.

#[cfg(feature = "std")]
use alloc::boxed::Box;
#[cfg(feature = "std")]
use core::any::Any;
#[cfg(not(feature = "std"))]
use core::convert::Infallible;
use core::mem::{ManuallyDrop, MaybeUninit};
#[cfg(feature = "std")]
use core::panic::AssertUnwindSafe;

use super::record::{self, HostMark, Linked, Place, Record};
use super::{Departure, Trap, TrapKind};

#[cfg(target_arch = "x86_64")]
use super::entry_amd64 as frame;
#[cfg(target_arch = "aarch64")]
use super::entry_arm64 as frame;

/// What runs inside the frame.
pub(super) trait Body {
    /// Runs it.
    ///
    /// # Safety
    /// `this` must be valid for reads and writes, and this must be the first call.
    unsafe fn run(this: *mut Self);
}

/// A function to be called once, and room for its result.
struct Call<F, R> {
    function: ManuallyDrop<F>,
    result: MaybeUninit<R>,
}

impl<F: FnOnce() -> R, R> Body for Call<F, R> {
    #[inline(always)]
    unsafe fn run(this: *mut Self) {
        // SAFETY: valid, says the caller; and it is the first call, so that the function is still
        // there to be taken.
        let function = unsafe { ManuallyDrop::take(&mut (*this).function) };
        let result = function();
        // SAFETY: valid, says the caller.
        unsafe { (*this).result.write(result) };
    }
}

/// Runs `f`, which calls generated code. A trap raised there ends `f` on the spot and is returned;
/// a panic of a host function goes on from here.
///
/// What `f` holds itself is forgotten by a trap, not dropped.
#[inline]
pub(crate) fn catch<R>(f: impl FnOnce() -> R) -> Result<R, Trap> {
    let mut call = Call {
        function: ManuallyDrop::new(f),
        result: MaybeUninit::uninit(),
    };
    let record = Record::new();
    let linked = Linked::new(&record);
    // SAFETY: `call` is valid, and run once.
    let left = unsafe { frame::enter(&raw mut call, &record.stack_pointer) };
    drop(linked);
    if left {
        return Err(arrive(record));
    }
    // SAFETY: `run` has returned, so it has written the result.
    Ok(unsafe { call.result.assume_init() })
}

/// The trap that a call was left with. Must be given a record that was left.
#[cold]
#[inline(never)]
fn arrive(record: Record) -> Trap {
    // SAFETY: whatever uses `frame::leave`, here and in the fault handler, sets the departure first.
    let departure = unsafe { record.into_departure() };
    #[cfg(all(windows, feature = "std"))]
    if let Departure::Fault(TrapKind::StackOverflow) = departure {
        super::stack::restore_guard();
    }
    departure.arrive()
}

/// Leaves generated code with a trap of the given kind.
///
/// Panics instead where there is no way back: outside the call of an export, and in host code.
#[cold]
#[inline(never)]
pub(crate) fn raise(kind: TrapKind) -> ! {
    depart(Departure::Kind(kind))
}

/// Leaves generated code with the given trap; else as [`raise`].
#[cold]
#[inline(never)]
pub(crate) fn raise_trap(trap: Trap) -> ! {
    depart(Departure::Trap(trap))
}

#[cold]
#[inline(never)]
fn depart(departure: Departure) -> ! {
    match record::place() {
        Place::Generated(record) => {
            // SAFETY: the record belongs to a `catch` of this thread that is still running. What
            // was called since owns nothing, because the thread is in generated code (see the
            // module `trap`, "What may be skipped").
            unsafe {
                let record = record.as_ref();
                record.set_departure(departure);
                frame::leave(record.stack_pointer.get())
            }
        }
        Place::Host => departure.misplaced("in host code, whose frames must not be skipped"),
        Place::Outside => departure.misplaced("outside a call of an export"),
    }
}

/// Runs host code, called from generated code. Its error ends the call of the export with that
/// trap; its panic goes on outside that call. Both happen when nothing of `f` is left.
#[inline]
pub(crate) fn host<R>(f: impl FnOnce() -> Result<R, Trap>) -> R {
    let mut result = MaybeUninit::uninit();
    // Taken apart at once: moved about as a whole, it would be read in larger pieces than it was
    // written in, which stalls the processor for longer than all the rest takes.
    let outcome = run_host(|| match f() {
        Ok(value) => {
            result.write(value);
            None
        }
        Err(trap) => Some(trap),
    });
    match outcome {
        // SAFETY: it ran to its end, and there was a value.
        Ok(None) => unsafe { result.assume_init() },
        Ok(Some(trap)) => raise_trap(trap),
        Err(payload) => raise_panic(payload),
    }
}

/// Runs code of this crate that owns things, called from generated code: for as long as it runs, a
/// trap is a panic, and a fault is not taken for a trap.
#[inline]
pub(crate) fn owning<R>(f: impl FnOnce() -> R) -> R {
    let _mark = HostMark::new();
    f()
}

/// Runs host code; a panic is returned.
#[cfg(feature = "std")]
#[inline(always)]
fn run_host<R>(f: impl FnOnce() -> R) -> Result<R, Box<dyn Any + Send>> {
    // A panic could as well be let through the frames of generated code, which have nothing to
    // drop. Caught, they need not be known to unwinders at all.
    let _mark = HostMark::new();
    // What a panic leaves half-done is for the host to mind, as if it had caught the panic itself
    // where it called the export: the payload goes on from there.
    std::panic::catch_unwind(AssertUnwindSafe(f))
}

/// Runs host code. A panic, where it unwinds, passes through.
#[cfg(not(feature = "std"))]
#[inline(always)]
fn run_host<R>(f: impl FnOnce() -> R) -> Result<R, Infallible> {
    let _mark = HostMark::new();
    Ok(f())
}

#[cfg(feature = "std")]
#[cold]
#[inline(never)]
fn raise_panic(payload: Box<dyn Any + Send>) -> ! {
    depart(Departure::Panic(payload))
}

#[cfg(not(feature = "std"))]
fn raise_panic(never: Infallible) -> ! {
    match never {}
}

/// Where on the stack generated code of this thread can have references.
#[cfg(feature = "gc")]
pub(crate) fn generated_stack() -> super::GeneratedStack {
    record::generated_stack()
}

/// How the fault handler leaves generated code: where to go, and with which stack pointer as the
/// argument.
///
/// `None` if the fault is no trap: the thread isn't in generated code, or it is just entering, and
/// `frame` found no room for the registers. That is an overflow of the stack in the code that
/// called the export.
#[cfg(feature = "std")]
#[allow(dead_code, reason = "not everywhere are faults taken")]
pub(super) fn depart_by_fault(kind: TrapKind) -> Option<(usize, usize)> {
    let Place::Generated(record) = record::place() else {
        return None;
    };
    // SAFETY: the record belongs to a `catch` of this thread that is still running.
    let record = unsafe { record.as_ref() };
    let stack_pointer = record.stack_pointer.get();
    (stack_pointer != 0).then(|| {
        record.set_departure(Departure::Fault(kind));
        (frame::leave as *const () as usize, stack_pointer)
    })
}
