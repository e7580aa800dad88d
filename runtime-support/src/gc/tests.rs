//! Tests of the heap.

use std::vec::Vec;

use super::size::BLOCK;
use super::*;
use crate::trap;

/// A structure of two references and a number.
static NODE: TypeInfo = TypeInfo {
    identity: 1,
    supertypes: &[],
    layout: Layout::Struct {
        size: 24,
        references: &[8, 12],
    },
};
static ARRAY: TypeInfo = TypeInfo {
    identity: 2,
    supertypes: &[],
    layout: Layout::Array {
        element: 4,
        references: true,
    },
};
static BYTES: TypeInfo = TypeInfo {
    identity: 3,
    supertypes: &[],
    layout: Layout::Array {
        element: 1,
        references: false,
    },
};

/// A heap with types.
pub(super) struct Objects {
    pub(super) heap: Heap,
    node: u32,
    array: u32,
    bytes: u32,
}

impl Objects {
    pub(super) fn new() -> Objects {
        Objects::of(Heap::new().expect("a heap"))
    }

    fn of(heap: Heap) -> Objects {
        Objects {
            node: heap.type_id(&NODE),
            array: heap.type_id(&ARRAY),
            bytes: heap.type_id(&BYTES),
            heap,
        }
    }

    #[inline]
    pub(super) fn node(&self, left: AnyRef, right: AnyRef) -> AnyRef {
        let node = self.heap.allocate(self.node, 0, 24, &mut |_| {});
        let node = node.expect("room");
        self.set(node, 8, left);
        self.set(node, 12, right);
        node
    }

    pub(super) fn array(&self, length: u32) -> AnyRef {
        let size = 8 + length * 4;
        let array = self.heap.allocate(self.array, length, size, &mut |_| {});
        array.expect("room")
    }

    #[inline]
    pub(super) fn get(&self, object: AnyRef, offset: u32) -> AnyRef {
        let memory = self.heap.memory();
        AnyRef::from_bits(memory.i32_load(object.bits() as i32, offset) as u32)
    }

    #[inline]
    pub(super) fn set(&self, object: AnyRef, offset: u32, value: AnyRef) {
        let memory = self.heap.memory();
        memory.i32_store(object.bits() as i32, offset, value.bits() as i32);
    }

    /// Collects with these roots; the bytes that remain.
    pub(super) fn collect(&self, roots: &[AnyRef]) -> u64 {
        self.heap
            .collect(&mut |marker| roots.iter().for_each(|&root| marker.mark(root)));
        self.heap.statistics().live
    }

    /// A full tree.
    fn tree(&self, depth: u32) -> AnyRef {
        if depth == 0 {
            return self.node(AnyRef::NULL, AnyRef::NULL);
        }
        let left = self.heap.root(self.tree(depth - 1));
        let right = self.tree(depth - 1);
        let tree = self.heap.root(right);
        // Allocation may collect, and then only what is rooted remains.
        let node = self.node(AnyRef::NULL, AnyRef::NULL);
        self.set(node, 8, self.heap.rooted(left));
        self.set(node, 12, self.heap.rooted(tree));
        self.heap.unroot(left);
        self.heap.unroot(tree);
        node
    }

    pub(super) fn count(&self, tree: AnyRef) -> u32 {
        if tree.is_none() {
            return 0;
        }
        1 + self.count(self.get(tree, 8)) + self.count(self.get(tree, 12))
    }
}

/// Numbers that look random.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

#[test]
fn references_are_numbers() {
    assert!(AnyRef::default().is_none() && AnyRef::NULL.bits() == 0);
    assert!(AnyRef::i31(-1).is_i31() && !AnyRef::i31(0).is_none());
    assert_eq!(AnyRef::i31(-1).bits() as i32 >> 1, -1);
    assert_eq!(AnyRef::i31(5), AnyRef::from_bits(11));
}

