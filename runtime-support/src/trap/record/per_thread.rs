//! The records of threads that can store things: a thread-local pointer to the innermost.

use core::cell::Cell;
use core::marker::PhantomData;
use core::ptr::{self, NonNull};
use core::sync::atomic::{Ordering, compiler_fence};

use super::{Place, Record};

/// The innermost record if the thread is in generated code. In host code the same with
/// [`HOST`] added; outside all calls, [`HOST`] alone. Null: outside, and the thread has never been
/// in a call.
///
/// Made of constants and without a destructor, so that it is one instruction to read, also for the
/// fault handler, and there to the thread's very end.
type State = *const Record;

std::thread_local! {
    static STATE: Cell<State> = const { Cell::new(ptr::null()) };
}

/// The lowest bit of a record's address, which is otherwise 0.
const HOST: usize = 1;

/// Sets the state, not earlier and not later than it stands in the program: the fault handler
/// looks at it in between.
#[inline(always)]
fn set(state: State) {
    compiler_fence(Ordering::SeqCst);
    STATE.set(state);
    compiler_fence(Ordering::SeqCst);
}

/// Makes a record this thread's innermost, for as long as it lives.
pub(in super::super) struct Linked<'a> {
    /// The state before. Kept here and not in the record, which LLVM must suppose to change: here
    /// it stays in a register.
    previous: State,
    /// Whether it is on a stack that is not the thread's own.
    #[cfg(feature = "gc")]
    foreign: bool,
    record: PhantomData<&'a Record>,
}

impl<'a> Linked<'a> {
    #[inline(always)]
    pub(in super::super) fn new(record: &'a Record) -> Linked<'a> {
        let mut previous = STATE.get();
        if previous.is_null() {
            previous = first_entry();
        }
        set(record);
        Linked {
            previous,
            #[cfg(feature = "gc")]
            foreign: foreign::enter(record),
            record: PhantomData,
        }
    }
}

impl Drop for Linked<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        #[cfg(feature = "gc")]
        if self.foreign {
            foreign::leave();
        }
        set(self.previous);
    }
}

/// The calls on stacks that are not the thread's own (coroutines). While there are any, running or
/// suspended, the collector doesn't know where all references are.
#[cfg(feature = "gc")]
mod foreign {
    use core::cell::Cell;

    use super::Record;
    use crate::trap::{GeneratedStack, stack};

    std::thread_local! {
        static CALLS: Cell<usize> = const { Cell::new(0) };
    }

    /// Whether the record is on such a stack. If so, it counts.
    #[inline(always)]
    pub(super) fn enter(record: *const Record) -> bool {
        let foreign = !stack::is_own(record.addr());
        if foreign {
            count();
        }
        foreign
    }

    #[cold]
    fn count() {
        CALLS.set(CALLS.get() + 1);
    }

    /// The record was on such a stack, and is no more. That the thread has none can be when the
    /// stack was another thread's before; which then waits for it forever.
    #[cold]
    pub(super) fn leave() {
        CALLS.set(CALLS.get().saturating_sub(1));
    }

    /// Where references can be on the stack, if generated code is running.
    pub(super) fn generated_stack(running: bool) -> GeneratedStack {
        match stack::own_end() {
            _ if CALLS.get() > 0 => GeneratedStack::Unknown,
            _ if !running => GeneratedStack::None,
            Some(end) => GeneratedStack::Until(end),
            None => GeneratedStack::Unknown,
        }
    }
}

/// Where on the stack generated code of this thread can have references.
#[cfg(feature = "gc")]
pub(in super::super) fn generated_stack() -> crate::trap::GeneratedStack {
    foreign::generated_stack(!matches!(place(), Place::Outside))
}

/// Makes the thread ready for faults, once.
#[cold]
fn first_entry() -> State {
    super::super::prepare_thread();
    ptr::without_provenance(HOST)
}

/// Where this thread is. The fault handler calls this too.
///
/// The state without [`HOST`] is a record of a `catch` that is still running here. That holds also
/// for threads that change stacks (coroutines): they do that in host code only, [`HostMark`] puts
/// back the record of the stack it is on, and a state with [`HOST`], which can be out of date then,
/// is never followed.
#[inline]
pub(in super::super) fn place() -> Place {
    let state = STATE.get();
    match NonNull::new(state.cast_mut()) {
        Some(record) if record.addr().get() & HOST == 0 => Place::Generated(record),
        Some(marked) if marked.addr().get() != HOST => Place::Host,
        _ => Place::Outside,
    }
}

/// Marks the thread as being in host code, for as long as it lives.
pub(in super::super) struct HostMark {
    previous: State,
}

impl HostMark {
    #[inline(always)]
    pub(in super::super) fn new() -> HostMark {
        let previous = STATE.get();
        // Null stays: the thread is still to be made ready.
        if !previous.is_null() {
            set(previous.map_addr(|address| address | HOST));
        }
        HostMark { previous }
    }
}

impl Drop for HostMark {
    #[inline(always)]
    fn drop(&mut self) {
        set(self.previous);
    }
}
