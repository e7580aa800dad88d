;; A policy as Open Policy Agent's compiler makes them: ABI 1.2,
;; https://www.openpolicyagent.org/docs/wasm. What a value looks like is the module's own affair: a
;; host has addresses of values, made by `opa_json_parse` and read by `opa_json_dump`. Here a value
;; is its JSON text, its length before it.
;;
;; The rule `example/allow` is what the built-in `example.granted` of the host's says of input and
;; data; `example/input` is the input.
(module $policy
  (import "env" "memory" (memory 2))
  (import "env" "opa_abort" (func $opa_abort (param i32)))
  (import "env" "opa_println" (func $opa_println (param i32)))
  (import "env" "opa_builtin0" (func (param i32 i32) (result i32)))
  (import "env" "opa_builtin1" (func (param i32 i32 i32) (result i32)))
  (import "env" "opa_builtin2" (func $opa_builtin2 (param i32 i32 i32 i32) (result i32)))
  (import "env" "opa_builtin3" (func (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "opa_builtin4" (func (param i32 i32 i32 i32 i32 i32) (result i32)))
  (export "memory" (memory 0))
  (global (export "opa_wasm_abi_version") i32 (i32.const 1))
  (global (export "opa_wasm_abi_minor_version") i32 (i32.const 2))

  (data (i32.const 16) "\15\00\00\00{\"example.granted\":0}")
  (data (i32.const 48) "\25\00\00\00{\"example/allow\":0,\"example/input\":1}")
  (data (i32.const 96) "illegal entrypoint id\00")
  (data (i32.const 128) "[{\"result\":")
  (data (i32.const 144) "}]")
  (data (i32.const 160) "deciding\00")
  (data (i32.const 176) "\02\00\00\00{}")

  (global $heap (mut i32) (i32.const 1024))
  (func (export "opa_heap_ptr_get") (result i32) (global.get $heap))
  (func (export "opa_heap_ptr_set") (param $heap i32) (global.set $heap (local.get $heap)))

  (func $opa_malloc (export "opa_malloc") (param $size i32) (result i32)
    (local $block i32) (local $end i64)
    ;; Aligned to 8.
    (local.set $block
      (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
    (local.set $end
      (i64.add (i64.extend_i32_u (local.get $block)) (i64.extend_i32_u (local.get $size))))
    (if (i64.gt_u (local.get $end) (i64.const 0x1000_0000)) (then (unreachable)))
    (if (i64.gt_u (local.get $end) (i64.shl (i64.extend_i32_u (memory.size)) (i64.const 16)))
      (then
        (if
          (i32.eq
            (memory.grow
              (i32.add (i32.shr_u (local.get $size) (i32.const 16)) (i32.const 1)))
            (i32.const -1))
          (then (unreachable)))))
    (global.set $heap (i32.wrap_i64 (local.get $end)))
    (local.get $block))
  ;; Everything is freed at once, by setting the heap pointer.
  (func (export "opa_free") (param $block i32))

  ;; A value of its JSON, or 0 when it isn't any. (As far as its first character tells.)
  (func $opa_json_parse (export "opa_json_parse") (param $text i32) (param $length i32)
    (result i32)
    (local $value i32) (local $first i32)
    (if (i32.eqz (local.get $length)) (then (return (i32.const 0))))
    (local.set $first (i32.load8_u (local.get $text)))
    (if
      (i32.eqz
        (i32.or
          (i32.or
            (i32.eq (local.get $first) (i32.const 0x22)) ;; a string
            (i32.or
              (i32.eq (local.get $first) (i32.const 0x5B)) ;; an array
              (i32.eq (local.get $first) (i32.const 0x7B)))) ;; an object
          (i32.or
            (i32.lt_u (i32.sub (local.get $first) (i32.const 0x30)) (i32.const 10))
            (i32.or
              (i32.eq (local.get $first) (i32.const 0x2D)) ;; minus
              (i32.or
                (i32.eq (local.get $first) (i32.const 0x6E)) ;; null
                (i32.or
                  (i32.eq (local.get $first) (i32.const 0x74)) ;; true
                  (i32.eq (local.get $first) (i32.const 0x66)))))))) ;; false
      (then (return (i32.const 0))))
    (local.set $value (call $opa_malloc (i32.add (local.get $length) (i32.const 4))))
    (i32.store (local.get $value) (local.get $length))
    (memory.copy
      (i32.add (local.get $value) (i32.const 4))
      (local.get $text)
      (local.get $length))
    (local.get $value))

  ;; The JSON of a value, ended by a zero.
  (func $opa_json_dump (export "opa_json_dump") (param $value i32) (result i32)
    (local $text i32) (local $length i32)
    (local.set $length (i32.load (local.get $value)))
    (local.set $text (call $opa_malloc (i32.add (local.get $length) (i32.const 1))))
    (memory.copy
      (local.get $text)
      (i32.add (local.get $value) (i32.const 4))
      (local.get $length))
    (i32.store8 (i32.add (local.get $text) (local.get $length)) (i32.const 0))
    (local.get $text))

  ;; The host's functions that the policy uses, and the rules it has, with their numbers.
  (func (export "builtins") (result i32) (i32.const 16))
  (func (export "entrypoints") (result i32) (i32.const 48))

  ;; The value of `[{"result": ...}]` for a rule.
  (func $decide (param $entrypoint i32) (param $input i32) (param $data i32) (result i32)
    (local $result i32) (local $value i32) (local $length i32)
    (if (i32.eqz (local.get $entrypoint))
      (then
        (call $opa_println (i32.const 160))
        (local.set $result
          (call $opa_builtin2
            (i32.const 0) (i32.const 0) (local.get $input) (local.get $data))))
      (else
        (if (i32.ne (local.get $entrypoint) (i32.const 1))
          (then
            (call $opa_abort (i32.const 96))
            (unreachable)))
        (local.set $result (local.get $input))))
    ;; Undefined: no result.
    (if (i32.eqz (local.get $result))
      (then
        (local.set $value (call $opa_malloc (i32.const 6)))
        (i32.store (local.get $value) (i32.const 2))
        (i32.store16 offset=4 (local.get $value) (i32.const 0x5D5B))
        (return (local.get $value))))
    (local.set $length (i32.load (local.get $result)))
    (local.set $value (call $opa_malloc (i32.add (local.get $length) (i32.const 17))))
    (i32.store (local.get $value) (i32.add (local.get $length) (i32.const 13)))
    (memory.copy (i32.add (local.get $value) (i32.const 4)) (i32.const 128) (i32.const 11))
    (memory.copy
      (i32.add (local.get $value) (i32.const 15))
      (i32.add (local.get $result) (i32.const 4))
      (local.get $length))
    (memory.copy
      (i32.add (i32.add (local.get $value) (i32.const 15)) (local.get $length))
      (i32.const 144)
      (i32.const 2))
    (local.get $value))

  ;; All in one call: the JSON of the result for the JSON of an input.
  (func (export "opa_eval")
    (param $reserved i32) (param $entrypoint i32) (param $data i32)
    (param $input i32) (param $length i32) (param $heap i32) (param $format i32)
    (result i32)
    (global.set $heap (local.get $heap))
    (call $opa_json_dump
      (call $decide
        (local.get $entrypoint)
        (call $opa_json_parse (local.get $input) (local.get $length))
        (local.get $data))))

  ;; The same by steps. A context has the input, the data, the number of the rule and the result.
  (func (export "opa_eval_ctx_new") (result i32)
    (local $context i32)
    (local.set $context (call $opa_malloc (i32.const 16)))
    (memory.fill (local.get $context) (i32.const 0) (i32.const 16))
    (local.get $context))
  (func (export "opa_eval_ctx_set_input") (param $context i32) (param $value i32)
    (i32.store (local.get $context) (local.get $value)))
  (func (export "opa_eval_ctx_set_data") (param $context i32) (param $value i32)
    (i32.store offset=4 (local.get $context) (local.get $value)))
  (func (export "opa_eval_ctx_set_entrypoint") (param $context i32) (param $number i32)
    (i32.store offset=8 (local.get $context) (local.get $number)))
  (func (export "eval") (param $context i32) (result i32)
    (i32.store offset=12
      (local.get $context)
      (call $decide
        (i32.load offset=8 (local.get $context))
        (i32.load (local.get $context))
        (i32.load offset=4 (local.get $context))))
    (i32.const 0))
  (func (export "opa_eval_ctx_get_result") (param $context i32) (result i32)
    (i32.load offset=12 (local.get $context))))