#[test]
fn types_have_numbers() {
    let objects = Objects::new();
    let heap = &objects.heap;
    assert_eq!(heap.type_id(&NODE), objects.node);
    assert_ne!(objects.node, objects.array);
    assert!(objects.node != 0 && heap.type_info(0).is_none());
    let info = heap.type_info(objects.bytes).expect("the type");
    assert_eq!(info.identity, BYTES.identity);
    assert!(heap.type_info(99).is_none() && heap.type_info(u32::MAX).is_none());
}

/// The places in an object of so many bytes; under Miri some, and the last.
fn places(size: u32) -> impl Iterator<Item = u32> {
    let step = if cfg!(miri) { 397 } else { 1 };
    (8..size)
        .step_by(step)
        .chain((8 < size).then(|| size.saturating_sub(1)))
}

/// Objects of all sizes are zero, have their header, don't overlap, and keep their contents.
#[test]
fn objects_of_all_sizes() {
    let objects = Objects::new();
    let heap = &objects.heap;
    let memory = heap.memory();
    let sizes = (8..400)
        .step_by(if cfg!(miri) { 13 } else { 1 })
        .chain((400..20_000).step_by(if cfg!(miri) { 3989 } else { 97 }))
        .chain([65_535, 65_536, 65_537, 200_000, 1 << 20]);
    let mut all: Vec<(AnyRef, u32)> = Vec::new();
    for size in sizes {
        let object = heap.allocate(objects.bytes, size - 8, size, &mut |marker| {
            all.iter().for_each(|&(object, _)| marker.mark(object));
        });
        let object = object.expect("room");
        let address = object.bits() as i32;
        assert!(address % 8 == 0 && object.bits() >= BLOCK && heap.is_object(object));
        assert_eq!(memory.i32_load(address, 0) as u32, objects.bytes);
        assert_eq!(memory.i32_load(address, 4) as u32, size - 8);
        for offset in places(size) {
            assert_eq!(memory.i32_load8_u(address, offset), 0);
        }
        memory.fill(address + 8, size as i32, size as i32 - 8);
        all.push((object, size));
    }
    let roots: Vec<_> = all.iter().map(|&(object, _)| object).collect();
    for _ in 0..3 {
        objects.collect(&roots);
        for &(object, size) in &all {
            assert!(heap.is_object(object));
            for offset in places(size) {
                let byte = memory.i32_load8_u(object.bits() as i32, offset);
                assert_eq!(byte as u32, size & 255);
            }
        }
    }
    // Every other one goes; its place is used again, zeroed.
    let roots: Vec<_> = roots.into_iter().step_by(2).collect();
    objects.collect(&roots);
    for (index, &(object, _)) in all.iter().enumerate() {
        assert_eq!(heap.is_object(object), index % 2 == 0);
    }
    for &(_, size) in &all {
        let new = heap.allocate(objects.bytes, size - 8, size, &mut |marker| {
            roots.iter().for_each(|&root| marker.mark(root));
        });
        let new = new.expect("room");
        for offset in places(size) {
            assert_eq!(memory.i32_load8_u(new.bits() as i32, offset), 0);
        }
    }
    for (index, &(object, size)) in all.iter().enumerate().step_by(2) {
        assert!(heap.is_object(object), "{index}");
        let byte = memory.i32_load8_u(object.bits() as i32, size - 1);
        assert!(size == 8 || byte as u32 == size & 255);
    }
}

#[test]
fn not_objects() {
    let objects = Objects::new();
    let node = objects.node(AnyRef::NULL, AnyRef::NULL);
    let large = objects.array(100_000);
    let heap = &objects.heap;
    assert!(heap.is_object(node) && heap.is_object(large));
    for bits in [
        0,
        8,
        node.bits() + 1,
        node.bits() + 8,
        // Where the next will be.
        node.bits() + 24,
        large.bits() + 8,
        large.bits() + BLOCK,
        u32::MAX,
        u32::MAX - 7,
        BLOCK - 8,
    ] {
        let reference = AnyRef::from_bits(bits);
        assert!(!heap.is_object(reference), "{bits:#x}");
        // Nor do they keep anything.
        assert_eq!(objects.collect(&[reference]), 0, "{bits:#x}");
        objects.collect(&[node, large]);
    }
}

