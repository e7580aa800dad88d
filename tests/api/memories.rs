//! Several memories, of all types.

use wasm2rs_support::{
    Extern, HostError, Imports, InstantiationError, LinkReason, Memory, MemoryType, Store, TrapKind,
};

use crate::kind;

mod memories {
    include_module!("modules/memories.wat");
}

struct Host {
    shared: Memory,
}

impl memories::Env for Host {
    fn shared(&mut self) -> Memory {
        self.shared.clone()
    }

    fn seen(caller: &mut memories::Caller<'_, Self>) -> Result<i32, HostError> {
        assert!(caller.exported_memory("sum").is_none(), "a function");
        assert!(caller.exported_memory("nothing").is_none());
        let mut exact = caller.exported_memory("exact").expect("a memory");
        let before = exact.read(0, 1)?[0];
        exact.write(0, &[before + 1])?;
        drop(exact);
        caller.instance().wide().write(1u64 << 15, b"seen")?;
        assert_eq!(caller.memory().read(16, 6)?, b"shared");
        Ok(i32::from(before) * 100)
    }
}

fn instance() -> memories::Instance<Host> {
    let store = Store::new();
    let shared = Memory::new(&store, 1, Some(4)).expect("a memory");
    memories::Instance::new(Host { shared }).expect("an instance")
}

#[test]
fn each_has_its_own_data_and_size() {
    let mut instance = instance();
    assert_eq!(instance.shared().read(16, 7).expect("there"), b"shared\0");
    assert_eq!(instance.wide().read(16, 6).expect("there"), b"wide!\0");
    assert_eq!(instance.exact().data(), b"\0\0\0\0exact!");
    assert_eq!(instance.sizes().expect("no trap"), (1, 1, 10, 1));
    instance.last().write(4, &[1]).expect("room");
    assert_eq!(instance.sum(4).expect("no trap"), i32::from(b'e') + 1);
    instance.store_all(9, 50).expect("no trap");
    assert_eq!(instance.sum(9).expect("no trap"), 200);
    // The smallest decides.
    assert_eq!(kind(instance.sum(10)), TrapKind::MemoryOutOfBounds);
}

#[test]
fn each_grows_in_its_own_pages() {
    let mut instance = instance();
    assert_eq!(instance.grow_all(3).expect("no trap"), (1, 1, 10, 1));
    assert_eq!(instance.sizes().expect("no trap"), (4, 4, 13, 4));
    assert_eq!(instance.grow_all(7).expect("no trap"), (-1, -1, 13, 4));
    assert_eq!(instance.exact().data().len(), 20);
    assert_eq!(instance.exact().grow(1), None);
    assert_eq!(instance.wide().grow(u64::MAX), None);
    assert_eq!(instance.wide().grow(6), Some(4));
    instance.wide().write(0x9_ffff_i64, b"!").expect("room");
    let wide = instance.wide().memory_type();
    assert_eq!(wide, MemoryType::new(10, Some(10)).memory64());
}

#[test]
fn bytes_go_from_one_to_the_other() {
    let mut instance = instance();
    instance.wide_to_exact(0, 16, 5).expect("no trap");
    assert_eq!(instance.exact().data(), b"wide!xact!");
    instance.exact_to_wide(65526, 0, 10).expect("no trap");
    assert_eq!(
        instance.wide().read(65526, 10).expect("there"),
        b"wide!xact!"
    );
    instance.init_exact(8, 2, 2).expect("no trap");
    assert_eq!(instance.exact().data(), b"wide!xacss");
    instance.last().write(0, b"last").expect("room");
    instance.last_to_shared(65532, 0, 4).expect("no trap");
    assert_eq!(instance.shared().read(65532, 4).expect("there"), b"last");
    instance.fill_wide(1, 2).expect("no trap");
    assert_eq!(instance.wide().read(0, 4).expect("there"), b"\0ww\0");
    for result in [
        instance.wide_to_exact(6, 0, 5),
        instance.wide_to_exact(0, 65530, 7),
        instance.wide_to_exact(0, -1, 2),
        instance.exact_to_wide(65527, 0, 10),
        instance.exact_to_wide(i64::MAX, 0, 1),
        instance.last_to_shared(0, 65533, 4),
        instance.init_exact(9, 0, 2),
        instance.fill_wide(-1, 2),
        instance.fill_wide(2, -1),
        instance.fill_wide(0, 65537),
    ] {
        assert_eq!(kind(result), TrapKind::MemoryOutOfBounds);
    }
}

#[test]
fn host_functions_reach_all_of_them() {
    let mut instance = instance();
    instance.exact().write(0, &[3]).expect("room");
    assert_eq!(instance.around_a_call().expect("no trap"), 3 + 300 + 4);
    assert_eq!(instance.wide().read(1 << 15, 4).expect("there"), b"seen");
}

#[test]
fn recursion_keeps_them() {
    let mut instance = instance();
    assert_eq!(instance.down(1000).expect("no trap"), 500_500);
}

#[test]
fn imports_match_by_type() {
    let store = Store::new();
    let link = |memory_type: MemoryType| {
        let memory = Memory::of_type(&store, memory_type).expect("a memory");
        let mut imports = Imports::new();
        let seen = instance().func("sum").expect("a function");
        imports.define("env", "shared", Extern::Memory(memory));
        imports.define("env", "seen", Extern::Func(seen));
        match memories::Instance::link(&store, &imports) {
            Err(InstantiationError::Link(error)) => error,
            _ => panic!("the function is of another type at least"),
        }
    };
    // Functions are looked at first.
    let error = link(MemoryType::new(1, Some(4)));
    assert_eq!(error.name, "seen");
    assert!(matches!(error.reason, LinkReason::IncompatibleType(..)));

    let message = |memory_type| {
        let mut imports = Imports::new();
        let memory = Memory::of_type(&store, memory_type).expect("a memory");
        imports.define("m", "wide", Extern::Memory(memory));
        match crate::memory64::importing(&store, &imports) {
            Err(InstantiationError::Link(error)) => error.to_string(),
            Err(error) => panic!("{error}"),
            Ok(()) => String::new(),
        }
    };
    assert_eq!(message(MemoryType::new(2, None).memory64()), "");
    let wanted = "incompatible import type: `m` `wide` must be a 64-bit memory of 2 or more pages, \
                  it is a ";
    for (memory_type, got) in [
        (MemoryType::new(2, None), "memory of 2 or more pages"),
        (
            MemoryType::new(1, Some(9)).memory64(),
            "64-bit memory of 1 to 9 pages",
        ),
        (
            MemoryType::new(70000, None).memory64().single_bytes(),
            "64-bit memory of 70000 or more bytes",
        ),
    ] {
        assert_eq!(message(memory_type), format!("{wanted}{got}"));
    }
}
