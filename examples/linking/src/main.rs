//! Two modules that share a memory and a table, and call each other.
#![forbid(unsafe_code)]

use std::error::Error;

use wasm2rs_support::{Extern, Func, FuncRef, HostError, Imports, Memory, Store, Table, Value};

mod words {
    wasm2rs_support::include_wasm!("words.wat");
}
mod shout {
    wasm2rs_support::include_wasm!("shout.wat");
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("typed:   {}", typed()?);
    println!("by name: {}", by_name()?);
    Ok(())
}

/// The host of `shout`, which imports what `words` exports.
struct Host {
    words: Option<Words>,
}

/// Handles to what `words` exports.
struct Words {
    memory: Memory,
    letters: Table<FuncRef>,
    change: Func,
}

impl Host {
    fn words(&self) -> &Words {
        self.words.as_ref().expect("linked as long as it is used")
    }
}

impl shout::Words for Host {
    fn memory(&mut self) -> Memory {
        self.words().memory.clone()
    }

    fn letters(&mut self) -> Table<FuncRef> {
        self.words().letters.clone()
    }

    fn change(
        caller: &mut shout::Caller<'_, Self>,
        length: i32,
        which: i32,
    ) -> Result<(), HostError> {
        let change = caller.words().change.clone();
        // `words` will call back into `shout` through the table, so the host is let go meanwhile.
        let _instance = caller.enter();
        change.call(&[length.into(), which.into()])?;
        Ok(())
    }
}

/// The host hands over what is imported, as types that fit, and stands between the two.
fn typed() -> Result<String, Box<dyn Error>> {
    let store = Store::new();
    let mut words = words::Instance::new_in(&store, ())?;
    words.change(3, 0)?;
    let Some(Extern::Memory(memory)) = words.export("memory") else {
        return Err("no memory".into());
    };
    let exports = Words {
        memory,
        letters: words.letters(),
        change: words.func("change").ok_or("no function")?,
    };
    let host = Host {
        words: Some(exports),
    };
    let mut shout = shout::Instance::new_in(&store, host)?;
    let length = shout.shout()?.cast_unsigned();
    // Handles keep the store alive, and the store its hosts: one of them has to let go.
    shout.host().words = None;
    Ok(words.memory().read_string(0, length)?)
}

/// The host passes on everything by name; the functions call each other without it.
fn by_name() -> Result<String, Box<dyn Error>> {
    let store = Store::new();
    let mut words = words::Instance::new_in(&store, ())?;
    let mut imports = Imports::new();
    let names: Vec<_> = words.exports().collect();
    for name in names {
        if let Some(export) = words.export(name) {
            imports.define("words", name, export);
        }
    }
    let mut shout = shout::Instance::link(&store, &imports)?;

    // Calls by name take and give values.
    words.call("change", &[Value::I32(3), Value::I32(0)])?;
    let results = shout.call("shout", &[])?;
    let [Value::I32(length)] = results[..] else {
        return Err("not one number".into());
    };
    // The function that `shout` left in the table is called by `words` as one of its own.
    words.change(1, 1)?;
    assert_eq!(shout.count(), 4);
    Ok(words.memory().read_string(0, length.cast_unsigned())?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use wasm2rs_support::{CallError, InstantiationError, LinkReason, TrapKind};

    #[test]
    fn both_ways_give_the_same() {
        assert_eq!(typed().expect("typed"), "IBM");
        assert_eq!(by_name().expect("by name"), "IBM");
    }

    #[test]
    fn a_function_in_a_table_outlives_the_handle_of_its_instance() {
        let store = Store::new();
        let mut words = words::Instance::new_in(&store, ()).expect("words");
        let mut imports = Imports::new();
        for name in ["memory", "letters", "change"] {
            imports.define("words", name, words.export(name).expect("an export"));
        }
        let mut shout = shout::Instance::link(&store, &imports).expect("shout");
        shout.shout().expect("shouted");
        drop((shout, imports, store));
        words.memory().write(0, b"again").expect("room");
        words.change(5, 1).expect("changed");
        assert_eq!(words.memory().read(0, 5).expect("there"), b"AGAIN");
        let trap = words.change(1, 2).expect_err("no such function");
        assert_eq!(trap.kind(), TrapKind::UndefinedElement);
    }

    #[test]
    fn what_nobody_holds_any_more_is_freed() {
        let witness = Arc::new(());
        let store = Store::new();
        let mut words = words::Instance::new_in(&store, witness.clone()).expect("words");
        let mut imports = Imports::new();
        for name in ["memory", "letters", "change"] {
            imports.define("words", name, words.export(name).expect("an export"));
        }
        let mut shout = shout::Instance::link(&store, &imports).expect("shout");
        shout.shout().expect("shouted");
        drop((words, imports, store));
        shout.shout().expect("shouted again");
        assert_eq!(Arc::strong_count(&witness), 2);
        drop(shout);
        assert_eq!(Arc::strong_count(&witness), 1);
    }

    #[test]
    fn what_is_missing_or_does_not_fit_is_named() {
        let store = Store::new();
        let mut words = words::Instance::new_in(&store, ()).expect("words");
        let mut imports = Imports::new();
        imports.define("words", "memory", words.export("memory").expect("a memory"));
        imports.define(
            "words",
            "letters",
            words.export("memory").expect("a memory"),
        );
        imports.define(
            "words",
            "change",
            words.export("change").expect("a function"),
        );
        let Err(InstantiationError::Link(error)) = shout::Instance::link(&store, &imports) else {
            panic!("it must not link");
        };
        assert_eq!((&*error.module, &*error.name), ("words", "letters"));
        assert!(matches!(error.reason, LinkReason::IncompatibleType(..)));

        let none = shout::Instance::link(&store, &Imports::new()).expect_err("not linked");
        assert_eq!(
            none.to_string(),
            "unknown import: `words` `change` is not given"
        );

        let elsewhere = shout::Instance::link(&Store::new(), &imports).expect_err("not linked");
        assert!(
            elsewhere.to_string().contains("belongs to another store"),
            "{elsewhere}"
        );
    }

    #[test]
    fn calls_by_name_check_their_arguments() {
        let mut words = words::Instance::new(()).expect("words");
        assert_eq!(
            words.exports().collect::<Vec<_>>(),
            ["memory", "letters", "change"]
        );
        assert!(matches!(
            words.call("chant", &[]),
            Err(CallError::UnknownFunction(_))
        ));
        let error = words.call("change", &[Value::I32(1)]).expect_err("too few");
        assert_eq!(
            error.to_string(),
            "the function takes (i32, i32), it was given (i32)"
        );
    }
}
