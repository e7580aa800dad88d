//! Running cargo, and saying what went wrong with it.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::thread;

use serde_json::Value;

use super::workspace::Workspace;
use super::{Estimate, Failure, Options, Progress, bytes, time};

/// How many lines of rustc's first errors a message shows.
const SHOWN: usize = 12;

/// How much of a line: calls of the linker have thousands of characters.
const WIDTH: usize = 200;

/// Builds the program of a workspace, and gives the path of what cargo made.
///
/// # Errors
/// When there is no cargo, or it fails.
pub fn build(
    workspace: &Workspace,
    options: &Options,
    processor: Option<&str>,
    wasm: &[u8],
    progress: &dyn Progress,
) -> Result<PathBuf, Failure> {
    let estimate = Estimate::of_module(wasm);
    let first = if workspace.target().exists() {
        ""
    } else {
        ", and the support crate"
    };
    progress.step(&format!(
        "compiling {} of code{first} (estimate: {} of one core, {:.1} GB of memory)",
        bytes(estimate.code),
        time(estimate.seconds),
        estimate.gigabytes,
    ));
    let mut command = command(workspace, options, processor)?;
    progress.verbose(&format!("running {command:?}"));
    let log_path = workspace.log();
    let log = File::create(&log_path).map_err(|error| workspace.failure(&log_path, &error))?;
    let mut child = command
        .spawn()
        .map_err(|error| not_started(&command, &error))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let executable = Mutex::new(None);
    // Cargo waits for whoever does not read what it writes, so both are read at once.
    thread::scope(|scope| {
        scope.spawn(|| {
            for line in stdout.into_iter().flat_map(lines) {
                if let Some(path) = executable_of(&line)
                    && let Ok(mut executable) = executable.lock()
                {
                    *executable = Some(path);
                }
            }
        });
        let mut log = &log;
        for line in stderr.into_iter().flat_map(lines) {
            // A log that can't be written is no reason to fail.
            let _ = writeln!(log, "{line}");
            progress.verbose(&line);
            if let Some(detail) = detail(workspace, &line) {
                progress.detail(&detail);
            }
        }
    });
    let status = child
        .wait()
        .map_err(|error| Failure::new(format!("cargo was lost: {error}")))?;
    if !status.success() {
        return Err(failed(status, &log_path, options));
    }
    executable.into_inner().ok().flatten().ok_or_else(|| {
        Failure::new("cargo did not say where the program is")
            .help(format!("its log is `{}`", log_path.display()))
    })
}

/// The lines of a text that need not be UTF-8: paths in it may not be.
fn lines(text: impl Read) -> impl Iterator<Item = String> {
    let lines = BufReader::new(text).split(b'\n').map_while(Result::ok);
    lines.map(|line| String::from_utf8_lossy(&line).trim_end().to_string())
}

fn command(
    workspace: &Workspace,
    options: &Options,
    processor: Option<&str>,
) -> Result<Command, Failure> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    let profile = options.profile.name();
    let target = options.target.as_deref();
    let linking = if options.fully_static {
        static_linking(target)?
    } else {
        &[]
    };
    // Flags for the last step only leave everything else as it is, so that it is shared.
    command.arg(if linking.is_empty() { "build" } else { "rustc" });
    command.args(["--profile", profile, "--bin", &workspace.program()]);
    command
        .arg("--manifest-path")
        .arg(workspace.directory().join("Cargo.toml"));
    command.arg("--target-dir").arg(workspace.target());
    command.args([
        "--message-format",
        "json-render-diagnostics",
        "--color",
        "never",
    ]);
    if let Some(target) = target {
        command.args(["--target", target]);
    }
    if let Some(jobs) = options.jobs {
        command.arg("--jobs").arg(jobs.to_string());
    }
    let panic = if traps_unwind(target) {
        "unwind"
    } else {
        "abort"
    };
    command
        .arg("--config")
        .arg(format!("profile.{profile}.panic={panic:?}"));
    if let Some(processor) = processor {
        // The weakest way to say it: the user's RUSTFLAGS count instead.
        let flag = format!("target-cpu={processor}");
        let flags = format!("build.rustflags=[\"-C\", {flag:?}]");
        command.arg("--config").arg(flags);
    }
    if !linking.is_empty() {
        command.arg("--").args(linking);
    }
    // Not where the user is: a configuration or toolchain there is for another project.
    command.current_dir(workspace.directory());
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    Ok(command)
}

/// Whether traps unwind the stack there; elsewhere a frame in assembly is returned to, and the
/// tables for unwinding are not needed.
fn traps_unwind(target: Option<&str>) -> bool {
    let architecture = match target {
        Some(target) => target.split('-').next().unwrap_or_default(),
        None => env::consts::ARCH,
    };
    !matches!(
        architecture,
        "x86_64" | "aarch64" | "arm64" | "arm64e" | "aarch64_be"
    )
}

/// The flags for a program that needs no other file to run.
fn static_linking(target: Option<&str>) -> Result<&'static [&'static str], Failure> {
    let here = env::consts::OS;
    let is = |system: &str| target.map_or(here == system, |target| target.contains(system));
    if is("macos") || target.is_some_and(|target| target.contains("apple")) {
        return Err(
            Failure::new("there are no fully static programs on Apple's systems")
                .help("leave `--static` away: the program needs nothing but the system itself"),
        );
    }
    // Where it is the default already, it does no harm.
    Ok(&["-C", "target-feature=+crt-static"])
}

