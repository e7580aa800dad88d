;; Objects; each export takes how often, and gives a checksum.
(module
  (type $pair (struct (field $a (mut i32)) (field $b (mut i32))))
  (type $tree (struct (field $left (ref null $tree)) (field $right (ref null $tree))))
  (type $pairs (array (mut (ref null $pair))))
  (type $shape (sub (struct (field $size i32))))
  (type $round (sub $shape (struct (field $size i32) (field $radius i32))))
  (type $square (sub $shape (struct (field $size i32) (field $side i32))))
  (type $circle (sub final $round (struct (field $size i32) (field $radius i32) (field $x i32))))
  (type $shapes (array (mut (ref null $shape))))
  (global $kept (mut (ref null $pair)) (ref.null $pair))

  ;; Small structures, one alive at a time, kept in a local.
  (func (export "short") (param $times i32) (result i64)
    (local $sum i64) (local $pair (ref null $pair))
    (loop $again
      (local.set $pair (struct.new $pair (local.get $times) (i32.const 1)))
      (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u
        (i32.add (struct.get $pair $a (local.get $pair)) (struct.get $pair $b (local.get $pair))))))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    (local.get $sum))
  ;; The same, each in a global until the next one.
  (func (export "short_global") (param $times i32) (result i64)
    (local $sum i64)
    (loop $again
      (global.set $kept (struct.new $pair (local.get $times) (i32.const 1)))
      (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u
        (i32.add
          (struct.get $pair $a (global.get $kept)) (struct.get $pair $b (global.get $kept))))))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    (local.get $sum))

  ;; Binary trees of depth 16, made, counted and forgotten.
  (func $build (param $depth i32) (result (ref $tree))
    (if (i32.eqz (local.get $depth))
      (then (return (struct.new $tree (ref.null $tree) (ref.null $tree)))))
    (local.set $depth (i32.sub (local.get $depth) (i32.const 1)))
    (struct.new $tree (call $build (local.get $depth)) (call $build (local.get $depth))))
  (func $count (param $tree (ref $tree)) (result i32)
    (local $left (ref null $tree))
    (local.set $left (struct.get $tree $left (local.get $tree)))
    (if (ref.is_null (local.get $left)) (then (return (i32.const 1))))
    (i32.add (i32.const 1) (i32.add
      (call $count (ref.as_non_null (local.get $left)))
      (call $count (ref.as_non_null (struct.get $tree $right (local.get $tree)))))))
  (func (export "trees") (param $times i32) (result i64)
    (local $sum i64) (local $long (ref null $tree))
    (local.set $long (call $build (i32.const 17)))
    (loop $again
      (local.set $sum (i64.add (local.get $sum)
        (i64.extend_i32_u (call $count (call $build (i32.const 16))))))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    (i64.add (local.get $sum)
      (i64.extend_i32_u (call $count (ref.as_non_null (local.get $long))))))

  ;; An array of 100,000 structures, each read and written.
  (func (export "array") (param $times i32) (result i64)
    (local $pairs (ref $pairs)) (local $i i32) (local $sum i64) (local $pair (ref null $pair))
    (local.set $pairs (array.new_default $pairs (i32.const 100000)))
    (loop $fill
      (array.set $pairs (local.get $pairs) (local.get $i)
        (struct.new $pair (local.get $i) (i32.const 3)))
      (br_if $fill (i32.lt_u
        (local.tee $i (i32.add (local.get $i) (i32.const 1))) (array.len (local.get $pairs)))))
    (loop $again
      (local.set $i (i32.const 0))
      (loop $next
        (local.set $pair (array.get $pairs (local.get $pairs) (local.get $i)))
        (struct.set $pair $a (local.get $pair)
          (i32.add (struct.get $pair $a (local.get $pair)) (struct.get $pair $b (local.get $pair))))
        (local.set $sum (i64.add (local.get $sum)
          (i64.extend_i32_u (struct.get $pair $a (local.get $pair)))))
        (br_if $next (i32.lt_u
          (local.tee $i (i32.add (local.get $i) (i32.const 1))) (array.len (local.get $pairs)))))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    (local.get $sum))

  ;; 1024 objects of four types told apart, by tests and by branching casts.
  (func $shapes (result (ref $shapes))
    (local $shapes (ref $shapes)) (local $i i32) (local $random i32)
    (local.set $shapes (array.new_default $shapes (i32.const 1024)))
    (local.set $random (i32.const 1))
    (loop $fill
      (local.set $random (i32.add
        (i32.mul (local.get $random) (i32.const 1664525)) (i32.const 1013904223)))
      (array.set $shapes (local.get $shapes) (local.get $i)
        (block $made (result (ref $shape))
          (block $0 (block $1 (block $2 (block $3
            (br_table $0 $1 $2 $3 (i32.shr_u (local.get $random) (i32.const 30))))
            (br $made (struct.new $circle (i32.const 4) (i32.const 5) (i32.const 6))))
            (br $made (struct.new $square (i32.const 3) (i32.const 4))))
            (br $made (struct.new $round (i32.const 2) (i32.const 3))))
          (struct.new $shape (i32.const 1))))
      (br_if $fill (i32.lt_u
        (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1024))))
    (local.get $shapes))
  (func (export "tests") (param $times i32) (result i64)
    (local $shapes (ref $shapes)) (local $i i32) (local $sum i64) (local $shape (ref null $shape))
    (local.set $shapes (call $shapes))
    (loop $again
      (local.set $i (i32.const 0))
      (loop $next
        (local.set $shape (array.get $shapes (local.get $shapes) (local.get $i)))
        (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u
          (i32.add (ref.test (ref $round) (local.get $shape))
            (i32.add (i32.mul (i32.const 3) (ref.test (ref $square) (local.get $shape)))
              (i32.mul (i32.const 5) (ref.test (ref $circle) (local.get $shape))))))))
        (br_if $next (i32.lt_u
          (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1024))))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    (local.get $sum))
  (func (export "casts") (param $times i32) (result i64)
    (local $shapes (ref $shapes)) (local $i i32) (local $sum i64) (local $shape (ref null $shape))
    (local.set $shapes (call $shapes))
    (loop $again
      (local.set $i (i32.const 0))
      (loop $next
        (local.set $shape (array.get $shapes (local.get $shapes) (local.get $i)))
        (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u
          (block $done (result i32)
            (drop (block $square (result (ref null $shape))
              (br $done (struct.get $square $side
                (br_on_cast_fail $square (ref null $shape) (ref $square) (local.get $shape))))))
            (drop (block $round (result (ref null $shape))
              (br $done (struct.get $round $radius
                (br_on_cast_fail $round (ref null $shape) (ref $round) (local.get $shape))))))
            (struct.get $shape $size (local.get $shape))))))
        (br_if $next (i32.lt_u
          (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1024))))
      (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
    (local.get $sum)))
