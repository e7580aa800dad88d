;; Small, with a memory: to be had in thousands.
(module
  (memory (export "memory") 1)
  (global $sum (mut i64) (i64.const 0))
  (func (export "add") (param i64) (result i64)
    (i64.store (i32.wrap_i64 (i64.and (local.get 0) (i64.const 0xFFF8))) (local.get 0))
    (global.set $sum (i64.add (global.get $sum) (local.get 0)))
    (global.get $sum))
  (func (export "at") (param i32) (result i64) (i64.load (local.get 0)))
  (func (export "fault") (result i32) (i32.load (i32.const 65533))))
