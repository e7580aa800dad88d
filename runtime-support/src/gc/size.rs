//! The classes of sizes.
//!
//! An object of up to 32 KiB lies in a cell of its class's size: 16 to 128 bytes in steps of 8, then
//! eight classes for each doubling, so that no more than an eighth is lost; from 8 KiB on, the sizes
//! of which a block holds seven, six, and so on to two.

/// The size of a block; the same as that of a page of the memory.
pub(super) const BLOCK: u32 = 1 << 16;

/// The largest object that lies in a cell.
pub(super) const LARGEST: u32 = BLOCK / 2;

/// The smallest cell.
pub(super) const SMALLEST: u32 = 16;

/// How many classes there are.
pub(super) const CLASSES: usize = 15 + 6 * 8 + 6;

/// Tables are this long, so that a class is an index whatever it is.
pub(super) const TABLE: usize = CLASSES.next_power_of_two();

/// The sizes of the classes' cells.
static SIZES: [u32; TABLE] = sizes();

/// The class for each number of 8 bytes.
static CLASS: [u8; (LARGEST / 8 + 1) as usize] = classes();

/// 2^32 divided by the size, rounded up.
static RECIPROCALS: [u32; TABLE] = reciprocals();

const fn sizes() -> [u32; TABLE] {
    // The rest can't be reached; cells of a block's size do no harm.
    let mut sizes = [BLOCK; TABLE];
    let (mut class, mut size) = (0, SMALLEST);
    loop {
        sizes[class] = size;
        class += 1;
        if size == LARGEST {
            break;
        }
        size = match size {
            ..128 => size + 8,
            128..8192 => size + (1 << size.ilog2()) / 8,
            _ => BLOCK / (BLOCK / size - 1) / 8 * 8,
        };
    }
    assert!(class == CLASSES);
    sizes
}

const fn classes() -> [u8; (LARGEST / 8 + 1) as usize] {
    let sizes = sizes();
    let mut classes = [0; (LARGEST / 8 + 1) as usize];
    let (mut eights, mut class) = (0, 0);
    while eights < classes.len() {
        if sizes[class] < eights as u32 * 8 {
            class += 1;
        }
        classes[eights] = class as u8;
        eights += 1;
    }
    classes
}

const fn reciprocals() -> [u32; TABLE] {
    let sizes = sizes();
    let mut reciprocals = [0; TABLE];
    let mut class = 0;
    while class < TABLE {
        reciprocals[class] = (1_u64 << 32).div_ceil(sizes[class] as u64) as u32;
        class += 1;
    }
    reciprocals
}

/// A class of sizes: a number less than [`TABLE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Class(u8);

impl Class {
    /// All classes.
    pub(super) fn all() -> impl Iterator<Item = Class> {
        (0..CLASSES as u8).map(Class)
    }

    /// The class for objects of `size` bytes, if that lies in a cell.
    #[inline(always)]
    pub(super) fn of(size: u32) -> Option<Class> {
        (size <= LARGEST).then(|| Class(CLASS[size.div_ceil(8) as usize]))
    }

    /// Its place in a table.
    #[inline(always)]
    pub(super) fn index(self) -> usize {
        self.0 as usize % TABLE
    }

    /// The size of its cells.
    #[inline(always)]
    pub(super) fn size(self) -> u32 {
        SIZES[self.index()]
    }

    /// How many of its cells a block has.
    #[inline]
    pub(super) fn cells(self) -> u32 {
        BLOCK / self.size()
    }

    /// The cell that the byte at `offset` of a block is in; one too many if in none.
    ///
    /// The division is exact: the reciprocal times the size is less than `size` too much, and
    /// `offset * size` less than 2^32.
    #[inline(always)]
    pub(super) fn cell(self, offset: u32) -> u32 {
        let offset = u64::from(offset % BLOCK);
        ((offset * u64::from(RECIPROCALS[self.index()])) >> 32) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_fit() {
        for size in (0..=LARGEST).step_by(if cfg!(miri) { 37 } else { 1 }) {
            let class = Class::of(size).expect("a class");
            let cell = class.size();
            assert!(cell >= size && cell.is_multiple_of(8) && cell < BLOCK);
            let lost = if size <= 8192 { size / 8 } else { size / 2 };
            assert!(cell <= 24 || cell - size <= lost + 7, "{size} in {cell}");
        }
        assert_eq!(Class::of(LARGEST + 1), None);
        assert_eq!(Class::of(LARGEST).map(Class::index), Some(CLASSES - 1));
    }

    #[test]
    fn cells_are_quotients() {
        for class in Class::all() {
            for offset in (0..BLOCK).step_by(if cfg!(miri) { 997 } else { 1 }) {
                assert_eq!(class.cell(offset), offset / class.size());
            }
        }
    }
}
