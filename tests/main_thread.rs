//! Traps on the main thread, whose stack the system grows as it is used. Without a test harness,
//! because that runs tests on other threads.
#![forbid(unsafe_code)]

use wasm2rs_support::{Trap, TrapKind};

mod traps {
    wasm2rs_support::include_wasm!("modules/traps.wat");
}

#[track_caller]
fn assert_trap<T>(result: Result<T, Trap>, kind: TrapKind) {
    assert_eq!(result.map(|_| ()).map_err(|trap| trap.kind()), Err(kind));
}

fn main() {
    assert_eq!(std::thread::current().name(), Some("main"));
    let mut instance = traps::Instance::new(()).expect("an instance");
    for round in 0..3 {
        assert_trap(instance.endless(), TrapKind::StackOverflow);
        assert_trap(instance.even(1), TrapKind::StackOverflow);
        assert_trap(instance.through_table(0), TrapKind::StackOverflow);
        assert_trap(instance.count(-1), TrapKind::StackOverflow);
        assert_trap(instance.load_i32(-1), TrapKind::MemoryOutOfBounds);
        assert_trap(instance.div_s32(1, 0), TrapKind::IntegerDivideByZero);
        assert_trap(instance.unreachable(), TrapKind::Unreachable);
        assert_trap(instance.call_number(9), TrapKind::UndefinedElement);
        assert_eq!(instance.fine().expect("no trap"), 7);
        assert_eq!(instance.count(1000).expect("not deep"), 1000);
        println!("round {round}: every trap was an error");
    }
}
