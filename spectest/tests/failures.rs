//! The suite has to see what is wrong: scripts that must fail, and in which lines.
#![forbid(unsafe_code)]

use std::fs;
use std::path::PathBuf;

use spectest::{Engine, Options, Totals, run};

/// Every directive of it is wrong, but those in lines that say `right`.
const WRONG: &str = r#"(module (func (export "one") (result i32) (i32.const 1))
  (func (export "nan") (result f32) (f32.const nan:0x200000))
  (func (export "trap") (unreachable))
  (func $f (export "deep") (call $f))
  (global (export "g") i64 (i64.const 2))) ;; right
(assert_return (invoke "one") (i32.const 1)) ;; right
(assert_return (invoke "one") (i32.const 2))
(assert_return (invoke "one") (i64.const 1))
(assert_return (invoke "one"))
(assert_return (invoke "one") (i32.const 1) (i32.const 1))
(assert_return (invoke "one" (i32.const 1)) (i32.const 1))
(assert_return (invoke "nan") (f32.const nan:0x200000)) ;; right
(assert_return (invoke "nan") (f32.const nan:canonical))
(assert_return (invoke "nan") (f32.const nan:arithmetic))
(assert_return (invoke "trap"))
(assert_return (invoke "none") (i32.const 1))
(assert_return (get "g") (i64.const 3))
(assert_return (get "g") (i64.const 2)) ;; right
(assert_return (get "one") (i64.const 2))
(assert_return (invoke "g") (i64.const 2))
(assert_trap (invoke "one") "unreachable")
(assert_trap (invoke "trap") "integer divide by zero")
(assert_trap (invoke "none") "unreachable")
(assert_trap (invoke "trap") "unreachable") ;; right
(assert_exhaustion (invoke "one") "call stack exhausted")
(assert_exhaustion (invoke "trap") "call stack exhausted")
(assert_exhaustion (invoke "deep") "call stack exhausted") ;; right
(assert_exception (invoke "trap"))
(assert_invalid (module (func)) "type mismatch")
(assert_invalid (module (func (result i32))) "type mismatch") ;; right
(assert_malformed (module quote "(func)") "unexpected token")
(assert_malformed (module binary "\00asm\01\00\00\00") "unexpected end")
(assert_malformed (module binary "\00asm\01\00\00") "unexpected end") ;; right
(assert_unlinkable (module) "unknown import")
(assert_unlinkable (module (import "spectest" "none" (func))) "incompatible import type")
(assert_unlinkable (module (import "spectest" "none" (func))) "unknown import") ;; right
(assert_trap (module (import "spectest" "none" (func))) "unknown import")
(assert_trap (module (func $f unreachable) (start $f)) "unreachable") ;; right
(invoke "trap")
(invoke $none "one")
(register "r" $none)
(module (import "spectest" "none" (func)))
(invoke "one")
(module (func (result i32)))
(module quote "(fun")
(module (nonsense))
"#;

fn suite(name: &str, script: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("script.wast"), script).unwrap();
    directory
}

#[test]
fn what_is_wrong_fails() {
    what_is_wrong_fails_with(Engine::Guarded);
    what_is_wrong_fails_with(Engine::Interpreter);
}

fn what_is_wrong_fails_with(engine: Engine) {
    let options = Options {
        engines: vec![engine],
        portable_simd: false,
        suite: Some(suite("wrong", WRONG)),
        filter: None,
    };
    let report = run(&options).unwrap();
    let mut failed: Vec<_> = report.failures().map(line).collect();
    failed.dedup();
    let right = |text: &&str| text.ends_with(";; right");
    let wrong: Vec<_> = WRONG
        .lines()
        .enumerate()
        // The first module spans several lines.
        .filter(|(index, text)| *index >= 5 && !right(text))
        .map(|(index, _)| index + 1)
        .collect();
    assert_eq!(failed, wrong);
    let passed = WRONG.lines().filter(right).count();
    assert_eq!(
        report.totals(None),
        Totals {
            passed,
            failed: wrong.len(),
            skipped: 0
        }
    );
}

/// The line in `FILE:LINE: …`.
fn line(failure: &str) -> usize {
    failure
        .split(':')
        .nth(1)
        .and_then(|line| line.parse().ok())
        .unwrap_or_default()
}

#[test]
fn a_script_that_is_no_script_fails() {
    let options = Options {
        engines: vec![Engine::Guarded],
        portable_simd: false,
        suite: Some(suite("unreadable", "(module")),
        filter: None,
    };
    let report = run(&options).unwrap();
    assert_eq!(
        report.totals(None),
        Totals {
            passed: 0,
            failed: 1,
            skipped: 0
        }
    );
    assert!(
        run(&Options {
            filter: Some("nothing".to_string()),
            ..options
        })
        .is_err()
    );
}
