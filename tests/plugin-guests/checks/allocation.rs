//! What the tests of the example ask its own guest.

use crate::Error;
use crate::allocation::Greeter;

pub fn built_in() -> Result<(), Error> {
    check(Greeter::built_in()?)
}

pub fn loaded(wasm: &[u8]) -> Result<(), Error> {
    check(Greeter::load(wasm)?)
}

fn check(mut greeter: Greeter) -> Result<(), Error> {
    greeter.greet("wazero")?;
    assert_eq!(greeter.take_log(), ["wasm >> Hello, wazero!"]);
    assert_eq!(greeter.greeting("C")?, "Hello, C!");
    for length in [0, 1, 1000, 1_000_000] {
        let name = "x".repeat(length);
        for _ in 0..20 {
            assert_eq!(greeter.greeting(&name)?, format!("Hello, {name}!"));
        }
    }
    Ok(())
}
