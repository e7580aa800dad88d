//! What a memory is made as: its limits, the type of its addresses, the size of its pages.

use core::fmt;

/// The type of a memory (specification: *Memory Types*; proposal *custom page sizes*).
///
/// ```
/// use wasm2rs_support::MemoryType;
///
/// let small = MemoryType::new(1, Some(16));
/// assert_eq!((small.page_size(), small.is_memory64()), (65536, false));
/// let exact = MemoryType::new(100, None).memory64().single_bytes();
/// assert_eq!((exact.page_size(), exact.minimum()), (1, 100));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MemoryType {
    minimum: u64,
    maximum: Option<u64>,
    memory64: bool,
    single_bytes: bool,
    shared: bool,
}

impl MemoryType {
    /// A memory with 32-bit addresses, of `minimum` pages of 64 KiB, that can grow to `maximum`.
    pub const fn new(minimum: u64, maximum: Option<u64>) -> MemoryType {
        MemoryType {
            minimum,
            maximum,
            memory64: false,
            single_bytes: false,
            shared: false,
        }
    }

    /// The same with 64-bit addresses.
    #[must_use]
    pub const fn memory64(self) -> MemoryType {
        MemoryType {
            memory64: true,
            ..self
        }
    }

    /// The same with pages of one byte.
    #[must_use]
    pub const fn single_bytes(self) -> MemoryType {
        MemoryType {
            single_bytes: true,
            ..self
        }
    }

    /// The same, but shared by threads (proposal *threads*). It must have a maximum.
    #[must_use]
    pub const fn shared(self) -> MemoryType {
        MemoryType {
            shared: true,
            ..self
        }
    }

    /// The same with another minimum.
    #[must_use]
    pub const fn with_minimum(self, minimum: u64) -> MemoryType {
        MemoryType { minimum, ..self }
    }

    /// Whether a memory of this type can be imported as one of type `wanted` (specification:
    /// *Matching, Memory Types*).
    pub fn matches(self, wanted: MemoryType) -> bool {
        self.memory64 == wanted.memory64
            && self.single_bytes == wanted.single_bytes
            && self.shared == wanted.shared
            && self.minimum >= wanted.minimum
            && match (self.maximum, wanted.maximum) {
                (_, None) => true,
                (Some(maximum), Some(wanted)) => maximum <= wanted,
                (None, Some(_)) => false,
            }
    }

    /// How many pages it starts with.
    pub const fn minimum(self) -> u64 {
        self.minimum
    }

    /// How many pages it may grow to, if that is said.
    pub const fn maximum(self) -> Option<u64> {
        self.maximum
    }

    /// Whether its addresses have 64 bits.
    pub const fn is_memory64(self) -> bool {
        self.memory64
    }

    /// Whether threads can share it.
    pub const fn is_shared(self) -> bool {
        self.shared
    }

    /// The size of its pages in bytes: 65536, or 1.
    pub const fn page_size(self) -> u64 {
        1 << self.page_size_log2()
    }

    pub(super) const fn page_size_log2(self) -> u32 {
        if self.single_bytes { 0 } else { 16 }
    }

    /// How many pages a memory with such addresses can have at most.
    pub(super) const fn most_pages(self) -> u64 {
        match (self.memory64, self.single_bytes) {
            (false, false) => 1 << 16,
            // Not 2^32, which `memory.size` could not tell.
            (false, true) => u32::MAX as u64,
            (true, false) => 1 << 48,
            (true, true) => u64::MAX,
        }
    }

    /// The first size, and the most it may have; `None` if these are no limits of a memory.
    pub(super) fn limits(self) -> Option<(u64, u64)> {
        let most = self.maximum.unwrap_or(u64::MAX).min(self.most_pages());
        let bounded = self.maximum.is_some() || !self.shared;
        (self.minimum <= most && bounded).then_some((self.minimum, most))
    }
}

/// As a person reads it: `a memory of 1 to 2 pages`.
impl fmt::Display for MemoryType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shared = if self.shared { "shared " } else { "" };
        let kind = if self.memory64 {
            "64-bit memory"
        } else {
            "memory"
        };
        let unit = if self.single_bytes { "bytes" } else { "pages" };
        write!(f, "a {shared}{kind} of {}", self.minimum)?;
        match self.maximum {
            Some(maximum) => write!(f, " to {maximum} {unit}"),
            None => write!(f, " or more {unit}"),
        }
    }
}
