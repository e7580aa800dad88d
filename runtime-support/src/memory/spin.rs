//! A lock for what is short or rare.

use core::sync::atomic::{AtomicBool, Ordering};

/// A lock of one byte, that works without `std` and needs no destructor.
pub(crate) struct Spin(AtomicBool);

/// Holds a [`Spin`].
pub(crate) struct Spinning<'a>(&'a Spin);

impl Spin {
    pub(crate) const fn new() -> Spin {
        Spin(AtomicBool::new(false))
    }

    /// Waits until nobody else holds it. What is done meanwhile must not trap.
    pub(crate) fn lock(&self) -> Spinning<'_> {
        while self
            .0
            .compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed)
            .is_err()
        {
            #[cfg(feature = "std")]
            std::thread::yield_now();
            #[cfg(not(feature = "std"))]
            core::hint::spin_loop();
        }
        Spinning(self)
    }
}

impl Drop for Spinning<'_> {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::Release);
    }
}
