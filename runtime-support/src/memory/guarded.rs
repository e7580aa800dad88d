//! Memories in reservations: an access goes ahead, and the processor finds those beyond the size.
//!
//! A reservation holds what 32-bit addresses and offsets can lead to. No reservation holds all
//! that 64-bit addresses can, so theirs is as large as [`SPAN_64`], and an address is compared
//! with that constant first. It is one comparison with a number in a register, which is the same
//! for every access by one pointer: LLVM makes it once for the fields of a structure.

use core::marker::PhantomData;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU64, Ordering};

use super::form::{Form, Mem, Offset, sealed};
use super::registry::Registration;
use super::reservation::{HEADER, Reservation, SPAN_32, SPAN_64};
use super::shared::Shared;
use super::spin::Spin;
use super::{Address, AddressType, MemoryError, MemoryType, PAGE, WIDEST, grown, out_of_bounds};

/// What changes about a memory. It lies right below the base, so that a handle, which is the base,
/// leads to it too; no access of generated code leads below the base.
struct State {
    pages: AtomicU64,
    /// Held by who changes `pages`.
    growing: Spin,
    maximum: u64,
    span: usize,
}

const _: () = assert!(size_of::<State>() <= HEADER && HEADER.is_multiple_of(align_of::<State>()));

/// A memory, and all that belongs to it. Its handles are the base.
///
/// One thread at a time may use it, unless it is shared; it can be sent to another.
pub(super) struct Memory {
    // In this order they are dropped: the fault handler must not take an address for ours that has
    // become somebody else's.
    _registration: Registration,
    reservation: Reservation,
    memory64: bool,
    shared: bool,
}

// SAFETY: it owns its reservation and nothing of the thread it was made on; handles borrow it, so
// none is left behind, and `Sync` it isn't.
unsafe impl Send for Memory {}

impl Memory {
    /// A memory with pages of 64 KiB, all zero.
    pub(super) fn new(memory_type: MemoryType) -> Result<Memory, MemoryError> {
        let limits = memory_type.limits();
        let (pages, maximum) = limits.ok_or(MemoryError::Limits { memory_type })?;
        let memory64 = memory_type.is_memory64();
        let span = if memory64 { SPAN_64 } else { SPAN_32 };
        let room = (span / PAGE) as u64;
        if pages > room {
            return Err(MemoryError::OutOfMemory { pages });
        }
        let reservation = Reservation::new(span, pages as usize * PAGE)?;
        let registration = Registration::new(reservation.base().addr().get(), memory64);
        let state = State {
            pages: AtomicU64::new(pages),
            growing: Spin::new(),
            maximum: maximum.min(room),
            span,
        };
        // SAFETY: the header is accessible, and large and aligned enough (asserted above; the base
        // and the header are multiples of a page).
        unsafe { reservation.base().cast::<State>().sub(1).write(state) };
        Ok(Memory {
            _registration: registration,
            reservation,
            memory64,
            shared: memory_type.is_shared(),
        })
    }

    fn state(&self) -> &State {
        // SAFETY: the base of a memory, borrowed from it.
        unsafe { state(self.base()) }
    }

    pub(super) fn pages(&self) -> u64 {
        self.state().pages.load(Ordering::Acquire)
    }

    pub(super) fn byte_len(&self) -> usize {
        self.pages() as usize * PAGE
    }

    pub(super) fn grow(&self, delta: u64) -> Option<u64> {
        // SAFETY: the base of a memory, borrowed from it.
        unsafe { grow(self.base(), delta) }
    }

    /// The first byte. Never changes.
    pub(super) fn base(&self) -> NonNull<u8> {
        self.reservation.base()
    }

    pub(super) fn pointer(&self) -> (NonNull<u8>, u8) {
        let number = match (self.memory64, self.shared) {
            (false, false) => Access::<i32>::NUMBER,
            (true, false) => Access::<i64>::NUMBER,
            (false, true) => Shared::<Access<i32>>::NUMBER,
            (true, true) => Shared::<Access<i64>>::NUMBER,
        };
        (self.base(), number)
    }
}

