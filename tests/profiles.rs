//! Generated code behaves the same however it is compiled: without optimisation and with all of
//! it, with panics that unwind and with panics that abort. A program that checks itself
//! (`profiles/program.rs`) is built and run in each way.
#![forbid(unsafe_code)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use wasm2rs::{CrateOptions, Support, Translation, read_module};
use wasm2rs_tests::deep;
use wasm2rs_tests::scratch::{Scratch, describe, project};

const MANIFEST: &str = r#"[workspace]
resolver = "3"
members = ["program", "guest"]

[profile.plain-unwind]
inherits = "dev"
opt-level = 0
debug = 0

[profile.plain-abort]
inherits = "plain-unwind"
panic = "abort"

[profile.optimised-unwind]
inherits = "release"
opt-level = 3
debug = 0

[profile.optimised-abort]
inherits = "optimised-unwind"
panic = "abort"
"#;

/// The workspace of the program, with all that it is made of.
fn workspace() -> &'static Scratch {
    static WORKSPACE: OnceLock<Scratch> = OnceLock::new();
    WORKSPACE.get_or_init(|| write_workspace().expect("a workspace"))
}

fn write_workspace() -> Result<Scratch, Box<dyn Error>> {
    let scratch = Scratch::new(Path::new(env!("CARGO_TARGET_TMPDIR")), "profiles", MANIFEST)?;
    let support = project().join("runtime-support");
    let manifest = format!(
        "[package]\nname = \"program\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [dependencies]\nguest = {{ path = \"../guest\" }}\n\
         wasm2rs-support = {{ path = {support:?}, default-features = false, features = [{}] }}\n",
        if cfg!(feature = "checked") {
            r#""std", "checked""#
        } else {
            r#""std""#
        }
    );
    scratch.write("program/Cargo.toml", &manifest)?;
    scratch.write("program/src/main.rs", include_str!("profiles/program.rs"))?;
    scratch.write("program/src/depths.rs", include_str!("src/deep.rs"))?;
    let host = read_module(Path::new("modules/host.wat"))?;
    let modules = [
        ("host", host),
        ("deep_full", wasm2rs::parse_text(&deep::FULL.module())?),
        ("deep_some", wasm2rs::parse_text(&deep::SOME.module())?),
    ];
    for (name, wasm) in modules {
        let source = scratch.directory().join("program/src");
        Translation::new(&wasm)?.write_file(&source.join(name).with_extension("rs"))?;
    }
    // One as a crate of its own.
    let wasm = read_module(Path::new("modules/traps.wat"))?;
    let options = CrateOptions {
        name: "guest".to_string(),
        support: Support::Path(support),
    };
    let names = Translation::new(&wasm)?.write_crates(scratch.directory(), &options)?;
    assert_eq!(names, ["guest"]);
    Ok(scratch)
}

/// Builds the program with a profile, and gives its path.
fn build(profile: &str) -> PathBuf {
    let scratch = workspace();
    let output = scratch.cargo(&["build", "--quiet", "-p", "program", "--profile", profile]);
    let output = output.expect("cargo");
    assert!(output.status.success(), "{}", describe(&output));
    let program = format!("program{}", std::env::consts::EXE_SUFFIX);
    scratch.target().join(profile).join(program)
}

/// Runs all checks of the program, and gives its path.
fn check(profile: &str) -> PathBuf {
    let program = build(profile);
    let output = Command::new(&program).output().expect("the program");
    assert!(output.status.success(), "{profile}: {}", describe(&output));
    let lines = String::from_utf8_lossy(&output.stdout);
    assert!(
        lines.ends_with("all is well\n"),
        "{profile}: {}",
        describe(&output)
    );
    program
}

/// With `panic = "abort"`, a panic of the host's ends the program at once, as anywhere else.
fn assert_aborts(program: &Path) {
    let output = Command::new(program)
        .arg("panic")
        .output()
        .expect("the program");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        errors.contains("the host panicked"),
        "{}",
        describe(&output)
    );
    assert!(!output.status.success(), "{}", describe(&output));
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        // SIGABRT.
        assert_eq!(output.status.signal(), Some(6), "{}", describe(&output));
    }
}

#[test]
fn without_optimisation_unwinding() {
    check("plain-unwind");
}

#[test]
fn without_optimisation_aborting() {
    assert_aborts(&check("plain-abort"));
}

#[test]
fn with_all_optimisation_unwinding() {
    check("optimised-unwind");
}

#[test]
fn with_all_optimisation_aborting() {
    assert_aborts(&check("optimised-abort"));
}
