;; Imports a memory with 64-bit addresses.
(module
  (import "m" "wide" (memory i64 2))
  (func (export "size") (result i64) (memory.size)))
