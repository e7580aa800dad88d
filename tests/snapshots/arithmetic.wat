;; Arithmetic that Rust writes otherwise: wrapping, rotating, dividing without signs.
(module
  (func (export "mix") (param i32 i32) (result i32)
    (i32.xor (i32.add (local.get 0) (i32.const -7)) (i32.rotl (local.get 1) (i32.const 5))))
  (func (export "quotient") (param i64 i64) (result i64)
    (i64.div_u (local.get 0) (local.get 1)))
  (func (export "area") (param f64) (result f64)
    (f64.mul (f64.const 3.14) (f64.mul (local.get 0) (f64.const 1)))))
