;; A memory with a word in it, and functions on it in a table that others may add to.
(module $words
  (type $letters (func (param $letter i32) (result i32)))
  (memory (export "memory") 1)
  (table (export "letters") 1 8 funcref)
  (elem (i32.const 0) $next)
  (data (i32.const 0) "hal")

  ;; The letter after this one.
  (func $next (type $letters) (param $letter i32) (result i32)
    (i32.add (local.get $letter) (i32.const 1)))

  ;; Changes each of the first `length` letters by function `which` of the table.
  (func (export "change") (param $length i32) (param $which i32)
    (local $at i32)
    (block $done
      (loop $again
        (br_if $done (i32.ge_u (local.get $at) (local.get $length)))
        (i32.store8
          (local.get $at)
          (call_indirect (type $letters)
            (i32.load8_u (local.get $at))
            (local.get $which)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $again)))))
