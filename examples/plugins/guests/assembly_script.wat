;; Strings and errors as AssemblyScript's compiler has them: a string is the address of its UTF-16
;; units, before which 20 bytes tell of it, the last 4 of them its size in bytes and the 4 before
;; those the number of its class. `throw` calls `abort`.
(module $greeter
  (import "env" "abort"
    (func $abort (param $message i32) (param $file i32) (param $line i32) (param $column i32)))
  (import "greeter" "log" (func $log (param $text i32)))
  (memory (export "memory") 1)

  ;; "Hello, ", "!", "greeting ", "nobody to greet", "greeter.ts"
  (data (i32.const 12) "\02\00\00\00\0e\00\00\00H\00e\00l\00l\00o\00,\00 \00")
  (data (i32.const 60) "\02\00\00\00\02\00\00\00!\00")
  (data (i32.const 92) "\02\00\00\00\12\00\00\00g\00r\00e\00e\00t\00i\00n\00g\00 \00")
  (data (i32.const 140)
    "\02\00\00\00\1e\00\00\00n\00o\00b\00o\00d\00y\00 \00t\00o\00 \00g\00r\00e\00e\00t\00")
  (data (i32.const 204)
    "\02\00\00\00\14\00\00\00g\00r\00e\00e\00t\00e\00r\00.\00t\00s\00")

  (global $top (mut i32) (i32.const 1024))
  ;; How many objects the host has pinned.
  (global $pinned (export "pinned") (mut i32) (i32.const 0))
  ;; Where the descriptions of classes would be.
  (global (export "__rtti_base") i32 (i32.const 0))

  ;; A new object of class `id`.
  (func $new (export "__new") (param $size i32) (param $id i32) (result i32)
    (local $object i32) (local $end i32)
    (local.set $object (i32.add (global.get $top) (i32.const 20)))
    (local.set $end (i32.add (local.get $object) (local.get $size)))
    (if
      (i32.or
        (i32.gt_u (local.get $size) (i32.const 0x0100_0000))
        (i32.gt_u (local.get $end) (i32.const 0x1000_0000)))
      (then (unreachable)))
    (if (i32.gt_u (local.get $end) (i32.shl (memory.size) (i32.const 16)))
      (then
        (if
          (i32.eq
            (memory.grow
              (i32.add (i32.shr_u (local.get $size) (i32.const 16)) (i32.const 1)))
            (i32.const -1))
          (then (unreachable)))))
    (i32.store (i32.sub (local.get $object) (i32.const 8)) (local.get $id))
    (i32.store (i32.sub (local.get $object) (i32.const 4)) (local.get $size))
    (global.set $top (i32.and (i32.add (local.get $end) (i32.const 15)) (i32.const -16)))
    (local.get $object))

  ;; What is pinned stays when garbage is collected.
  (func (export "__pin") (param $object i32) (result i32)
    (global.set $pinned (i32.add (global.get $pinned) (i32.const 1)))
    (local.get $object))
  (func (export "__unpin") (param $object i32)
    (global.set $pinned (i32.sub (global.get $pinned) (i32.const 1))))
  ;; Here everything is garbage that is not pinned.
  (func (export "__collect")
    (if (i32.eqz (global.get $pinned)) (then (global.set $top (i32.const 1024)))))

  (func $size (param $string i32) (result i32)
    (i32.load (i32.sub (local.get $string) (i32.const 4))))

  ;; `a + b`
  (func $concatenate (param $a i32) (param $b i32) (result i32)
    (local $text i32)
    (local.set $text
      (call $new
        (i32.add (call $size (local.get $a)) (call $size (local.get $b)))
        (i32.const 2)))
    (memory.copy (local.get $text) (local.get $a) (call $size (local.get $a)))
    (memory.copy
      (i32.add (local.get $text) (call $size (local.get $a)))
      (local.get $b)
      (call $size (local.get $b)))
    (local.get $text))

  ;; greet(name: string): string
  (func (export "greet") (param $name i32) (result i32)
    (if (i32.eqz (call $size (local.get $name)))
      (then
        (call $abort (i32.const 148) (i32.const 212) (i32.const 6) (i32.const 27))
        (unreachable)))
    (call $log (call $concatenate (i32.const 100) (local.get $name)))
    (call $concatenate
      (call $concatenate (i32.const 20) (local.get $name))
      (i32.const 68))))
