//! Threads, each with an instance of its own, over one memory.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use wasm2rs_support::{
    Extern, HostError, Imports, InstantiationError, LinkReason, Memory, MemoryError, MemoryType,
    SharedMemory, Store, TrapKind, WaitResult,
};

use crate::kind;

mod shared_memory {
    include_module!("modules/shared_memory.wat");
}

#[derive(Clone)]
struct Host {
    memory: SharedMemory,
}

impl shared_memory::Env for Host {
    fn memory(&mut self) -> SharedMemory {
        self.memory.clone()
    }

    fn told(caller: &mut shared_memory::Caller<'_, Self>, at: i32) -> Result<i32, HostError> {
        let memory = caller.shared_memory().expect("it is shared");
        assert!(memory.same(&caller.memory));
        assert!(
            caller.exported_memory("memory").is_none(),
            "there are no slices of it"
        );
        assert!(caller.instance().memory().same(&memory));
        Ok(memory.atomic_add_u32(at, 1)?.cast_signed())
    }
}

type Instance = shared_memory::Instance<Host>;

fn memory() -> SharedMemory {
    SharedMemory::new(1, 8).expect("a memory")
}

fn instance(memory: &SharedMemory) -> Instance {
    let memory = memory.clone();
    shared_memory::Instance::new(Host { memory }).expect("an instance")
}

/// Runs `f` in so many threads at once, each with an instance.
fn threads(memory: &SharedMemory, count: usize, f: impl Fn(&mut Instance) + Sync) {
    thread::scope(|scope| {
        for _ in 0..count {
            scope.spawn(|| f(&mut instance(memory)));
        }
    });
}

/// How often; Miri is slow.
const TIMES: u32 = if cfg!(miri) { 5 } else { 1_000 };

#[test]
fn they_count_together() {
    let memory = memory();
    threads(&memory, 4, |instance| {
        instance.count(10 * TIMES.cast_signed()).expect("no trap");
        instance.with_lock(TIMES.cast_signed()).expect("no trap");
        for _ in 0..TIMES {
            instance.tell(32).expect("no trap");
        }
    });
    let count = memory.atomic_load_u64(8).expect("there");
    assert_eq!(count, 40 * u64::from(TIMES));
    assert_eq!(memory.atomic_load_u32(24).expect("there"), 4 * TIMES);
    assert_eq!(memory.atomic_load_u32(32).expect("there"), 4 * TIMES);
}

#[test]
fn reads_stay_in_order() {
    let memory = memory();
    memory.atomic_store_u32(0, 7).expect("there");
    assert_eq!(instance(&memory).order(0).expect("no trap"), (7, 7, 12));
}

#[test]
fn they_wait_for_each_other_and_for_the_host() {
    let memory = memory();
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(|| {
            let result = instance(&memory).wait(64, 0, -1).expect("no trap");
            sender.send(result).expect("somebody listens");
        });
        let mut other = instance(&memory);
        // Another waits for something else, and doesn't notice.
        assert_eq!(other.wait(68, 0, 1_000_000).expect("no trap"), 2);
        assert_eq!(other.wait(68, 1, -1).expect("no trap"), 1);
        while memory.notify(64, 1).expect("there") == 0 {
            thread::yield_now();
        }
        assert_eq!(receiver.recv(), Ok(0));
        scope.spawn(|| {
            let result = memory.wait_u64(72, 0, None).expect("there");
            assert_eq!(result, WaitResult::Notified);
        });
        while other.notify(72, 1).expect("no trap") == 0 {
            thread::yield_now();
        }
    });
    let timeout = Some(Duration::from_micros(10));
    assert_eq!(
        memory.wait_u32(64, 1, None).expect("there"),
        WaitResult::NotEqual
    );
    assert_eq!(
        memory.wait_u32(64, 0, timeout).expect("there"),
        WaitResult::TimedOut
    );
    assert_eq!(
        kind(memory.wait_u32(65, 0, timeout)),
        TrapKind::UnalignedAtomic
    );
    assert_eq!(kind(memory.notify(65536, 1)), TrapKind::MemoryOutOfBounds);
}

#[test]
fn who_waits_holds_up_nobody_else() {
    let memory = memory();
    let store = Store::new();
    thread::scope(|scope| {
        let mut waiting = instance(&memory);
        scope.spawn(move || assert_eq!(waiting.wait(0, 0, -1).expect("no trap"), 0));
        // Others may do all they like meanwhile.
        let mut other = shared_memory::Instance::new_in(
            &store,
            Host {
                memory: memory.clone(),
            },
        )
        .expect("an instance");
        other.count(5).expect("no trap");
        assert_eq!(other.grow(1).expect("no trap"), 1);
        memory.write(100, b"host").expect("room");
        while other.notify(0, -1).expect("no trap") == 0 {
            thread::yield_now();
        }
    });
}

#[test]
fn growth_is_seen_by_all() {
    let memory = memory();
    threads(&memory, 3, |instance| {
        let size = instance.size().expect("no trap");
        instance.load((size << 16) - 4).expect("inside");
        while instance.grow(1).expect("no trap") != -1 {
            let size = instance.size().expect("no trap");
            instance.load((size << 16) - 4).expect("inside");
        }
        assert_eq!(instance.size().expect("no trap"), 8);
    });
    assert_eq!(
        (memory.size(), memory.grow(1), memory.grow(0)),
        (8, None, Some(8))
    );
    assert_eq!(memory.memory_type().minimum(), 8);
    let mut instance = instance(&memory);
    assert_eq!(kind(instance.load(8 << 16)), TrapKind::MemoryOutOfBounds);
    assert_eq!(
        kind(instance.load_atomic(8 << 16)),
        TrapKind::MemoryOutOfBounds
    );
    assert_eq!(kind(instance.load_atomic(2)), TrapKind::UnalignedAtomic);
}

