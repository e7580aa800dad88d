//! Four integers of 32 bits.

use super::*;

#[inline(always)]
pub fn splat(value: i32) -> V128 {
    V128(_mm_set1_epi32(value))
}

binary! {
    eq = _mm_cmpeq_epi32;
    gt_s = _mm_cmpgt_epi32;
    add = _mm_add_epi32;
    sub = _mm_sub_epi32;
    dot_i16x8_s = _mm_madd_epi16;
}

signed_comparisons! {}
unsigned_comparisons! { _mm_set1_epi32(i32::MIN) }

#[cfg(target_feature = "sse4.1")]
binary! {
    mul = _mm_mullo_epi32;
    min_s = _mm_min_epi32;
    min_u = _mm_min_epu32;
    max_s = _mm_max_epi32;
    max_u = _mm_max_epu32;
}

#[cfg(not(target_feature = "sse4.1"))]
binary! {
    // Lanes 0 and 2, then 1 and 3, of the products the lower halves.
    mul(a, b) = {
        let even = _mm_mul_epu32(a, b);
        let odd = _mm_mul_epu32(_mm_shuffle_epi32::<0xf5>(a), _mm_shuffle_epi32::<0xf5>(b));
        _mm_unpacklo_epi32(_mm_shuffle_epi32::<0xe8>(even), _mm_shuffle_epi32::<0xe8>(odd))
    };
    min_s(a, b) = choose(_mm_cmpgt_epi32(a, b), b, a);
    min_u(a, b) = choose(gt_u(V128(a), V128(b)).0, b, a);
    max_s(a, b) = choose(_mm_cmpgt_epi32(a, b), a, b);
    max_u(a, b) = choose(gt_u(V128(a), V128(b)).0, a, b);
}

unary! {
    neg(a) = _mm_sub_epi32(_mm_setzero_si128(), a);
    extend_high_i16x8_s(a) = _mm_srai_epi32::<16>(_mm_unpackhi_epi16(a, a));
    extend_low_i16x8_u(a) = _mm_unpacklo_epi16(a, _mm_setzero_si128());
    extend_high_i16x8_u(a) = _mm_unpackhi_epi16(a, _mm_setzero_si128());
    extadd_pairwise_i16x8_s(a) = _mm_madd_epi16(a, _mm_set1_epi16(1));
    // As signed numbers, each less by 2^15.
    extadd_pairwise_i16x8_u(a) = {
        let less = _mm_xor_si128(a, _mm_set1_epi16(i16::MIN));
        _mm_add_epi32(_mm_madd_epi16(less, _mm_set1_epi16(1)), _mm_set1_epi32(0x1_0000))
    };
}

#[cfg(target_feature = "ssse3")]
unary! {
    abs(a) = _mm_abs_epi32(a);
}

#[cfg(not(target_feature = "ssse3"))]
unary! {
    abs(a) = {
        let sign = _mm_srai_epi32::<31>(a);
        _mm_sub_epi32(_mm_xor_si128(a, sign), sign)
    };
}

#[cfg(target_feature = "sse4.1")]
unary! {
    extend_low_i16x8_s(a) = _mm_cvtepi16_epi32(a);
}

#[cfg(not(target_feature = "sse4.1"))]
unary! {
    extend_low_i16x8_s(a) = _mm_srai_epi32::<16>(_mm_unpacklo_epi16(a, a));
}

#[inline(always)]
pub fn all_true(a: V128) -> i32 {
    let zeros = _mm_cmpeq_epi32(a.0, _mm_setzero_si128());
    i32::from(_mm_movemask_ps(_mm_castsi128_ps(zeros)) == 0)
}

#[inline(always)]
pub fn bitmask(a: V128) -> i32 {
    _mm_movemask_ps(_mm_castsi128_ps(a.0))
}

#[inline(always)]
pub fn shl(a: V128, count: i32) -> V128 {
    V128(_mm_sll_epi32(a.0, shift_count(count, 32)))
}

#[inline(always)]
pub fn shr_s(a: V128, count: i32) -> V128 {
    V128(_mm_sra_epi32(a.0, shift_count(count, 32)))
}

#[inline(always)]
pub fn shr_u(a: V128, count: i32) -> V128 {
    V128(_mm_srl_epi32(a.0, shift_count(count, 32)))
}

