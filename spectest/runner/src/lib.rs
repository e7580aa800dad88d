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

/// The generated program's `main`: its only argument is the file with the commands. Prints a line
/// for each command, so that what came last before a crash is known.
pub fn main(modules: &[Modules]) -> ExitCode {
    let path = match std::env::args_os().nth(1) {
        Some(path) => path,
        None => {
            eprintln!("usage: PROGRAM COMMANDS");
            return ExitCode::from(2);
        }
    };
    let commands = match fs::read_to_string(&path) {
        Ok(commands) => commands,
        Err(error) => {
            eprintln!("cannot read `{}`: {error}", path.display());
            return ExitCode::from(2);
        }
    };
    let mut machine = Machine::new(modules);
    for line in commands.lines() {
        match line.parse::<Command>() {
            Ok(command) => println!("{}", machine.carry_out(&command)),
            Err(error) => {
                eprintln!("bad command `{line}`: {error}");
                return ExitCode::from(2);
            }
        }
    }
    ExitCode::SUCCESS
}
