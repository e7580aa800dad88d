//! The cache: where it is, and who may write in it.

use std::env;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use super::{Failure, Progress};

/// Overrides where the cache is.
pub const VARIABLE: &str = "WASM2RS_CACHE_DIR";

/// A directory that programs are built and kept in, shared by all builds of the user.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// The cache in `directory`, or else where the platform has the user's caches.
    ///
    /// # Errors
    /// When the platform does not say where that is.
    pub fn new(directory: Option<&Path>) -> Result<Cache, Failure> {
        let root = match directory {
            Some(directory) => std::path::absolute(directory)
                .map_err(|error| Failure::io("use", directory, &error))?,
            None => user_caches()
                .ok_or_else(|| {
                    Failure::new("there is no home directory to keep built programs in")
                        .help(format!("name a directory with `--cache-dir` or {VARIABLE}"))
                })?
                .join("wasm2rs"),
        };
        Ok(Cache { root })
    }

    /// Its directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The directory with a workspace for each module.
    pub fn programs(&self) -> PathBuf {
        self.root.join("programs")
    }

    /// The directory with the crates that modules may have in common.
    pub fn parts(&self) -> PathBuf {
        self.root.join("parts")
    }

    /// Cargo's target directory, shared by all workspaces.
    pub fn target(&self) -> PathBuf {
        self.root.join("target")
    }

    /// Makes a directory of the cache.
    ///
    /// # Errors
    /// When it can't be made; the message names the way out.
    pub fn create(&self, directory: &Path) -> Result<(), Failure> {
        fs::create_dir_all(directory).map_err(|error| self.failure(directory, &error))?;
        // Tells backup programs to leave it out (https://bford.info/cachedir/).
        let tag = self.root.join("CACHEDIR.TAG");
        if !tag.exists() {
            let text = "Signature: 8a477f597d28d172789f06886806bc55\n# Programs built by wasm2rs\n";
            fs::write(&tag, text).map_err(|error| self.failure(&tag, &error))?;
        }
        Ok(())
    }

    /// Waits until nobody else writes in the workspace `key`.
    ///
    /// # Errors
    /// When the cache can't be written.
    pub fn lock(&self, key: &str, progress: &dyn Progress) -> Result<File, Failure> {
        let programs = self.programs();
        self.create(&programs)?;
        let path = lock_path(&programs, key);
        let file = File::create(&path).map_err(|error| self.failure(&path, &error))?;
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => {
                progress.step("waiting for another wasm2rs that builds the same module");
                file.lock().map_err(|error| self.failure(&path, &error))?;
            }
            Err(TryLockError::Error(error)) => {
                // Some network file systems have no locks. Two builds at once are rare there, and
                // each writes its files whole: going on is better than giving up.
                progress.verbose(&format!("cannot lock `{}`: {error}", path.display()));
            }
        }
        Ok(file)
    }

    /// The lock of the workspace `key`, unless someone has it.
    pub fn try_lock(&self, key: &str) -> Option<File> {
        let file = File::create(lock_path(&self.programs(), key)).ok()?;
        file.try_lock().is_ok().then_some(file)
    }

    /// Something in the cache could not be written.
    pub fn failure(&self, path: &Path, error: &std::io::Error) -> Failure {
        Failure::new(format!("cannot write `{}`: {error}", path.display())).help(format!(
            "programs are built in a cache, now `{}`; choose another place for it with \
             `--cache-dir` or {VARIABLE}",
            self.root.display()
        ))
    }
}

fn lock_path(programs: &Path, key: &str) -> PathBuf {
    programs.join(format!("{key}.lock"))
}

/// Where the platform has the user's caches.
fn user_caches() -> Option<PathBuf> {
    let directory = |name: &str| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|p| p.is_absolute())
    };
    if cfg!(windows) {
        directory("LOCALAPPDATA")
    } else if cfg!(target_vendor = "apple") {
        Some(directory("HOME")?.join("Library/Caches"))
    } else {
        directory("XDG_CACHE_HOME").or_else(|| Some(directory("HOME")?.join(".cache")))
    }
}
