;; An Extism plugin that does what it should not. It is loaded at run time only, in the place of
;; `extism.wat`, so it has to export what that does; it imports less.
(module $mischief
  (import "extism:host/env" "input_offset" (func $input_offset (result i64)))
  (import "extism:host/env" "input_length" (func $input_length (result i64)))
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "error_set" (func $error_set (param i64)))
  (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
  (import "extism:host/env" "load_u8" (func $load_u8 (param i64) (result i32)))
  (import "extism:host/env" "store_u64" (func $store_u64 (param i64 i64)))
  (import "extism:host/env" "var_set" (func $var_set (param i64 i64)))
  (import "extism:host/env" "http_request" (func $http_request (param i64 i64) (result i64)))
  (memory (export "memory") 1)

  ;; Says what it was given is wrong, and fails with code 3.
  (func (export "count_vowels") (result i32)
    (call $error_set (call $input_offset))
    (i32.const 3))
  ;; Fails without a word.
  (func (export "fail") (result i32) (i32.const 4))
  ;; Looks behind the input.
  (func (export "stray") (result i32)
    (call $load_u8 (i64.add (call $input_offset) (call $input_length))))
  ;; Gives more than it has.
  (func (export "exaggerate") (result i32)
    (call $output_set (call $input_offset) (i64.const 1000))
    (i32.const 0))
  ;; Takes block after block.
  (func (export "hoard") (result i32)
    (loop $again
      (drop (call $alloc (i64.const 1_000_000)))
      (br $again))
    (unreachable))
  ;; Sets variable after variable.
  (func (export "remember") (result i32)
    (local $name i64)
    (local.set $name (call $alloc (i64.const 8)))
    (loop $again
      (call $var_set (local.get $name) (call $input_offset))
      (call $store_u64 (local.get $name) (global.get $count))
      (global.set $count (i64.add (global.get $count) (i64.const 1)))
      (br $again))
    (unreachable))
  (global $count (mut i64) (i64.const 1))
  ;; Asks the network.
  (func (export "call_home") (result i32)
    (drop (call $http_request (call $input_offset) (i64.const 0)))
    (i32.const 0)))
