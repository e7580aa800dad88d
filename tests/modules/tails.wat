(module $tails
  (type $step (func (param i64) (result i64)))
  (type $pair (func (param i32 f64 i64) (result i64)))
  (import "env" "finish" (func $finish (param i64) (result i64)))
  (table funcref (elem $by_table_even $by_table_odd))

  ;; Itself, with its arguments changed about; the locals start anew each time.
  (func $sum (export "sum") (param $n i64) (param $total i64) (result i64)
    (local $fresh i64)
    (if (i64.eqz (local.get $n)) (then (return (local.get $total))))
    (local.set $fresh (i64.add (local.get $fresh) (local.get $n)))
    (return_call $sum
      (i64.sub (local.get $n) (i64.const 1))
      (i64.add (local.get $total) (local.get $fresh))))
  (func $swap (export "swap") (param $n i64) (param $a i64) (param $b i64) (result i64)
    (if (i64.eqz (local.get $n)) (then (return (local.get $a))))
    (return_call $swap (i64.sub (local.get $n) (i64.const 1)) (local.get $b) (local.get $a)))

  ;; Three functions of different types, one after another.
  (func $one (export "chain") (param $n i64) (result i64)
    (if (i64.le_s (local.get $n) (i64.const 0)) (then (return (i64.const 1))))
    (return_call $two (i32.const 7) (f64.const 0.5) (i64.sub (local.get $n) (i64.const 1))))
  (func $two (type $pair)
    (if (i64.le_s (local.get 2) (i64.const 0)) (then (return (i64.const 2))))
    (return_call $three
      (i64.sub (local.get 2) (i64.const 1))
      (f32.demote_f64 (local.get 1))
      (i64.extend_i32_s (local.get 0))
      (local.get 0)))
  (func $three (param $n i64) (param f32 i64 i32) (result i64)
    (if (i64.le_s (local.get $n) (i64.const 0))
      (then (return (i64.add (local.get 2) (i64.extend_i32_s (i32.trunc_f32_s
        (f32.mul (local.get 1) (f32.const 200))))))))
    (return_call $one (i64.sub (local.get $n) (i64.const 1))))

  ;; By way of a table.
  (func $by_table_even (export "by_table") (type $step)
    (if (i64.eqz (local.get 0)) (then (return (i64.const 10))))
    (return_call_indirect (type $step)
      (i64.sub (local.get 0) (i64.const 1)) (i32.const 1)))
  (func $by_table_odd (type $step)
    (if (i64.eqz (local.get 0)) (then (return (i64.const 11))))
    (return_call_indirect (type $step)
      (i64.sub (local.get 0) (i64.const 1)) (i32.const 0)))

  ;; Without results, inside a loop and a block.
  (global $count (mut i64) (i64.const 0))
  (func $left (export "count") (param i64)
    (block (loop
      (br_if 1 (i64.eqz (local.get 0)))
      (global.set $count (i64.add (global.get $count) (i64.const 1)))
      (return_call $right (local.get 0) (i32.const 1)))))
  (func $right (param i64 i32)
    (return_call $left (i64.sub (local.get 0) (i64.extend_i32_u (local.get 1)))))
  (func (export "counted") (result i64) (global.get $count))

  ;; Several results, and an imported function at the end.
  (func $divide (export "divide") (param i64 i64 i64) (result i64 i64)
    (if (i64.lt_s (local.get 0) (local.get 1))
      (then (return (local.get 2) (local.get 0))))
    (return_call $divided
      (i64.sub (local.get 0) (local.get 1)) (local.get 1) (i64.add (local.get 2) (i64.const 1))))
  (func $divided (param i64 i64 i64) (result i64 i64)
    (return_call $divide (local.get 0) (local.get 1) (local.get 2)))
  (func (export "finish") (param i64) (result i64)
    (return_call $finish (i64.mul (local.get 0) (i64.const 2))))

  ;; Traps, far along a chain.
  (func $falling (export "falling") (param i64) (result i64)
    (return_call $fallen (i64.sub (local.get 0) (i64.const 1))))
  (func $fallen (param i64) (result i64)
    (drop (i64.div_s (i64.const 1) (local.get 0)))
    (return_call $falling (local.get 0)))
  (func (export "wrong") (result i64)
    (return_call_indirect (type $pair)
      (i32.const 0) (f64.const 0) (i64.const 0) (i32.const 0)))
)
