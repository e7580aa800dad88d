;; Memory in bulk, and a segment that waits.
(module
  (memory 1)
  (data $text "passive")
  (func (export "init") (param i32)
    (memory.init $text (local.get 0) (i32.const 0) (i32.const 7))
    (data.drop $text))
  (func (export "move")
    (memory.copy (i32.const 8) (i32.const 0) (i32.const 8))
    (memory.fill (i32.const 64) (i32.const 255) (i32.const 16))))
