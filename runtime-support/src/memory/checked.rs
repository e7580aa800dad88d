//! Memories on the heap: each access compares with the size first.
//!
//! For hosts without the address space for reservations, or where this crate must leave faults
//! alone. An access reads the size and the place of the bytes anew, for growth changes both.

use alloc::alloc::{alloc_zeroed, dealloc, realloc};
use core::alloc::Layout;
use core::cell::Cell;
use core::marker::PhantomData;
use core::ptr::{self, NonNull};

use super::form::{Form, Mem, Offset, sealed};
use super::{
    Address, AddressType, MOST_BYTES, MemoryError, MemoryType, WIDEST, grown, out_of_bounds,
};

/// What the bytes are aligned to.
const ALIGNMENT: usize = 16;

/// No memory is as large, and twice as much is no overflow.
const FAR: u64 = 1 << 62;

/// A memory, and all that belongs to it. Its handles are pointers to it.
///
/// One thread at a time may use it; it can be sent to another.
pub(super) struct Memory {
    /// `capacity` bytes, of which the first `length` are initialised; dangling if `capacity` is 0.
    base: Cell<NonNull<u8>>,
    /// A multiple of the page's size, and not more than `isize::MAX`. A `u64`, because what it is
    /// compared with is one.
    length: Cell<u64>,
    capacity: Cell<usize>,
    /// In pages.
    maximum: u64,
    page_size_log2: u32,
    memory64: bool,
}

// SAFETY: it owns its bytes and nothing of the thread it was made on; handles borrow it, so none is
// left behind, and `Sync` it isn't.
unsafe impl Send for Memory {}

impl Memory {
    /// A memory of any type, all zero.
    pub(super) fn new(memory_type: MemoryType) -> Result<Memory, MemoryError> {
        let limits = memory_type.limits();
        let (pages, maximum) = limits.ok_or(MemoryError::Limits { memory_type })?;
        let memory = Memory {
            base: Cell::new(NonNull::dangling()),
            length: Cell::new(0),
            capacity: Cell::new(0),
            maximum,
            page_size_log2: memory_type.page_size_log2(),
            memory64: memory_type.is_memory64(),
        };
        match memory.grow(pages) {
            Some(_) => Ok(memory),
            None => Err(MemoryError::OutOfMemory { pages }),
        }
    }

    #[inline(always)]
    pub(super) fn pages(&self) -> u64 {
        self.length.get() >> self.page_size_log2
    }

    pub(super) fn grow(&self, delta: u64) -> Option<u64> {
        let old = self.pages();
        let new = grown(old, delta, self.maximum)?;
        self.extend(self.bytes_of(new)?)?;
        Some(old)
    }

    /// How many bytes so many pages have, if an allocation can have them.
    fn bytes_of(&self, pages: u64) -> Option<usize> {
        let bytes = pages.checked_mul(1 << self.page_size_log2)?;
        let bytes = usize::try_from(bytes).ok()?;
        (bytes <= MOST_BYTES && bytes as u64 <= FAR).then_some(bytes)
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
                let most = self.bytes_of(self.maximum).unwrap_or(isize::MAX as usize);
                let roomy = (old + old / 2).min(most).max(length);
                self.reallocate(roomy).or_else(|| self.reallocate(length))?;
            }
            // SAFETY: up to `capacity`, the bytes are ours to write.
            unsafe { ptr::write_bytes(self.base().as_ptr().add(old), 0, length - old) };
        }
        self.length.set(length as u64);
        Some(())
    }

    /// Makes room for `capacity` bytes, more than there was.
    fn reallocate(&self, capacity: usize) -> Option<()> {
        let new = layout(capacity)?;
        // SAFETY: allocated with that layout, for `capacity` isn't 0 here; the new size is checked.
        let base = unsafe {
            realloc(
                self.base().as_ptr(),
                layout(self.capacity.get())?,
                new.size(),
            )
        };
        self.base.set(NonNull::new(base)?);
        self.capacity.set(capacity);
        Some(())
    }

    pub(super) fn byte_len(&self) -> usize {
        self.length.get() as usize
    }

    /// The first byte. Growth changes it.
    #[inline(always)]
    pub(super) fn base(&self) -> NonNull<u8> {
        self.base.get()
    }

    pub(super) fn pointer(&self) -> (NonNull<u8>, u8) {
        let number = if self.memory64 {
            Access::<i64>::NUMBER
        } else {
            Access::<i32>::NUMBER
        };
        (NonNull::from(self).cast(), number)
    }
}

/// The form of memories on the heap with addresses of type `A`.
pub struct Access<A>(PhantomData<A>);

impl<A: AddressType> Access<A> {
    #[inline(always)]
    fn memory(m: Mem<'_, Self>) -> &Memory {
        // SAFETY: the pointer of a handle of this form is one to a memory that outlives the
        // handle; it is only shared.
        unsafe { m.pointer().cast::<Memory>().as_ref() }
    }
}

impl<A> sealed::Sealed for Access<A> {}

impl<A: AddressType> Form for Access<A> {
    type Address = A;

    const NUMBER: u8 = if A::WIDE { 3 } else { 2 };

    #[inline(always)]
    fn place<const N: usize>(
        m: Mem<'_, Self>,
        address: A,
        offset: Offset<Self>,
    ) -> NonNull<[u8; N]> {
        const { assert!(N <= WIDEST) }
        let memory = Self::memory(m);
        let (address, offset) = (address.unsigned(), offset.unsigned());
        // The offset is a constant, and an address is compared with one, so that LLVM makes this
        // comparison once for all accesses by one pointer. 32-bit numbers need none.
        if A::WIDE && (address >= FAR || offset >= FAR) {
            out_of_bounds();
        }
        // Less than 2^63 and the width: no overflow.
        let start = address + offset;
        if start + N as u64 > memory.length.get() {
            out_of_bounds();
        }
        // SAFETY: inside the memory's bytes, as just checked; so it fits a `usize`, too.
        unsafe { memory.base().add(start as usize).cast() }
    }

    #[inline(always)]
    fn bytes(m: Mem<'_, Self>) -> (NonNull<u8>, usize) {
        let memory = Self::memory(m);
        (memory.base(), memory.byte_len())
    }

    #[inline(always)]
    fn pages(m: Mem<'_, Self>) -> u64 {
        Self::memory(m).pages()
    }

    fn grow_pages(m: Mem<'_, Self>, delta: u64) -> Option<u64> {
        Self::memory(m).grow(delta)
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if self.capacity.get() > 0
            && let Some(layout) = layout(self.capacity.get())
        {
            // SAFETY: allocated with that layout.
            unsafe { dealloc(self.base().as_ptr(), layout) };
        }
    }
}

fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size, ALIGNMENT).ok()
}
