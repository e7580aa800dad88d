//! The functions of `wasi_snapshot_preview1`, by name.
//!
//! Each takes the guest's state, its memory, and what the WebAssembly function takes, and returns
//! a number of [`Errno`](super::Errno). Only [`proc_exit`] returns an error, which ends the guest.
//! A host of your own can call them, to add to one of them for example. What they do is described
//! in full at <https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md>.

use super::types::Abi;

const ABI: Abi = Abi::Preview1;

super::functions::define_all! {}

#[cfg(test)]
mod tests {
    use super::super::testing::Guest;
    use super::super::{Errno, WasiMemory};
    use super::*;

    #[test]
    fn all_functions_of_the_document_are_there_once() {
        let mut names: Vec<_> = FUNCTIONS.iter().map(|function| function.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 46);
    }

    #[test]
    fn types_are_listed() {
        use crate::value::ValueType;
        let get = |name| {
            let found = FUNCTIONS.iter().find(|function| function.name == name);
            let function = found.expect("a function of that name");
            let letter = |value_type: &ValueType| match value_type {
                ValueType::I32 => 'i',
                _ => 'I',
            };
            let letters = |types: &[ValueType]| types.iter().map(letter).collect::<String>();
            (letters(function.params), letters(function.results))
        };
        let types = |params: &str, results: &str| (params.to_string(), results.to_string());
        assert_eq!(get("fd_write"), types("iiii", "i"));
        assert_eq!(get("path_open"), types("iiiiiIIii", "i"));
        assert_eq!(get("fd_seek"), types("iIii", "i"));
        assert_eq!(get("sched_yield"), types("", "i"));
        assert_eq!(get("proc_exit"), types("i", ""));
        assert_eq!(get("path_filestat_set_times").0, "iiiiIIi");
    }

    /// Whatever a guest passes, nothing panics and nothing but an error number comes of it.
    #[test]
    fn no_arguments_do_harm() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        // Descriptors, lengths, flags, places in the memory and just beyond, and nonsense. Sizes
        // in between are left out: a file that long might be had.
        const END: i64 = 0x10000;
        const PLAUSIBLE: [i64; 18] = [
            0,
            1,
            2,
            3,
            4,
            5,
            6,
            7,
            8,
            16,
            64,
            100,
            128,
            1024,
            4096,
            END - 8,
            END - 1,
            END,
        ];
        const NONSENSE: [i64; 7] = [-1, -2, -8, END + 1, i64::MIN, i64::MAX, i32::MIN as i64];
        const PATHS: [&str; 8] = [".", "a", "b", "a/b", "..", "/", "a/", "c\0"];
        for _ in 0..100 {
            let mut guest = Guest::new();
            for at in (0..8192).step_by(8) {
                let value = PLAUSIBLE[random() as usize % PLAUSIBLE.len()];
                guest.memory[at..at + 8].copy_from_slice(&value.to_le_bytes());
            }
            for (i, path) in PATHS.iter().enumerate() {
                guest.memory[64 * i..][..path.len()].copy_from_slice(path.as_bytes());
            }
            for _ in 0..200 {
                let function = &FUNCTIONS[random() as usize % FUNCTIONS.len()];
                let name = function.name;
                // One would sleep, and the other always fails.
                if matches!(name, "poll_oneoff" | "proc_exit") {
                    continue;
                }
                let mut argument = || match random() % 16 {
                    0 => NONSENSE[random() as usize % NONSENSE.len()] as u64,
                    _ => PLAUSIBLE[random() as usize % PLAUSIBLE.len()] as u64,
                };
                let arguments: Vec<u64> = function.params.iter().map(|_| argument()).collect();
                let mut memory = WasiMemory::from(&mut guest.memory[..]);
                match function.call(&mut guest.wasi, &mut memory, &arguments) {
                    Ok(code) => assert!(Errno::from_code(code).is_some(), "{name}"),
                    Err(_) => panic!("{name} ended the guest"),
                }
            }
        }
    }
}
