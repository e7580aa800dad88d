//! References that the host holds.

use alloc::vec::Vec;

use super::AnyRef;

/// Which of a heap's roots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RootId(u32);

/// A place for a root.
#[derive(Clone, Copy, Debug)]
enum Slot {
    Taken(AnyRef),
    /// Free; the next free one.
    Free(Option<u32>),
}

/// The references that the host holds.
pub(super) struct Roots {
    slots: Vec<Slot>,
    /// The first free one.
    free: Option<u32>,
}

impl Roots {
    pub(super) const fn new() -> Roots {
        Roots {
            slots: Vec::new(),
            free: None,
        }
    }

    pub(super) fn add(&mut self, reference: AnyRef) -> RootId {
        let taken = Slot::Taken(reference);
        let Some(place) = self.free else {
            self.slots.push(taken);
            return RootId(self.slots.len() as u32 - 1);
        };
        if let Slot::Free(next) = core::mem::replace(&mut self.slots[place as usize], taken) {
            self.free = next;
        }
        RootId(place)
    }

    /// Lets go of a root; nothing if that was done already.
    pub(super) fn remove(&mut self, root: RootId) {
        if let Some(slot @ Slot::Taken(_)) = self.slots.get_mut(root.0 as usize) {
            *slot = Slot::Free(self.free);
            self.free = Some(root.0);
        }
    }

    /// The reference of a root; null if it was let go of.
    pub(super) fn get(&self, root: RootId) -> AnyRef {
        match self.slots.get(root.0 as usize) {
            Some(Slot::Taken(reference)) => *reference,
            _ => AnyRef::NULL,
        }
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = AnyRef> {
        self.slots.iter().filter_map(|slot| match slot {
            Slot::Taken(reference) => Some(*reference),
            Slot::Free(_) => None,
        })
    }
}
