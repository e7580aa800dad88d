//! The cargo workspace of a module, and the programs made from it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::stamp::{Hash, stamp};
use super::surroundings::Surroundings;
use super::{Cache, Failure, Main, Options, Profile, Progress, processor, publish, support};
use crate::output::NewFile;
use crate::{CrateOptions, Support, Translation};

/// The file that says of which stamp the translated crates are, and their names. It is written
/// when they are complete.
const TRANSLATED: &str = "translated";

/// A workspace in the cache.
#[derive(Debug)]
pub struct Workspace {
    cache: Cache,
    support: Support,
    key: String,
    directory: PathBuf,
    stamp: String,
}

impl Workspace {
    /// The one for a module; nothing is written yet.
    pub fn new(wasm: &[u8], cache: &Cache, support: &Support) -> Workspace {
        let key = Hash::default()
            .add(env!("CARGO_PKG_VERSION"))
            .add(wasm)
            .finish();
        let directory = cache.programs().join(&key);
        Workspace {
            cache: cache.clone(),
            support: support.clone(),
            stamp: stamp(support),
            key,
            directory,
        }
    }

    /// Its directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Cargo's target directory, shared with others.
    pub fn target(&self) -> PathBuf {
        self.cache.target()
    }

    /// What cargo calls the program. It has the key in it, as all crates of the module have:
    /// workspaces share the target directory.
    pub fn program(&self) -> String {
        format!("program-{}", self.key)
    }

    fn module(&self) -> String {
        format!("module-{}", self.key)
    }

    /// A crate's name as cargo prints it, as a person would call it.
    pub fn describe(&self, crate_name: &str) -> String {
        if crate_name == self.program() {
            "the program".to_string()
        } else if let Some(part) = crate_name.strip_prefix(&self.module()) {
            match part
                .strip_prefix("-part")
                .and_then(|number| number.parse::<u32>().ok())
            {
                Some(number) => format!("the module, part {}", number + 1),
                None => "the module".to_string(),
            }
        } else {
            format!("`{crate_name}`")
        }
    }

    /// Waits until nobody else writes in it.
    ///
    /// # Errors
    /// When the cache can't be written.
    pub fn lock(&self, progress: &dyn Progress) -> Result<File, Failure> {
        let lock = self.cache.lock(&self.key, progress)?;
        self.cache.create(&self.directory)?;
        Ok(lock)
    }

    /// Remembers that it was used, so that it is not removed soon.
    pub fn mark_used(&self) {
        // Not being able to costs no more than an early removal.
        if let Ok(file) = File::create(self.directory.join("used")) {
            let _ = file.set_modified(SystemTime::now());
        }
    }

    /// Translates the module into crates, if they are not there.
    ///
    /// # Errors
    /// When the module can't be translated or the cache not be written.
    pub fn translate(
        &self,
        wasm: &[u8],
        input: &Path,
        progress: &dyn Progress,
    ) -> Result<(), Failure> {
        let translated = self.directory.join(TRANSLATED);
        if fs::read_to_string(&translated).is_ok_and(|text| text.starts_with(&self.stamp)) {
            return Ok(());
        }
        progress.step(&format!("translating {}", input.display()));
        let _ = fs::remove_file(&translated);
        let translation =
            Translation::new(wasm).map_err(|error| Failure::of_module(input, error))?;
        let options = CrateOptions {
            name: self.module(),
            support: self.support.clone(),
        };
        let names = translation
            .write_crates(&self.directory, &options)
            .map_err(|error| Failure::of_module(input, error))?;
        self.write(
            "Cargo.toml",
            &self.manifest(&names, &features(&translation)),
        )?;
        if let Some(lock) = support::lock_file(&self.support) {
            let lock =
                fs::read_to_string(&lock).map_err(|error| Failure::io("read", &lock, &error))?;
            self.write("Cargo.lock", &lock)?;
        }
        let record = format!(
            "{}\nhost = {}\nvectors = {}\n",
            self.stamp,
            Surroundings::of(translation.module()),
            crate::module::uses_vectors(wasm),
        );
        self.write(TRANSLATED, &record)
    }

    /// What the module needs around it; after [`Workspace::translate`].
    fn surroundings(&self) -> Surroundings {
        let record = self.record();
        let recorded = record.lines().find_map(|line| line.strip_prefix("host = "));
        recorded
            .and_then(|text| text.parse().ok())
            .unwrap_or(Surroundings::Bare)
    }

    /// Whether the module uses vectors; after [`Workspace::translate`].
    pub fn uses_vectors(&self) -> bool {
        self.records("vectors = true")
    }

