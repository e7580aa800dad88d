//! The functions of WASI preview 1 that the support crate has, and their types.

use crate::module::{FunctionType, Module, ValueType};

/// A version of the interface, each of which is a module that functions are imported from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// `wasi_unstable`
    Snapshot0,
    /// `wasi_snapshot_preview1`
    Preview1,
}

impl Version {
    /// The version that a module of this name stands for.
    pub fn of_module(name: &str) -> Option<Version> {
        match name {
            "wasi_unstable" => Some(Version::Snapshot0),
            "wasi_snapshot_preview1" => Some(Version::Preview1),
            _ => None,
        }
    }

    /// The module of the support crate that has its functions.
    pub fn support_module(self) -> &'static str {
        match self {
            Version::Snapshot0 => "snapshot0",
            Version::Preview1 => "snapshot_preview1",
        }
    }
}

/// Each function: its name, its parameters (`i` for `i32`, `I` for `i64`), its results.
const FUNCTIONS: &[(&str, &str, &str)] = &[
    ("args_get", "ii", "i"),
    ("args_sizes_get", "ii", "i"),
    ("environ_get", "ii", "i"),
    ("environ_sizes_get", "ii", "i"),
    ("clock_res_get", "ii", "i"),
    ("clock_time_get", "iIi", "i"),
    ("fd_advise", "iIIi", "i"),
    ("fd_allocate", "iII", "i"),
    ("fd_close", "i", "i"),
    ("fd_datasync", "i", "i"),
    ("fd_fdstat_get", "ii", "i"),
    ("fd_fdstat_set_flags", "ii", "i"),
    ("fd_fdstat_set_rights", "iII", "i"),
    ("fd_filestat_get", "ii", "i"),
    ("fd_filestat_set_size", "iI", "i"),
    ("fd_filestat_set_times", "iIIi", "i"),
    ("fd_pread", "iiiIi", "i"),
    ("fd_prestat_get", "ii", "i"),
    ("fd_prestat_dir_name", "iii", "i"),
    ("fd_pwrite", "iiiIi", "i"),
    ("fd_read", "iiii", "i"),
    ("fd_readdir", "iiiIi", "i"),
    ("fd_renumber", "ii", "i"),
    ("fd_seek", "iIii", "i"),
    ("fd_sync", "i", "i"),
    ("fd_tell", "ii", "i"),
    ("fd_write", "iiii", "i"),
    ("path_create_directory", "iii", "i"),
    ("path_filestat_get", "iiiii", "i"),
    ("path_filestat_set_times", "iiiiIIi", "i"),
    ("path_link", "iiiiiii", "i"),
    ("path_open", "iiiiiIIii", "i"),
    ("path_readlink", "iiiiii", "i"),
    ("path_remove_directory", "iii", "i"),
    ("path_rename", "iiiiii", "i"),
    ("path_symlink", "iiiii", "i"),
    ("path_unlink_file", "iii", "i"),
    ("poll_oneoff", "iiii", "i"),
    ("proc_exit", "i", ""),
    ("proc_raise", "i", "i"),
    ("random_get", "ii", "i"),
    ("sched_yield", "", "i"),
    ("sock_accept", "iii", "i"),
    ("sock_recv", "iiiiii", "i"),
    ("sock_send", "iiiii", "i"),
    ("sock_shutdown", "ii", "i"),
];

/// The version of WASI that an import is a function of, if it is one, of just that type. Any other
/// is left to the host.
pub fn version(module: &str, name: &str, function_type: &FunctionType) -> Option<Version> {
    let types = |letters: &str| -> Vec<ValueType> {
        let value_type = |letter| {
            if letter == 'I' {
                ValueType::I64
            } else {
                ValueType::I32
            }
        };
        letters.chars().map(value_type).collect()
    };
    let version = Version::of_module(module)?;
    // It came later.
    if version == Version::Snapshot0 && name == "sock_accept" {
        return None;
    }
    let known = FUNCTIONS.iter().any(|&(known, params, results)| {
        known == name
            && types(params) == function_type.params
            && types(results) == function_type.results
    });
    known.then_some(version)
}

/// Whether an import is a function of WASI.
pub fn is_known(module: &str, name: &str, function_type: &FunctionType) -> bool {
    version(module, name, function_type).is_some()
}

/// Whether a module imports any of them.
pub fn is_used(module: &Module<'_>) -> bool {
    module.functions.iter().any(|function| {
        let import = function.import.as_ref();
        let function_type = &module.types[function.type_index as usize];
        import.is_some_and(|import| is_known(&import.module, &import.name, function_type))
    })
}
