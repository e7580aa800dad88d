//! The form of shared memories with guard pages: places are found as in others, and all accesses
//! to the bytes are made by `racing`.

use core::marker::PhantomData;
use core::ptr::NonNull;

use super::form::{Form, Mem, Offset, sealed};

/// The form `F`, but for memories that threads share.
pub struct Shared<F>(PhantomData<F>);

impl<F: Form> Shared<F> {
    /// The memory as one of form `F`, to find places in.
    #[inline(always)]
    fn inner(m: Mem<'_, Self>) -> Mem<'_, F> {
        // SAFETY: the pointer has the same meaning, and the memory lives as long. The handle stays
        // in this file, which reads and writes none of the bytes; what else `F` reads and writes of
        // it, it does so that threads may do it at the same time.
        unsafe { Mem::from_pointer(m.pointer()) }
    }
}

impl<F> sealed::Sealed for Shared<F> {}

impl<F: Form> Form for Shared<F> {
    type Address = F::Address;

    const NUMBER: u8 = 4 + F::NUMBER;

    const SHARED: bool = true;

    #[inline(always)]
    fn place<const N: usize>(
        m: Mem<'_, Self>,
        address: F::Address,
        offset: Offset<F>,
    ) -> NonNull<[u8; N]> {
        F::place(Self::inner(m), address, offset)
    }

    #[inline(always)]
    fn parts<const N: usize>(
        m: Mem<'_, Self>,
        address: F::Address,
        offset: Offset<F>,
    ) -> (NonNull<u8>, usize) {
        F::parts::<N>(Self::inner(m), address, offset)
    }

    #[inline(always)]
    fn bytes(m: Mem<'_, Self>) -> (NonNull<u8>, usize) {
        F::bytes(Self::inner(m))
    }

    #[inline(always)]
    fn pages(m: Mem<'_, Self>) -> u64 {
        F::pages(Self::inner(m))
    }

    fn grow_pages(m: Mem<'_, Self>, delta: u64) -> Option<u64> {
        F::grow_pages(Self::inner(m), delta)
    }
}
