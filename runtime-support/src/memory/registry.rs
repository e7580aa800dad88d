//! Where memories are reserved, for the fault handler: a table that is read without locks.
//!
//! It is made of chunks that are never freed. A slot holds the base address of a memory, or 0.
//! Reservations are of two sizes, and a base is even, so that one word says all, and there is no
//! state between.

use alloc::boxed::Box;
use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use super::reservation::{SPAN_32, SPAN_64, reach};

/// Slots in a chunk.
const SLOTS: usize = 256;

struct Chunk {
    slots: [AtomicUsize; SLOTS],
    /// How many slots are promised to somebody; not less than those in use.
    promised: AtomicUsize,
    /// The next chunk, if there is one.
    next: AtomicPtr<Chunk>,
}

static FIRST: Chunk = Chunk::new();

impl Chunk {
    const fn new() -> Chunk {
        Chunk {
            slots: [const { AtomicUsize::new(0) }; SLOTS],
            promised: AtomicUsize::new(0),
            next: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// The next chunk, if there is one.
    fn next(&self) -> Option<&'static Chunk> {
        // SAFETY: null, or a chunk that is never freed, and was complete when it was stored.
        unsafe { self.next.load(Ordering::Acquire).as_ref() }
    }

    /// The next chunk, made if there is none.
    fn next_or_new(&self) -> &'static Chunk {
        if let Some(next) = self.next() {
            return next;
        }
        let new = Box::into_raw(Box::new(Chunk::new()));
        match self
            .next
            .compare_exchange(ptr::null_mut(), new, Ordering::AcqRel, Ordering::Acquire)
        {
            // SAFETY: made just now, never freed any more.
            Ok(_) => unsafe { &*new },
            Err(theirs) => {
                // SAFETY: made just now, and nobody else has seen it.
                drop(unsafe { Box::from_raw(new) });
                // SAFETY: not null, so a chunk that is never freed.
                unsafe { &*theirs }
            }
        }
    }

    /// A free slot for `base`, if there is one.
    fn take(&'static self, base: usize) -> Option<&'static AtomicUsize> {
        self.promised
            .fetch_update(Ordering::AcqRel, Ordering::Relaxed, |n| {
                (n < SLOTS).then_some(n + 1)
            })
            .ok()?;
        // There is one for us; others may take and free slots while we look for it.
        loop {
            for slot in &self.slots {
                if slot.load(Ordering::Relaxed) == 0
                    && slot
                        .compare_exchange(0, base, Ordering::AcqRel, Ordering::Relaxed)
                        .is_ok()
                {
                    return Some(slot);
                }
            }
        }
    }
}

/// An entry in the table, for as long as it lives.
pub(super) struct Registration {
    chunk: &'static Chunk,
    slot: &'static AtomicUsize,
}

impl Registration {
    /// Enters the memory with this base address, which must be even and not 0. `memory64` says
    /// which of the two spans it has.
    pub(super) fn new(base: usize, memory64: bool) -> Registration {
        let base = base | usize::from(memory64);
        let mut chunk = &FIRST;
        loop {
            if let Some(slot) = chunk.take(base) {
                return Registration { chunk, slot };
            }
            chunk = chunk.next_or_new();
        }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.slot.store(0, Ordering::Release);
        self.chunk.promised.fetch_sub(1, Ordering::Release);
    }
}

/// Whether an access to a memory can have led to `address`. For the fault handler: takes no lock
/// and allocates nothing.
pub(crate) fn is_reserved(address: usize) -> bool {
    let mut chunk = Some(&FIRST);
    while let Some(this) = chunk {
        for slot in &this.slots {
            let word = slot.load(Ordering::Acquire);
            let span = if word & 1 == 0 { SPAN_32 } else { SPAN_64 };
            if word != 0 && address.wrapping_sub(word & !1) < reach(span) {
                return true;
            }
        }
        chunk = this.next();
    }
    false
}
