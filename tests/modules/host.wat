;; Goes back and forth between itself and its host.
(module
  (import "env" "down" (func $down (param i32) (result i32)))
  (import "env" "last" (func $last (param i32) (result i32)))
  (memory (export "memory") 1)
  (global $depth (export "depth") (mut i32) (i32.const 0))

  ;; Calls itself through the host until nothing is left, then does the last thing.
  (func $go (export "go") (param $left i32) (param $last i32) (result i32)
    (i32.store (i32.mul (local.get $left) (i32.const 4)) (local.get $left))
    (global.set $depth (i32.add (global.get $depth) (i32.const 1)))
    (i32.add
      (if (result i32) (local.get $left)
        (then
          (call $down
            (i32.or
              (i32.shl (local.get $last) (i32.const 16))
              (i32.sub (local.get $left) (i32.const 1)))))
        (else (call $finish (local.get $last))))
      (i32.const 1)))

  ;; 0: returns. 1: a trap here. Others are the host's affair.
  (func $finish (param $last i32) (result i32)
    (if (i32.eqz (local.get $last)) (then (return (i32.const 100))))
    (if (i32.eq (local.get $last) (i32.const 1)) (then (unreachable)))
    (call $last (local.get $last))))
