//! The accesses on arm64: acquiring loads and releasing stores, which are sequentially consistent
//! among themselves, and the atomic instructions of the extension LSE, or loops where the build
//! doesn't have it.

use core::arch::asm;
use core::ptr::NonNull;

use super::{Word, copy_by_words};

/// `$suffix` says how wide the place is, `$r` how wide the registers are.
macro_rules! word {
    ($word:ty, as $wide:ty: $suffix:literal, $r:literal) => {
        impl Word for $word {
            #[inline(always)]
            unsafe fn load(base: NonNull<u8>, index: usize) -> Self {
                let value: $wide;
                // SAFETY: one instruction that reads the place and nothing else.
                unsafe {
                    asm!(concat!("ldr", $suffix, " {value:", $r, "}, [{base}, {index}]"),
                        value = lateout(reg) value, base = in(reg) base.as_ptr(), index = in(reg) index,
                        options(nostack, preserves_flags, readonly));
                }
                value as Self
            }

            #[inline(always)]
            unsafe fn store(base: NonNull<u8>, index: usize, value: Self) {
                // SAFETY: one instruction that writes the place and nothing else.
                unsafe {
                    asm!(concat!("str", $suffix, " {value:", $r, "}, [{base}, {index}]"),
                        value = in(reg) value as $wide, base = in(reg) base.as_ptr(), index = in(reg) index,
                        options(nostack, preserves_flags));
                }
            }

            #[inline(always)]
            unsafe fn atomic_load(place: NonNull<Self>) -> Self {
                let value: $wide;
                // SAFETY: one instruction that reads the place and nothing else. That it may write,
                // as far as Rust knows, keeps other accesses from moving across it.
                unsafe {
                    asm!(concat!("ldar", $suffix, " {value:", $r, "}, [{place}]"),
                        value = lateout(reg) value, place = in(reg) place.as_ptr(),
                        options(nostack, preserves_flags));
                }
                value as Self
            }

            #[inline(always)]
            unsafe fn atomic_store(place: NonNull<Self>, value: Self) {
                // SAFETY: one instruction that writes the place and nothing else.
                unsafe {
                    asm!(concat!("stlr", $suffix, " {value:", $r, "}, [{place}]"),
                        value = in(reg) value as $wide, place = in(reg) place.as_ptr(),
                        options(nostack, preserves_flags));
                }
            }

            word!(@change $word, $wide, $suffix, $r, swap, "swpal", value => value, "mov",
                "{new:", "}, {value:");
            word!(@change $word, $wide, $suffix, $r, add, "ldaddal", value => value, "add",
                "{new:", "}, {old:", "}, {value:");

            #[inline(always)]
            unsafe fn sub(place: NonNull<Self>, value: Self) -> Self {
                // SAFETY: by the contract.
                unsafe { Self::add(place, value.wrapping_neg()) }
            }

            // The instruction clears bits.
            word!(@change $word, $wide, $suffix, $r, and, "ldclral", value => !value, "and",
                "{new:", "}, {old:", "}, {value:");
            word!(@change $word, $wide, $suffix, $r, or, "ldsetal", value => value, "orr",
                "{new:", "}, {old:", "}, {value:");
            word!(@change $word, $wide, $suffix, $r, xor, "ldeoral", value => value, "eor",
                "{new:", "}, {old:", "}, {value:");

            #[inline(always)]
            unsafe fn compare_exchange(place: NonNull<Self>, expected: Self, new: Self) -> Self {
                #[cfg(target_feature = "lse")]
                {
                    let mut found = expected as $wide;
                    // SAFETY: one instruction that reads and writes the place and nothing else.
                    unsafe {
                        asm!(concat!("casal", $suffix, " {found:", $r, "}, {new:", $r, "}, [{place}]"),
                            found = inout(reg) found, new = in(reg) new as $wide,
                            place = in(reg) place.as_ptr(), options(nostack, preserves_flags));
                    }
                    found as Self
                }
                #[cfg(not(target_feature = "lse"))]
                {
                    let found: $wide;
                    // SAFETY: it reads and writes the place and nothing else.
                    unsafe {
                        asm!(
                            "2:",
                            concat!("ldaxr", $suffix, " {found:", $r, "}, [{place}]"),
                            concat!("cmp {found:", $r, "}, {expected:", $r, "}"),
                            "b.ne 3f",
                            concat!("stlxr", $suffix, " {status:w}, {new:", $r, "}, [{place}]"),
                            "cbnz {status:w}, 2b",
                            "3:",
                            found = out(reg) found, expected = in(reg) expected as $wide,
                            new = in(reg) new as $wide, status = out(reg) _,
                            place = in(reg) place.as_ptr(), options(nostack));
                    }
                    found as Self
                }
            }
        }
    };
    (
        @change $word:ty, $wide:ty, $suffix:literal, $r:literal, $name:ident, $lse:literal,
        $operand:ident => $prepared:expr, $op:literal, $($piece:literal),*
    ) => {
        #[inline(always)]
        unsafe fn $name(place: NonNull<Self>, value: Self) -> Self {
            let old: $wide;
            let $operand = value as $wide;
            // SAFETY: one instruction that reads and writes the place and nothing else.
            #[cfg(target_feature = "lse")]
            unsafe {
                asm!(concat!($lse, $suffix, " {value:", $r, "}, {old:", $r, "}, [{place}]"),
                    value = in(reg) $prepared, old = out(reg) old,
                    place = in(reg) place.as_ptr(), options(nostack, preserves_flags));
            }
            // SAFETY: it reads and writes the place and nothing else.
            #[cfg(not(target_feature = "lse"))]
            unsafe {
                asm!(
                    "2:",
                    concat!("ldaxr", $suffix, " {old:", $r, "}, [{place}]"),
                    concat!($op, " ", $($piece, $r,)* "}"),
                    concat!("stlxr", $suffix, " {status:w}, {new:", $r, "}, [{place}]"),
                    "cbnz {status:w}, 2b",
                    value = in(reg) $operand, old = out(reg) old, new = out(reg) _,
                    status = out(reg) _, place = in(reg) place.as_ptr(),
                    options(nostack, preserves_flags));
            }
            old as Self
        }
    };
}

word!(u8, as u32: "b", "w");
word!(u16, as u32: "h", "w");
word!(u32, as u32: "", "w");
word!(u64, as u64: "", "x");

/// As [`super::fill`].
pub(super) unsafe fn fill(place: NonNull<u8>, value: u8, length: usize) {
    const WORD: usize = size_of::<u64>();
    let words = length / WORD;
    for index in 0..words {
        // SAFETY: inside the bytes, by the contract.
        unsafe { u64::store(place, index * WORD, u64::from_ne_bytes([value; WORD])) };
    }
    for at in words * WORD..length {
        // SAFETY: inside the bytes, by the contract.
        unsafe { u8::store(place, at, value) };
    }
}

/// As [`super::copy`].
pub(super) unsafe fn copy(to: NonNull<u8>, from: NonNull<u8>, length: usize) {
    // SAFETY: by the contract.
    unsafe { copy_by_words(to, from, length) };
}
