//! A module as a library crate, or as several that no run of rustc chokes on.

use std::fs;
use std::path::Path;

use proc_macro2::TokenStream;
use quote::quote;

use super::file::{NewFile, data, inline_data};
use super::units::for_each_unit;
use crate::Error;
use crate::render::{self, Plan};

/// How generated crates name each other and find the support crate.
#[derive(Debug)]
pub struct CrateOptions {
    /// The name of the crate that has the module's interface; those below it begin with it.
    pub name: String,
    /// What follows `wasm2rs-support = ` in `Cargo.toml`, without the features.
    pub support: Support,
}

/// Where generated crates find the support crate.
#[derive(Debug, Clone)]
pub enum Support {
    /// In the registry, in the version of this crate.
    Registry,
    /// In a directory.
    Path(std::path::PathBuf),
}

impl Support {
    /// The dependency as a line of `Cargo.toml`.
    pub fn dependency(&self, features: &[&str]) -> String {
        let version = env!("CARGO_PKG_VERSION");
        let source = match self {
            Support::Registry => format!("version = \"={version}\""),
            Support::Path(path) => format!("path = {}", toml_string(&path.to_string_lossy())),
        };
        let features: Vec<_> = features
            .iter()
            .map(|feature| toml_string(feature))
            .collect();
        let features = features.join(", ");
        format!(
            "wasm2rs-support = {{ {source}, default-features = false, features = [{features}] }}\n"
        )
    }
}

/// The text as a string of TOML.
pub fn toml_string(text: &str) -> String {
    let mut string = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => string.extend(['\\', character]),
            character if character.is_control() => {
                string.push_str(&format!("\\u{:04X}", character as u32));
            }
            character => string.push(character),
        }
    }
    string.push('"');
    string
}

/// Writes the crates of a module, each into a directory of its name below `directory`, and gives
/// their names, that of the interface last.
pub fn write_crates(
    plan: &Plan<'_>,
    directory: &Path,
    options: &CrateOptions,
    origin: &str,
) -> Result<Vec<String>, Error> {
    let name = &options.name;
    let parts = plan.layout.parts;
    let support =
        options
            .support
            .dependency(&render::features(plan.module, &plan.facts, plan.engine));
    let below = |name: &str| format!("{name} = {{ path = \"../{name}\" }}\n");
    let part_name = |part: u32| format!("{name}-part{part}");
    let path = |name: &str| -> TokenStream { name.replace('-', "_").parse().unwrap_or_default() };
    if parts == 0 {
        let root = Crate::create(directory, name, &support)?;
        let data = root.data(plan)?;
        for_each_unit(plan, |index, text| root.unit(index, text))?;
        let units = modules(0..plan.layout.units.len());
        root.library(origin, |library| {
            library.write_items(units)?;
            plan.base(&data, &mut |items| library.write_items(items))?;
            plan.interface(&mut |items| library.write_items(items))
        })?;
        return Ok(vec![name.clone()]);
    }
    let base_name = format!("{name}-base");
    let base = Crate::create(directory, &base_name, &options.support.dependency(&["std"]))?;
    let data = base.data(plan)?;
    base.library(origin, |library| {
        plan.base(&data, &mut |items| library.write_items(items))
    })?;
    let mut names = vec![base_name.clone()];
    let mut dependencies = below(&base_name);
    let base_path = path(&base_name);
    let mut uses = quote!(use ::#base_path::*;);
    let mut crates = Vec::new();
    for part in 0..parts {
        let part_name = part_name(part);
        let part_crate = Crate::create(directory, &part_name, &dependencies)?;
        let units = plan.layout.units.iter().enumerate();
        let units = units
            .filter(|(_, unit)| unit.part == part)
            .map(|(index, _)| index);
        let units = public_modules(units);
        part_crate.library(origin, |library| library.write_items(quote!(#uses #units)))?;
        dependencies.push_str(&below(&part_name));
        let (alias, part_path) = (quote::format_ident!("part{part}"), path(&part_name));
        uses.extend(quote!(use ::#part_path as #alias;));
        names.push(part_name);
        crates.push(part_crate);
    }
    for_each_unit(plan, |index, text| {
        crates[plan.layout.units[index].part as usize].unit(index, text)
    })?;
    let root = Crate::create(directory, name, &(dependencies + &support))?;
    root.library(origin, |library| {
        library.write_items(uses)?;
        plan.interface(&mut |items| library.write_items(items))
    })?;
    names.push(name.clone());
    Ok(names)
}

fn modules(units: impl Iterator<Item = usize>) -> TokenStream {
    let names = units.map(|unit| quote::format_ident!("u{unit}"));
    quote!(#(mod #names;)*)
}

fn public_modules(units: impl Iterator<Item = usize>) -> TokenStream {
    let names = units.map(|unit| quote::format_ident!("u{unit}"));
    quote!(#(pub mod #names;)*)
}

/// A directory that becomes a crate.
struct Crate {
    source: std::path::PathBuf,
}

impl Crate {
    fn create(directory: &Path, name: &str, dependencies: &str) -> Result<Crate, Error> {
        let directory = directory.join(name);
        let source = directory.join("src");
        fs::create_dir_all(&source).map_err(|error| Error::write(&source, error))?;
        let mut manifest = NewFile::create(&directory.join("Cargo.toml"))?;
        let name = toml_string(name);
        manifest.write(
            format!(
                "[package]\nname = {name}\nversion = \"0.0.0\"\nedition = \"2024\"\n\
                 publish = false\n\n[dependencies]\n{dependencies}"
            )
            .as_bytes(),
        )?;
        manifest.finish()?;
        Ok(Crate { source })
    }

    /// Writes the blob, and gives the expression for it.
    fn data(&self, plan: &Plan<'_>) -> Result<TokenStream, Error> {
        match data(plan, &self.source.join("module.data"))? {
            Some(file) => {
                file.finish()?;
                Ok(quote!(include_bytes!("module.data")))
            }
            None => Ok(inline_data(plan)),
        }
    }

    /// Writes the root, with the items that `write` gives it.
    fn library(
        &self,
        origin: &str,
        write: impl FnOnce(&mut NewFile) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let version = env!("CARGO_PKG_VERSION");
        let mut root = NewFile::create(&self.source.join("lib.rs"))?;
        root.write(
            format!(
                "//! Generated by wasm2rs {version} from {origin}. Changes would be lost.\n\
                 #![forbid(unsafe_code)]\n\
                 #![allow(warnings, clippy::all, clippy::pedantic)]\n\n"
            )
            .as_bytes(),
        )?;
        write(&mut root)?;
        root.finish()
    }

    fn unit(&self, index: usize, text: &str) -> Result<(), Error> {
        let mut unit = NewFile::create(&self.source.join(format!("u{index}.rs")))?;
        unit.write(b"use super::*;\n\n")?;
        unit.write(text.as_bytes())?;
        unit.finish()
    }
}
