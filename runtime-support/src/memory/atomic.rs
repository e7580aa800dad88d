//! Atomic instructions (proposal *threads*), all sequentially consistent.
//!
//! On a memory that isn't shared they are plain reads and writes; what is left of them is the trap
//! for addresses that are not aligned, which comes before the one for those out of bounds.

use core::ptr::NonNull;
use core::sync::atomic::{Ordering, fence};

use super::Address;
use super::form::{Form, Mem, Offset};
use super::racing::Word;
use crate::trap::{self, TrapKind};

/// `atomic.fence`
#[inline(always)]
pub fn atomic_fence() {
    fence(Ordering::SeqCst);
}

#[cold]
#[inline(never)]
fn unaligned() -> ! {
    trap::raise(TrapKind::UnalignedAtomic)
}

impl<F: Form> Mem<'_, F> {
    /// The place of an atomic access: as `Form::place`, and aligned to the `N` bytes.
    #[inline(always)]
    pub(super) fn atomic_place<const N: usize>(
        self,
        address: F::Address,
        offset: Offset<F>,
    ) -> NonNull<[u8; N]> {
        // The base is aligned to more than any `N`, so the sum's lower bits decide.
        let sum = address.unsigned().wrapping_add(offset.unsigned());
        if !sum.is_multiple_of(N as u64) {
            unaligned();
        }
        F::place(self, address, offset)
    }

    /// Replaces a number in a memory that isn't shared, and gives what was there.
    ///
    /// # Safety
    /// The memory isn't shared, and the place is one of it, or an inaccessible one of its
    /// reservation.
    #[inline(always)]
    unsafe fn replace<const N: usize>(
        self,
        place: NonNull<[u8; N]>,
        new: impl FnOnce([u8; N]) -> [u8; N],
    ) -> [u8; N] {
        // SAFETY: bytes of a memory that this thread alone uses, initialised, and not referred to
        // while generated code runs; or the processor stops the read.
        let old = unsafe { place.read() };
        // SAFETY: as above.
        unsafe { place.write(new(old)) };
        old
    }
}

/// Loads: the number, which becomes the result without sign.
macro_rules! loads {
    ($($name:ident: $stored:ty as $result:ty;)*) => {
        impl<F: Form> Mem<'_, F> {
            $(
                /// The instruction of this name.
                #[inline(always)]
                pub fn $name(self, address: F::Address, offset: Offset<F>) -> $result {
                    let place = self.atomic_place(address, offset);
                    if F::SHARED {
                        // SAFETY: a place of a shared memory, aligned; or an inaccessible one of
                        // its reservation.
                        return unsafe { <$stored>::atomic_load(place.cast()) } as $result;
                    }
                    // SAFETY: bytes of a memory that this thread alone uses, initialised, and not
                    // referred to while generated code runs; or the processor stops the read.
                    <$stored>::from_le_bytes(unsafe { place.read() }) as $result
                }
            )*
        }
    };
}

macro_rules! stores {
    ($($name:ident: $value:ty as $stored:ty;)*) => {
        impl<F: Form> Mem<'_, F> {
            $(
                /// The instruction of this name.
                #[inline(always)]
                pub fn $name(self, address: F::Address, offset: Offset<F>, value: $value) {
                    let place = self.atomic_place(address, offset);
                    let value = value as $stored;
                    if F::SHARED {
                        // SAFETY: a place of a shared memory, aligned; or an inaccessible one of
                        // its reservation.
                        return unsafe { <$stored>::atomic_store(place.cast(), value) };
                    }
                    // SAFETY: bytes of a memory that this thread alone uses, and not referred to
                    // while generated code runs; or the processor stops the write.
                    unsafe { place.write(value.to_le_bytes()) };
                }
            )*
        }
    };
}

