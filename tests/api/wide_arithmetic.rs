//! Wide arithmetic: 128 bits in two halves.

use wasm2rs_support::TrapKind;

use crate::kind;

mod wide_arithmetic {
    include_module!("modules/wide_arithmetic.wat");
}

const SAMPLES: [i64; 8] = [0, 1, -1, 2, i64::MIN, i64::MAX, 0x1234_5678_9abc_def0, -77];

fn whole(low: i64, high: i64) -> i128 {
    i128::from(high) << 64 | i128::from(low.cast_unsigned())
}

#[test]
fn halves_are_those_of_the_whole() {
    let mut instance = wide_arithmetic::Instance::new(()).expect("an instance");
    for a in SAMPLES {
        for b in SAMPLES {
            let (low, high) = instance.mul_wide_s(a, b).expect("no trap");
            assert_eq!(whole(low, high), i128::from(a) * i128::from(b));
            let (low, high) = instance.mul_wide_u(a, b).expect("no trap");
            let product = u128::from(a.cast_unsigned()) * u128::from(b.cast_unsigned());
            assert_eq!(whole(low, high).cast_unsigned(), product);
            let high = instance.high_of_fused(a, b, -1).expect("no trap");
            assert_eq!(high, ((product + u128::from(u64::MAX)) >> 64) as i64);
            for c in SAMPLES {
                let (x, y) = (whole(a, b), whole(c, a));
                let (low, high) = instance.add128(a, b, c, a).expect("no trap");
                assert_eq!(whole(low, high), x.wrapping_add(y));
                let (low, high) = instance.sub128(a, b, c, a).expect("no trap");
                assert_eq!(whole(low, high), x.wrapping_sub(y));
            }
        }
    }
}

#[test]
fn operands_trap_in_order() {
    let mut instance = wide_arithmetic::Instance::new(()).expect("an instance");
    assert_eq!(
        kind(instance.first_trap(0, -1)),
        TrapKind::IntegerDivideByZero
    );
    assert_eq!(kind(instance.first_trap(1, -1)), TrapKind::IntegerOverflow);
    instance.first_trap(1, 1).expect("no trap");
}
