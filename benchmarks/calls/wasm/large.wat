;; As a small program made by clang: 1 MiB of memory, some of it initialised, a table.
(module
  (memory (export "memory") 16)
  (table 64 funcref)
  (elem (i32.const 1) $nothing)
  (data (i32.const 1024) "hello")
  (data (i32.const 70000) "world")
  (func $nothing (export "nothing")))
