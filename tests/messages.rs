//! What a person sees whose module can't be translated: the compiler's errors of `include_wasm!`,
//! and what a build script with `Builder` ends in.
#![forbid(unsafe_code)]

use std::fs;
use std::path::Path;

use wasm2rs_tests::scratch::{Scratch, describe, project};

const MANIFEST: &str = r#"[workspace]
resolver = "3"
members = ["macro", "script"]
"#;

/// A package of the scratch workspace that depends on `dependency`.
fn package(name: &str, dependency: &str) -> String {
    format!("[package]\nname = {name:?}\nversion = \"0.0.0\"\nedition = \"2024\"\n\n{dependency}\n")
}

fn scratch(name: &str) -> Scratch {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let scratch = Scratch::new(directory, name, MANIFEST).expect("a workspace");
    let support = project().join("runtime-support");
    let translator = project().join("wasm2rs");
    let files = [
        (
            "macro/Cargo.toml",
            package(
                "macro",
                &format!("[dependencies]\nwasm2rs-support = {{ path = {support:?} }}"),
            ),
        ),
        (
            "script/Cargo.toml",
            package(
                "script",
                &format!(
                    "[build-dependencies]\n\
                     wasm2rs = {{ path = {translator:?}, default-features = false }}"
                ),
            ),
        ),
        ("macro/src/lib.rs", String::new()),
        ("script/src/lib.rs", String::new()),
        ("script/build.rs", "fn main() {}".to_string()),
    ];
    for (path, contents) in files {
        scratch.write(path, &contents).expect("a file");
    }
    scratch
}

/// Each broken input of the macro is an error at the macro's string, in words that help.
#[test]
fn the_macro_says_what_is_wrong() {
    let scratch = scratch("messages-macro");
    let stacks = "(module (type $f (func)) (type (cont $f)))";
    let stacks = wasm2rs::parse_text(stacks).expect("a module");
    let broken = "(module (func $answer (result i32) (i64.const 42)))";
    let broken = wasm2rs::parse_text(broken).expect("a module that is not valid");
    fs::create_dir_all(scratch.directory().join("macro/wasm")).expect("a directory");
    for (name, bytes) in [
        ("text.wasm", &b"(module)"[..]),
        ("short.wasm", b"\0asm\x01\0"),
        ("component.wasm", b"\0asm\x0d\0\x01\0"),
        ("stacks.wasm", &stacks),
        ("broken.wasm", &broken),
        ("bad.wat", b"(module (func i32.bogus))"),
    ] {
        fs::write(scratch.directory().join("macro/wasm").join(name), bytes).expect("a file");
    }
    let cases = [
        ("\"wasm/missing.wasm\"", "cannot read"),
        (
            "\"wasm/text.wasm\"",
            "it is text; WebAssembly text is read from files that end in `.wat`",
        ),
        ("\"wasm/short.wasm\"", "the file ends within its header"),
        (
            "\"wasm/component.wasm\"",
            "it is a component; only core modules are translated",
        ),
        (
            "\"wasm/stacks.wasm\"",
            "this module uses stack switching, at offset",
        ),
        ("\"wasm/broken.wasm\"", "invalid module: type mismatch"),
        ("\"wasm/bad.wat\"", "unknown operator"),
        ("no_string", "expected the path of a WebAssembly module"),
    ];
    let library: String = cases
        .iter()
        .enumerate()
        .map(|(index, (input, _))| {
            format!("mod m{index} {{\n    wasm2rs_support::include_wasm!({input});\n}}\n")
        })
        .collect();
    scratch
        .write("macro/src/lib.rs", &library)
        .expect("the library");
    let output = scratch.cargo(&["check", "-p", "macro"]).expect("cargo");
    assert!(!output.status.success(), "{}", describe(&output));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!errors.contains("panicked"), "{}", describe(&output));
    for (index, (input, message)) in cases.iter().enumerate() {
        // The error that points at this macro's argument: its line is the second of three.
        let place = format!("macro/src/lib.rs:{}:36", index * 3 + 2);
        let error = errors.split("\n\n").find(|error| error.contains(&place));
        let error = error.unwrap_or_else(|| panic!("no error at {place}: {}", describe(&output)));
        assert!(
            error.contains(message),
            "{input}: expected {message:?} in\n{error}"
        );
    }
}

/// A build script with a module that can't be translated prints a framed text and ends with 1;
/// nothing is written.
#[test]
fn the_builder_says_what_is_wrong() {
    let scratch = scratch("messages-script");
    scratch
        .write(
            "script/build.rs",
            "fn main() {\n    wasm2rs::Builder::new(\"module.wasm\").output(\"out.rs\").build();\n}",
        )
        .expect("the script");
    scratch
        .write("script/module.wasm", "not a module")
        .expect("the module");
    let output = scratch.cargo(&["check", "-p", "script"]).expect("cargo");
    assert!(!output.status.success(), "{}", describe(&output));
    let errors = String::from_utf8_lossy(&output.stderr);
    for expected in [
        "(exit status: 1)",
        "error: wasm2rs could not translate `module.wasm`",
        "not a WebAssembly module: it is text",
        "cargo:rerun-if-changed=module.wasm",
    ] {
        assert!(
            errors.contains(expected),
            "{expected:?}: {}",
            describe(&output)
        );
    }
    assert!(!errors.contains("panicked"), "{}", describe(&output));
    let left = fs::read_dir(scratch.directory().join("script")).expect("the package");
    let left: Vec<_> = left.map(|file| file.expect("a file").file_name()).collect();
    assert!(
        !left
            .iter()
            .any(|name| name.to_string_lossy().starts_with("out")),
        "{left:?}"
    );
}
