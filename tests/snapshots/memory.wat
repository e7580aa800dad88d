;; A memory with data: loads and stores, one whose value nobody wants, and growing.
(module
  (memory (export "memory") 1 4)
  (data (i32.const 16) "Hello")
  (func (export "bump") (param i32)
    (i32.store offset=4
      (local.get 0)
      (i32.add (i32.load offset=4 (local.get 0)) (i32.const 1))))
  (func (export "touch") (param i32)
    (drop (i32.load8_u (local.get 0))))
  (func (export "more") (result i32)
    (memory.grow (i32.const 1))))
