;; Adds a function to the table of another module, and uses that module's function with it.
(module $shout
  (type $letters (func (param $letter i32) (result i32)))
  (import "words" "memory" (memory 1))
  (import "words" "letters" (table $letters 1 funcref))
  (import "words" "change" (func $change (param i32 i32)))

  (elem declare func $capital)

  ;; The letter as a capital, with a count of how many there have been.
  (global $count (export "count") (mut i32) (i32.const 0))
  (func $capital (type $letters) (param $letter i32) (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (i32.and (local.get $letter) (i32.const 0xDF)))

  ;; Makes capitals of the word, whose length the memory tells, and gives the length.
  (func (export "shout") (result i32)
    (local $length i32)
    (block $end
      (loop $again
        (br_if $end (i32.eqz (i32.load8_u (local.get $length))))
        (local.set $length (i32.add (local.get $length) (i32.const 1)))
        (br $again)))
    (call $change
      (local.get $length)
      (table.grow $letters (ref.func $capital) (i32.const 1)))
    (local.get $length)))
