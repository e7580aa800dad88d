//! Shared memories without guard pages: each access compares with the size first, and the bytes
//! never move, because other threads may be in the middle of an access.
//!
//! So all that the memory may ever have is allocated at once; where the system has pages of its
//! own, it takes memory when they are touched. If there isn't as much, the memory can't grow as far
//! as its type says.

use alloc::alloc::{alloc_zeroed, dealloc};
use core::alloc::Layout;
use core::marker::PhantomData;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering};

use super::form::{Form, Mem, Offset, sealed};
use super::spin::Spin;
use super::{
    Address, AddressType, MOST_BYTES, MemoryError, MemoryType, WIDEST, grown, out_of_bounds,
};

/// What the bytes are aligned to.
const ALIGNMENT: usize = 16;

/// No memory is as large, and twice as much is no overflow.
const FAR: u64 = 1 << 62;

/// A memory, and all that belongs to it. Its handles are pointers to it.
pub(super) struct Memory {
    /// Zero where nobody has written; dangling if the layout's size is 0.
    base: NonNull<u8>,
    layout: Layout,
    /// A multiple of the page's size, and not more than was allocated. It only grows, and what it
    /// says is there already; so it doesn't matter when a thread notices.
    length: AtomicUsize,
    /// Held by who changes `length`.
    growing: Spin,
    /// In pages; as many are allocated.
    maximum: u64,
    page_size_log2: u32,
    memory64: bool,
}

// SAFETY: it owns its bytes and nothing of the thread it was made on.
unsafe impl Send for Memory {}

impl Memory {
    /// A memory of any type, all zero.
    pub(super) fn new(memory_type: MemoryType) -> Result<Memory, MemoryError> {
        let limits = memory_type.limits();
        let (pages, mut maximum) = limits.ok_or(MemoryError::Limits { memory_type })?;
        let page_size_log2 = memory_type.page_size_log2();
        let (base, layout) = loop {
            if let Some(allocated) = allocate(maximum, page_size_log2) {
                break allocated;
            }
            if maximum == pages {
                return Err(MemoryError::OutOfMemory { pages });
            }
            maximum = (maximum / 2).max(pages);
        };
        Ok(Memory {
            base,
            layout,
            length: AtomicUsize::new((pages << page_size_log2) as usize),
            growing: Spin::new(),
            maximum,
            page_size_log2,
            memory64: memory_type.is_memory64(),
        })
    }

    #[inline(always)]
    pub(super) fn byte_len(&self) -> usize {
        self.length.load(Ordering::Relaxed)
    }

    #[inline(always)]
    pub(super) fn pages(&self) -> u64 {
        self.byte_len() as u64 >> self.page_size_log2
    }

    pub(super) fn grow(&self, delta: u64) -> Option<u64> {
        let _lock = self.growing.lock();
        let old = self.pages();
        let new = grown(old, delta, self.maximum)?;
        // Not more than is allocated.
        let length = (new << self.page_size_log2) as usize;
        self.length.store(length, Ordering::Relaxed);
        Some(old)
    }

    /// The first byte. Never changes.
    #[inline(always)]
    pub(super) fn base(&self) -> NonNull<u8> {
        self.base
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

/// Room for so many pages, if it can be had.
fn allocate(pages: u64, page_size_log2: u32) -> Option<(NonNull<u8>, Layout)> {
    let bytes = pages.checked_mul(1 << page_size_log2)?;
    let bytes = usize::try_from(bytes).ok()?;
    if bytes > MOST_BYTES {
        return None;
    }
    let layout = Layout::from_size_align(bytes, ALIGNMENT).ok()?;
    if bytes == 0 {
        return Some((NonNull::dangling(), layout));
    }
    // SAFETY: the size is not 0.
    let base = unsafe { alloc_zeroed(layout) };
    Some((NonNull::new(base)?, layout))
}

impl Drop for Memory {
    fn drop(&mut self) {
        if self.layout.size() > 0 {
            // SAFETY: allocated with that layout.
            unsafe { dealloc(self.base.as_ptr(), self.layout) };
        }
    }
}

/// The form of such memories with addresses of type `A`.
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

    const NUMBER: u8 = if A::WIDE { 7 } else { 6 };

    const SHARED: bool = true;

    #[inline(always)]
    fn place<const N: usize>(
        m: Mem<'_, Self>,
        address: A,
        offset: Offset<Self>,
    ) -> NonNull<[u8; N]> {
        let (base, start) = Self::parts::<N>(m, address, offset);
        // SAFETY: inside the memory's bytes, as checked.
        unsafe { base.add(start).cast() }
    }

    #[inline(always)]
    fn parts<const N: usize>(
        m: Mem<'_, Self>,
        address: A,
        offset: Offset<Self>,
    ) -> (NonNull<u8>, usize) {
        const { assert!(N <= WIDEST) }
        let memory = Self::memory(m);
        let (address, offset) = (address.unsigned(), offset.unsigned());
        if A::WIDE && (address >= FAR || offset >= FAR) {
            out_of_bounds();
        }
        // Less than 2^63 and the width: no overflow.
        let start = address + offset;
        if start + N as u64 > memory.byte_len() as u64 {
            out_of_bounds();
        }
        // Inside the memory's bytes, so it fits a `usize`, too.
        (memory.base, start as usize)
    }

    #[inline(always)]
    fn bytes(m: Mem<'_, Self>) -> (NonNull<u8>, usize) {
        let memory = Self::memory(m);
        (memory.base, memory.byte_len())
    }

    #[inline(always)]
    fn pages(m: Mem<'_, Self>) -> u64 {
        Self::memory(m).pages()
    }

    fn grow_pages(m: Mem<'_, Self>, delta: u64) -> Option<u64> {
        Self::memory(m).grow(delta)
    }
}
