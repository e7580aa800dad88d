;; A switch.
(module
  (func (export "name") (param i32) (result i32)
    (block $c
      (block $b (block $a (br_table $a $b $a $c (local.get 0))) (return (i32.const 10)))
      (return (i32.const 20)))
    (i32.const 30)))
