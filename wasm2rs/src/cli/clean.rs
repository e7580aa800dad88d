//! `wasm2rs clean`.

use clap::Args;

use super::options::CacheDirectory;
use super::progress::Reporter;
use crate::native::{self, Failure};

/// Remove the programs that `run` and `build` keep in the cache
///
/// What was not used for thirty days is removed without being asked, whenever something is built.
/// Programs that `build` wrote elsewhere stay.
#[derive(Debug, Args)]
pub struct Clean {
    #[command(flatten)]
    cache: CacheDirectory,
}

impl Clean {
    /// Empties the cache.
    pub fn run(self, reporter: &Reporter) -> Result<(), Failure> {
        let cache = self.cache.cache()?;
        let cleaned = cache.clean()?;
        reporter.done(&format!(
            "removed {} programs, {}, from `{}`",
            cleaned.programs,
            native::bytes(cleaned.bytes),
            cache.root().display()
        ));
        if cleaned.in_use > 0 {
            reporter.done(&format!(
                "{} that are being built were left",
                cleaned.in_use
            ));
        }
        Ok(())
    }
}
