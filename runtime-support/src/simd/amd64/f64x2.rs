//! Two numbers of 64 bits.

use super::float::floats;
#[cfg(target_feature = "sse4.1")]
use super::float::mode;
use super::*;

type Vector = core::arch::x86_64::__m128d;

floats! {
    f64 i64 _mm_castsi128_pd _mm_castpd_si128 _mm_set1_pd _mm_set1_epi64x
    _mm_srli_epi64::<13> 0x0008_0000_0000_0000 4_503_599_627_370_496.0;
    _mm_add_pd _mm_sub_pd _mm_mul_pd _mm_div_pd _mm_sqrt_pd _mm_min_pd _mm_max_pd
    _mm_and_pd _mm_andnot_pd _mm_or_pd _mm_xor_pd
    _mm_cmpeq_pd _mm_cmpneq_pd _mm_cmplt_pd _mm_cmple_pd _mm_cmpunord_pd _mm_round_pd
}

#[inline(always)]
pub fn convert_low_i32x4_s(a: V128) -> V128 {
    V128(_mm_castpd_si128(_mm_cvtepi32_pd(a.0)))
}

/// The bits become the fraction of a number from 2^52 on, which is then taken off.
#[inline(always)]
pub fn convert_low_i32x4_u(a: V128) -> V128 {
    let number = _mm_unpacklo_epi32(a.0, _mm_set1_epi32(0x4330_0000));
    let number = _mm_castsi128_pd(number);
    V128(_mm_castpd_si128(_mm_sub_pd(
        number,
        _mm_set1_pd(4_503_599_627_370_496.0),
    )))
}

#[inline(always)]
pub fn promote_low_f32x4(a: V128) -> V128 {
    V128(_mm_castpd_si128(_mm_cvtps_pd(_mm_castsi128_ps(a.0))))
}
