//! A memory with 64-bit addresses, and tables with 64-bit indices.

use wasm2rs_support::{Imports, InstantiationError, Store, Table, TrapKind};

use crate::kind;

mod memory64 {
    include_module!("modules/memory64.wat");
}

mod imports_memory64 {
    include_module!("modules/imports_memory64.wat");
}

/// Makes an instance of the module that imports a memory, and calls it.
pub fn importing(store: &Store, imports: &Imports) -> Result<(), InstantiationError> {
    let mut instance = imports_memory64::Instance::link(store, imports)?;
    assert_eq!(instance.size().expect("no trap"), 2);
    Ok(())
}

fn instance() -> memory64::Instance<()> {
    memory64::Instance::new(()).expect("an instance")
}

/// Addresses that are beyond any memory here, and what they are close to.
const BEYOND: [i64; 10] = [
    65529,
    65536,
    1 << 32,
    (1 << 38) - 8,
    1 << 38,
    1 << 62,
    i64::MAX,
    i64::MIN,
    -8,
    -1,
];

#[test]
fn addresses_are_compared_in_full() {
    let mut instance = instance();
    instance.store_(65528, -2).expect("no trap");
    assert_eq!(instance.load(65528).expect("no trap"), -2);
    for address in BEYOND {
        assert_eq!(kind(instance.load(address)), TrapKind::MemoryOutOfBounds);
        assert_eq!(
            kind(instance.store_(address, 1)),
            TrapKind::MemoryOutOfBounds
        );
        assert_eq!(
            kind(instance.drop_load(address)),
            TrapKind::MemoryOutOfBounds
        );
        assert_eq!(
            kind(instance.load_far(address)),
            TrapKind::MemoryOutOfBounds
        );
        assert_eq!(
            kind(instance.load_beyond_4_gib(address)),
            TrapKind::MemoryOutOfBounds
        );
        assert_eq!(
            kind(instance.fill(address, 1, 8)),
            TrapKind::MemoryOutOfBounds
        );
        assert_eq!(
            kind(instance.fill(8, 1, address)),
            TrapKind::MemoryOutOfBounds
        );
        assert_eq!(
            kind(instance.copy(0, address, 8)),
            TrapKind::MemoryOutOfBounds
        );
        assert_eq!(
            kind(instance.copy(address, 0, 8)),
            TrapKind::MemoryOutOfBounds
        );
    }
    // The sum with the offset would be 8.
    let around = (1i64 << 32).wrapping_neg() + 8;
    assert_eq!(
        kind(instance.load_beyond_4_gib(around)),
        TrapKind::MemoryOutOfBounds
    );
    assert_eq!(
        kind(instance.load_far(i64::MIN + 9)),
        TrapKind::MemoryOutOfBounds
    );
    assert_eq!(instance.memory().read(8, 5).expect("unchanged"), b"eight");
}

#[test]
fn it_grows() {
    let mut instance = instance();
    assert_eq!(instance.grow(2).expect("no trap"), 1);
    assert_eq!(instance.size().expect("no trap"), 3);
    instance.store_(3 * 65536 - 8, 7).expect("no trap");
    instance.copy(65536, 3 * 65536 - 8, 8).expect("no trap");
    assert_eq!(instance.load(65536).expect("no trap"), 7);
    for too_much in [1 << 32, 1 << 48, i64::MIN, -1, -3] {
        assert_eq!(instance.grow(too_much).expect("no trap"), -1);
    }
    assert_eq!(instance.memory().size(), 3);
    let mut memory = instance.memory();
    memory.write(-1, b"").expect_err("beyond");
    memory.write(1u64 << 40, b"x").expect_err("beyond");
    memory.write(100u64, b"x").expect("room");
}

#[test]
fn more_than_4_gib() {
    let mut instance = instance();
    // A new memory, so that in checked form nothing is copied.
    if cfg!(feature = "checked") || instance.grow(65536).expect("no trap") == -1 {
        return;
    }
    instance.store_(1 << 32, 5).expect("no trap");
    assert_eq!(instance.load_beyond_4_gib(0).expect("no trap"), 5);
    assert_eq!(instance.load(0).expect("no trap"), 0);
    assert_eq!(
        instance.memory().read(1u64 << 32, 1).expect("there"),
        &[5][..]
    );
}

#[test]
fn tables_have_64_bit_indices() {
    let mut instance = instance();
    assert_eq!(instance.apply(1).expect("no trap"), 1);
    assert_eq!(instance.apply(2).expect("no trap"), 2);
    assert_eq!(kind(instance.apply(0)), TrapKind::UninitializedElement);
    for index in [4, 1 << 32, (1 << 32) + 1, i64::MAX, i64::MIN, -1] {
        assert_eq!(kind(instance.apply(index)), TrapKind::UndefinedElement);
        assert_eq!(
            kind(instance.table_set_null(index)),
            TrapKind::TableOutOfBounds
        );
        assert_eq!(
            kind(instance.table_is_null(index)),
            TrapKind::TableOutOfBounds
        );
        assert_eq!(
            kind(instance.table_fill(index, 1)),
            TrapKind::TableOutOfBounds
        );
        assert_eq!(
            kind(instance.table_init(index, 0, 1)),
            TrapKind::TableOutOfBounds
        );
        assert_eq!(
            kind(instance.within(0, index, 1)),
            TrapKind::TableOutOfBounds
        );
        assert_eq!(
            kind(instance.to_small(0, index, 1)),
            TrapKind::TableOutOfBounds
        );
    }
    assert_eq!(
        kind(instance.table_fill(0, 1 << 32)),
        TrapKind::TableOutOfBounds
    );
    instance.to_small(1, 1, 2).expect("no trap");
    assert_eq!(instance.apply_small(2).expect("no trap"), 2);
    instance.within(0, 1, 2).expect("no trap");
    assert_eq!(instance.apply(0).expect("no trap"), 1);
    instance.table_init(2, 0, 2).expect("no trap");
    assert_eq!(instance.apply(3).expect("no trap"), 1);
    instance.table_set_null(3).expect("no trap");
    assert_eq!(instance.table_is_null(3).expect("no trap"), 1);
}

#[test]
fn tables_grow() {
    let mut instance = instance();
    for too_much in [7, 1 << 32, i64::MIN, -1] {
        assert_eq!(instance.table_grow(too_much).expect("no trap"), -1);
    }
    assert_eq!(instance.table_grow(6).expect("no trap"), 4);
    assert_eq!(instance.table_size().expect("no trap"), 10);
    assert_eq!(instance.apply(9).expect("no trap"), 1);
    let table = instance.table();
    assert!(table.is_table64());
    assert_eq!((table.size(), table.maximum()), (10, Some(10)));
    let other =
        Table::<wasm2rs_support::FuncRef>::new64(&Store::new(), 3, Some(1 << 40)).expect("room");
    assert_eq!((other.size(), other.maximum()), (3, Some(1 << 40)));
}