/// Reads and writes; the old value is the result.
macro_rules! changes {
    ($(
        $value:ty as $stored:ty: $add:ident $sub:ident $and:ident $or:ident $xor:ident $xchg:ident
        $cmpxchg:ident;
    )*) => {
        $(
            changes!(@one $value, $stored: $add, add, |old, value| old.wrapping_add(value));
            changes!(@one $value, $stored: $sub, sub, |old, value| old.wrapping_sub(value));
            changes!(@one $value, $stored: $and, and, |old, value| old & value);
            changes!(@one $value, $stored: $or, or, |old, value| old | value);
            changes!(@one $value, $stored: $xor, xor, |old, value| old ^ value);
            changes!(@one $value, $stored: $xchg, swap, |_old, value| value);
            impl<F: Form> Mem<'_, F> {
                /// The instruction of this name.
                #[inline(always)]
                pub fn $cmpxchg(
                    self,
                    address: F::Address,
                    offset: Offset<F>,
                    expected: $value,
                    new: $value,
                ) -> $value {
                    let place = self.atomic_place(address, offset);
                    let (expected, new) = (expected as $stored, new as $stored);
                    if F::SHARED {
                        // SAFETY: a place of a shared memory, aligned; or an inaccessible one of
                        // its reservation.
                        let old = unsafe {
                            <$stored>::compare_exchange(place.cast(), expected, new)
                        };
                        return old as $value;
                    }
                    let exchange = |old| {
                        if old == expected.to_le_bytes() { new.to_le_bytes() } else { old }
                    };
                    // SAFETY: the memory isn't shared.
                    let old = unsafe { self.replace(place, exchange) };
                    <$stored>::from_le_bytes(old) as $value
                }
            }
        )*
    };
    (@one $value:ty, $stored:ty: $name:ident, $shared:ident, |$old:pat_param, $new:pat_param| $result:expr) => {
        impl<F: Form> Mem<'_, F> {
            /// The instruction of this name.
            #[inline(always)]
            pub fn $name(
                self,
                address: F::Address,
                offset: Offset<F>,
                value: $value,
            ) -> $value {
                let place = self.atomic_place(address, offset);
                let value = value as $stored;
                if F::SHARED {
                    // SAFETY: a place of a shared memory, aligned; or an inaccessible one of its
                    // reservation.
                    return unsafe { <$stored>::$shared(place.cast(), value) } as $value;
                }
                let change = |$old: $stored, $new: $stored| -> $stored { $result };
                // SAFETY: the memory isn't shared.
                let old = unsafe {
                    self.replace(place, |old| {
                        change(<$stored>::from_le_bytes(old), value).to_le_bytes()
                    })
                };
                <$stored>::from_le_bytes(old) as $value
            }
        }
    };
}

loads! {
    i32_atomic_load: u32 as i32;
    i64_atomic_load: u64 as i64;
    i32_atomic_load8_u: u8 as i32;
    i32_atomic_load16_u: u16 as i32;
    i64_atomic_load8_u: u8 as i64;
    i64_atomic_load16_u: u16 as i64;
    i64_atomic_load32_u: u32 as i64;
}

stores! {
    i32_atomic_store: i32 as u32;
    i64_atomic_store: i64 as u64;
    i32_atomic_store8: i32 as u8;
    i32_atomic_store16: i32 as u16;
    i64_atomic_store8: i64 as u8;
    i64_atomic_store16: i64 as u16;
    i64_atomic_store32: i64 as u32;
}

changes! {
    i32 as u32: i32_atomic_rmw_add i32_atomic_rmw_sub i32_atomic_rmw_and i32_atomic_rmw_or
        i32_atomic_rmw_xor i32_atomic_rmw_xchg i32_atomic_rmw_cmpxchg;
    i64 as u64: i64_atomic_rmw_add i64_atomic_rmw_sub i64_atomic_rmw_and i64_atomic_rmw_or
        i64_atomic_rmw_xor i64_atomic_rmw_xchg i64_atomic_rmw_cmpxchg;
    i32 as u8: i32_atomic_rmw8_add_u i32_atomic_rmw8_sub_u i32_atomic_rmw8_and_u
        i32_atomic_rmw8_or_u i32_atomic_rmw8_xor_u i32_atomic_rmw8_xchg_u
        i32_atomic_rmw8_cmpxchg_u;
    i32 as u16: i32_atomic_rmw16_add_u i32_atomic_rmw16_sub_u i32_atomic_rmw16_and_u
        i32_atomic_rmw16_or_u i32_atomic_rmw16_xor_u i32_atomic_rmw16_xchg_u
        i32_atomic_rmw16_cmpxchg_u;
    i64 as u8: i64_atomic_rmw8_add_u i64_atomic_rmw8_sub_u i64_atomic_rmw8_and_u
        i64_atomic_rmw8_or_u i64_atomic_rmw8_xor_u i64_atomic_rmw8_xchg_u
        i64_atomic_rmw8_cmpxchg_u;
    i64 as u16: i64_atomic_rmw16_add_u i64_atomic_rmw16_sub_u i64_atomic_rmw16_and_u
        i64_atomic_rmw16_or_u i64_atomic_rmw16_xor_u i64_atomic_rmw16_xchg_u
        i64_atomic_rmw16_cmpxchg_u;
    i64 as u32: i64_atomic_rmw32_add_u i64_atomic_rmw32_sub_u i64_atomic_rmw32_and_u
        i64_atomic_rmw32_or_u i64_atomic_rmw32_xor_u i64_atomic_rmw32_xchg_u
        i64_atomic_rmw32_cmpxchg_u;
}
