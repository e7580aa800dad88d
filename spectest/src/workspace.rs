//! The generated workspace: translated modules in a few crates, and the program that links them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use wasm2rs::Translation;

use crate::compile::Broken;

/// How much Rust goes into one crate, in bytes. Smaller crates can be compiled side by side and
/// need less memory; each costs a start of rustc.
const CRATE_SIZE: u64 = 600 << 10;

/// How large a stack translating may need: formatting recurses.
const STACK_SIZE: usize = 256 << 20;

/// A generated workspace.
#[derive(Debug)]
pub struct Workspace {
    /// Where it is.
    pub directory: PathBuf,
    /// What the program is called.
    pub program: String,
    /// The root of this project, where the support crate is.
    root: PathBuf,
    /// The modules in each crate.
    crates: Vec<Vec<u64>>,
}

/// The Rust module, and the file's stem, of a translated module.
pub fn module_name(key: u64) -> String {
    format!("m{key:016x}")
}

impl Workspace {
    /// A workspace in `directory`, empty so far.
    pub fn new(directory: PathBuf, program: &str) -> Workspace {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = root.parent().unwrap_or(root).to_owned();
        Workspace {
            directory,
            program: program.to_string(),
            root,
            crates: Vec::new(),
        }
    }

    /// The package of a group of modules. Cargo takes packages of the same name and place in
    /// different workspaces for the same where these share a target directory, so the workspace's
    /// name is part of it.
    fn crate_name(&self, index: usize) -> String {
        let program = self
            .program
            .replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        format!("{program}_group{index:04}")
    }

    fn module_path(&self, key: u64) -> PathBuf {
        self.directory
            .join("modules")
            .join(module_name(key))
            .with_extension("rs")
    }

    /// Translates the modules and groups them to crates. Gives what went wrong.
    ///
    /// # Errors
    /// When a directory or thread can't be had.
    pub fn translate(&mut self, modules: &BTreeMap<u64, &[u8]>) -> Result<Broken, String> {
        create_dir(&self.directory.join("modules"))?;
        let modules: Vec<_> = modules.iter().collect();
        let next = AtomicUsize::new(0);
        let broken = Mutex::new(Broken::new());
        let work = || {
            while let Some((key, wasm)) = modules.get(next.fetch_add(1, Ordering::Relaxed)) {
                let path = self.module_path(**key);
                let result = std::panic::catch_unwind(|| {
                    Translation::new(wasm).and_then(|translation| translation.write_file(&path))
                });
                let message = match result {
                    Ok(Ok(())) => continue,
                    Ok(Err(error)) => error.to_string(),
                    Err(_) => "the translator panicked".to_string(),
                };
                if let Ok(mut broken) = broken.lock() {
                    broken.insert(**key, message);
                }
            }
        };
        thread::scope(|scope| {
            for _ in 0..threads() {
                let builder = thread::Builder::new().stack_size(STACK_SIZE);
                builder
                    .spawn_scoped(scope, work)
                    .map_err(|error| error.to_string())?;
            }
            Ok::<(), String>(())
        })?;
        let broken = broken.into_inner().map_err(|error| error.to_string())?;
        let keys = modules.iter().map(|(key, _)| **key);
        self.group(keys.filter(|key| !broken.contains_key(key)))?;
        Ok(broken)
    }

    /// Writes modules in the binary format, each by its key; gives the directory.
    ///
    /// # Errors
    /// When something can't be written.
    pub fn write_modules(&self, modules: &BTreeMap<u64, &[u8]>) -> Result<PathBuf, String> {
        let directory = self.directory.join("binary");
        create_dir(&directory)?;
        for (key, wasm) in modules {
            let path = directory.join(format!("{key:016x}.wasm"));
            if fs::read(&path).is_ok_and(|old| old == *wasm) {
                continue;
            }
            fs::write(&path, wasm).map_err(|error| failed("write", &path, &error))?;
        }
        Ok(directory)
    }

    fn group(&mut self, keys: impl Iterator<Item = u64>) -> Result<(), String> {
        self.crates.clear();
        let mut room = 0;
        for key in keys {
            let path = self.module_path(key);
            let size = fs::metadata(&path)
                .map_err(|error| failed("read", &path, &error))?
                .len();
            if size > room || self.crates.is_empty() {
                self.crates.push(Vec::new());
                room = CRATE_SIZE;
            }
            room = room.saturating_sub(size);
            if let Some(group) = self.crates.last_mut() {
                group.push(key);
            }
        }
        Ok(())
    }

    /// The modules of a crate, by its name.
    pub fn modules_of(&self, name: &str) -> Option<&[u64]> {
        let index = self
            .crates
            .iter()
            .enumerate()
            .position(|(index, _)| self.crate_name(index) == name);
        Some(&self.crates[index?])
    }

