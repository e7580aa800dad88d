;; The first segment fits, the second does not by one byte.
(module
  (memory (export "memory") 1)
  (data (i32.const 0) "fits")
  (data (i32.const 65533) "does"))
