//! Putting a program where the user wants it, whole or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Failure;

/// Finds out before long work whether a program can be written to `path`.
///
/// # Errors
/// When it can't.
pub fn check_output(path: &Path) -> Result<(), Failure> {
    let failure = |error: &io::Error| Failure::io("write", path, error);
    if path.is_dir() {
        return Err(failure(&io::ErrorKind::IsADirectory.into()));
    }
    if path.file_name().is_none() {
        return Err(Failure::new(format!(
            "`{}` is not the name of a file",
            path.display()
        )));
    }
    let temporary = temporary(path);
    fs::File::create(&temporary).map_err(|error| failure(&error))?;
    fs::remove_file(&temporary).map_err(|error| failure(&error))
}

/// Copies a program, with its permissions, to `path`, which changes from what it was to the
/// whole program at once.
///
/// # Errors
/// When it can't be written; `path` is as it was then.
pub fn publish(program: &Path, path: &Path) -> Result<(), Failure> {
    let temporary = temporary(path);
    let copied = fs::copy(program, &temporary).and_then(|_| fs::rename(&temporary, path));
    copied.map_err(|error| {
        let _ = fs::remove_file(&temporary);
        Failure::io("write", path, &error)
    })
}

fn temporary(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    path.with_file_name(name)
}
