;; Valid, with proposals that will be the last to be supported.
(module $unsupported
  (type $task (func))
  (type $continuation (cont $task))
  (tag $pause)
  (memory (export "memory") i64 1)
  (func (export "address") (result i64)
    (memory.size))
  (func (export "resume") (param $it (ref $continuation))
    (resume $continuation (local.get $it))))
