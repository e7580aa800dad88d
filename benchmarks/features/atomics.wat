;; Atomic instructions on a shared memory, by one thread; each export takes how often.
(module
  (memory 1 1 shared)
  (func (export "add") (param $times i32) (result i64)
    (loop $again
      (drop (i64.atomic.rmw.add (i32.const 8) (i64.extend_i32_u (local.get $times))))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    (i64.atomic.load (i32.const 8)))
  (func (export "cmpxchg") (param $times i32) (result i64)
    (local $old i64)
    (loop $again
      (local.set $old
        (i64.atomic.rmw.cmpxchg (i32.const 16)
          (local.get $old) (i64.add (local.get $old) (i64.const 3))))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    (i64.atomic.load (i32.const 16)))
  (func (export "store_load") (param $times i32) (result i64)
    (local $sum i64)
    (loop $again
      (i32.atomic.store (i32.const 24) (local.get $times))
      (local.set $sum (i64.add (local.get $sum) (i64.atomic.load32_u (i32.const 24))))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    (local.get $sum)))
