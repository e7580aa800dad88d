//! The directives about threads, which no script of the suites has.
#![forbid(unsafe_code)]

use std::fs;
use std::path::PathBuf;

use spectest::{Engine, Options, Totals, run};

const SCRIPT: &str = r#"
(module $Mem (memory (export "shared") 1 2 shared))
(thread $taker (shared (module $Mem))
  (register "mem" $Mem)
  (module
    (memory (import "mem" "shared") 1 2 shared)
    (func (export "take") (result i32 i32)
      (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))
      (i32.load (i32.const 4)))
    (func (export "late") (result i32)
      (memory.atomic.wait64 (i32.const 8) (i64.const 0) (i64.const 1000)))
    (func (export "out") (param i32) (result i32)
      (memory.atomic.notify (local.get 0) (i32.const 1))))
  ;; The giver may be first.
  (assert_return (invoke "take") (either (i32.const 0) (i32.const 1)) (i32.const 42))
  (assert_return (invoke "late") (i32.const 2))
  (assert_trap (invoke "out" (i32.const 65536)) "out of bounds memory access")
  (assert_trap (invoke "out" (i32.const 65537)) "unaligned atomic"))
(thread $giver (shared (module $Mem))
  (register "mem" $Mem)
  (module
    (memory (import "mem" "shared") 1 2 shared)
    (func (export "give")
      (i32.store (i32.const 4) (i32.const 42))
      (i32.atomic.store (i32.const 0) (i32.const 1))
      (drop (memory.atomic.notify (i32.const 0) (i32.const -1)))))
  (invoke "give"))
(wait $giver)
(wait $taker)
(thread $wrong (shared (module $Mem))
  (register "mem" $Mem)
  (module
    (memory (import "mem" "shared") 1 2 shared)
    (func (export "four") (result i32) (i32.load (i32.const 4))))
  (assert_return (invoke "four") (i32.const 41)))
(wait $wrong)
(wait $nobody)
"#;

const ENGINES: [Engine; 4] = [
    Engine::Guarded,
    Engine::Checked,
    Engine::Interpreter,
    Engine::Mixed,
];

#[test]
fn threads_run_beside_their_script() {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("threads");
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("script.wast"), SCRIPT).unwrap();
    let options = Options {
        engines: ENGINES.to_vec(),
        portable_simd: false,
        suite: Some(directory),
        filter: None,
    };
    let report = run(&options).unwrap();
    let failures: Vec<_> = report.failures().collect();
    for engine in ENGINES {
        let totals = Totals {
            passed: 6,
            failed: 2,
            skipped: 0,
        };
        assert_eq!(report.totals(Some(engine)), totals, "{failures:#?}");
    }
    assert!(
        failures[0].contains("four") && failures[0].contains("i32 42"),
        "{}",
        failures[0]
    );
    assert!(
        failures[1].contains("nothing is called $nobody"),
        "{}",
        failures[1]
    );
}
