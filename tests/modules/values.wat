;; Values of all types, few and many, in and out.
(module
  (import "env" "swap" (func $swap (param i32 i64) (result i64 i32)))
  (import "env" "mix" (func $mix (param i32 i64 f32 f64) (result f64 f32 i64 i32)))
  (type $four (func (param i32 i64 f32 f64) (result f64 f32 i64 i32)))
  (table 2 funcref)
  (elem (i32.const 0) $reversed $mix)

  (func (export "nothing"))
  (func $reversed (export "reversed") (type $four)
    (local.get 3) (local.get 2) (local.get 1) (local.get 0))
  (func (export "indirect") (param i32 i32 i64 f32 f64) (result f64 f32 i64 i32)
    (call_indirect (type $four)
      (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 0)))
  (func (export "swapped_twice") (param i32 i64) (result i32 i64)
    (local i64 i32)
    (call $swap (local.get 0) (local.get 1))
    (local.set 3) (local.set 2)
    (local.get 3) (local.get 2))

  ;; Blocks with parameters and several results.
  (func (export "fibonacci") (param $n i32) (result i32 i32)
    (i32.const 0) (i32.const 1)
    (loop $next (param i32 i32) (result i32 i32)
      (local.get $n)
      (if (param i32 i32) (result i32 i32)
        (then
          (call $step)
          (local.set $n (i32.sub (local.get $n) (i32.const 1)))
          (br $next))
        (else))))
  (func $step (param i32 i32) (result i32 i32)
    (local.get 1) (i32.add (local.get 0) (local.get 1)))

  ;; More results than tuples in Rust have traits for.
  (func (export "sixteen") (param i32)
    (result i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64)
    (block $out
      (result i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64)
      (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4)
      (i32.const 5) (i32.const 6) (i32.const 7) (i32.const 8)
      (i32.const 9) (i32.const 10) (i32.const 11) (i32.const 12)
      (i32.const 13) (i32.const 14) (i32.const 15) (i64.const 16)
      (br_if $out (local.get 0))
      (drop) (i64.const -16)))

  (func (export "same_i32") (param i32) (result i32) (local.get 0))
  (func (export "same_f32") (param f32) (result f32) (local.get 0))
  (func (export "same_f64") (param f64) (result f64) (local.get 0))
  (func (export "same_extern") (param externref) (result externref) (local.get 0))
  (func (export "same_func") (param funcref) (result funcref) (local.get 0))
  (func (export "is_null") (param externref funcref) (result i32 i32)
    (ref.is_null (local.get 0)) (ref.is_null (local.get 1)))
  (func (export "own_func") (result funcref) (ref.func $step)))
