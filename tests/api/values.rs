//! Values of all types, few and many, in both directions.

use wasm2rs_support::{ExternRef, FuncRef, HostError, Value};
use wasm2rs_tests::generate;

mod values {
    include_module!("modules/values.wat");
}
mod parameters {
    include!(concat!(env!("OUT_DIR"), "/parameters.rs"));
}

struct Host;

impl values::Env for Host {
    fn swap(_: &mut values::Caller<'_, Self>, a: i32, b: i64) -> Result<(i64, i32), HostError> {
        Ok((b, a))
    }

    fn mix(
        _: &mut values::Caller<'_, Self>,
        a: i32,
        b: i64,
        c: f32,
        d: f64,
    ) -> Result<(f64, f32, i64, i32), HostError> {
        Ok((d * 2.0, c * 2.0, b * 2, a * 2))
    }
}

fn instance() -> values::Instance<Host> {
    values::Instance::new(Host).expect("an instance")
}

#[test]
fn several_results() {
    let mut instance = instance();
    let () = instance.nothing().expect("no trap");
    assert_eq!(
        instance.reversed(1, 2, 3.5, 4.5).expect("no trap"),
        (4.5, 3.5, 2, 1)
    );
    assert_eq!(
        instance.indirect(0, 1, 2, 3.5, 4.5).expect("no trap"),
        (4.5, 3.5, 2, 1)
    );
    // The host's function, through the table.
    assert_eq!(
        instance.indirect(1, 1, 2, 3.5, 4.5).expect("no trap"),
        (9.0, 7.0, 4, 2)
    );
    assert_eq!(instance.swapped_twice(5, -6).expect("no trap"), (5, -6));
    assert_eq!(instance.fibonacci(0).expect("no trap"), (0, 1));
    assert_eq!(instance.fibonacci(20).expect("no trap"), (6765, 10946));
}

#[test]
fn more_results_than_tuples_have_traits_for() {
    let mut instance = instance();
    let results = instance.sixteen(1).expect("no trap");
    assert_eq!(
        (results.0, results.7, results.14, results.15),
        (1, 8, 15, 16)
    );
    assert_eq!(instance.sixteen(0).expect("no trap").15, -16);
    let results = instance.call("sixteen", &[Value::I32(0)]).expect("no trap");
    assert_eq!(results.len(), 16);
    assert!(results[14].same_bits(&Value::I32(15)) && results[15].same_bits(&Value::I64(-16)));
}

#[test]
fn bits_stay_as_they_are() {
    let mut instance = instance();
    // Signalling NaNs with a payload, negative zero, a subnormal.
    for bits in [0x7FA0_1234_u32, 0xFFC0_0001, 0x8000_0000, 1] {
        let result = instance.same_f32(f32::from_bits(bits)).expect("no trap");
        assert_eq!(result.to_bits(), bits, "{bits:x}");
        let value = Value::F32(f32::from_bits(bits));
        let results = instance
            .call("same_f32", std::slice::from_ref(&value))
            .expect("no trap");
        assert!(results[0].same_bits(&value), "{bits:x}");
    }
    for bits in [0x7FF4_0000_0000_1234_u64, 0xFFF8_0000_0000_0001, 1 << 63, 1] {
        let result = instance.same_f64(f64::from_bits(bits)).expect("no trap");
        assert_eq!(result.to_bits(), bits, "{bits:x}");
    }
    assert_eq!(instance.same_i32(i32::MIN).expect("no trap"), i32::MIN);
}

#[test]
fn references() {
    let mut instance = instance();
    let value = Some(ExternRef(u64::MAX));
    assert_eq!(instance.same_extern(value).expect("no trap"), value);
    assert_eq!(instance.same_extern(None).expect("no trap"), None);
    let function: FuncRef = instance.own_func().expect("no trap").expect("not null");
    assert_eq!(function.function_type().params.len(), 2);
    let same = instance
        .same_func(Some(function))
        .expect("no trap")
        .expect("not null");
    assert!(same.same(function));
    assert_eq!(
        instance.is_null(None, Some(function)).expect("no trap"),
        (1, 0)
    );
    assert_eq!(instance.is_null(value, None).expect("no trap"), (0, 1));
}

#[test]
fn many_parameters() {
    let mut instance = parameters::Instance::new(()).expect("an instance");
    let (_, expected) = generate::arguments();
    let result = include!(concat!(env!("OUT_DIR"), "/many_arguments.rs"));
    assert_eq!(result.expect("no trap").to_bits(), expected.to_bits());
    let arguments: Vec<Value> = (0..generate::PARAMETERS)
        .map(|place| match place % 4 {
            0 => Value::I32(place.cast_signed() * 3),
            1 => Value::I64(i64::from(place) * 3),
            2 => Value::F32((place * 3) as f32),
            _ => Value::F64(f64::from(place) * 3.0),
        })
        .collect();
    for name in ["many", "direct", "indirect"] {
        let results = instance.call(name, &arguments).expect("no trap");
        assert!(
            results[0].same_bits(&Value::F64(expected)),
            "{name}: {results:?}"
        );
    }
}
