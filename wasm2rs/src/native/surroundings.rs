//! What a module needs around it to run by itself.

use std::fmt;
use std::str::FromStr;

use crate::module::{FunctionType, Import, Module, ValueType};

/// What a program gives its module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surroundings {
    /// Nothing.
    Bare,
    /// WASI.
    Wasi,
    /// WASI, a memory that threads share, and the threads.
    Threads {
        /// Pages of the memory in the beginning.
        minimum: u32,
        /// And the most that it may have.
        maximum: u32,
        /// Whether the module starts threads, or only could.
        spawns: bool,
    },
}

impl Surroundings {
    /// What a module needs, as far as there is something for it.
    pub fn of(module: &Module<'_>) -> Surroundings {
        let memory = module.memories.iter().find(|memory| {
            let import = memory.import.as_ref();
            import.is_some_and(is_shared_memory) && memory.memory_type.shared
        });
        if let Some(memory) = memory {
            let memory_type = memory.memory_type;
            let pages = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
            return Surroundings::Threads {
                minimum: pages(memory_type.minimum),
                maximum: pages(memory_type.maximum.unwrap_or(memory_type.minimum)),
                spawns: module.functions.iter().any(|function| {
                    let function_type = &module.types[function.type_index as usize];
                    let import = function.import.as_ref();
                    import.is_some_and(|import| is_spawn(import, function_type))
                }),
            };
        }
        if crate::wasi::is_used(module) {
            Surroundings::Wasi
        } else {
            Surroundings::Bare
        }
    }
}

/// Whether an import is the memory that threads share, as compilers call it.
pub fn is_shared_memory(import: &Import) -> bool {
    import.module == "env" && import.name == "memory"
}

/// Whether an import is `thread-spawn` of wasi-threads.
pub fn is_spawn(import: &Import, function_type: &FunctionType) -> bool {
    import.module == "wasi"
        && import.name == "thread-spawn"
        && function_type.params == [ValueType::I32]
        && function_type.results == [ValueType::I32]
}

impl fmt::Display for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Surroundings::Bare => f.write_str("bare"),
            Surroundings::Wasi => f.write_str("wasi"),
            Surroundings::Threads {
                minimum,
                maximum,
                spawns,
            } => write!(f, "threads {minimum} {maximum} {spawns}"),
        }
    }
}

impl FromStr for Surroundings {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let words: Vec<_> = text.split(' ').collect();
        match words[..] {
            ["bare"] => Ok(Surroundings::Bare),
            ["wasi"] => Ok(Surroundings::Wasi),
            ["threads", minimum, maximum, spawns] => Ok(Surroundings::Threads {
                minimum: minimum.parse().map_err(drop)?,
                maximum: maximum.parse().map_err(drop)?,
                spawns: spawns.parse().map_err(drop)?,
            }),
            _ => Err(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for surroundings in [
            Surroundings::Bare,
            Surroundings::Wasi,
            Surroundings::Threads {
                minimum: 2,
                maximum: 1024,
                spawns: true,
            },
        ] {
            assert_eq!(surroundings.to_string().parse(), Ok(surroundings));
        }
        assert_eq!("threads 1 2".parse::<Surroundings>(), Err(()));
    }
}
