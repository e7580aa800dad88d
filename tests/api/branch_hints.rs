//! Branch hints.

mod branch_hints {
    include_module!("modules/branch_hints.wat");
}

#[test]
fn hints_change_nothing() {
    let mut instance = branch_hints::Instance::new(()).expect("an instance");
    assert_eq!(instance.collatz(1).expect("no trap"), 0);
    assert_eq!(instance.collatz(27).expect("no trap"), 111);
    assert_eq!(instance.with_value(0).expect("no trap"), 20);
    assert_eq!(instance.with_value(1).expect("no trap"), 10);
}
