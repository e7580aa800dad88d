//! Tables, from inside and from outside.

use wasm2rs_support::{
    AnyTable, CallError, Extern, ExternRef, FuncRef, Store, Table, TrapKind, Value,
};

use crate::kind;

mod tables {
    include_module!("modules/tables.wat");
}

fn instance() -> tables::Instance<()> {
    tables::Instance::new(()).expect("an instance")
}

#[test]
fn they_grow_from_both_sides() {
    let mut instance = instance();
    let functions: Table<FuncRef> = instance.functions();
    assert_eq!((functions.size(), functions.maximum()), (2, Some(5)));
    assert_eq!(instance.grow(1).expect("no trap"), 2);
    assert_eq!(instance.call_(2).expect("the new one"), 2);
    assert_eq!(functions.size(), 3);
    let one = functions.get(0).expect("an element");
    assert_eq!(functions.grow(2, &one).expect("fits"), Some(3));
    assert_eq!(instance.call_(4).expect("the host's"), 1);
    assert_eq!(functions.grow(1, &one).expect("fits"), None);
    assert_eq!(instance.grow(1).expect("no trap"), -1);
    assert_eq!(instance.grow(-1).expect("no trap"), -1);
    assert_eq!(instance.size().expect("no trap"), (5, 1));
    assert_eq!(kind(instance.call_(5)), TrapKind::UndefinedElement);
}

#[test]
fn passive_elements_wait() {
    let mut instance = instance();
    assert_eq!(kind(instance.call_(1)), TrapKind::UninitializedElement);
    instance.init(0, 1, 2).expect("no trap");
    assert_eq!(
        (
            instance.call_(0).expect("two"),
            instance.call_(1).expect("three")
        ),
        (2, 3)
    );
    assert_eq!(kind(instance.init(0, 2, 2)), TrapKind::TableOutOfBounds);
    instance.drop().expect("no trap");
    assert_eq!(kind(instance.init(0, 0, 1)), TrapKind::TableOutOfBounds);
    instance.init(2, 0, 0).expect("nothing of nothing");
    instance.copy(0, 1, 1).expect("no trap");
    assert_eq!(instance.call_(0).expect("three"), 3);
}

#[test]
fn the_host_sets_elements() {
    let mut instance = instance();
    let functions = instance.functions();
    let one = functions.get(0).expect("an element");
    assert!(functions.set(1, &one).expect("fits"));
    assert_eq!(instance.call_(1).expect("no trap"), 1);
    assert!(functions.set(0, &Value::FuncRef(None)).expect("fits"));
    assert_eq!(kind(instance.call_(0)), TrapKind::UninitializedElement);
    assert!(
        !functions.set(2, &one).expect("of the type"),
        "there is no such element"
    );
    assert!(functions.get(2).is_none());
    let wrong = functions
        .set(0, &Value::I32(1))
        .expect_err("of another type");
    assert_eq!(
        wrong.to_string(),
        "the function takes (funcref), it was given (i32)"
    );
    let Some(Value::FuncRef(Some(function))) = functions.get(1) else {
        panic!("not a function");
    };
    assert!(matches!(
        function.call(&[]).expect("no trap")[..],
        [Value::I32(1)]
    ));
}

#[test]
fn functions_of_other_stores_are_refused() {
    let (mut a, mut b) = (instance(), instance());
    let (of_a, of_b) = (a.functions(), b.functions());
    let foreign = of_b.get(0).expect("an element");
    assert!(matches!(of_a.set(0, &foreign), Err(CallError::OtherStore)));
    assert!(matches!(of_a.grow(1, &foreign), Err(CallError::OtherStore)));
    // The typed way takes a bare reference; calling it finds that it leads nowhere here.
    let reference = b.get(0).expect("no trap");
    a.set(0, reference).expect("no trap");
    assert_eq!(kind(a.call_(0)), TrapKind::UninitializedElement);
    assert_eq!(b.call_(0).expect("no trap"), 1);
}

#[test]
fn a_reference_to_an_instance_that_is_gone_leads_nowhere() {
    let mut instance = instance();
    let gone = self::instance().get(0).expect("no trap");
    instance.set(0, gone).expect("no trap");
    assert_eq!(kind(instance.call_(0)), TrapKind::UninitializedElement);
}

/// A module like the other, but not the same.
mod twin {
    wasm2rs_support::include_wasm!("modules/tables.wat");
}

#[test]
fn another_instance_in_the_place_of_one_that_is_gone() {
    let store = Store::new();
    let mut instance = tables::Instance::new_in(&store, ()).expect("an instance");
    let functions = instance.functions();
    let mut others = Vec::new();
    for _ in 0..if cfg!(miri) { 10 } else { 1000 } {
        let gone = twin::Instance::new(())
            .and_then(|mut twin| Ok(twin.get(0)?))
            .expect("no trap");
        // As likely as not where that one was.
        others.push(tables::Instance::new_in(&store, ()).expect("an instance"));
        instance.set(0, gone).expect("no trap");
        assert!(matches!(functions.get(0), Some(Value::FuncRef(None))));
        assert_eq!(kind(instance.call_(0)), TrapKind::UninitializedElement);
    }
    // One of its own module it may as well be.
    for _ in 0..if cfg!(miri) { 10 } else { 1000 } {
        let gone = self::instance().get(0).expect("no trap");
        others.push(tables::Instance::new_in(&store, ()).expect("an instance"));
        instance.set(0, gone).expect("no trap");
        if let Some(Value::FuncRef(Some(function))) = functions.get(0) {
            assert!(matches!(
                function.call(&[]).expect("no trap")[..],
                [Value::I32(1)]
            ));
            assert_eq!(instance.call_(0).expect("no trap"), 1);
        }
    }
}

#[test]
fn values_of_the_host() {
    let mut instance = instance();
    let value = Some(ExternRef(77));
    assert_eq!(instance.get_value(0).expect("no trap"), None);
    assert_eq!(instance.grow_values(value, 3).expect("no trap"), 1);
    assert_eq!(instance.get_value(3).expect("no trap"), value);
    instance
        .fill_values(0, Some(ExternRef(5)), 2)
        .expect("no trap");
    let Some(Extern::Table(AnyTable::ExternRef(table))) = instance.export("values") else {
        panic!("not such a table");
    };
    let elements: Vec<_> = (0..table.size())
        .map(|index| match table.get(index) {
            Some(Value::ExternRef(Some(ExternRef(number)))) => number,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(elements, [5, 5, 77, 77]);
    instance.set_value(1, None).expect("no trap");
    assert!(
        table
            .get(1)
            .is_some_and(|value| value.same_bits(&Value::ExternRef(None)))
    );
}

mod huge {
    include_module!("modules/huge_table.wat");
}

#[test]
#[cfg_attr(miri, ignore = "where there is no memory, Miri ends")]
fn a_table_that_there_is_no_room_for() {
    let error = huge::Instance::new(()).expect_err("an error");
    assert!(error.to_string().contains("4000000000"), "{error}");
    let table = wasm2rs_support::Table::<wasm2rs_support::FuncRef>::new(
        &wasm2rs_support::Store::new(),
        u32::MAX,
        None,
    );
    assert!(table.is_err());
}
