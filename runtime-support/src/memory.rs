//! Linear memories (specification: *Memory Instances*, *Memory Instructions*).
//!
//! A [`LinearMemory`] owns the bytes; a [`Mem`] is the handle that generated code passes around:
//! `Copy`, one pointer. Two forms behind the same names, chosen when the crate is compiled:
//!
//! | | guarded | checked |
//! |---|---|---|
//! | bytes | in a reservation of address space, never move | on the heap |
//! | an access | plain; the processor finds those beyond the size | compares with the size first |
//! | growth | makes more of the reservation accessible | may move the bytes |
//!
//! Both are sound for all addresses and offsets. What the two share is in `access` (loads and
//! stores by type) and `bulk` (filling and copying), over a handful of functions that each has.
//!
//! In guarded form, an access beyond the size is a trap only in generated code that an export's
//! caller entered; anywhere else it ends the process. Generated code passes handles around, hosts
//! never see them.

use core::fmt;

mod access;
mod bulk;
mod vector;

crate::mode::cfg_if! { if #[guarded] {
    mod guarded;
    mod registry;
    mod reservation;
    use guarded as form;
    pub(crate) use registry::is_reserved;
} else {
    mod checked;
    use checked as form;
} }

#[cfg(all(test, feature = "std"))]
mod tests;

pub use access::force;
pub use form::{LinearMemory, Mem};

/// The size of a page of WebAssembly (specification: *Memory Instances*), 64 KiB.
const PAGE: usize = 1 << 16;

/// How many pages a memory can have at most: with them, all addresses are used up.
const MOST_PAGES: u32 = 1 << 16;

/// The widest single access, in bytes.
const WIDEST: usize = 16;

/// Why a memory could not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MemoryError {
    /// The limits are no limits of a memory.
    Limits {
        /// The number of pages at the start.
        minimum: u32,
        /// The number of pages that it may grow to.
        maximum: Option<u32>,
    },
    /// The system doesn't give that much address space.
    AddressSpace {
        /// The system's number for the reason.
        os_error: i32,
    },
    /// The system doesn't give that much memory.
    OutOfMemory {
        /// The number of pages asked for.
        pages: u32,
    },
}

impl fmt::Display for MemoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MemoryError::Limits {
                minimum,
                maximum: None,
            } => {
                write!(
                    f,
                    "a memory cannot have {minimum} pages; {MOST_PAGES} are the most"
                )
            }
            MemoryError::Limits {
                minimum,
                maximum: Some(maximum),
            } => {
                write!(
                    f,
                    "a memory cannot have at least {minimum} and at most {maximum} pages"
                )
            }
            MemoryError::AddressSpace { os_error } => {
                f.write_str("cannot reserve 8 GiB of address space for a memory (")?;
                #[cfg(feature = "std")]
                std::io::Error::from_raw_os_error(*os_error).fmt(f)?;
                #[cfg(not(feature = "std"))]
                write!(f, "error {os_error}")?;
                f.write_str("); with the feature `checked` of the crate `wasm2rs-support`, ")?;
                f.write_str("memories need no reservation")
            }
            MemoryError::OutOfMemory { pages } => {
                write!(f, "out of memory for {pages} pages of 64 KiB")
            }
        }
    }
}

impl core::error::Error for MemoryError {}

/// The limits that a memory is made with, checked: its first size, and the most it may have.
fn limits(minimum: u32, maximum: Option<u32>) -> Result<(u32, u32), MemoryError> {
    let most = maximum.unwrap_or(MOST_PAGES).min(MOST_PAGES);
    if minimum > most {
        return Err(MemoryError::Limits { minimum, maximum });
    }
    Ok((minimum, most))
}

/// The size after growth by `delta` pages, if that is allowed.
fn grown(pages: u32, delta: u32, maximum: u32) -> Option<u32> {
    pages.checked_add(delta).filter(|&new| new <= maximum)
}