// The products' lower and upper halves, put together.
binary! {
    extmul_low_i16x8_s(a, b) =
        _mm_unpacklo_epi16(_mm_mullo_epi16(a, b), _mm_mulhi_epi16(a, b));
    extmul_high_i16x8_s(a, b) =
        _mm_unpackhi_epi16(_mm_mullo_epi16(a, b), _mm_mulhi_epi16(a, b));
    extmul_low_i16x8_u(a, b) =
        _mm_unpacklo_epi16(_mm_mullo_epi16(a, b), _mm_mulhi_epu16(a, b));
    extmul_high_i16x8_u(a, b) =
        _mm_unpackhi_epi16(_mm_mullo_epi16(a, b), _mm_mulhi_epu16(a, b));
}

/// The instruction gives `i32::MIN` for what is out of range; where that is because the number is
/// too great, all bits the other way are right.
#[inline(always)]
pub fn trunc_sat_f32x4_s(a: V128) -> V128 {
    let a = _mm_castsi128_ps(a.0);
    let number = _mm_and_ps(a, _mm_cmpeq_ps(a, a));
    let great = _mm_cmple_ps(_mm_set1_ps(2_147_483_648.0), number);
    V128(_mm_xor_si128(
        _mm_cvttps_epi32(number),
        _mm_castps_si128(great),
    ))
}

/// What is less than 2^31, and what is beyond that, each converted as signed, and added.
#[inline(always)]
pub fn trunc_sat_f32x4_u(a: V128) -> V128 {
    // Of a NaN and a number the instruction takes the second.
    let number = _mm_max_ps(_mm_castsi128_ps(a.0), _mm_setzero_ps());
    let half = _mm_set1_ps(2_147_483_648.0);
    let beyond = _mm_sub_ps(number, half);
    let great = _mm_castps_si128(_mm_cmple_ps(half, beyond));
    // Where there is nothing beyond, it is negative, and does not count.
    let upper = _mm_xor_si128(_mm_cvttps_epi32(beyond), great);
    let upper = _mm_andnot_si128(_mm_srai_epi32::<31>(upper), upper);
    V128(_mm_add_epi32(_mm_cvttps_epi32(number), upper))
}

#[inline(always)]
pub fn trunc_sat_f64x2_s_zero(a: V128) -> V128 {
    let a = _mm_castsi128_pd(a.0);
    // The greatest there can be; zero where there is a NaN, of which the instruction takes the
    // second operand. For what is too small it gives `i32::MIN`.
    let most = _mm_and_pd(_mm_cmpeq_pd(a, a), _mm_set1_pd(2_147_483_647.0));
    V128(_mm_cvttpd_epi32(_mm_min_pd(a, most)))
}

#[inline(always)]
pub fn trunc_sat_f64x2_u_zero(a: V128) -> V128 {
    let number = _mm_max_pd(_mm_castsi128_pd(a.0), _mm_setzero_pd());
    let number = _mm_min_pd(number, _mm_set1_pd(4_294_967_295.0));
    V128(_mm_castps_si128(_mm_shuffle_ps::<0x88>(
        _mm_castsi128_ps(low_bits(number)),
        _mm_setzero_ps(),
    )))
}

/// 2^52: in the sum with it a whole number is in the lowest bits.
const MAGIC: f64 = 4_503_599_627_370_496.0;

/// A number that is not negative, rounded to zero, in the lower half of its bits.
#[cfg(target_feature = "sse4.1")]
#[inline(always)]
fn low_bits(number: core::arch::x86_64::__m128d) -> Repr {
    let whole = _mm_round_pd::<{ super::float::mode::TO_ZERO }>(number);
    _mm_castpd_si128(_mm_add_pd(whole, _mm_set1_pd(MAGIC)))
}

/// A number that is not negative, rounded to zero, in the lower half of its bits: the sum rounds
/// to the nearest, and where that is greater, it is one less.
#[cfg(not(target_feature = "sse4.1"))]
#[inline(always)]
fn low_bits(number: core::arch::x86_64::__m128d) -> Repr {
    let sum = _mm_add_pd(number, _mm_set1_pd(MAGIC));
    let greater = _mm_cmplt_pd(number, _mm_sub_pd(sum, _mm_set1_pd(MAGIC)));
    _mm_add_epi64(_mm_castpd_si128(sum), _mm_castpd_si128(greater))
}
