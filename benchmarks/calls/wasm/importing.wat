;; Sums over a memory that others have, too.
(module
  (memory (import "env" "memory") 32 32 shared)
  (func (export "sum") (param $from i32) (param $to i32) (result i64)
    (local $sum i64)
    (loop $again
      (local.set $sum (i64.add (local.get $sum) (i64.load (local.get $from))))
      (br_if $again
        (i32.lt_u (local.tee $from (i32.add (local.get $from) (i32.const 8))) (local.get $to))))
    (local.get $sum)))
