//! From a module to a native program: a cargo workspace in the cache, built by cargo.
//!
//! ```text
//! CACHE/programs/KEY/         the workspace of a module (KEY: of its bytes and our version)
//! CACHE/programs/KEY/bin/     the programs made from it, by options
//! CACHE/programs/KEY.lock     held by who writes there
//! CACHE/target/               cargo's, shared by all: the support crate is compiled once
//! ```

mod amount;
mod cache;
mod cargo;
mod clean;
mod estimate;
mod failure;
mod library;
mod processor;
mod profile;
mod program;
mod progress;
mod publish;
mod requirements;
mod stamp;
mod support;
mod surroundings;
mod workspace;

pub use amount::{bytes, time};
pub use cache::Cache;
pub use estimate::Estimate;
pub use failure::Failure;
pub use library::Crate;
pub use profile::Profile;
pub use program::{Argument, Main, Request};
pub use progress::Progress;
pub use publish::{check_output, publish};
pub use requirements::{exported_functions, list};
pub use support::find_support;

use std::path::{Path, PathBuf};

use workspace::Workspace;

/// What decides how a program is built, besides the module.
#[derive(Debug)]
pub struct Options {
    /// For which platform; none for this one.
    pub target: Option<String>,
    /// For which processor, as rustc calls it; none for what the module gains from.
    pub processor: Option<String>,
    /// Without dynamic libraries.
    pub fully_static: bool,
    /// How much is optimised.
    pub profile: Profile,
    /// How many processes cargo may run at a time.
    pub jobs: Option<u32>,
    /// Where built programs are kept.
    pub cache: Cache,
    /// The directory of the support crate, instead of the one that is found.
    pub support: Option<PathBuf>,
}

/// Builds the program of a module, or finds it in the cache, and gives its path there.
///
/// # Errors
/// When the module is none of a program's, or cargo fails, or files can't be written.
pub fn build(
    wasm: &[u8],
    input: &Path,
    main: &Main,
    options: &Options,
    progress: &dyn Progress,
) -> Result<PathBuf, Failure> {
    let support = find_support(options.support.as_deref())?;
    let workspace = Workspace::new(wasm, &options.cache, &support);
    let artifact = workspace.artifact(main, options);
    if artifact.is_fresh() {
        progress.verbose(&format!(
            "found in the cache: {}",
            artifact.path().display()
        ));
        // It may have been built to have another function called.
        if !requirements::exports_start(wasm) {
            requirements::check(wasm, input, main)?;
        }
        workspace.mark_used();
        return Ok(artifact.path().to_owned());
    }
    // Checked before anything that takes time or writes.
    requirements::check(wasm, input, main)?;
    let _lock = workspace.lock(progress)?;
    if artifact.is_fresh() {
        // Someone else built it while we waited.
        return Ok(artifact.path().to_owned());
    }
    workspace.translate(wasm, input, progress)?;
    workspace.write_main(main)?;
    let processor = match &options.processor {
        Some(processor) => Some(processor.as_str()),
        None if workspace.uses_vectors() => {
            processor::default_for_vectors(main, options.target.as_deref())
        }
        None => None,
    };
    let executable = cargo::build(&workspace, options, processor, wasm, progress)?;
    artifact.store(&executable)?;
    workspace.mark_used();
    options.cache.prune(progress);
    Ok(artifact.path().to_owned())
}
