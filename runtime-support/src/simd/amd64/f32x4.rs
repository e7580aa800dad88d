//! Four numbers of 32 bits.

use super::float::floats;
#[cfg(target_feature = "sse4.1")]
use super::float::mode;
use super::*;

type Vector = core::arch::x86_64::__m128;

floats! {
    f32 i32 _mm_castsi128_ps _mm_castps_si128 _mm_set1_ps _mm_set1_epi32
    _mm_srli_epi32::<10> 0x0040_0000 8_388_608.0;
    _mm_add_ps _mm_sub_ps _mm_mul_ps _mm_div_ps _mm_sqrt_ps _mm_min_ps _mm_max_ps
    _mm_and_ps _mm_andnot_ps _mm_or_ps _mm_xor_ps
    _mm_cmpeq_ps _mm_cmpneq_ps _mm_cmplt_ps _mm_cmple_ps _mm_cmpunord_ps _mm_round_ps
}

#[inline(always)]
pub fn convert_i32x4_s(a: V128) -> V128 {
    V128(_mm_castps_si128(_mm_cvtepi32_ps(a.0)))
}

/// Each half of the bits becomes the fraction of a number with the exponent that gives it its
/// value; only the last addition rounds.
#[inline(always)]
pub fn convert_i32x4_u(a: V128) -> V128 {
    let low = _mm_and_si128(a.0, _mm_set1_epi32(0xffff));
    // 2^23 and the lower half; 2^39 and 2^16 times the upper half.
    let low = _mm_or_si128(low, _mm_set1_epi32(0x4b00_0000));
    let high = _mm_or_si128(_mm_srli_epi32::<16>(a.0), _mm_set1_epi32(0x5300_0000));
    let both = _mm_set1_ps(549_755_813_888.0 + 8_388_608.0);
    let high = _mm_sub_ps(_mm_castsi128_ps(high), both);
    V128(_mm_castps_si128(_mm_add_ps(_mm_castsi128_ps(low), high)))
}

/// LLVM takes a promotion that is demoted again for its operand, were that not hidden.
#[inline(always)]
pub fn demote_f64x2_zero(a: V128) -> V128 {
    let hidden = _mm_castsi128_pd(opaque(a.0));
    V128(_mm_castps_si128(_mm_cvtpd_ps(hidden)))
}
