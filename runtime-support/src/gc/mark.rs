//! Which objects are in use.

use super::AnyRef;

/// Takes the references that something holds, while a heap is collected.
pub(crate) struct Marker<'a> {
    heap: &'a super::Heap,
}

impl Marker<'_> {
    /// Keeps the object that `reference` leads to, if it leads to one.
    pub(crate) fn mark(&mut self, reference: AnyRef) {
        let _ = (self.heap, reference);
        todo!()
    }
}
