(module
  (table (export "table") 2 funcref)
  (elem (i32.const 1) $f $f)
  (func $f))
