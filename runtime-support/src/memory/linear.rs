//! A memory of any type, with the form that goes with it.

use core::ptr::NonNull;

#[cfg(test)]
use super::form::{Form, Mem};
use super::{MemoryError, MemoryType, checked, fixed, paged};

/// A memory, and all that belongs to it (specification: *Memory Instances*).
///
/// One thread at a time may use it, unless its type is a shared one; it can be sent to another. It must not be moved while there
/// are handles, which borrow it.
pub struct LinearMemory(Kind);

crate::mode::cfg_if! { if #[guarded] {
    /// Whether memories with pages of 64 KiB have guard pages, shared ones too.
    const GUARDED: bool = true;
} else {
    /// Whether memories with pages of 64 KiB have guard pages, shared ones too.
    const GUARDED: bool = false;
} }

enum Kind {
    /// With pages of 64 KiB: guarded, where the crate is compiled for that.
    Paged(paged::Memory),
    /// With pages of one byte, which no guard knows: checked.
    Exact(checked::Memory),
    /// Shared, and without guard pages.
    Fixed(fixed::Memory),
}

impl LinearMemory {
    /// A memory of `minimum` pages of 64 KiB with 32-bit addresses, all zero, that can grow to
    /// `maximum`, or to 65536.
    ///
    /// # Errors
    /// If there is no such memory, or the system doesn't give it.
    #[cfg(test)]
    pub fn new(minimum: u32, maximum: Option<u32>) -> Result<LinearMemory, MemoryError> {
        let memory_type = MemoryType::new(minimum.into(), maximum.map(u64::from));
        LinearMemory::of_type(memory_type)
    }

    /// A memory of any type, all zero.
    ///
    /// # Errors
    /// If there is no such memory, or the system doesn't give it.
    pub fn of_type(memory_type: MemoryType) -> Result<LinearMemory, MemoryError> {
        let single_bytes = memory_type.page_size() == 1;
        Ok(LinearMemory(
            match (single_bytes, memory_type.is_shared()) {
                (false, shared) if GUARDED || !shared => {
                    Kind::Paged(paged::Memory::new(memory_type)?)
                }
                (true, false) => Kind::Exact(checked::Memory::new(memory_type)?),
                _ => Kind::Fixed(fixed::Memory::new(memory_type)?),
            },
        ))
    }

    /// The size in pages (specification: `memory.size`).
    pub fn size(&self) -> u64 {
        match &self.0 {
            Kind::Paged(memory) => memory.pages(),
            Kind::Exact(memory) => memory.pages(),
            Kind::Fixed(memory) => memory.pages(),
        }
    }

    /// Grows by `delta` pages, which are zero (specification: `memory.grow`); the size before, or
    /// `None` if that is more than it may have or the system gives.
    pub fn grow(&self, delta: u64) -> Option<u64> {
        match &self.0 {
            Kind::Paged(memory) => memory.grow(delta),
            Kind::Exact(memory) => memory.grow(delta),
            Kind::Fixed(memory) => memory.grow(delta),
        }
    }

    /// The size in bytes.
    pub fn byte_len(&self) -> usize {
        match &self.0 {
            Kind::Paged(memory) => memory.byte_len(),
            Kind::Exact(memory) => memory.byte_len(),
            Kind::Fixed(memory) => memory.byte_len(),
        }
    }

    /// The address of the first byte. In checked form, growth changes it.
    pub fn base(&self) -> *mut u8 {
        match &self.0 {
            Kind::Paged(memory) => memory.base().as_ptr(),
            Kind::Exact(memory) => memory.base().as_ptr(),
            Kind::Fixed(memory) => memory.base().as_ptr(),
        }
    }

    /// What handles are made of, and the number of the form they must have.
    pub fn pointer(&self) -> (NonNull<u8>, u8) {
        match &self.0 {
            Kind::Paged(memory) => memory.pointer(),
            Kind::Exact(memory) => memory.pointer(),
            Kind::Fixed(memory) => memory.pointer(),
        }
    }

    /// The handle for generated code.
    ///
    /// # Panics
    /// When the memory is of another form.
    #[cfg(test)]
    pub fn handle_as<F: Form>(&self) -> Mem<'_, F> {
        let (pointer, number) = self.pointer();
        assert!(number == F::NUMBER, "a memory of another form");
        // SAFETY: the memory is of that form, and the handle borrows it; it is not `Sync`. (Tests of
        // shared ones see to that themselves.)
        unsafe { Mem::from_pointer(pointer) }
    }

    /// The handle to an ordinary memory.
    ///
    /// # Panics
    /// When the memory is of another form.
    #[cfg(test)]
    pub fn handle(&self) -> Mem<'_> {
        self.handle_as()
    }
}
