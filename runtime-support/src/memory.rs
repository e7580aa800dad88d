//! Linear memories (specification: *Memory Instances*, *Memory Instructions*).
//!
//! A [`LinearMemory`] owns the bytes; a [`Mem`] is the handle that generated code passes around:
//! `Copy`, one pointer. What the pointer means and how an access goes is the memory's *form*, a
//! type; there are two, each for 32-bit and for 64-bit addresses (and each once more for memories
//! that threads share, see `shared`):
//!
//! | | guarded | checked |
//! |---|---|---|
//! | bytes | in a reservation of address space, never move | on the heap |
//! | an access | plain; the processor finds those beyond the size | compares with the size first |
//! | growth | makes more of the reservation accessible | may move the bytes |
//! | memories | with pages of 64 KiB, if the crate is compiled for it | all others |
//!
//! Both are sound for all addresses and offsets. What they share is in `access` (loads and stores
//! by type) and `bulk` (filling and copying), over a handful of functions that each has ([`Form`]).
//!
//! In guarded form, an access beyond the size is a trap only in generated code that an export's
//! caller entered; anywhere else it ends the process. Generated code passes handles around, hosts
//! never see them.

use core::fmt;

use crate::trap::{self, TrapKind};

mod access;
mod address;
mod atomic;
mod bulk;
mod checked;
#[cfg(feature = "interpreter")]
pub(crate) mod erased;
mod fixed;
mod form;
pub(crate) mod host;
mod linear;
mod memory_type;
mod number;
mod racing;
mod spin;
mod vector;
mod wait;

crate::mode::cfg_if! { if #[guarded] {
    mod guarded;
    mod shared;
    mod registry;
    mod reservation;
    use guarded as paged;
    pub(crate) use registry::is_reserved;
} else {
    use checked as paged;
} }

#[cfg(all(test, feature = "std"))]
mod tests;

pub use access::force;
pub use address::{Address, AddressType};
pub use atomic::atomic_fence;
pub use form::{Form, Mem};
pub use linear::LinearMemory;
pub use memory_type::MemoryType;
pub use number::Number;
#[cfg(feature = "interpreter")]
pub(crate) use spin::Spin;
pub use wait::WaitResult;

/// The form of memories with pages of 64 KiB and 32-bit addresses.
pub type Paged32 = paged::Access<i32>;

/// The form of memories with pages of 64 KiB and 64-bit addresses.
pub type Paged64 = paged::Access<i64>;

/// The form of memories with pages of one byte and 32-bit addresses.
pub type Exact32 = checked::Access<i32>;

/// The form of memories with pages of one byte and 64-bit addresses.
pub type Exact64 = checked::Access<i64>;

crate::mode::cfg_if! { if #[guarded] {
    /// The form of shared memories with pages of 64 KiB and 32-bit addresses.
    pub type Shared32 = shared::Shared<Paged32>;

    /// The form of shared memories with pages of 64 KiB and 64-bit addresses.
    pub type Shared64 = shared::Shared<Paged64>;
} else {
    /// The form of shared memories with pages of 64 KiB and 32-bit addresses.
    pub type Shared32 = fixed::Access<i32>;

    /// The form of shared memories with pages of 64 KiB and 64-bit addresses.
    pub type Shared64 = fixed::Access<i64>;
} }

/// The form of shared memories with pages of one byte and 32-bit addresses.
pub type SharedExact32 = fixed::Access<i32>;

/// The form of shared memories with pages of one byte and 64-bit addresses.
pub type SharedExact64 = fixed::Access<i64>;

/// The form that nearly all memories have.
pub type Ordinary = Paged32;

/// The size of a page, unless the memory's type says otherwise (specification: *Memory Instances*),
/// 64 KiB.
#[allow(dead_code, reason = "in checked form all sizes are the types'")]
const PAGE: usize = 1 << 16;

/// The widest single access, in bytes.
const WIDEST: usize = 16;

/// The most bytes that the allocator is asked for at once. Where there are not as many, Miri doesn't
/// say so: it ends.
const MOST_BYTES: usize = if cfg!(miri) {
    1 << 28
} else {
    isize::MAX as usize
};

/// Why a memory could not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MemoryError {
    /// The limits are no limits of a memory.
    Limits {
        /// What was asked for.
        memory_type: MemoryType,
    },
    /// A shared memory belongs to no store.
    Shared {
        /// What was asked for.
        memory_type: MemoryType,
    },
    /// What was to be a shared memory is of another type.
    NotShared {
        /// What was asked for.
        memory_type: MemoryType,
    },
    /// The system doesn't give that much address space.
    AddressSpace {
        /// The number of bytes asked for.
        bytes: u64,
        /// The system's number for the reason.
        os_error: i32,
    },
    /// The system doesn't give that much memory.
    OutOfMemory {
        /// The number of pages asked for.
        pages: u64,
    },
}

impl fmt::Display for MemoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MemoryError::Limits { memory_type } => match memory_type.maximum() {
                None if memory_type.is_shared() => {
                    f.write_str("a shared memory must have a maximum size")
                }
                Some(maximum) if memory_type.minimum() > maximum => write!(
                    f,
                    "a memory cannot have at least {} and at most {maximum} pages",
                    memory_type.minimum()
                ),
                _ => write!(
                    f,
                    "a memory cannot have {} pages; {} are the most",
                    memory_type.minimum(),
                    memory_type.most_pages()
                ),
            },
            MemoryError::Shared { memory_type } => write!(
                f,
                "{memory_type} belongs to no store: make it by `SharedMemory::of_type`"
            ),
            MemoryError::NotShared { memory_type } => write!(
                f,
                "{memory_type} is not shared: make it by `Memory::of_type`, in a store"
            ),
            MemoryError::AddressSpace { bytes, os_error } => {
                let gigabytes = bytes >> 30;
                write!(
                    f,
                    "cannot reserve {gigabytes} GiB of address space for a memory ("
                )?;
                #[cfg(feature = "std")]
                std::io::Error::from_raw_os_error(*os_error).fmt(f)?;
                #[cfg(not(feature = "std"))]
                write!(f, "error {os_error}")?;
                f.write_str("); with the feature `checked` of the crate `wasm2rs-support`, ")?;
                f.write_str("memories need no reservation")
            }
            MemoryError::OutOfMemory { pages } => {
                write!(f, "out of memory for a memory of {pages} pages")
            }
        }
    }
}

impl core::error::Error for MemoryError {}

/// The size after growth by `delta` pages, if that is allowed.
fn grown(pages: u64, delta: u64, maximum: u64) -> Option<u64> {
    pages.checked_add(delta).filter(|&new| new <= maximum)
}

/// The trap of an access that leads to no bytes of the memory.
#[cold]
#[inline(never)]
fn out_of_bounds() -> ! {
    trap::raise(TrapKind::MemoryOutOfBounds)
}
