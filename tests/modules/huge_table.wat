;; More elements than any table may have here.
(module $huge_table (table 4000000000 funcref))
