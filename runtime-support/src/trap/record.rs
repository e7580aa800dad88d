//! Which `catch` a thread is in, and whether it is in generated code or in the host's.
//!
//! A record is made by each `catch` and lives on the stack, in the frame of that `catch`. With
//! threads to store things in (`std`), each thread knows its innermost record; without, all
//! threads' records are in one list.

use core::cell::{Cell, UnsafeCell};
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use super::Departure;

#[cfg(feature = "std")]
mod per_thread;
#[cfg(feature = "std")]
use per_thread as registry;

#[cfg(not(feature = "std"))]
mod listed;
#[cfg(not(feature = "std"))]
use listed as registry;

#[cfg(feature = "gc")]
pub(super) use registry::generated_stack;
pub(super) use registry::{HostMark, Linked, place};

/// What a `catch` leaves for the way back to it.
pub(super) struct Record {
    /// Where the entry frame saved the registers; the frame writes it. 0 until then.
    pub(super) stack_pointer: Cell<usize>,
    /// Why it is left; written before it is.
    departure: UnsafeCell<MaybeUninit<Departure>>,
    /// What else is needed to find it.
    #[cfg(not(feature = "std"))]
    link: registry::Link,
}

impl Record {
    pub(super) fn new() -> Record {
        Record {
            stack_pointer: Cell::new(0),
            departure: UnsafeCell::new(MaybeUninit::uninit()),
            #[cfg(not(feature = "std"))]
            link: registry::Link::new(),
        }
    }

    /// Says why the call is left. A departure that was there already is forgotten, not dropped.
    pub(super) fn set_departure(&self, departure: Departure) {
        // SAFETY: a record is used by its own thread only, and nothing holds a reference to the
        // departure: it is written here, and read when the record is given away.
        unsafe { (*self.departure.get()).write(departure) };
    }

    /// Why the call was left.
    ///
    /// # Safety
    /// [`Record::set_departure`] must have been called.
    pub(super) unsafe fn into_departure(self) -> Departure {
        // SAFETY: it was written, says the caller.
        unsafe { self.departure.into_inner().assume_init() }
    }
}

/// Where a thread is.
pub(super) enum Place {
    /// In no call of an export.
    Outside,
    /// In code that must not be skipped: the host's, or this crate's where it owns things.
    Host,
    /// In generated code, called by the `catch` with this record.
    Generated(NonNull<Record>),
}
