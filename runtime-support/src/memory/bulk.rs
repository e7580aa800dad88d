//! The size, and instructions on many bytes (specification: *Memory Instructions*, `memory.size` to
//! `memory.init`).
//!
//! Bounds are compared first; only if all is inside, anything is written.

use core::ptr::{self, NonNull};

use super::form::{Form, Mem};
use super::{Address, AddressType, out_of_bounds, racing};
use crate::trap;

/// The first of `length` bytes from `start` on, if all lie in `size` bytes; else a trap.
#[inline(always)]
fn check(start: impl Address, length: impl Address, size: usize) -> usize {
    match start.unsigned().checked_add(length.unsigned()) {
        // Not more than `size`.
        Some(end) if end <= size as u64 => start.unsigned() as usize,
        _ => out_of_bounds(),
    }
}

impl<F: Form> Mem<'_, F> {
    /// `memory.size`
    #[inline]
    pub fn size(self) -> F::Address {
        F::Address::wrap(F::pages(self))
    }

    /// `memory.grow`: the size before, or -1 if it can't grow so much.
    #[inline(never)]
    pub fn grow(self, delta: F::Address) -> F::Address {
        // In checked form it allocates, which must not be skipped.
        let old = trap::owning(|| F::grow_pages(self, delta.unsigned()));
        F::Address::wrap(old.unwrap_or(u64::MAX))
    }

    /// `memory.fill`
    #[inline(never)]
    pub fn fill(self, destination: F::Address, value: i32, length: F::Address) {
        let (base, size) = F::bytes(self);
        let destination = check(destination, length, size);
        if F::SHARED {
            // SAFETY: the bytes lie in the memory, as just checked, which is a shared one.
            return unsafe {
                let place = base.add(destination);
                racing::fill(place, value as u8, length.unsigned() as usize)
            };
        }
        // SAFETY: the bytes lie in the memory, as just checked; no reference to them exists while
        // generated code runs.
        unsafe {
            let place = base.as_ptr().add(destination);
            ptr::write_bytes(place, value as u8, length.unsigned() as usize);
        }
    }

    /// `memory.copy` within one memory.
    #[inline(never)]
    pub fn copy(self, destination: F::Address, source: F::Address, length: F::Address) {
        self.copy_bytes(destination, self, source, length);
    }

    /// `memory.copy` from another memory, which may also be the same.
    #[inline(never)]
    pub fn copy_from<G: Form>(
        self,
        destination: F::Address,
        from: Mem<'_, G>,
        source: G::Address,
        length: impl Address,
    ) {
        self.copy_bytes(destination, from, source, length);
    }

    #[inline(always)]
    fn copy_bytes<G: Form>(
        self,
        destination: F::Address,
        from: Mem<'_, G>,
        source: G::Address,
        length: impl Address,
    ) {
        let (from_base, from_size) = G::bytes(from);
        let (base, size) = F::bytes(self);
        let source = check(source, length, from_size);
        let destination = check(destination, length, size);
        if F::SHARED || G::SHARED {
            // SAFETY: the bytes lie in the memories, as just checked. One that isn't shared is used
            // by this thread alone, and no reference to its bytes exists meanwhile.
            return unsafe {
                let (to, from) = (base.add(destination), from_base.add(source));
                racing::copy(to, from, length.unsigned() as usize)
            };
        }
        // SAFETY: the bytes lie in the memories, as just checked; no reference to them exists while
        // generated code runs. They may overlap.
        unsafe {
            ptr::copy(
                from_base.as_ptr().add(source),
                base.as_ptr().add(destination),
                length.unsigned() as usize,
            );
        }
    }

    /// `memory.init`, from the segment's bytes (none if it was dropped).
    #[inline(never)]
    pub fn init(self, data: &[u8], destination: F::Address, source: i32, length: i32) {
        let (base, size) = F::bytes(self);
        let source = check(source, length, data.len());
        let destination = check(destination, length, size);
        if F::SHARED {
            // SAFETY: the bytes lie in the segment, which nobody writes, and in the memory, as just
            // checked, which is a shared one.
            return unsafe {
                let from = NonNull::from(data).cast::<u8>().add(source);
                racing::copy(base.add(destination), from, length.unsigned() as usize)
            };
        }
        // SAFETY: the bytes lie in the segment and in the memory, as just checked; no reference to
        // the latter exists while generated code runs.
        unsafe {
            ptr::copy(
                data.as_ptr().add(source),
                base.as_ptr().add(destination),
                length.unsigned() as usize,
            );
        }
    }
}
