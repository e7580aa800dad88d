//! The value type `v128`.

use core::fmt;
use core::mem::transmute;

use super::backend::Repr;

/// A vector of 128 bits (specification: *Syntax, Types, Vector Types*): 16 bytes, or numbers whose
/// count times width is 128 bits. The first lane, or byte, is the lowest.
///
/// It compares by its bits.
///
/// ```
/// use wasm2rs_support::V128;
///
/// let vector = V128::from([1i32, 2, 3, 4]);
/// assert_eq!(vector.to_bits(), 0x00000004_00000003_00000002_00000001);
/// assert_eq!(<[i64; 2]>::from(vector), [0x2_0000_0001, 0x4_0000_0003]);
/// ```
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct V128(pub(super) Repr);

impl V128 {
    /// All bits zero.
    pub const ZERO: V128 = V128::from_bits(0);

    /// The vector with these bits, the first lane in the lowest.
    #[inline(always)]
    pub const fn from_bits(bits: u128) -> V128 {
        // SAFETY: both are 16 bytes, of which every value is allowed.
        V128(unsafe { transmute::<[u8; 16], Repr>(bits.to_le_bytes()) })
    }

    /// The bits, the first lane in the lowest.
    #[inline(always)]
    pub const fn to_bits(self) -> u128 {
        // SAFETY: both are 16 bytes, of which every value is allowed.
        u128::from_le_bytes(unsafe { transmute::<Repr, [u8; 16]>(self.0) })
    }
}

/// Conversions from and to lanes; memory has them in little-endian order everywhere.
macro_rules! lanes {
    ($($lane:ty, $count:literal, $swapped:expr;)*) => {$(
        impl From<[$lane; $count]> for V128 {
            #[inline(always)]
            fn from(lanes: [$lane; $count]) -> V128 {
                let lanes = if cfg!(target_endian = "big") {
                    lanes.map($swapped)
                } else {
                    lanes
                };
                // SAFETY: both are 16 bytes, of which every value is allowed.
                V128(unsafe { transmute::<[$lane; $count], Repr>(lanes) })
            }
        }

        impl From<V128> for [$lane; $count] {
            #[inline(always)]
            fn from(vector: V128) -> [$lane; $count] {
                // SAFETY: both are 16 bytes, of which every value is allowed.
                let lanes = unsafe { transmute::<Repr, [$lane; $count]>(vector.0) };
                if cfg!(target_endian = "big") {
                    lanes.map($swapped)
                } else {
                    lanes
                }
            }
        }
    )*};
}

lanes! {
    u8, 16, |lane| lane;
    i8, 16, |lane| lane;
    u16, 8, u16::swap_bytes;
    i16, 8, i16::swap_bytes;
    u32, 4, u32::swap_bytes;
    i32, 4, i32::swap_bytes;
    u64, 2, u64::swap_bytes;
    i64, 2, i64::swap_bytes;
    f32, 4, |lane| f32::from_bits(lane.to_bits().swap_bytes());
    f64, 2, |lane| f64::from_bits(lane.to_bits().swap_bytes());
}

impl From<u128> for V128 {
    #[inline(always)]
    fn from(bits: u128) -> V128 {
        V128::from_bits(bits)
    }
}

impl From<V128> for u128 {
    #[inline(always)]
    fn from(vector: V128) -> u128 {
        vector.to_bits()
    }
}

impl Default for V128 {
    fn default() -> V128 {
        V128::ZERO
    }
}

impl PartialEq for V128 {
    fn eq(&self, other: &V128) -> bool {
        self.to_bits() == other.to_bits()
    }
}

impl Eq for V128 {}

impl core::hash::Hash for V128 {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.to_bits().hash(state);
    }
}

impl fmt::Debug for V128 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "V128({:#034x})", self.to_bits())
    }
}
