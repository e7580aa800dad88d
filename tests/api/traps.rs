//! Every kind of trap is an `Err` with that kind, and the instance goes on working.

use wasm2rs_support::TrapKind::{
    IndirectCallTypeMismatch, IntegerDivideByZero, IntegerOverflow, InvalidConversionToInteger,
    MemoryOutOfBounds, TableOutOfBounds, UndefinedElement, UninitializedElement, Unreachable,
};

use crate::kind;

mod traps {
    include_module!("modules/traps.wat");
}

fn instance() -> traps::Instance<()> {
    traps::Instance::new(()).expect("an instance")
}

#[test]
fn unreachable() {
    let mut instance = instance();
    assert_eq!(kind(instance.unreachable()), Unreachable);
    assert_eq!(kind(instance.unreachable_value()), Unreachable);
    assert_eq!(instance.fine().expect("no trap"), 7);
}

#[test]
fn memory_accesses() {
    let mut instance = instance();
    // One page: the last place that each width fits at, then each beyond it.
    assert_eq!(instance.load_i32(65532).expect("the last"), 0);
    assert_eq!(instance.load_i64(65528).expect("the last"), 0);
    assert_eq!(instance.load_u8(65535).expect("the last"), 0);
    for address in [65533, 65536, 1 << 20, i32::MAX, i32::MIN, -1, -4] {
        assert_eq!(
            kind(instance.load_i32(address)),
            MemoryOutOfBounds,
            "{address}"
        );
        assert_eq!(
            kind(instance.load_i64(address)),
            MemoryOutOfBounds,
            "{address}"
        );
        assert_eq!(
            kind(instance.load_f32(address)),
            MemoryOutOfBounds,
            "{address}"
        );
        assert_eq!(
            kind(instance.load_f64(address)),
            MemoryOutOfBounds,
            "{address}"
        );
        assert_eq!(
            kind(instance.load_unused(address)),
            MemoryOutOfBounds,
            "{address}"
        );
        assert_eq!(
            kind(instance.store_i32(address)),
            MemoryOutOfBounds,
            "{address}"
        );
        assert_eq!(
            kind(instance.store_i64(address)),
            MemoryOutOfBounds,
            "{address}"
        );
    }
    for address in [65536, -1] {
        assert_eq!(
            kind(instance.load_u8(address)),
            MemoryOutOfBounds,
            "{address}"
        );
        assert_eq!(
            kind(instance.load_s16(address)),
            MemoryOutOfBounds,
            "{address}"
        );
        assert_eq!(
            kind(instance.store_8(address)),
            MemoryOutOfBounds,
            "{address}"
        );
    }
    // Addresses are not taken modulo 2^32: 33 bits are a sum's.
    for address in [0, 1, 8, 65535, -1] {
        assert_eq!(
            kind(instance.load_far(address)),
            MemoryOutOfBounds,
            "{address}"
        );
        assert_eq!(
            kind(instance.store_far(address)),
            MemoryOutOfBounds,
            "{address}"
        );
    }
    assert!(
        instance.memory().data().iter().all(|&byte| byte == 0),
        "nothing was written"
    );
}

#[test]
fn memory_in_bulk() {
    let mut instance = instance();
    assert_eq!(kind(instance.fill(65530, 7)), MemoryOutOfBounds);
    assert_eq!(kind(instance.fill(-1, -1)), MemoryOutOfBounds);
    assert_eq!(kind(instance.fill(65537, 0)), MemoryOutOfBounds);
    assert_eq!(kind(instance.copy(0, 65530, 7)), MemoryOutOfBounds);
    assert_eq!(kind(instance.copy(65530, 0, 7)), MemoryOutOfBounds);
    assert_eq!(kind(instance.init(0, 0, 5)), MemoryOutOfBounds);
    assert_eq!(kind(instance.init(65533, 0, 4)), MemoryOutOfBounds);
    assert!(
        instance.memory().data().iter().all(|&byte| byte == 0),
        "all or nothing"
    );
    instance.fill(65536, 0).expect("nothing, at the end");
    instance.init(0, 4, 0).expect("nothing, at the end");
    instance.init(1, 0, 4).expect("fits");
    instance.drop_text().expect("dropped");
    assert_eq!(kind(instance.init(1, 0, 1)), MemoryOutOfBounds);
    instance.init(1, 0, 0).expect("nothing of nothing");
    assert_eq!(instance.memory().read(0, 6).expect("there"), b"\0text\0");
}

