//! Globals, typed and by name.

use wasm2rs_support::{CallError, Extern, ExternRef, FuncRef, Global, SharedGlobal, Value};

mod globals {
    include_module!("modules/globals.wat");
}

struct Host {
    shared: Global<i64>,
}

impl globals::Env for Host {
    fn base(&mut self) -> Global<i32> {
        Global::new(40, false)
    }

    fn shared(&mut self) -> Global<i64> {
        self.shared.clone()
    }
}

fn instance(shared: &Global<i64>) -> globals::Instance<Host> {
    globals::Instance::new(Host {
        shared: shared.clone(),
    })
    .expect("an instance")
}

#[track_caller]
fn global<H: Send>(instance: &mut globals::Instance<H>, name: &str) -> SharedGlobal {
    match instance.export(name) {
        Some(Extern::Global(global)) => global,
        other => panic!("{other:?}"),
    }
}

#[test]
fn typed_access() {
    let mut instance = instance(&Global::new(0, true));
    assert_eq!(
        (instance.base(), instance.next(), instance.constant()),
        (40, 41, 2.5)
    );
    assert_eq!(
        (
            instance.i32(),
            instance.i64(),
            instance.f32(),
            instance.f64()
        ),
        (1, 2, 3.5, 4.5)
    );
    instance.set_i32(10);
    instance.set_i64(20);
    instance.set_f32(0.25);
    instance.set_f64(0.5);
    assert_eq!(instance.sum().expect("no trap"), 30.75);
    instance.set_all(-3).expect("no trap");
    assert_eq!(
        (
            instance.i32(),
            instance.i64(),
            instance.f32(),
            instance.f64()
        ),
        (-3, -3, -3., -3.)
    );
    assert_eq!(instance.value(), None);
    instance.set_value(Some(ExternRef(9)));
    assert_eq!(instance.value(), Some(ExternRef(9)));
    let function: FuncRef = instance.function().expect("not null");
    instance.set_function(None);
    assert!(instance.function().is_none());
    instance.set_function(Some(function));
    assert!(instance.function().is_some_and(|same| same.same(function)));
    assert_eq!(instance.inner().expect("no trap"), 41);
}

#[test]
fn access_by_name() {
    let mut instance = instance(&Global::new(0, true));
    let number = global(&mut instance, "i64");
    number.set(&Value::I64(1 << 40)).expect("fits");
    assert_eq!(instance.i64(), 1 << 40);
    instance.set_i64(-1);
    assert!(number.get().same_bits(&Value::I64(-1)));
    assert!(matches!(
        number.set(&Value::I32(1)),
        Err(CallError::Arguments { .. })
    ));
    // What can't change does not.
    let constant = global(&mut instance, "constant");
    constant.set(&Value::F64(1.0)).expect("of the type");
    assert!(constant.get().same_bits(&Value::F64(2.5)));
    assert!(!constant.global().is_mutable() && number.global().is_mutable());
    // A function can be taken out and called.
    let Value::FuncRef(Some(function)) = global(&mut instance, "function").get() else {
        panic!("not a function");
    };
    instance.set_all(1).expect("no trap");
    assert!(function.call(&[]).expect("no trap")[0].same_bits(&Value::F64(4.0)));
}

#[test]
fn what_is_shared_changes_for_all() {
    let shared = Global::new(100, true);
    let (mut a, mut b) = (instance(&shared), instance(&shared));
    assert_eq!(a.add_shared(5).expect("no trap"), 105);
    assert_eq!(b.add_shared(10).expect("no trap"), 115);
    assert_eq!((shared.get(), a.shared(), b.shared()), (115, 115, 115));
    shared.set(-1);
    assert_eq!(a.add_shared(0).expect("no trap"), -1);
    b.set_shared(7);
    assert_eq!(shared.get(), 7);
    // What is not shared does not.
    a.set_i32(1000);
    assert_eq!(b.i32(), 1);
}

#[test]
fn what_does_not_fit_is_refused() {
    struct Wrong;
    impl globals::Env for Wrong {
        fn base(&mut self) -> Global<i32> {
            Global::new(40, true)
        }
        fn shared(&mut self) -> Global<i64> {
            Global::new(0, true)
        }
    }
    let error = globals::Instance::new(Wrong).expect_err("it must not be made");
    assert_eq!(
        error.to_string(),
        "incompatible import type: `env` `base` must be an immutable global of type i32, it is a \
         mutable global of type i32"
    );
}
