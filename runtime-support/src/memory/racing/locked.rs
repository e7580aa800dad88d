//! The accesses where there is no assembly for them: under one lock, so that no two ever meet.

use core::ptr::{self, NonNull};

use super::Word;
use crate::memory::spin::Spin;

static LOCK: Spin = Spin::new();

macro_rules! word {
    ($($word:ty)*) => {
        $(
            impl Word for $word {
                unsafe fn load(base: NonNull<u8>, index: usize) -> Self {
                    // SAFETY: by the contract.
                    unsafe { Self::atomic_load(base.add(index).cast()) }
                }
                unsafe fn store(base: NonNull<u8>, index: usize, value: Self) {
                    // SAFETY: by the contract.
                    unsafe { Self::atomic_store(base.add(index).cast(), value) }
                }
                unsafe fn atomic_load(place: NonNull<Self>) -> Self {
                    // SAFETY: by the contract.
                    unsafe { change(place, |old| old, <$word>::from_le) }
                }
                unsafe fn atomic_store(place: NonNull<Self>, value: Self) {
                    // SAFETY: by the contract.
                    unsafe { change(place, |_| value.to_le(), <$word>::from_le) };
                }
                unsafe fn swap(place: NonNull<Self>, value: Self) -> Self {
                    // SAFETY: by the contract.
                    unsafe { change(place, |_| value.to_le(), <$word>::from_le) }
                }
                unsafe fn add(place: NonNull<Self>, value: Self) -> Self {
                    let new = |old| <$word>::from_le(old).wrapping_add(value).to_le();
                    // SAFETY: by the contract.
                    unsafe { change(place, new, <$word>::from_le) }
                }
                unsafe fn sub(place: NonNull<Self>, value: Self) -> Self {
                    // SAFETY: by the contract.
                    unsafe { Self::add(place, value.wrapping_neg()) }
                }
                unsafe fn and(place: NonNull<Self>, value: Self) -> Self {
                    // SAFETY: by the contract.
                    unsafe { change(place, |old| old & value.to_le(), <$word>::from_le) }
                }
                unsafe fn or(place: NonNull<Self>, value: Self) -> Self {
                    // SAFETY: by the contract.
                    unsafe { change(place, |old| old | value.to_le(), <$word>::from_le) }
                }
                unsafe fn xor(place: NonNull<Self>, value: Self) -> Self {
                    // SAFETY: by the contract.
                    unsafe { change(place, |old| old ^ value.to_le(), <$word>::from_le) }
                }
                unsafe fn compare_exchange(
                    place: NonNull<Self>,
                    expected: Self,
                    new: Self,
                ) -> Self {
                    let new = |old| if old == expected.to_le() { new.to_le() } else { old };
                    // SAFETY: by the contract.
                    unsafe { change(place, new, <$word>::from_le) }
                }
            }
        )*
    };
}

word! { u8 u16 u32 u64 }

/// Replaces what is at the place, and gives what was there.
///
/// # Safety
/// As for [`Word`].
unsafe fn change<T: Copy>(place: NonNull<T>, new: impl FnOnce(T) -> T, give: fn(T) -> T) -> T {
    let _lock = LOCK.lock();
    // SAFETY: by the contract these are bytes of a memory that nobody accesses without the lock.
    let old = unsafe { place.read_unaligned() };
    // SAFETY: as above.
    unsafe { place.write_unaligned(new(old)) };
    give(old)
}

/// As [`super::fill`].
pub(super) unsafe fn fill(place: NonNull<u8>, value: u8, length: usize) {
    let _lock = LOCK.lock();
    // SAFETY: by the contract these are bytes of a memory that nobody accesses without the lock.
    unsafe { ptr::write_bytes(place.as_ptr(), value, length) };
}

/// As [`super::copy`].
pub(super) unsafe fn copy(to: NonNull<u8>, from: NonNull<u8>, length: usize) {
    let _lock = LOCK.lock();
    // SAFETY: by the contract these are bytes that nobody else writes without the lock.
    unsafe { ptr::copy(from.as_ptr(), to.as_ptr(), length) };
}
