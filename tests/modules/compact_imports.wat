;; Imports that name their module, or their module and type, once (compact import section).
(module
  (import "env"
    (item "one" (func (result i32)))
    (item "limit" (global i32)))
  (import "env"
    (item "two")
    (item "three")
    (func (result i32)))
  (func (export "sum") (result i32)
    (i32.add (global.get 0) (i32.add (call 0) (i32.add (call 1) (call 2))))))
