;; Structures, arrays, casts and calls by typed references.
(module
  (type $point (sub (struct (field $x (mut i32)) (field $y (mut f64)) (field $next (ref null $point)))))
  (type $numbers (array (mut i16)))
  (type $unary (func (param i32) (result i32)))
  (global $origin (ref $point) (struct.new $point (i32.const 0) (f64.const 0) (ref.null $point)))
  (func (export "sum") (param $n i32) (result i32) (local $a (ref $numbers)) (local $p (ref null $point))
    (local.set $a (array.new $numbers (i32.const -1) (local.get $n)))
    (local.set $p (struct.new $point (local.get $n) (f64.const 1.5) (global.get $origin)))
    (struct.set $point $x (local.get $p) (array.len (local.get $a)))
    (i32.add
      (array.get_s $numbers (local.get $a) (i32.const 0))
      (struct.get $point $x (local.get $p))))
  (func (export "cast") (param anyref) (result i32)
    (block $none
      (block $point (result (ref $point))
        (br $none (br_on_cast $point anyref (ref $point) (local.get 0))))
      (return (struct.get $point $x)))
    (ref.test i31ref (local.get 0)))
  (func (export "apply") (param (ref null $unary) i32) (result i32)
    (call_ref $unary (local.get 1) (local.get 0))))
