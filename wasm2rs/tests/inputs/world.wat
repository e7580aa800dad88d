;; A WASI program that prints what it is given: its arguments, its environment, and the file
;; `in.txt` of the first directory it is granted. Its exit status is the number of arguments.
(module $world
  (import "wasi_snapshot_preview1" "args_sizes_get"
    (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get"
    (func $environ_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 2)
  (data (i32.const 0) "arg env file in.txt\n")

  ;; Writes bytes to a stream.
  (func $write (param $fd i32) (param $address i32) (param $length i32)
    (i32.store (i32.const 64) (local.get $address))
    (i32.store (i32.const 68) (local.get $length))
    (drop (call $fd_write (local.get $fd) (i32.const 64) (i32.const 1) (i32.const 72))))

  ;; Writes a word, strings that end in a zero byte, each with a line of its own.
  (func $list (param $word i32) (param $pointers i32) (param $count i32)
    (local $string i32) (local $end i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $count)))
        (call $write (i32.const 1) (local.get $word) (i32.const 4))
        (local.set $string (i32.load (local.get $pointers)))
        (local.set $end (local.get $string))
        (block $ended
          (loop $more
            (br_if $ended (i32.eqz (i32.load8_u (local.get $end))))
            (local.set $end (i32.add (local.get $end) (i32.const 1)))
            (br $more)))
        (call $write (i32.const 1) (local.get $string)
          (i32.sub (local.get $end) (local.get $string)))
        (call $write (i32.const 1) (i32.const 19) (i32.const 1))
        (local.set $pointers (i32.add (local.get $pointers) (i32.const 4)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next))))

  (func $file
    (br_if 0 (call $path_open (i32.const 3) (i32.const 0) (i32.const 13) (i32.const 6)
      (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 80)))
    (i32.store (i32.const 64) (i32.const 4096))
    (i32.store (i32.const 68) (i32.const 4096))
    (br_if 0 (call $fd_read (i32.load (i32.const 80)) (i32.const 64) (i32.const 1)
      (i32.const 84)))
    (call $write (i32.const 2) (i32.const 8) (i32.const 5))
    (call $write (i32.const 2) (i32.const 4096) (i32.load (i32.const 84))))

  (func (export "_start")
    (local $arguments i32)
    (drop (call $args_sizes_get (i32.const 100) (i32.const 104)))
    (local.set $arguments (i32.load (i32.const 100)))
    (drop (call $args_get (i32.const 8192) (i32.const 16384)))
    (call $list (i32.const 0) (i32.const 8192) (local.get $arguments))
    (drop (call $environ_sizes_get (i32.const 100) (i32.const 104)))
    (drop (call $environ_get (i32.const 32768) (i32.const 65536)))
    (call $list (i32.const 4) (i32.const 32768) (i32.load (i32.const 100)))
    (call $file)
    (call $proc_exit (local.get $arguments))))