#[test]
fn cycles_are_collected() {
    let objects = Objects::new();
    for _ in 0..if cfg!(miri) { 10 } else { 100 } {
        let a = objects.node(AnyRef::NULL, AnyRef::NULL);
        let b = objects.node(a, a);
        objects.set(a, 8, b);
        objects.set(a, 12, a);
    }
    let a = objects.node(AnyRef::NULL, AnyRef::i31(7));
    let b = objects.node(a, AnyRef::NULL);
    objects.set(a, 8, b);
    assert_eq!(objects.collect(&[b]), 48);
    assert!(objects.heap.is_object(a) && objects.get(a, 8) == b);
    assert_eq!(objects.get(a, 12), AnyRef::i31(7));
    assert_eq!(objects.collect(&[]), 0);
    assert!(!objects.heap.is_object(a));
}

#[test]
fn roots_of_the_host() {
    let objects = Objects::new();
    let heap = &objects.heap;
    let one = heap.root(objects.node(AnyRef::NULL, AnyRef::NULL));
    let two = heap.root(objects.node(heap.rooted(one), AnyRef::NULL));
    assert_eq!(objects.collect(&[]), 48);
    heap.unroot(one);
    assert!(heap.rooted(one).is_none());
    assert_eq!(objects.collect(&[]), 48);
    heap.unroot(two);
    heap.unroot(two);
    assert_eq!(objects.collect(&[]), 0);
    let again = heap.root(AnyRef::i31(1));
    let more = heap.root(AnyRef::i31(2));
    assert_eq!(heap.rooted(again), AnyRef::i31(1));
    assert_eq!(heap.rooted(more), AnyRef::i31(2));
}

#[test]
fn lists_of_any_length() {
    let objects = Objects::new();
    let length: u64 = if cfg!(miri) { 500 } else { 1_000_000 };
    let list = objects.heap.root(AnyRef::NULL);
    let mut list = list;
    for _ in 0..length {
        let node = objects.node(AnyRef::NULL, AnyRef::NULL);
        objects.set(node, 12, objects.heap.rooted(list));
        objects.heap.unroot(list);
        list = objects.heap.root(node);
    }
    assert_eq!(objects.collect(&[]), length * 24);
    let mut count = 0;
    let mut node = objects.heap.rooted(list);
    while !node.is_none() {
        count += 1;
        node = objects.get(node, 12);
    }
    assert_eq!(count, length);
}

/// An array of more objects than fit the marker's list.
#[test]
fn arrays_of_references() {
    let objects = Objects::new();
    let length = if cfg!(miri) { 1_500 } else { 300_000 };
    let array = objects.heap.root(objects.array(length));
    for index in 0..length {
        let leaf = objects.node(AnyRef::NULL, AnyRef::NULL);
        let node = objects.heap.root(leaf);
        let parent = objects.node(AnyRef::NULL, AnyRef::NULL);
        objects.set(parent, 8, objects.heap.rooted(node));
        objects.heap.unroot(node);
        objects.set(objects.heap.rooted(array), 8 + 4 * index, parent);
    }
    let array = objects.heap.rooted(array);
    let live = objects.collect(&[]);
    assert!(
        live >= u64::from(length) * 48 + u64::from(length) * 4,
        "{live}"
    );
    for index in 0..length {
        let parent = objects.get(array, 8 + 4 * index);
        assert!(objects.heap.is_object(objects.get(parent, 8)));
    }
    // A wrong length leads nowhere else.
    objects.set(array, 4, AnyRef::from_bits(u32::MAX));
    assert_eq!(objects.collect(&[]), live);
}

