;; Four memories: an ordinary one, one of the host's, one with 64-bit addresses, one of single bytes.
(module
  (import "env" "shared" (memory $shared 1 4))
  (import "env" "seen" (func $seen (result i32)))
  (memory $wide (export "wide") i64 1 10)
  (memory $exact (export "exact") 10 20 (pagesize 1))
  (memory $last (export "last") 1)
  (export "shared" (memory $shared))

  (data (memory $shared) (i32.const 16) "shared")
  (data (memory $wide) (i64.const 16) "wide!")
  (data (memory $exact) (i32.const 4) "exact!")
  (data $passive "passive")

  ;; Sums a byte of each; none of the addresses may be beyond.
  (func (export "sum") (param $at i32) (result i32)
    (i32.add
      (i32.add
        (i32.load8_u $shared (local.get $at))
        (i32.load8_u $wide (i64.extend_i32_u (local.get $at))))
      (i32.add
        (i32.load8_u $exact (local.get $at))
        (i32.load8_u $last (local.get $at)))))
  (func (export "store_all") (param $at i32) (param $value i32)
    (i32.store8 $shared (local.get $at) (local.get $value))
    (i32.store8 $wide (i64.extend_i32_u (local.get $at)) (local.get $value))
    (i32.store8 $exact (local.get $at) (local.get $value))
    (i32.store8 $last (local.get $at) (local.get $value)))
  (func (export "sizes") (result i32 i64 i32 i32)
    (memory.size $shared) (memory.size $wide) (memory.size $exact) (memory.size $last))
  (func (export "grow_all") (param $by i32) (result i32 i64 i32 i32)
    (memory.grow $shared (local.get $by))
    (memory.grow $wide (i64.extend_i32_u (local.get $by)))
    (memory.grow $exact (local.get $by))
    (memory.grow $last (local.get $by)))
  (func (export "wide_to_exact") (param $to i32) (param $from i64) (param $count i32)
    (memory.copy $exact $wide (local.get $to) (local.get $from) (local.get $count)))
  (func (export "exact_to_wide") (param $to i64) (param $from i32) (param $count i32)
    (memory.copy $wide $exact (local.get $to) (local.get $from) (local.get $count)))
  (func (export "last_to_shared") (param $to i32) (param $from i32) (param $count i32)
    (memory.copy $shared $last (local.get $to) (local.get $from) (local.get $count)))
  (func (export "init_exact") (param $to i32) (param $from i32) (param $count i32)
    (memory.init $exact $passive (local.get $to) (local.get $from) (local.get $count)))
  (func (export "fill_wide") (param $to i64) (param $count i64)
    (memory.fill $wide (local.get $to) (i32.const 0x77) (local.get $count)))
  ;; Values wait on the stack for others; the host changes memories meanwhile.
  (func (export "around_a_call") (result i32)
    (i32.add (i32.load8_u $exact (i32.const 0)) (i32.add (call $seen) (i32.load8_u $exact (i32.const 0)))))
  ;; Calls itself, with a memory of its own in each frame.
  (func $down (export "down") (param $left i32) (result i64)
    (if (i32.eqz (local.get $left)) (then (return (i64.load $wide (i64.const 0)))))
    (i64.store $wide (i64.const 0)
      (i64.add (i64.load $wide (i64.const 0)) (i64.extend_i32_u (local.get $left))))
    (call $down (i32.sub (local.get $left) (i32.const 1)))))
