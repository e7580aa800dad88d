//! Carries out what a specification script asks for, with modules that are compiled in.
//!
//! The suite's driver (package `spectest`) translates the modules, generates a program that links
//! them and calls [`main`], and starts that program once for each script, with a file of
//! [`Command`]s. The program only says what happened; whether that is right is judged by the
//! driver, which also sees it when this process dies.
#![forbid(unsafe_code)]

mod machine;
mod protocol;

use std::fs;
use std::process::ExitCode;

pub use machine::{Exports, Factory, Machine, Modules};
pub use protocol::{Any, Command, Outcome, ProtocolError, Value};
#[doc(hidden)]
pub use wasm2rs_support as support;

/// A [`Factory`] for the translated module in the Rust module `$module`.
#[macro_export]
macro_rules! factory {
    ($module:ident) => {{
        fn make(
            store: &$crate::support::Store,
            imports: &$crate::support::Imports,
        ) -> ::core::result::Result<$crate::Exports, $crate::support::InstantiationError> {
            let mut instance = $module::Instance::link(store, imports)?;
            let names = $crate::names(&mut instance.exports());
            Ok($crate::exports(&names, &mut |name| instance.export(name)))
        }
        make
    }};
}

/// The names that an instance gives. Like [`exports`] not generic, because it would be compiled
/// again for each of a thousand modules; together they take two thirds of the time off.
#[doc(hidden)]
pub fn names(names: &mut dyn Iterator<Item = &'static str>) -> Vec<&'static str> {
    names.collect()
}

/// What an instance exports under `names`.
#[doc(hidden)]
pub fn exports(names: &[&str], export: &mut dyn FnMut(&str) -> Option<support::Extern>) -> Exports {
    names
        .iter()
        .filter_map(|name| Some(((*name).to_string(), export(name)?)))
        .collect()
}

/// The generated program's `main`: its first argument is the file with the commands. Prints a line
/// for each command, so that what came last before a crash is known.
///
/// A second argument names a directory with the modules in the binary format, each by its key: every
/// other instance is interpreted then.
pub fn main(modules: &[Modules]) -> ExitCode {
    match run(modules) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

fn run(modules: &[Modules]) -> Result<(), String> {
    let mut args = std::env::args_os().skip(1);
    let path = args.next().ok_or("usage: PROGRAM COMMANDS [MODULES]")?;
    let commands = fs::read_to_string(&path)
        .map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
    let parse = |line: &str| {
        let command = line.parse::<Command>();
        command.map_err(|error| format!("bad command `{line}`: {error}"))
    };
    let commands: Vec<Command> = commands.lines().map(parse).collect::<Result<_, _>>()?;
    let mut machine = Machine::new(modules);
    if let Some(directory) = args.next() {
        machine = interpreting(machine, &commands, directory.as_ref())?;
    }
    for command in &commands {
        println!("{}", machine.carry_out(command));
    }
    Ok(())
}

#[cfg(not(feature = "interpreter"))]
fn interpreting(_: Machine, _: &[Command], _: &std::path::Path) -> Result<Machine, String> {
    Err("this program has no interpreter".to_string())
}

#[cfg(feature = "interpreter")]
fn interpreting(
    machine: Machine,
    commands: &[Command],
    directory: &std::path::Path,
) -> Result<Machine, String> {
    let mut modules = std::collections::HashMap::new();
    let mut keys = Vec::new();
    keys_of(commands, &mut keys);
    for key in keys {
        let path = directory.join(format!("{key:016x}.wasm"));
        let wasm = fs::read(&path)
            .map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
        let module = support::interpreter::Module::new(wasm);
        let module = module.map_err(|error| format!("`{}`: {error}", path.display()))?;
        modules.insert(key, module);
    }
    Ok(machine.interpreting(modules))
}

/// The modules that commands instantiate, those of threads included.
#[cfg(feature = "interpreter")]
fn keys_of(commands: &[Command], keys: &mut Vec<u64>) {
    for command in commands {
        match command {
            Command::Instantiate { module, .. } => keys.push(*module),
            Command::Thread { commands, .. } => keys_of(commands, keys),
            _ => {}
        }
    }
}
