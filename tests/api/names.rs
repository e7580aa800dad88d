//! Names that Rust would not have: each export has a method, and can be called by its own name.

use wasm2rs_support::{HostError, Value};
use wasm2rs_tests::generate;

mod names {
    include_module!("modules/names.wat");
}
mod built_long_names {
    include!(concat!(env!("OUT_DIR"), "/long_names.rs"));
}
use names::Caller;

struct Host;

type Number = Result<i32, HostError>;

impl names::Env for Host {
    fn unnamed(_: &mut Caller<'_, Self>) -> Number {
        Ok(1)
    }
    fn self_(_: &mut Caller<'_, Self>) -> Number {
        Ok(2)
    }
    fn Self_(_: &mut Caller<'_, Self>) -> Number {
        Ok(3)
    }
    fn crate_(_: &mut Caller<'_, Self>) -> Number {
        Ok(4)
    }
    fn a_b(_: &mut Caller<'_, Self>) -> Number {
        Ok(5)
    }
    fn a_b_2(_: &mut Caller<'_, Self>) -> Number {
        Ok(6)
    }
    fn a_b_3(_: &mut Caller<'_, Self>, number: i32) -> Number {
        Ok(number)
    }
}
impl names::Unnamed for Host {
    fn type_(_: &mut Caller<'_, Self>) -> Number {
        Ok(8)
    }
}
impl names::Fn_ for Host {
    fn gen_(_: &mut Caller<'_, Self>) -> Number {
        Ok(9)
    }
}
impl names::Self_ for Host {
    fn n1(_: &mut Caller<'_, Self>) -> Number {
        Ok(10)
    }
}
impl names::Instance_ for Host {
    fn new(_: &mut Caller<'_, Self>) -> Number {
        Ok(11)
    }
}
impl names::AB for Host {
    fn f(_: &mut Caller<'_, Self>) -> Number {
        Ok(12)
    }
}
impl names::AB_2 for Host {
    fn f(_: &mut Caller<'_, Self>) -> Number {
        Ok(13)
    }
}
impl names::TwoLines for Host {
    fn unnamed(_: &mut Caller<'_, Self>) -> Number {
        Ok(14)
    }
}
// Of another type than WASI's, so it is left to the host.
impl names::WasiSnapshotPreview1 for Host {
    fn fd_write(_: &mut Caller<'_, Self>) -> Number {
        Ok(15)
    }
}

#[test]
fn every_import_reaches_its_method() {
    let mut instance = names::Instance::new(Host).expect("an instance");
    // 1 to 15 but 7, and 1000.
    assert_eq!(instance.all().expect("no trap"), 1113);
}

#[test]
fn every_export_has_a_method() {
    let mut instance = names::Instance::new(Host).expect("an instance");
    let i = &mut instance;
    let numbers = [
        i.unnamed(),
        i.fn_(),
        i.self_(),
        i.Self_(),
        i.crate_(),
        i.super_(),
        i.gen_(),
        i.async_(),
        i.try_(),
        i.unnamed_2(),
        i.unnamed_3(),
        i.a_b(),
        i.a_b_2(),
        i.a_b_3(),
        i.a_b_2_2(),
        i.new_(),
        i.host_(),
        i.drop(),
        i.clone(),
        i.n123(),
        i.unnamed_4(),
        i.unnamed_5(),
        i.camelCase_T(),
        i.quoted(),
        i.new_line(),
        i.turned(),
        i.macro_rules(),
        i.union(),
        i.abstract_(),
        i.set_global_3(),
        i.unnamed_6(),
        i.static_(),
        i.dyn_(),
        i.into_(),
        i.as_mut_(),
    ];
    for (place, number) in numbers.into_iter().enumerate() {
        assert_eq!(number.expect("no trap"), place as i32 + 1);
    }
    // The setter of `global` comes before what is called so itself.
    i.set_global(5);
    i.set_set_global_2(6);
    assert_eq!((i.global(), i.set_global_2()), (5, 6));
    i.m().write(0, b"m").expect("room");
}

#[test]
fn every_export_can_be_called_by_its_own_name() {
    let mut instance = names::Instance::new(Host).expect("an instance");
    let exports: Vec<_> = instance.exports().collect();
    assert_eq!(exports[..4], ["m\0", "global", "set-global", ""]);
    assert!(exports.contains(&"\"quoted\" \\ {} //") && exports.contains(&"日本語"));
    let mut number = 0;
    for name in exports {
        if name == "all" || instance.func(name).is_none() {
            continue;
        }
        number += 1;
        let results = instance.call(name, &[]).expect("no trap");
        assert!(
            results[0].same_bits(&Value::I32(number)),
            "{name}: {results:?}"
        );
    }
    assert_eq!(number, 35);
    assert!(
        instance.call("fn_", &[]).is_err(),
        "that is only its name in Rust"
    );
}

#[test]
fn long_names_are_cut_and_stay_apart() {
    let mut instance = built_long_names::Instance::new(()).expect("an instance");
    let name = instance.exports().next().expect("an export");
    assert_eq!(name.len(), generate::LONG_NAME + 1);
    let results = instance.call(name, &[]).expect("no trap");
    assert!(results[0].same_bits(&Value::I32(1)));
    let first = instance.long_long_long_long_long_long_long_long_long_lon();
    let second = instance.long_long_long_long_long_long_long_long_long_lon_2();
    assert_eq!((first.expect("no trap"), second.expect("no trap")), (1, 2));
}
