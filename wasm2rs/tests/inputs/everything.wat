;; A bit of each instruction and section, for damaging.
(module $everything
  (type $binary (func (param i32 i32) (result i32)))
  (import "host" "log" (func $log (param i64)))
  (import "host" "base" (global $base i32))
  (memory $memory (export "memory") 1 4)
  (table $functions (export "table") 8 16 funcref)
  (table $values 2 externref)
  (global $counter (mut i64) (i64.const -1))
  (global $pi (export "pi") f64 (f64.const 3.14159))
  (elem (table $functions) (i32.const 1) func $add $subtract $add)
  (elem $passive funcref (ref.func $pick) (ref.null func))
  (elem declare func $count)
  (data (i32.const 16) "hello\00\ff")
  (data $text "passive")
  (start $count)

  (func $add (type $binary) (i32.add (local.get 0) (local.get 1)))
  (func $subtract (type $binary) (i32.sub (local.get 0) (local.get 1)))

  (func $pick (export "pick") (param $which i32) (result i32)
    (block $third
      (block $second
        (block $first
          (br_table $first $second $third $first (local.get $which)))
        (return (i32.const 10)))
      (return (i32.const 20)))
    (if (result i32) (i32.gt_u (local.get $which) (i32.const 5))
      (then (call_indirect (type $binary) (i32.const 7) (local.get $which) (i32.const 2)))
      (else (i32.clz (local.get $which)))))

  (func $count
    (global.set $counter (i64.add (global.get $counter) (i64.const 1)))
    (call $log (global.get $counter)))

  (func $loop (export "loop") (param $n i32) (result i64 i32)
    (local $sum i64) (local $float f32) (local $double f64)
    (loop $again
      (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (local.get $n))))
      (local.set $float (f32.sqrt (f32.convert_i32_s (local.get $n))))
      (local.set $double (f64.promote_f32 (f32.copysign (local.get $float) (f32.const -0.0))))
      (i64.store offset=8 align=4 (local.get $n) (i64.rotl (local.get $sum) (i64.const 3)))
      (i32.store8 (local.get $n) (i32.load16_s offset=2 (local.get $n)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i64.add (local.get $sum) (i64.trunc_sat_f64_u (local.get $double)))
    (select (i32.extend8_s (local.get $n)) (i32.const 5) (f32.lt (local.get $float) (f32.const nan)))
    (i64.div_u (i64.const 7) (i64.extend_i32_s (local.get $n)))
    drop)

  (func $bulk (export "bulk") (param $at i32)
    (memory.init $text (local.get $at) (i32.const 0) (i32.const 7))
    (data.drop $text)
    (memory.copy (i32.const 0) (local.get $at) (i32.const 7))
    (memory.fill (local.get $at) (i32.const 0xaa) (memory.size))
    (table.init $functions $passive (i32.const 5) (i32.const 0) (i32.const 2))
    (elem.drop $passive)
    (table.set $values (i32.const 0) (ref.null extern))
    (table.copy $functions $functions (i32.const 0) (i32.const 1) (i32.const 2))
    (drop (table.grow $functions (ref.func $count) (table.size $values)))
    (drop (memory.grow (i32.const 1)))
    (if (ref.is_null (table.get $values (i32.const 1))) (then (unreachable))))

  (func $blocks (export "blocks") (param i32 i32) (result i32)
    (block (param) (result i32 i32)
      (local.get 0) (local.get 1)
      (loop (param i32 i32) (result i32 i32)
        (br_if 1 (local.tee 0 (i32.eqz (local.get 0))))))
    (i32.xor)))
