;; What AssemblyScript imports, called as its compiler does. Strings are UTF-16, after their size.
(module
  (import "env" "abort" (func $abort (param i32 i32 i32 i32)))
  (import "env" "trace" (func $trace (param i32 i32 f64 f64 f64 f64 f64)))
  (import "env" "seed" (func $seed (result f64)))
  (memory (export "memory") 1)
  (data (i32.const 12) "\08\00\00\00o\00o\00p\00s\00")
  (data (i32.const 28) "\08\00\00\00a\00.\00t\00s\00")
  (func (export "fail") (result i32)
    i32.const 16 i32.const 32 i32.const 3 i32.const 9 call $abort
    unreachable)
  (func (export "say")
    i32.const 16 i32.const 2 f64.const 1.5 f64.const 2 f64.const 0 f64.const 0 f64.const 0
    call $trace)
  (func (export "random") (result f64) call $seed))
