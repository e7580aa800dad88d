//! Uses a module that the build script translated: text into its memory, typed calls, text out.
#![forbid(unsafe_code)]

use std::error::Error;

mod cipher {
    include!(concat!(env!("OUT_DIR"), "/cipher.rs"));
}

fn main() -> Result<(), Box<dyn Error>> {
    // The module imports nothing, so its host can be anything.
    let mut instance = cipher::Instance::new(())?;
    let secret = turned(&mut instance, "Safe, fast, and all of it Rust!", 13)?;
    println!("{secret}");
    println!("{}", turned(&mut instance, &secret, 13)?);

    // Several results are a tuple.
    let place = instance.text();
    let (a, b) = instance.checksum(place, secret.len() as i32)?;
    println!("checksum {a:02x}{b:02x}");
    Ok(())
}

/// The text with each letter turned by `shift` places, which the module does in its memory.
fn turned(
    instance: &mut cipher::Instance<()>,
    text: &str,
    shift: i32,
) -> Result<String, Box<dyn Error>> {
    let length = u32::try_from(text.len())?;
    // The module exports an address that text may be put at.
    let place = instance.text();
    // Each of these statements borrows the memory only for itself: while it is lent, the module
    // can't run.
    instance
        .memory()
        .write(place.cast_unsigned(), text.as_bytes())?;
    instance.turn(place, length.cast_signed(), shift)?;
    Ok(instance
        .memory()
        .read_string(place.cast_unsigned(), length)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm2rs_support::{Trap, TrapKind};

    #[test]
    fn text_goes_in_and_comes_out() {
        let mut instance = cipher::Instance::new(()).expect("an instance");
        let secret = turned(&mut instance, "Hello, World: xyz", 3).expect("turned");
        assert_eq!(secret, "Khoor, Zruog: abc");
        assert_eq!(
            turned(&mut instance, &secret, 23).expect("back"),
            "Hello, World: xyz"
        );
    }

    #[test]
    fn several_results_are_a_tuple() {
        let mut instance = cipher::Instance::new(()).expect("an instance");
        instance.memory().write(2000, b"abcde").expect("room");
        assert_eq!(instance.checksum(2000, 5).expect("sums"), (0xF0, 0xC8));
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let mut instance = cipher::Instance::new(()).expect("an instance");
        let outside: Result<(), Trap> = instance.turn(65535, 2, 1);
        let kind = outside.expect_err("a trap").kind();
        assert_eq!(kind, TrapKind::MemoryOutOfBounds);
        let text = "x".repeat(70_000);
        let error = turned(&mut instance, &text, 1).expect_err("too much");
        assert_eq!(error.to_string(), "out of bounds memory access");
    }
}
