;; Threads over one memory: each has an instance of this.
(module
  (memory $m (import "env" "memory") 1 8 shared)
  (func (import "env" "told") (param i32) (result i32))
  (memory $own 1 1)
  (memory $wide (export "wide") i64 1 2 shared)
  (export "memory" (memory $m))
  (data $text "shared text")
  (global $id (mut i32) (i32.const 0))

  ;; Adds one, so often.
  (func (export "count") (param $times i32)
    (loop $again
      (drop (i64.atomic.rmw.add (i32.const 8) (i64.const 1)))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))

  ;; Reads before and after an atomic instruction stay where they are.
  (func (export "order") (param $address i32) (result i32 i32 i32)
    (i32.load (local.get $address))
    (i32.atomic.rmw.add (local.get $address) (i32.const 5))
    (i32.load (local.get $address)))

  ;; A mutex at an address, as compilers write it; then something under it.
  (func $lock (param $at i32)
    (block $got
      (loop $again
        (br_if $got (i32.eqz (i32.atomic.rmw.xchg (local.get $at) (i32.const 1))))
        (drop (memory.atomic.wait32 (local.get $at) (i32.const 1) (i64.const 1000000)))
        (br $again))))
  (func $unlock (param $at i32)
    (i32.atomic.store (local.get $at) (i32.const 0))
    (atomic.fence)
    (drop (memory.atomic.notify (local.get $at) (i32.const 1))))
  (func (export "with_lock") (param $times i32)
    (loop $again
      (call $lock (i32.const 16))
      (i32.store offset=1 (i32.const 23) (i32.add (i32.load offset=1 (i32.const 23)) (i32.const 1)))
      (call $unlock (i32.const 16))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))

  (func (export "wait") (param $at i32) (param $expected i32) (param $timeout i64) (result i32)
    (memory.atomic.wait32 (local.get $at) (local.get $expected) (local.get $timeout)))
  (func (export "notify") (param $at i32) (param $count i32) (result i32)
    (memory.atomic.notify (local.get $at) (local.get $count)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "size") (result i32) (memory.size))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "load_atomic") (param i32) (result i32) (i32.atomic.load (local.get 0)))
  (func (export "tell") (param i32) (result i32) (call 0 (local.get 0)))

  ;; Into the shared one from a segment, out of it into the own one, and back.
  (func (export "text") (param $to i32)
    (memory.init $m $text (local.get $to) (i32.const 0) (i32.const 11))
    (memory.copy $own $m (i32.const 3) (local.get $to) (i32.const 11))
    (memory.fill $m (local.get $to) (i32.const 120) (i32.const 11))
    (memory.copy $m $own (i32.add (local.get $to) (i32.const 7)) (i32.const 10) (i32.const 4)))
  ;; On one that isn't shared.
  (func (export "own_wait") (result i32)
    (memory.atomic.wait32 $own (i32.const 0) (i32.const 0) (i64.const 0)))
  (func (export "own_add") (param i32 i32) (result i32)
    (i32.atomic.rmw.add $own (local.get 0) (local.get 1)))
  ;; On one with 64-bit addresses.
  (func (export "wide_max") (param $at i64) (param $value i32) (result i32)
    (local $old i32)
    (local.set $old (i32.atomic.load $wide (local.get $at)))
    (block $done
      (loop $again
        (br_if $done (i32.ge_u (local.get $old) (local.get $value)))
        (br_if $again
          (i32.ne
            (local.get $old)
            (local.tee $old
              (i32.atomic.rmw.cmpxchg $wide (local.get $at) (local.get $old) (local.get $value)))))))
    (local.get $old)))
