//! Giving the cache's space back.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::parts::Parts;
use super::{Cache, Failure, Progress};

/// What was not used for so long is removed when something else is built.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What cleaning did.
#[derive(Debug, Default)]
pub struct Cleaned {
    /// Bytes that were freed.
    pub bytes: u64,
    /// Modules whose programs were removed.
    pub programs: usize,
    /// Modules that were left because they are being built.
    pub in_use: usize,
}

impl Cache {
    /// Removes all that is not in use.
    ///
    /// # Errors
    /// When something can't be removed.
    pub fn clean(&self) -> Result<Cleaned, Failure> {
        let mut cleaned = Cleaned::default();
        for key in self.keys() {
            match self.try_lock(&key) {
                Some(_lock) => {
                    cleaned.bytes += remove(&self.programs().join(&key))?;
                    cleaned.programs += 1;
                }
                None => cleaned.in_use += 1,
            }
        }
        if cleaned.in_use == 0 {
            cleaned.bytes += remove(&self.parts())? + remove(&self.target())?;
            remove(&self.programs())?;
        }
        Ok(cleaned)
    }

    /// Removes what was not used for a long time. What can't be removed stays.
    pub fn prune(&self, progress: &dyn Progress) {
        let now = SystemTime::now();
        for key in self.keys() {
            let workspace = self.programs().join(&key);
            let used = fs::metadata(workspace.join("used")).and_then(|used| used.modified());
            let Ok(used) = used else { continue };
            if now.duration_since(used).unwrap_or_default() < KEPT {
                continue;
            }
            if let Some(_lock) = self.try_lock(&key) {
                progress.verbose(&format!("removing `{}`, long unused", workspace.display()));
                let _ = remove(&workspace);
                remove_artifacts(&self.target(), &key, 0);
            }
        }
        for part in Parts::new(self).unused_for(KEPT) {
            progress.verbose(&format!("removing `{part}`, long unused"));
            let _ = remove(&self.parts().join(&part));
            // Cargo has `_` in the names of files where crates have `-`.
            let hash = part.rsplit('-').next().unwrap_or(&part);
            remove_artifacts(&self.target(), hash, 0);
        }
    }

    fn keys(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.programs()) else {
            return Vec::new();
        };
        let directories = entries.flatten().filter(|entry| entry.path().is_dir());
        directories
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect()
    }
}

/// Removes what cargo made of a module: all that has its key in its name.
fn remove_artifacts(directory: &Path, key: &str, depth: u32) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or(OsStr::new("")).to_string_lossy();
        if name.contains(key) {
            let _ = remove(&path);
        } else if depth < 3 && path.is_dir() {
            remove_artifacts(&path, key, depth + 1);
        }
    }
}

/// Removes a file or a directory with all that is in it, and gives how many bytes that were.
fn remove(path: &Path) -> Result<u64, Failure> {
    let Ok(metadata) = fs::symlink_metadata(path) else {
        return Ok(0);
    };
    let failure = |error| Failure::io("remove", path, &error);
    if !metadata.is_dir() {
        fs::remove_file(path).map_err(failure)?;
        return Ok(metadata.len());
    }
    let mut bytes = 0;
    for entry in fs::read_dir(path).map_err(failure)?.flatten() {
        bytes += remove(&entry.path())?;
    }
    fs::remove_dir(path).map_err(failure)?;
    Ok(bytes)
}
