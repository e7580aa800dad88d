;; A loop, two functions that run in steps, and a call.
(module
  (func $sum (export "sum") (param i64 i64) (result i64)
    (if (i64.eqz (local.get 0)) (then (return (local.get 1))))
    (return_call $sum
      (i64.sub (local.get 0) (i64.const 1)) (i64.add (local.get 1) (local.get 0))))
  (func $even (export "even") (param i64) (result i32)
    (if (i64.eqz (local.get 0)) (then (return (i32.const 1))))
    (return_call $odd (i64.sub (local.get 0) (i64.const 1)) (f32.const 0)))
  (func $odd (param i64 f32) (result i32)
    (if (i64.eqz (local.get 0)) (then (return (i32.const 0))))
    (return_call $even (i64.sub (local.get 0) (i64.const 1))))
  (func (export "last") (param i64) (result i64)
    (return_call $sum (local.get 0) (i64.const 0))))
