//! Host functions: state, failing, panicking, and going back and forth.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::rc::Rc;

use wasm2rs_support::{HostError, Trap, TrapKind};

use crate::kind;

mod host {
    include_module!("modules/host.wat");
}

/// An error of our own, which is not `Clone` and owns something.
#[derive(Debug)]
struct Ours {
    text: String,
}

impl fmt::Display for Ours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for Ours {}

/// What a panic carries.
#[derive(Debug, PartialEq)]
struct Payload(u64);

/// Counts host functions that have begun and not ended.
struct Guard(Rc<Cell<u32>>);

impl Guard {
    fn new(count: &Rc<Cell<u32>>) -> Guard {
        count.set(count.get() + 1);
        Guard(count.clone())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

#[derive(Default)]
struct Host {
    calls: u32,
    seen: i32,
    open: Rc<Cell<u32>>,
    /// Whether a failure of what was called back ends here.
    swallow: bool,
}

const FAIL: i32 = 2;
const PANIC: i32 = 3;
const EXIT: i32 = 4;
const DESCRIBE: i32 = 5;
const OUT_OF_BOUNDS: i32 = 6;

impl host::Env for Host {
    fn down(caller: &mut host::Caller<'_, Self>, what: i32) -> Result<i32, HostError> {
        let _guard = Guard::new(&caller.open);
        caller.calls += 1;
        let (last, left) = (what >> 16, what & 0xFFFF);
        // The module's latest changes are seen from here, and ours from there.
        let depth = caller.instance().depth();
        assert_eq!(u32::try_from(depth)?, caller.calls);
        let place = (left.cast_unsigned() + 1) * 4;
        let bytes = caller.memory().read_vec(place, 4)?;
        assert_eq!(bytes, (left + 1).to_le_bytes());
        let result = caller.instance().go(left, last);
        if caller.swallow && result.is_err() {
            return Ok(-1000);
        }
        Ok(result?)
    }

    fn last(caller: &mut host::Caller<'_, Self>, last: i32) -> Result<i32, HostError> {
        let _guard = Guard::new(&caller.open);
        caller.seen = last;
        match last {
            FAIL => Err(Ours {
                text: "ours".repeat(3),
            }
            .into()),
            PANIC => panic_any(Payload(0x1234_5678_9ABC)),
            EXIT => Err(HostError::exit(17)),
            DESCRIBE => Err(HostError::message("only described")),
            OUT_OF_BOUNDS => {
                caller.memory().read(65530, 10)?;
                Ok(0)
            }
            _ => Ok(last * 1000),
        }
    }
}

fn instance() -> host::Instance<Host> {
    host::Instance::new(Host::default()).expect("an instance")
}

/// After whatever happened: nothing is left behind, and the instance works.
fn assert_sound(instance: &mut host::Instance<Host>) {
    assert_eq!(
        instance.host().open.get(),
        0,
        "every host function has ended"
    );
    instance.host().calls = 0;
    instance.set_depth(0);
    assert_eq!(instance.go(3, 0).expect("no trap"), 104);
    assert_eq!(instance.host().calls, 3);
}

#[test]
fn back_and_forth() {
    let mut instance = instance();
    assert_eq!(instance.go(100, 0).expect("no trap"), 201);
    assert_eq!(instance.host().calls, 100);
    assert_eq!(instance.depth(), 101);
    instance.host().calls = 0;
    instance.set_depth(0);
    assert_eq!(instance.go(10, 7).expect("no trap"), 7011);
    assert_eq!(instance.host().seen, 7);
    assert_sound(&mut instance);
}

#[test]
fn a_trap_comes_through_all_levels() {
    let mut instance = instance();
    for left in [0, 1, 2, 50] {
        instance.host().calls = 0;
        instance.set_depth(0);
        assert_eq!(kind(instance.go(left, 1)), TrapKind::Unreachable);
        assert_sound(&mut instance);
    }
}

#[test]
fn a_trap_can_end_in_between() {
    let mut instance = instance();
    instance.host().swallow = true;
    // The innermost host function hides the failure; each level adds one.
    assert_eq!(instance.go(10, 1).expect("hidden"), -990);
    instance.host().calls = 0;
    instance.set_depth(0);
    assert_eq!(instance.go(10, FAIL).expect("hidden"), -990);
    assert_sound(&mut instance);
}

#[test]
fn an_error_comes_out_as_it_went_in() {
    let mut instance = instance();
    for left in [0, 1, 50] {
        instance.host().calls = 0;
        instance.set_depth(0);
        let trap = instance.go(left, FAIL).expect_err("it fails");
        assert_eq!(trap.kind(), TrapKind::Host);
        assert_eq!(trap.to_string(), "host error: oursoursours");
        assert_eq!(
            trap.downcast_ref::<Ours>().map(|ours| ours.text.len()),
            Some(12)
        );
        assert!(trap.source().is_some());
        // Not something else.
        let trap = trap.downcast::<fmt::Error>().expect_err("another type");
        assert_eq!(trap.downcast::<Ours>().expect("ours").text, "oursoursours");
        assert_sound(&mut instance);
    }
}

#[test]
fn other_failures() {
    let mut instance = instance();
    let trap = instance.go(0, EXIT).expect_err("it ends");
    assert_eq!(
        (trap.exit_code(), trap.kind()),
        (Some(17), TrapKind::Exit(17))
    );
    instance.set_depth(0);
    let trap = instance.go(5, DESCRIBE).expect_err("it fails");
    assert_eq!(trap.to_string(), "host error: only described");
    instance.set_depth(0);
    instance.host().calls = 0;
    assert_eq!(
        kind(instance.go(5, OUT_OF_BOUNDS)),
        TrapKind::MemoryOutOfBounds
    );
    assert_sound(&mut instance);
}

#[test]
fn a_panic_of_the_host_passes_through_intact() {
    let mut instance = instance();
    for left in [0, 1, 50] {
        instance.host().calls = 0;
        instance.set_depth(0);
        let panic = catch_unwind(AssertUnwindSafe(|| instance.go(left, PANIC).map(|_| ())));
        let payload = panic.expect_err("it panics");
        assert_eq!(
            payload.downcast_ref::<Payload>(),
            Some(&Payload(0x1234_5678_9ABC))
        );
        assert_sound(&mut instance);
    }
}

#[test]
fn a_panic_can_be_caught_in_between() {
    struct Catching(u32);
    impl host::Env for Catching {
        fn down(caller: &mut host::Caller<'_, Self>, what: i32) -> Result<i32, HostError> {
            let call = AssertUnwindSafe(|| caller.instance().go(what & 0xFFFF, what >> 16));
            match catch_unwind(call) {
                Ok(result) => Ok(result?),
                Err(_) => {
                    caller.0 += 1;
                    Ok(5)
                }
            }
        }
        fn last(_: &mut host::Caller<'_, Self>, _: i32) -> Result<i32, HostError> {
            panic!("in the innermost")
        }
    }
    let mut instance = host::Instance::new(Catching(0)).expect("an instance");
    assert_eq!(instance.go(4, PANIC).expect("caught"), 9);
    assert_eq!(instance.host().0, 1);
    assert_eq!(instance.go(4, 0).expect("no trap"), 105);
}

#[test]
fn two_instances_of_one_module_have_two_hosts() {
    let (mut a, mut b) = (instance(), instance());
    a.go(4, 0).expect("no trap");
    b.go(2, 0).expect("no trap");
    assert_eq!(a.host().calls, 4);
    assert_eq!(b.host().calls, 2);
    assert_eq!((a.depth(), b.depth()), (5, 3));
}

#[test]
fn one_host_function_calls_another_instance() {
    /// Passes everything on to an instance of its own.
    struct Outer(host::Instance<Host>);
    impl host::Env for Outer {
        fn down(caller: &mut host::Caller<'_, Self>, what: i32) -> Result<i32, HostError> {
            Ok(caller.0.go(what & 0xFFFF, what >> 16)?)
        }
        fn last(caller: &mut host::Caller<'_, Self>, last: i32) -> Result<i32, HostError> {
            Ok(caller.0.go(0, last)?)
        }
    }
    let mut outer = host::Instance::new(Outer(instance())).expect("an instance");
    assert_eq!(outer.go(5, 0).expect("no trap"), 106);
    outer.host().0.set_depth(0);
    outer.host().0.host().calls = 0;
    let trap: Trap = outer.go(3, FAIL).expect_err("it fails");
    assert!(trap.downcast_ref::<Ours>().is_some());
}

#[test]
fn the_host_and_the_memory_can_be_had_at_once() {
    #[derive(Default)]
    struct Copies(Vec<u8>);
    impl host::Env for Copies {
        fn down(_: &mut host::Caller<'_, Self>, _: i32) -> Result<i32, HostError> {
            Ok(0)
        }
        fn last(caller: &mut host::Caller<'_, Self>, _: i32) -> Result<i32, HostError> {
            let (host, mut memory) = caller.split();
            memory.write(100, b"copied")?;
            host.0.extend_from_slice(memory.read(98, 9)?);
            Ok(memory.size() as i32)
        }
    }
    let mut instance = host::Instance::new(Copies::default()).expect("an instance");
    assert_eq!(instance.go(0, 9).expect("no trap"), 2);
    assert_eq!(instance.host().0, b"\0\0copied\0");
}
