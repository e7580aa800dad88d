//! What modules of [AssemblyScript](https://www.assemblyscript.org) import from `env`: `abort`,
//! `trace` and `seed`. A host calls these from its implementation of the module's trait:
//!
//! ```ignore
//! use wasm2rs_support::{HostError, assembly_script};
//!
//! impl program::Env for Host {
//!     fn abort(
//!         caller: &mut program::Caller<'_, Self>,
//!         message: i32,
//!         file: i32,
//!         line: i32,
//!         column: i32,
//!     ) -> Result<(), HostError> {
//!         Err(assembly_script::abort(&caller.memory(), message, file, line, column))
//!     }
//!
//!     fn seed(_: &mut program::Caller<'_, Self>) -> Result<f64, HostError> {
//!         Ok(assembly_script::seed())
//!     }
//! }
//! ```

use alloc::string::String;
use core::error::Error;
use core::fmt::{self, Write};

use crate::shared_memory::MemoryMut;
use crate::trap::{HostError, Trap};

/// What a module aborted with: `throw`, or a failed `assert`. The call of the export ends with a
/// trap that has it ([`Trap::downcast`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Abort {
    /// The message, empty if there is none.
    pub message: String,
    /// The source file.
    pub file: String,
    /// The line in it, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

impl fmt::Display for Abort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Abort {
            message,
            file,
            line,
            column,
        } = self;
        write!(f, "{message} at {file}:{line}:{column}")
    }
}

impl Error for Abort {}

/// The error for `abort` to return: an [`Abort`], or what is wrong with the strings it was given.
pub fn abort(memory: &MemoryMut<'_>, message: i32, file: i32, line: i32, column: i32) -> HostError {
    let strings = string(memory, message).and_then(|message| Ok((message, string(memory, file)?)));
    match strings {
        Ok((message, file)) => HostError::from(Abort {
            message,
            file,
            line: line.cast_unsigned(),
            column: column.cast_unsigned(),
        }),
        Err(trap) => HostError::from(trap),
    }
}

/// The line for `trace` to print, without the end of line: the message, and the first `count` of
/// the numbers.
///
/// # Errors
/// As [`string`].
pub fn trace(
    memory: &MemoryMut<'_>,
    message: i32,
    count: i32,
    numbers: [f64; 5],
) -> Result<String, Trap> {
    let mut line = String::from("trace: ");
    line.push_str(&string(memory, message)?);
    let count = usize::try_from(count).unwrap_or(0);
    for (place, number) in numbers.iter().take(count).enumerate() {
        // Writing to a string does not fail.
        _ = write!(line, "{}{number}", if place == 0 { ' ' } else { ',' });
    }
    Ok(line)
}

/// A number for `seed`, from which `Math.random` goes on: another one each time, but nothing to
/// make keys of.
#[cfg(feature = "std")]
pub fn seed() -> f64 {
    use std::hash::{BuildHasher, RandomState};
    // As many bits as the number takes without rounding.
    (RandomState::new().hash_one(0_u8) >> 11) as f64
}

/// The string at an address: UTF-16, with its size in the four bytes before it. `null` is an empty
/// one; halves of surrogate pairs are replaced.
///
/// # Errors
/// A trap of kind [`TrapKind::MemoryOutOfBounds`](crate::TrapKind::MemoryOutOfBounds) when it is
/// not all in the memory.
pub fn string(memory: &MemoryMut<'_>, address: i32) -> Result<String, Trap> {
    if address == 0 {
        return Ok(String::new());
    }
    let size = memory.read(address.wrapping_sub(4), 4)?;
    let size = size
        .first_chunk()
        .map_or(0, |&size| u32::from_le_bytes(size));
    let (units, _) = memory.read(address, size)?.as_chunks();
    let units = units.iter().map(|&unit| u16::from_le_bytes(unit));
    let decoded = char::decode_utf16(units);
    Ok(decoded
        .map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect())
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::{Memory, Store};

    fn with(text: &[u16], test: impl Fn(&MemoryMut<'_>)) {
        let mut memory = Memory::new(&Store::new(), 1, None).unwrap();
        let mut view = memory.view();
        let bytes: alloc::vec::Vec<u8> = text.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        view.write(8, &(bytes.len() as u32).to_le_bytes()).unwrap();
        view.write(12, &bytes).unwrap();
        view.write(0xfffc, &8_u32.to_le_bytes()).unwrap();
        test(&view);
    }

    #[test]
    fn strings_are_decoded() {
        let text: alloc::vec::Vec<u16> = "Wörld 🌍".encode_utf16().collect();
        with(&text, |memory| {
            assert_eq!(string(memory, 12).unwrap(), "Wörld 🌍");
            assert_eq!(string(memory, 0).unwrap(), "");
            // Sizes and addresses that lead out.
            for address in [0x1_0000, -1, 2, 1] {
                let result = string(memory, address);
                assert!(result.is_err() || address == 2 || address == 1, "{address}");
            }
            assert!(string(memory, 0xfffe).is_err());
        });
        with(&[0xd83c, 0x41], |memory| {
            assert_eq!(string(memory, 12).unwrap(), "\u{fffd}A");
        });
    }

    #[test]
    fn what_is_aborted_with_comes_out() {
        let text: alloc::vec::Vec<u16> = "oops".encode_utf16().collect();
        with(&text, |memory| {
            let trap = abort(memory, 12, 12, 3, 4).into_trap();
            assert_eq!(
                trap.downcast_ref::<Abort>().unwrap().to_string(),
                "oops at oops:3:4"
            );
            // A message that is nowhere is a trap, and no abort.
            let trap = abort(memory, -1, 12, 3, 4).into_trap();
            assert!(trap.downcast_ref::<Abort>().is_none());
            assert_eq!(
                trace(memory, 12, 2, [1.0, 2.5, 3.0, 4.0, 5.0]).unwrap(),
                "trace: oops 1,2.5"
            );
            assert_eq!(trace(memory, 12, -1, [0.0; 5]).unwrap(), "trace: oops");
            assert_eq!(
                trace(memory, 12, 99, [0.0; 5]).unwrap(),
                "trace: oops 0,0,0,0,0"
            );
        });
        #[cfg(feature = "std")]
        assert!(seed() != seed());
    }
}
