//! Compiling the generated workspace, and finding out which modules rustc does not take.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::workspace::Workspace;

/// Modules that could not be compiled, by key, with the first error.
pub type Broken = BTreeMap<u64, String>;

/// How often to leave out what does not compile and try again: rustc stops at the first kind of
/// errors.
const ROUNDS: usize = 8;

/// Builds the program with features of the support crate. Gives its path, and adds to `broken` what is not in it.
///
/// # Errors
/// When there is no program in the end.
pub fn compile(
    workspace: &Workspace,
    features: &[&str],
    target: &Path,
    broken: &mut Broken,
) -> Result<PathBuf, String> {
    for _ in 0..ROUNDS {
        workspace.write(&broken.keys().copied().collect::<BTreeSet<_>>())?;
        let log = build(workspace, features, target)?;
        if log.success {
            return Ok(target.join("release").join(format!(
                "{}{}",
                workspace.program,
                std::env::consts::EXE_SUFFIX
            )));
        }
        let found = log.broken(workspace);
        if found.is_empty() {
            return Err(format!(
                "the generated workspace does not build:\n{}",
                log.lines.join("\n")
            ));
        }
        broken.extend(found);
    }
    Err(format!(
        "the generated workspace still does not build after {ROUNDS} attempts"
    ))
}

/// What cargo said.
#[derive(Debug, Default)]
struct Log {
    success: bool,
    lines: Vec<String>,
}

fn build(workspace: &Workspace, features: &[&str], target: &Path) -> Result<Log, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args([
            "build",
            "--release",
            "--keep-going",
            "--message-format",
            "short",
            "--target-dir",
        ])
        .arg(target)
        .args(["--package", &workspace.program])
        .current_dir(&workspace.directory)
        .stdin(Stdio::null())
        .stderr(Stdio::piped());
    if !features.is_empty() {
        command.arg("--features").arg(features.join(","));
    }
    // What the outer cargo set for its own build must not decide about this one.
    for name in [
        "CARGO_TARGET_DIR",
        "CARGO_BUILD_TARGET_DIR",
        "CARGO_MANIFEST_DIR",
    ] {
        command.env_remove(name);
    }
    let mut child = command
        .spawn()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    let mut log = Log::default();
    let terminal = std::io::stderr().is_terminal();
    if let Some(stderr) = child.stderr.take() {
        for line in BufReader::new(stderr).lines() {
            let line = line.map_err(|error| format!("cannot read from cargo: {error}"))?;
            if terminal && line.trim_start().starts_with("Compiling") {
                eprint!("\r\x1b[K{}", line.trim());
            }
            log.lines.push(line);
        }
        if terminal {
            eprint!("\r\x1b[K");
        }
    }
    let status = child
        .wait()
        .map_err(|error| format!("cannot wait for cargo: {error}"))?;
    log.success = status.success();
    Ok(log)
}

impl Log {
    /// The modules that errors are in; for a crate that failed without an error in a module (rustc
    /// itself died), all modules of the crate.
    fn broken(&self, workspace: &Workspace) -> Broken {
        let mut broken = Broken::new();
        for line in &self.lines {
            if let Some((key, message)) = error_in_module(line) {
                broken.entry(key).or_insert(message);
            }
        }
        for line in &self.lines {
            let Some(name) = failed_crate(line) else {
                continue;
            };
            let modules = workspace.modules_of(name).unwrap_or(&[]);
            if modules.iter().any(|key| broken.contains_key(key)) {
                continue;
            }
            for &key in modules {
                broken.insert(
                    key,
                    format!(
                        "rustc failed on a crate of {} modules: {line}",
                        modules.len()
                    ),
                );
            }
        }
        broken
    }
}

/// The module and the message of an error in cargo's short form, `PATH:LINE:COLUMN: error…`.
fn error_in_module(line: &str) -> Option<(u64, String)> {
    let error = line.find(": error")?;
    let file = line[..error].rsplit(['/', '\\']).next()?;
    let (key, place) = file.strip_prefix('m')?.split_once(".rs:")?;
    let key = (key.len() == 16).then(|| u64::from_str_radix(key, 16).ok())??;
    let message = line[error + 2..].trim();
    Some((key, format!("rustc, line {place}: {message}")))
}

/// The crate that `line` says could not be compiled.
fn failed_crate(line: &str) -> Option<&str> {
    let rest = line.split("could not compile `").nth(1)?;
    rest.split('`').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_found() {
        let line =
            "group0000/src/../../modules/m00000000000000ff.rs:12:5: error[E0308]: mismatched";
        assert_eq!(
            error_in_module(line),
            Some((
                255,
                "rustc, line 12:5: error[E0308]: mismatched".to_string()
            ))
        );
        assert_eq!(error_in_module("group0000/src/lib.rs:1:1: error: no"), None);
        let line = "error: could not compile `group0007` (lib) due to 1 previous error";
        assert_eq!(failed_crate(line), Some("group0007"));
    }
}
