;; Changes its own state after each kind of call that lends the context out.
(module $lending
  (type $function (func (param i32) (result i32)))
  (type $box (struct (field i32)))
  (import "env" "out" (func $out (param i32) (result i32)))
  (global $count (export "count") (mut i32) (i32.const 0))
  (global $kept (mut (ref null $box)) (ref.null $box))
  (table $table (export "table") 2 funcref)

  (func $more (global.set $count (i32.add (global.get $count) (i32.const 1))))
  ;; Calls the host `times` times, and traps in the end if asked to.
  (func (export "by_import") (param $times i32) (param $with i32) (param $trap i32) (result i32)
    (local $result i32)
    (loop $again
      (local.set $result (call $out (local.get $with)))
      (call $more)
      (local.set $times (i32.sub (local.get $times) (i32.const 1)))
      (br_if $again (local.get $times)))
    (if (local.get $trap) (then (unreachable)))
    (local.get $result))
  ;; The same by the table: from instance to instance.
  (func (export "by_table") (param $times i32) (param $with i32) (param $trap i32) (result i32)
    (local $result i32)
    (loop $again
      (local.set $result (call_indirect (type $function) (local.get $with) (i32.const 1)))
      (call $more)
      (local.set $times (i32.sub (local.get $times) (i32.const 1)))
      (br_if $again (local.get $times)))
    (if (local.get $trap) (then (unreachable)))
    (local.get $result))
  ;; The collector looks at the state.
  (func (export "make") (param $times i32) (param $trap i32)
    (loop $again
      (global.set $kept (struct.new $box (local.get $times)))
      (call $more)
      (local.set $times (i32.sub (local.get $times) (i32.const 1)))
      (br_if $again (local.get $times)))
    (if (local.get $trap) (then (unreachable))))
  (func (export "add") (type $function)
    (call $more)
    (if (i32.eqz (local.get 0)) (then (unreachable)))
    (i32.add (local.get 0) (i32.const 1))))
