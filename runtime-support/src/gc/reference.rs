//! References as generated code has them.

/// A reference to anything (specification: *Values*, `ref.null`, `ref.i31`, `ref.struct`,
/// `ref.array`).
///
/// A number: 0 is null; an odd one is an `i31`, shifted by one bit; all others are addresses of
/// objects in the store's heap, multiples of 8. Any number is safe to have: it may lead to the
/// wrong object, never out of the heap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct AnyRef(u32);

impl AnyRef {
    /// The reference to nothing (`ref.null`).
    pub const NULL: AnyRef = AnyRef(0);

    /// The reference that is this number.
    #[inline(always)]
    pub const fn from_bits(bits: u32) -> AnyRef {
        AnyRef(bits)
    }

    /// The number that it is.
    #[inline(always)]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether it is null (`ref.is_null`).
    #[inline(always)]
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// The lower 31 bits of a number as a reference (`ref.i31`).
    #[inline(always)]
    pub const fn i31(value: i32) -> AnyRef {
        AnyRef((value as u32) << 1 | 1)
    }

    /// Whether it is such a number.
    #[inline(always)]
    pub const fn is_i31(self) -> bool {
        self.0 & 1 != 0
    }
}
