//! What interpreted functions run on: a stack of values and a stack of frames, one of each per store.
//!
//! A value takes a slot of 64 bits, a vector or an `externref` two. Each function has a window on the
//! stack, from its [`Window`] on, and names its slots by 16 bits. The stack goes on for as many slots
//! behind the last place where a window may begin, so every name leads to a slot; nothing is compared
//! when a slot is read or written.

use alloc::alloc::{alloc_zeroed, dealloc};
use alloc::vec::Vec;
use core::alloc::Layout;
use core::cell::{Cell, UnsafeCell};
use core::ptr::NonNull;

use super::code::{Builder, Code, Ip};
use super::control;
#[cfg(feature = "gc")]
use crate::any::AnyRef;
use crate::memory::MemoryError;

/// So many slots can be named, and one more is the second half of the last.
const WINDOW: usize = (1 << 16) + 1;

/// How many slots windows may begin in.
const SLOTS: usize = if cfg!(all(feature = "std", not(miri))) {
    1 << 20
} else {
    1 << 16
};

/// How many calls can be nested.
const FRAMES: usize = SLOTS / 8;

/// The slots of a running function. All of its functions are sound for all arguments.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub(crate) struct Window(NonNull<u64>);

impl Window {
    /// The value of a slot.
    #[inline(always)]
    pub(super) fn get(self, slot: u16) -> u64 {
        // SAFETY: a window begins where `WINDOW` slots follow (`Machine::window` sees to it), all of
        // them initialised and of a stack that lives as long as its store, in which the function
        // that has the window runs. No references to slots exist.
        unsafe { self.0.add(slot.into()).read() }
    }

    /// Changes the value of a slot.
    #[inline(always)]
    pub(super) fn set(self, slot: u16, value: u64) {
        // SAFETY: as in `get`.
        unsafe { self.0.add(slot.into()).write(value) };
    }

    /// The values of a slot and of the next.
    #[inline(always)]
    pub(super) fn get_two(self, slot: u16) -> [u64; 2] {
        // SAFETY: as in `get`; there is one slot more than can be named.
        unsafe { self.0.add(slot.into()).cast::<[u64; 2]>().read() }
    }

    /// Changes the values of a slot and of the next.
    #[inline(always)]
    pub(super) fn set_two(self, slot: u16, values: [u64; 2]) {
        // SAFETY: as in `get_two`.
        unsafe { self.0.add(slot.into()).cast::<[u64; 2]>().write(values) };
    }
}

/// A call that is running.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    /// Where its caller goes on.
    back: Ip,
    /// The caller's slots.
    window: Window,
    /// Its own code.
    code: NonNull<Code>,
}

/// How much of the stacks is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Height {
    slots: usize,
    frames: usize,
}

impl Height {
    /// Nothing is in use.
    #[cfg(feature = "interpreter")]
    pub(crate) const NONE: Height = Height {
        slots: 0,
        frames: 0,
    };
}

/// The stacks of a store.
pub(crate) struct Machine {
    slots: NonNull<u64>,
    frames: UnsafeCell<Vec<Frame>>,
    /// How many slots are in use while something else runs than the function on top.
    top: Cell<usize>,
    /// Where functions return to that were called from elsewhere.
    exit: Code,
}

// SAFETY: it is used by the thread that is inside its store.
unsafe impl Send for Machine {}

impl Machine {
    /// Empty stacks.
    ///
    /// # Errors
    /// When there is no room for them.
    pub(crate) fn new() -> Result<Machine, MemoryError> {
        let mut frames = Vec::new();
        let room = frames.try_reserve_exact(FRAMES).is_ok();
        // SAFETY: the size is not 0.
        let slots = NonNull::new(unsafe { alloc_zeroed(layout()) });
        let mut exit = Builder::new();
        exit.plain(control::exit, [0; 4]);
        match (slots, exit.finish()) {
            (Some(slots), Some(exit)) if room => Ok(Machine {
                exit,
                slots: slots.cast(),
                frames: UnsafeCell::new(frames),
                top: Cell::new(0),
            }),
            _ => Err(MemoryError::OutOfMemory { pages: 256 }),
        }
    }

    #[inline(always)]
    fn with<R>(&self, f: impl FnOnce(&mut Vec<Frame>) -> R) -> R {
        // SAFETY: this thread is inside the store; `f` is of this file, and comes back without
        // running anything that could come here.
        f(unsafe { &mut *self.frames.get() })
    }

