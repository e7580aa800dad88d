//! The instructions on 64-bit ARM: NEON, which every such processor with floating-point numbers
//! has.
//!
//! All `unsafe` is in `intrinsics`.

use intrinsics::*;

use super::V128;

mod float;
mod integer;
mod intrinsics;

pub use float::{f32x4, f64x2};
pub use integer::{i8x16, i16x8, i32x4, i64x2};

/// What a vector is here.
pub type Repr = core::arch::aarch64::uint8x16_t;

/// The lanes of a vector, of the type that is asked for.
#[inline(always)]
fn of<L: Lanes>(vector: V128) -> L {
    L::from_bytes(vector.0)
}

/// The vector that has these lanes.
#[inline(always)]
fn vector<L: Lanes>(lanes: L) -> V128 {
    V128(lanes.into_bytes())
}

/// Functions that are one intrinsic, or several; their types are the intrinsics' matter.
macro_rules! unary {
    ($($name:ident = $intrinsic:ident;)*) => {$(
        #[inline(always)]
        pub fn $name(a: V128) -> V128 {
            vector($intrinsic(of(a)))
        }
    )*};
    ($($name:ident($a:ident) = $expression:expr;)*) => {$(
        #[inline(always)]
        pub fn $name($a: V128) -> V128 {
            $expression
        }
    )*};
}
use unary;

macro_rules! binary {
    ($($name:ident = $intrinsic:ident;)*) => {$(
        #[inline(always)]
        pub fn $name(a: V128, b: V128) -> V128 {
            vector($intrinsic(of(a), of(b)))
        }
    )*};
    ($($name:ident($a:ident, $b:ident) = $expression:expr;)*) => {$(
        #[inline(always)]
        pub fn $name($a: V128, $b: V128) -> V128 {
            $expression
        }
    )*};
}
use binary;

pub mod v128 {
    use super::*;

    #[inline(always)]
    pub fn opaque(a: V128) -> V128 {
        V128(super::opaque(a.0))
    }

    unary! {
        not = vmvnq_u8;
    }

    binary! {
        and = vandq_u8;
        andnot = vbicq_u8;
        or = vorrq_u8;
        xor = veorq_u8;
    }

    #[inline(always)]
    pub fn bitselect(a: V128, b: V128, mask: V128) -> V128 {
        V128(vbslq_u8(mask.0, a.0, b.0))
    }

    #[inline(always)]
    pub fn any_true(a: V128) -> i32 {
        i32::from(vmaxvq_u32(of(a)) != 0)
    }
}
