//! A module as a library crate, or as several that no run of rustc chokes on.

use std::fs;
use std::path::{Path, PathBuf};

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
    Path(PathBuf),
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

/// Where a crate went.
#[derive(Debug, Clone)]
pub struct Placed {
    /// What it is called.
    pub name: String,
    /// Its directory, as other manifests name it.
    pub path: String,
}

/// Gives a crate its manifest, and the place where it stays. It is handed the crate's directory,
/// which may be moved, the name that the crate would have, and the manifest after the name.
pub type Place<'p> = &'p mut dyn FnMut(&Path, &str, &str) -> Result<Placed, Error>;

/// Leaves a crate where it is, under the name that it would have.
///
/// # Errors
/// When the manifest can't be written.
pub fn place_here(directory: &Path, name: &str, manifest: &str) -> Result<Placed, Error> {
    write_manifest(directory, name, manifest)?;
    Ok(Placed {
        name: name.to_string(),
        path: format!("../{name}"),
    })
}

/// Writes the manifest of a crate, of which `rest` comes after the name.
///
/// # Errors
/// When it can't be written.
pub fn write_manifest(directory: &Path, name: &str, rest: &str) -> Result<(), Error> {
    let mut manifest = NewFile::create(&directory.join("Cargo.toml"))?;
    let name = toml_string(name);
    manifest.write(format!("[package]\nname = {name}\n{rest}").as_bytes())?;
    manifest.finish()
}

/// Writes the crates of a module, each into a directory of its name below `directory`, and gives
/// where they are, that with the interface last. The others are handed to `place` before that.
pub fn write_crates(
    plan: &Plan<'_>,
    directory: &Path,
    options: &CrateOptions,
    origin: &str,
    place: Place<'_>,
) -> Result<Vec<Placed>, Error> {
    let name = &options.name;
    let parts = plan.layout.parts;
    let features = render::features(plan.module, &plan.facts, plan.engine);
    let support = options.support.dependency(&features);
    if parts == 0 {
        let root = Crate::create(directory, name)?;
        let data = root.data(plan)?;
        for_each_unit(plan, |index, text| root.unit(plan, index, text))?;
        let units = modules(plan, 0..plan.layout.units.len());
        root.library(origin, |library| {
            library.write_items(units)?;
            plan.base(&mut |items| library.write_items(items))?;
            plan.interface(&data, &mut |items| library.write_items(items))
        })?;
        return Ok(vec![root.place(&support, &mut place_here)?]);
    }
    // What several modules may have in common doesn't say where it came from.
    let generated = "a WebAssembly module";
    let base = Crate::create(directory, &format!("{name}-base"))?;
    base.library(generated, |library| {
        plan.base(&mut |items| library.write_items(items))
    })?;
    let mut crates = Vec::new();
    let mut uses = quote!(
        use ::base::*;
    );
    for part in 0..parts {
        let part_crate = Crate::create(directory, &format!("{name}-part{part}"))?;
        let units = plan.layout.units.iter().enumerate();
        let units = units
            .filter(|(_, unit)| unit.part == part)
            .map(|(index, _)| index);
        let units = public_modules(plan, units);
        let visible = if plan.layout.independent {
            quote!(
                use ::base::*;
            )
        } else {
            uses.clone()
        };
        part_crate.library(generated, |library| {
            library.write_items(quote!(#visible #units))
        })?;
        let part_name = quote::format_ident!("part{part}");
        uses.extend(quote!(use ::#part_name;));
        crates.push(part_crate);
    }
    for_each_unit(plan, |index, text| {
        crates[plan.layout.units[index].part as usize].unit(plan, index, text)
    })?;
    // By names of ours, so that nothing in the text depends on what the crates are called.
    let dependency = |alias: &str, placed: &Placed| {
        let (package, path) = (toml_string(&placed.name), toml_string(&placed.path));
        format!("{alias} = {{ package = {package}, path = {path} }}\n")
    };
    let base_support = options.support.dependency(&["std"]);
    let mut placed = vec![base.place(&base_support, place)?];
    let mut dependencies = dependency("base", &placed[0]);
    let base = dependencies.clone();
    for (part, part_crate) in crates.into_iter().enumerate() {
        let visible = if plan.layout.independent {
            &base
        } else {
            &dependencies
        };
        let part_placed = part_crate.place(visible, place)?;
        dependencies.push_str(&dependency(&format!("part{part}"), &part_placed));
        placed.push(part_placed);
    }
    let root = Crate::create(directory, name)?;
    let data = root.data(plan)?;
    root.library(origin, |library| {
        library.write_items(uses)?;
        plan.interface(&data, &mut |items| library.write_items(items))
    })?;
    placed.push(root.place(&(dependencies + &support), &mut place_here)?);
    Ok(placed)
}

fn modules(plan: &Plan<'_>, units: impl Iterator<Item = usize>) -> TokenStream {
    let names = units.map(|unit| plan.unit_name(unit as u32));
    quote!(#(mod #names;)*)
}

fn public_modules(plan: &Plan<'_>, units: impl Iterator<Item = usize>) -> TokenStream {
    let names = units.map(|unit| plan.unit_name(unit as u32));
    quote!(#(pub mod #names;)*)
}

/// A directory that becomes a crate.
struct Crate {
    name: String,
    directory: PathBuf,
    source: PathBuf,
}

impl Crate {
    fn create(directory: &Path, name: &str) -> Result<Crate, Error> {
        let directory = directory.join(name);
        let source = directory.join("src");
        fs::create_dir_all(&source).map_err(|error| Error::write(&source, error))?;
        Ok(Crate {
            name: name.to_string(),
            directory,
            source,
        })
    }

    /// Completes it.
    fn place(self, dependencies: &str, place: Place<'_>) -> Result<Placed, Error> {
        let manifest = format!(
            "version = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n\
             [dependencies]\n{dependencies}"
        );
        place(&self.directory, &self.name, &manifest)
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

    fn unit(&self, plan: &Plan<'_>, index: usize, text: &str) -> Result<(), Error> {
        let name = plan.unit_name(index as u32);
        let mut unit = NewFile::create(&self.source.join(format!("{name}.rs")))?;
        unit.write(b"use super::*;\n\n")?;
        unit.write(text.as_bytes())?;
        unit.finish()
    }
}
