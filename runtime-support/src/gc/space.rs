//! All blocks of a heap: which are free, which are to be swept.
//!
//! Nothing is done to blocks when a collection ends. Those where it marked nothing are free from
//! then on, and of the others, cells that are not marked; both come to light when the allocator,
//! looking for room, gets to the block (*sweeping*), or when the next collection marks an object
//! in it.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;

use super::block::{Bits, Block, Mark, Use};
use super::size::{BLOCK, Class, TABLE};
use crate::memory::{LinearMemory, Mem};

/// The most blocks of a heap. Not 65536: the address behind the last is to be an `u32`.
pub(super) const MOST_BLOCKS: usize = (1 << 16) - 1;

/// How many blocks the heap grows by at least.
const GROWTH: usize = 16;

/// The most bytes that are made ready for allocation at once: not so many that they have left the
/// first cache before they are used.
const RUN: u32 = 4 << 10;

/// How many blocks are swept at a time, if there is a free one.
const SWEPT: usize = 256;

/// Where the allocator is in a block of a class.
#[derive(Clone, Copy, Debug, Default)]
struct Position {
    /// 0 if in none.
    block: u32,
    /// The first cell that it has not looked at.
    cell: u32,
    /// Whether the bytes from there on are zero.
    clean: bool,
}

/// Cells for objects to be allocated in, one after the other: addresses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub(super) start: u32,
    pub(super) end: u32,
}

/// An object that was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) address: u32,
    /// How many bytes it can have.
    pub(super) extent: u32,
}

/// The blocks of a heap.
pub(super) struct Space {
    blocks: Vec<Block>,
    /// As many as blocks. An object of whole blocks is cell 0 of its first.
    bits: Vec<Bits>,
    /// A bit for each free block.
    free: Box<[u64; (MOST_BLOCKS + 1) / 64]>,
    /// No word of `free` before this one has a bit.
    first_free: usize,
    /// The collections so far.
    epoch: u32,
    /// Where sweeping goes on.
    sweep: usize,
    /// For each class, the blocks with cells to be had: the first of a list.
    partial: [u32; TABLE],
    positions: [Position; TABLE],
}

impl Space {
    /// The blocks of a memory of one page, which is block 0.
    pub(super) fn new() -> Space {
        let mut first = Block::NEW;
        first.used = Use::Reserved;
        Space {
            blocks: Vec::from([first]),
            bits: Vec::from([Bits::NONE]),
            free: Box::new([0; _]),
            first_free: 0,
            epoch: 0,
            sweep: 1,
            partial: [0; TABLE],
            positions: [Position::default(); TABLE],
        }
    }

    /// How many blocks there are.
    pub(super) fn len(&self) -> usize {
        self.blocks.len()
    }

    // Allocation.

    /// Cells of this class, zeroed, if there are any without growing.
    pub(super) fn run(&mut self, class: Class, memory: Mem<'_>) -> Option<Run> {
        loop {
            if let Some(run) = self.run_here(class, memory) {
                return Some(run);
            }
            let block = self.next_block(class)?;
            let entry = &mut self.blocks[block];
            self.positions[class.index()] = Position {
                block: block as u32,
                cell: 0,
                clean: entry.clean,
            };
            entry.clean = false;
        }
    }

    /// The next cells of the block that the allocator is in, if there are any without looking for
    /// another.
    pub(super) fn run_here(&mut self, class: Class, memory: Mem<'_>) -> Option<Run> {
        let Position { block, cell, clean } = self.positions[class.index()];
        if block == 0 {
            return None;
        }
        let (size, cells) = (class.size(), class.cells());
        let bits = &mut self.bits[block as usize];
        let most = (RUN / size).max(1);
        let Some((from, to)) = bits.free_run(cell, cells, most) else {
            self.positions[class.index()] = Position::default();
            return None;
        };
        bits.set_allocated(from, to, true);
        self.positions[class.index()].cell = to;
        let start = block * BLOCK + from * size;
        let length = (to - from) * size;
        if !clean {
            memory.fill(start as i32, 0, length as i32);
        }
        let end = start + length;
        Some(Run { start, end })
    }

    /// Gives back what is left of a run.
    pub(super) fn give_back(&mut self, class: Class, rest: Run) {
        let block = (rest.start / BLOCK) as usize;
        if rest.start < rest.end && block < self.len() {
            let from = class.cell(rest.start);
            let to = from + (rest.end - rest.start) / class.size();
            self.bits[block].set_allocated(from, to.min(class.cells()), false);
        }
    }

    /// A block with cells of this class to be had.
    fn next_block(&mut self, class: Class) -> Option<usize> {
        let partial = &mut self.partial[class.index()];
        if *partial != 0 {
            let block = *partial as usize;
            *partial = self.blocks[block].next;
            return Some(block);
        }
        // Blocks of the class are filled before a free one is taken: sweeping has to be done
        // anyway, and it may yet find one. But not all of it at once.
        if let Some(block) = self.sweep_for(class, self.sweep.saturating_add(SWEPT)) {
            return Some(block);
        }
        let mut free = self.free_blocks(1);
        if free.is_none() {
            if let Some(block) = self.sweep_for(class, usize::MAX) {
                return Some(block);
            }
            free = self.free_blocks(1);
        }
        let block = free?;
        self.take(block, 1, Use::Cells(class));
        Some(block)
    }

