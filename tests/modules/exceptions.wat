(module $exceptions
  (type $i (func (param i32) (result i32)))
  (import "env" "host" (func $host (param i32) (result i32)))
  (import "env" "theirs" (tag $theirs (param i32)))
  (tag $own (export "own") (param i32))
  (tag $two (export "two") (param i64 f64))
  (tag $many (export "many") (param i32 i64 f32 f64 i32))
  (tag $reference (param funcref))
  (table (export "table") 3 funcref)
  (elem (i32.const 0) $throw_own $fine)
  (elem declare func $fine)
  (global $kept (mut exnref) (ref.null exn))

  (func $throw_own (export "throw_own") (type $i)
    (if (i32.ge_s (local.get 0) (i32.const 0))
      (then (throw $own (local.get 0))))
    (local.get 0))
  (func $fine (type $i) (i32.mul (local.get 0) (i32.const 2)))
  (func (export "throw_two") (throw $two (i64.const -7) (f64.const 2.5)))
  (func $throw_many (export "throw_many")
    (throw $many (i32.const 1) (i64.const 2) (f32.const 3) (f64.const 4) (i32.const 5)))

  ;; Caught where it is thrown, and some calls away.
  (func (export "near") (type $i)
    (block $caught (result i32)
      (try_table (result i32) (catch $own $caught)
        (throw $own (i32.add (local.get 0) (i32.const 1))))))
  (func $deeper (param i32 i32) (result i32)
    (if (result i32) (local.get 1)
      (then (call $deeper (local.get 0) (i32.sub (local.get 1) (i32.const 1))))
      (else (call $throw_own (local.get 0)))))
  (func (export "far") (param i32 i32) (result i32)
    (block $caught (result i32)
      (try_table (result i32) (catch $own $caught)
        (call $deeper (local.get 0) (local.get 1)))
      (return (i32.const -1))))
  (func (export "by_table") (param i32 i32) (result i32)
    (block $caught (result i32)
      (try_table (result i32) (catch $own $caught)
        (call_indirect (type $i) (local.get 0) (local.get 1)))
      (return (i32.add (i32.const 1000)))))

  ;; What the host fails with.
  (func (export "ask") (type $i)
    (block $mine (result i32)
      (block $other
        (try_table (result i32) (catch $theirs $mine) (catch_all $other)
          (call $host (local.get 0)))
        (return))
      (return (i32.const -2)))
    (i32.add (i32.const 100)))
  (func (export "ask_openly") (type $i) (call $host (local.get 0)))

  ;; Kept, and thrown again later.
  (func (export "keep") (param i32)
    (block $caught (result exnref)
      (try_table (catch_all_ref $caught) (drop (call $throw_own (local.get 0))))
      (return))
    (global.set $kept))
  (func (export "throw_kept") (throw_ref (global.get $kept)))
  (func (export "kept") (result exnref) (global.get $kept))
  (func (export "carry_many") (result i32)
    (block $caught (result i32 i64 f32 f64 i32)
      (try_table (catch $many $caught) (call $throw_many))
      (unreachable))
    (drop) (drop) (drop) (drop))
  (func (export "carry_function") (result i32) (local $carried funcref)
    (block $caught (result funcref)
      (try_table (catch $reference $caught)
        (throw $reference (ref.func $fine)))
      (unreachable))
    (local.set $carried)
    (table.set (i32.const 2) (local.get $carried))
    (call_indirect (type $i) (i32.const 21) (i32.const 2)))

  ;; The legacy form.
  (global $cleaned (export "cleaned") (mut i32) (i32.const 0))
  (func $clean (export "clean") (type $i)
    try (result i32)
      local.get 0
      call $throw_own
    catch_all
      global.get $cleaned
      i32.const 1
      i32.add
      global.set $cleaned
      rethrow 0
    end)
  (func (export "legacy") (type $i)
    try (result i32)
      local.get 0
      call $clean
    catch $two
      drop
      drop
      i32.const -3
    catch $own
      i32.const 500
      i32.add
    end)
  (func (export "delegated") (type $i)
    try $outer (result i32)
      try (result i32)
        try (result i32)
          local.get 0
          call $clean
        delegate $outer
      catch_all
        i32.const -4
      end
    catch $own
      i32.const 700
      i32.add
    end)
)
