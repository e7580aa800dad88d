;; Globals: its own, constant, and shared with whoever wants them.
(module
  (global $count (mut i32) (i32.const 0))
  (global (export "limit") i32 (i32.const 100))
  (global $shared (export "shared") (mut i64) (i64.const 7))
  (func (export "next") (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (global.set $shared (i64.extend_i32_s (global.get $count)))
    (global.get $count)))