#[test]
fn tables() {
    let mut instance = instance();
    assert_eq!(kind(instance.table_get(2)), TableOutOfBounds);
    assert_eq!(kind(instance.table_get(-1)), TableOutOfBounds);
    assert_eq!(kind(instance.table_set(2)), TableOutOfBounds);
    assert_eq!(kind(instance.table_fill(1, 2)), TableOutOfBounds);
    assert_eq!(kind(instance.table_copy(0, 3, 2)), TableOutOfBounds);
    assert_eq!(kind(instance.table_copy(3, 0, 2)), TableOutOfBounds);
    assert_eq!(kind(instance.table_init(0, 0, 2)), TableOutOfBounds);
    assert_eq!(kind(instance.table_init(4, 0, 1)), TableOutOfBounds);
    instance.table_init(3, 0, 1).expect("fits");
    assert_eq!(instance.call_number(3).expect("put there"), 7);
}

#[test]
fn indirect_calls() {
    let mut instance = instance();
    assert_eq!(instance.call_number(0).expect("a function"), 7);
    assert_eq!(kind(instance.call_number(1)), UninitializedElement);
    assert_eq!(kind(instance.call_number(4)), UndefinedElement);
    assert_eq!(kind(instance.call_number(-1)), UndefinedElement);
    assert_eq!(kind(instance.call_nothing(0)), IndirectCallTypeMismatch);
}

#[test]
fn divisions() {
    let mut instance = instance();
    for dividend in [0, 1, -1, i32::MIN] {
        assert_eq!(kind(instance.div_s32(dividend, 0)), IntegerDivideByZero);
        assert_eq!(kind(instance.div_u32(dividend, 0)), IntegerDivideByZero);
        assert_eq!(kind(instance.rem_s32(dividend, 0)), IntegerDivideByZero);
        assert_eq!(kind(instance.rem_u32(dividend, 0)), IntegerDivideByZero);
        let dividend = i64::from(dividend);
        assert_eq!(kind(instance.div_s64(dividend, 0)), IntegerDivideByZero);
        assert_eq!(kind(instance.div_u64(dividend, 0)), IntegerDivideByZero);
        assert_eq!(kind(instance.rem_s64(dividend, 0)), IntegerDivideByZero);
        assert_eq!(kind(instance.rem_u64(dividend, 0)), IntegerDivideByZero);
    }
    assert_eq!(kind(instance.div_unused(0)), IntegerDivideByZero);
    assert_eq!(kind(instance.div_s32(i32::MIN, -1)), IntegerOverflow);
    assert_eq!(kind(instance.div_s64(i64::MIN, -1)), IntegerOverflow);
    // The remainder exists, though the quotient does not.
    assert_eq!(instance.rem_s32(i32::MIN, -1).expect("no trap"), 0);
    assert_eq!(instance.rem_s64(i64::MIN, -1).expect("no trap"), 0);
    assert_eq!(instance.div_u32(i32::MIN, -1).expect("no trap"), 0);
}

#[test]
fn conversions() {
    let mut instance = instance();
    assert_eq!(kind(instance.trunc_s(f64::NAN)), InvalidConversionToInteger);
    assert_eq!(kind(instance.trunc_u(f32::NAN)), InvalidConversionToInteger);
    for number in [
        2_147_483_648.0,
        -2_147_483_649.0,
        f64::INFINITY,
        f64::NEG_INFINITY,
    ] {
        assert_eq!(kind(instance.trunc_s(number)), IntegerOverflow, "{number}");
    }
    assert_eq!(
        instance.trunc_s(-2_147_483_648.9).expect("just fits"),
        i32::MIN
    );
    assert_eq!(kind(instance.trunc_u(-1.0)), IntegerOverflow);
    assert_eq!(instance.trunc_u(-0.99).expect("just fits"), 0);
    assert_eq!(instance.trunc_sat(f64::NAN).expect("no trap"), 0);
    assert_eq!(instance.trunc_sat(1e300).expect("no trap"), i32::MAX);
}

#[test]
fn traps_say_what_they_are_in_the_words_of_the_specification() {
    let mut instance = instance();
    let trap = instance.load_i32(-1).expect_err("a trap");
    assert_eq!(trap.to_string(), "out of bounds memory access");
    assert_eq!(format!("{trap:?}"), "Trap(MemoryOutOfBounds)");
    assert!(trap.error().is_none() && trap.exit_code().is_none());
    let trap = instance.call_nothing(0).expect_err("a trap");
    assert_eq!(trap.to_string(), "indirect call type mismatch");
    // As any error, also in a box that can be sent.
    let error: Box<dyn std::error::Error + Send + Sync> = trap.into();
    assert_eq!(error.to_string(), "indirect call type mismatch");
}

#[test]
fn many_traps_one_after_another() {
    let mut instance = instance();
    for round in 0..if cfg!(miri) { 5 } else { 1000 } {
        assert_eq!(kind(instance.load_i32(65533 + round)), MemoryOutOfBounds);
        assert_eq!(kind(instance.div_s32(round, 0)), IntegerDivideByZero);
    }
    assert_eq!(instance.fine().expect("no trap"), 7);
}
