//! Which objects are in use.
//!
//! An object that was marked waits in a list until the references in it have been looked at. The
//! list is bounded. What doesn't fit stays marked, and then all marked objects are looked at again,
//! until everything fits: the list has room for a quarter of the objects there can be, so that is a
//! handful of times at worst.

use alloc::vec::Vec;
use core::mem;

use super::AnyRef;
use super::size::{BLOCK, SMALLEST};
use super::space::{Found, Space};
use super::types::{Shape, Types};
use crate::memory::{Form, LinearMemory, Mem, Ordinary};

/// The length of the list that there is always memory for.
const SHORTEST: usize = 1 << 10;

/// How many objects are on their way to the cache. Without this, marking waits for memory at each
/// object that is not in the cache, one after the other.
const AHEAD: usize = 8;

/// Takes the references that something holds, while a heap is collected.
pub(crate) struct Marker<'a> {
    space: &'a mut Space,
    memory: Mem<'a>,
    /// The address of the first byte of the memory.
    base: usize,
    /// The length of the memory.
    length: u64,
    types: &'a Types,
    list: &'a mut Worklist,
    /// The bytes of the objects marked.
    live: u64,
    /// How many references and words were looked at that no object holds.
    roots: u64,
}

/// Addresses of objects that are marked and not yet looked into.
pub(super) struct Worklist {
    addresses: Vec<u32>,
    /// How many there may be.
    limit: usize,
    /// Whether an object didn't fit.
    overflown: bool,
    /// The next objects, on their way to the cache; 0 is none.
    coming: [u32; AHEAD],
    /// The place in `coming` of the one that waits for longest.
    longest: usize,
}

impl Worklist {
    pub(super) fn new() -> Worklist {
        Worklist {
            addresses: Vec::with_capacity(SHORTEST),
            limit: SHORTEST,
            overflown: false,
            coming: [0; AHEAD],
            longest: 0,
        }
    }

    #[inline(always)]
    fn push(&mut self, address: u32) {
        if self.addresses.len() == self.addresses.capacity() && !self.grow() {
            self.overflown = true;
            return;
        }
        self.addresses.push(address);
    }

    /// The next object to look into.
    #[inline(always)]
    fn pop(&mut self, memory: Mem<'_>) -> Option<u32> {
        loop {
            let address = match self.addresses.pop() {
                Some(address) => {
                    prefetch(memory, address);
                    address
                }
                None if self.coming == [0; AHEAD] => return None,
                None => 0,
            };
            let next = mem::replace(&mut self.coming[self.longest % AHEAD], address);
            self.longest = self.longest.wrapping_add(1);
            if next != 0 {
                return Some(next);
            }
        }
    }

    /// Makes room for more, if there may be more.
    #[cold]
    fn grow(&mut self) -> bool {
        let length = self.addresses.len();
        let more = length.min(self.limit.saturating_sub(length));
        more > 0 && self.addresses.try_reserve_exact(more).is_ok()
    }
}

