//! The sources of the programs around a module.
//!
//! They are whole files, put together from parts, so that the parts can be read and formatted as
//! Rust. Nothing a program does not need is in it: one for a module without WASI does not link
//! the support crate's.

use std::ffi::{OsStr, OsString};
use std::net::SocketAddr;

use super::stamp::Hash;
use super::surroundings::Surroundings;

const MAIN: &str = include_str!("program/main.rs");
const STANDALONE: &str = include_str!("program/standalone.rs");
const STANDALONE_BARE: &str = include_str!("program/standalone_bare.rs");
const STANDALONE_WASI: &str = include_str!("program/standalone_wasi.rs");
const HOST_WASI: &str = include_str!("program/host_wasi.rs");
const HOST_THREADS: &str = include_str!("program/host_threads.rs");
const HOST_SPAWNS: &str = include_str!("program/host_spawns.rs");
const RUNNER: &str = include_str!("program/runner.rs");
const RUNNER_BARE: &str = include_str!("program/runner_bare.rs");
const RUNNER_WASI: &str = include_str!("program/runner_wasi.rs");

/// Where the directories that are built in are written.
const DIRECTORIES: &str = "/* directories */";

/// Where the limits of a memory that threads share are written.
const LIMITS: &str = "/* limits */";

/// What a program does with its module.
#[derive(Debug)]
pub enum Main {
    /// It calls the module's `_start` with what the process was given.
    Standalone {
        /// Directories to grant, as the host and as the guest calls them.
        directories: Vec<(String, String)>,
    },
    /// It does what `wasm2rs run` says in the arguments.
    Runner {
        /// Whether a function is called instead of `_start`.
        invoke: bool,
    },
}

/// Any, to tell programs apart by.
const THREADS: Surroundings = Surroundings::Threads {
    minimum: 1,
    maximum: 1,
    spawns: true,
};

impl Main {
    /// The source.
    pub fn source(&self, surroundings: Surroundings) -> String {
        let (main, bare, wasi) = match self {
            Main::Standalone { .. } => (STANDALONE, STANDALONE_BARE, STANDALONE_WASI),
            Main::Runner { .. } => (RUNNER, RUNNER_BARE, RUNNER_WASI),
        };
        let host = match surroundings {
            Surroundings::Bare => bare.to_string(),
            Surroundings::Wasi => [wasi, HOST_WASI].concat(),
            Surroundings::Threads {
                minimum,
                maximum,
                spawns,
            } => {
                let limits = format!("{minimum}, {maximum}");
                let spawns = if spawns { HOST_SPAWNS } else { "" };
                [wasi, HOST_THREADS, spawns]
                    .concat()
                    .replace(LIMITS, &limits)
            }
        };
        [MAIN, &host, main]
            .concat()
            .replace(DIRECTORIES, &self.directories())
    }

    fn directories(&self) -> String {
        match self {
            Main::Standalone { directories } => {
                let pairs = directories
                    .iter()
                    .map(|(host, guest)| format!("({host:?}, {guest:?})"));
                pairs.collect::<Vec<_>>().join(", ")
            }
            Main::Runner { .. } => String::new(),
        }
    }

    /// What tells two programs around the same module apart.
    pub fn identity(&self) -> String {
        Hash::default()
            .add(self.source(Surroundings::Bare))
            .add(self.source(Surroundings::Wasi))
            .add(self.source(THREADS))
            .finish()
    }
}

/// What `wasm2rs run` asks the program for.
#[derive(Debug, Default)]
pub struct Request {
    /// Directories to grant, as the host and as the guest calls them.
    pub directories: Vec<(OsString, String)>,
    /// Directories to grant for reading only, likewise.
    pub read_only_directories: Vec<(OsString, String)>,
    /// Where to listen for connections.
    pub listeners: Vec<SocketAddr>,
    /// The environment.
    pub environment: Vec<(OsString, OsString)>,
    /// A function to call instead of `_start`, and its arguments.
    pub call: Option<(String, Vec<Argument>)>,
    /// The arguments of the program, its name first.
    pub arguments: Vec<OsString>,
}

/// A number as an argument of a function: the name of its type, and its bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argument {
    /// `i32`, `i64`, `f32`, `f64` or `v128`.
    pub value_type: &'static str,
    /// Its bits, in the lower part where there are fewer than 128.
    pub bits: u128,
}

impl Request {
    /// The arguments that tell the program; `runner.rs` reads them.
    pub fn words(&self) -> Vec<OsString> {
        let mut words: Vec<&OsStr> = Vec::new();
        for (host, guest) in &self.directories {
            words.extend(["--dir".as_ref(), host.as_os_str(), guest.as_ref()]);
        }
        for (host, guest) in &self.read_only_directories {
            words.extend(["--read-only-dir".as_ref(), host.as_os_str(), guest.as_ref()]);
        }
        let listeners: Vec<_> = self.listeners.iter().map(SocketAddr::to_string).collect();
        for address in &listeners {
            words.extend(["--tcp-listen".as_ref(), OsStr::new(address)]);
        }
        for (name, value) in &self.environment {
            words.extend(["--env".as_ref(), name.as_os_str(), value.as_os_str()]);
        }
        let mut words: Vec<OsString> = words.into_iter().map(OsStr::to_owned).collect();
        if let Some((name, arguments)) = &self.call {
            words.extend(["--call".into(), name.into()]);
            for Argument { value_type, bits } in arguments {
                words.extend(["--value".into(), format!("{value_type}:{bits:x}").into()]);
            }
        }
        words.push("--".into());
        words.extend(self.arguments.iter().cloned());
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_rust() {
        let directories = vec![("a\"\\".to_string(), "/w".to_string())];
        for main in [
            Main::Standalone { directories },
            Main::Runner { invoke: false },
        ] {
            for surroundings in [Surroundings::Bare, Surroundings::Wasi, THREADS] {
                let source = main.source(surroundings);
                syn::parse_file(&source).unwrap_or_else(|error| panic!("{error} in {source}"));
                assert!(!source.contains(DIRECTORIES) && !source.contains(LIMITS));
            }
        }
    }

    #[test]
    fn programs_with_other_directories_are_others() {
        let main = |guest: &str| Main::Standalone {
            directories: vec![(".".to_string(), guest.to_string())],
        };
        assert_eq!(main("/a").identity(), main("/a").identity());
        assert_ne!(main("/a").identity(), main("/b").identity());
    }
}
