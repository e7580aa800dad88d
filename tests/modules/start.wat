;; A start function that asks the host, after the segments are in place.
(module
  (import "env" "start" (func $ask (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 4) "\2a")
  (global $started (export "started") (mut i32) (i32.const 0))
  (start $begin)
  (func $begin
    (global.set $started (i32.add (global.get $started) (i32.const 1)))
    (call $ask (i32.load (i32.const 4)))
    (if (i32.eq (i32.load (i32.const 8)) (i32.const 13)) (then (unreachable)))))
