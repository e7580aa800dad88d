;; An Extism plugin: https://extism.org. What it is given and gives lies in blocks that the host
;; keeps; it has their numbers, and gets at the bytes by calling. It imports all that there is.
(module $count_vowels
  (import "extism:host/env" "input_offset" (func $input_offset (result i64)))
  (import "extism:host/env" "input_length" (func $input_length (result i64)))
  (import "extism:host/env" "input_load_u8" (func $input_load_u8 (param i64) (result i32)))
  (import "extism:host/env" "input_load_u64" (func $input_load_u64 (param i64) (result i64)))
  (import "extism:host/env" "length" (func $length (param i64) (result i64)))
  (import "extism:host/env" "length_unsafe" (func $length_unsafe (param i64) (result i64)))
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "free" (func $free (param i64)))
  (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
  (import "extism:host/env" "error_set" (func $error_set (param i64)))
  (import "extism:host/env" "store_u8" (func $store_u8 (param i64 i32)))
  (import "extism:host/env" "load_u8" (func $load_u8 (param i64) (result i32)))
  (import "extism:host/env" "store_u64" (func $store_u64 (param i64 i64)))
  (import "extism:host/env" "load_u64" (func $load_u64 (param i64) (result i64)))
  (import "extism:host/env" "config_get" (func $config_get (param i64) (result i64)))
  (import "extism:host/env" "var_get" (func $var_get (param i64) (result i64)))
  (import "extism:host/env" "var_set" (func $var_set (param i64 i64)))
  (import "extism:host/env" "http_request" (func $http_request (param i64 i64) (result i64)))
  (import "extism:host/env" "http_status_code" (func $http_status_code (result i32)))
  (import "extism:host/env" "http_headers" (func $http_headers (result i64)))
  (import "extism:host/env" "log_trace" (func $log_trace (param i64)))
  (import "extism:host/env" "log_debug" (func $log_debug (param i64)))
  (import "extism:host/env" "log_info" (func $log_info (param i64)))
  (import "extism:host/env" "log_warn" (func $log_warn (param i64)))
  (import "extism:host/env" "log_error" (func $log_error (param i64)))
  (import "extism:host/env" "get_log_level" (func $get_log_level (result i32)))
  (memory (export "memory") 1)

  (data (i32.const 16) "vowels")
  (data (i32.const 32) "total")
  (data (i32.const 48) "aeiouAEIOU")
  (data (i32.const 64) "{\"count\":")
  (data (i32.const 80) ",\"total\":")
  (data (i32.const 96) ",\"vowels\":\"")
  (data (i32.const 112) "\"}")
  (data (i32.const 128) " vowels")
  (data (i32.const 144) "no ")
  (data (i32.const 160) " today")

  ;; Text is put together here.
  (global $end (mut i32) (i32.const 1024))
  (func $append (param $from i32) (param $length i32)
    (memory.copy (global.get $end) (local.get $from) (local.get $length))
    (global.set $end (i32.add (global.get $end) (local.get $length))))
  ;; A number in decimal digits.
  (func $append_number (param $number i64)
    (if (i64.ge_u (local.get $number) (i64.const 10))
      (then (call $append_number (i64.div_u (local.get $number) (i64.const 10)))))
    (i32.store8
      (global.get $end)
      (i32.add
        (i32.wrap_i64 (i64.rem_u (local.get $number) (i64.const 10)))
        (i32.const 48)))
    (global.set $end (i32.add (global.get $end) (i32.const 1))))
  ;; A block of the host's.
  (func $append_block (param $block i64) (param $length i64)
    (local $at i64)
    (block $done
      (loop $next
        (br_if $done (i64.ge_u (local.get $at) (local.get $length)))
        (i32.store8
          (global.get $end)
          (call $load_u8 (i64.add (local.get $block) (local.get $at))))
        (global.set $end (i32.add (global.get $end) (i32.const 1)))
        (local.set $at (i64.add (local.get $at) (i64.const 1)))
        (br $next))))

  ;; A block with these bytes: eight at a time, then one at a time.
  (func $block (param $from i32) (param $length i32) (result i64)
    (local $block i64) (local $to i64)
    (local.set $block (call $alloc (i64.extend_i32_u (local.get $length))))
    (local.set $to (local.get $block))
    (block $done
      (loop $next
        (br_if $done (i32.lt_u (local.get $length) (i32.const 8)))
        (call $store_u64 (local.get $to) (i64.load (local.get $from)))
        (local.set $to (i64.add (local.get $to) (i64.const 8)))
        (local.set $from (i32.add (local.get $from) (i32.const 8)))
        (local.set $length (i32.sub (local.get $length) (i32.const 8)))
        (br $next)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $length)))
        (call $store_u8 (local.get $to) (i32.load8_u (local.get $from)))
        (local.set $to (i64.add (local.get $to) (i64.const 1)))
        (local.set $from (i32.add (local.get $from) (i32.const 1)))
        (local.set $length (i32.sub (local.get $length) (i32.const 1)))
        (br $next)))
    (local.get $block))
  (func $text (result i64)
    (local $length i32)
    (local.set $length (i32.sub (global.get $end) (i32.const 1024)))
    (global.set $end (i32.const 1024))
    (call $block (i32.const 1024) (local.get $length)))

  ;; Whether the letter is among the vowels, which lie at 512.
  (func $is_vowel (param $letter i32) (param $vowels i32) (result i32)
    (loop $next
      (if (i32.eqz (local.get $vowels)) (then (return (i32.const 0))))
      (local.set $vowels (i32.sub (local.get $vowels) (i32.const 1)))
      (br_if $next
        (i32.ne
          (i32.load8_u (i32.add (i32.const 512) (local.get $vowels)))
          (local.get $letter))))
    (i32.const 1))

  ;; Counts the vowels of the input, and of all inputs so far.
  (func (export "count_vowels") (result i32)
    (local $block i64) (local $vowels i64) (local $at i64) (local $count i64) (local $total i64)

    ;; The vowels may be configured.
    (local.set $block (call $config_get (call $block (i32.const 16) (i32.const 6))))
    (if (i64.eqz (local.get $block))
      (then (local.set $block (call $block (i32.const 48) (i32.const 10)))))
    (local.set $vowels (call $length (local.get $block)))
    (if (i64.gt_u (local.get $vowels) (i64.const 100)) (then (return (i32.const 1))))
    (global.set $end (i32.const 512))
    (call $append_block (local.get $block) (local.get $vowels))
    (global.set $end (i32.const 1024))

    (block $done
      (loop $next
        (br_if $done (i64.ge_u (local.get $at) (call $input_length)))
        (if
          (call $is_vowel
            (call $input_load_u8 (local.get $at))
            (i32.wrap_i64 (local.get $vowels)))
          (then (local.set $count (i64.add (local.get $count) (i64.const 1)))))
        (local.set $at (i64.add (local.get $at) (i64.const 1)))
        (br $next)))

    ;; The total is a variable, which the host keeps from call to call.
    (local.set $total (local.get $count))
    (local.set $block (call $var_get (call $block (i32.const 32) (i32.const 5))))
    (if (i64.ne (local.get $block) (i64.const 0))
      (then
        (local.set $total (i64.add (local.get $total) (call $load_u64 (local.get $block))))))
    (local.set $block (call $alloc (i64.const 8)))
    (call $store_u64 (local.get $block) (local.get $total))
    (call $var_set (call $block (i32.const 32) (i32.const 5)) (local.get $block))
    (call $free (local.get $block))

    (if (i32.le_s (call $get_log_level) (i32.const 2))
      (then
        (call $append_number (local.get $count))
        (call $append (i32.const 128) (i32.const 7))
        (call $log_info (call $text))))

    (call $append (i32.const 64) (i32.const 9))
    (call $append_number (local.get $count))
    (call $append (i32.const 80) (i32.const 9))
    (call $append_number (local.get $total))
    (call $append (i32.const 96) (i32.const 11))
    (call $append (i32.const 512) (i32.wrap_i64 (local.get $vowels)))
    (call $append (i32.const 112) (i32.const 2))
    (local.set $block (call $text))
    (call $output_set (local.get $block) (call $length (local.get $block)))
    (i32.const 0))

  ;; Fails with code 3.
  (func (export "fail") (result i32)
    (call $append (i32.const 144) (i32.const 3))
    (call $append_block (call $input_offset) (call $input_length))
    (call $append (i32.const 160) (i32.const 6))
    (call $error_set (call $text))
    (i32.const 3))

  ;; Looks where it may not.
  (func (export "stray") (result i32)
    (i32.add
      (call $load_u8 (i64.add (call $input_offset) (call $input_length)))
      (i32.wrap_i64 (call $http_request (i64.const 0) (i64.const 0))))))
