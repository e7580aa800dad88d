//! The table of the suite's totals in the README, which a run of the whole suite compares, or writes.

use std::path::Path;
use std::{env, fs};

use crate::options::Options;
use crate::report::Report;

/// The README, from this package's directory.
const FILE: &str = "../README.md";

/// What the table stands between.
const START: &str = "<!-- written by `UPDATE_README=1 cargo run --release -p spectest` -->\n";
const END: &str = "<!-- end -->\n";

/// Compares a run of the whole suite with the table, or writes it.
///
/// # Errors
/// When they differ, or the file can't be read or written.
pub fn check(options: &Options, report: &Report) -> Result<(), String> {
    if !options.is_whole() {
        return Ok(());
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let failure = |error: std::io::Error| format!("README.md: {error}");
    let readme = fs::read_to_string(&path).map_err(failure)?;
    let written = replaced(&readme, &report.markdown())
        .ok_or_else(|| format!("README.md: there is no {}", START.trim()))?;
    if written == readme {
        return Ok(());
    }
    if env::var_os("UPDATE_README").is_some() {
        return fs::write(&path, written).map_err(failure);
    }
    Err(
        "README.md has other totals of the suite; look at what changed, and write them anew with \
         `UPDATE_README=1 cargo run --release -p spectest`"
            .to_string(),
    )
}

/// The text with another table.
fn replaced(readme: &str, table: &str) -> Option<String> {
    let (before, rest) = readme.split_once(START)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{START}\n{table}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_alone_is_replaced() {
        let readme = format!("a\n{START}old\n{END}b\n");
        let written = replaced(&readme, "| new |\n").expect("the marks are there");
        assert_eq!(written, format!("a\n{START}\n| new |\n\n{END}b\n"));
        assert_eq!(replaced(&written, "| new |\n").as_deref(), Some(&*written));
        assert_eq!(replaced("a", "b"), None);
    }
}
