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
            record: PhantomData,
        }
    }
}

impl Drop for Linked<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        set(self.previous);
    }
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
