//! What modules ask of their host beyond what they are: WASI's reactors and threads, emscripten,
//! AssemblyScript.

use std::sync::mpsc;
use std::time::Duration;

use wasm2rs_support::assembly_script::{self, Abort};
use wasm2rs_support::emscripten::Unwinding;
use wasm2rs_support::wasi::{Wasi, WasiBuffer, WasiHost};
use wasm2rs_support::wasi_threads::{WasiThreadError, WasiThreads};
use wasm2rs_support::{HostError, SharedMemory, TrapKind};

use crate::kind;

mod exits {
    wasm2rs_support::include_wasm!("modules/exits.wat");
}
mod emscripten {
    wasm2rs_support::include_wasm!("modules/emscripten.wat");
}
mod guest_threads {
    wasm2rs_support::include_wasm!("modules/wasi-threads.wat");
}
mod script {
    wasm2rs_support::include_wasm!("modules/assembly-script.wat");
}

struct Reactor(Wasi);

impl WasiHost for Reactor {
    fn wasi(&mut self) -> &mut Wasi {
        &mut self.0
    }
}

impl exits::Env for Reactor {
    fn back(caller: &mut exits::Caller<'_, Self>, code: i32) -> Result<i32, HostError> {
        Ok(caller.instance().deep(10, code)?)
    }
}

#[test]
fn a_reactor_exits_from_any_depth_and_goes_on() {
    let host = Reactor(Wasi::builder().build());
    let mut reactor = exits::Instance::new(host).expect("an instance");
    reactor.initialize().expect("no trap");
    for code in [0, 1, 255, -1] {
        for result in [
            reactor.deep(0, code),
            reactor.deep(10_000, code),
            reactor.through(code),
        ] {
            let trap = result.expect_err("it exits");
            assert_eq!(trap.exit_code(), Some(code));
        }
        // It is still what it was.
        assert_eq!(reactor.ready().expect("no trap"), 1);
    }
}

struct Emscripten;

impl emscripten::Env for Emscripten {
    fn invoke_i(_: &mut emscripten::Caller<'_, Self>, index: i32) -> Result<i64, HostError> {
        Ok(i64::from(index) + 1000)
    }

    fn emscripten_resize_heap(
        caller: &mut emscripten::Caller<'_, Self>,
        size: i32,
    ) -> Result<i32, HostError> {
        let mut memory = caller.memory();
        let wanted = u64::from(size.cast_unsigned()).div_ceil(65536);
        let missing = wanted.saturating_sub(memory.size());
        let grown = memory.grow(missing).is_some();
        // It is there at once.
        if grown {
            memory.write(size.wrapping_sub(1), b"x")?;
        }
        Ok(grown.into())
    }

    fn cxa_throw(_: &mut emscripten::Caller<'_, Self>) -> Result<(), HostError> {
        Err(Unwinding.into())
    }
}

#[test]
fn longjmp_leads_to_the_invoke_before_it() {
    let mut instance = emscripten::Instance::new(Emscripten).expect("an instance");
    let double = instance.invoke(1, 21).expect("no trap");
    assert_eq!((double, instance.threw().expect("no trap")), (42, 0));
    // By `longjmp`, and by the host's own.
    for function in [2, 6] {
        let left = instance.invoke(function, 21).expect("no trap");
        assert_eq!((left, instance.threw().expect("no trap")), (0, 1));
    }
    // The stack is where it was.
    assert_eq!(instance.stackSave().expect("no trap"), 65536);
    let nested = instance.invoke(4, 0).expect("no trap");
    assert_eq!((nested, instance.threw().expect("no trap")), (101, 0));
    let deep = instance.invoke(7, 100).expect("no trap");
    assert_eq!((deep, instance.threw().expect("no trap")), (100, 1));
    // What is no `longjmp` is not caught.
    assert_eq!(kind(instance.invoke(3, 0)), TrapKind::Unreachable);
    assert_eq!(kind(instance.invoke(0, 0)), TrapKind::UninitializedElement);
    assert_eq!(
        kind(instance.invoke(5, 0)),
        TrapKind::IndirectCallTypeMismatch
    );
    assert_eq!(kind(instance.invoke(99, 0)), TrapKind::UndefinedElement);
    assert_eq!(instance.threw().expect("no trap"), 0);
    instance.keep(2.5).expect("no trap");
    assert_eq!(instance.stored().expect("no trap"), 2.5);
    assert_eq!(instance.other().expect("no trap"), 1009);
}