/// The path in a message of cargo's that says where a program is.
fn executable_of(line: &str) -> Option<PathBuf> {
    if !line.contains("\"executable\":\"") {
        return None;
    }
    let message: Value = serde_json::from_str(line).ok()?;
    Some(PathBuf::from(message.get("executable")?.as_str()?))
}

/// What cargo is doing, from a line it prints.
fn detail(workspace: &Workspace, line: &str) -> Option<String> {
    let (verb, rest) = line.trim_start().split_once(' ')?;
    let name = rest.split(' ').next().unwrap_or_default();
    match verb {
        "Compiling" => Some(format!("compiling {}", workspace.describe(name))),
        "Downloading" | "Downloaded" | "Updating" | "Locking" => Some("downloading".to_string()),
        "Blocking" => Some("waiting for another wasm2rs to finish building".to_string()),
        _ => None,
    }
}

fn not_started(command: &Command, error: &std::io::Error) -> Failure {
    let program = command.get_program().to_string_lossy();
    if error.kind() == ErrorKind::NotFound {
        return Failure::new(format!("cannot build: `{program}` was not found")).help(
            "programs are compiled by Rust's cargo; install it from https://rustup.rs, or add \
             its directory to PATH",
        );
    }
    Failure::new(format!("cannot start `{program}`: {error}"))
}

/// The failure of cargo, with the first errors in its log.
fn failed(status: ExitStatus, log_path: &Path, options: &Options) -> Failure {
    let log = fs::read(log_path).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let errors = first_errors(&log);
    let mut message = format!("cargo could not build the program ({status})");
    for line in &errors {
        message.push_str("\n    ");
        message.extend(line.chars().take(WIDTH));
        if line.chars().nth(WIDTH).is_some() {
            message.push('…');
        }
    }
    let mut help = format!("the full log is `{}`", log_path.display());
    if let Some(reason) = reason(&log, options) {
        help = format!("{reason}\nhelp: {help}");
    }
    Failure::new(message).help(help)
}

/// The lines from the first error on.
fn first_errors(log: &str) -> Vec<&str> {
    let lines = log.lines().skip_while(|line| !line.starts_with("error"));
    let mut lines: Vec<_> = lines.take(SHOWN).map(|line| line.trim_end()).collect();
    if lines.is_empty() {
        // What cargo dies of without an error stands last.
        lines = log.lines().rev().take(3).collect();
        lines.reverse();
    }
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    lines
}

/// What the user can do about failures that are not ours.
fn reason(log: &str, options: &Options) -> Option<String> {
    let has = |words: &[&str]| words.iter().any(|word| log.contains(word));
    let target = options.target.as_deref();
    if has(&["can't find crate for `core`", "can't find crate for `std`"]) {
        let target = target.unwrap_or("this platform");
        return Some(format!(
            "Rust's libraries for {target} are not installed: `rustup target add {target}`"
        ));
    }
    if has(&[
        "Could not resolve host",
        "failed to download",
        "download of",
        "Couldn't connect",
    ]) {
        return Some(
            "the first build downloads what the support crate needs; check the network, or \
             `CARGO_NET_OFFLINE`"
                .to_string(),
        );
    }
    if has(&[
        "signal: 9",
        "SIGKILL",
        "memory allocation of",
        "LLVM ERROR: out of memory",
    ]) {
        return Some(
            "there was not enough memory; build with `--jobs 1`, or with `--profile dev`"
                .to_string(),
        );
    }
    if has(&["linker `", "linking with `"]) && (target.is_some() || has(&["not found"])) {
        return Some(match target {
            Some(target) => format!(
                "linking for {target} takes a linker for it: name one in the variable \
                 CARGO_TARGET_{}_LINKER",
                target.to_uppercase().replace(['-', '.'], "_")
            ),
            None => "install a C compiler, which links Rust programs (`cc`)".to_string(),
        });
    }
    if has(&["cannot find -lc", "unable to find library -lc"]) && options.fully_static {
        return Some(
            "the C library is not there in its static form; install it (such as `glibc-static`), \
             or build for musl: `--target x86_64-unknown-linux-musl`"
                .to_string(),
        );
    }
    if has(&["requires rustc"]) {
        return Some("install a newer Rust: `rustup update`".to_string());
    }
    if has(&["No space left on device"]) {
        return Some("the disk is full; `wasm2rs clean` empties the cache".to_string());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_found_in_a_log() {
        let log = "   Compiling a v0.0.0\nwarning: x\nerror[E0425]: no\n  --> a.rs\n\n";
        assert_eq!(first_errors(log), ["error[E0425]: no", "  --> a.rs"]);
        assert_eq!(first_errors("a\nb"), ["a", "b"]);
        assert!(first_errors("").is_empty());
    }

    #[test]
    fn programs_are_found_in_messages() {
        let line = r#"{"reason":"compiler-artifact","executable":"/t/release/p"}"#;
        assert_eq!(executable_of(line), Some(PathBuf::from("/t/release/p")));
        assert_eq!(executable_of(r#"{"executable":null}"#), None);
        assert_eq!(executable_of("no JSON \"executable\":\""), None);
    }

    #[test]
    fn traps_unwind_where_there_is_no_entry_frame() {
        assert!(!traps_unwind(Some("x86_64-unknown-linux-musl")));
        assert!(!traps_unwind(Some("aarch64-apple-darwin")));
        assert!(traps_unwind(Some("riscv64gc-unknown-linux-gnu")));
        assert!(traps_unwind(Some("i686-unknown-linux-gnu")));
    }
}
