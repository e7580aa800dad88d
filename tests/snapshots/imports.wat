;; Functions, a memory and a global of the host, from two modules.
(module
  (import "env" "print" (func $print (param i32 i32)))
  (import "env" "now" (func $now (result f64)))
  (import "env" "memory" (memory 1))
  (import "other module" "level" (global $level (mut i32)))
  (func (export "run") (result f64)
    (call $print (global.get $level) (i32.const 4))
    (call $now)))
