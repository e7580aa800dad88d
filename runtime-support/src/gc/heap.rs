//! Allocation, and when to collect.

use super::{AnyRef, Marker, RootId, TypeInfo};
use crate::memory::{Mem, MemoryError};

/// What a heap has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Statistics {
    /// The bytes that it has from the system.
    pub reserved: u64,
    /// The bytes of the objects that the last collection found in use.
    pub live: u64,
    /// How many collections there were.
    pub collections: u64,
    /// The longest of them in nanoseconds; 0 without the feature `std`.
    pub longest_stop: u64,
}

/// The objects of a store.
pub(crate) struct Heap {}

#[expect(unused_variables, reason = "to be written")]
impl Heap {
    /// A heap without objects.
    ///
    /// # Errors
    /// If the system doesn't give the address space.
    pub(crate) fn new() -> Result<Heap, MemoryError> {
        todo!()
    }

    /// The bytes of the objects.
    #[inline]
    pub(crate) fn memory(&self) -> Mem<'_> {
        todo!()
    }

    /// The number of a type; the same for the same identity. Never 0.
    pub(crate) fn type_id(&self, info: &'static TypeInfo) -> u32 {
        todo!()
    }

    /// The type with this number.
    pub(crate) fn type_info(&self, id: u32) -> Option<&'static TypeInfo> {
        todo!()
    }

    /// An object of `size` bytes with its header, zeroed; `None` when there is no room even after a
    /// collection. `roots` is called only if there is a collection.
    #[inline]
    pub(crate) fn allocate(
        &self,
        type_id: u32,
        length: u32,
        size: u32,
        roots: &mut dyn FnMut(&mut Marker<'_>),
    ) -> Option<AnyRef> {
        todo!()
    }

    /// Frees what nothing refers to. Where the stack can't be read, that waits for
    /// [`Heap::collect_idle`].
    pub(crate) fn collect(&self, roots: &mut dyn FnMut(&mut Marker<'_>)) {
        todo!()
    }

    /// Collects if enough was allocated since the last time; to be called where no generated code
    /// of the store is running (before an outermost call of an export, or after it).
    pub(crate) fn collect_idle(&self, roots: &mut dyn FnMut(&mut Marker<'_>)) {
        todo!()
    }

    /// Whether it is the address of an object that is allocated.
    pub(crate) fn is_object(&self, reference: AnyRef) -> bool {
        todo!()
    }

    /// Keeps what `reference` leads to, until [`Heap::unroot`].
    pub(crate) fn root(&self, reference: AnyRef) -> RootId {
        todo!()
    }

    /// Lets go of a root.
    pub(crate) fn unroot(&self, root: RootId) {
        todo!()
    }

    /// The reference of a root.
    pub(crate) fn rooted(&self, root: RootId) -> AnyRef {
        todo!()
    }

    /// What it has done so far.
    pub(crate) fn statistics(&self) -> Statistics {
        todo!()
    }
}
