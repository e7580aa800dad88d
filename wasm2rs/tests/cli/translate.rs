//! `wasm2rs translate`.

use std::fs;

use crate::sandbox::{Sandbox, input};

#[test]
fn a_file_is_written() {
    let sandbox = Sandbox::new("translate-file");
    let math = input("math.wat");
    let math = math.to_str().unwrap();
    sandbox.succeed(&["translate", math]);
    sandbox.succeed(&["translate", math, "-o", "other.rs"]);
    assert_eq!(sandbox.list(), ["math.rs", "other.rs"]);
    let source = fs::read_to_string(sandbox.path("math.rs")).unwrap();
    assert!(source.contains("from math.wat") && source.contains("pub fn add"));
    assert!(source.contains("#[forbid(unsafe_code)]"));
    assert_eq!(
        fs::read_to_string(sandbox.path("other.rs")).unwrap(),
        source
    );
}

#[test]
fn binaries_are_translated_like_text() {
    let sandbox = Sandbox::new("translate-binary");
    let wasm = wasm2rs::read_module(&input("world.wat")).unwrap();
    sandbox.write("world.wat.wasm", wasm);
    let answer = sandbox.run(&["translate", "world.wat.wasm"]);
    assert_eq!(answer.status, 0, "{}", answer.stderr);
    // Standard error is no terminal here.
    let lines: Vec<_> = answer.stderr.lines().collect();
    assert_eq!(lines[0], "wasm2rs: translating world.wat.wasm");
    assert!(
        lines[1].starts_with("wasm2rs: wrote `world.wat.rs`"),
        "{lines:?}"
    );
    assert_eq!(lines.len(), 2);
    let answer = sandbox.run(&["--quiet", "translate", "world.wat.wasm"]);
    assert_eq!((answer.status, &*answer.stderr), (0, ""));
}

#[test]
fn a_crate_is_written_and_written_again() {
    let sandbox = Sandbox::new("translate-crate");
    let (math, world) = (input("math.wat"), input("world.wat"));
    let (math, world) = (math.to_str().unwrap(), world.to_str().unwrap());
    fs::create_dir(sandbox.path("out")).unwrap();
    sandbox.succeed(&["translate", math, "-o", "out"]);
    let library = || fs::read_to_string(sandbox.path("out/src/lib.rs")).unwrap();
    let manifest = || fs::read_to_string(sandbox.path("out/Cargo.toml")).unwrap();
    assert!(library().contains("#![forbid(unsafe_code)]"));
    assert!(manifest().contains("name = \"out\"") && !manifest().contains("\"wasi\""));
    sandbox.write("out/src/u99.rs", "left from a larger module");
    sandbox.succeed(&["translate", world, "-o", "out"]);
    assert!(manifest().contains("\"wasi\""));
    assert!(!sandbox.path("out/src/u99.rs").exists());
    // A manifest that the user has changed stays.
    sandbox.write("out/Cargo.toml", "# mine");
    sandbox.succeed(&["translate", math, "-o", "out"]);
    assert_eq!(manifest(), "# mine");
    assert_eq!(sandbox.list(), ["out"]);
}

#[test]
fn nothing_of_the_users_is_overwritten() {
    let sandbox = Sandbox::new("translate-foreign");
    let math = input("math.wat");
    let math = math.to_str().unwrap();
    fs::create_dir(sandbox.path("full")).unwrap();
    sandbox.write("full/notes", "important");
    sandbox.write("file", "important");
    fs::create_dir(sandbox.path("directory.rs")).unwrap();
    assert!(
        sandbox
            .fail(&["translate", math, "-o", "full"])
            .contains("something else")
    );
    assert!(
        sandbox
            .fail(&["translate", math, "-o", "file"])
            .contains("it is a file")
    );
    let message = sandbox.fail(&["translate", math, "-o", "directory.rs"]);
    assert!(message.contains("directory"), "{message}");
    for output in ["missing/a.rs", "missing/crate"] {
        let message = sandbox.fail(&["translate", math, "-o", output]);
        assert!(message.contains("create it first"), "{message}");
    }
    assert_eq!(fs::read(sandbox.path("full/notes")).unwrap(), b"important");
}

/// A small module is one crate; that a large one's are found too needs only their paths.
#[test]
fn the_support_crate_can_be_named() {
    let sandbox = Sandbox::new("translate-support");
    let math = input("math.wat");
    let math = math.to_str().unwrap();
    fs::create_dir(sandbox.path("support")).unwrap();
    let message = sandbox.fail(&["translate", math, "-o", "out", "--support", "support"]);
    assert!(
        message.contains("`support` is not the crate `wasm2rs-support`"),
        "{message}"
    );
    sandbox.write(
        "support/Cargo.toml",
        "[package]\nname = \"wasm2rs-support\"\n",
    );
    sandbox.succeed(&["translate", math, "-o", "out", "--support", "support"]);
    let manifest = fs::read_to_string(sandbox.path("out/Cargo.toml")).unwrap();
    let support = sandbox.path("support").canonicalize().unwrap();
    assert!(
        manifest.contains(&format!("path = {support:?}")),
        "{manifest}"
    );
}