    /// The window that begins so many slots behind another, if the stack has room for it.
    #[inline(always)]
    fn window(&self, window: Window, slot: u16) -> Option<Window> {
        // SAFETY: a slot of the window, as in `Window::get`.
        let start = unsafe { window.0.add(slot.into()) };
        // Behind the stack's end it is too far, whichever stack the window is of.
        let distance = start.addr().get().wrapping_sub(self.slots.addr().get());
        (distance <= SLOTS * 8).then_some(Window(start))
    }

    /// The first window, where what is in use ends.
    pub(super) fn top(&self) -> Option<Window> {
        let top = self.top.get();
        // SAFETY: not behind the last place where a window may begin.
        (top <= SLOTS).then(|| Window(unsafe { self.slots.add(top) }))
    }

    /// Says that all slots below this one of the window are in use, before something else runs.
    #[inline(always)]
    pub(super) fn set_top(&self, window: Window, slot: u16) {
        let distance = window.0.addr().get() - self.slots.addr().get();
        self.top.set(distance / 8 + usize::from(slot));
    }

    /// Begins a call: its window begins at `slot` of the caller's, and the caller goes on at `back`.
    /// `None` where there is no room.
    ///
    /// # Safety
    /// The code lives as long as the store.
    #[inline(always)]
    pub(super) unsafe fn call(
        &self,
        code: &Code,
        back: Ip,
        window: Window,
        slot: u16,
    ) -> Option<(Ip, Window)> {
        let inner = self.window(window, slot)?;
        self.with(|frames| {
            if frames.len() >= FRAMES {
                return None;
            }
            let frame = Frame {
                back,
                window,
                code: NonNull::from(code),
            };
            // As `push`, which would ask whether there is room.
            // SAFETY: room for `FRAMES` was reserved, and there are fewer.
            unsafe {
                frames.as_mut_ptr().add(frames.len()).write(frame);
                frames.set_len(frames.len() + 1);
            }
            // SAFETY: by the contract.
            Some((unsafe { code.start() }, inner))
        })
    }

    /// Puts another function in the place of the one that is running; the arguments are in its first
    /// slots.
    ///
    /// # Safety
    /// The code lives as long as the store.
    #[inline(always)]
    pub(super) unsafe fn replace(&self, code: &Code) -> Ip {
        self.with(|frames| {
            if let Some(frame) = frames.last_mut() {
                frame.code = NonNull::from(code);
            }
        });
        // SAFETY: by the contract.
        unsafe { code.start() }
    }

    /// Ends a call: where its caller goes on, and with which slots.
    #[inline(always)]
    pub(super) fn leave(&self) -> Option<(Ip, Window)> {
        self.with(|frames| {
            let frame = frames.pop()?;
            Some((frame.back, frame.window))
        })
    }

    /// Where functions return to that were called from elsewhere.
    pub(super) fn exit(&self) -> Ip {
        // SAFETY: the machine lives as long as its store.
        unsafe { self.exit.start() }
    }

    /// The code that is running.
    pub(super) fn code(&self) -> Option<&Code> {
        let code = self.with(|frames| frames.last().map(|frame| frame.code))?;
        // SAFETY: it lives as long as the store (`call` and `replace` ask for it), which owns the
        // machine.
        Some(unsafe { code.as_ref() })
    }

    /// How much is in use.
    #[inline(always)]
    pub(crate) fn height(&self) -> Height {
        Height {
            slots: self.top.get(),
            frames: self.with(|frames| frames.len()),
        }
    }

    /// Takes away what was added since.
    pub(crate) fn reset(&self, height: Height) {
        self.top.set(height.slots);
        self.with(|frames| frames.truncate(height.frames));
    }

    /// Calls `mark` with everything in use that may be a reference.
    #[cfg(feature = "gc")]
    pub(crate) fn roots(&self, mark: &mut dyn FnMut(AnyRef)) {
        for slot in 0..self.top.get().min(SLOTS + WINDOW) {
            // SAFETY: a slot of the stack; see `Window::get`.
            let word = unsafe { self.slots.add(slot).read() };
            // References are numbers in the lower half; `externref`s that are objects, too.
            if let Some(reference) = AnyRef::from_bits(word as u32) {
                mark(reference);
            }
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // SAFETY: allocated with that layout; the store is dropped, so no function is running.
        unsafe { dealloc(self.slots.as_ptr().cast(), layout()) };
    }
}

fn layout() -> Layout {
    Layout::new::<[u64; SLOTS + WINDOW]>()
}
