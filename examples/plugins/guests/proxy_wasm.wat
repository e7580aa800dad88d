;; A filter for a proxy: https://github.com/proxy-wasm/spec, version 0.2.1. It marks requests,
;; refuses some, and changes answers. It imports all that the specification's version has for HTTP.
(module $filter
  (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
  (import "env" "proxy_get_log_level" (func (param i32) (result i32)))
  (import "env" "proxy_get_current_time_nanoseconds" (func (param i32) (result i32)))
  (import "env" "proxy_set_tick_period_milliseconds" (func (param i32) (result i32)))
  (import "env" "proxy_get_buffer_bytes"
    (func $get_buffer_bytes (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_set_buffer_bytes"
    (func $set_buffer_bytes (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_get_header_map_pairs"
    (func $get_header_map_pairs (param i32 i32 i32) (result i32)))
  (import "env" "proxy_set_header_map_pairs" (func (param i32 i32 i32) (result i32)))
  (import "env" "proxy_get_header_map_value"
    (func $get_header_map_value (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_add_header_map_value"
    (func $add_header_map_value (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_replace_header_map_value"
    (func $replace_header_map_value (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_remove_header_map_value"
    (func $remove_header_map_value (param i32 i32 i32) (result i32)))
  (import "env" "proxy_get_property" (func (param i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_set_property" (func (param i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_send_local_response"
    (func $send_local_response (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_continue_stream" (func (param i32) (result i32)))
  (import "env" "proxy_close_stream" (func (param i32) (result i32)))
  (import "env" "proxy_get_status" (func (param i32 i32 i32) (result i32)))
  (import "env" "proxy_set_effective_context" (func (param i32) (result i32)))
  (import "env" "proxy_done" (func (result i32)))
  (import "env" "proxy_get_shared_data" (func (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_set_shared_data" (func (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_register_shared_queue" (func (param i32 i32 i32) (result i32)))
  (import "env" "proxy_resolve_shared_queue" (func (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_enqueue_shared_queue" (func (param i32 i32 i32) (result i32)))
  (import "env" "proxy_dequeue_shared_queue" (func (param i32 i32 i32) (result i32)))
  (import "env" "proxy_define_metric" (func (param i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_get_metric" (func (param i32 i32) (result i32)))
  (import "env" "proxy_record_metric" (func (param i32 i64) (result i32)))
  (import "env" "proxy_increment_metric" (func (param i32 i64) (result i32)))
  (import "env" "proxy_http_call"
    (func (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_grpc_call"
    (func (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_grpc_stream"
    (func (param i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_grpc_send" (func (param i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_grpc_cancel" (func (param i32) (result i32)))
  (import "env" "proxy_grpc_close" (func (param i32) (result i32)))
  (import "env" "proxy_call_foreign_function"
    (func (param i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)

  ;; At 8 and 12 the host leaves the address and the size of what it gives.
  (data (i32.const 16) "x-forbidden")
  (data (i32.const 32) "forbidden")
  (data (i32.const 48) "x-filtered-by")
  (data (i32.const 64) ":path")
  (data (i32.const 80) "server")
  (data (i32.const 96) "x-headers")
  ;; One header: "content-type: text/plain"
  (data (i32.const 112)
    "\01\00\00\00\0c\00\00\00\0a\00\00\00content-type\00text/plain\00")

  ;; The configuration is kept at 256; blocks lie behind it, and live until the next event.
  (global $mark (mut i32) (i32.const 0))
  (global $top (mut i32) (i32.const 2048))
  (func $reset (global.set $top (i32.const 2048)))

  ;; The host puts here what it gives.
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
    (global.set $top (i32.wrap_i64 (local.get $end)))
    (local.get $block))

  ;; Writes a number in decimal digits at the end of the block that was made last.
  (func $append_number (param $number i32)
    (if (i32.ge_u (local.get $number) (i32.const 10))
      (then (call $append_number (i32.div_u (local.get $number) (i32.const 10)))))
    (i32.store8
      (call $malloc (i32.const 1))
      (i32.add (i32.rem_u (local.get $number) (i32.const 10)) (i32.const 48))))

  (func (export "proxy_abi_version_0_2_1"))
  (func (export "proxy_on_vm_start") (param $context i32) (param $size i32) (result i32)
    (i32.const 1))

  ;; The configuration is the mark; there must be one.
  (func (export "proxy_on_configure") (param $context i32) (param $size i32) (result i32)
    (call $reset)
    (if (i32.or (i32.eqz (local.get $size)) (i32.gt_u (local.get $size) (i32.const 1024)))
      (then (return (i32.const 0))))
    (if
      (call $get_buffer_bytes
        (i32.const 7) (i32.const 0) (local.get $size) (i32.const 8) (i32.const 12))
      (then (return (i32.const 0))))
    (global.set $mark (i32.load (i32.const 12)))
    (memory.copy (i32.const 256) (i32.load (i32.const 8)) (global.get $mark))
    (i32.const 1))

  (func (export "proxy_on_context_create") (param $context i32) (param $parent i32))
  (func (export "proxy_on_done") (param $context i32) (result i32) (i32.const 1))
  (func (export "proxy_on_log") (param $context i32))
  (func (export "proxy_on_delete") (param $context i32))

  ;; 0 to go on, 1 to pause.
  (func (export "proxy_on_request_headers")
    (param $context i32) (param $count i32) (param $end i32) (result i32)
    (local $line i32)
    (call $reset)
    (if
      (i32.eqz
        (call $get_header_map_value
          (i32.const 0) (i32.const 16) (i32.const 11) (i32.const 8) (i32.const 12)))
      (then
        (drop
          (call $send_local_response
            (i32.const 403)
            (i32.const 0) (i32.const 0)
            (i32.const 32) (i32.const 9)
            (i32.const 112) (i32.const 36)
            (i32.const -1)))
        (return (i32.const 1))))
    ;; "#2 /path": what the host allocates for the path comes right behind the rest.
    (local.set $line (call $malloc (i32.const 1)))
    (i32.store8 (local.get $line) (i32.const 35))
    (call $append_number (local.get $context))
    (i32.store8 (call $malloc (i32.const 1)) (i32.const 32))
    (if
      (i32.eqz
        (call $get_header_map_value
          (i32.const 0) (i32.const 64) (i32.const 5) (i32.const 8) (i32.const 12)))
      (then
        (drop
          (call $log
            (i32.const 2)
            (local.get $line)
            (i32.sub (global.get $top) (local.get $line))))))
    (drop
      (call $add_header_map_value
        (i32.const 0) (i32.const 48) (i32.const 13) (i32.const 256) (global.get $mark)))
    (i32.const 0))
  (func (export "proxy_on_request_body")
    (param $context i32) (param $size i32) (param $end i32) (result i32)
    (i32.const 0))

  ;; Tells how many headers there were, and does not tell what server it is.
  (func (export "proxy_on_response_headers")
    (param $context i32) (param $count i32) (param $end i32) (result i32)
    (local $number i32)
    (call $reset)
    (if (call $get_header_map_pairs (i32.const 2) (i32.const 8) (i32.const 12))
      (then (unreachable)))
    (local.set $number (global.get $top))
    (call $append_number (i32.load (i32.load (i32.const 8))))
    (drop (call $remove_header_map_value (i32.const 2) (i32.const 80) (i32.const 6)))
    (drop
      (call $replace_header_map_value
        (i32.const 2)
        (i32.const 96) (i32.const 9)
        (local.get $number) (i32.sub (global.get $top) (local.get $number))))
    (i32.const 0))

  ;; The body in capitals.
  (func (export "proxy_on_response_body")
    (param $context i32) (param $size i32) (param $end i32) (result i32)
    (local $at i32) (local $left i32)
    (call $reset)
    (if
      (call $get_buffer_bytes
        (i32.const 1) (i32.const 0) (local.get $size) (i32.const 8) (i32.const 12))
      (then (return (i32.const 0))))
    (local.set $at (i32.load (i32.const 8)))
    (local.set $left (i32.load (i32.const 12)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $left)))
        (if
          (i32.lt_u
            (i32.sub (i32.load8_u (local.get $at)) (i32.const 97))
            (i32.const 26))
          (then
            (i32.store8
              (local.get $at)
              (i32.sub (i32.load8_u (local.get $at)) (i32.const 32)))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $next)))
    (drop
      (call $set_buffer_bytes
        (i32.const 1) (i32.const 0) (local.get $size)
        (i32.load (i32.const 8)) (i32.load (i32.const 12))))
    (i32.const 0)))
