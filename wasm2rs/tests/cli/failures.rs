//! Bad input: a clear message each, the status 1, and nothing written.

use std::fs;

use crate::sandbox::{Answer, Sandbox, input};

/// What is said of a file with these contents, by all commands that read modules.
#[track_caller]
fn refuse(file: &str, contents: &[u8], words: &[&str]) {
    let sandbox = Sandbox::new(&format!("failures-{file}"));
    sandbox.write(file, contents);
    let commands = [
        &["translate", file, "-o", "out.rs"][..],
        &["translate", file, "-o", "crate"],
        &["build", file, "-o", "program"],
        &["run", file],
        &["run", "--invoke", "f", file],
        &["inspect", file],
    ];
    for command in commands {
        let message = sandbox.fail(command);
        for word in words.iter().chain([&file]) {
            assert!(
                message.contains(word),
                "{command:?} does not say {word:?}: {message}"
            );
        }
    }
}

fn world() -> Vec<u8> {
    wasm2rs::read_module(&input("world.wat")).unwrap()
}

#[test]
fn a_file_that_is_cut_off() {
    let wasm = world();
    refuse(
        "cut.wasm",
        &wasm[..wasm.len() / 2],
        &["unexpected end", "offset 0x", "incomplete"],
    );
    refuse("header.wasm", &wasm[..6], &["ends within its header"]);
    refuse("empty.wasm", b"", &["the file is empty"]);
}

#[test]
fn a_file_that_is_damaged() {
    let mut wasm = world();
    // `local.get $string`, `i32.sub`: what becomes `f32.sub` has operands of other types.
    let at = wasm
        .windows(3)
        .position(|window| window == [0x20, 0x03, 0x6b])
        .unwrap();
    wasm[at + 2] = 0x93;
    refuse("damaged.wasm", &wasm, &["invalid module", "offset 0x"]);
}

#[test]
fn a_file_that_is_something_else() {
    refuse("text.wasm", b"(module)", &["it is text", ".wat"]);
    refuse("component.wasm", b"\0asm\x0d\0\x01\0", &["component"]);
    refuse("version.wasm", b"\0asm\x02\0\0\0", &["version"]);
    refuse(
        "image.wasm",
        b"\x89PNG\r\n\x1a\n\xff\xfe",
        &["not a WebAssembly module"],
    );
}

#[test]
fn text_with_mistakes() {
    refuse(
        "bad.wat",
        b"(module\n  (func $f (i32.bogus)))\n",
        &["unknown operator", "2:"],
    );
    refuse("open.wat", b"(module (func", &["expected `)`"]);
    refuse("binary.wat", b"\xff\xfe\xfd", &["utf-8"]);
}

#[test]
fn unsupported_features() {
    let sandbox = Sandbox::new("failures-unsupported");
    let file = input("unsupported.wat");
    let file = file.to_str().unwrap();
    for command in [["translate", file], ["build", file], ["run", file]] {
        let message = sandbox.fail(&command);
        assert!(message.contains("this module uses"), "{message}");
        assert!(message.contains("at offset 0x") && message.contains("not supported yet"));
        assert!(message.contains("wasm2rs inspect"), "{message}");
    }
}

#[test]
fn files_that_are_not_there() {
    let sandbox = Sandbox::new("failures-missing");
    fs::create_dir(sandbox.path("directory")).unwrap();
    for command in ["translate", "build", "run", "inspect"] {
        let message = sandbox.fail(&[command, "missing.wasm"]);
        assert!(message.contains("cannot read `missing.wasm`"), "{message}");
        let message = sandbox.fail(&[command, "directory"]);
        assert!(message.contains("cannot read `directory`"), "{message}");
    }
}

