//! Strings through `malloc` and `free`: what TinyGo, Zig and C have, and the first example of most
//! runtimes.
//!
//! A string given to the guest is put where the guest's `malloc` says. One that the guest gives is
//! an address and a length in one 64-bit number, and is freed by whoever called.

use wasm2rs_support::HostError;

use crate::Error;
use crate::guests::allocation as guest;

/// What the guest can reach.
#[derive(Debug, Default)]
pub struct Host {
    log: Vec<String>,
}

impl guest::Env for Host {
    fn log(caller: &mut guest::Caller<'_, Self>, text: i32, length: i32) -> Result<(), HostError> {
        let (host, memory) = caller.split();
        host.log.push(memory.read_string(text, length)?);
        Ok(())
    }
}

/// A guest that greets.
#[derive(Debug)]
pub struct Greeter {
    instance: guest::Instance<Host>,
}

impl Greeter {
    /// The one that is compiled in.
    ///
    /// # Errors
    /// When it can't be instantiated.
    pub fn built_in() -> Result<Greeter, Error> {
        let mut instance = guest::Instance::new(Host::default())?;
        // What a C library does before `main`, if there is one.
        if let Some(initialize) = instance.func("_initialize") {
            initialize.call(&[])?;
        }
        Ok(Greeter { instance })
    }

    /// Has the guest log a greeting.
    ///
    /// # Errors
    /// When the guest has no room for the name, or traps.
    pub fn greet(&mut self, name: &str) -> Result<(), Error> {
        self.lend(name, |instance, name, length| {
            Ok(instance.greet(name, length)?)
        })
    }

    /// Asks the guest for a greeting.
    ///
    /// # Errors
    /// As [`Greeter::greet`], and when what the guest gives is not in its memory.
    pub fn greeting(&mut self, name: &str) -> Result<String, Error> {
        self.lend(name, |instance, name, length| {
            let packed = instance.greeting(name, length)?;
            let (text, length) = ((packed >> 32) as i32, packed as i32);
            let greeting = instance.memory().read_string(text, length);
            instance.free(text)?;
            Ok(greeting?)
        })
    }

    /// The lines that the guest logged.
    pub fn take_log(&mut self) -> Vec<String> {
        std::mem::take(&mut self.instance.host().log)
    }

    /// Calls `f` with where the text is in the guest's memory, and its length.
    fn lend<R>(
        &mut self,
        text: &str,
        f: impl FnOnce(&mut guest::Instance<Host>, i32, i32) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let length = i32::try_from(text.len())?;
        let place = self.instance.malloc(length)?;
        if place == 0 {
            return Err(format!("the guest has no room for {length} bytes").into());
        }
        self.instance.memory().write(place, text.as_bytes())?;
        let result = f(&mut self.instance, place, length);
        self.instance.free(place)?;
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_go_in_and_out() {
        let mut greeter = Greeter::built_in().expect("a guest");
        greeter.greet("wazero").expect("greeted");
        assert_eq!(greeter.take_log(), ["wasm >> Hello, wazero!"]);
        let greeting = greeter.greeting("TinyGo").expect("a greeting");
        assert_eq!(greeting, "Hello, TinyGo!");
        let long = "long ".repeat(100_000);
        let greeting = greeter.greeting(&long).expect("a greeting");
        assert_eq!(greeting, format!("Hello, {long}!"));
    }

    #[test]
    fn what_was_allocated_is_freed() {
        let mut greeter = Greeter::built_in().expect("a guest");
        for name in ["", "x", "somebody"] {
            greeter.greet(name).expect("greeted");
            greeter.greeting(name).expect("a greeting");
            assert_eq!(greeter.instance.live(), 0);
        }
    }

    #[test]
    fn no_room_is_an_error() {
        let mut greeter = Greeter::built_in().expect("a guest");
        let error = greeter
            .greet(&"x".repeat(0x1000_0000))
            .expect_err("no room");
        assert_eq!(
            error.to_string(),
            "the guest has no room for 268435456 bytes"
        );
        // And nothing is broken by it.
        assert_eq!(greeter.greeting("you").expect("a greeting"), "Hello, you!");
    }
}
