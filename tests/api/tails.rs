//! Tail calls take no stack, however long their chain.

use wasm2rs_support::HostError;
use wasm2rs_support::TrapKind::{IndirectCallTypeMismatch, IntegerDivideByZero};

use crate::kind;

mod tails {
    include_module!("modules/tails.wat");
}

/// How long chains are: frames that stayed would need gigabytes.
const LONG: i64 = if cfg!(miri) {
    100
} else if cfg!(debug_assertions) {
    10_000_000
} else {
    100_000_000
};

struct Host;

impl tails::Env for Host {
    fn finish(_: &mut tails::Caller<'_, Self>, value: i64) -> Result<i64, HostError> {
        Ok(value + 1)
    }
}

fn instance() -> tails::Instance<Host> {
    tails::Instance::new(Host).expect("an instance")
}

#[test]
fn to_the_function_itself() {
    let mut instance = instance();
    let sum = LONG * (LONG + 1) / 2;
    assert_eq!(instance.sum(LONG, 0).expect("no trap"), sum);
    assert_eq!(instance.swap(LONG + 1, 3, 4).expect("no trap"), 4);
}

#[test]
fn across_functions_of_different_types() {
    let mut instance = instance();
    for (extra, result) in [(0, 1), (1, 2), (2, 107)] {
        let length = LONG / 3 * 3 + extra;
        assert_eq!(instance.chain(length).expect("no trap"), result);
    }
    assert_eq!(
        instance.divide(LONG * 7 + 3, 7, 0).expect("no trap"),
        (LONG, 3)
    );
    instance.count(LONG).expect("no trap");
    assert_eq!(instance.counted().expect("no trap"), LONG);
}

#[test]
fn by_way_of_a_table() {
    let mut instance = instance();
    assert_eq!(instance.by_table(LONG).expect("no trap"), 10);
    assert_eq!(instance.by_table(LONG + 1).expect("no trap"), 11);
    assert_eq!(kind(instance.wrong()), IndirectCallTypeMismatch);
}

#[test]
fn to_the_host() {
    assert_eq!(instance().finish(20).expect("no trap"), 41);
}

#[test]
fn a_trap_at_the_end_of_a_chain() {
    assert_eq!(kind(instance().falling(LONG)), IntegerDivideByZero);
}
