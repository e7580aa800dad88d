//! Whether a module can be a program by itself.

use std::fmt::Write;
use std::path::Path;

use wasmparser::{Parser, Payload};

use super::surroundings::{self, Surroundings};
use super::{Failure, Main};
use crate::module::{self, ExportKind, FunctionType, Module};

/// How many of a kind a message lists.
const LISTED: usize = 5;

/// Checks that the module needs nothing but WASI, and has what is to be called.
///
/// # Errors
/// When it is not so; or when it is no module, or one that can't be translated.
pub fn check(wasm: &[u8], input: &Path, main: &Main) -> Result<(), Failure> {
    let module = module::decode(wasm).map_err(|error| Failure::of_module(input, error))?;
    check_imports(&module, input)?;
    match main {
        Main::Standalone { .. } | Main::Runner { invoke: false } => check_start(&module, input),
        // What is called was looked up already.
        Main::Runner { invoke: true } => Ok(()),
    }
}

/// Whether a module, known to be valid, exports `_start`. It reads no further than the exports.
pub fn exports_start(wasm: &[u8]) -> bool {
    let mut payloads = Parser::new(0).parse_all(wasm).map_while(Result::ok);
    payloads.any(|payload| match payload {
        Payload::ExportSection(exports) => exports
            .into_iter()
            .map_while(Result::ok)
            .any(|export| export.name == "_start"),
        _ => false,
    })
}

fn check_start(module: &Module<'_>, input: &Path) -> Result<(), Failure> {
    let input = input.display();
    let start = module.exports.iter().find(|export| export.name == "_start");
    match start.map(|export| export.kind) {
        Some(ExportKind::Function(index)) => {
            let FunctionType { params, results } = module.function_type(index);
            if params.is_empty() && results.is_empty() {
                return Ok(());
            }
            Err(
                Failure::new(format!("`{input}`: its `_start` takes or returns values"))
                    .help("the `_start` of a WASI program has no parameters and no results"),
            )
        }
        _ => {
            let message = format!("`{input}` is not a program: it exports no function `_start`");
            let functions = exported_functions(module);
            let mut help = String::new();
            if functions.is_empty() {
                help.push_str("it exports no functions at all");
            } else {
                let _ = write!(
                    help,
                    "it is a library; call one of its functions with `wasm2rs run --invoke NAME \
                     {input} ARGUMENTS`, or use it from Rust with `wasm2rs translate` or \
                     `include_wasm!`. It exports {}",
                    list(&functions)
                );
            }
            Err(Failure::new(message).help(help))
        }
    }
}

/// The names of the exported functions, as a message shows them.
pub fn exported_functions(module: &Module<'_>) -> Vec<String> {
    let functions = module
        .exports
        .iter()
        .filter(|export| matches!(export.kind, ExportKind::Function(_)));
    functions
        .map(|export| format!("`{}`", export.name.escape_debug()))
        .collect()
}

fn check_imports(module: &Module<'_>, input: &Path) -> Result<(), Failure> {
    let mut missing = Vec::new();
    let threads = matches!(Surroundings::of(module), Surroundings::Threads { .. });
    let mut wasi = false;
    let mut miss = |import: &module::Import, what: &str| {
        wasi |= crate::wasi::Version::of_module(&import.module).is_some();
        let (module, name) = (import.module.escape_debug(), import.name.escape_debug());
        missing.push(format!("{what} `{module}` `{name}`"));
    };
    for function in &module.functions {
        let Some(import) = &function.import else {
            break;
        };
        let function_type = &module.types[function.type_index as usize];
        let known = crate::wasi::is_known(&import.module, &import.name, function_type)
            || crate::emscripten::known(module, import, function_type).is_some()
            || threads && surroundings::is_spawn(import, function_type);
        if !known {
            miss(import, "function");
        }
    }
    module
        .memories
        .iter()
        .filter_map(|it| it.import.as_ref())
        .filter(|it| !(threads && surroundings::is_shared_memory(it)))
        .for_each(|it| miss(it, "memory"));
    module
        .tables
        .iter()
        .filter_map(|it| it.import.as_ref())
        .for_each(|it| miss(it, "table"));
    module
        .globals
        .iter()
        .filter_map(|it| it.import.as_ref())
        .for_each(|it| miss(it, "global"));
    module
        .tags
        .iter()
        .filter_map(|it| it.import.as_ref())
        .for_each(|it| miss(it, "tag"));
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!(
        "`{}` cannot run by itself: it imports {}, which WASI preview 1 does not have",
        input.display(),
        list(&missing)
    );
    Err(Failure::new(message).help(if wasi {
        "a function of that name has other parameters there, or there is none; check what made \
         the module"
    } else {
        "use it from a Rust program that provides these: see `wasm2rs translate`, or \
         `include_wasm!` and `wasm2rs::Builder` in the documentation"
    }))
}

/// The first of some things, and how many more there are.
pub fn list(things: &[String]) -> String {
    let mut list = things
        .iter()
        .take(LISTED)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if things.len() > LISTED {
        let _ = write!(list, " and {} more", things.len() - LISTED);
    }
    list
}
