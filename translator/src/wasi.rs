//! The functions of WASI preview 1 that the support crate has, and their types.

use crate::module::{FunctionType, Module, ValueType};

/// The module they are imported from.
pub const MODULE: &str = "wasi_snapshot_preview1";

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

/// Whether an import is one of them, of just that type. Any other is left to the host.
pub fn is_known(module: &str, name: &str, function_type: &FunctionType) -> bool {
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
    module == MODULE
        && FUNCTIONS.iter().any(|&(known, params, results)| {
            known == name
                && types(params) == function_type.params
                && types(results) == function_type.results
        })
}

/// Whether a module imports any of them.
pub fn is_used(module: &Module<'_>) -> bool {
    module.functions.iter().any(|function| {
        let import = function.import.as_ref();
        let function_type = &module.types[function.type_index as usize];
        import.is_some_and(|import| is_known(&import.module, &import.name, function_type))
    })
}