    /// Sweeps, until `end` at most, for a block with cells of this class to be had.
    fn sweep_for(&mut self, class: Class, end: usize) -> Option<usize> {
        while self.sweep < self.len().min(end) {
            if let Some((block, of)) = self.sweep_next() {
                if of == class {
                    return Some(block);
                }
                self.list(block, of);
            }
        }
        None
    }

    /// Room for an object of so many blocks, zeroed, if there is any without growing: its address.
    pub(super) fn whole_blocks(&mut self, count: usize, memory: Mem<'_>) -> Option<u32> {
        let mut found = self.free_blocks(count);
        if found.is_none() {
            self.sweep_all();
            found = self.free_blocks(count);
        }
        let block = found?;
        for index in block..block + count {
            if !self.blocks[index].clean {
                memory.fill((index as u32 * BLOCK) as i32, 0, BLOCK as i32);
            }
        }
        self.take(block, count, Use::Head(count as u32));
        for (distance, entry) in self.blocks[block..block + count].iter_mut().enumerate() {
            entry.clean = false;
            if distance > 0 {
                entry.used = Use::Tail(distance as u32);
            }
        }
        self.bits[block].set_allocated(0, 1, true);
        Some(block as u32 * BLOCK)
    }

    /// Grows so that at least `count` more blocks are free; whether that worked.
    pub(super) fn grow(&mut self, count: usize, memory: &LinearMemory) -> bool {
        let room = MOST_BLOCKS - self.len().min(MOST_BLOCKS);
        if count > room {
            return false;
        }
        let plenty = count.max(GROWTH).max(self.len() / 8).min(room);
        self.grow_by(plenty, memory) || self.grow_by(count, memory)
    }

    fn grow_by(&mut self, count: usize, memory: &LinearMemory) -> bool {
        let old = self.len();
        if self.blocks.try_reserve(count).is_err()
            || self.bits.try_reserve(count).is_err()
            || memory.grow(count as u64).is_none()
        {
            return false;
        }
        // Everything is swept of what was never used.
        let mut new = Block::NEW;
        new.swept = self.epoch;
        self.blocks.resize(old + count, new);
        self.bits.resize(old + count, Bits::NONE);
        for block in old..old + count {
            self.set_free(block);
        }
        true
    }

    fn take(&mut self, block: usize, count: usize, used: Use) {
        for index in block..block + count {
            self.free[index / 64] &= !(1 << (index % 64));
        }
        let entry = &mut self.blocks[block];
        entry.used = used;
        entry.swept = self.epoch;
        // Not marked in any collection there will be.
        entry.marked = self.epoch;
        self.bits[block] = Bits::NONE;
    }

    fn set_free(&mut self, block: usize) {
        self.blocks[block].used = Use::Free;
        self.free[block / 64] |= 1 << (block % 64);
        self.first_free = self.first_free.min(block / 64);
    }

    /// The first of `count` free blocks in a row.
    fn free_blocks(&mut self, count: usize) -> Option<usize> {
        while *self.free.get(self.first_free)? == 0 {
            self.first_free += 1;
        }
        let (mut block, mut length) = (self.first_free * 64, 0);
        while block < self.len() {
            let free = self.free[block / 64] >> (block % 64);
            if free == 0 {
                // None in the rest of the word.
                length = 0;
                block = (block | 63) + 1;
                continue;
            }
            length = if free & 1 == 0 { 0 } else { length + 1 };
            block += 1;
            if length == count {
                return Some(block - count);
            }
        }
        None
    }

    // Sweeping.

    /// Sweeps a block; gives it with its class if it has cells to be had.
    fn sweep_next(&mut self) -> Option<(usize, Class)> {
        let block = self.sweep;
        self.sweep += 1;
        let entry = &mut self.blocks[block];
        match entry.used {
            Use::Reserved | Use::Free | Use::Tail(_) => None,
            Use::Cells(class) => {
                if entry.swept == self.epoch {
                    // The allocator is in it, or has been.
                    return None;
                }
                let live = if entry.marked == self.epoch {
                    entry.swept = self.epoch;
                    self.bits[block].keep_marked(class.cells())
                } else {
                    0
                };
                if live == 0 {
                    self.set_free(block);
                    return None;
                }
                (live < class.cells()).then_some((block, class))
            }
            Use::Head(count) => {
                self.sweep = block + count as usize;
                if entry.swept == self.epoch {
                    return None;
                }
                if entry.marked == self.epoch && self.bits[block].keep_marked(1) > 0 {
                    self.blocks[block].swept = self.epoch;
                } else {
                    for index in block..block + count as usize {
                        self.set_free(index);
                    }
                }
                None
            }
        }
    }

