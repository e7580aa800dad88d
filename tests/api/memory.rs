//! Memory, from inside and from outside.

use std::panic::{AssertUnwindSafe, catch_unwind};

use wasm2rs_support::{Extern, TrapKind};

use crate::kind;

mod memory {
    include_module!("modules/memory.wat");
}

fn instance() -> memory::Instance<()> {
    memory::Instance::new(()).expect("an instance")
}

#[test]
fn active_segments_are_there() {
    let mut instance = instance();
    assert_eq!(instance.memory().read(0, 7).expect("there"), b"active\0");
    assert_eq!(
        instance.memory().read(65529, 7).expect("there"),
        b"\0at end"
    );
}

#[test]
fn passive_segments_wait() {
    let mut instance = instance();
    instance.init(100, 0, 10).expect("no trap");
    assert_eq!(
        instance.memory().read(99, 12).expect("there"),
        b"\0passive\0\xFF\x80\0"
    );
    instance.init(200, 3, 2).expect("no trap");
    assert_eq!(instance.memory().read(200, 3).expect("there"), b"si\0");
    assert_eq!(kind(instance.init(300, 3, 8)), TrapKind::MemoryOutOfBounds);
    instance.drop().expect("no trap");
    instance.drop().expect("twice is the same as once");
    assert_eq!(kind(instance.init(300, 0, 1)), TrapKind::MemoryOutOfBounds);
    // Of another instance it is still there.
    let mut other = memory::Instance::new(()).expect("an instance");
    other.init(0, 0, 7).expect("no trap");
    assert_eq!(other.memory().read(0, 7).expect("there"), b"passive");
}

#[test]
fn it_grows_from_both_sides() {
    let mut instance = instance();
    assert_eq!(kind(instance.load(65536)), TrapKind::MemoryOutOfBounds);
    assert_eq!(instance.grow(1).expect("no trap"), 1);
    assert_eq!(instance.load(65536).expect("no trap"), 0);
    assert_eq!(instance.memory().data().len(), 2 << 16);
    // The host's turn.
    assert_eq!(instance.memory().grow(1), Some(2));
    instance
        .memory()
        .write(3 * 65536 - 1, b"x")
        .expect("new room");
    assert_eq!(instance.size().expect("no trap"), 3);
    assert_eq!(
        instance.load(3 * 65536 - 1).expect("no trap"),
        i32::from(b'x')
    );
    assert_eq!(
        kind(instance.store_(3 * 65536, 1)),
        TrapKind::MemoryOutOfBounds
    );
    // Not beyond the maximum, from either.
    assert_eq!(instance.memory().grow(2), None);
    assert_eq!(instance.grow(2).expect("no trap"), -1);
    assert_eq!(instance.grow(-1).expect("no trap"), -1);
    assert_eq!(instance.memory().grow(u32::MAX), None);
    assert_eq!(instance.grow(0).expect("no trap"), 3);
    assert_eq!(instance.grow_and_store(7).expect("no trap"), 7);
    assert_eq!(instance.grow_and_store(7).expect("no trap"), -1);
    assert_eq!(instance.memory().size(), 4);
    // What was there stayed there.
    assert_eq!(instance.memory().read(0, 6).expect("there"), b"active");
}

#[test]
fn the_host_reads_and_writes_only_what_is_there() {
    let mut instance = instance();
    let mut memory = instance.memory();
    assert_eq!(kind(memory.read(65530, 7)), TrapKind::MemoryOutOfBounds);
    assert_eq!(
        kind(memory.read(u32::MAX, u32::MAX)),
        TrapKind::MemoryOutOfBounds
    );
    assert_eq!(
        kind(memory.write(65535, b"ab")),
        TrapKind::MemoryOutOfBounds
    );
    assert_eq!(memory.read(65530, 6).expect("unchanged"), b"at end");
    assert_eq!(memory.read(65536, 0).expect("nothing"), b"");
    memory
        .write(10, "naïve \u{1F980}".as_bytes())
        .expect("room");
    assert_eq!(
        memory.read_string(10, 11).expect("there"),
        "naïve \u{1F980}"
    );
    // What is not UTF-8 is replaced.
    assert_eq!(memory.read_string(10, 3).expect("there"), "na\u{FFFD}");
    memory.data_mut()[10..13].fill(b'#');
    drop(memory);
    assert_eq!(instance.load(12).expect("no trap"), i32::from(b'#'));
}

#[test]
fn bulk_instructions_overlap_as_they_should() {
    let mut instance = instance();
    instance.memory().write(10, b"0123456789").expect("room");
    instance.copy(12, 10, 8).expect("no trap");
    assert_eq!(
        instance.memory().read(10, 10).expect("there"),
        b"0101234567"
    );
    instance.copy(10, 12, 8).expect("no trap");
    assert_eq!(
        instance.memory().read(10, 10).expect("there"),
        b"0123456767"
    );
    // Only the lowest byte is filled in.
    instance.fill(11, 0x1234_5658, 3).expect("no trap");
    assert_eq!(instance.memory().read(10, 5).expect("there"), b"0XXX4");
}

#[test]
fn no_code_runs_while_a_view_is_held() {
    let mut instance = instance();
    let Some(Extern::Memory(mut handle)) = instance.export("memory") else {
        panic!("not a memory");
    };
    let view = handle.view();
    // The borrow checker can't see that the handle and the instance belong together.
    let call = catch_unwind(AssertUnwindSafe(|| instance.size()));
    let panic = call.expect_err("it must not run");
    let message = panic.downcast_ref::<&str>().copied().unwrap_or_default();
    assert!(message.contains("drop the view first"), "{message}");
    drop(view);
    assert_eq!(instance.size().expect("no trap"), 1);
    // The handle outlives the instance.
    drop(instance);
    assert_eq!(handle.view().read(0, 6).expect("there"), b"active");
}
