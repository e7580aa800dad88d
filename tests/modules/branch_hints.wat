;; Branches with hints, right and wrong ones; hints change nothing.
(module
  (func (export "collatz") (param $n i64) (result i32) (local $steps i32)
    (block $done
      (loop $next
        (@metadata.code.branch_hint "\00")
        (br_if $done (i64.eq (local.get $n) (i64.const 1)))
        (local.set $steps (i32.add (local.get $steps) (i32.const 1)))
        (@metadata.code.branch_hint "\01")
        (if (i64.eqz (i64.and (local.get $n) (i64.const 1)))
          (then (local.set $n (i64.shr_u (local.get $n) (i64.const 1))))
          (else
            (local.set $n (i64.add (i64.mul (local.get $n) (i64.const 3)) (i64.const 1)))))
        (@metadata.code.branch_hint "\01")
        (br_if $next (i64.ne (local.get $n) (i64.const 0)))))
    (local.get $steps))
  (func (export "with_value") (param i32) (result i32)
    (block $out (result i32)
      (i32.const 10)
      (@metadata.code.branch_hint "\01")
      (br_if $out (local.get 0))
      (drop)
      (@metadata.code.branch_hint "\00")
      (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 20)) (else (i32.const 30))))))
