;; A segment without bytes must still start within the memory.
(module
  (memory (export "memory") 1)
  (data (i32.const 65537) ""))
