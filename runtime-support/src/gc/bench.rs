//! What allocation and collection cost, beside `Box`: run by
//! `cargo test --release -p wasm2rs-support gc::bench -- --ignored --nocapture --test-threads 1`.

use core::hint::black_box;
use std::boxed::Box;
use std::println;
use std::time::Instant;

use super::tests::Objects;
use super::*;
use crate::trap;

fn time<T>(f: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let result = f();
    (result, start.elapsed().as_secs_f64())
}

fn report(name: &str, count: u64, ours: f64, native: f64, heap: &Heap) {
    let statistics = heap.statistics();
    let each = 1e9 / count as f64;
    println!(
        "{name}: {:.2} ns each, Box {:.2} ns, ratio {:.2}; {} MiB reserved, {} collections, longest stop {:.2} ms",
        ours * each,
        native * each,
        ours / native,
        statistics.reserved >> 20,
        statistics.collections,
        statistics.longest_stop as f64 / 1e6,
    );
}

/// A node of native trees and lists, as large as ours with its header.
struct Node {
    left: Option<Box<Node>>,
    right: Option<Box<Node>>,
    #[expect(dead_code, reason = "for the size")]
    number: u64,
}

#[test]
#[ignore = "a benchmark"]
fn short_lived() {
    const COUNT: u64 = 100_000_000;
    let objects = Objects::new();
    let ((), ours) = time(|| {
        trap::catch(|| {
            for _ in 0..COUNT {
                black_box(objects.node(AnyRef::NULL, AnyRef::NULL));
            }
        })
        .expect("no trap");
    });
    let ((), native) = time(|| {
        for _ in 0..COUNT {
            black_box(Box::new(Node {
                left: None,
                right: None,
                number: 0,
            }));
        }
    });
    report(
        "100 million short-lived",
        COUNT,
        ours,
        native,
        &objects.heap,
    );
    assert!(objects.heap.statistics().reserved < 64 << 20);
}

/// Short-lived objects beside a million that live, each of which is replaced now and then.
#[test]
#[ignore = "a benchmark"]
fn beside_live_data() {
    const LIVE: u32 = 1_000_000;
    const COUNT: u64 = 20_000_000;
    let objects = Objects::new();
    let array = objects.heap.root(objects.array(LIVE));
    let next = |place: u32| place.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    let ((), ours) = time(|| {
        trap::catch(|| {
            let mut place = 1;
            for _ in 0..COUNT {
                place = next(place);
                let node = objects.node(AnyRef::NULL, AnyRef::NULL);
                objects.set(objects.heap.rooted(array), 8 + 4 * (place % LIVE), node);
            }
        })
        .expect("no trap");
    });
    let mut native_array: std::vec::Vec<Option<Box<Node>>> = std::vec::Vec::new();
    native_array.resize_with(LIVE as usize, || None);
    let ((), native) = time(|| {
        let mut place = 1;
        for _ in 0..COUNT {
            place = next(place);
            native_array[(place % LIVE) as usize] = Some(Box::new(Node {
                left: None,
                right: None,
                number: 0,
            }));
        }
    });
    black_box(native_array);
    report("beside a million live", COUNT, ours, native, &objects.heap);
}

#[inline(never)]
fn tree(objects: &Objects, depth: u32) -> AnyRef {
    if depth == 0 {
        return objects.node(AnyRef::NULL, AnyRef::NULL);
    }
    let left = tree(objects, depth - 1);
    let right = tree(objects, depth - 1);
    objects.node(left, right)
}

#[inline(never)]
fn native_tree(depth: u32) -> Box<Node> {
    let (left, right) = if depth == 0 {
        (None, None)
    } else {
        (Some(native_tree(depth - 1)), Some(native_tree(depth - 1)))
    };
    Box::new(Node {
        left,
        right,
        number: 0,
    })
}

#[inline(never)]
fn native_count(node: &Node) -> u32 {
    1 + node.left.as_deref().map_or(0, native_count) + node.right.as_deref().map_or(0, native_count)
}

/// binary-trees of the Computer Language Benchmarks Game. The roots are found on the stack.
#[test]
#[ignore = "a benchmark"]
fn binary_trees() {
    const DEPTH: u32 = 18;
    let objects = Objects::new();
    let mut count = 0;
    let (ours_check, ours) = time(|| {
        trap::catch(|| {
            let long = tree(&objects, DEPTH);
            let mut check = 0;
            for depth in (4..=DEPTH).step_by(2) {
                for _ in 0..1 << (DEPTH - depth + 4) {
                    check += u64::from(objects.count(tree(&objects, depth)));
                }
            }
            count = check;
            check + u64::from(objects.count(long))
        })
        .expect("no trap")
    });
    let (native_check, native) = time(|| {
        let long = native_tree(DEPTH);
        let mut check = 0;
        for depth in (4..=DEPTH).step_by(2) {
            for _ in 0..1 << (DEPTH - depth + 4) {
                check += u64::from(native_count(&native_tree(depth)));
            }
        }
        check + u64::from(native_count(&long))
    });
    assert_eq!(ours_check, native_check);
    report("binary trees, per node", count, ours, native, &objects.heap);
}

/// What a collection takes with so much live.
#[test]
#[ignore = "a benchmark"]
fn stops() {
    for depth in [10, 16, 20, 22] {
        let objects = Objects::new();
        trap::catch(|| {
            let tree = tree(&objects, depth);
            // To be swept, but not now.
            for _ in 0..4 {
                objects.array(1 << 20);
            }
            let before = objects.heap.statistics();
            let ((), took) = time(|| objects.heap.collect(&mut |_| {}));
            let live = objects.heap.statistics().live;
            println!(
                "{} KiB live of {} MiB: {:.3} ms, {:.2} ns a node",
                live >> 10,
                before.reserved >> 20,
                took * 1e3,
                took * 1e9 / (live / 24) as f64
            );
            black_box(objects.get(tree, 8));
        })
        .expect("no trap");
    }
}
