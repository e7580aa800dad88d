//! Modules that are loaded at run time, behind the interface of one that is compiled in.

use std::error::Error;

use wasm2rs_support::interpreter::Module;
use wasm2rs_support::{HostError, InstantiationError, Store, TrapKind};

mod greeter {
    wasm2rs_support::include_wasm!("modules/greeter.wat", engine = both);
}

use greeter::Exports;

/// Keeps what it is told.
#[derive(Default)]
struct Host {
    heard: Vec<String>,
}

impl greeter::Env for Host {
    fn hear(
        caller: &mut greeter::Caller<'_, Self>,
        address: i32,
        length: i32,
    ) -> Result<(), HostError> {
        let text = caller
            .memory()
            .read_vec(address.cast_unsigned(), length.cast_unsigned() as usize)?;
        let text = String::from_utf8(text)?;
        // The caller exports its memory and its counter, however it runs.
        assert!(caller.exported_memory("memory").is_some());
        assert!(caller.exported_memory("greet").is_none());
        let count = caller.instance().count();
        caller.heard.push(format!("{text} {count}"));
        Ok(())
    }

    fn decide(caller: &mut greeter::Caller<'_, Self>, number: i32) -> Result<i64, HostError> {
        if number < 0 {
            return Err(HostError::new(std::io::Error::other("too small")));
        }
        // And back into it.
        let double = caller.instance().double(number.into())?;
        Ok(double + 1)
    }
}

/// The same module in the binary format, as it would come from a file.
fn newer() -> Result<Vec<u8>, Box<dyn Error>> {
    let text = include_str!("../modules/greeter.wat").replace("hello", "HELLO");
    Ok(wasm2rs::parse_text(&text)?)
}

fn plugin(loaded: bool) -> Result<Box<dyn Exports<Host>>, Box<dyn Error>> {
    Ok(if loaded {
        Box::new(greeter::load(&newer()?, Host::default())?)
    } else {
        Box::new(greeter::Instance::new(Host::default())?)
    })
}

#[test]
fn the_same_program_runs_either() -> Result<(), Box<dyn Error>> {
    for (loaded, heard) in [(false, "hello 1"), (true, "HELLO 1")] {
        let mut plugin = plugin(loaded)?;
        assert_eq!(plugin.count(), 0);
        assert_eq!(plugin.greet()?, 5);
        assert_eq!(plugin.host().heard, [heard]);
        assert_eq!(plugin.decision(20)?, (20, 41));
        assert_eq!(plugin.double(-3)?, -6);
        plugin.set_count(7);
        assert_eq!(plugin.count(), 7);
        assert_eq!(plugin.version(), 3);
        plugin.memory().write(100, b"HEY")?;
        assert_eq!(plugin.memory().read_vec(100, 3)?, b"HEY");
        let trap = plugin.decision(-1).unwrap_err();
        assert_eq!(trap.kind(), TrapKind::Host);
        assert_eq!(
            plugin.divide(1, 0).unwrap_err().kind(),
            TrapKind::IntegerDivideByZero
        );
        assert_eq!(plugin.divide(12, 4)?, 3);
    }
    Ok(())
}

/// Without boxes: whatever has the interface.
fn twice<H: 'static>(plugin: &mut impl Exports<H>, number: i64) -> i64 {
    plugin.double(number).unwrap()
}

#[test]
fn generic_code_takes_either() -> Result<(), Box<dyn Error>> {
    assert_eq!(twice(&mut greeter::Instance::new(Host::default())?, 4), 8);
    assert_eq!(
        twice(&mut greeter::load(&newer()?, Host::default())?, 5),
        10
    );
    Ok(())
}

#[test]
fn handles_and_a_store_of_several() -> Result<(), Box<dyn Error>> {
    let module = Module::new(newer()?)?;
    let store = Store::new();
    let mut first = greeter::Loaded::new_in(&store, &module, Host::default())?;
    let mut second = greeter::Loaded::new_in(&store, &module, Host::default())?;
    let mut third = greeter::Instance::new_in(&store, Host::default())?;
    first.greet()?;
    first.greet()?;
    second.greet()?;
    assert_eq!((first.count(), second.count(), third.count()), (2, 1, 0));
    // A function of one in the table of the others, and called from there.
    let function = first.functions().get(0).unwrap();
    second.functions().set(1, &function)?;
    third.functions().set(1, &function)?;
    assert_eq!(second.through(1)?, 2);
    assert_eq!(third.through(1)?, 2);
    assert_eq!(third.through(0)?, 0);
    // And one that is compiled, called by one that is interpreted.
    let function = third.functions().get(0).unwrap();
    first.functions().set(1, &function)?;
    third.greet()?;
    assert_eq!(first.through(1)?, 1);
    Ok(())
}

fn refused(change: (&str, &str)) -> String {
    let text = include_str!("../modules/greeter.wat");
    assert!(text.contains(change.0), "{change:?}");
    let wasm = wasm2rs::parse_text(&text.replacen(change.0, change.1, 1)).unwrap();
    match greeter::load(&wasm, Host::default()) {
        Ok(_) => panic!("{change:?} is not noticed"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn another_interface_is_named() {
    let cases = [
        (
            ("(export \"greet\")", "(export \"greets\")"),
            "missing export: `greet` must be a function () -> (i32)",
        ),
        (
            (
                "(export \"double\") (param $n i64)",
                "(export \"double\") (param $n i64) (param i32)",
            ),
            "incompatible export: `double` must be a function (i64) -> (i64), it is a function \
             (i64, i32) -> (i64)",
        ),
        (
            ("(export \"version\") i32", "(export \"version\") (mut i32)"),
            "incompatible export: `version` must be an immutable global of type i32, it is a \
             mutable global of type i32",
        ),
        (
            ("\"env\" \"hear\"", "\"env\" \"listen\""),
            "unknown import: `env` `listen` is not given",
        ),
        (
            ("\"env\" \"decide\"", "\"env\" \"hear\""),
            "incompatible import type: `env` `hear` must be a function (i32) -> (i64), it is a \
             function (i32, i32) -> ()",
        ),
    ];
    for (change, message) in cases {
        assert_eq!(refused(change), message, "{change:?}");
    }
}

#[test]
fn bytes_that_are_no_module_are_refused() {
    let error = greeter::load(b"\0asm\x01\0\0\0\x01\x02", Host::default()).unwrap_err();
    assert!(matches!(error, InstantiationError::Invalid(_)), "{error}");
    assert!(error.to_string().contains("offset"), "{error}");
}
