//! What the tests of the example ask its own guest.

use crate::Error;
use crate::assembly_script::{Abort, Greeter};

pub fn check() -> Result<(), Error> {
    let mut greeter = Greeter::built_in()?;
    assert_eq!(greeter.greet("Wörld 🌍")?, "Hello, Wörld 🌍!");
    assert_eq!(greeter.take_log(), ["greeting Wörld 🌍"]);
    for length in 0..2000 {
        let name = "x".repeat(length + 1);
        assert_eq!(greeter.greet(&name)?, format!("Hello, {name}!"));
        if length % 100 == 0 {
            greeter.collect()?;
        }
    }
    let error = greeter.greet("").expect_err("thrown");
    let abort = error.downcast::<Abort>()?;
    assert_eq!(abort.message, "nobody to greet");
    assert!(abort.file.ends_with("assembly_script.ts"), "{abort}");
    assert_eq!(abort.line, 7);
    assert_eq!(greeter.greet("you")?, "Hello, you!");
    Ok(())
}
