;; A waPC guest: https://wapc.io/docs/spec. It imports all that the protocol has.
(module $hello
  (import "wapc" "__console_log" (func $console_log (param i32 i32)))
  (import "wapc" "__host_call"
    (func $host_call (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wapc" "__host_response" (func $host_response (param i32)))
  (import "wapc" "__host_response_len" (func $host_response_len (result i32)))
  (import "wapc" "__host_error_len" (func $host_error_len (result i32)))
  (import "wapc" "__host_error" (func $host_error (param i32)))
  (import "wapc" "__guest_response" (func $guest_response (param i32 i32)))
  (import "wapc" "__guest_error" (func $guest_error (param i32 i32)))
  (import "wapc" "__guest_request" (func $guest_request (param i32 i32)))
  (memory (export "memory") 1)

  (data (i32.const 16) "hello")
  (data (i32.const 32) "ask")
  (data (i32.const 48) "fail")
  (data (i32.const 64) "greeting ")
  (data (i32.const 80) "Hello, ")
  (data (i32.const 96) "!")
  (data (i32.const 112) "binding")
  (data (i32.const 128) "sample")
  (data (i32.const 144) "the host says: ")
  (data (i32.const 160) "Host error: ")
  (data (i32.const 176) "on purpose")
  (data (i32.const 192) "No handler registered for function ")

  ;; Guests that register their operations do it when this is called; others needn't have it.
  (global $ready (mut i32) (i32.const 0))
  (func (export "wapc_init") (global.set $ready (i32.const 1)))

  ;; The text that is being put together.
  (global $text (mut i32) (i32.const 0))
  (global $end (mut i32) (i32.const 0))

  ;; Makes room for `length` bytes at the end of the text.
  (func $reserve (param $length i32)
    (local $end i64)
    (local.set $end
      (i64.add (i64.extend_i32_u (global.get $end)) (i64.extend_i32_u (local.get $length))))
    (if (i64.gt_u (local.get $end) (i64.const 0x1000_0000)) (then (unreachable)))
    (if (i64.gt_u (local.get $end) (i64.shl (i64.extend_i32_u (memory.size)) (i64.const 16)))
      (then
        (if
          (i32.eq
            (memory.grow
              (i32.add (i32.shr_u (local.get $length) (i32.const 16)) (i32.const 1)))
            (i32.const -1))
          (then (unreachable))))))

  (func $begin (global.set $text (global.get $end)))
  (func $append (param $from i32) (param $length i32)
    (call $reserve (local.get $length))
    (memory.copy (global.get $end) (local.get $from) (local.get $length))
    (global.set $end (i32.add (global.get $end) (local.get $length))))
  (func $length (result i32) (i32.sub (global.get $end) (global.get $text)))

  ;; Whether the operation has this name.
  (func $is (param $operation i32) (param $length i32) (param $name i32) (param $size i32)
    (result i32)
    (if (i32.ne (local.get $length) (local.get $size)) (then (return (i32.const 0))))
    (loop $next
      (if (i32.eqz (local.get $size)) (then (return (i32.const 1))))
      (local.set $size (i32.sub (local.get $size) (i32.const 1)))
      (br_if $next
        (i32.eq
          (i32.load8_u (i32.add (local.get $operation) (local.get $size)))
          (i32.load8_u (i32.add (local.get $name) (local.get $size))))))
    (i32.const 0))

  ;; 1 when the operation succeeded.
  (func (export "__guest_call") (param $operation_length i32) (param $length i32) (result i32)
    (local $operation i32) (local $payload i32)
    (if (i32.eqz (global.get $ready)) (then (unreachable)))
    (local.set $operation (i32.const 1024))
    (global.set $end (local.get $operation))
    (call $reserve (local.get $operation_length))
    (local.set $payload (i32.add (local.get $operation) (local.get $operation_length)))
    (global.set $end (local.get $payload))
    (call $reserve (local.get $length))
    (global.set $end (i32.add (local.get $payload) (local.get $length)))
    (call $guest_request (local.get $operation) (local.get $payload))
    (call $begin)

    (if (call $is (local.get $operation) (local.get $operation_length) (i32.const 16) (i32.const 5))
      (then ;; hello
        (call $append (i32.const 64) (i32.const 9))
        (call $append (local.get $payload) (local.get $length))
        (call $console_log (global.get $text) (call $length))
        (call $begin)
        (call $append (i32.const 80) (i32.const 7))
        (call $append (local.get $payload) (local.get $length))
        (call $append (i32.const 96) (i32.const 1))
        (call $guest_response (global.get $text) (call $length))
        (return (i32.const 1))))

    (if (call $is (local.get $operation) (local.get $operation_length) (i32.const 32) (i32.const 3))
      (then ;; ask
        (if
          (i32.eq
            (call $host_call
              (i32.const 112) (i32.const 7)
              (i32.const 128) (i32.const 6)
              (i32.const 32) (i32.const 3)
              (local.get $payload) (local.get $length))
            (i32.const 1))
          (then
            (call $append (i32.const 144) (i32.const 15))
            (call $reserve (call $host_response_len))
            (call $host_response (global.get $end))
            (call $guest_response
              (global.get $text)
              (i32.add (call $length) (call $host_response_len)))
            (return (i32.const 1))))
        (call $append (i32.const 160) (i32.const 12))
        (call $reserve (call $host_error_len))
        (call $host_error (global.get $end))
        (call $guest_error (global.get $text) (i32.add (call $length) (call $host_error_len)))
        (return (i32.const 0))))

    (if (call $is (local.get $operation) (local.get $operation_length) (i32.const 48) (i32.const 4))
      (then
        (call $guest_error (i32.const 176) (i32.const 10))
        (return (i32.const 0))))

    (call $append (i32.const 192) (i32.const 35))
    (call $append (local.get $operation) (local.get $operation_length))
    (call $guest_error (global.get $text) (call $length))
    (i32.const 0)))