#[test]
fn hosts_grow_the_memory_of_who_called_them() {
    let mut instance = emscripten::Instance::new(Emscripten).expect("an instance");
    assert_eq!(instance.use_(100).expect("no trap"), 42);
    assert_eq!(instance.memory().size(), 1);
    assert_eq!(instance.use_(5 << 16).expect("no trap"), 42);
    assert_eq!(instance.memory().size(), 6);
    // More than it may have.
    assert_eq!(kind(instance.use_(200 << 16)), TrapKind::MemoryOutOfBounds);
}

struct Threads {
    wasi: Wasi,
    memory: SharedMemory,
    threads: WasiThreads,
}

impl WasiHost for Threads {
    fn wasi(&mut self) -> &mut Wasi {
        &mut self.wasi
    }
}

impl guest_threads::Env for Threads {
    fn memory(&mut self) -> SharedMemory {
        self.memory.clone()
    }
}

impl guest_threads::Wasi for Threads {
    fn thread_spawn(
        caller: &mut guest_threads::Caller<'_, Self>,
        argument: i32,
    ) -> Result<i32, HostError> {
        let host = Threads {
            wasi: caller.wasi.for_thread(),
            memory: caller.memory.clone(),
            threads: caller.threads.clone(),
        };
        Ok(caller.threads.spawn(move |number| {
            guest_threads::Instance::new(host)?.wasi_thread_start(number, argument)?;
            Ok(())
        }))
    }
}

#[test]
fn guests_start_threads() {
    let output = WasiBuffer::new();
    let memory = SharedMemory::new(1, 4).expect("a memory");
    let (sender, failures) = mpsc::channel();
    let host = Threads {
        wasi: Wasi::builder().stdout(output.clone()).build(),
        memory: memory.clone(),
        threads: WasiThreads::new(move |error| sender.send(error).expect("a receiver")),
    };
    let mut main = guest_threads::Instance::new(host).expect("an instance");
    for number in 1..=8 {
        assert_eq!(main.spawn(1000).expect("no trap"), number);
    }
    assert_eq!(main.wait(8).expect("no trap"), 8000);
    assert_eq!(output.contents(), "thread\n".repeat(8).as_bytes());
    for number in 1..=8_u32 {
        let line = 1024 + number * 32;
        assert_eq!(memory.atomic_load_u32(line + 8).expect("in bounds"), 7);
        assert_ne!(memory.atomic_load_u64(line + 16).expect("in bounds"), 0);
    }
    // How others end is told.
    let wait = Duration::from_secs(60);
    main.spawn(-1).expect("no trap");
    let error = failures.recv_timeout(wait).expect("a trap");
    assert!(matches!(error, WasiThreadError::Trap(trap) if trap.kind() == TrapKind::Unreachable));
    main.spawn(-2).expect("no trap");
    let error = failures.recv_timeout(wait).expect("an exit");
    assert!(matches!(error, WasiThreadError::Trap(trap) if trap.exit_code() == Some(7)));
}

#[derive(Default)]
struct Script(Vec<String>);

impl script::Env for Script {
    fn abort(
        caller: &mut script::Caller<'_, Self>,
        message: i32,
        file: i32,
        line: i32,
        column: i32,
    ) -> Result<(), HostError> {
        let memory = caller.memory();
        Err(assembly_script::abort(&memory, message, file, line, column))
    }

    fn trace(
        caller: &mut script::Caller<'_, Self>,
        message: i32,
        count: i32,
        a: f64,
        b: f64,
        c: f64,
        d: f64,
        e: f64,
    ) -> Result<(), HostError> {
        let (host, memory) = caller.split();
        let line = assembly_script::trace(&memory, message, count, [a, b, c, d, e])?;
        host.0.push(line);
        Ok(())
    }

    fn seed(_: &mut script::Caller<'_, Self>) -> Result<f64, HostError> {
        Ok(assembly_script::seed())
    }
}

#[test]
fn assembly_script_aborts_and_traces() {
    let mut script = script::Instance::new(Script::default()).expect("an instance");
    let trap = script.fail().expect_err("it aborts");
    let abort = trap.downcast_ref::<Abort>().expect("an abort");
    assert_eq!(abort.to_string(), "oops at a.ts:3:9");
    script.say().expect("no trap");
    assert_eq!(script.host().0, ["trace: oops 1.5,2"]);
    assert_ne!(
        script.random().expect("no trap"),
        script.random().expect("no trap")
    );
}
