;; Several results.
(module
  (func $divide (export "divide") (param i32 i32) (result i32 i32)
    (i32.div_s (local.get 0) (local.get 1))
    (i32.rem_s (local.get 0) (local.get 1)))
  (func (export "again") (param i32) (result i32)
    (call $divide (local.get 0) (i32.const 3))
    (i32.add)))
