//! The records of all threads in one list, for want of thread-local storage.
//!
//! A thread finds its own by two things. Where the system tells threads apart, records carry their
//! thread. And of the records, the innermost of this thread is **the one with the smallest address
//! that is not below the stack pointer**: records live in frames on their thread's stack, stacks
//! grow downwards and do not overlap. So this thread's records, which belong to calls that are
//! still running, lie between its stack pointer and the upper end of its stack, the innermost
//! lowest, and any other thread's lie below the stack pointer or beyond that upper end.
//!
//! If this thread has no record at all, that picks another thread's. The first thing prevents it;
//! without an operating system there is only the rule that a program with several stacks calls
//! generated code through exports only, as the public interface makes everybody do.
//!
//! The lock is never held while other code runs. An interrupt handler must not call exports: it
//! could find the lock taken by what it interrupted.

use core::cell::Cell;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use super::{Place, Record};

/// What a record needs to be found.
pub(in super::super) struct Link {
    next: Cell<*mut Record>,
    thread: Cell<usize>,
    /// Whether its thread is in host code called from its generated code.
    in_host: Cell<bool>,
}

impl Link {
    pub(super) fn new() -> Link {
        Link {
            next: Cell::new(ptr::null_mut()),
            thread: Cell::new(0),
            in_host: Cell::new(false),
        }
    }
}

static LOCKED: AtomicBool = AtomicBool::new(false);
/// The first of the list; used under the lock only.
static FIRST: AtomicPtr<Record> = AtomicPtr::new(ptr::null_mut());

/// Runs `f` alone.
fn locked<R>(f: impl FnOnce() -> R) -> R {
    while LOCKED
        .compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed)
        .is_err()
    {
        core::hint::spin_loop();
    }
    let result = f();
    LOCKED.store(false, Ordering::Release);
    result
}

/// Something that other threads, as far as there are any, have another value of.
fn thread() -> usize {
    #[cfg(unix)]
    // SAFETY: takes nothing and cannot fail.
    return unsafe { libc::pthread_self() } as usize;
    #[cfg(windows)]
    // SAFETY: takes nothing and cannot fail.
    return unsafe { windows_sys::Win32::System::Threading::GetCurrentThreadId() } as usize;
    #[cfg(not(any(unix, windows)))]
    0
}

/// Makes a record this thread's innermost, for as long as it lives.
pub(in super::super) struct Linked<'a> {
    record: &'a Record,
}

impl<'a> Linked<'a> {
    pub(in super::super) fn new(record: &'a Record) -> Linked<'a> {
        record.link.thread.set(thread());
        locked(|| {
            record.link.next.set(FIRST.load(Ordering::Relaxed));
            FIRST.store(ptr::from_ref(record).cast_mut(), Ordering::Relaxed);
        });
        Linked { record }
    }
}

impl Drop for Linked<'_> {
    fn drop(&mut self) {
        locked(|| {
            let next = self.record.link.next.get();
            let mut place = FIRST.load(Ordering::Relaxed);
            if ptr::eq(place, self.record) {
                FIRST.store(next, Ordering::Relaxed);
                return;
            }
            // SAFETY: records are in the list as long as they live, and under the lock none leaves
            // it.
            while let Some(other) = unsafe { place.as_ref() } {
                place = other.link.next.get();
                if ptr::eq(place, self.record) {
                    other.link.next.set(next);
                }
            }
        });
    }
}

/// This thread's innermost record, if it has one.
fn innermost() -> Option<NonNull<Record>> {
    let stack_pointer = crate::trap::stack_pointer();
    let thread = thread();
    locked(|| {
        let mut found: Option<NonNull<Record>> = None;
        let mut place = FIRST.load(Ordering::Relaxed);
        // SAFETY: records are in the list as long as they live, and under the lock none leaves it.
        // Of other threads' records only the address, the thread and the link are read, which are
        // written under the lock or before the record is in the list.
        while let Some(record) = unsafe { place.as_ref() } {
            let address = place.addr();
            if record.link.thread.get() == thread
                && address >= stack_pointer
                && found.is_none_or(|found| address < found.addr().get())
            {
                found = Some(NonNull::from(record));
            }
            place = record.link.next.get();
        }
        found
    })
}

/// Where this thread is.
pub(in super::super) fn place() -> Place {
    match innermost() {
        None => Place::Outside,
        // SAFETY: it is this thread's, and so belongs to a `catch` that is still running.
        Some(record) if unsafe { record.as_ref() }.link.in_host.get() => Place::Host,
        Some(record) => Place::Generated(record),
    }
}

/// Where on the stack generated code of this thread can have references.
///
/// Without `std` nobody knows where a thread's stack ends.
#[cfg(feature = "gc")]
pub(in super::super) fn generated_stack() -> crate::trap::GeneratedStack {
    let thread = thread();
    locked(|| {
        let mut place = FIRST.load(Ordering::Relaxed);
        // SAFETY: as in `innermost`.
        while let Some(record) = unsafe { place.as_ref() } {
            if record.link.thread.get() == thread {
                return crate::trap::GeneratedStack::Unknown;
            }
            place = record.link.next.get();
        }
        crate::trap::GeneratedStack::None
    })
}

/// Marks the thread as being in host code, for as long as it lives.
pub(in super::super) struct HostMark {
    record: Option<NonNull<Record>>,
    previous: bool,
}

impl HostMark {
    pub(in super::super) fn new() -> HostMark {
        let record = innermost();
        // SAFETY: it is this thread's, and so belongs to a `catch` that is still running.
        let previous =
            record.is_some_and(|record| unsafe { record.as_ref() }.link.in_host.replace(true));
        HostMark { record, previous }
    }
}

impl Drop for HostMark {
    fn drop(&mut self) {
        if let Some(record) = self.record {
            // SAFETY: the mark was made, and is dropped, in frames below the record's `catch`.
            unsafe { record.as_ref() }.link.in_host.set(self.previous);
        }
    }
}
