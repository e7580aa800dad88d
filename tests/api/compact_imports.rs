//! The compact import section.

use wasm2rs_support::{Global, HostError};

mod compact {
    include_module!("modules/compact_imports.wat");
}

struct Host;

impl compact::Env for Host {
    fn one(_: &mut compact::Caller<'_, Self>) -> Result<i32, HostError> {
        Ok(1)
    }
    fn two(_: &mut compact::Caller<'_, Self>) -> Result<i32, HostError> {
        Ok(20)
    }
    fn three(_: &mut compact::Caller<'_, Self>) -> Result<i32, HostError> {
        Ok(300)
    }
    fn limit(&mut self) -> Global<i32> {
        Global::new(4000, false)
    }
}

#[test]
fn each_import_is_called() {
    let mut instance = compact::Instance::new(Host).expect("an instance");
    assert_eq!(instance.sum().expect("no trap"), 4321);
}
