;; Another instance, whose functions stand in the table of `calls.wat`.
(module
  (import "calls" "table" (table 4 funcref))
  (elem (i32.const 2) $three $four)
  (func $three (export "three") (param i32) (result i32) (i32.add (local.get 0) (i32.const 3)))
  (func $four (param i32) (result i32) (i32.add (local.get 0) (i32.const 4))))
