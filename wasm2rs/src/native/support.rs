//! Where generated workspaces find the support crate.

use std::path::{Path, PathBuf};

use super::Failure;
use crate::Support;

/// The source tree that this program was compiled from, if it was not a package's.
const SOURCE_TREE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../runtime-support");

/// The support crate: where the user says, else beside the sources that this program was compiled
/// from, else the registry's of the same version.
///
/// # Errors
/// When the user names a directory that has no such crate.
pub fn find_support(given: Option<&Path>) -> Result<Support, Failure> {
    match given {
        Some(path) if is_support(path) => {
            let path = path
                .canonicalize()
                .map_err(|error| Failure::io("read", path, &error))?;
            Ok(Support::Path(without_prefix(path)))
        }
        Some(path) => {
            let message = format!("`{}` is not the crate `wasm2rs-support`", path.display());
            Err(Failure::new(message).help(
                "`--support` (or WASM2RS_SUPPORT) names the directory `runtime-support` of \
                 wasm2rs's sources; without it, the crate comes from the registry",
            ))
        }
        None => {
            let tree = Path::new(SOURCE_TREE);
            match tree.canonicalize() {
                Ok(path) if is_support(&path) => Ok(Support::Path(without_prefix(path))),
                _ => Ok(Support::Registry),
            }
        }
    }
}

fn is_support(path: &Path) -> bool {
    let manifest = std::fs::read_to_string(path.join("Cargo.toml"));
    manifest.is_ok_and(|manifest| manifest.contains("name = \"wasm2rs-support\""))
}

/// Canonical paths on Windows start with `\\?\`, which cargo can't join `/` to.
fn without_prefix(path: PathBuf) -> PathBuf {
    match path.to_str().and_then(|text| text.strip_prefix(r"\\?\")) {
        Some(rest) if !rest.starts_with("UNC") => PathBuf::from(rest),
        _ => path,
    }
}

/// The `Cargo.lock` that goes with the support crate, with the versions it was tested with.
pub fn lock_file(support: &Support) -> Option<PathBuf> {
    let Support::Path(path) = support else {
        return None;
    };
    let lock = path.parent()?.join("Cargo.lock");
    lock.is_file().then_some(lock)
}
