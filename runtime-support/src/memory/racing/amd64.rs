//! The accesses on amd64. Its plain loads and stores are ordered enough for sequential consistency
//! but for a store before a load, so an atomic store is an exchange.

use core::arch::asm;
use core::ptr::NonNull;

use super::{Word, copy_by_words};

/// By a loop: where the processor has no instruction that gives the old value.
macro_rules! by_exchange {
    ($name:ident: $op:tt) => {
        #[inline(always)]
        unsafe fn $name(place: NonNull<Self>, value: Self) -> Self {
            // SAFETY: by the contract.
            let mut old = unsafe { Self::atomic_load(place) };
            loop {
                // SAFETY: by the contract.
                let found = unsafe { Self::compare_exchange(place, old, old $op value) };
                if found == old {
                    return old;
                }
                old = found;
            }
        }
    };
}

macro_rules! word {
    (
        $word:ty, as $wide:ty: load $load:literal, store $place:literal $value:literal, swap $swap:literal,
        add $add:literal, compare $compare:literal $accumulator:tt, $class:ident
    ) => {
        impl Word for $word {
            #[inline(always)]
            unsafe fn load(base: NonNull<u8>, index: usize) -> Self {
                let value: $wide;
                // SAFETY: one instruction that reads the place and nothing else.
                unsafe {
                    asm!(concat!($load, " [{base} + {index}]"), value = lateout(reg) value,
                        base = in(reg) base.as_ptr(), index = in(reg) index,
                        options(nostack, preserves_flags, readonly));
                }
                value as Self
            }

            #[inline(always)]
            unsafe fn store(base: NonNull<u8>, index: usize, value: Self) {
                // SAFETY: one instruction that writes the place and nothing else.
                unsafe {
                    asm!(concat!("mov ", $place, " [{base} + {index}], ", $value),
                        value = in($class) value, base = in(reg) base.as_ptr(), index = in(reg) index,
                        options(nostack, preserves_flags));
                }
            }

            #[inline(always)]
            unsafe fn atomic_load(place: NonNull<Self>) -> Self {
                let value: $wide;
                // SAFETY: one instruction that reads the place and nothing else. That it may write,
                // as far as Rust knows, keeps other accesses from moving across it.
                unsafe {
                    asm!(concat!($load, " [{place}]"), value = lateout(reg) value, place = in(reg) place.as_ptr(),
                        options(nostack, preserves_flags));
                }
                value as Self
            }

            #[inline(always)]
            unsafe fn atomic_store(place: NonNull<Self>, value: Self) {
                // SAFETY: by the contract.
                unsafe { Self::swap(place, value) };
            }

            #[inline(always)]
            unsafe fn swap(place: NonNull<Self>, value: Self) -> Self {
                let mut value = value;
                // SAFETY: one instruction that reads and writes the place and nothing else.
                unsafe {
                    asm!($swap, value = inout($class) value, place = in(reg) place.as_ptr(),
                        options(nostack, preserves_flags));
                }
                value
            }

            #[inline(always)]
            unsafe fn add(place: NonNull<Self>, value: Self) -> Self {
                let mut value = value;
                // SAFETY: one instruction that reads and writes the place and nothing else.
                unsafe {
                    asm!($add, value = inout($class) value, place = in(reg) place.as_ptr(),
                        options(nostack));
                }
                value
            }

            #[inline(always)]
            unsafe fn sub(place: NonNull<Self>, value: Self) -> Self {
                // SAFETY: by the contract.
                unsafe { Self::add(place, value.wrapping_neg()) }
            }

            by_exchange!(and: &);
            by_exchange!(or: |);
            by_exchange!(xor: ^);

            #[inline(always)]
            unsafe fn compare_exchange(place: NonNull<Self>, expected: Self, new: Self) -> Self {
                let mut found = expected;
                // SAFETY: one instruction that reads and writes the place and nothing else.
                unsafe {
                    asm!($compare, new = in($class) new, place = in(reg) place.as_ptr(),
                        inout($accumulator) found, options(nostack));
                }
                found
            }
        }
    };
}

word! {
    u8, as u32: load "movzx {value:e}, byte ptr", store "byte ptr" "{value}",
    swap "xchg byte ptr [{place}], {value}", add "lock xadd byte ptr [{place}], {value}",
    compare "lock cmpxchg byte ptr [{place}], {new}" "al", reg_byte
}
word! {
    u16, as u32: load "movzx {value:e}, word ptr", store "word ptr" "{value:x}", swap "xchg word ptr [{place}], {value:x}",
    add "lock xadd word ptr [{place}], {value:x}",
    compare "lock cmpxchg word ptr [{place}], {new:x}" "ax", reg
}
word! {
    u32, as u32: load "mov {value:e}, dword ptr", store "dword ptr" "{value:e}", swap "xchg dword ptr [{place}], {value:e}",
    add "lock xadd dword ptr [{place}], {value:e}",
    compare "lock cmpxchg dword ptr [{place}], {new:e}" "eax", reg
}
word! {
    u64, as u64: load "mov {value:r}, qword ptr", store "qword ptr" "{value:r}", swap "xchg qword ptr [{place}], {value:r}",
    add "lock xadd qword ptr [{place}], {value:r}",
    compare "lock cmpxchg qword ptr [{place}], {new:r}" "rax", reg
}

/// As [`super::fill`].
pub(super) unsafe fn fill(place: NonNull<u8>, value: u8, length: usize) {
    // SAFETY: it writes `length` bytes from `place` on; the direction flag is clear, as always.
    unsafe {
        asm!("rep stosb", inout("rdi") place.as_ptr() => _, inout("rcx") length => _,
            in("al") value, options(nostack, preserves_flags));
    }
}

/// As [`super::copy`].
pub(super) unsafe fn copy(to: NonNull<u8>, from: NonNull<u8>, length: usize) {
    let distance = to.addr().get().wrapping_sub(from.addr().get());
    if distance < length {
        // It would overwrite what is yet to be read.
        // SAFETY: by the contract.
        unsafe { copy_by_words(to, from, length) };
        return;
    }
    // SAFETY: it reads `length` bytes from `from` on and writes as many from `to` on; the direction
    // flag is clear, as always.
    unsafe {
        asm!("rep movsb", inout("rdi") to.as_ptr() => _, inout("rsi") from.as_ptr() => _,
            inout("rcx") length => _, options(nostack, preserves_flags));
    }
}
