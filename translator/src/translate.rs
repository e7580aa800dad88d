//! From a module to files or tokens: the one way that all front doors take.

use std::path::Path;

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::analysis::Facts;
use crate::output::CrateOptions;
use crate::render::{self, Engine, Layout, Plan};
use crate::{Error, lower, module, output};

/// A module that is ready to be written as Rust.
///
/// ```
/// let wasm = wasm2rs_translator::parse_text(
///     r#"(module (func (export "add") (param i32 i32) (result i32)
///         (i32.add (local.get 0) (local.get 1))))"#,
/// )?;
/// let source = wasm2rs_translator::Translation::new(&wasm)?.source()?;
/// assert!(source.contains("pub fn add"));
/// # Ok::<(), wasm2rs_translator::Error>(())
/// ```
#[derive(Debug)]
pub struct Translation<'a> {
    module: module::Module<'a>,
    facts: Facts,
    origin: String,
    engine: Engine,
}

impl<'a> Translation<'a> {
    /// Validates and analyses a module in the binary format.
    ///
    /// # Errors
    /// When it is no module, not valid, or uses what is not supported.
    pub fn new(wasm: &'a [u8]) -> Result<Translation<'a>, Error> {
        let module = module::decode(wasm)?;
        let facts = Facts::new(&module)?;
        let origin = module
            .name
            .clone()
            .unwrap_or_else(|| "a WebAssembly module".to_string());
        Ok(Translation {
            module,
            facts,
            origin: one_line(&origin),
            engine: Engine::Compiled,
        })
    }

    /// Says in the output's first line where the module came from.
    pub fn origin(mut self, origin: &str) -> Self {
        self.origin = one_line(origin);
        self
    }

    /// Says what is to run the module; [`Engine::Compiled`] unless this is called.
    pub fn engine(mut self, engine: Engine) -> Self {
        self.engine = engine;
        self
    }

    /// Writes one Rust file, to be included in a module of its own. Data of more than a few KiB
    /// is written beside it, under the same name with the extension `data`.
    ///
    /// # Errors
    /// When a file can't be written; there is none then.
    pub fn write_file(&self, path: &Path) -> Result<(), Error> {
        let plan = self.plan(false);
        output::write_file(&plan, path, &self.origin)
    }

    /// Writes the module as a library crate below `directory`, or as several when it is large:
    /// one with the module's interface, named as `options` say, and others that it depends on.
    /// Gives the names of all, each that of a directory, the interface's last.
    ///
    /// # Errors
    /// When a file can't be written.
    pub fn write_crates(
        &self,
        directory: &Path,
        options: &CrateOptions,
    ) -> Result<Vec<String>, Error> {
        let plan = self.plan(Layout::wants_many(&self.facts));
        output::write_crates(&plan, directory, options, &self.origin)
    }

    fn plan(&self, many_crates: bool) -> Plan<'_> {
        Plan::new(&self.module, &self.facts, self.engine, many_crates)
    }

    /// The features of the support crate that the module needs.
    pub fn features(&self) -> Vec<&'static str> {
        render::features(&self.module, &self.facts, self.engine)
    }

    /// The module.
    pub(crate) fn module(&self) -> &module::Module<'a> {
        &self.module
    }

    /// Whether the support crate needs the feature `wasi` for the module.
    pub fn uses_wasi(&self) -> bool {
        crate::wasi::is_used(&self.module)
    }

    /// The module as tokens, data included: items for a module of their own.
    ///
    /// # Errors
    /// [`Error::Internal`] for a mistake of wasm2rs.
    pub fn tokens(&self) -> Result<TokenStream, Error> {
        let plan = self.plan(false);
        let data = Literal::byte_string(&plan.blob.bytes);
        let mut items = TokenStream::new();
        let mut take = |more| {
            items.extend::<TokenStream>(more);
            Ok(())
        };
        plan.base(&quote!(#data), &mut take)?;
        plan.interface(&mut take)?;
        let names = plan.public_names();
        let mut units = TokenStream::new();
        for (index, unit) in plan.layout.units.iter().enumerate() {
            let name = quote::format_ident!("u{index}");
            let mut functions = TokenStream::new();
            for &function in &unit.functions {
                let body = lower::lower(plan.module, function)?;
                functions.extend(render::function(&plan, function, &body));
            }
            units.extend(quote!(mod #name { use super::*; #functions }));
        }
        Ok(quote! {
            #[allow(warnings, clippy::all, clippy::pedantic)]
            #[forbid(unsafe_code)]
            mod wasm { #items #units }
            #[allow(unused_imports)]
            pub use wasm::{#(#names),*};
        })
    }

    /// The module as the text of one Rust file, data included.
    ///
    /// # Errors
    /// [`Error::Internal`] for a mistake of wasm2rs.
    pub fn source(&self) -> Result<String, Error> {
        output::format(self.tokens()?)
    }
}

fn one_line(text: &str) -> String {
    text.chars()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .collect()
}

/// Translates the text format to the binary format.
///
/// # Errors
/// When it can't be parsed; the message shows where.
pub fn parse_text(text: &str) -> Result<Vec<u8>, Error> {
    wat::parse_str(text).map_err(|error| Error::Text(error.to_string()))
}

/// Reads a module from a file: in the text format when it ends in `.wat`, else binary.
///
/// # Errors
/// When it can't be read, or the text can't be parsed.
pub fn read_module(path: &Path) -> Result<Vec<u8>, Error> {
    let bytes = std::fs::read(path).map_err(|error| Error::read(path, error))?;
    if path.extension().is_some_and(|extension| extension == "wat") {
        let wasm = wat::Parser::new().parse_bytes(Some(path), &bytes);
        return wasm
            .map(|wasm| wasm.into_owned())
            .map_err(|error| Error::Text(error.to_string()));
    }
    Ok(bytes)
}
