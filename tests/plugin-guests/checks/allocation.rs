//! What the tests of the example ask its own guest.

use crate::Error;
use crate::allocation::Greeter;

pub fn check() -> Result<(), Error> {
    let mut greeter = Greeter::built_in()?;
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
