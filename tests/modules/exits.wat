;; A reactor, which exits from wherever it is asked to.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "env" "back" (func $back (param i32) (result i32)))
  (memory (export "memory") 1)
  (global $ready (mut i32) (i32.const 0))
  (func (export "_initialize") i32.const 1 global.set $ready)
  (func (export "ready") (result i32) global.get $ready)
  (func $deep (export "deep") (param i32 i32) (result i32)
    local.get 0
    if (result i32)
      local.get 0 i32.const 1 i32.sub local.get 1 call $deep i32.const 1 i32.add
    else
      local.get 1 call $exit
      unreachable
    end)
  ;; Through the host and back.
  (func (export "through") (param i32) (result i32) local.get 0 call $back))
