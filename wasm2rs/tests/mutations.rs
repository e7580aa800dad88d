//! Damaged modules: whatever they are, the translator answers, and never panics.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use wasm2rs::{Error, Translation};

/// How many damaged modules are tried.
const TRIES: u64 = 10_000;

/// How many outputs are also checked to be Rust.
const CHECKED: u64 = 200;

/// Numbers that look random, the same at every run (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// Modules of our own, in the binary format; or those of the directory that
/// `WASM2RS_MUTATION_INPUTS` names, to try others' once.
fn modules() -> Vec<(PathBuf, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut modules = Vec::new();
    if let Some(directory) = std::env::var_os("WASM2RS_MUTATION_INPUTS") {
        collect(Path::new(&directory), 2, &mut modules);
        modules.sort();
        return modules;
    }
    for directory in [root.join("tests/inputs"), root.join("../examples")] {
        collect(&directory, 2, &mut modules);
    }
    assert!(modules.len() >= 3, "the inputs are missing");
    modules.sort();
    modules
}

fn collect(directory: &Path, depth: u32, modules: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        let extension = path.extension().unwrap_or_default();
        if path.is_dir() && depth > 0 {
            collect(&path, depth - 1, modules);
        } else if extension == "wat" || extension == "wasm" {
            let wasm = wasm2rs::read_module(&path).unwrap();
            // Large ones would take most of the time.
            if wasm.len() < 300_000 {
                modules.push((path, wasm));
            }
        }
    }
}

/// Damages a module as transport, disks and fuzzers do.
fn damage(wasm: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(3) {
        let at = random.below(wasm.len());
        match random.below(8) {
            0..4 => {
                if let Some(byte) = wasm.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
            4 => wasm.truncate(at),
            5 => wasm.insert(at, random.next() as u8),
            6 => {
                let end = (at + random.below(16)).min(wasm.len());
                wasm.drain(at..end);
            }
            _ => {
                let end = (at + random.below(32)).min(wasm.len());
                let piece = wasm[at..end].to_vec();
                let to = random.below(wasm.len());
                wasm.splice(to..to, piece);
            }
        }
    }
}

#[test]
fn damaged_modules_are_refused_or_translated() {
    let modules = modules();
    let mut random = Random(0x5eed);
    let (mut refused, mut translated, mut checked) = (0, 0, 0);
    for number in 0..TRIES {
        let (path, wasm) = &modules[random.below(modules.len())];
        let mut wasm = wasm.clone();
        damage(&mut wasm, &mut random);
        let result = catch_unwind(AssertUnwindSafe(|| match Translation::new(&wasm) {
            Ok(translation) if checked < CHECKED => {
                checked += 1;
                translation.source().map(|source| source.len())
            }
            Ok(translation) => translation.tokens().map(|_| 0),
            Err(error) => Err(error),
        }));
        let place = || format!("try {number}, of {}", path.display());
        match result {
            Ok(Ok(_)) => translated += 1,
            Ok(Err(Error::Internal(message))) => panic!("{}: {message}", place()),
            Ok(Err(error)) => {
                assert!(!error.to_string().is_empty(), "{}", place());
                refused += 1;
            }
            Err(_) => panic!("{} panicked", place()),
        }
    }
    println!("{refused} were refused, {translated} translated");
    // Else the test would test one half only.
    assert!(refused > TRIES / 10 && translated > TRIES / 100);
}

#[test]
fn modules_cut_anywhere_are_refused() {
    for (path, wasm) in modules() {
        // What ends between two sections may be a module by itself, if the rest was not needed.
        let whole = Translation::new(&wasm);
        let fits = matches!(whole, Ok(_) | Err(Error::Unsupported { .. }));
        assert!(fits, "{}", path.display());
        for length in 0..wasm.len().min(2_000) {
            if let Err(error) = Translation::new(&wasm[..length]) {
                assert!(
                    !matches!(error, Error::Internal(_)),
                    "{}: {error}",
                    path.display()
                );
            }
        }
        assert!(
            Translation::new(&wasm[..wasm.len() / 2]).is_err(),
            "{}",
            path.display()
        );
    }
}