    /// How many modules and crates there are.
    pub fn size(&self) -> (usize, usize) {
        (self.crates.iter().map(Vec::len).sum(), self.crates.len())
    }

    /// Writes the manifests and all sources but the modules', which are there already. Those in
    /// `without` are left out.
    ///
    /// # Errors
    /// When something can't be written.
    pub fn write(&self, without: &BTreeSet<u64>) -> Result<(), String> {
        let names: Vec<_> = (0..self.crates.len())
            .map(|index| self.crate_name(index))
            .collect();
        let list = |name: &String| format!("    \"{name}\",\n");
        write(
            &self.directory.join("Cargo.toml"),
            &format!(
                "# Generated by spectest.\n\
                 [workspace]\nresolver = \"3\"\nmembers = [\n    \"program\",\n{}]\n\n\
                 [profile.release]\nopt-level = 3\ndebug = 0\nincremental = false\n\
                 codegen-units = 1\nlto = \"off\"\n",
                names.iter().map(list).collect::<String>()
            ),
        )?;
        // The versions that the project itself is built with; cargo drops what is not needed.
        let lock = self.directory.join("Cargo.lock");
        if !lock.exists() {
            let from = self.root.join("Cargo.lock");
            let locked = fs::read_to_string(&from).map_err(|e| failed("read", &from, &e))?;
            write(&lock, &locked)?;
        }
        for (index, modules) in self.crates.iter().enumerate() {
            self.write_crate(&names[index], modules, without)?;
        }
        self.write_program(&names)
    }

    fn manifest(&self, name: &str, more: &str) -> String {
        format!(
            "# Generated by spectest.\n\
             [package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
             publish = false\n\n[features]\nchecked = [\"spectest-runner/checked\"]\n\
             interpreter = [\"spectest-runner/interpreter\"]\n\
             portable-simd = [\"spectest-runner/portable-simd\"]\n\n\
             [dependencies]\nspectest-runner = {{ path = {:?} }}\n{more}",
            self.root.join("spectest").join("runner"),
        )
    }

    fn write_crate(
        &self,
        name: &str,
        modules: &[u64],
        without: &BTreeSet<u64>,
    ) -> Result<(), String> {
        let directory = self.directory.join(name);
        let support = format!(
            "wasm2rs-support = {{ path = {:?}, default-features = false }}\n",
            self.root.join("runtime-support")
        );
        write(
            &directory.join("Cargo.toml"),
            &self.manifest(name, &support),
        )?;
        let mut source = String::from(
            "//! Generated by spectest: translated modules.\n\
             #![forbid(unsafe_code)]\n#![allow(warnings)]\n\n",
        );
        let mut table = String::new();
        for &key in modules.iter().filter(|key| !without.contains(key)) {
            let name = module_name(key);
            source.push_str(&format!(
                "#[path = \"../../modules/{name}.rs\"]\nmod {name};\n"
            ));
            table.push_str(&format!(
                "    ({key:#x}, spectest_runner::factory!({name})),\n"
            ));
        }
        source.push_str("\npub static MODULES: spectest_runner::Modules = &[\n");
        source.push_str(&table);
        source.push_str("];\n");
        write(&directory.join("src").join("lib.rs"), &source)
    }

    fn write_program(&self, crates: &[String]) -> Result<(), String> {
        let directory = self.directory.join("program");
        let dependencies = crates
            .iter()
            .map(|name| format!("{name} = {{ path = \"../{name}\" }}\n"));
        let manifest = self.manifest(&self.program, &dependencies.collect::<String>());
        write(&directory.join("Cargo.toml"), &manifest)?;
        let tables = crates
            .iter()
            .map(|name| format!("        {name}::MODULES,\n"));
        let source = format!(
            "//! Generated by spectest: carries out scripts.\n#![forbid(unsafe_code)]\n\n\
             fn main() -> std::process::ExitCode {{\n    spectest_runner::main(&[\n{}    ])\n}}\n",
            tables.collect::<String>()
        );
        write(&directory.join("src").join("main.rs"), &source)
    }
}

/// How many things to do side by side.
pub fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Writes a file, and the directories it is in; one that has these contents already is left as it
/// is, so that nothing is built again because of it.
///
/// # Errors
/// When the system can't.
pub fn write(path: &Path, contents: &str) -> Result<(), String> {
    if fs::read(path).is_ok_and(|old| old == contents.as_bytes()) {
        return Ok(());
    }
    if let Some(directory) = path.parent() {
        create_dir(directory)?;
    }
    fs::write(path, contents).map_err(|error| failed("write", path, &error))
}

fn create_dir(path: &Path) -> Result<(), String> {
    fs::create_dir_all(path).map_err(|error| failed("create", path, &error))
}

fn failed(action: &str, path: &Path, error: &std::io::Error) -> String {
    format!("cannot {action} `{}`: {error}", path.display())
}
