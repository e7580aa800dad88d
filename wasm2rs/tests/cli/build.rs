//! `wasm2rs build`.

use std::fs;
use std::process::Command;
use std::thread;

use crate::sandbox::{Answer, Sandbox, cache, input};

fn world() -> String {
    input("world.wat").to_str().unwrap().to_string()
}

#[test]
fn programs_are_given_what_processes_have() {
    let sandbox = Sandbox::new("build");
    fs::create_dir(sandbox.path("data")).unwrap();
    sandbox.write("data/in.txt", "contents\n");
    sandbox.succeed(&["build", &world(), "-o", "program"]);
    sandbox.succeed(&["build", &world(), "-o", "granted", "--dir", "data::/w"]);
    let start = |name: &str| {
        let mut command = Command::new(sandbox.path(name));
        command.current_dir(sandbox.path("")).env_clear();
        command
    };
    let answer = Answer::of(start("program").args(["a", "--b"]).env("C", "d"));
    let name = sandbox.path("program");
    let printed = format!("arg {}\narg a\narg --b\nenv C=d\n", name.display());
    assert_eq!(
        (answer.status, answer.stdout, &*answer.stderr),
        (3, printed, "")
    );

    // Directories named at build time are looked for at run time, like those in the variable.
    let answer = Answer::of(&mut start("granted"));
    assert_eq!((answer.status, &*answer.stderr), (1, "file contents\n"));
    let answer = Answer::of(start("program").env("WASM2RS_DIRS", "data::/w;."));
    assert_eq!(answer.stderr, "file contents\n");
    let answer = Answer::of(start("program").env("WASM2RS_DIRS", "missing"));
    assert_eq!(answer.status, 1);
    assert!(answer.stderr.contains("WASM2RS_DIRS") && answer.stderr.contains("`missing`"));
    fs::remove_dir_all(sandbox.path("data")).unwrap();
    let answer = Answer::of(&mut start("granted"));
    assert_eq!(answer.status, 1);
    assert!(answer.stderr.starts_with("error: ") && answer.stderr.contains("`data`"));
}

#[test]
fn a_trap_ends_the_program() {
    let sandbox = Sandbox::new("build-trap");
    sandbox.write(
        "trap.wat",
        r#"(module (func (export "_start") (unreachable)))"#,
    );
    // The output's name comes from the input's.
    sandbox.succeed(&["build", "trap.wat"]);
    let program = format!("trap{}", std::env::consts::EXE_SUFFIX);
    let answer = Answer::of(&mut Command::new(sandbox.path(&program)));
    assert_eq!(
        (answer.status, &*answer.stderr),
        (134, "error: unreachable\n")
    );
}

#[test]
fn two_builds_at_once_both_succeed() {
    let sandbox = Sandbox::new("build-twice");
    // A module that no other test has built.
    let number = std::process::id();
    sandbox.write(
        "new.wat",
        format!(
            r#"(module (func (export "_start") (drop (i32.const {number})))
                (func (export "number") (result i32) (i32.const {number})))"#
        ),
    );
    thread::scope(|scope| {
        for name in ["one", "two"] {
            let sandbox = &sandbox;
            scope.spawn(move || sandbox.succeed(&["build", "new.wat", "-o", name]));
        }
        let sandbox = &sandbox;
        scope.spawn(move || {
            let printed = sandbox.succeed(&["run", "--invoke", "number", "new.wat"]);
            assert_eq!(printed, format!("{number}\n"));
        });
    });
    assert_eq!(sandbox.list(), ["new.wat", "one", "two"]);
    assert_eq!(Answer::of(&mut Command::new(sandbox.path("two"))).status, 0);
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn static_programs_need_no_libraries() {
    let sandbox = Sandbox::new("build-static");
    sandbox.succeed(&["build", "--static", &world(), "-o", "program"]);
    let answer = Answer::of(&mut Command::new(sandbox.path("program")));
    assert_eq!(answer.status, 1, "{answer:?}");
    // A program that is loaded together with libraries names its loader.
    let program = fs::read(sandbox.path("program")).unwrap();
    assert!(!program.windows(9).any(|window| window == b"/ld-linux"));
}

#[test]
fn the_cache_can_be_emptied() {
    let sandbox = Sandbox::new("clean");
    let programs = sandbox.path("cache/programs");
    fs::create_dir_all(programs.join("0123456789abcdef/bin")).unwrap();
    fs::create_dir_all(sandbox.path("cache/target/release")).unwrap();
    sandbox.write("cache/programs/0123456789abcdef/bin/program", [0; 1000]);
    let answer = sandbox.run(&["clean", "--cache-dir", "cache"]);
    assert_eq!(answer.status, 0, "{}", answer.stderr);
    assert!(
        answer.stderr.contains("removed 1 programs, 1.0 kB"),
        "{}",
        answer.stderr
    );
    assert!(!programs.exists() && !sandbox.path("cache/target").exists());
    assert!(sandbox.path("cache").exists());
    // Nothing there is nothing to do.
    sandbox.succeed(&["clean", "--cache-dir", "missing"]);
}

#[test]
fn the_cache_is_marked_as_one() {
    let sandbox = Sandbox::new("cache-tag");
    sandbox.run(&["run", &world()]);
    assert!(cache().join("CACHEDIR.TAG").is_file());
}
