;; Strings passed through `malloc` and `free`, as TinyGo, Zig and C programs do it: who takes a
;; string is told where it is and how long; who gives one packs both into 64 bits.
(module $greeter
  (import "env" "log" (func $log (param $text i32) (param $length i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "wasm >> Hello, ")

  ;; Blocks lie one after another from here on.
  (global $top (mut i32) (i32.const 1024))
  ;; How many are in use; when none is, all of the memory is free again.
  (global $live (export "live") (mut i32) (i32.const 0))

  ;; A block of `size` bytes, or 0 when there is no room.
  (func $malloc (export "malloc") (param $size i32) (result i32)
    (local $block i32) (local $end i64)
    (local.set $block (global.get $top))
    (local.set $end
      (i64.add (i64.extend_i32_u (local.get $block)) (i64.extend_i32_u (local.get $size))))
    (if (i64.gt_u (local.get $end) (i64.const 0x1000_0000)) (then (return (i32.const 0))))
    (if (i64.gt_u (local.get $end) (i64.shl (i64.extend_i32_u (memory.size)) (i64.const 16)))
      (then
        (if
          (i32.eq
            (memory.grow
              (i32.add (i32.shr_u (local.get $size) (i32.const 16)) (i32.const 1)))
            (i32.const -1))
          (then (return (i32.const 0))))))
    (global.set $live (i32.add (global.get $live) (i32.const 1)))
    ;; Aligned to 8, and no two blocks at one place.
    (global.set $top
      (i32.and (i32.add (i32.wrap_i64 (local.get $end)) (i32.const 8)) (i32.const -8)))
    (local.get $block))

  (func $free (export "free") (param $block i32)
    (if (i32.eqz (local.get $block)) (then (return)))
    (global.set $live (i32.sub (global.get $live) (i32.const 1)))
    (if (i32.eqz (global.get $live)) (then (global.set $top (i32.const 1024)))))

  ;; Logs a greeting of the name.
  (func (export "greet") (param $name i32) (param $length i32)
    (local $text i32) (local $size i32)
    (local.set $size (i32.add (local.get $length) (i32.const 16)))
    (local.set $text (call $say (i32.const 16) (i32.const 15) (local.get $name) (local.get $length)))
    (call $log (local.get $text) (local.get $size))
    (call $free (local.get $text)))

  ;; A greeting of the name: the address in the upper 32 bits, the length in the lower. Whoever
  ;; called frees it.
  (func (export "greeting") (param $name i32) (param $length i32) (result i64)
    (i64.or
      (i64.shl
        (i64.extend_i32_u
          (call $say (i32.const 24) (i32.const 7) (local.get $name) (local.get $length)))
        (i64.const 32))
      (i64.extend_i32_u (i32.add (local.get $length) (i32.const 8)))))

  ;; A new block with the beginning, the name, and an exclamation mark.
  (func $say (param $begin i32) (param $size i32) (param $name i32) (param $length i32) (result i32)
    (local $text i32) (local $end i32)
    (local.set $text
      (call $malloc (i32.add (i32.add (local.get $size) (local.get $length)) (i32.const 1))))
    (if (i32.eqz (local.get $text)) (then (unreachable)))
    (memory.copy (local.get $text) (local.get $begin) (local.get $size))
    (local.set $end (i32.add (local.get $text) (local.get $size)))
    (memory.copy (local.get $end) (local.get $name) (local.get $length))
    (i32.store8 (i32.add (local.get $end) (local.get $length)) (i32.const 33)) ;; !
    (local.get $text)))
