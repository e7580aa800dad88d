//! Tests of references on the stack.

use core::hint::black_box;

use super::Objects;
use crate::gc::AnyRef;
use crate::trap;

/// Goes down the stack, with a reference in each frame, and collects there.
#[inline(never)]
fn descend(objects: &Objects, depth: u64) -> u64 {
    let node = objects.node(AnyRef::NULL, AnyRef::i31(depth as i32));
    let below = if depth == 0 {
        objects.collect(&[]);
        // Overwrite what would be freed.
        for _ in 0..2_000 {
            black_box(objects.node(AnyRef::i31(-1), AnyRef::i31(-1)));
        }
        0
    } else {
        descend(objects, depth - 1)
    };
    assert!(objects.heap.is_object(node));
    assert_eq!(objects.get(node, 12), AnyRef::i31(depth as i32));
    below + 1
}

#[test]
fn references_on_the_stack() {
    let objects = Objects::new();
    for depth in [0, 1, 10, 500] {
        let frames = trap::catch(|| descend(&objects, depth)).expect("no trap");
        assert_eq!(frames, depth + 1);
    }
    let live = objects.collect(&[]);
    assert_eq!(live, 0, "outside nothing is on the stack");
}

#[test]
fn references_inside_of_objects() {
    let objects = Objects::new();
    trap::catch(|| {
        // Only an address inside, or only a pointer.
        let inside = black_box(objects.array(50_000).bits() + 170_000);
        let pointer = black_box(objects.heap.base() + objects.array(30_000).bits() as usize + 12);
        objects.collect(&[]);
        let live = objects.heap.statistics().live;
        assert!(live >= 320_000, "{live}");
        black_box((inside, pointer));
    })
    .expect("no trap");
    assert_eq!(objects.collect(&[]), 0);
}

/// What was dropped goes, but for the odd one that something on the stack looks like.
#[test]
fn dropped_references() {
    #[inline(never)]
    fn drop_some(objects: &Objects) {
        for _ in 0..10_000 {
            black_box(objects.node(AnyRef::NULL, AnyRef::NULL));
        }
    }
    let objects = Objects::new();
    trap::catch(|| {
        drop_some(&objects);
        objects.collect(&[]);
    })
    .expect("no trap");
    let statistics = objects.heap.statistics();
    assert_eq!(statistics.collections, 1);
    assert!(statistics.live < 10 * 24, "{statistics:?}");
}

/// A thread other than the main one, a host call in between.
#[test]
fn stacks_of_threads() {
    std::thread::spawn(|| {
        let objects = Objects::new();
        trap::catch(|| {
            let node = black_box(objects.node(AnyRef::NULL, AnyRef::i31(3)));
            trap::host(|| {
                trap::catch(|| descend(&objects, 20))?;
                objects.collect(&[]);
                Ok(())
            });
            assert!(objects.heap.is_object(node));
            assert_eq!(objects.get(node, 12), AnyRef::i31(3));
        })
        .expect("no trap");
    })
    .join()
    .expect("no panic");
}

/// Calls `f` on another stack than the thread's own.
#[cfg(all(target_arch = "x86_64", not(windows)))]
fn on_another_stack(f: extern "C" fn(*mut u8), data: *mut u8) {
    let mut stack = std::vec![0_u128; 1 << 15];
    let end = stack.as_mut_ptr_range().end;
    // SAFETY: the stack is large enough for what the tests call, and aligned; the stack pointer is
    // put back by a register that the call preserves.
    unsafe {
        core::arch::asm!(
            "xchg rsp, r12",
            "call {f}",
            "mov rsp, r12",
            f = in(reg) f,
            in("rdi") data,
            inout("r12") end => _,
            clobber_abi("C"),
        );
    }
}

/// Nothing is collected while generated code may be on a stack that isn't the thread's own.
#[test]
#[cfg(all(target_arch = "x86_64", not(windows)))]
fn other_stacks() {
    extern "C" fn run(data: *mut u8) {
        // SAFETY: given by the test.
        let objects = unsafe { &*data.cast::<Objects>() };
        trap::catch(|| {
            let node = objects.node(AnyRef::NULL, AnyRef::NULL);
            objects.collect(&[]);
            trap::owning(|| objects.collect(&[]));
            assert!(objects.heap.is_object(node));
        })
        .expect("no trap");
    }
    let objects = Objects::new();
    trap::catch(|| ()).expect("no trap");
    on_another_stack(run, (&raw const objects).cast_mut().cast());
    assert_eq!(objects.heap.statistics().collections, 0);
    trap::catch(|| objects.collect(&[])).expect("no trap");
    assert_eq!(objects.heap.statistics().collections, 1);
}
