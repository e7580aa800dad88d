;; Wide arithmetic: operands that trap, results on the stack below others.
(module
  (func (export "add128") (param i64 i64 i64 i64) (result i64 i64)
    (i64.add128 (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
  (func (export "sub128") (param i64 i64 i64 i64) (result i64 i64)
    (i64.sub128 (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
  (func (export "mul_wide_s") (param i64 i64) (result i64 i64)
    (i64.mul_wide_s (local.get 0) (local.get 1)))
  (func (export "mul_wide_u") (param i64 i64) (result i64 i64)
    (i64.mul_wide_u (local.get 0) (local.get 1)))
  ;; (a * b + c) >> 64, by parts.
  (func (export "high_of_fused") (param $a i64) (param $b i64) (param $c i64) (result i64)
    (i64.add128 (i64.mul_wide_u (local.get $a) (local.get $b)) (local.get $c) (i64.const 0))
    (local.set $a) (drop) (local.get $a))
  ;; The division by zero comes before the overflow.
  (func (export "first_trap") (param i64 i64) (result i64 i64)
    (i64.div_u (i64.const 1) (local.get 0))
    (i64.mul_wide_s (i64.div_s (i64.const 0x8000000000000000) (local.get 1)) (i64.const 3))
    (drop) (i64.add)
    (i64.const 0)))
