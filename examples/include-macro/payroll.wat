;; Pays everybody from the first account, and says so.
(module $payroll
  (import "bank" "accounts" (func $accounts (result i32)))
  (import "bank" "transfer" (func $transfer (param $from i32) (param $to i32) (param $amount i64)))
  ;; Calls `visit` for each account.
  (import "bank" "visit-all" (func $visit_all))
  (import "console" "print" (func $print (param $text i32) (param $length i32)))

  (memory (export "memory") 1)
  (data (i32.const 16) "salaries are paid")
  (data (i32.const 48) "paying salaries")

  (global $sum (mut i64) (i64.const 0))

  ;; Pays `amount` to each account but the first, from the first. A transfer that fails ends it.
  (func (export "pay") (param $amount i64)
    (local $account i32)
    (call $print (i32.const 48) (i32.const 15))
    (block $done
      (loop $next
        (local.set $account (i32.add (local.get $account) (i32.const 1)))
        (br_if $done (i32.ge_s (local.get $account) (call $accounts)))
        (call $transfer (i32.const 0) (local.get $account) (local.get $amount))
        (br $next)))
    (call $print (i32.const 16) (i32.const 17)))

  ;; What all accounts have together. The host tells, one at a time, through `visit`.
  (func $total (export "total") (result i64)
    (global.set $sum (i64.const 0))
    (call $visit_all)
    (global.get $sum))

  (func (export "visit") (param $balance i64)
    (global.set $sum (i64.add (global.get $sum) (local.get $balance))))

  ;; The mean of `count` accounts; there must be some.
  (func (export "mean") (param $count i64) (result i64)
    (i64.div_s (call $total) (local.get $count)))

  ;; Prints what is beyond the memory: a mistake, for the host to find.
  (func (export "mumble")
    (call $print (i32.const 65530) (i32.const 10))))
