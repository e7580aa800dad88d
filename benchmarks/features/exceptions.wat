;; Throwing and catching; each export takes how often, and gives a checksum.
(module
  (tag $error (param i32))
  (global $cleaned (mut i32) (i32.const 0))

  ;; Throws at the bottom of so many frames, unless the value is negative, which it never is.
  (func $deep (param $depth i32) (param $value i32) (result i32)
    (if (i32.eqz (local.get $depth)) (then
      (if (i32.lt_s (local.get $value) (i32.const 0)) (then (return (i32.const 7))))
      (throw $error (local.get $value))))
    (i32.xor (local.get $value)
      (call $deep (i32.sub (local.get $depth) (i32.const 1)) (i32.add (local.get $value) (i32.const 1)))))
  (func $throw (param $depth i32) (param $times i32) (result i64)
    (local $sum i64)
    (loop $again
      (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_s
        (block $caught (result i32)
          (try_table (result i32) (catch $error $caught)
            (call $deep (local.get $depth) (local.get $times)))))))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    (local.get $sum))
  (func (export "throw_1") (param i32) (result i64) (call $throw (i32.const 1) (local.get 0)))
  (func (export "throw_10") (param i32) (result i64) (call $throw (i32.const 10) (local.get 0)))

  ;; The same with a destructor in each frame.
  (func $cleaning (param $depth i32) (param $value i32) (result i32)
    (local $exception exnref)
    (if (i32.eqz (local.get $depth)) (then
      (if (i32.lt_s (local.get $value) (i32.const 0)) (then (return (i32.const 7))))
      (throw $error (local.get $value))))
    (block $caught (result exnref)
      (return (i32.xor (local.get $value)
        (try_table (result i32) (catch_all_ref $caught)
          (call $cleaning
            (i32.sub (local.get $depth) (i32.const 1)) (i32.add (local.get $value) (i32.const 1)))))))
    (local.set $exception)
    (global.set $cleaned (i32.add (global.get $cleaned) (local.get $depth)))
    (throw_ref (local.get $exception)))
  (func (export "cleanup_10") (param $times i32) (result i64)
    (local $sum i64)
    (loop $again
      (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_s
        (block $caught (result i32)
          (try_table (result i32) (catch $error $caught)
            (call $cleaning (i32.const 10) (local.get $times)))))))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    (i64.add (local.get $sum) (i64.extend_i32_u (global.get $cleaned))))

  ;; Functions that may throw and don't, beside the same without.
  (func $may (param $n i32) (result i32)
    (if (i32.lt_s (local.get $n) (i32.const 0)) (then (throw $error (local.get $n))))
    (if (i32.lt_s (local.get $n) (i32.const 2)) (then (return (local.get $n))))
    (i32.add
      (call $may (i32.sub (local.get $n) (i32.const 1)))
      (call $may (i32.sub (local.get $n) (i32.const 2)))))
  (func (export "happy") (param $times i32) (result i64)
    (local $sum i64)
    (loop $again
      (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_s
        (block $caught (result i32)
          (try_table (result i32) (catch $error $caught)
            (call $may (i32.add (i32.const 20) (i32.and (local.get $times) (i32.const 1)))))))))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    (local.get $sum))
  (func $cannot (param $n i32) (result i32)
    (if (i32.lt_s (local.get $n) (i32.const 0)) (then (return (i32.const 7))))
    (if (i32.lt_s (local.get $n) (i32.const 2)) (then (return (local.get $n))))
    (i32.add
      (call $cannot (i32.sub (local.get $n) (i32.const 1)))
      (call $cannot (i32.sub (local.get $n) (i32.const 2)))))
  (func (export "happy_without") (param $times i32) (result i64)
    (local $sum i64)
    (loop $again
      (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_s
        (call $cannot (i32.add (i32.const 20) (i32.and (local.get $times) (i32.const 1)))))))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    (local.get $sum)))
