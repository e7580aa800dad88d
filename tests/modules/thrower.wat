;; Throws, and catches nothing.
(module $thrower
  (tag $tag (export "tag") (param i32))
  (func (export "throw") (param i32) (result i32)
    (if (i32.lt_s (local.get 0) (i32.const 0)) (then (unreachable)))
    (if (i32.lt_s (local.get 0) (i32.const 10))
      (then (throw $tag (local.get 0))))
    (i32.add (local.get 0) (i32.const 1))))
