//! What the host's view of shared memories uses of the accesses.

use core::ptr::NonNull;

use super::racing;
pub(crate) use super::racing::Word;
use super::wait::{self, WaitResult};

/// Copies bytes between a shared memory and one that the host has for itself, or within the first.
///
/// # Safety
/// As for [`racing::copy`].
pub(crate) unsafe fn copy(to: NonNull<u8>, from: NonNull<u8>, length: usize) {
    // SAFETY: by the contract.
    unsafe { racing::copy(to, from, length) }
}

/// An atomic load.
///
/// # Safety
/// An aligned place in a shared memory that lives.
pub(crate) unsafe fn load<W: Word>(place: NonNull<W>) -> W {
    // SAFETY: by the contract.
    unsafe { W::atomic_load(place) }
}

/// An atomic store.
///
/// # Safety
/// An aligned place in a shared memory that lives.
pub(crate) unsafe fn store<W: Word>(place: NonNull<W>, value: W) {
    // SAFETY: by the contract.
    unsafe { W::atomic_store(place, value) }
}

/// An atomic addition; gives what was there.
///
/// # Safety
/// An aligned place in a shared memory that lives.
pub(crate) unsafe fn add<W: Word>(place: NonNull<W>, value: W) -> W {
    // SAFETY: by the contract.
    unsafe { W::add(place, value) }
}

/// An atomic exchange, if there is what is expected; gives what was there.
///
/// # Safety
/// An aligned place in a shared memory that lives.
pub(crate) unsafe fn compare_exchange<W: Word>(place: NonNull<W>, expected: W, new: W) -> W {
    // SAFETY: by the contract.
    unsafe { W::compare_exchange(place, expected, new) }
}

/// As `memory.atomic.wait`, with the timeout in nanoseconds, or none if it is negative.
///
/// # Safety
/// An aligned place in a shared memory that lives.
pub(crate) unsafe fn wait<W: Word>(place: NonNull<W>, expected: W, timeout: i64) -> WaitResult {
    // SAFETY: by the contract; all bytes of a memory are accessible.
    unsafe { wait::wait(place, expected, timeout) }
}

/// As `memory.atomic.notify`.
pub(crate) fn notify(place: NonNull<u8>, count: u32) -> u32 {
    wait::notify(place, count)
}
