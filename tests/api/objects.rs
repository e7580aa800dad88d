//! Structures and arrays: made, collected, cast, and in the hands of the host.

use wasm2rs_support::TrapKind::{
    AllocationTooLarge, ArrayOutOfBounds, CastFailure, NullFunctionReference,
    NullStructureReference,
};
use wasm2rs_support::{AnyValue, ExternRef, ObjectKind, Value};

use crate::kind;

mod objects {
    include_module!("modules/objects.wat");
}

fn instance() -> objects::Instance<()> {
    objects::Instance::new(()).expect("an instance")
}

#[test]
fn lists_and_trees() {
    let mut instance = instance();
    assert_eq!(instance.list(0).expect("no trap"), 0);
    let length = if cfg!(miri) { 50 } else { 100_000 };
    let sum = length * (length + 1) / 2;
    assert_eq!(instance.list(length).expect("no trap"), sum);
    let (depth, times) = if cfg!(miri) { (5, 1) } else { (10, 100) };
    let count = ((2 << depth) - 1) * times;
    assert_eq!(instance.trees(depth, times).expect("no trap"), count);
    assert_eq!(kind(instance.null_field()), NullStructureReference);
}

/// What is in use survives, what isn't does not fill the memory: 4 GiB would be too little for it.
#[test]
fn garbage_is_collected() {
    let mut instance = instance();
    let length = if cfg!(miri) { 50 } else { 1000 };
    let garbage = if cfg!(miri) {
        200
    } else if cfg!(debug_assertions) {
        1_000_000
    } else {
        100_000_000
    };
    let sum = length * (length + 1) / 2;
    assert_eq!(instance.churn(length, garbage).expect("no trap"), sum);
    instance.keep(17).expect("no trap");
    let garbage = garbage.min(1_000_000);
    assert_eq!(instance.churn(10, garbage).expect("no trap"), 55);
    assert_eq!(instance.kept_value().expect("no trap"), 17);
}

#[test]
fn arrays() {
    let mut instance = instance();
    assert_eq!(instance.text(1).expect("no trap"), i32::from(b'e'));
    assert_eq!(kind(instance.text(14)), ArrayOutOfBounds);
    assert_eq!(instance.dot(1000).expect("no trap"), 3000.0);
    assert_eq!(instance.huge(1_000_000).expect("no trap"), 1_000_000);
    assert_eq!(kind(instance.huge(-1)), AllocationTooLarge);
}

#[test]
fn casts() {
    let mut instance = instance();
    let named = instance.named().expect("no trap");
    assert_eq!(instance.kind(named).expect("no trap"), 2);
    assert_eq!(instance.name_length(named).expect("no trap"), 5);
    let small = instance.small(-9).expect("no trap");
    assert_eq!(small.and_then(|small| small.as_i31()), Some(-9));
    assert_eq!(instance.kind(small).expect("no trap"), -9);
    assert_eq!(kind(instance.name_length(small)), CastFailure);
    assert_eq!(kind(instance.name_length(None)), CastFailure);
}

#[test]
fn functions_and_values_of_the_host() {
    let mut instance = instance();
    for value in [None, Some(ExternRef(0)), Some(ExternRef(77))] {
        assert_eq!(instance.closure(21, value).expect("no trap"), (42, value));
        assert_eq!(instance.around(value).expect("no trap"), value);
    }
    assert_eq!(kind(instance.null_call()), NullFunctionReference);
}

#[test]
fn in_the_hands_of_the_host() {
    let mut instance = instance();
    let [Value::AnyRef(Some(kept))] = &instance.call("named", &[]).expect("no trap")[..] else {
        panic!("an object was expected");
    };
    let kept = kept.clone();
    let AnyValue::Object(object) = &kept else {
        panic!("an object was expected");
    };
    assert_eq!(object.kind(), ObjectKind::Struct);
    // It lives as long as its handle.
    instance
        .churn(10, if cfg!(miri) { 200 } else { 1_000_000 })
        .expect("no trap");
    let length = instance.call("name_length", &[Value::AnyRef(Some(kept.clone()))]);
    assert!(matches!(length.expect("no trap")[..], [Value::I32(5)]));
    let small = instance.call("small", &[Value::I32(3)]).expect("no trap");
    assert!(matches!(small[..], [Value::AnyRef(Some(AnyValue::I31(3)))]));
    let store = instance.store().clone();
    let host = store.host_object(ExternRef(8)).expect("room");
    let AnyValue::Object(object) = &host else {
        panic!("an object was expected");
    };
    assert_eq!(object.host(), Some(ExternRef(8)));
    let result = instance.call("kind", &[Value::AnyRef(Some(host.clone()))]);
    assert!(matches!(result.expect("no trap")[..], [Value::I32(-1)]));
    assert!(kept.same(&kept.clone()) && !kept.same(&host));

    // Not in another store's instance.
    let mut other = objects::Instance::new(()).expect("an instance");
    assert!(other.call("kind", &[Value::AnyRef(Some(kept))]).is_err());
}
