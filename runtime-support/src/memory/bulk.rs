//! The size, and instructions on many bytes (specification: *Memory Instructions*, `memory.size` to
//! `memory.init`).
//!
//! Bounds are compared first; only if all is inside, anything is written.

use core::ptr;

use super::Mem;
use crate::trap::{self, TrapKind};

/// The first of `length` bytes from `start` on, if all lie in `size` bytes; else a trap. The
/// numbers are unsigned.
#[inline]
fn check(start: i32, length: i32, size: usize) -> usize {
    // Less than 2^33: no overflow.
    let end = u64::from(start as u32) + u64::from(length as u32);
    if end > size as u64 {
        trap::raise(TrapKind::MemoryOutOfBounds);
    }
    // Not more than `size`.
    start as u32 as usize
}

impl Mem<'_> {
    /// `memory.size`
    pub fn size(self) -> i32 {
        self.pages() as i32
    }

    /// `memory.grow`: the size before, or -1 if it can't grow so much.
    #[inline(never)]
    pub fn grow(self, delta: i32) -> i32 {
        // In checked form it allocates, which must not be skipped.
        match trap::owning(|| self.grow_pages(delta as u32)) {
            Some(old) => old as i32,
            None => -1,
        }
    }

    /// `memory.fill`
    #[inline(never)]
    pub fn fill(self, destination: i32, value: i32, length: i32) {
        let destination = check(destination, length, self.byte_len());
        // SAFETY: the bytes lie in the memory, as just checked; no reference to them exists while
        // generated code runs.
        unsafe {
            ptr::write_bytes(
                self.base().add(destination),
                value as u8,
                length as u32 as usize,
            );
        }
    }

    /// `memory.copy` within one memory.
    #[inline(never)]
    pub fn copy(self, destination: i32, source: i32, length: i32) {
        self.copy_bytes(destination, self, source, length);
    }

    /// `memory.copy` from another memory, which may also be the same.
    #[inline(never)]
    pub fn copy_from(self, destination: i32, from: Mem<'_>, source: i32, length: i32) {
        self.copy_bytes(destination, from, source, length);
    }

    #[inline(always)]
    fn copy_bytes(self, destination: i32, from: Mem<'_>, source: i32, length: i32) {
        let source = check(source, length, from.byte_len());
        let destination = check(destination, length, self.byte_len());
        // SAFETY: the bytes lie in the memories, as just checked; no reference to them exists while
        // generated code runs. They may overlap.
        unsafe {
            ptr::copy(
                from.base().add(source),
                self.base().add(destination),
                length as u32 as usize,
            );
        }
    }

    /// `memory.init`, from the segment's bytes (none if it was dropped).
    #[inline(never)]
    pub fn init(self, data: &[u8], destination: i32, source: i32, length: i32) {
        let source = check(source, length, data.len());
        let destination = check(destination, length, self.byte_len());
        // SAFETY: the bytes lie in the segment and in the memory, as just checked; no reference to
        // the latter exists while generated code runs.
        unsafe {
            ptr::copy(
                data.as_ptr().add(source),
                self.base().add(destination),
                length as u32 as usize,
            );
        }
    }
}
