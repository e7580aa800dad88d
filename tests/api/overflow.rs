//! Endless recursion is a trap, on threads of any size.

use std::thread;

use wasm2rs_support::TrapKind::{MemoryOutOfBounds, StackOverflow};

use crate::kind;

mod traps {
    include_module!("modules/traps.wat");
}

/// Overflows in every way, and in between shows that all else still works.
fn overflow() {
    let mut instance = traps::Instance::new(()).expect("an instance");
    for _ in 0..3 {
        assert_eq!(kind(instance.endless()), StackOverflow);
        assert_eq!(kind(instance.even(1)), StackOverflow);
        assert_eq!(kind(instance.through_table(0)), StackOverflow);
        assert_eq!(kind(instance.count(-1)), StackOverflow);
        assert_eq!(instance.fine().expect("no trap"), 7);
        assert_eq!(kind(instance.load_i32(-1)), MemoryOutOfBounds);
        assert_eq!(instance.count(100).expect("not deep"), 100);
    }
}

#[test]
fn on_the_thread_of_a_test() {
    overflow();
}

#[test]
fn on_threads_of_many_sizes() {
    for size in [128 << 10, 1 << 20, 3_000_001, 64 << 20] {
        let thread = thread::Builder::new().stack_size(size).spawn(overflow);
        thread
            .expect("a thread")
            .join()
            .unwrap_or_else(|_| panic!("with {size} bytes"));
    }
}

#[test]
fn on_many_threads_at_once() {
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(overflow);
        }
    });
}

#[test]
fn a_large_stack_is_used() {
    let deep = || {
        let mut instance = traps::Instance::new(()).expect("an instance");
        instance.count(100_000)
    };
    let thread = thread::Builder::new()
        .stack_size(256 << 20)
        .spawn(deep)
        .expect("a thread");
    assert_eq!(thread.join().expect("no panic").expect("no trap"), 100_000);
}
