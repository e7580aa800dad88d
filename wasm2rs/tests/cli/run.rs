//! `wasm2rs run`.

use std::fs;

use crate::sandbox::{Answer, Sandbox, input};

fn world() -> String {
    input("world.wat").to_str().unwrap().to_string()
}

#[test]
fn arguments_come_in_every_order() {
    let sandbox = Sandbox::new("run-arguments");
    let world = world();
    for (arguments, expected) in [
        (&[&*world][..], &["world.wat"][..]),
        (&[&world, "a", "b"], &["world.wat", "a", "b"]),
        (&[&world, "--", "--dir", "b"], &["world.wat", "--dir", "b"]),
        (
            &[&world, "a", "--dir", "b"],
            &["world.wat", "a", "--dir", "b"],
        ),
        (&[&world, "a", "--", "b"], &["world.wat", "a", "--", "b"]),
        (&[&world, "-c", "b"], &["world.wat", "-c", "b"]),
        (&["--argv0", "zero", &world, "a"], &["zero", "a"]),
        (&[&world, "--argv0", "zero", "--", "a"], &["zero", "a"]),
        (&[&world, "", "a b"], &["world.wat", "", "a b"]),
    ] {
        let answer = sandbox.run(&[&["run"], arguments].concat());
        let expected: Vec<_> = expected
            .iter()
            .map(|word| format!("arg {word}\n"))
            .collect();
        assert_eq!(
            answer.stdout,
            expected.concat(),
            "{arguments:?}: {}",
            answer.stderr
        );
        assert_eq!(answer.status, expected.len() as i32);
    }
}

#[test]
fn only_what_is_granted_is_seen() {
    let sandbox = Sandbox::new("run-grants");
    let world = world();
    sandbox.run(&["run", &world]);
    fs::create_dir(sandbox.path("data")).unwrap();
    sandbox.write("data/in.txt", "contents\n");
    let mut command = sandbox.command(&["--quiet", "run", &world]);
    let answer = Answer::of(command.env("SECRET", "x").env("WASM2RS_DIRS", "data"));
    assert_eq!((&*answer.stdout, &*answer.stderr), ("arg world.wat\n", ""));

    let arguments = [
        "--quiet", "run", "--env", "A=b=c", "--env", "GIVEN", "--env", "MISSING",
    ];
    let rest = ["--dir", "data::/w", &world];
    let mut command = sandbox.command(&[&arguments[..], &rest].concat());
    let answer = Answer::of(command.env("GIVEN", "here"));
    assert_eq!(answer.stdout, "arg world.wat\nenv A=b=c\nenv GIVEN=here\n");
    assert_eq!(answer.stderr, "file contents\n");

    let rest = [
        "--read-only-dir",
        "data::/w",
        "--tcp-listen",
        "127.0.0.1:0",
        &world,
    ];
    let mut command = sandbox.command(&[&["--quiet", "run"][..], &rest].concat());
    assert_eq!(Answer::of(&mut command).stderr, "file contents\n");
}

#[test]
fn functions_are_called_by_name() {
    let sandbox = Sandbox::new("run-invoke");
    let math = input("math.wat");
    let math = math.to_str().unwrap();
    for (arguments, results) in [
        (&["add", math, "2", "3"][..], "5\n"),
        (&["add", math, "-1", "0x10"], "15\n"),
        (&["add", math, "--", "4294967295", "-1"], "-2\n"),
        (&["swap", math, "-7", "2.5"], "2.5\n-7\n"),
        (&["half", math, "inf"], "inf\n"),
        (&["null", math], "<null funcref>\n<null externref>\n"),
    ] {
        let printed = sandbox.succeed(&[&["run", "--invoke"], arguments].concat());
        assert_eq!(printed, results, "{arguments:?}");
    }
    let answer = sandbox.run(&["run", "--invoke", "divide", math, "1", "0"]);
    assert_eq!((answer.status, &*answer.stdout), (134, ""));
    assert_eq!(answer.message(), "error: integer divide by zero");
}

#[test]
fn the_second_time_nothing_is_built() {
    let sandbox = Sandbox::new("run-cached");
    let world = world();
    sandbox.run(&["run", &world]);
    let mut command = sandbox.command(&["run", &world]);
    let answer = Answer::of(command.env("CARGO", "/missing/cargo"));
    assert_eq!((answer.status, &*answer.stderr), (1, ""));
    // It is the contents that count.
    fs::copy(&world, sandbox.path("copy.wat")).unwrap();
    let mut command = sandbox.command(&["run", "copy.wat"]);
    let answer = Answer::of(command.env("CARGO", "/missing/cargo"));
    assert_eq!((answer.status, &*answer.stdout), (1, "arg copy.wat\n"));
}
