//! A place that is filled once, by whichever thread comes first.

use alloc::boxed::Box;
use core::marker::PhantomData;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

/// A value that is made at first need. As `OnceLock`, but without `std`; if two threads make it at
/// the same time, one of the results is dropped.
pub(super) struct Once<T> {
    value: AtomicPtr<T>,
    owns: PhantomData<T>,
}

impl<T> Once<T> {
    pub(super) const fn new() -> Once<T> {
        Once {
            value: AtomicPtr::new(ptr::null_mut()),
            owns: PhantomData,
        }
    }

    /// The value, if it is there.
    #[inline(always)]
    pub(super) fn get(&self) -> Option<&T> {
        let value = self.value.load(Ordering::Acquire);
        // SAFETY: null, or a box that was given to `set`, which `drop` alone takes back.
        unsafe { value.as_ref() }
    }

    /// Puts the value there, unless there is one; gives the one that is there.
    pub(super) fn set(&self, value: T) -> &T {
        let value = Box::into_raw(Box::new(value));
        let there = self.value.compare_exchange(
            ptr::null_mut(),
            value,
            Ordering::AcqRel,
            Ordering::Acquire,
        );
        match there {
            // SAFETY: just made from a box; from here on only `drop` takes it back.
            Ok(_) => unsafe { &*value },
            Err(other) => {
                // SAFETY: just made from a box, and nobody else knows it.
                drop(unsafe { Box::from_raw(value) });
                // SAFETY: as in `get`; it isn't null.
                unsafe { &*other }
            }
        }
    }
}

impl<T> Drop for Once<T> {
    fn drop(&mut self) {
        let value = *self.value.get_mut();
        if !value.is_null() {
            // SAFETY: a box that was given to `set`; nobody borrows it any more.
            drop(unsafe { Box::from_raw(value) });
        }
    }
}

// SAFETY: as for `Box` and `OnceLock`: what is inside is shared, and dropped by whoever drops this.
unsafe impl<T: Send> Send for Once<T> {}
// SAFETY: as above; a thread may make the value and another one drop it.
unsafe impl<T: Send + Sync> Sync for Once<T> {}