    fn records(&self, line: &str) -> bool {
        self.record().lines().any(|recorded| recorded == line)
    }

    fn record(&self) -> String {
        fs::read_to_string(self.directory.join(TRANSLATED)).unwrap_or_default()
    }

    fn manifest(&self, crates: &[String], features: &[&str]) -> String {
        let (program, module) = (self.program(), self.module());
        let members: Vec<_> = crates.iter().map(|name| format!("{name:?}")).collect();
        let members = members.join(", ");
        let support = self.support.dependency(features);
        let profiles: Vec<_> = Profile::ALL
            .iter()
            .map(|profile| profile.manifest())
            .collect();
        let profiles = profiles.join("\n");
        format!(
            "# Made by wasm2rs, and written anew when it is built again.\n\
             [workspace]\nmembers = [{members}]\nresolver = \"3\"\n\n\
             [package]\nname = {program:?}\nversion = \"0.0.0\"\nedition = \"2024\"\n\
             publish = false\n\n\
             [dependencies]\nmodule = {{ path = {module:?}, package = {module:?} }}\n{support}\n\
             {profiles}"
        )
    }

    /// Writes the program's own source.
    ///
    /// # Errors
    /// When the cache can't be written.
    pub fn write_main(&self, main: &Main) -> Result<(), Failure> {
        let source = self.directory.join("src");
        self.cache.create(&source)?;
        self.write("src/main.rs", &main.source(self.surroundings()))
    }

    /// Where the log of cargo goes.
    pub fn log(&self) -> PathBuf {
        self.directory.join("build.log")
    }

    /// Something in the workspace could not be written.
    pub fn failure(&self, path: &Path, error: &std::io::Error) -> Failure {
        self.cache.failure(path, error)
    }

    fn write(&self, name: &str, text: &str) -> Result<(), Failure> {
        let write = || {
            let mut file = NewFile::create(&self.directory.join(name))?;
            file.write(text.as_bytes())?;
            file.finish()
        };
        write().map_err(|error| Failure::of_module(&self.directory, error))
    }

    /// The program that these options make of it.
    pub fn artifact(&self, main: &Main, options: &Options) -> Artifact {
        // Cargo heeds these too.
        let variables = [
            "RUSTFLAGS",
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_BUILD_RUSTFLAGS",
        ];
        let flags = variables.map(|name| std::env::var_os(name).unwrap_or_default());
        let mut hash = Hash::default()
            .add(main.identity())
            .add(options.target.as_deref().unwrap_or("-"))
            // Whether the module has vectors, which decides if the default counts, is not known
            // here, and does not change.
            .add(options.processor.as_deref().unwrap_or("-"))
            .add(processor::default_for_vectors(main, options.target.as_deref()).unwrap_or("-"))
            .add([u8::from(options.fully_static)]);
        for flags in flags {
            hash = hash.add(flags.as_encoded_bytes());
        }
        let name = format!("{}-{}", options.profile, hash.finish());
        let directory = self.directory.join("bin");
        let stamp_path = directory.join(format!("{name}.stamp"));
        Artifact {
            path: directory.join(name + std::env::consts::EXE_SUFFIX),
            stamp_path,
            stamp: self.stamp.clone(),
        }
    }
}

/// The features of the support crate that module and program need.
fn features(translation: &Translation<'_>) -> Vec<&'static str> {
    let mut features = translation.features();
    if matches!(
        Surroundings::of(translation.module()),
        Surroundings::Threads { .. }
    ) {
        features.push("wasi-threads");
    }
    features
}

/// A built program in the cache.
#[derive(Debug)]
pub struct Artifact {
    path: PathBuf,
    stamp_path: PathBuf,
    stamp: String,
}

impl Artifact {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is there, and made by this very wasm2rs.
    pub fn is_fresh(&self) -> bool {
        fs::read_to_string(&self.stamp_path).is_ok_and(|stamp| stamp == self.stamp)
            && self.path.is_file()
    }

    /// Takes in what cargo made.
    ///
    /// # Errors
    /// When the cache can't be written.
    pub fn store(&self, executable: &Path) -> Result<(), Failure> {
        if let Some(directory) = self.path.parent() {
            fs::create_dir_all(directory)
                .map_err(|error| Failure::io("write", directory, &error))?;
        }
        // In this order: a stamp without its program is nothing.
        let _ = fs::remove_file(&self.stamp_path);
        publish(executable, &self.path)?;
        fs::write(&self.stamp_path, &self.stamp)
            .map_err(|error| Failure::io("write", &self.stamp_path, &error))
    }
}
