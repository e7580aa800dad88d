//! A workspace of its own for programs that tests build with other settings than their own.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The root of this project.
pub fn project() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_owned()
}

/// A workspace below the directory that cargo gives to integration tests.
#[derive(Debug)]
pub struct Scratch {
    directory: PathBuf,
    target: PathBuf,
}

impl Scratch {
    /// The workspace `name` in `directory`, with a manifest that contains `manifest` and with the
    /// versions that the project itself is built with.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn new(directory: &Path, name: &str, manifest: &str) -> io::Result<Scratch> {
        let scratch = Scratch {
            directory: directory.join(name),
            // One for all, so that what several depend on is built once.
            target: directory.join("scratch-target"),
        };
        scratch.write("Cargo.toml", manifest)?;
        // Cargo drops from it what is not needed.
        scratch.write(
            "Cargo.lock",
            &fs::read_to_string(project().join("Cargo.lock"))?,
        )?;
        Ok(scratch)
    }

    /// Where it is.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Writes a file, unless it is there with these contents, so that nothing is built again for
    /// it.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write(&self, name: &str, contents: &str) -> io::Result<()> {
        let path = self.directory.join(name);
        if fs::read(&path).is_ok_and(|old| old == contents.as_bytes()) {
            return Ok(());
        }
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)?;
        }
        fs::write(path, contents)
    }

    /// Runs cargo in it.
    ///
    /// # Errors
    /// When it can't be run.
    pub fn cargo(&self, arguments: &[&str]) -> io::Result<Output> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command
            .args(arguments)
            .current_dir(&self.directory)
            .env("CARGO_TARGET_DIR", self.target())
            .env("CARGO_TERM_COLOR", "never")
            .env("CARGO_INCREMENTAL", "0")
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .stdin(Stdio::null());
        // What the outer cargo set for this program is not for that one.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text == "CARGO_MANIFEST_DIR" || text == "OUT_DIR" {
                command.env_remove(&name);
            }
        }
        command.output()
    }

    /// Where cargo puts what it builds there.
    pub fn target(&self) -> &Path {
        &self.target
    }
}

/// What a process printed, and how it ended, for the message of a failed test.
pub fn describe(output: &Output) -> String {
    format!(
        "{}\n--- stdout\n{}\n--- stderr\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
