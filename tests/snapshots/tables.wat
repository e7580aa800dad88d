;; Calls through a table, which others see and may change.
(module
  (type $op (func (param i32 i32) (result i32)))
  (table (export "ops") 4 funcref)
  (elem (i32.const 1) $add $sub)
  (func $add (type $op) (i32.add (local.get 0) (local.get 1)))
  (func $sub (type $op) (i32.sub (local.get 0) (local.get 1)))
  (func (export "apply") (param i32 i32 i32) (result i32)
    (call_indirect (type $op) (local.get 1) (local.get 2) (local.get 0)))
  (func (export "grow") (result i32)
    (table.grow (ref.func $add) (i32.const 1))))
