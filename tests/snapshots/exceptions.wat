;; What may throw gives a `Result`; what is thrown where it is caught is a branch.
(module
  (tag $e (param i32))
  (func $throws (param i32)
    (if (local.get 0) (then (throw $e (local.get 0)))))
  (func (export "caught") (param i32) (result i32)
    (block $handler (result i32)
      (try_table (catch $e $handler)
        (call $throws (local.get 0))
        (call $throws (i32.const 0)))
      (i32.const -1)))
  (func (export "near") (result i32)
    (block $handler (result i32)
      (try_table (catch $e $handler)
        (throw $e (i32.const 7)))
      (unreachable)))
  (func (export "passes") (param i32) (result i32)
    (call $throws (local.get 0))
    (i32.const 1))
  (func (export "legacy") (param i32)
    try
      local.get 0
      call $throws
    catch_all
      rethrow 0
    end))
