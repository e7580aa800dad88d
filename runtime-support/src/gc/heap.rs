//! Allocation, and when to collect.

use alloc::rc::Rc;
use core::cell::{Cell, RefCell};
use core::ptr::NonNull;

use super::mark::Worklist;
use super::root::Roots;
use super::size::{BLOCK, Class, TABLE};
use super::space::{MOST_BLOCKS, Run, Space};
use super::types::Types;
use super::{AnyRef, Marker, RootId, TypeInfo};
use crate::memory::{Form, LinearMemory, Mem, MemoryError, MemoryType, Ordinary};
use crate::trap;

/// So much is allocated between two collections at least.
const LEAST: u64 = 4 << 20;

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

/// Where objects of a class are allocated: from `next` to `end`, which are addresses in one block.
#[derive(Debug, Default)]
struct Cursor {
    next: Cell<u32>,
    end: Cell<u32>,
}

/// The objects of a store.
///
/// One thread at a time may use it; it can be sent to another.
pub(crate) struct Heap {
    cursors: [Cursor; TABLE],
    /// The handle of `memory`.
    pointer: NonNull<u8>,
    /// Here, so that it doesn't move with the heap: `pointer` may lead to it. Never cloned.
    memory: Rc<LinearMemory>,
    space: RefCell<Space>,
    types: RefCell<Types>,
    roots: RefCell<Roots>,
    list: RefCell<Worklist>,
    /// The bytes given to cursors and large objects since the last collection.
    allocated: Cell<u64>,
    /// How many of those make a collection due.
    threshold: Cell<u64>,
    statistics: Cell<Statistics>,
}

// SAFETY: it owns its memory, the only `Rc` to it included, which is never cloned and of which
// nothing but borrows is given away; the rest are plain values and references to constants. Nothing
// belongs to the thread it was made on, and `Sync` it isn't.
unsafe impl Send for Heap {}

/// What is known of the stack, for a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stack {
    /// The trap module's answer holds.
    Ask,
    /// It holds no references.
    Idle,
}

impl Heap {
    /// A heap without objects.
    ///
    /// # Errors
    /// If the system doesn't give the address space.
    pub(crate) fn new() -> Result<Heap, MemoryError> {
        Heap::with_maximum(MOST_BLOCKS as u64)
    }

    /// A heap of so many blocks at most.
    pub(super) fn with_maximum(blocks: u64) -> Result<Heap, MemoryError> {
        let memory = Rc::new(LinearMemory::of_type(MemoryType::new(1, Some(blocks)))?);
        let (pointer, form) = memory.pointer();
        assert!(form == Ordinary::NUMBER, "a memory of another form");
        Ok(Heap {
            cursors: [const {
                Cursor {
                    next: Cell::new(0),
                    end: Cell::new(0),
                }
            }; TABLE],
            pointer,
            memory,
            space: RefCell::new(Space::new()),
            types: RefCell::new(Types::new()),
            roots: RefCell::new(Roots::new()),
            list: RefCell::new(Worklist::new()),
            allocated: Cell::new(0),
            threshold: Cell::new(LEAST),
            statistics: Cell::new(Statistics::default()),
        })
    }

