//! The help, word for word, so that changes are seen in review. `WASM2RS_BLESS=1` writes it anew.

use std::fs;
use std::path::Path;

use crate::sandbox::Sandbox;

const COMMANDS: [&str; 6] = [
    "run",
    "build",
    "translate",
    "inspect",
    "clean",
    "completions",
];

#[test]
fn help_is_as_reviewed() {
    let sandbox = Sandbox::new("help");
    let mut help = format!("$ wasm2rs --help\n{}", sandbox.succeed(&["--help"]));
    for command in COMMANDS {
        let text = sandbox.succeed(&[command, "--help"]);
        help.push_str(&format!("\n$ wasm2rs {command} --help\n{text}"));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/help.txt");
    if std::env::var_os("WASM2RS_BLESS").is_some() {
        fs::write(&path, &help).unwrap();
    }
    let reviewed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        help == reviewed,
        "the help has changed; WASM2RS_BLESS=1 writes tests/help.txt anew"
    );
    let long = help.lines().find(|line| line.chars().count() > 100);
    assert_eq!(long, None);
}

#[test]
fn the_version_is_the_packages() {
    let version = Sandbox::new("version").succeed(&["--version"]);
    assert_eq!(version, format!("wasm2rs {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn shells_complete_the_commands() {
    let sandbox = Sandbox::new("completions");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = sandbox.succeed(&["completions", shell]);
        for word in COMMANDS {
            assert!(script.contains(word), "{shell} does not complete {word}");
        }
    }
}

#[test]
fn mistakes_in_the_command_line_have_a_status_of_their_own() {
    let sandbox = Sandbox::new("usage");
    for arguments in [
        &[][..],
        &["bogus"],
        &["run"],
        &["translate", "a", "b"],
        &["build", "a.wasm", "--profile", "bogus"],
        &["build", "a.wasm", "--target", "bogus"],
        &["build", "a.wasm", "--jobs", "0"],
        &["build", "a.wasm", "--dir", "::"],
        &["run", "--env", "=", "a.wasm"],
        &["completions", "bogus"],
        &["--quiet", "--verbose", "inspect", "a.wasm"],
    ] {
        let answer = sandbox.run(arguments);
        assert_eq!(answer.status, 2, "{arguments:?}: {}", answer.stderr);
        assert!(answer.stderr.contains("Usage") || answer.stderr.contains("--help"));
    }
}