impl<'a> Marker<'a> {
    pub(super) fn new(
        space: &'a mut Space,
        memory: &LinearMemory,
        handle: Mem<'a>,
        types: &'a Types,
        list: &'a mut Worklist,
    ) -> Marker<'a> {
        // A quarter of the objects that there can be.
        let objects = space.len() * (BLOCK / SMALLEST) as usize;
        list.limit = (objects / 4).max(SHORTEST);
        list.overflown = false;
        Marker {
            space,
            memory: handle,
            base: memory.base().addr(),
            length: memory.byte_len() as u64,
            types,
            list,
            live: 0,
            roots: 0,
        }
    }

    /// Keeps the object that `reference` leads to, if it leads to one.
    pub(crate) fn mark(&mut self, reference: AnyRef) {
        self.roots += 1;
        self.visit(reference.bits());
        self.drain_if_many();
    }

    /// Keeps the objects that words of unknown meaning may lead to: as addresses, in either half,
    /// or as pointers to the heap's bytes, and to whichever byte of the object.
    pub(super) fn words(&mut self, words: &[u64]) {
        let base = self.base as u64;
        self.roots += words.len() as u64;
        for &word in words {
            let distance = word.wrapping_sub(base);
            if distance < self.length {
                self.visit_inside(distance as u32);
            }
            self.visit_inside(word as u32);
            self.visit_inside((word >> 32) as u32);
        }
        self.drain_if_many();
    }

    /// Marks the object that a reference leads to.
    #[inline(always)]
    fn visit(&mut self, address: u32) {
        // Null and `i31` lead to no object: block 0 has none, and objects have even addresses.
        let found = self.space.mark(address);
        self.push(found);
    }

    fn visit_inside(&mut self, address: u32) {
        let found = self.space.mark_inside(address);
        self.push(found);
    }

    #[inline(always)]
    fn push(&mut self, found: Option<Found>) {
        if let Some(Found { address, extent }) = found {
            self.live += u64::from(extent);
            self.list.push(address);
        }
    }

    /// Roots are collected before they are looked into, so that several are on their way at once.
    fn drain_if_many(&mut self) {
        if self.list.addresses.len() >= SHORTEST / 2 {
            self.drain();
        }
    }

    /// Looks into objects until none waits.
    fn drain(&mut self) {
        while let Some(address) = self.list.pop(self.memory) {
            self.look_into(address);
        }
    }

    /// Marks what the object at `address` refers to. Its bytes may be anything.
    #[inline(always)]
    fn look_into(&mut self, address: u32) {
        let type_id = self.memory.i32_load(address as i32, 0) as u32;
        match self.types.shape(type_id) {
            Shape::Plain => {}
            Shape::Fields { offsets, reach } => {
                // Inside of the heap, whatever the type says; so sums are addresses. That they are
                // inside of the object need not be looked up: if they aren't, that is some other
                // garbage, and no longer.
                if u64::from(address) + reach > self.length {
                    return;
                }
                for &offset in offsets {
                    let reference = self.memory.i32_load((address + offset) as i32, 0);
                    self.visit(reference as u32);
                }
            }
            Shape::Elements => {
                // Inside of the object: looking at more would take time, and again for the next.
                let room = self.space.extent(address).saturating_sub(8) / 4;
                let length = self.memory.i32_load(address as i32, 4) as u32;
                for index in 0..length.min(room) {
                    let element = address + 8 + index * 4;
                    let reference = self.memory.i32_load(element as i32, 0);
                    self.visit(reference as u32);
                }
            }
        }
    }

    /// Marks everything that is reached from what was marked; the bytes of the objects in use, and
    /// how much was looked at to find them.
    pub(super) fn finish(mut self) -> (u64, u64) {
        self.drain();
        // Each time the list was full, hence some objects have been looked into for the first
        // time; it ends at the latest when all have been.
        while self.list.overflown {
            self.list.overflown = false;
            for block in 0..self.space.len() {
                let mut cell = 0;
                while let Some((address, next)) = self.space.next_marked(block, cell) {
                    self.look_into(address);
                    self.drain();
                    cell = next;
                }
            }
        }
        if self.list.addresses.capacity() > 1 << 16 {
            self.list.addresses.shrink_to(1 << 16);
        }
        (self.live, self.roots)
    }
}

/// Has the processor load what is at `address`.
#[inline(always)]
fn prefetch(memory: Mem<'_>, address: u32) {
    let place = Ordinary::place::<8>(memory, address as i32, 0);
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: changes nothing, whatever is there.
    unsafe {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(place.as_ptr().cast());
    }
    #[cfg(all(target_arch = "aarch64", not(miri)))]
    // SAFETY: changes nothing, whatever is there.
    unsafe {
        core::arch::asm!("prfm pldl1keep, [{}]", in(reg) place.as_ptr(),
            options(nostack, preserves_flags, readonly));
    }
    #[cfg(any(miri, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
    let _ = place;
}
