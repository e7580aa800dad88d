//! The state of an instance, changed by its code and through the host by turns. Miri looks at these
//! for two who think at the same time that it is theirs alone.

use wasm2rs_support::{Extern, HostError, Imports, Store, TrapKind, Value};

use crate::kind;

mod lending {
    wasm2rs_support::include_wasm!("modules/lending.wat");
}

/// What the host function does with its argument.
const RETURNS: i32 = 0;
const CHANGES: i32 = 1;
const CALLS_BACK: i32 = 2;
const CALLS_BACK_INTO_A_TRAP: i32 = 3;
const FAILS: i32 = 4;

struct Host;

impl lending::Env for Host {
    fn out(caller: &mut lending::Caller<'_, Self>, what: i32) -> Result<i32, HostError> {
        match what {
            RETURNS => Ok(0),
            CHANGES => {
                let count = caller.instance().count();
                caller.instance().set_count(count + 100);
                Ok(count)
            }
            CALLS_BACK => {
                let result = caller.instance().by_import(2, CHANGES, 0)?;
                caller.instance().make(3, 0)?;
                Ok(result)
            }
            CALLS_BACK_INTO_A_TRAP => {
                let result = caller.instance().by_import(2, CHANGES, 1);
                assert_eq!(kind(result), TrapKind::Unreachable);
                assert_eq!(kind(caller.instance().make(2, 1)), TrapKind::Unreachable);
                let result = caller.instance().by_import(1, FAILS, 0);
                assert_eq!(kind(result), TrapKind::Host);
                Ok(caller.instance().add(7)?)
            }
            _ => Err(HostError::message("as asked")),
        }
    }
}

fn instance(store: &Store) -> lending::Instance<Host> {
    lending::Instance::new_in(store, Host).expect("an instance")
}

/// Every way out, each followed by another way in.
#[test]
fn out_and_in_again() {
    let mut instance = instance(&Store::new());
    for trap in [0, 1, 0] {
        for what in [RETURNS, CHANGES, CALLS_BACK, CALLS_BACK_INTO_A_TRAP, FAILS] {
            let before = instance.count();
            let result = instance.by_import(2, what, trap);
            let after = instance.count();
            let changes = match what {
                RETURNS => 2,
                CHANGES => 202,
                CALLS_BACK => 2 * (202 + 3) + 2,
                CALLS_BACK_INTO_A_TRAP => 2 * (202 + 2 + 1) + 2,
                _ => 0,
            };
            assert_eq!(after - before, changes, "{what}");
            match (what, trap) {
                (FAILS, _) => assert_eq!(kind(result), TrapKind::Host),
                (_, 1) => assert_eq!(kind(result), TrapKind::Unreachable),
                (CALLS_BACK_INTO_A_TRAP, _) => assert_eq!(result.expect("no trap"), 8),
                _ => drop(result.expect("no trap")),
            }
            instance.set_count(after + 1);
            assert_eq!(instance.add(1).expect("no trap"), 2);
            instance.make(2, 0).expect("no trap");
            assert_eq!(kind(instance.make(2, 1)), TrapKind::Unreachable);
            assert_eq!(instance.count(), after + 6);
        }
    }
}

/// The same between instances, and back into the first.
#[test]
fn from_instance_to_instance() {
    let store = Store::new();
    let mut last = instance(&store);
    let mut imports = Imports::new();
    let add = last.func("add").expect("a function");
    imports.define("env", "out", Extern::Func(add.clone()));
    let mut first = lending::Instance::link(&store, &imports).expect("an instance");
    let tables = [first.table(), last.table()];
    for table in &tables {
        let add = Value::FuncRef(Some(add.clone()));
        assert!(table.set(1, &add).expect("fits"));
    }
    for trap in [0, 1, 0] {
        for with in [5, 0] {
            for times in [1, 3] {
                let results = [
                    first.by_import(times, with, trap),
                    first.by_table(times, with, trap),
                    last.by_table(times, with, trap),
                ];
                for result in results {
                    if with == 0 || trap == 1 {
                        assert_eq!(kind(result), TrapKind::Unreachable);
                    } else {
                        assert_eq!(result.expect("no trap"), 6);
                    }
                }
                let counts = (first.count(), last.count());
                first.set_count(counts.0 + 1);
                last.set_count(counts.1 + 1);
                first.make(1, 0).expect("no trap");
                last.make(1, 0).expect("no trap");
                assert_eq!((first.count(), last.count()), (counts.0 + 2, counts.1 + 2));
            }
        }
    }
    // The second calls the first, which calls the second: its state is lent twice.
    let around = first.func("by_import").expect("a function");
    let arguments = [2, 5, 0].map(Value::I32);
    assert!(matches!(
        around.call(&arguments).expect("no trap")[..],
        [Value::I32(6)]
    ));
    let mut imports = Imports::new();
    let forth = first.func("add").expect("a function");
    imports.define("env", "out", Extern::Func(forth));
    let mut third = lending::Instance::link(&store, &imports).expect("an instance");
    assert_eq!(third.by_import(2, 1, 0).expect("no trap"), 2);
    assert_eq!(kind(third.by_import(2, 0, 0)), TrapKind::Unreachable);
    assert_eq!(first.by_import(2, 1, 0).expect("no trap"), 2);
}
