;; Vectors: as parameters, results, locals and globals, in memory, lane by lane, and computed with.
(module $simd
  (import "env" "mix" (func $mix (param v128 i32) (result v128)))
  (memory (export "memory") 1)
  (global $mask (mut v128) (v128.const i64x2 1 -1))
  (global $ones v128 (v128.const i8x16 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1))

  ;; The sum of a row of numbers.
  (func $sum (export "sum") (param $from i32) (param $to i32) (result i32)
    (local $sum v128)
    (loop $next
      (if (i32.lt_u (local.get $from) (local.get $to))
        (then
          (local.set $sum
            (i32x4.add
              (local.get $sum)
              (i32x4.dot_i16x8_s
                (v128.load (local.get $from))
                (v128.load offset=16 (local.get $from)))))
          (local.set $from (i32.add (local.get $from) (i32.const 32)))
          (br $next))))
    (i32.add
      (i32x4.extract_lane 0 (local.get $sum))
      (i32x4.extract_lane 3
        (i8x16.shuffle 4 5 6 7 0 1 2 3 12 13 14 15 8 9 10 11
          (local.get $sum) (local.get $sum)))))

  ;; Passed on, chosen, replaced and stored in part.
  (func (export "pass") (param $a v128) (param $b v128) (param $x f32) (result v128)
    (global.set $mask (v128.xor (global.get $mask) (global.get $ones)))
    (v128.store8_lane offset=3 15 (i32.const 0) (local.get $a))
    (call $mix
      (select
        (f32x4.replace_lane 2 (local.get $a) (local.get $x))
        (v128.load16_lane 5 (i32.const 64) (local.get $b))
        (v128.any_true (global.get $mask)))
      (i8x16.bitmask (local.get $b))))

  ;; Constants that LLVM must not know, for the sake of signalling NaNs.
  (func (export "same") (param v128) (result v128)
    (f32x4.relaxed_madd
      (local.get 0)
      (v128.const f32x4 1 1 1 1)
      (f32x4.splat (f32.const -0))))

  ;; Loads that nobody needs but for their traps.
  (func (export "touch") (param i32)
    (drop (v128.load (local.get 0)))
    (drop (v128.load32x2_u offset=8 (local.get 0)))))
