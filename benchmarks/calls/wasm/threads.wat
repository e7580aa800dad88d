;; What threads do with one memory.
(module
  (memory (export "memory") 32 32 shared)
  (func (export "count") (param $times i32)
    (loop $again
      (drop (i64.atomic.rmw.add (i32.const 8) (i64.const 1)))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))
  (func (export "or") (param $times i32)
    (loop $again
      (drop (i64.atomic.rmw.or (i32.const 8) (i64.const 1)))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))
  (func (export "compare_exchange") (param $times i32)
    (local $old i32)
    (loop $again
      (local.set $old
        (i32.atomic.rmw.cmpxchg (i32.const 16)
          (local.get $old) (i32.add (local.get $old) (i32.const 1))))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))
  (func (export "put") (param $times i32)
    (loop $again
      (i32.atomic.store (i32.const 24) (local.get $times))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))
  ;; The sum of the numbers from one address to another.
  (func (export "sum") (param $from i32) (param $to i32) (result i64)
    (local $sum i64)
    (loop $again
      (local.set $sum (i64.add (local.get $sum) (i64.load (local.get $from))))
      (br_if $again
        (i32.lt_u (local.tee $from (i32.add (local.get $from) (i32.const 8))) (local.get $to))))
    (local.get $sum))
  ;; As if in a hash table: the next place depends on what was loaded.
  (func (export "chase") (param $times i32) (result i32)
    (local $at i32)
    (loop $again
      (local.set $at (i32.load offset=64 (i32.and (local.get $at) (i32.const 0x0f_fff8))))
      (i32.store offset=68 (i32.and (local.get $times) (i32.const 0x0f_fff8)) (local.get $at))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    (local.get $at))
  (func (export "copy") (param $bytes i32)
    (memory.copy (i32.const 0x100000) (i32.const 0) (local.get $bytes)))
)
