//! A reservation: address space for everything that an access can lead to.

use core::ffi::c_void;
use core::ptr::{self, NonNull};

use super::{MemoryError, PAGE, WIDEST};

/// How large a memory with 32-bit addresses can be: every address is below.
pub(super) const SPAN_32: usize = 4 << 30;

/// How large a memory with 64-bit addresses can be: 256 GiB. The processors and systems that there
/// are give a process 128 TiB of addresses, so there is room for some 500 such memories.
pub(super) const SPAN_64: usize = 256 << 30;

/// How far behind the span an access can lead: every `u32` offset, and the width; rounded up to
/// pages.
const BEHIND: usize = (4 << 30) + PAGE;

const _: () = assert!(u32::MAX as usize + WIDEST <= BEHIND);

/// How far beyond the base an access to a memory with this span can lead.
pub(super) const fn reach(span: usize) -> usize {
    span + BEHIND
}

/// Bytes below the base that are accessible from the start, for the state of the memory.
pub(super) const HEADER: usize = PAGE;

/// What the base is aligned to: the size of a huge page, so that the memory can have them.
const ALIGNMENT: usize = 2 << 20;

/// From here on a memory has huge pages. Below lie, in most programs, the stack and the data,
/// scattered: an instance that touches little must not get 2 MiB for each touch.
#[cfg(any(target_os = "linux", target_os = "android"))]
const HUGE_FROM: usize = 4 << 20;

/// Address space, from `HEADER` bytes below the base to what an access can lead to beyond it. Only
/// the header is accessible at first.
pub(super) struct Reservation {
    start: NonNull<c_void>,
    length: usize,
    base: NonNull<u8>,
}

impl Reservation {
    /// Reserves for a memory of this span, and makes the header and the first `size` bytes, which
    /// are not more, accessible. They are zero.
    pub(super) fn new(span: usize, size: usize) -> Result<Reservation, MemoryError> {
        assert!(size <= span);
        // So that it holds a base that is aligned.
        let length = HEADER + ALIGNMENT + reach(span);
        let start = system::reserve(length).ok_or_else(|| MemoryError::AddressSpace {
            bytes: length as u64,
            os_error: system::last_error(),
        })?;
        let address = start.addr().get();
        // Below `start + HEADER + ALIGNMENT`, so that `reach` bytes follow.
        let base = (address + HEADER).next_multiple_of(ALIGNMENT);
        // SAFETY: inside what was reserved.
        let base = unsafe { start.cast::<u8>().add(base - address) };
        let reservation = Reservation {
            start,
            length,
            base,
        };
        // SAFETY: the header lies inside what was reserved.
        let header = unsafe { base.sub(HEADER) };
        if !system::make_accessible(header, HEADER + size) {
            return Err(MemoryError::OutOfMemory {
                pages: (size / PAGE) as u64,
            });
        }
        #[cfg(any(target_os = "linux", target_os = "android"))]
        // SAFETY: advice about a part of our own reservation, that changes nothing but the speed.
        unsafe {
            let from = base.as_ptr().add(HUGE_FROM).cast();
            libc::madvise(from, span - HUGE_FROM, libc::MADV_HUGEPAGE);
        }
        Ok(reservation)
    }

    /// The base: all bytes from there that an access can lead to are reserved, as long as this lives.
    pub(super) fn base(&self) -> NonNull<u8> {
        self.base
    }

    /// Makes the bytes from `from` to `to`, both multiples of the page, accessible; they are zero.
    /// False if the system refuses.
    ///
    /// # Safety
    /// `base` must be the base of a reservation for a memory of this span.
    pub(super) unsafe fn extend(base: NonNull<u8>, span: usize, from: usize, to: usize) -> bool {
        assert!(
            from <= to && to <= span && from.is_multiple_of(PAGE) && to.is_multiple_of(PAGE)
        );
        // SAFETY: inside the reservation, as asserted.
        let place = unsafe { base.add(from) };
        system::make_accessible(place, to - from)
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        system::release(self.start, self.length);
    }
}

#[cfg(unix)]
mod system {
    use super::*;

    pub(super) fn reserve(length: usize) -> Option<NonNull<c_void>> {
        // Not to be counted as memory in use. FreeBSD doesn't know the flag, and doesn't count.
        #[cfg(not(target_os = "freebsd"))]
        const FLAGS: libc::c_int = libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_NORESERVE;
        #[cfg(target_os = "freebsd")]
        const FLAGS: libc::c_int = libc::MAP_PRIVATE | libc::MAP_ANON;
        // SAFETY: a mapping where there is none; nothing else is touched.
        let start = unsafe { libc::mmap(ptr::null_mut(), length, libc::PROT_NONE, FLAGS, -1, 0) };
        if start == libc::MAP_FAILED {
            None
        } else {
            NonNull::new(start)
        }
    }

    pub(super) fn make_accessible(from: NonNull<u8>, length: usize) -> bool {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: called with parts of a reservation only, and to allow more can't break anything.
        length == 0 || unsafe { libc::mprotect(from.as_ptr().cast(), length, protection) } == 0
    }

    pub(super) fn release(start: NonNull<c_void>, length: usize) {
        // SAFETY: a whole reservation, whose owner is being dropped.
        unsafe { libc::munmap(start.as_ptr(), length) };
    }

    pub(super) fn last_error() -> i32 {
        std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
    }
}

#[cfg(windows)]
mod system {
    use super::*;
    use windows_sys::Win32::System::Memory::{
        MEM_COMMIT, MEM_RELEASE, MEM_RESERVE, PAGE_NOACCESS, PAGE_READWRITE, VirtualAlloc,
        VirtualFree,
    };

    pub(super) fn reserve(length: usize) -> Option<NonNull<c_void>> {
        // SAFETY: address space that was free; nothing else is touched.
        NonNull::new(unsafe { VirtualAlloc(ptr::null(), length, MEM_RESERVE, PAGE_NOACCESS) })
    }

    pub(super) fn make_accessible(from: NonNull<u8>, length: usize) -> bool {
        // SAFETY: called with parts of a reservation only. Pages that were committed before keep
        // their contents.
        length == 0
            || !unsafe { VirtualAlloc(from.as_ptr().cast(), length, MEM_COMMIT, PAGE_READWRITE) }
                .is_null()
    }

    pub(super) fn release(start: NonNull<c_void>, _length: usize) {
        // SAFETY: a whole reservation, whose owner is being dropped; the length must be 0.
        unsafe { VirtualFree(start.as_ptr(), 0, MEM_RELEASE) };
    }

    pub(super) fn last_error() -> i32 {
        std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
    }
}
