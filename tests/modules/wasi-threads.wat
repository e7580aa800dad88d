;; Threads that the guest starts itself, and waits for.
(module
  (import "env" "memory" (memory 1 4 shared))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (data (i32.const 64) "thread\n")
  ;; 0: how many are done. 16: what they counted. 1024: a line for each.
  (func (export "wasi_thread_start") (param $number i32) (param $argument i32)
    (local $i i32) (local $line i32)
    local.get $argument i32.const -1 i32.eq
    if unreachable end
    local.get $argument i32.const -2 i32.eq
    if i32.const 7 call $exit end
    loop $more
      i32.const 16 i32.const 1 i32.atomic.rmw.add drop
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      local.get $i local.get $argument i32.lt_u
      br_if $more
    end
    ;; A buffer of its own: address and length, the result, and random bytes.
    (local.set $line (i32.add (i32.const 1024) (i32.mul (local.get $number) (i32.const 32))))
    (i32.store (local.get $line) (i32.const 64))
    (i32.store offset=4 (local.get $line) (i32.const 7))
    (drop (call $write (i32.const 1) (local.get $line) (i32.const 1)
      (i32.add (local.get $line) (i32.const 8))))
    (drop (call $random (i32.add (local.get $line) (i32.const 16)) (i32.const 8)))
    i32.const 0 i32.const 1 i32.atomic.rmw.add drop
    i32.const 0 i32.const -1 memory.atomic.notify drop)
  (func (export "spawn") (param i32) (result i32) local.get 0 call $spawn)
  ;; Waits until so many are done.
  (func (export "wait") (param $count i32) (result i32)
    (local $done i32)
    block $enough
      loop $again
        (local.tee $done (i32.atomic.load (i32.const 0)))
        local.get $count i32.ge_u
        br_if $enough
        (drop (memory.atomic.wait32 (i32.const 0) (local.get $done) (i64.const -1)))
        br $again
      end
    end
    i32.const 16 i32.atomic.load))
