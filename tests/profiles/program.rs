//! Checks itself: traps, overflow on threads of all sorts, the host, deep nesting. Built and run
//! with several profiles by `profiles.rs`.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt;
use std::thread;

use wasm2rs_support::{HostError, Trap, TrapKind};

// As deep as it gets only where that is not optimised.
#[cfg_attr(debug_assertions, path = "deep_full.rs")]
#[cfg_attr(not(debug_assertions), path = "deep_some.rs")]
mod deep;
mod depths;
mod host;

use guest as traps;

/// Calls that trap, by name of the kind.
fn assert_traps(instance: &mut traps::Instance<()>) {
    type Call = fn(&mut traps::Instance<()>) -> Result<(), Trap>;
    let calls: [(TrapKind, Call); 19] = [
        (TrapKind::Unreachable, |i| i.unreachable()),
        (TrapKind::MemoryOutOfBounds, |i| {
            i.load_i32(65533).map(|_| ())
        }),
        (TrapKind::MemoryOutOfBounds, |i| i.load_f64(-1).map(|_| ())),
        (TrapKind::MemoryOutOfBounds, |i| i.load_far(-1).map(|_| ())),
        (TrapKind::MemoryOutOfBounds, |i| i.load_unused(-1)),
        (TrapKind::MemoryOutOfBounds, |i| i.store_i64(65529)),
        (TrapKind::MemoryOutOfBounds, |i| i.store_far(0)),
        (TrapKind::MemoryOutOfBounds, |i| i.fill(65535, 2)),
        (TrapKind::TableOutOfBounds, |i| i.table_get(2).map(|_| ())),
        (TrapKind::TableOutOfBounds, |i| i.table_copy(0, 3, 2)),
        (TrapKind::UndefinedElement, |i| i.call_number(4).map(|_| ())),
        (TrapKind::UninitializedElement, |i| {
            i.call_number(1).map(|_| ())
        }),
        (TrapKind::IndirectCallTypeMismatch, |i| i.call_nothing(0)),
        (TrapKind::IntegerDivideByZero, |i| {
            i.rem_u64(1, 0).map(|_| ())
        }),
        (TrapKind::IntegerDivideByZero, |i| i.div_unused(0)),
        (TrapKind::IntegerOverflow, |i| {
            i.div_s32(i32::MIN, -1).map(|_| ())
        }),
        (TrapKind::IntegerOverflow, |i| i.trunc_s(1e10).map(|_| ())),
        (TrapKind::InvalidConversionToInteger, |i| {
            i.trunc_u(f32::NAN).map(|_| ())
        }),
        (TrapKind::StackOverflow, |i| i.endless().map(|_| ())),
    ];
    for (place, (kind, call)) in calls.into_iter().enumerate() {
        let trap = call(instance).expect_err("a trap");
        assert_eq!(trap.kind(), kind, "call {place}");
        assert_eq!(instance.fine().expect("no trap"), 7);
    }
}

fn traps_and_overflow() {
    let mut instance = traps::Instance::new(()).expect("an instance");
    for _ in 0..3 {
        assert_traps(&mut instance);
        for call in [
            instance.even(1),
            instance.through_table(0),
            instance.count(-1),
        ] {
            assert_eq!(call.expect_err("a trap").kind(), TrapKind::StackOverflow);
        }
        assert_eq!(instance.count(100).expect("no trap"), 100);
    }
}

/// An error of the host's own.
#[derive(Debug)]
struct Ours(String);

impl fmt::Display for Ours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Ours {}

#[derive(Default)]
struct Host {
    calls: u32,
}

impl host::Env for Host {
    fn down(caller: &mut host::Caller<'_, Self>, what: i32) -> Result<i32, HostError> {
        caller.calls += 1;
        Ok(caller.instance().go(what & 0xFFFF, what >> 16)?)
    }

    fn last(_: &mut host::Caller<'_, Self>, last: i32) -> Result<i32, HostError> {
        match last {
            2 => Err(Ours("ours".to_string()).into()),
            3 => panic!("the host panicked"),
            _ => Ok(0),
        }
    }
}

fn back_and_forth() {
    let mut instance = host::Instance::new(Host::default()).expect("an instance");
    for left in [0, 1, 20] {
        assert_eq!(instance.go(left, 0).expect("no trap"), left + 101);
        let trap = instance.go(left, 1).expect_err("a trap");
        assert_eq!(trap.kind(), TrapKind::Unreachable);
        let trap = instance.go(left, 2).expect_err("an error");
        assert_eq!(trap.downcast::<Ours>().expect("ours").0, "ours");
        #[cfg(panic = "unwind")]
        {
            let call = std::panic::AssertUnwindSafe(|| instance.go(left, 3).map(|_| ()));
            let panic = std::panic::catch_unwind(call).expect_err("a panic");
            assert_eq!(panic.downcast_ref::<&str>(), Some(&"the host panicked"));
        }
    }
    assert!(instance.host().calls > 0);
}

fn deep_nesting() {
    let depths = if cfg!(debug_assertions) {
        depths::FULL
    } else {
        depths::SOME
    };
    let mut instance = deep::Instance::new(()).expect("an instance");
    for case in [0, 1, 250, 399, 400, 499, 500, 1500, 4999, 5000, u32::MAX] {
        let number = case.cast_signed();
        assert_eq!(
            instance.switch(number).expect("no trap"),
            depths.switched(case)
        );
        assert_eq!(instance.fall(number).expect("no trap"), depths.fallen(case));
        assert_eq!(instance.ifs(number).expect("no trap"), depths.chosen(case));
        assert_eq!(
            instance.values(number).expect("no trap"),
            depths.valued(case)
        );
    }
    assert_eq!(instance.loops(3000).expect("no trap"), depths.looped(3000));
}

fn main() {
    if std::env::args().nth(1).as_deref() == Some("panic") {
        let mut instance = host::Instance::new(Host::default()).expect("an instance");
        let _ = instance.go(2, 3);
        println!("the panic was lost");
        return;
    }
    traps_and_overflow();
    println!("traps on the main thread");
    for size in [256 << 10, 2 << 20, 32 << 20] {
        let thread = thread::Builder::new()
            .stack_size(size)
            .spawn(traps_and_overflow);
        thread.expect("a thread").join().expect("no panic");
    }
    println!("traps on other threads");
    back_and_forth();
    println!("back and forth");
    deep_nesting();
    println!("all is well");
}
