//! When what is in the cache was made by another wasm2rs.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use crate::Support;

/// As many characters of a hash as we show: 64 bits, for telling apart, not for security.
const LENGTH: usize = 16;

/// A hash of everything added to it, as hexadecimal digits.
#[derive(Default)]
pub struct Hash(Sha256);

impl Hash {
    /// Adds a part; parts can't run into each other.
    #[must_use]
    pub fn add(mut self, part: impl AsRef<[u8]>) -> Hash {
        let part = part.as_ref();
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(part);
        self
    }

    /// The hash of all parts.
    pub fn finish(self) -> String {
        let digest = self.0.finalize();
        digest
            .iter()
            .take(LENGTH / 2)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// Identifies the translator and the support crate. Those of a release have their version; those
/// of a source tree change without one, so there the files' times and sizes count too.
pub fn stamp(support: &Support) -> String {
    let mut hash = Hash::default().add(env!("CARGO_PKG_VERSION"));
    if let Support::Path(path) = support {
        hash = hash.add(path.as_os_str().as_encoded_bytes());
        hash = add_tree(hash, &path.join("Cargo.toml"));
        hash = add_tree(hash, &path.join("src"));
        if let Ok(program) = std::env::current_exe() {
            hash = add_tree(hash, &program);
        }
    }
    hash.finish()
}

fn add_tree(hash: Hash, path: &Path) -> Hash {
    if let Ok(entries) = fs::read_dir(path) {
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        return paths.iter().fold(hash, |hash, path| add_tree(hash, path));
    }
    let Ok(metadata) = fs::metadata(path) else {
        return hash;
    };
    let modified = metadata.modified().ok();
    let modified = modified.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
    hash.add(path.as_os_str().as_encoded_bytes())
        .add(metadata.len().to_le_bytes())
        .add(modified.unwrap_or_default().as_nanos().to_le_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        let hash = |parts: &[&str]| {
            parts
                .iter()
                .fold(Hash::default(), |hash, part| hash.add(part))
                .finish()
        };
        assert_eq!(hash(&["a", "b"]), hash(&["a", "b"]));
        assert_ne!(hash(&["a", "b"]), hash(&["ab"]));
        assert_ne!(hash(&["a", "b"]), hash(&["ab", ""]));
        assert_eq!(hash(&[]).len(), LENGTH);
    }
}