/// A full heap gives no room, and all of it after a collection, for objects of any size.
#[test]
fn a_full_heap() {
    let blocks = if cfg!(miri) { 12 } else { 40 };
    let objects = Objects::of(Heap::with_maximum(blocks).expect("a heap"));
    let blocks = blocks as u32;
    let heap = &objects.heap;
    assert!(
        heap.allocate(objects.bytes, 0, u32::MAX, &mut |_| {})
            .is_none()
    );
    // Small ones fill a heap slowly.
    let small = if cfg!(miri) { 2_000 } else { 24 };
    for size in [small, 5_000, 65_536, 500_000, small, (blocks - 1) * BLOCK] {
        let mut kept = Vec::new();
        let mut collections = 0;
        while let Some(object) = heap.allocate(objects.bytes, 0, size, &mut |marker| {
            collections += 1;
            kept.iter().for_each(|&object| marker.mark(object));
        }) {
            kept.push(object);
        }
        assert!(collections > 0);
        let bytes = kept.len() as u32 * size;
        assert!(
            bytes > (blocks - 10) * BLOCK && bytes <= (blocks - 1) * BLOCK,
            "{size}: {bytes}"
        );
        assert_eq!(heap.statistics().reserved, u64::from(blocks) << 16);
    }
}

/// Whatever generated code writes, the collector stays inside, and ends.
#[test]
fn garbage_in_objects() {
    let objects = Objects::new();
    let mut random = Random(1);
    let rounds = if cfg!(miri) { 3 } else { 60 };
    let mut kept = Vec::new();
    for round in 0..rounds {
        for _ in 0..rounds * 20 {
            let size = match random.below(20) {
                0 => random.below(200_000) as u32 + 8,
                1..5 => random.below(9_000) as u32 + 8,
                _ => random.below(100) as u32 + 8,
            };
            let type_id = random.below(5) as u32;
            let length = random.next() as u32;
            let object = objects.heap.allocate(type_id, length, size, &mut |marker| {
                kept.iter().for_each(|&object| marker.mark(object));
            });
            kept.push(object.expect("room"));
        }
        // Over everything there is, but what is never used; sometimes with what may lead somewhere.
        let memory = objects.heap.memory();
        let end = objects.heap.statistics().reserved;
        let mut address = u64::from(BLOCK);
        while address < end {
            let word = match random.below(4) {
                0 => random.next(),
                1 => random.below(5) | random.next() << 32,
                2 => random.below(end) & !7 | (random.below(end) & !7) << 32,
                _ => random.below(5) | (random.below(64)) << 32,
            };
            memory.i64_store(address as i32, 0, word as i64);
            address += if cfg!(miri) {
                1 << 10
            } else {
                8 << random.below(4)
            };
        }
        for _ in 0..3 {
            kept.retain(|_| random.below(4) > 0);
            let roots = kept
                .iter()
                .copied()
                .chain((0..50).map(|_| AnyRef::from_bits(random.next() as u32)));
            objects.collect(&roots.collect::<Vec<_>>());
            assert!(
                kept.iter().all(|&object| objects.heap.is_object(object)),
                "{round}"
            );
        }
    }
}

