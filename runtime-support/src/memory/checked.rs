//! Memories on the heap: each access compares with the size first.
//!
//! For hosts without the address space for reservations, or where this crate must leave faults
//! alone. An access reads the size and the place of the bytes anew, for growth changes both.

use alloc::alloc::{alloc_zeroed, dealloc, realloc};
use core::alloc::Layout;
use core::cell::Cell;
use core::ptr::{self, NonNull};

use super::{MemoryError, PAGE, WIDEST, grown, limits};
use crate::trap::{self, TrapKind};

/// How many pages an allocation can have on this host.
const HOST_PAGES: u32 = {
    let pages = isize::MAX as usize / PAGE;
    if pages < super::MOST_PAGES as usize {
        pages as u32
    } else {
        super::MOST_PAGES
    }
};

/// What the bytes are aligned to.
const ALIGNMENT: usize = 16;

/// A memory, and all that belongs to it.
///
/// One thread at a time may use it; it can be sent to another.
pub struct LinearMemory {
    /// `capacity` bytes, of which the first `length` are initialised; dangling if `capacity` is 0.
    base: Cell<NonNull<u8>>,
    /// A multiple of `PAGE`. A `u64`, because what it is compared with is one.
    length: Cell<u64>,
    capacity: Cell<usize>,
    maximum: u32,
}

// SAFETY: it owns its bytes and nothing of the thread it was made on; handles borrow it, so none is
// left behind, and `Sync` it isn't.
unsafe impl Send for LinearMemory {}

impl LinearMemory {
    /// A memory of `minimum` pages of 64 KiB, all zero, that can grow to `maximum`, or to 65536.
    ///
    /// # Errors
    /// If there is no such memory, or the system doesn't give it.
    pub fn new(minimum: u32, maximum: Option<u32>) -> Result<LinearMemory, MemoryError> {
        let (pages, maximum) = limits(minimum, maximum)?;
        let memory = LinearMemory {
            base: Cell::new(NonNull::dangling()),
            length: Cell::new(0),
            capacity: Cell::new(0),
            maximum: maximum.min(HOST_PAGES),
        };
        match memory.grow(pages) {
            Some(_) => Ok(memory),
            None => Err(MemoryError::OutOfMemory { pages }),
        }
    }

    /// The size in pages (specification: `memory.size`).
    pub fn size(&self) -> u32 {
        (self.length.get() / PAGE as u64) as u32
    }

    /// Grows by `delta` pages, which are zero (specification: `memory.grow`); the size before, or
    /// `None` if that is more than it may have or the system gives.
    pub fn grow(&self, delta: u32) -> Option<u32> {
        let old = self.size();
        let new = grown(old, delta, self.maximum)?;
        self.extend(new as usize * PAGE)?;
        Some(old)
    }

    /// Makes it `length` bytes long, at most `maximum` pages and not less than before.
    fn extend(&self, length: usize) -> Option<()> {
        let old = self.byte_len();
        if self.capacity.get() == 0 {
            if length > 0 {
                // SAFETY: the size is not 0.
                let base = unsafe { alloc_zeroed(layout(length)?) };
                self.base.set(NonNull::new(base)?);
                self.capacity.set(length);
            }
        } else {
            if length > self.capacity.get() {
                // Half as much again, if it can be had, for memories that grow page by page.
                let roomy = (old + old / 2)
                    .min(self.maximum as usize * PAGE)
                    .max(length);
                self.reallocate(roomy).or_else(|| self.reallocate(length))?;
            }
            // SAFETY: up to `capacity`, the bytes are ours to write.
            unsafe { ptr::write_bytes(self.base().add(old), 0, length - old) };
        }
        self.length.set(length as u64);
        Some(())
    }

    /// Makes room for `capacity` bytes, more than there was.
    fn reallocate(&self, capacity: usize) -> Option<()> {
        let new = layout(capacity)?;
        // SAFETY: allocated with that layout, for `capacity` isn't 0 here; the new size is checked.
        let base = unsafe { realloc(self.base(), layout(self.capacity.get())?, new.size()) };
        self.base.set(NonNull::new(base)?);
        self.capacity.set(capacity);
        Some(())
    }

    /// The size in bytes.
    pub fn byte_len(&self) -> usize {
        self.length.get() as usize
    }

    /// The handle for generated code.
    #[inline(always)]
    pub fn handle(&self) -> Mem<'_> {
        Mem { memory: self }
    }

    /// The address of the first byte. Growth changes it.
    pub fn base(&self) -> *mut u8 {
        self.base.get().as_ptr()
    }
}

/// A memory as generated code has it.
#[derive(Clone, Copy)]
pub struct Mem<'a> {
    memory: &'a LinearMemory,
}

impl Mem<'_> {
    /// The size in pages.
    pub(super) fn pages(self) -> u32 {
        self.memory.size()
    }

    /// The size in bytes.
    pub(super) fn byte_len(self) -> usize {
        self.memory.byte_len()
    }

    /// The first byte, until the memory grows.
    pub(super) fn base(self) -> *mut u8 {
        self.memory.base()
    }

    /// As [`LinearMemory::grow`].
    pub(super) fn grow_pages(self, delta: u32) -> Option<u32> {
        self.memory.grow(delta)
    }

    /// The place of the `N` bytes at `address` and `offset`, the address being unsigned.
    #[inline(always)]
    fn place<const N: usize>(self, address: i32, offset: u32) -> *mut [u8; N] {
        const { assert!(N <= WIDEST) }
        // Less than 2^33 + 16: no overflow.
        let start = u64::from(address as u32) + u64::from(offset);
        if start + N as u64 > self.memory.length.get() {
            trap::raise(TrapKind::MemoryOutOfBounds);
        }
        // SAFETY: inside the memory's bytes, as just checked; so it fits a `usize`, too.
        unsafe { self.base().add(start as usize).cast() }
    }

    /// The `N` bytes at `address` and `offset`, the address being unsigned.
    #[inline(always)]
    pub(crate) fn load<const N: usize>(self, address: i32, offset: u32) -> [u8; N] {
        let place = self.place(address, offset);
        // SAFETY: `place` leads to bytes of the memory, which are initialised. No reference to them
        // exists while generated code runs. The array has the alignment of bytes.
        unsafe { place.read() }
    }

    /// Writes `N` bytes at `address` and `offset`, the address being unsigned.
    #[inline(always)]
    pub(crate) fn store<const N: usize>(self, address: i32, offset: u32, bytes: [u8; N]) {
        let place = self.place(address, offset);
        // SAFETY: as for `load`.
        unsafe { place.write(bytes) };
    }
}

impl Drop for LinearMemory {
    fn drop(&mut self) {
        if self.capacity.get() > 0
            && let Some(layout) = layout(self.capacity.get())
        {
            // SAFETY: allocated with that layout.
            unsafe { dealloc(self.base(), layout) };
        }
    }
}

fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size, ALIGNMENT).ok()
}
