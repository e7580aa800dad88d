//! What decides whether host handles may leave their thread.

use core::marker::PhantomData;

/// Makes a handle `Send` and `Sync` where threads can be told apart (feature `std`), which the
/// store's lock needs, and neither where they can't.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HandleMark(PhantomData<*const ()>);

impl HandleMark {
    pub(crate) fn new() -> HandleMark {
        HandleMark(PhantomData)
    }
}

// SAFETY: with `std`, `StoreInner::lock` tells threads apart and lets in one at a time.
#[cfg(feature = "std")]
unsafe impl Send for HandleMark {}
// SAFETY: as above.
#[cfg(feature = "std")]
unsafe impl Sync for HandleMark {}
