//! Memories in reservations: an access goes ahead, and the processor finds those beyond the size.

use core::cell::Cell;
use core::marker::PhantomData;
use core::ptr::NonNull;

use super::registry::Registration;
use super::reservation::{HEADER, Reservation};
use super::{MemoryError, PAGE, WIDEST, grown, limits};

/// What changes about a memory. It lies right below the base, so that a handle, which is the base,
/// leads to it too; no access of generated code leads below the base.
struct State {
    pages: Cell<u32>,
    maximum: u32,
}

const _: () = assert!(size_of::<State>() <= HEADER && HEADER.is_multiple_of(align_of::<State>()));

/// A memory, and all that belongs to it.
///
/// One thread at a time may use it; it can be sent to another.
pub struct LinearMemory {
    // In this order they are dropped: the fault handler must not take an address for ours that has
    // become somebody else's.
    _registration: Registration,
    reservation: Reservation,
}

// SAFETY: it owns its reservation and nothing of the thread it was made on; handles borrow it, so
// none is left behind, and `Sync` it isn't.
unsafe impl Send for LinearMemory {}

impl LinearMemory {
    /// A memory of `minimum` pages of 64 KiB, all zero, that can grow to `maximum`, or to 65536.
    ///
    /// # Errors
    /// If there is no such memory, or the system doesn't give it.
    pub fn new(minimum: u32, maximum: Option<u32>) -> Result<LinearMemory, MemoryError> {
        let (pages, maximum) = limits(minimum, maximum)?;
        let reservation = Reservation::new(pages as usize * PAGE, pages)?;
        let registration = Registration::new(reservation.base().addr().get());
        let state = State {
            pages: Cell::new(pages),
            maximum,
        };
        // SAFETY: the header is accessible, and large and aligned enough (asserted above; the base
        // and the header are multiples of a page).
        unsafe { reservation.base().cast::<State>().sub(1).write(state) };
        Ok(LinearMemory {
            _registration: registration,
            reservation,
        })
    }

    /// The size in pages (specification: `memory.size`).
    pub fn size(&self) -> u32 {
        self.handle().state().pages.get()
    }

    /// Grows by `delta` pages, which are zero (specification: `memory.grow`); the size before, or
    /// `None` if that is more than it may have or the system gives.
    pub fn grow(&self, delta: u32) -> Option<u32> {
        self.handle().grow_pages(delta)
    }

    /// The size in bytes.
    pub fn byte_len(&self) -> usize {
        self.handle().byte_len()
    }

    /// The handle for generated code.
    #[inline(always)]
    pub fn handle(&self) -> Mem<'_> {
        Mem {
            base: self.reservation.base(),
            memory: PhantomData,
        }
    }

    /// The address of the first byte. Never changes.
    pub fn base(&self) -> *mut u8 {
        self.reservation.base().as_ptr()
    }
}

/// A memory as generated code has it: the base, and the promise that what is there lives.
#[derive(Clone, Copy)]
pub struct Mem<'a> {
    base: NonNull<u8>,
    memory: PhantomData<&'a LinearMemory>,
}

impl Mem<'_> {
    fn state(&self) -> &State {
        // SAFETY: it was written when the memory was made, and is only shared; it lives as long as
        // the memory, which outlives the handle.
        unsafe { self.base.cast::<State>().sub(1).as_ref() }
    }

    /// The size in pages.
    pub(super) fn pages(self) -> u32 {
        self.state().pages.get()
    }

    /// The size in bytes.
    pub(super) fn byte_len(self) -> usize {
        self.pages() as usize * PAGE
    }

    /// The first byte.
    pub(super) fn base(self) -> *mut u8 {
        self.base.as_ptr()
    }

    /// As [`LinearMemory::grow`].
    pub(super) fn grow_pages(self, delta: u32) -> Option<u32> {
        let state = self.state();
        let old = state.pages.get();
        let new = grown(old, delta, state.maximum)?;
        // SAFETY: it is the base of a reservation, which lives as long as the memory.
        if !unsafe { Reservation::extend(self.base, old as usize * PAGE, new as usize * PAGE) } {
            return None;
        }
        state.pages.set(new);
        Some(old)
    }

    /// The `N` bytes at `address` and `offset`, the address being unsigned.
    ///
    /// A plain read, so that LLVM may do with it what it does with any, also leave it out if
    /// nobody uses the value ([`super::force`] is against that).
    #[inline(always)]
    pub(crate) fn load<const N: usize>(self, address: i32, offset: u32) -> [u8; N] {
        const { assert!(N <= WIDEST) }
        // SAFETY: for every address and offset, the bytes lie in the reservation, which lives as
        // long as the memory, which outlives the handle: either the memory's own, which are
        // initialised, or inaccessible ones, and then the processor stops the read before there is
        // a value. No reference to the bytes exists while generated code runs. The array has the
        // alignment of bytes.
        unsafe {
            self.base
                .add(address as u32 as usize)
                .add(offset as usize)
                .cast::<[u8; N]>()
                .read()
        }
    }

    /// Writes `N` bytes at `address` and `offset`, the address being unsigned.
    #[inline(always)]
    pub(crate) fn store<const N: usize>(self, address: i32, offset: u32, bytes: [u8; N]) {
        const { assert!(N <= WIDEST) }
        // SAFETY: as for `load`: the bytes are the memory's own, or the processor stops the write.
        unsafe {
            self.base
                .add(address as u32 as usize)
                .add(offset as usize)
                .cast::<[u8; N]>()
                .write(bytes);
        }
    }
}