    /// The bytes of the objects.
    #[inline(always)]
    pub(crate) fn memory(&self) -> Mem<'_> {
        // SAFETY: the pointer of a memory of that form (asserted), which lives as long as `self`,
        // and which doesn't move, being in an `Rc`. `self` is used by one thread at a time.
        unsafe { Mem::from_pointer(self.pointer) }
    }

    /// The number of a type; the same for the same identity. Never 0.
    pub(crate) fn type_id(&self, info: &'static TypeInfo) -> u32 {
        self.types.borrow_mut().number(info)
    }

    /// The type with this number.
    pub(crate) fn type_info(&self, id: u32) -> Option<&'static TypeInfo> {
        self.types.borrow().get(id)
    }

    /// An object of `size` bytes with its header, zeroed; `None` when there is no room even after a
    /// collection. `roots` is called only if there is a collection, and gets at the heap through the
    /// marker alone; it may read types and roots.
    ///
    /// `size` counts the header; a smaller one than 8 is taken for 8.
    #[inline]
    pub(crate) fn allocate(
        &self,
        type_id: u32,
        length: u32,
        size: u32,
        roots: &mut dyn FnMut(&mut Marker<'_>),
    ) -> Option<AnyRef> {
        let address = match Class::of(size).and_then(|class| self.bump(class)) {
            Some(address) => address,
            None => self.find_room(size, roots)?,
        };
        let header = u64::from(length) << 32 | u64::from(type_id);
        self.memory().i64_store(address as i32, 0, header as i64);
        Some(AnyRef::from_bits(address))
    }

    /// The next cell of the class's cursor.
    #[inline(always)]
    fn bump(&self, class: Class) -> Option<u32> {
        let cursor = &self.cursors[class.index()];
        let next = cursor.next.get();
        // Runs are made of whole cells, and end before the end of the address space.
        (next < cursor.end.get()).then(|| {
            cursor.next.set(next.wrapping_add(class.size()));
            next
        })
    }

    /// Room for an object that needs more than the next cell.
    #[cold]
    #[inline(never)]
    fn find_room(&self, size: u32, roots: &mut dyn FnMut(&mut Marker<'_>)) -> Option<u32> {
        trap::owning(|| match Class::of(size) {
            Some(class) => self.find_cell(class, roots),
            None => self.find_blocks(size.div_ceil(BLOCK) as usize, roots),
        })
    }

    fn find_cell(&self, class: Class, roots: &mut dyn FnMut(&mut Marker<'_>)) -> Option<u32> {
        let mut run = self.space.borrow_mut().run_here(class, self.memory());
        if run.is_none() {
            run = self.with_room(1, roots, |space| space.run(class, self.memory()));
        }
        let Run { start, end } = run?;
        self.count(u64::from(end - start));
        let cursor = &self.cursors[class.index()];
        cursor.next.set(start);
        cursor.end.set(end);
        self.bump(class)
    }

    fn find_blocks(&self, count: usize, roots: &mut dyn FnMut(&mut Marker<'_>)) -> Option<u32> {
        let bytes = count as u64 * u64::from(BLOCK);
        // What was allocated counts before, so that the largest objects don't come for nothing.
        self.count(bytes);
        self.with_room(count, roots, |space| {
            space.whole_blocks(count, self.memory())
        })
    }

    fn count(&self, bytes: u64) {
        self.allocated.set(self.allocated.get() + bytes);
    }

    /// What `find` finds: after a collection if one is due, or after growing by `blocks`; or after
    /// a collection for want of room.
    fn with_room<T>(
        &self,
        blocks: usize,
        roots: &mut dyn FnMut(&mut Marker<'_>),
        find: impl Fn(&mut Space) -> Option<T>,
    ) -> Option<T> {
        let collected = self.is_due() && self.try_collect(Stack::Ask, roots);
        let look = |grow: bool| {
            let space = &mut *self.space.borrow_mut();
            find(space)
                .or_else(|| (grow && space.grow(blocks, &self.memory)).then(|| find(space))?)
        };
        look(true)
            .or_else(|| (!collected && self.try_collect(Stack::Ask, roots)).then(|| look(false))?)
    }

    fn is_due(&self) -> bool {
        self.allocated.get() >= self.threshold.get()
    }

    /// Frees what nothing refers to. Where the stack can't be read (see [`Heap::collect_idle`]),
    /// and generated code is on it, nothing happens.
    pub(crate) fn collect(&self, roots: &mut dyn FnMut(&mut Marker<'_>)) {
        trap::owning(|| self.try_collect(Stack::Ask, roots));
    }

    /// Collects if enough was allocated since the last time, where no generated code of the store
    /// is running: before or after an outermost call of an export.
    ///
    /// It is of use where allocation can't collect while generated code is running, for its
    /// references on the stack would not be found: without the feature `std`; on processors without
    /// an entry frame (other than amd64 and arm64) and under Miri; and on stacks that are not the
    /// thread's own (coroutines), or while a call on such a stack is suspended. There the heap only
    /// grows until this is called.
    pub(crate) fn collect_idle(&self, roots: &mut dyn FnMut(&mut Marker<'_>)) {
        if self.is_due() {
            trap::owning(|| self.try_collect(Stack::Idle, roots));
        }
    }

    /// Collects if everything that refers to objects can be found; whether that was so.
    fn try_collect(&self, stack: Stack, roots: &mut dyn FnMut(&mut Marker<'_>)) -> bool {
        let stack = match stack {
            Stack::Ask => trap::generated_stack(),
            Stack::Idle => trap::GeneratedStack::None,
        };
        if stack == trap::GeneratedStack::Unknown {
            return false;
        }
        #[cfg(feature = "std")]
        let start = std::time::Instant::now();
        let space = &mut *self.space.borrow_mut();
        for class in Class::all() {
            let cursor = &self.cursors[class.index()];
            let (start, end) = (cursor.next.take(), cursor.end.take());
            space.give_back(class, Run { start, end });
        }
        space.start_collection();
        let types = self.types.borrow();
        let list = &mut *self.list.borrow_mut();
        let mut marker = Marker::new(space, &self.memory, self.memory(), &types, list);
        if let trap::GeneratedStack::Until(end) = stack {
            // SAFETY: the stack pointer is in the thread's own stack, which ends there; all of it
            // between the two can be read.
            unsafe { super::stack::mark(&mut marker, end) };
        }
        for root in self.roots.borrow().iter() {
            marker.mark(root);
        }
        roots(&mut marker);
        let (live, looked_at) = marker.finish();

        self.allocated.set(0);
        // Looking for roots is work, too, which allocation has to be worth.
        self.threshold.set(LEAST.max(live + 8 * looked_at));
        let mut statistics = self.statistics.get();
        statistics.live = live;
        statistics.collections += 1;
        #[cfg(feature = "std")]
        {
            let stop = start.elapsed().as_nanos() as u64;
            statistics.longest_stop = statistics.longest_stop.max(stop);
        }
        self.statistics.set(statistics);
        true
    }

    /// Whether it is the address of an object that is allocated.
    pub(crate) fn is_object(&self, reference: AnyRef) -> bool {
        let address = reference.bits();
        let space = self.space.borrow();
        space.is_allocated(address)
            // Cells that are waiting in a cursor's run count as allocated.
            && !Class::all().any(|class| {
                let cursor = &self.cursors[class.index()];
                (cursor.next.get()..cursor.end.get()).contains(&address)
            })
    }

    /// Keeps what `reference` leads to, until [`Heap::unroot`].
    pub(crate) fn root(&self, reference: AnyRef) -> RootId {
        self.roots.borrow_mut().add(reference)
    }

    /// Lets go of a root.
    pub(crate) fn unroot(&self, root: RootId) {
        self.roots.borrow_mut().remove(root);
    }

    /// The reference of a root.
    pub(crate) fn rooted(&self, root: RootId) -> AnyRef {
        self.roots.borrow().get(root)
    }

    /// The address of the first byte.
    #[cfg(test)]
    pub(super) fn base(&self) -> usize {
        self.memory.base().addr()
    }

    /// What it has done so far.
    pub(crate) fn statistics(&self) -> Statistics {
        Statistics {
            reserved: self.memory.byte_len() as u64,
            ..self.statistics.get()
        }
    }
}