#[test]
fn bytes_are_copied() {
    let memory = memory();
    let mut instance = instance(&memory);
    instance.text(1000).expect("room");
    assert_eq!(
        memory.read_string(999, 13).expect("there"),
        "\0xxxxxxxtext\0"
    );
    memory.write(5, b"abc").expect("room");
    let mut bytes = [0; 5];
    memory.read(4, &mut bytes).expect("there");
    assert_eq!(&bytes, b"\0abc\0");
    assert_eq!(memory.read_vec(65533, 3).expect("there"), [0; 3]);
    assert_eq!(kind(memory.read_vec(65533, 4)), TrapKind::MemoryOutOfBounds);
    assert_eq!(kind(memory.read_vec(0, -1)), TrapKind::MemoryOutOfBounds);
    assert_eq!(
        kind(memory.read(-1, &mut bytes)),
        TrapKind::MemoryOutOfBounds
    );
    assert_eq!(
        kind(memory.write(65535, b"ab")),
        TrapKind::MemoryOutOfBounds
    );
    assert_eq!(kind(memory.atomic_load_u64(4)), TrapKind::UnalignedAtomic);
    assert_eq!(
        kind(memory.atomic_store_u32(65536, 1)),
        TrapKind::MemoryOutOfBounds
    );
    assert_eq!(
        memory.atomic_compare_exchange_u64(8, 0, 5).expect("there"),
        0
    );
    assert_eq!(
        memory.atomic_compare_exchange_u64(8, 0, 6).expect("there"),
        5
    );
}

#[test]
fn other_memories_have_atomic_instructions_too() {
    let memory = memory();
    let mut instance = instance(&memory);
    assert_eq!(
        (
            instance.own_add(8, 3).expect("no trap"),
            instance.own_add(8, 1).expect("no trap")
        ),
        (0, 3)
    );
    assert_eq!(kind(instance.own_add(9, 1)), TrapKind::UnalignedAtomic);
    assert_eq!(
        kind(instance.own_add(65536, 1)),
        TrapKind::MemoryOutOfBounds
    );
    assert_eq!(kind(instance.own_wait()), TrapKind::ExpectedSharedMemory);
    for (value, was) in [(5, 0), (3, 5), (9, 5), (9, 9)] {
        assert_eq!(instance.wide_max(65532, value).expect("no trap"), was);
    }
    assert_eq!(
        kind(instance.wide_max(65536, 1)),
        TrapKind::MemoryOutOfBounds
    );
    assert_eq!(kind(instance.wide_max(-4, 1)), TrapKind::MemoryOutOfBounds);
    assert_eq!(
        kind(instance.wide_max(1 << 40 | 2, 1)),
        TrapKind::UnalignedAtomic
    );
    assert_eq!(instance.wide().atomic_load_u32(65532).expect("there"), 9);
    assert!(instance.wide().memory_type().is_memory64());
}

#[test]
fn they_link_across_stores() {
    let memory = memory();
    let mut first = instance(&memory);
    let Some(Extern::SharedMemory(exported)) = first.export("memory") else {
        panic!("a shared memory");
    };
    assert!(exported.same(&memory));
    let store = Store::new();
    let told = instance(&memory).func("tell").expect("a function");
    let mut imports = Imports::new();
    imports.define("env", "memory", Extern::SharedMemory(exported));
    imports.define("env", "told", Extern::Func(told.clone()));
    let linked = shared_memory::Instance::link(told.store(), &imports);
    linked.expect("an instance").count(2).expect("no trap");
    assert_eq!(memory.atomic_load_u64(8).expect("there"), 2);

    let mut refused = |memory: Extern| {
        imports.define("env", "memory", memory);
        match shared_memory::Instance::link(told.store(), &imports) {
            Err(InstantiationError::Link(error)) => match error.reason {
                LinkReason::IncompatibleType(expected, got) => {
                    assert_eq!(expected, "a shared memory of 1 to 8 pages");
                    got
                }
                other => panic!("{other:?}"),
            },
            _ => panic!("it was linked"),
        }
    };
    let unshared = Memory::new(&store, 1, Some(8)).expect("a memory");
    assert_eq!(
        refused(Extern::Memory(unshared)),
        "a memory of 1 to 8 pages"
    );
    let larger = SharedMemory::new(1, 9).expect("a memory");
    assert_eq!(
        refused(Extern::SharedMemory(larger)),
        "a shared memory of 1 to 9 pages"
    );
    let wide = MemoryType::new(1, Some(8)).memory64().shared();
    let wide = SharedMemory::of_type(wide).expect("a memory");
    assert_eq!(
        refused(Extern::SharedMemory(wide)),
        "a shared 64-bit memory of 1 to 8 pages"
    );
}

#[test]
fn types_are_of_one_kind_or_the_other() {
    let (shared, unshared) = (
        MemoryType::new(1, Some(2)).shared(),
        MemoryType::new(1, Some(2)),
    );
    let store = Store::new();
    let error = Memory::of_type(&store, shared).expect_err("shared");
    assert_eq!(
        error,
        MemoryError::Shared {
            memory_type: shared
        }
    );
    assert!(
        error.to_string().contains("SharedMemory::of_type"),
        "{error}"
    );
    let error = SharedMemory::of_type(unshared).expect_err("not shared");
    assert_eq!(
        error,
        MemoryError::NotShared {
            memory_type: unshared
        }
    );
    let endless = MemoryType::new(1, None).shared();
    assert!(SharedMemory::of_type(endless).is_err());
}
