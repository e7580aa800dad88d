;; Exports whose names Rust would not have.
(module
  (func (export "fn") (result i32) (i32.const 1))
  (func (export "") (result i32) (i32.const 2))
  (func (export "a-b") (result i32) (i32.const 3))
  (func (export "a.b") (result i32) (i32.const 4))
  (func $"größe, 大" (export "new") (result i32) (i32.const 5)))
