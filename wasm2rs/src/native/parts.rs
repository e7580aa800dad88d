//! Crates of large modules, kept by their contents: a module that differs from one built before in
//! some functions has most of its crates in common with it.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::Cache;
use super::stamp::Hash;
use crate::Error;
use crate::output::{Placed, write_manifest};

/// What the names of these crates begin with.
const PREFIX: &str = "part-";

/// The crates in the cache.
#[derive(Debug)]
pub struct Parts<'c> {
    cache: &'c Cache,
}

impl<'c> Parts<'c> {
    /// Those of a cache.
    pub fn new(cache: &'c Cache) -> Parts<'c> {
        Parts { cache }
    }

    /// Takes in the crate in `directory`, whose manifest is to have `manifest` after the name, or
    /// finds the same one.
    ///
    /// Nobody has to wait: a crate appears under its name when it is complete, and does not change
    /// afterwards.
    ///
    /// # Errors
    /// When the cache can't be written.
    pub fn place(&self, directory: &Path, manifest: &str) -> Result<Placed, Error> {
        let source = directory.join("src");
        let mut paths: Vec<_> = fs::read_dir(&source)
            .map_err(|error| Error::read(&source, error))?
            .flatten()
            .map(|entry| entry.path())
            .collect();
        paths.sort();
        let mut hash = Hash::default().add(manifest);
        for path in paths {
            let contents = fs::read(&path).map_err(|error| Error::read(&path, error))?;
            let name = path.file_name().unwrap_or_default();
            hash = hash.add(name.as_encoded_bytes()).add(contents);
        }
        let name = format!("{PREFIX}{}", hash.finish());
        let path = self.cache.parts().join(&name);
        let placed = Placed {
            path: path.to_string_lossy().into_owned(),
            name,
        };
        if !path.join("Cargo.toml").is_file() {
            write_manifest(directory, &placed.name, manifest)?;
            // Someone else may have been faster, with the same.
            if let Err(error) = fs::rename(directory, &path)
                && !path.join("Cargo.toml").is_file()
            {
                return Err(Error::write(&path, error));
            }
        }
        let _ = fs::remove_dir_all(directory);
        self.mark_used(std::slice::from_ref(&placed.name));
        Ok(placed)
    }

    /// Remembers that crates were used.
    pub fn mark_used(&self, names: &[String]) {
        for name in names {
            if let Ok(file) = File::create(self.cache.parts().join(name).join("used")) {
                let _ = file.set_modified(SystemTime::now());
            }
        }
    }

    /// The crates that were not used for so long.
    pub fn unused_for(&self, time: Duration) -> Vec<String> {
        let now = SystemTime::now();
        let Ok(entries) = fs::read_dir(self.cache.parts()) else {
            return Vec::new();
        };
        let unused = entries.flatten().filter(|entry| {
            let used = fs::metadata(entry.path().join("used")).and_then(|used| used.modified());
            used.is_ok_and(|used| now.duration_since(used).unwrap_or_default() >= time)
        });
        unused
            .map(|entry| entry.file_name())
            .filter(|name| is_part(name))
            .filter_map(|name| name.into_string().ok())
            .collect()
    }
}

fn is_part(name: &OsStr) -> bool {
    name.to_string_lossy().starts_with(PREFIX)
}
