//! Options that several commands have.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::PossibleValue;

use crate::native::{Cache, Failure, Options, Profile};
use crate::read_module;

/// How programs are built.
#[derive(Debug, Args)]
#[command(next_help_heading = "Building")]
pub struct Building {
    /// How much to optimise
    #[arg(long, value_name = "PROFILE", value_enum, default_value_t)]
    pub profile: Profile,

    /// How many processes may compile at a time [default: as many as processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub jobs: Option<u32>,

    /// The processor to compile for, as rustc's `-C target-cpu` has it [default: the least that
    /// the platform has; on x86-64, if the module has vectors: x86-64-v2, or what runs it]
    #[arg(long = "target-cpu", value_name = "CPU", value_parser = processor)]
    pub processor: Option<String>,

    #[command(flatten)]
    pub cache: CacheDirectory,

    #[command(flatten)]
    pub support: SupportDirectory,
}

/// Reads the name of a processor: one that rustc might know.
fn processor(text: &str) -> Result<String, String> {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_.+".contains(character);
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(plain) {
        return Ok(text.to_string());
    }
    Err("expected a name such as native or x86-64-v3; `rustc --print target-cpus` has all".into())
}

/// Where the cache is.
#[derive(Debug, Args)]
pub struct CacheDirectory {
    /// Where built programs are kept [default: `wasm2rs` in the user's cache directory]
    #[arg(
        long = "cache-dir",
        value_name = "DIR",
        env = "WASM2RS_CACHE_DIR",
        hide_env_values = true,
        help_heading = "Building"
    )]
    pub cache_directory: Option<PathBuf>,
}

/// Where the support crate is.
#[derive(Debug, Args)]
pub struct SupportDirectory {
    /// The directory of the crate wasm2rs-support [default: the sources that this command was
    /// compiled from, or else the registry]
    #[arg(
        long = "support",
        value_name = "DIR",
        env = "WASM2RS_SUPPORT",
        hide_env_values = true,
        help_heading = "Building"
    )]
    pub support_directory: Option<PathBuf>,
}

impl CacheDirectory {
    /// The cache.
    ///
    /// # Errors
    /// When the platform does not say where it is.
    pub fn cache(&self) -> Result<Cache, Failure> {
        // An empty variable is as good as none.
        Cache::new(
            self.cache_directory
                .as_deref()
                .filter(|path| !path.as_os_str().is_empty()),
        )
    }
}

impl SupportDirectory {
    /// What the user said.
    pub fn given(&self) -> Option<&Path> {
        self.support_directory
            .as_deref()
            .filter(|path| !path.as_os_str().is_empty())
    }
}

impl Building {
    /// The options of a build for `target`.
    ///
    /// # Errors
    /// As [`CacheDirectory::cache`].
    pub fn options(self, target: Option<String>, fully_static: bool) -> Result<Options, Failure> {
        Ok(Options {
            target,
            processor: self.processor,
            fully_static,
            profile: self.profile,
            jobs: self.jobs,
            cache: self.cache.cache()?,
            support: self.support.given().map(Path::to_owned),
        })
    }
}

impl clap::ValueEnum for Profile {
    fn value_variants<'a>() -> &'a [Self] {
        &Profile::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).help(match self {
            Profile::Release => "Fast programs",
            Profile::Dev => "Built sooner, slower",
            Profile::Small => "Small programs, slower",
        }))
    }
}

/// Reads the module in a file.
///
/// # Errors
/// When it can't be read.
pub fn read(input: &Path) -> Result<Vec<u8>, Failure> {
    read_module(input).map_err(|error| Failure::of_module(input, error))
}

/// The name of a file without its directory and extension.
pub fn stem(input: &Path) -> String {
    input
        .file_stem()
        .unwrap_or(OsStr::new("module"))
        .to_string_lossy()
        .into_owned()
}
