//! Blocks, and which of their cells hold objects.

use super::size::{BLOCK, Class, SMALLEST};

/// What a block is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Never for anything: null leads there, and to what follows it.
    Reserved,
    /// For nothing now.
    Free,
    /// For objects in cells of this class.
    Cells(Class),
    /// For an object of so many blocks, of which this is the first.
    Head(u32),
    /// For an object whose first block is so many before this one.
    Tail(u32),
}

/// A block. An *epoch* is the number of a collection.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) used: Use,
    /// Whether its bytes are zero, as they were from the start.
    pub(super) clean: bool,
    /// The epoch that the marks are of. If that is not the last, no object is marked.
    pub(super) marked: u32,
    /// The epoch whose marks are the allocated cells, but for those allocated since.
    pub(super) swept: u32,
    /// The next in the list of blocks of its class with cells to be had; 0 at the end.
    pub(super) next: u32,
}

impl Block {
    /// A block that has never been used.
    pub(super) const NEW: Block = Block {
        used: Use::Free,
        clean: true,
        marked: 0,
        swept: 0,
        next: 0,
    };
}

/// How many words of bits there are for a block.
const WORDS: usize = (BLOCK / SMALLEST / 64) as usize;

/// 64 cells. Both words are looked at together.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Word {
    allocated: u64,
    marked: u64,
}

/// For each cell of a block, whether it holds an object, and whether that is in use.
#[derive(Clone, Debug)]
pub(super) struct Bits([Word; WORDS]);

/// Whether there was an object to be marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// There was, and now it is.
    New,
    /// It was already, or there is none.
    Nothing,
}

impl Bits {
    /// No objects.
    pub(super) const NONE: Bits = Bits(
        [Word {
            allocated: 0,
            marked: 0,
        }; WORDS],
    );

    /// Whether `cell` holds an object.
    pub(super) fn is_allocated(&self, cell: u32) -> bool {
        self.word(cell).allocated >> (cell % 64) & 1 != 0
    }

    /// Whether `cell` is marked.
    pub(super) fn is_marked(&self, cell: u32) -> bool {
        self.word(cell).marked >> (cell % 64) & 1 != 0
    }

    #[inline(always)]
    fn word(&self, cell: u32) -> &Word {
        &self.0[cell as usize / 64 % WORDS]
    }

    /// Marks the object in `cell`.
    #[inline(always)]
    pub(super) fn mark(&mut self, cell: u32) -> Mark {
        let word = &mut self.0[cell as usize / 64 % WORDS];
        let bit = 1 << (cell % 64);
        if word.allocated & !word.marked & bit == 0 {
            return Mark::Nothing;
        }
        word.marked |= bit;
        Mark::New
    }

    /// The words of the first `cells` cells.
    fn words(&mut self, cells: u32) -> &mut [Word] {
        &mut self.0[..cells.div_ceil(64) as usize]
    }

    /// Takes `from` to `to` as allocated, or as not.
    pub(super) fn set_allocated(&mut self, from: u32, to: u32, allocated: bool) {
        let mut cell = from;
        while cell < to {
            let count = (64 - cell % 64).min(to - cell);
            let bits = u64::MAX >> (64 - count) << (cell % 64);
            let word = &mut self.0[cell as usize / 64 % WORDS];
            if allocated {
                word.allocated |= bits;
            } else {
                word.allocated &= !bits;
            }
            cell += count;
        }
    }

    /// The first cells from `from` on without objects, at most `most` and below `cells`.
    pub(super) fn free_run(&self, from: u32, cells: u32, most: u32) -> Option<(u32, u32)> {
        let mut start = from;
        let start = loop {
            if start >= cells {
                return None;
            }
            let free = !self.word(start).allocated >> (start % 64);
            if free != 0 {
                start += free.trailing_zeros();
                break start;
            }
            start = (start | 63) + 1;
        };
        if start >= cells {
            return None;
        }
        let limit = cells.min(start.saturating_add(most));
        let mut end = start;
        while end < limit {
            let taken = self.word(end).allocated >> (end % 64);
            if taken != 0 {
                end += taken.trailing_zeros();
                break;
            }
            end = (end | 63) + 1;
        }
        Some((start, end.min(limit)))
    }

    /// Forgets all marks.
    pub(super) fn unmark(&mut self, cells: u32) {
        for word in self.words(cells) {
            word.marked = 0;
        }
    }

    /// Forgets all objects that are not marked; how many remain.
    pub(super) fn keep_marked(&mut self, cells: u32) -> u32 {
        let mut count = 0;
        for word in self.words(cells) {
            word.allocated &= word.marked;
            count += word.allocated.count_ones();
        }
        count
    }

    /// Forgets all objects.
    pub(super) fn clear(&mut self, cells: u32) {
        self.words(cells).fill(Word::default());
    }

    /// The first marked cell from `from` on, below `cells`.
    pub(super) fn next_marked(&self, from: u32, cells: u32) -> Option<u32> {
        let mut cell = from;
        while cell < cells {
            let marked = self.word(cell).marked >> (cell % 64);
            if marked != 0 {
                return Some(cell + marked.trailing_zeros()).filter(|&cell| cell < cells);
            }
            cell = (cell | 63) + 1;
        }
        None
    }
}
