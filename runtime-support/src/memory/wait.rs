//! Waiting for a change of a shared memory, and telling who waits (proposal *threads*,
//! `memory.atomic.wait32`, `memory.atomic.wait64`, `memory.atomic.notify`).
//!
//! Threads that wait are kept in queues by the place they wait for, which is an address of this
//! process, and so says which memory, too. To compare and to join the queue is one step, because
//! who notifies takes the same lock. A waiting thread holds no lock but that of its store.
//!
//! Without `std` there are no threads to park and no clock: a wait that would park gives 2, "timed
//! out", at once.

use core::ptr::NonNull;

use super::form::{Form, Mem, Offset};
use super::racing::Word;
use crate::trap::{self, TrapKind};

/// How a wait ended (proposal *threads*, `memory.atomic.wait`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitResult {
    /// Somebody notified.
    Notified = 0,
    /// It did not begin, because the memory had another value there.
    NotEqual = 1,
    /// The time was up.
    TimedOut = 2,
}

#[cold]
#[inline(never)]
fn expected_shared_memory() -> ! {
    trap::raise(TrapKind::ExpectedSharedMemory)
}

macro_rules! waits {
    ($($(#[$doc:meta])* $name:ident: $value:ty as $stored:ty;)*) => {
        impl<F: Form> Mem<'_, F> {
            $(
                $(#[$doc])*
                #[inline(never)]
                pub fn $name(
                    self,
                    address: F::Address,
                    offset: Offset<F>,
                    expected: $value,
                    timeout: i64,
                ) -> i32 {
                    if !F::SHARED {
                        expected_shared_memory();
                    }
                    let place = self.atomic_place::<{ size_of::<$stored>() }>(address, offset).cast::<$stored>();
                    // For the trap, which must not come where something is owned.
                    // SAFETY: a place of a shared memory, aligned; or an inaccessible one of its
                    // reservation.
                    if unsafe { <$stored>::atomic_load(place) } != expected.cast_unsigned() {
                        return WaitResult::NotEqual as i32;
                    }
                    let result = trap::owning(|| {
                        // SAFETY: the place is accessible, and stays so.
                        unsafe { wait(place, expected.cast_unsigned(), timeout) }
                    });
                    result as i32
                }
            )*
        }
    };
}

waits! {
    /// `memory.atomic.wait32`
    memory_atomic_wait32: i32 as u32;
    /// `memory.atomic.wait64`
    memory_atomic_wait64: i64 as u64;
}

impl<F: Form> Mem<'_, F> {
    /// `memory.atomic.notify`
    #[inline(never)]
    pub fn memory_atomic_notify(self, address: F::Address, offset: Offset<F>, count: i32) -> i32 {
        let place = self.atomic_place::<4>(address, offset);
        // For the trap.
        super::force(self.i32_load(address, offset));
        if !F::SHARED {
            return 0;
        }
        trap::owning(|| notify(place.cast(), count.cast_unsigned())).cast_signed()
    }
}

/// Waits until the place is notified, if its value is the expected one; at most so many
/// nanoseconds, if that is not negative. Spurious wake-ups stay in here.
///
/// # Safety
/// As for [`Word`], and the place is accessible.
#[cfg(feature = "std")]
pub(super) unsafe fn wait<W: Word>(place: NonNull<W>, expected: W, timeout: i64) -> WaitResult {
    use std::sync::Condvar;
    use std::time::{Duration, Instant};

    let timeout = u64::try_from(timeout).ok();
    // What is too far to be told is never.
    let deadline =
        timeout.and_then(|timeout| Instant::now().checked_add(Duration::from_nanos(timeout)));
    let key = place.addr().get();
    let mut queues = parking::queues(key);
    // SAFETY: by the contract.
    if unsafe { W::atomic_load(place) } != expected {
        return WaitResult::NotEqual;
    }
    let waiter = alloc::sync::Arc::new(Condvar::new());
    queues.join(key, &waiter);
    loop {
        queues = match deadline {
            None => match waiter.wait(queues) {
                Ok(queues) => queues,
                Err(poisoned) => poisoned.into_inner(),
            },
            Some(deadline) => {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    queues.leave(key, &waiter);
                    return WaitResult::TimedOut;
                }
                match waiter.wait_timeout(queues, left) {
                    Ok((queues, _)) => queues,
                    Err(poisoned) => poisoned.into_inner().0,
                }
            }
        };
        // Who notifies takes out whom they mean.
        if !queues.has(key, &waiter) {
            return WaitResult::Notified;
        }
    }
}

/// Gives at once what a wait gives: nobody is there to notify.
///
/// # Safety
/// As for [`Word`], and the place is accessible.
#[cfg(not(feature = "std"))]
pub(super) unsafe fn wait<W: Word>(place: NonNull<W>, expected: W, _timeout: i64) -> WaitResult {
    // SAFETY: by the contract.
    if unsafe { W::atomic_load(place) } == expected {
        WaitResult::TimedOut
    } else {
        WaitResult::NotEqual
    }
}

/// Wakes up to `count` threads that wait for the place, who has waited longest first. Gives how many.
pub(super) fn notify(place: NonNull<u8>, count: u32) -> u32 {
    #[cfg(feature = "std")]
    {
        let key = place.addr().get();
        parking::queues(key).notify(key, count)
    }
    #[cfg(not(feature = "std"))]
    {
        let _ = (place, count);
        0
    }
}

#[cfg(feature = "std")]
mod parking {
    use alloc::collections::{BTreeMap, VecDeque};
    use alloc::sync::Arc;
    use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

    /// So many locks there are, so that who waits for different places seldom meets.
    const LOCKS: usize = 64;

    /// Who waits for which place, in order. Every waiter sleeps by a condition of its own.
    pub(super) struct Queues(BTreeMap<usize, VecDeque<Arc<Condvar>>>);

    static QUEUES: [Mutex<Queues>; LOCKS] = [const { Mutex::new(Queues(BTreeMap::new())) }; LOCKS];

    /// The queues that the place's is among.
    pub(super) fn queues(key: usize) -> MutexGuard<'static, Queues> {
        // Nothing that panics is done with the lock held.
        QUEUES[key / 4 % LOCKS]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    impl Queues {
        pub(super) fn join(&mut self, key: usize, waiter: &Arc<Condvar>) {
            self.0.entry(key).or_default().push_back(waiter.clone());
        }

        pub(super) fn has(&self, key: usize, waiter: &Arc<Condvar>) -> bool {
            let queue = self.0.get(&key);
            queue.is_some_and(|queue| queue.iter().any(|other| Arc::ptr_eq(other, waiter)))
        }

        pub(super) fn leave(&mut self, key: usize, waiter: &Arc<Condvar>) {
            if let Some(queue) = self.0.get_mut(&key) {
                queue.retain(|other| !Arc::ptr_eq(other, waiter));
                if queue.is_empty() {
                    self.0.remove(&key);
                }
            }
        }

        pub(super) fn notify(&mut self, key: usize, count: u32) -> u32 {
            let Some(queue) = self.0.get_mut(&key) else {
                return 0;
            };
            let count = queue.len().min(count as usize);
            for waiter in queue.drain(..count) {
                waiter.notify_one();
            }
            if queue.is_empty() {
                self.0.remove(&key);
            }
            count as u32
        }
    }
}
