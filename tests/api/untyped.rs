//! The view by name, for tools that know nothing of the module.

use wasm2rs_support::{CallError, Extern, ExternRef, TrapKind, Value, ValueType};

mod traps {
    include_module!("modules/traps.wat");
}
mod tables {
    include_module!("modules/tables.wat");
}

#[test]
fn calls_by_name() {
    let mut instance = traps::Instance::new(()).expect("an instance");
    let seven = Value::I32(7);
    let results = instance.call("fine", &[]).expect("no trap");
    assert!(results.len() == 1 && results[0].same_bits(&seven));
    match instance.call("load_i32", &[Value::I32(-1)]) {
        Err(CallError::Trap(trap)) => assert_eq!(trap.kind(), TrapKind::MemoryOutOfBounds),
        other => panic!("{other:?}"),
    }
    let error = instance
        .call("div_s32", &[Value::I32(1), Value::I64(1)])
        .expect_err("wrong");
    assert_eq!(
        error.to_string(),
        "the function takes (i32, i32), it was given (i32, i64)"
    );
    let error = instance.call("nonsense", &[]).expect_err("unknown");
    assert_eq!(error.to_string(), "no function `nonsense` is exported");
    assert!(matches!(
        instance.call("memory", &[]),
        Err(CallError::UnknownFunction(_))
    ));
}

#[test]
fn functions_as_values() {
    let mut instance = tables::Instance::new(()).expect("an instance");
    let Value::FuncRef(Some(one)) = instance
        .call("get", &[Value::I32(0)])
        .expect("no trap")
        .remove(0)
    else {
        panic!("not a function");
    };
    assert_eq!(one.function_type().to_string(), "() -> (i32)");
    assert_eq!(one.function_type().results, [ValueType::I32]);
    instance
        .call("set", &[Value::I32(1), Value::FuncRef(Some(one.clone()))])
        .expect("no trap");
    assert!(instance.call("call", &[Value::I32(1)]).expect("no trap")[0].same_bits(&Value::I32(1)));
    // It keeps all it needs alive.
    drop(instance);
    assert!(one.call(&[]).expect("no trap")[0].same_bits(&Value::I32(1)));
    // And is not for others.
    let mut other = tables::Instance::new(()).expect("an instance");
    let call = other.call("set", &[Value::I32(1), Value::FuncRef(Some(one))]);
    assert!(matches!(call, Err(CallError::OtherStore)));
}

#[test]
fn values_of_the_host() {
    let mut instance = tables::Instance::new(()).expect("an instance");
    let value = Value::ExternRef(Some(ExternRef(3)));
    instance
        .call("set_value", &[Value::I32(0), value.clone()])
        .expect("no trap");
    let results = instance
        .call("get_value", &[Value::I32(0)])
        .expect("no trap");
    assert!(results[0].same_bits(&value));
}

#[test]
fn exports_say_what_they_are() {
    let mut instance = tables::Instance::new(()).expect("an instance");
    let names: Vec<_> = instance.exports().collect();
    assert_eq!(names[..3], ["functions", "values", "call"]);
    assert!(matches!(
        instance.export("functions"),
        Some(Extern::Table(_))
    ));
    assert!(matches!(instance.export("size"), Some(Extern::Func(_))));
    assert!(instance.export("nonsense").is_none());
    let store = instance.store().clone();
    assert!(
        instance
            .export("size")
            .and_then(|export| export.store().cloned())
            .is_some_and(|own| own.same(&store))
    );
}