/// The state of a memory.
///
/// # Safety
/// `base` is the base of a memory that lives for as long as the result is used.
unsafe fn state<'a>(base: NonNull<u8>) -> &'a State {
    // SAFETY: it was written when the memory was made, and is only shared; by the contract it
    // lives.
    unsafe { base.cast::<State>().sub(1).as_ref() }
}

/// As [`super::LinearMemory::grow`].
///
/// # Safety
/// `base` is the base of a memory that lives.
unsafe fn grow(base: NonNull<u8>, delta: u64) -> Option<u64> {
    // SAFETY: by the contract.
    let state = unsafe { state(base) };
    // Threads that share the memory may all want more.
    let _lock = state.growing.lock();
    let old = state.pages.load(Ordering::Relaxed);
    let new = grown(old, delta, state.maximum)?;
    // SAFETY: it is the base of a reservation of that span, which lives as long as the memory.
    let extended =
        unsafe { Reservation::extend(base, state.span, old as usize * PAGE, new as usize * PAGE) };
    extended.then(|| {
        state.pages.store(new, Ordering::Release);
        old
    })
}

/// The form of memories in reservations with addresses of type `A`.
pub struct Access<A>(PhantomData<A>);

impl<A> sealed::Sealed for Access<A> {}

impl<A: AddressType> Access<A> {
    /// An address that is less than the span, and an offset that is an `u32`, which lead to the same
    /// place; a trap if it is far beyond.
    #[inline(always)]
    fn inside(address: A, offset: A::Offset) -> (usize, usize) {
        let (mut address, mut offset) = (address.unsigned(), offset.unsigned());
        if A::WIDE {
            // Offsets are constants, and nearly all of them less than the reservation has beyond
            // its span.
            if offset > u64::from(u32::MAX) {
                address = address.saturating_add(offset);
                offset = 0;
            }
            if address >= SPAN_64 as u64 {
                out_of_bounds();
            }
        }
        (address as usize, offset as usize)
    }
}

impl<A: AddressType> Form for Access<A> {
    type Address = A;

    const NUMBER: u8 = if A::WIDE { 1 } else { 0 };

    #[inline(always)]
    fn place<const N: usize>(
        m: Mem<'_, Self>,
        address: A,
        offset: Offset<Self>,
    ) -> NonNull<[u8; N]> {
        const { assert!(N <= WIDEST) }
        let (address, offset) = Self::inside(address, offset);
        // SAFETY: the address is less than the span of the memory's reservation, the offset is an
        // `u32`, and the reservation goes on for an `u32` and the widest access behind its span. It
        // lives as long as the memory, which outlives the handle.
        unsafe { m.pointer().add(address).add(offset).cast() }
    }

    #[inline(always)]
    fn parts<const N: usize>(
        m: Mem<'_, Self>,
        address: A,
        offset: Offset<Self>,
    ) -> (NonNull<u8>, usize) {
        const { assert!(N <= WIDEST) }
        let (address, offset) = Self::inside(address, offset);
        (m.pointer(), address + offset)
    }

    #[inline(always)]
    fn bytes(m: Mem<'_, Self>) -> (NonNull<u8>, usize) {
        (m.pointer(), Self::pages(m) as usize * PAGE)
    }

    #[inline(always)]
    fn pages(m: Mem<'_, Self>) -> u64 {
        // SAFETY: the pointer is the base of a memory that outlives the handle.
        unsafe { state(m.pointer()) }.pages.load(Ordering::Acquire)
    }

    fn grow_pages(m: Mem<'_, Self>, delta: u64) -> Option<u64> {
        // SAFETY: the pointer is the base of a memory that outlives the handle.
        unsafe { grow(m.pointer(), delta) }
    }
}