    fn sweep_all(&mut self) {
        while self.sweep < self.len() {
            if let Some((block, class)) = self.sweep_next() {
                self.list(block, class);
            }
        }
    }

    /// Puts a block into the list of those with cells to be had.
    fn list(&mut self, block: usize, class: Class) {
        let first = &mut self.partial[class.index()];
        self.blocks[block].next = mem::replace(first, block as u32);
    }

    // Marking.

    /// Starts a collection: no object is marked. The runs have been given back.
    pub(super) fn start_collection(&mut self) {
        self.epoch = self.epoch.wrapping_add(1);
        self.sweep = 1;
        self.partial = [0; TABLE];
        self.positions = [Position::default(); TABLE];
    }

    /// Makes a block ready for marks of this epoch.
    #[cold]
    fn touch(&mut self, block: usize) {
        let entry = &mut self.blocks[block];
        let cells = match entry.used {
            Use::Cells(class) => class.cells(),
            _ => 1,
        };
        let last = self.epoch.wrapping_sub(1);
        let bits = &mut self.bits[block];
        if entry.swept != last {
            if entry.marked == last {
                bits.keep_marked(cells);
            } else {
                bits.clear(cells);
            }
            entry.swept = last;
        }
        bits.unmark(cells);
        entry.marked = self.epoch;
    }

    /// Marks the object at `address`, if there is one that is not marked.
    #[inline(always)]
    pub(super) fn mark(&mut self, address: u32) -> Option<Found> {
        let block = (address / BLOCK) as usize;
        let offset = address % BLOCK;
        let entry = self.blocks.get(block)?;
        let (cell, extent) = match entry.used {
            Use::Cells(class) => {
                let cell = class.cell(offset);
                if cell * class.size() != offset || cell >= class.cells() {
                    return None;
                }
                (cell, class.size())
            }
            Use::Head(count) if offset == 0 => (0, count * BLOCK),
            _ => return None,
        };
        self.mark_cell(block, cell)
            .then_some(Found { address, extent })
    }

    /// Marks the object that `address` lies in, if there is one that is not marked.
    pub(super) fn mark_inside(&mut self, address: u32) -> Option<Found> {
        let (block, cell, found) = self.find(address)?;
        self.mark_cell(block, cell).then_some(found)
    }

    #[inline(always)]
    fn mark_cell(&mut self, block: usize, cell: u32) -> bool {
        if self.blocks[block].marked != self.epoch {
            self.touch(block);
        }
        self.bits[block].mark(cell) == Mark::New
    }

    /// The cell that `address` lies in, whatever is in it.
    fn find(&self, address: u32) -> Option<(usize, u32, Found)> {
        let mut block = (address / BLOCK) as usize;
        let mut used = self.blocks.get(block)?.used;
        if let Use::Tail(distance) = used {
            block -= distance as usize;
            used = self.blocks[block].used;
        }
        let start = block as u32 * BLOCK;
        match used {
            Use::Cells(class) => {
                let cell = class.cell(address % BLOCK);
                let found = Found {
                    address: start + cell * class.size(),
                    extent: class.size(),
                };
                (cell < class.cells()).then_some((block, cell, found))
            }
            Use::Head(count) => {
                let found = Found {
                    address: start,
                    extent: count * BLOCK,
                };
                Some((block, 0, found))
            }
            _ => None,
        }
    }

    /// How many bytes the object at `address` can have, if it is one of a cell or of blocks.
    #[inline(always)]
    pub(super) fn extent(&self, address: u32) -> u32 {
        match self.blocks.get((address / BLOCK) as usize) {
            Some(Block {
                used: Use::Cells(class),
                ..
            }) => class.size(),
            Some(Block {
                used: Use::Head(count),
                ..
            }) => count * BLOCK,
            _ => 0,
        }
    }

    /// The first marked object of block `block` at or behind its cell `cell`, and the cell behind.
    pub(super) fn next_marked(&self, block: usize, cell: u32) -> Option<(u32, u32)> {
        let entry = self.blocks.get(block)?;
        if entry.marked != self.epoch {
            return None;
        }
        let (size, cells) = match entry.used {
            Use::Cells(class) => (class.size(), class.cells()),
            Use::Head(_) => (0, 1),
            _ => return None,
        };
        let cell = self.bits[block].next_marked(cell, cells)?;
        Some((block as u32 * BLOCK + cell * size, cell + 1))
    }

    /// Whether an object is at `address`, or may yet be allocated there without another look.
    pub(super) fn is_allocated(&self, address: u32) -> bool {
        let Some((block, cell, found)) = self.find(address) else {
            return false;
        };
        let entry = &self.blocks[block];
        let bits = &self.bits[block];
        found.address == address
            && if entry.swept == self.epoch {
                bits.is_allocated(cell)
            } else {
                entry.marked == self.epoch && bits.is_marked(cell)
            }
    }
}
