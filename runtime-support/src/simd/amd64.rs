//! The instructions on 64-bit x86: SSE2, which every such processor has, and SSSE3, SSE4.1 and
//! SSE4.2 where the build enables them (as `target-cpu=x86-64-v2` does). With AVX enabled LLVM
//! writes the same instructions with three operands.
//!
//! All `unsafe` is in `intrinsics`. What is written here LLVM sees through: a comparison that is
//! negated becomes one comparison, a shift by a constant an immediate.

use intrinsics::*;

use super::V128;

pub mod f32x4;
pub mod f64x2;
mod float;
pub mod i16x8;
pub mod i32x4;
pub mod i64x2;
pub mod i8x16;
mod intrinsics;

/// What a vector is here.
pub type Repr = core::arch::x86_64::__m128i;

macro_rules! unary {
    ($($name:ident($a:ident) = $expression:expr;)*) => {$(
        #[inline(always)]
        pub fn $name($a: V128) -> V128 {
            let $a = $a.0;
            V128($expression)
        }
    )*};
}
use unary;

macro_rules! binary {
    ($($name:ident = $intrinsic:ident;)*) => {$(
        #[inline(always)]
        pub fn $name(a: V128, b: V128) -> V128 {
            V128($intrinsic(a.0, b.0))
        }
    )*};
    ($($name:ident($a:ident, $b:ident) = $expression:expr;)*) => {$(
        #[inline(always)]
        pub fn $name($a: V128, $b: V128) -> V128 {
            let ($a, $b) = ($a.0, $b.0);
            V128($expression)
        }
    )*};
}
use binary;

/// Comparisons in terms of `eq` and `gt_s`.
macro_rules! signed_comparisons {
    () => {
        binary! {
            ne(a, b) = not(eq(V128(a), V128(b)).0);
            lt_s(a, b) = gt_s(V128(b), V128(a)).0;
            le_s(a, b) = not(gt_s(V128(a), V128(b)).0);
            ge_s(a, b) = not(gt_s(V128(b), V128(a)).0);
        }
    };
}
use signed_comparisons;

/// Comparisons in terms of `gt_s`, given the vector that has the highest bit of each lane. LLVM
/// knows this for what it is.
macro_rules! unsigned_comparisons {
    ($highest:expr) => {
        binary! {
            gt_u(a, b) = gt_s(V128(_mm_xor_si128(a, $highest)), V128(_mm_xor_si128(b, $highest))).0;
            lt_u(a, b) = gt_u(V128(b), V128(a)).0;
            le_u(a, b) = not(gt_u(V128(a), V128(b)).0);
            ge_u(a, b) = not(gt_u(V128(b), V128(a)).0);
        }
    };
}
use unsigned_comparisons;

/// All bits inverted.
#[inline(always)]
fn not(a: Repr) -> Repr {
    _mm_xor_si128(a, _mm_set1_epi32(-1))
}

/// Each bit from `a` where that of `mask` is set, else from `b`.
#[inline(always)]
fn choose(mask: Repr, a: Repr, b: Repr) -> Repr {
    _mm_or_si128(_mm_and_si128(mask, a), _mm_andnot_si128(mask, b))
}

/// A count of bits, modulo the width of lanes, as shifts take it.
#[inline(always)]
fn shift_count(count: i32, width: i32) -> Repr {
    _mm_cvtsi32_si128(count & (width - 1))
}

pub mod v128 {
    use super::*;

    #[inline(always)]
    pub fn opaque(a: V128) -> V128 {
        V128(super::opaque(a.0))
    }

    unary! {
        not(a) = super::not(a);
    }

    binary! {
        and = _mm_and_si128;
        or = _mm_or_si128;
        xor = _mm_xor_si128;
    }

    binary! {
        andnot(a, b) = _mm_andnot_si128(b, a);
    }

    #[inline(always)]
    pub fn bitselect(a: V128, b: V128, mask: V128) -> V128 {
        V128(choose(mask.0, a.0, b.0))
    }

    #[inline(always)]
    pub fn any_true(a: V128) -> i32 {
        #[cfg(target_feature = "sse4.1")]
        return i32::from(_mm_testz_si128(a.0, a.0) == 0);
        #[cfg(not(target_feature = "sse4.1"))]
        return i32::from(_mm_movemask_epi8(_mm_cmpeq_epi8(a.0, _mm_setzero_si128())) != 0xffff);
    }
}
