//! The form of memories whose form is known only when they are there, for the interpreter.

use core::ptr::NonNull;

use super::form::{Form, Mem, Offset, sealed};
use super::{Exact32, Exact64, Paged32, Paged64, Shared32, Shared64, SharedExact32, SharedExact64};

/// What the pointers of such handles lead to: the memory's own pointer, and the number of its form.
pub(crate) type Pointer = (NonNull<u8>, u8);

/// Any form of memories that threads share, or any of others.
///
/// An address of a memory with 32-bit addresses is the lower half of the number.
pub struct Erased<const SHARED: bool>;

impl<const SHARED: bool> Erased<SHARED> {
    /// Whether memories of the form with this number are of this one.
    pub(crate) fn includes(number: u8) -> bool {
        let shared = [
            Shared32::NUMBER,
            Shared64::NUMBER,
            SharedExact32::NUMBER,
            SharedExact64::NUMBER,
        ];
        shared.contains(&number) == SHARED
    }
}

/// Does something with the memory as one of its own form.
macro_rules! with_form {
    ($m:ident, $memory:ident, $Own:ident => $result:expr) => {{
        // SAFETY: the pointer of a handle of this form is one to a `Pointer`, of a memory that
        // outlives the handle.
        let (pointer, number) = unsafe { $m.pointer().cast::<Pointer>().read() };
        with_form!(@forms pointer, number, $memory, $Own => $result;
            Paged32 Exact32 Paged64 Exact64 Shared32 Shared64 SharedExact32 SharedExact64)
    }};
    (@forms $pointer:ident, $number:ident, $memory:ident, $Own:ident => $result:expr;
        $($form:ident)*) => {
        match $number {
            $(number if number == <$form as Form>::NUMBER => {
                type $Own = $form;
                // SAFETY: the memory is of that form, and used as the handle may be.
                let $memory: Mem<'_, $Own> = unsafe { Mem::from_pointer($pointer) };
                $result
            })*
            _ => super::out_of_bounds(),
        }
    };
}

impl<const SHARED: bool> sealed::Sealed for Erased<SHARED> {}

impl<const SHARED: bool> Form for Erased<SHARED> {
    type Address = i64;

    const NUMBER: u8 = 8;

    const SHARED: bool = SHARED;

    #[inline(never)]
    fn place<const N: usize>(
        m: Mem<'_, Self>,
        address: i64,
        offset: Offset<Self>,
    ) -> NonNull<[u8; N]> {
        with_form!(m, memory, Own => Own::place::<N>(memory, address as _, offset as _))
    }

    #[inline(never)]
    fn parts<const N: usize>(
        m: Mem<'_, Self>,
        address: i64,
        offset: Offset<Self>,
    ) -> (NonNull<u8>, usize) {
        with_form!(m, memory, Own => Own::parts::<N>(memory, address as _, offset as _))
    }

    #[inline(never)]
    fn bytes(m: Mem<'_, Self>) -> (NonNull<u8>, usize) {
        with_form!(m, memory, Own => Own::bytes(memory))
    }

    #[inline(never)]
    fn pages(m: Mem<'_, Self>) -> u64 {
        with_form!(m, memory, Own => Own::pages(memory))
    }

    #[inline(never)]
    fn grow_pages(m: Mem<'_, Self>, delta: u64) -> Option<u64> {
        with_form!(m, memory, Own => Own::grow_pages(memory, delta))
    }
}
