;; Caesar's cipher on text in memory, and a checksum of it.
(module $cipher
  (memory (export "memory") 1)

  ;; Where the host may put its text: everything from here on is free.
  (global (export "text") i32 (i32.const 1024))

  ;; Turns each letter of the text `shift` places on in the alphabet.
  (func (export "turn") (param $start i32) (param $length i32) (param $shift i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $start) (local.get $length)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $start) (local.get $end)))
        (i32.store8
          (local.get $start)
          (call $turned (i32.load8_u (local.get $start)) (local.get $shift)))
        (local.set $start (i32.add (local.get $start) (i32.const 1)))
        (br $next))))

  ;; One character, turned if it is a letter.
  (func $turned (param $character i32) (param $shift i32) (result i32)
    (local $first i32)
    ;; Bit 5 is what small letters have and capitals have not.
    (local.set $first
      (i32.or (i32.const 65) (i32.and (local.get $character) (i32.const 32))))
    (if (i32.ge_u (i32.sub (local.get $character) (local.get $first)) (i32.const 26))
      (then (return (local.get $character))))
    (i32.add
      (local.get $first)
      (i32.rem_u
        (i32.add (i32.sub (local.get $character) (local.get $first)) (local.get $shift))
        (i32.const 26))))

  ;; Fletcher's checksum: both sums.
  (func (export "checksum") (param $start i32) (param $length i32) (result i32 i32)
    (local $a i32) (local $b i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $length)))
        (local.set $a
          (i32.rem_u
            (i32.add (local.get $a) (i32.load8_u (local.get $start)))
            (i32.const 255)))
        (local.set $b
          (i32.rem_u (i32.add (local.get $b) (local.get $a)) (i32.const 255)))
        (local.set $start (i32.add (local.get $start) (i32.const 1)))
        (local.set $length (i32.sub (local.get $length) (i32.const 1)))
        (br $next)))
    (local.get $a)
    (local.get $b)))
