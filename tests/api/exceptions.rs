//! Exceptions, within a module, from and to the host, and from instance to instance.

use std::error::Error;

use wasm2rs_support::TrapKind::{self, NullExceptionReference};
use wasm2rs_support::{Exception, Extern, HostError, Imports, Store, Tag, Trap, Value, ValueType};

use crate::kind;

mod exceptions {
    include_module!("modules/exceptions.wat");
}
mod thrower {
    include_module!("modules/thrower.wat");
}

struct Host {
    tag: Tag,
}

impl exceptions::Env for Host {
    fn host(caller: &mut exceptions::Caller<'_, Self>, way: i32) -> Result<i32, HostError> {
        let tag = caller.tag;
        match way {
            0 => Ok(5),
            1 => Err(Exception::new(tag, vec![Value::I32(9)])?.into()),
            2 => Err(HostError::message("no exception")),
            // One of another tag.
            3 => Err(Exception::new(Tag::new(&[]), vec![])?.into()),
            // What comes out of a call back goes on.
            _ => Ok(caller.instance().throw_own(way)?),
        }
    }

    fn theirs(&mut self) -> Tag {
        self.tag
    }
}

fn instance() -> exceptions::Instance<Host> {
    let tag = Tag::new(&[ValueType::I32]);
    exceptions::Instance::new(Host { tag }).expect("an instance")
}

#[track_caller]
fn exception<T>(result: Result<T, Trap>) -> Exception {
    match result {
        Ok(_) => panic!("an exception was expected"),
        Err(trap) => trap.into_exception().expect("an exception"),
    }
}

#[test]
fn caught_in_the_module() {
    let mut instance = instance();
    assert_eq!(instance.near(4).expect("no trap"), 5);
    for depth in [0, 1, 100] {
        assert_eq!(instance.far(7, depth).expect("no trap"), 7);
        assert_eq!(instance.far(-7, depth).expect("no trap"), -1);
    }
    assert_eq!(instance.by_table(3, 0).expect("no trap"), 3);
    assert_eq!(instance.by_table(3, 1).expect("no trap"), 1006);
    assert_eq!(instance.carry_many().expect("no trap"), 1);
    assert_eq!(instance.carry_function().expect("no trap"), 42);
}

#[test]
fn uncaught() {
    let mut instance = instance();
    let (own, two, many) = (instance.own(), instance.two(), instance.many());
    let thrown = exception(instance.throw_own(3));
    assert_eq!(thrown.tag(), own);
    assert!(matches!(thrown.values(), [Value::I32(3)]));
    assert_eq!(thrown.to_string(), "uncaught exception with 3");
    let thrown = exception(instance.throw_two());
    assert!(thrown.tag() == two && thrown.tag() != own);
    assert!(matches!(thrown.values(), [Value::I64(-7), Value::F64(2.5)]));
    let thrown = exception(instance.throw_many());
    assert_eq!(thrown.tag(), many);
    assert_eq!(thrown.values().len(), 5);
    assert_eq!(instance.throw_own(-3).expect("no trap"), -3);
    let trap = instance.throw_own(1).expect_err("an exception");
    assert_eq!(trap.kind(), TrapKind::Exception);
    assert!(trap.source().is_some_and(|source| source.is::<Exception>()));
}

#[test]
fn from_the_host() {
    let mut instance = instance();
    assert_eq!(instance.ask(0).expect("no trap"), 5);
    assert_eq!(instance.ask(1).expect("no trap"), 109);
    assert_eq!(kind(instance.ask(2)), TrapKind::Host);
    assert_eq!(instance.ask(3).expect("no trap"), -2);
    assert_eq!(instance.ask(8).expect("no trap"), -2);
    let thrown = exception(instance.ask_openly(8));
    assert_eq!(thrown.tag(), instance.own());
    assert!(matches!(thrown.values(), [Value::I32(8)]));
    assert!(Exception::new(instance.own(), vec![]).is_err());
    assert!(Exception::new(instance.own(), vec![Value::I64(1)]).is_err());
}

#[test]
fn references_are_kept() {
    let mut instance = instance();
    assert_eq!(kind(instance.throw_kept()), NullExceptionReference);
    instance.keep(-1).expect("no trap");
    assert!(instance.kept().expect("no trap").is_none());
    instance.keep(11).expect("no trap");
    assert!(instance.kept().expect("no trap").is_some());
    for _ in 0..2 {
        let thrown = exception(instance.throw_kept());
        assert!(matches!(thrown.values(), [Value::I32(11)]));
    }
    let values = instance.call("kept", &[]).expect("no trap");
    let [Value::ExnRef(Some(kept))] = &values[..] else {
        panic!("an exception was expected, not {values:?}");
    };
    assert!(kept.same(&exception(instance.throw_kept())));
}

#[test]
fn legacy() {
    let mut instance = instance();
    assert_eq!(instance.legacy(1).expect("no trap"), 501);
    assert_eq!(instance.cleaned(), 1);
    assert_eq!(instance.legacy(-1).expect("no trap"), -1);
    assert_eq!(instance.delegated(2).expect("no trap"), 702);
    assert_eq!(instance.cleaned(), 2);
    let thrown = exception(instance.clean(6));
    assert!(matches!(thrown.values(), [Value::I32(6)]));
}

/// One instance throws, with and without a handler of its own, and another catches.
#[test]
fn from_instance_to_instance() {
    let store = Store::new();
    let tag = Tag::new(&[ValueType::I32]);
    let mut thrower = thrower::Instance::new_in(&store, ()).expect("an instance");
    let mut imports = Imports::new();
    imports.define("env", "theirs", Extern::Tag(thrower.tag()));
    let throw = thrower.func("throw").expect("a function");
    imports.define("env", "host", Extern::Func(throw));
    let mut catcher = exceptions::Instance::link(&store, &imports).expect("an instance");
    for value in 0..3 {
        assert_eq!(catcher.ask(value).expect("no trap"), 100 + value);
    }
    assert_eq!(kind(catcher.ask(-1)), TrapKind::Unreachable);
    assert_eq!(catcher.ask(10).expect("no trap"), 11);
    let thrown = exception(catcher.ask_openly(2));
    assert_eq!(thrown.tag(), thrower.tag());
    assert_ne!(thrown.tag(), tag);

    // Through its table, too.
    let table = catcher.table();
    let throw = thrower.func("throw").expect("a function");
    assert!(table.set(2, &Value::FuncRef(Some(throw))).expect("fits"));
    let thrown = exception(catcher.by_table(1, 2));
    assert_eq!(thrown.tag(), thrower.tag());

    let mut imports = Imports::new();
    imports.define("env", "theirs", Extern::Tag(Tag::new(&[])));
    let error = exceptions::Instance::link(&store, &imports).expect_err("an error");
    assert!(error.to_string().contains("host"), "{error}");
    imports.define(
        "env",
        "host",
        Extern::Func(thrower.func("throw").expect("there")),
    );
    let error = exceptions::Instance::link(&store, &imports).expect_err("an error");
    assert!(error.to_string().contains("a tag"), "{error}");
}
