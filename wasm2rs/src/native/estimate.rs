//! What building a module will cost, roughly.

use wasmparser::{Parser, Payload};

// Measured on a busy machine: SQLite, 1.4 MB of code in 3 crates, 47 s and 0.54 GB; CPython, 6.2 MB,
// but in 39 crates, 260 s.

/// Seconds of one core for a megabyte of WebAssembly code, in the profile `release`.
const SECONDS_PER_MB: f64 = 36.0;

/// Gigabytes of memory for a megabyte of WebAssembly code in one crate.
const GB_PER_MB: f64 = 0.4;

/// The most code in one crate, in megabytes.
const CRATE_MB: f64 = 1.0;

/// What a megabyte of code adds to the crate that refers to all of it, in GB.
const GB_PER_FAR_MB: f64 = 0.01;

/// What rustc takes for the smallest module, in GB.
const BASE_GB: f64 = 0.2;

/// What building a module is expected to cost. Rough: within a factor of two or so.
#[derive(Clone, Copy, Debug)]
pub struct Estimate {
    /// Bytes of code in the module.
    pub code: u64,
    /// Time on one core.
    pub seconds: f64,
    /// The most memory at a time.
    pub gigabytes: f64,
}

impl Estimate {
    /// For so much code.
    pub fn of_code(code: u64) -> Estimate {
        let megabytes = code as f64 / 1e6;
        Estimate {
            code,
            seconds: 1.0 + megabytes * SECONDS_PER_MB,
            gigabytes: BASE_GB + megabytes.min(CRATE_MB) * GB_PER_MB + megabytes * GB_PER_FAR_MB,
        }
    }

    /// For a module; of what can't be read of it, for nothing.
    pub fn of_module(wasm: &[u8]) -> Estimate {
        let code =
            Parser::new(0)
                .parse_all(wasm)
                .map_while(Result::ok)
                .map(|payload| match payload {
                    Payload::CodeSectionStart { size, .. } => u64::from(size),
                    _ => 0,
                });
        Estimate::of_code(code.sum())
    }
}
