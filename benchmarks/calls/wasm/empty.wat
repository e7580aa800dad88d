;; Nothing that an instance would need.
(module (func (export "nothing")))
