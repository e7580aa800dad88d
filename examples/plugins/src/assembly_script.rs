//! What AssemblyScript's compiler makes, with `--exportRuntime`: strings are objects in the guest's
//! memory, which its garbage collector keeps as long as they are pinned, and `throw` is a call of
//! `abort`.

use std::fmt;

use wasm2rs_support::{HostError, MemoryMut, Trap};

use crate::Error;
use crate::guests::assembly_script as guest;

/// The number of the class `String`.
const STRING: i32 = 2;

/// What a guest threw.
#[derive(Debug, PartialEq, Eq)]
pub struct Abort {
    /// The message of the error.
    pub message: String,
    /// The source file.
    pub file: String,
    /// The line in it, from 1.
    pub line: i32,
    /// The column, from 1.
    pub column: i32,
}

impl fmt::Display for Abort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Abort {
            message,
            file,
            line,
            column,
        } = self;
        write!(f, "{message} ({file}:{line}:{column})")
    }
}

impl std::error::Error for Abort {}

/// What the guest can reach.
#[derive(Debug, Default)]
pub struct Host {
    log: Vec<String>,
}

impl guest::Env for Host {
    fn abort(
        caller: &mut guest::Caller<'_, Self>,
        message: i32,
        file: i32,
        line: i32,
        column: i32,
    ) -> Result<(), HostError> {
        let memory = caller.memory();
        Err(HostError::from(Abort {
            message: string(&memory, message)?,
            file: string(&memory, file)?,
            line,
            column,
        }))
    }
}

impl guest::Greeter for Host {
    fn log(caller: &mut guest::Caller<'_, Self>, text: i32) -> Result<(), HostError> {
        let (host, memory) = caller.split();
        host.log.push(string(&memory, text)?);
        Ok(())
    }
}

/// The string at an address; `null` is an empty one.
fn string(memory: &MemoryMut<'_>, address: i32) -> Result<String, Trap> {
    if address == 0 {
        return Ok(String::new());
    }
    // The four bytes before it are its size.
    let size: u32 = memory.load(address.wrapping_sub(4))?;
    let bytes = memory.read(address, size)?;
    let units = bytes.chunks_exact(2).map(|unit| match *unit {
        [low, high] => u16::from_le_bytes([low, high]),
        _ => 0,
    });
    Ok(char::decode_utf16(units)
        .map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect())
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
        let instance = guest::Instance::new(Host::default())?;
        Ok(Greeter { instance })
    }

    /// Asks the guest for a greeting.
    ///
    /// # Errors
    /// [`Abort`] for what the guest throws, or another trap.
    pub fn greet(&mut self, name: &str) -> Result<String, Error> {
        let name = self.new_string(name)?;
        // Nothing that is pinned is collected, whatever the guest does.
        self.instance.pin(name)?;
        let greeting = self.instance.greet(name);
        self.instance.unpin(name)?;
        match greeting {
            Ok(greeting) => Ok(string(&self.instance.memory(), greeting)?),
            Err(trap) => Err(trap
                .downcast::<Abort>()
                .map_or_else(Error::from, Error::from)),
        }
    }

    /// Has the guest collect its garbage; nothing of ours is pinned between calls.
    ///
    /// # Errors
    /// When the guest traps.
    pub fn collect(&mut self) -> Result<(), Error> {
        Ok(self.instance.collect()?)
    }

    /// The lines that the guest logged.
    pub fn take_log(&mut self) -> Vec<String> {
        std::mem::take(&mut self.instance.host().log)
    }

    fn new_string(&mut self, text: &str) -> Result<i32, Error> {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let object = self.instance.new_(i32::try_from(units.len())?, STRING)?;
        self.instance.memory().write(object, &units)?;
        Ok(object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_objects_of_the_guest() {
        let mut greeter = Greeter::built_in().expect("a guest");
        let greeting = greeter.greet("Wörld 🌍").expect("a greeting");
        assert_eq!(greeting, "Hello, Wörld 🌍!");
        assert_eq!(greeter.take_log(), ["greeting Wörld 🌍"]);
        for _ in 0..1000 {
            greeter.greet(&"x".repeat(1000)).expect("a greeting");
            greeter.collect().expect("no trap");
        }
        let pages = greeter.instance.memory().size();
        assert!(pages < 10, "garbage is collected: {pages} pages");
    }

    #[test]
    fn what_is_thrown_comes_out() {
        let mut greeter = Greeter::built_in().expect("a guest");
        let error = greeter.greet("").expect_err("thrown");
        let abort = error.downcast::<Abort>().expect("an abort");
        assert_eq!(abort.to_string(), "nobody to greet (greeter.ts:6:27)");
        // The guest goes on.
        assert_eq!(greeter.greet("you").expect("a greeting"), "Hello, you!");
    }
}
