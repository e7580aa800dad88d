//! Accesses to bytes that several threads read and write at the same time, in whatever sizes.
//!
//! WebAssembly lets them: plain and atomic accesses may meet, of different sizes, at overlapping
//! addresses, and what comes of it is some mixture of the bytes. Rust's own atomics don't suffice.
//! For Rust, accesses of different sizes that overlap and are not ordered otherwise are undefined
//! behaviour, even if both are atomic. So Rust accesses none of these bytes: assembly does, where we
//! have some. To Rust it is a call of something unknown that has been handed the address, and what
//! happens then is what the processor says. All its plain loads and stores are tearable only if
//! they are not aligned, which is more than WebAssembly asks for.
//!
//! On other processors, and under Miri, there is one lock that every access takes. That is slow, and
//! no access ever meets another.
//!
//! Plain loads are neither made twice nor merged nor left out: a program that waits in a loop for
//! another thread's plain store will see it, although WebAssembly doesn't promise so.

use core::ptr::NonNull;

crate::mode::cfg_if! { if #[assembly] {
    #[cfg(target_arch = "x86_64")]
    mod amd64;
    #[cfg(target_arch = "aarch64")]
    mod arm64;
    #[cfg(target_arch = "x86_64")]
    use amd64 as machine;
    #[cfg(target_arch = "aarch64")]
    use arm64 as machine;
} else {
    mod locked;
    use locked as machine;
} }

/// Numbers as they lie in memories: little-endian.
///
/// # Safety
/// For all functions: the bytes at `place` belong to a memory that lives, all accesses to which are
/// made by this trait and the functions beside it; or, with assembly, they are inaccessible ones of
/// a memory's reservation, and a fault there is a trap. For those called atomic, `place` is aligned
/// to the number's size.
pub(crate) trait Word: Copy + Eq {
    /// Reads, at any place, which is `base` and so many bytes.
    unsafe fn load(base: NonNull<u8>, index: usize) -> Self;
    /// Writes, at any place.
    unsafe fn store(base: NonNull<u8>, index: usize, value: Self);
    /// Reads (atomic, as all below: sequentially consistent).
    unsafe fn atomic_load(place: NonNull<Self>) -> Self;
    /// Writes.
    unsafe fn atomic_store(place: NonNull<Self>, value: Self);
    /// Writes, and gives what was there.
    unsafe fn swap(place: NonNull<Self>, value: Self) -> Self;
    /// Adds, and gives what was there.
    unsafe fn add(place: NonNull<Self>, value: Self) -> Self;
    /// Subtracts, and gives what was there.
    unsafe fn sub(place: NonNull<Self>, value: Self) -> Self;
    /// Bitwise and; gives what was there.
    unsafe fn and(place: NonNull<Self>, value: Self) -> Self;
    /// Bitwise or; gives what was there.
    unsafe fn or(place: NonNull<Self>, value: Self) -> Self;
    /// Bitwise exclusive or; gives what was there.
    unsafe fn xor(place: NonNull<Self>, value: Self) -> Self;
    /// Writes `new` if what is there is `expected`, and gives what was there.
    unsafe fn compare_exchange(place: NonNull<Self>, expected: Self, new: Self) -> Self;
}

/// Reads `N` bytes: in one piece, if there is a number of that size and the place is aligned.
///
/// # Safety
/// As for [`Word`].
#[inline(always)]
pub(super) unsafe fn load<const N: usize>(base: NonNull<u8>, index: usize) -> [u8; N] {
    let mut bytes = [0; N];
    macro_rules! word {
        ($word:ty, $at:expr) => {{
            // SAFETY: some of the bytes of the place, by the contract.
            let word = unsafe { <$word>::load(base, index + $at) };
            bytes[$at..$at + size_of::<$word>()].copy_from_slice(&word.to_le_bytes());
        }};
    }
    match N {
        1 => word!(u8, 0),
        2 => word!(u16, 0),
        4 => word!(u32, 0),
        8 => word!(u64, 0),
        16 => {
            word!(u64, 0);
            word!(u64, 8);
        }
        _ => {
            for at in 0..N {
                word!(u8, at);
            }
        }
    }
    bytes
}

/// Writes `N` bytes, as [`load`] reads them.
///
/// # Safety
/// As for [`Word`].
#[inline(always)]
pub(super) unsafe fn store<const N: usize>(base: NonNull<u8>, index: usize, bytes: [u8; N]) {
    macro_rules! word {
        ($word:ty, $at:expr) => {{
            let mut word = [0; size_of::<$word>()];
            word.copy_from_slice(&bytes[$at..$at + size_of::<$word>()]);
            let word = <$word>::from_le_bytes(word);
            // SAFETY: some of the bytes of the place, by the contract.
            unsafe { <$word>::store(base, index + $at, word) };
        }};
    }
    match N {
        1 => word!(u8, 0),
        2 => word!(u16, 0),
        4 => word!(u32, 0),
        8 => word!(u64, 0),
        16 => {
            // The second first: if it is beyond the memory, nothing has been written.
            word!(u64, 8);
            word!(u64, 0);
        }
        _ => {
            for at in (0..N).rev() {
                word!(u8, at);
            }
        }
    }
}

/// Fills bytes with a value.
///
/// # Safety
/// The bytes belong to a memory that lives, all accesses to which are made by this module.
pub(super) unsafe fn fill(place: NonNull<u8>, value: u8, length: usize) {
    // SAFETY: by the contract.
    unsafe { machine::fill(place, value, length) }
}

/// Copies bytes, which may overlap.
///
/// # Safety
/// Each side is `length` bytes that belong to a memory that lives, all accesses to which are made
/// by this module; or that nobody else writes meanwhile, nor reads if it is the destination.
pub(super) unsafe fn copy(to: NonNull<u8>, from: NonNull<u8>, length: usize) {
    // SAFETY: by the contract.
    unsafe { machine::copy(to, from, length) }
}

/// Copies bytes piece by piece, in the direction in which no byte is written before it is read.
///
/// # Safety
/// As for [`copy`].
#[allow(dead_code, reason = "under the lock bytes are copied as usual")]
unsafe fn copy_by_words(to: NonNull<u8>, from: NonNull<u8>, length: usize) {
    const WORD: usize = size_of::<u64>();
    let words = length / WORD;
    // SAFETY: `at`, and what follows of the number, is less than `length`.
    let word = |at| unsafe {
        let word = u64::load(from, at);
        u64::store(to, at, word);
    };
    // SAFETY: as above.
    let byte = |at| unsafe { u8::store(to, at, u8::load(from, at)) };
    if to.addr() <= from.addr() {
        (0..words).for_each(|index| word(index * WORD));
        (words * WORD..length).for_each(byte);
    } else {
        (words * WORD..length).rev().for_each(byte);
        (0..words).rev().for_each(|index| word(index * WORD));
    }
}
