;; What `calls` measures: exports that do as little as can be, and loops around calls from inside,
;; so that the way in is not measured with them.
(module
  (type $op (func (param i32) (result i32)))
  (import "host" "next" (func $host (type $op)))
  (table (export "table") 4 funcref)
  (memory (export "memory") 1)
  (global $count (mut i32) (i32.const 0))
  (elem (i32.const 0) $one $two)
  (data (i32.const 16) "\01\00\00\00")

  ;; Nothing but its argument: it can't trap.
  (func (export "add_one") (param i32) (result i32)
    (i32.add (local.get 0) (i32.const 1)))

  ;; Can't trap either, but needs the instance.
  (func (export "count") (param i32) (result i32)
    (global.set $count (i32.add (global.get $count) (local.get 0)))
    (global.get $count))

  ;; Can trap: the address may be out of bounds.
  (func (export "load") (param i32) (result i32)
    (i32.load (local.get 0)))

  (func (export "unreachable") unreachable)

  (func (export "divide") (param i32) (result i32)
    (i32.div_u (i32.const 1) (local.get 0)))

  ;; Endless: ends when the stack does.
  (func $recurse (export "recurse") (param i32) (result i32)
    (i32.add (call $recurse (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))

  ;; The host function does not take this one.
  (func (export "fail") (drop (call $host (i32.const -1))))

  (func $one (type $op) (i32.add (local.get 0) (i32.const 1)))
  (func $two (type $op) (i32.add (local.get 0) (i32.const 2)))

  (func (export "loop_host") (param $n i32) (result i32)
    (local $x i32)
    (loop $again
      (local.set $x (call $host (local.get $x)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $x))

  ;; Calls what the table has at the index.
  (func (export "loop_indirect") (param $n i32) (param $index i32) (result i32)
    (local $x i32)
    (loop $again
      (local.set $x (call_indirect (type $op) (local.get $x) (local.get $index)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $x))

  ;; Calls two functions by turns.
  (func (export "loop_indirect_mixed") (param $n i32) (param $index i32) (result i32)
    (local $x i32)
    (loop $again
      (local.set $x
        (call_indirect (type $op)
          (local.get $x)
          (i32.add (local.get $index) (i32.and (local.get $n) (i32.const 1)))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $x)))
