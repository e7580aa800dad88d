//! Forms of memories: how generated code reaches the bytes.

use core::marker::PhantomData;
use core::ptr::NonNull;

use super::{AddressType, LinearMemory, Ordinary, racing};

/// How accesses go, by type: which addresses there are, and what is done about those beyond the
/// size.
///
/// Implemented in this folder alone. Every function is safe, whatever the numbers are: what leads
/// to no bytes of the memory traps.
pub trait Form: Sized + 'static + sealed::Sealed {
    /// The type of addresses.
    type Address: AddressType;

    /// Which form it is, for memories whose form is known only when they are there.
    const NUMBER: u8;

    /// Whether threads share memories of this form: all accesses to their bytes are made by
    /// `racing`.
    const SHARED: bool = false;

    /// The place of the `N` bytes at `address` and `offset`: bytes of the memory, initialised; or,
    /// in guarded form, inaccessible ones of its reservation.
    #[doc(hidden)]
    fn place<const N: usize>(
        m: Mem<'_, Self>,
        address: Self::Address,
        offset: Offset<Self>,
    ) -> NonNull<[u8; N]>;

    /// The same place in two parts, whose sum it is, for instructions that add by themselves.
    #[doc(hidden)]
    #[inline(always)]
    fn parts<const N: usize>(
        m: Mem<'_, Self>,
        address: Self::Address,
        offset: Offset<Self>,
    ) -> (NonNull<u8>, usize) {
        (Self::place::<N>(m, address, offset).cast(), 0)
    }

    /// The first byte, until the memory grows, and how many there are.
    #[doc(hidden)]
    fn bytes(m: Mem<'_, Self>) -> (NonNull<u8>, usize);

    /// The size in pages.
    #[doc(hidden)]
    fn pages(m: Mem<'_, Self>) -> u64;

    /// As [`LinearMemory::grow`].
    #[doc(hidden)]
    fn grow_pages(m: Mem<'_, Self>, delta: u64) -> Option<u64>;
}

pub(super) mod sealed {
    pub trait Sealed {}
}

/// The type of the offsets of loads and stores.
pub type Offset<F> = <<F as Form>::Address as AddressType>::Offset;

/// A memory as generated code has it: one pointer, whose meaning the form knows, and the promise
/// that what is there lives.
pub struct Mem<'a, F = Ordinary> {
    pointer: NonNull<u8>,
    memory: PhantomData<(&'a LinearMemory, F)>,
}

impl<F> Clone for Mem<'_, F> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for Mem<'_, F> {}

impl<'a, F: Form> Mem<'a, F> {
    /// A handle from its pointer.
    ///
    /// # Safety
    /// The pointer is that of a memory of this form ([`LinearMemory::pointer`]), which lives as
    /// long as the handle and, unless it is a shared one, is used by one thread at a time.
    #[inline(always)]
    pub(crate) unsafe fn from_pointer(pointer: NonNull<u8>) -> Mem<'a, F> {
        Mem {
            pointer,
            memory: PhantomData,
        }
    }

    #[inline(always)]
    pub(crate) fn pointer(self) -> NonNull<u8> {
        self.pointer
    }

    /// The `N` bytes at `address` and `offset`.
    ///
    /// A plain read, so that LLVM may do with it what it does with any, also leave it out if
    /// nobody uses the value ([`super::force`] is against that).
    #[inline(always)]
    pub(crate) fn load<const N: usize>(self, address: F::Address, offset: Offset<F>) -> [u8; N] {
        if F::SHARED {
            let (base, index) = F::parts::<N>(self, address, offset);
            // SAFETY: the place is one of a shared memory, which lives as long as the handle; or
            // an inaccessible one of its reservation.
            return unsafe { racing::load(base, index) };
        }
        let place = F::place(self, address, offset);
        // SAFETY: `place` leads to bytes of the memory, which are initialised and live as long as
        // it, which outlives the handle; or to inaccessible ones, and then the processor stops the
        // read before there is a value. No reference to the bytes exists while generated code
        // runs. The array has the alignment of bytes.
        unsafe { place.read() }
    }

    /// Writes `N` bytes at `address` and `offset`.
    #[inline(always)]
    pub(crate) fn store<const N: usize>(
        self,
        address: F::Address,
        offset: Offset<F>,
        bytes: [u8; N],
    ) {
        if F::SHARED {
            let (base, index) = F::parts::<N>(self, address, offset);
            // SAFETY: as in `load`.
            return unsafe { racing::store(base, index, bytes) };
        }
        let place = F::place(self, address, offset);
        // SAFETY: as for `load`: the bytes are the memory's own, or the processor stops the write.
        unsafe { place.write(bytes) };
    }
}