#[test]
fn outputs_that_cannot_be_written() {
    let sandbox = Sandbox::new("failures-output");
    let world = input("world.wat");
    let world = world.to_str().unwrap();
    fs::create_dir(sandbox.path("directory")).unwrap();
    let message = sandbox.fail(&["build", world, "-o", "directory"]);
    assert!(message.contains("cannot write `directory`"), "{message}");
    let message = sandbox.fail(&["build", world, "-o", "missing/program"]);
    assert!(message.contains("create it first"), "{message}");
    sandbox.write("file", "");
    let message = sandbox.fail(&["build", world, "-o", "program", "--cache-dir", "file"]);
    assert!(message.contains("--cache-dir"), "{message}");
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_nobody_reads() {
    let sandbox = Sandbox::new("failures-pipe");
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = sandbox.command(&["inspect", input("world.wat").to_str().unwrap()]);
    let output = command.stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.starts_with("error: cannot write to standard output"),
        "{message}"
    );

    // Someone who has read enough is no failure.
    let mut command = sandbox.command(&["completions", "bash"]);
    let mut child = command
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn modules_that_are_no_programs() {
    let sandbox = Sandbox::new("failures-library");
    let math = input("math.wat");
    let math = math.to_str().unwrap();
    for command in ["build", "run"] {
        let message = sandbox.fail(&[command, math]);
        assert!(
            message.contains("exports no function `_start`"),
            "{message}"
        );
        assert!(
            message.contains("--invoke") && message.contains("`add`"),
            "{message}"
        );
    }
    // A program that was built to have another function called is in the cache.
    sandbox.succeed(&["run", "--invoke", "add", math, "2", "3"]);
    let message = sandbox.fail(&["run", math]);
    assert!(
        message.contains("exports no function `_start`"),
        "{message}"
    );
    let everything = input("everything.wat");
    let message = sandbox.fail(&["run", "--invoke", "pick", everything.to_str().unwrap(), "1"]);
    assert!(
        message.contains("function `host` `log`, global `host` `base`"),
        "{message}"
    );
    let old = sandbox.write(
        "old.wat",
        r#"(module (import "wasi_unstable" "sock_accept" (func (param i32 i32 i32) (result i32)))
            (func (export "_start")))"#,
    );
    let message = sandbox.fail(&["build", old.to_str().unwrap()]);
    assert!(
        message.contains("`wasi_unstable` `sock_accept`"),
        "{message}"
    );
}

#[test]
fn functions_that_cannot_be_called() {
    let sandbox = Sandbox::new("failures-invoke");
    let math = input("math.wat");
    let math = math.to_str().unwrap();
    for (arguments, word) in [
        (&["bogus", math][..], "`bogus` is not exported"),
        (&["memory", math], "`memory` is no function"),
        (&["add", math, "1"], "takes 2 arguments, 1 is given"),
        (
            &["add", math, "1", "x"],
            "argument 2 of `add` is no i32: `x`",
        ),
        (
            &["add", math, "1", "4294967296"],
            "argument 2 of `add` is no i32",
        ),
        (&["of reference", math, "0"], "no externref"),
    ] {
        let message = sandbox.fail(&[&["run", "--invoke"], arguments].concat());
        assert!(message.contains(word), "{message}");
    }
}

#[test]
fn directories_that_are_not_there() {
    let sandbox = Sandbox::new("failures-dir");
    let world = input("world.wat");
    let world = world.to_str().unwrap();
    sandbox.write("file", "");
    let message = sandbox.fail(&["run", "--dir", "missing", world]);
    assert!(message.contains("cannot grant `missing`"), "{message}");
    let message = sandbox.fail(&["run", "--dir", "file::/w", world]);
    assert!(message.contains("`file` is not a directory"), "{message}");
}

#[test]
fn cargo_that_is_not_there_or_fails() {
    let sandbox = Sandbox::new("failures-cargo");
    let world = input("world.wat");
    // A profile that no other test uses: what is built already needs no cargo.
    let arguments = [
        "build",
        "--profile",
        "small",
        world.to_str().unwrap(),
        "-o",
        "program",
    ];
    let mut command = sandbox.command(&arguments);
    let answer = Answer::of(command.env("CARGO", "/missing/cargo"));
    assert_eq!(answer.status, 1);
    let message = answer.message();
    assert!(
        message.contains("`/missing/cargo` was not found"),
        "{message}"
    );
    assert!(message.contains("https://rustup.rs"), "{message}");

    let mut command = sandbox.command(&arguments);
    let answer = Answer::of(command.env("RUSTFLAGS", "--bogus-flag"));
    assert_eq!(answer.status, 1, "{answer:?}");
    assert!(
        answer
            .stderr
            .contains("error: cargo could not build the program"),
        "{answer:?}"
    );
    assert!(answer.stderr.contains("bogus-flag"), "{answer:?}");
    let log = answer
        .stderr
        .split("the full log is `")
        .nth(1)
        .unwrap()
        .split('`')
        .next()
        .unwrap();
    assert!(fs::read_to_string(log).unwrap().contains("bogus-flag"));
    assert!(sandbox.list().is_empty());
}
