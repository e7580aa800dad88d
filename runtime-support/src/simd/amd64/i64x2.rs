//! Two integers of 64 bits.

use super::*;

#[inline(always)]
pub fn splat(value: i64) -> V128 {
    V128(_mm_set1_epi64x(value))
}

binary! {
    add = _mm_add_epi64;
    sub = _mm_sub_epi64;
}

signed_comparisons! {}

#[cfg(target_feature = "sse4.1")]
binary! {
    eq = _mm_cmpeq_epi64;
}

#[cfg(not(target_feature = "sse4.1"))]
binary! {
    // Both halves.
    eq(a, b) = {
        let halves = _mm_cmpeq_epi32(a, b);
        _mm_and_si128(halves, _mm_shuffle_epi32::<0xb1>(halves))
    };
}

#[cfg(target_feature = "sse4.2")]
binary! {
    gt_s = _mm_cmpgt_epi64;
}

#[cfg(not(target_feature = "sse4.2"))]
binary! {
    // What the upper halves say; where they are equal, what the lower ones take from them in a
    // subtraction.
    gt_s(a, b) = {
        let borrowed = _mm_and_si128(_mm_cmpeq_epi32(a, b), _mm_sub_epi64(b, a));
        let halves = _mm_or_si128(borrowed, _mm_cmpgt_epi32(a, b));
        _mm_shuffle_epi32::<0xf5>(halves)
    };
}

/// All bits of a lane what its highest is.
#[inline(always)]
fn sign(a: Repr) -> Repr {
    _mm_shuffle_epi32::<0xf5>(_mm_srai_epi32::<31>(a))
}

unary! {
    neg(a) = _mm_sub_epi64(_mm_setzero_si128(), a);
    abs(a) = _mm_sub_epi64(_mm_xor_si128(a, sign(a)), sign(a));
    extend_high_i32x4_s(a) = _mm_unpackhi_epi32(a, _mm_srai_epi32::<31>(a));
    extend_low_i32x4_u(a) = _mm_unpacklo_epi32(a, _mm_setzero_si128());
    extend_high_i32x4_u(a) = _mm_unpackhi_epi32(a, _mm_setzero_si128());
}

#[cfg(target_feature = "sse4.1")]
unary! {
    extend_low_i32x4_s(a) = _mm_cvtepi32_epi64(a);
}

#[cfg(not(target_feature = "sse4.1"))]
unary! {
    extend_low_i32x4_s(a) = _mm_unpacklo_epi32(a, _mm_srai_epi32::<31>(a));
}

#[inline(always)]
pub fn all_true(a: V128) -> i32 {
    let zeros = eq(a, V128::ZERO);
    i32::from(bitmask(zeros) == 0)
}

#[inline(always)]
pub fn bitmask(a: V128) -> i32 {
    _mm_movemask_pd(_mm_castsi128_pd(a.0))
}

#[inline(always)]
pub fn shl(a: V128, count: i32) -> V128 {
    V128(_mm_sll_epi64(a.0, shift_count(count, 64)))
}

#[inline(always)]
pub fn shr_u(a: V128, count: i32) -> V128 {
    V128(_mm_srl_epi64(a.0, shift_count(count, 64)))
}

/// As unsigned; then the bit that was the sign is extended by arithmetic.
#[inline(always)]
pub fn shr_s(a: V128, count: i32) -> V128 {
    let count = shift_count(count, 64);
    let sign = _mm_srl_epi64(_mm_set1_epi64x(i64::MIN), count);
    let shifted = _mm_srl_epi64(a.0, count);
    V128(_mm_sub_epi64(_mm_xor_si128(shifted, sign), sign))
}

binary! {
    // The lower halves' product, and to its upper half the two mixed ones.
    mul(a, b) = {
        let upper = _mm_add_epi64(
            _mm_mul_epu32(_mm_srli_epi64::<32>(a), b),
            _mm_mul_epu32(a, _mm_srli_epi64::<32>(b)),
        );
        _mm_add_epi64(_mm_mul_epu32(a, b), _mm_slli_epi64::<32>(upper))
    };
    // The instructions multiply lanes 0 and 2.
    extmul_low_i32x4_s(a, b) =
        multiply_signed(_mm_shuffle_epi32::<0x50>(a), _mm_shuffle_epi32::<0x50>(b));
    extmul_high_i32x4_s(a, b) =
        multiply_signed(_mm_shuffle_epi32::<0xfa>(a), _mm_shuffle_epi32::<0xfa>(b));
    extmul_low_i32x4_u(a, b) =
        _mm_mul_epu32(_mm_shuffle_epi32::<0x50>(a), _mm_shuffle_epi32::<0x50>(b));
    extmul_high_i32x4_u(a, b) =
        _mm_mul_epu32(_mm_shuffle_epi32::<0xfa>(a), _mm_shuffle_epi32::<0xfa>(b));
}

/// Lanes 0 and 2 of four, which lanes 1 and 3 repeat.
#[cfg(target_feature = "sse4.1")]
#[inline(always)]
fn multiply_signed(a: Repr, b: Repr) -> Repr {
    _mm_mul_epi32(a, b)
}

/// Lanes 0 and 2 of four, which lanes 1 and 3 repeat. As unsigned, a negative number is taken for
/// 2^32 more: the upper half is too great by the other.
#[cfg(not(target_feature = "sse4.1"))]
#[inline(always)]
fn multiply_signed(a: Repr, b: Repr) -> Repr {
    let more = _mm_add_epi32(
        _mm_and_si128(_mm_srai_epi32::<31>(a), b),
        _mm_and_si128(_mm_srai_epi32::<31>(b), a),
    );
    _mm_sub_epi64(_mm_mul_epu32(a, b), _mm_slli_epi64::<32>(more))
}
