;; What emscripten makes of `setjmp`, `longjmp` and memory that grows, by hand.
(module
  (type $ii (func (param i32) (result i32)))
  (import "env" "invoke_ii" (func $invoke_ii (param i32 i32) (result i32)))
  (import "env" "invoke_vid" (func $invoke_vid (param i32 i32 f64)))
  ;; Of another type than its name says: for the host.
  (import "env" "invoke_i" (func $invoke_i (param i32) (result i64)))
  (import "env" "_emscripten_throw_longjmp" (func $longjmp))
  (import "env" "emscripten_notify_memory_growth" (func $grown (param i32)))
  (import "env" "emscripten_resize_heap" (func $resize (param i32) (result i32)))
  (import "env" "cxa_throw" (func $throw))
  (memory (export "memory") 1 100)
  (table (export "__indirect_function_table") 8 funcref)
  (elem (i32.const 1) $double $jump $trap $nested $store $throws $deep)
  (global $stack (mut i32) (i32.const 65536))
  (global $threw (mut i32) (i32.const 0))
  (global $stored (mut f64) (f64.const 0))
  (func (export "stackSave") (result i32) global.get $stack)
  (func (export "stackRestore") (param i32) local.get 0 global.set $stack)
  (func (export "setThrew") (param i32 i32)
    global.get $threw
    if return end
    local.get 0 global.set $threw)
  (func (export "threw") (result i32)
    global.get $threw
    i32.const 0 global.set $threw)
  (func (export "stored") (result f64) global.get $stored)
  (func $double (type $ii) local.get 0 i32.const 2 i32.mul)
  ;; Takes stack, and is left without giving it back.
  (func $jump (type $ii)
    global.get $stack i32.const 16 i32.sub global.set $stack
    call $longjmp
    unreachable)
  (func $trap (type $ii) unreachable)
  (func $nested (type $ii)
    i32.const 2 local.get 0 call $invoke_ii
    drop
    global.get $threw
    i32.const 0 global.set $threw
    i32.const 100 i32.add)
  (func $store (param i32 f64)
    local.get 1 global.set $stored)
  (func $throws (type $ii) call $throw unreachable)
  ;; As deep as asked for, and then out of all of it.
  (func $deep (type $ii)
    local.get 0
    if (result i32)
      i32.const 7 local.get 0 i32.const 1 i32.sub
      call $invoke_ii
      global.get $threw i32.add
    else
      call $longjmp
      unreachable
    end)
  (func (export "invoke") (type $invoke) local.get 0 local.get 1 call $invoke_ii)
  (type $invoke (func (param i32 i32) (result i32)))
  (func (export "keep") (param f64) i32.const 5 i32.const 0 local.get 0 call $invoke_vid)
  (func (export "other") (result i64) i32.const 9 call $invoke_i)
  ;; Grows as emscripten's allocator does: the host grows the memory.
  (func (export "use") (param $address i32) (result i32)
    local.get $address i32.const 4 i32.add call $resize
    drop
    i32.const 0 call $grown
    local.get $address i32.const 42 i32.store
    local.get $address i32.load))