/// Against a plain model: what is reachable remains as it was, through many collections.
#[test]
fn a_model() {
    let objects = Objects::new();
    let mut random = Random(7);
    let steps = if cfg!(miri) { 600 } else { 300_000 };
    // What each object must hold: a number, and the array it leads to.
    let mut table: Vec<Option<(AnyRef, u32, i32)>> = Vec::new();
    table.resize(500, None);
    let memory = objects.heap.memory();
    for step in 0..steps {
        let place = random.below(table.len() as u64) as usize;
        if let Some((object, length, number)) = table[place] {
            let inner = objects.get(object, 8);
            let address = inner.bits() as i32;
            assert_eq!(memory.i32_load(address, 4) as u32, length);
            assert_eq!(memory.i32_load(address, 8), number);
            assert_eq!(memory.i32_load(address, 4 + length), number);
        }
        let length = 16 + (1 << random.below(16)) + random.below(40) as u32 * 4;
        let new = (length & !3, step);
        let mut mark = |marker: &mut Marker<'_>| {
            for (object, ..) in table.iter().flatten() {
                marker.mark(*object);
            }
        };
        let bytes = objects
            .heap
            .allocate(objects.bytes, new.0, 8 + new.0, &mut mark)
            .expect("room");
        memory.i32_store(bytes.bits() as i32, 8, step);
        memory.i32_store(bytes.bits() as i32, 4 + new.0, step);
        let root = objects.heap.root(bytes);
        let node = objects
            .heap
            .allocate(objects.node, 0, 24, &mut mark)
            .expect("room");
        objects.set(node, 8, bytes);
        objects.heap.unroot(root);
        table[place] = Some((node, new.0, new.1));
        if random.below(3) == 0 {
            table[random.below(500) as usize] = None;
        }
    }
    if !cfg!(miri) {
        let statistics = objects.heap.statistics();
        assert!(statistics.collections > 10, "{statistics:?}");
        assert!(statistics.reserved < 40 << 20, "{statistics:?}");
    }
}

/// Where the stack can't be read, nothing is collected while generated code runs.
#[test]
fn only_with_all_roots() {
    let objects = Objects::new();
    trap::catch(|| {
        objects.node(AnyRef::NULL, AnyRef::NULL);
        objects.collect(&[]);
    })
    .expect("no trap");
    let collections = objects.heap.statistics().collections;
    assert_eq!(collections, u64::from(SCANNED));
    // Nothing is due.
    objects.heap.collect_idle(&mut |_| {});
    assert_eq!(objects.heap.statistics().collections, collections);
    for _ in 0..if cfg!(miri) { 40 } else { 200 } {
        trap::catch(|| objects.array(20_000)).expect("no trap");
    }
    assert_eq!(objects.heap.statistics().collections > collections, SCANNED);
    objects.heap.collect_idle(&mut |_| {});
    assert!(objects.heap.statistics().collections > collections);
}

crate::mode::cfg_if! { if #[scanned] {
    mod stack;

    const SCANNED: bool = true;
} else {
    const SCANNED: bool = false;
} }

/// Memory in use stays bounded, whatever sizes come after each other.
#[test]
fn short_lives() {
    let objects = Objects::new();
    let count = if cfg!(miri) { 100 } else { 100_000 };
    for size in [24, 100, 3_000, 24, 20_000, 70_000, 16] {
        for _ in 0..count.min(1_000_000_000 / size) {
            objects
                .heap
                .allocate(objects.bytes, size - 8, size, &mut |_| {})
                .expect("room");
        }
    }
    let statistics = objects.heap.statistics();
    assert!(statistics.reserved <= 8 << 20, "{statistics:?}");
}

#[test]
fn trees() {
    let objects = Objects::new();
    let depth = if cfg!(miri) { 5 } else { 14 };
    let long = objects.heap.root(objects.tree(depth));
    for _ in 0..if cfg!(miri) { 2 } else { 20 } {
        let tree = objects.tree(depth - 2);
        assert_eq!(objects.count(tree), (1 << (depth - 1)) - 1);
    }
    assert_eq!(
        objects.count(objects.heap.rooted(long)),
        (1 << (depth + 1)) - 1
    );
}

#[test]
fn a_heap_changes_threads() {
    let objects = Objects::new();
    let node = objects.heap.root(objects.tree(3));
    let objects = std::thread::spawn(move || {
        objects.collect(&[]);
        objects
    })
    .join()
    .expect("no panic");
    assert_eq!(objects.count(objects.heap.rooted(node)), 15);
}
