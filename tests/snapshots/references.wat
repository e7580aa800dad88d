;; References to things of the host, in a table.
(module
  (table $hosts 2 externref)
  (func (export "keep") (param externref) (result externref) (local externref)
    (local.set 1 (table.get $hosts (i32.const 0)))
    (table.set $hosts (i32.const 0) (local.get 0))
    (local.get 1))
  (func (export "is_empty") (result i32)
    (ref.is_null (table.get $hosts (i32.const 0)))))
