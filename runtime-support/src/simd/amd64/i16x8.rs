//! Eight integers of 16 bits.

use super::*;

#[inline(always)]
pub fn splat(value: i32) -> V128 {
    V128(_mm_set1_epi16(value as i16))
}

binary! {
    eq = _mm_cmpeq_epi16;
    gt_s = _mm_cmpgt_epi16;
    add = _mm_add_epi16;
    add_sat_s = _mm_adds_epi16;
    add_sat_u = _mm_adds_epu16;
    sub = _mm_sub_epi16;
    sub_sat_s = _mm_subs_epi16;
    sub_sat_u = _mm_subs_epu16;
    mul = _mm_mullo_epi16;
    min_s = _mm_min_epi16;
    max_s = _mm_max_epi16;
    avgr_u = _mm_avg_epu16;
    narrow_i32x4_s = _mm_packs_epi32;
}

signed_comparisons! {}
unsigned_comparisons! { _mm_set1_epi16(i16::MIN) }

#[cfg(target_feature = "sse4.1")]
binary! {
    min_u = _mm_min_epu16;
    max_u = _mm_max_epu16;
    narrow_i32x4_u = _mm_packus_epi32;
}

#[cfg(not(target_feature = "sse4.1"))]
binary! {
    min_u(a, b) = _mm_sub_epi16(a, _mm_subs_epu16(a, b));
    max_u(a, b) = _mm_add_epi16(b, _mm_subs_epu16(a, b));
    // The instruction that there is is for signed numbers: without those below zero, moved down,
    // and back up. Hidden, because LLVM makes twice as many instructions of what it sees in it.
    narrow_i32x4_u(a, b) = {
        let down = _mm_set1_epi32(0x8000);
        let moved = |a| {
            let negative = opaque(_mm_srai_epi32::<31>(a));
            _mm_sub_epi32(_mm_andnot_si128(negative, a), down)
        };
        _mm_xor_si128(_mm_packs_epi32(moved(a), moved(b)), _mm_set1_epi16(i16::MIN))
    };
}

unary! {
    neg(a) = _mm_sub_epi16(_mm_setzero_si128(), a);
    extend_high_i8x16_s(a) = _mm_srai_epi16::<8>(_mm_unpackhi_epi8(a, a));
    extend_low_i8x16_u(a) = _mm_unpacklo_epi8(a, _mm_setzero_si128());
    extend_high_i8x16_u(a) = _mm_unpackhi_epi8(a, _mm_setzero_si128());
}

#[cfg(target_feature = "ssse3")]
unary! {
    abs(a) = _mm_abs_epi16(a);
    // Of the operands of that instruction the first is unsigned.
    extadd_pairwise_i8x16_s(a) = _mm_maddubs_epi16(_mm_set1_epi8(1), a);
    extadd_pairwise_i8x16_u(a) = _mm_maddubs_epi16(a, _mm_set1_epi8(1));
}

#[cfg(not(target_feature = "ssse3"))]
unary! {
    abs(a) = _mm_max_epi16(a, _mm_sub_epi16(_mm_setzero_si128(), a));
    extadd_pairwise_i8x16_s(a) = {
        let even = _mm_srai_epi16::<8>(_mm_slli_epi16::<8>(a));
        _mm_add_epi16(even, _mm_srai_epi16::<8>(a))
    };
    extadd_pairwise_i8x16_u(a) = {
        let even = _mm_and_si128(a, _mm_set1_epi16(0xff));
        _mm_add_epi16(even, _mm_srli_epi16::<8>(a))
    };
}

#[cfg(target_feature = "sse4.1")]
unary! {
    extend_low_i8x16_s(a) = _mm_cvtepi8_epi16(a);
}

#[cfg(not(target_feature = "sse4.1"))]
unary! {
    extend_low_i8x16_s(a) = _mm_srai_epi16::<8>(_mm_unpacklo_epi8(a, a));
}

#[inline(always)]
pub fn all_true(a: V128) -> i32 {
    i32::from(_mm_movemask_epi8(_mm_cmpeq_epi16(a.0, _mm_setzero_si128())) == 0)
}

#[inline(always)]
pub fn bitmask(a: V128) -> i32 {
    _mm_movemask_epi8(_mm_packs_epi16(a.0, _mm_setzero_si128()))
}

#[inline(always)]
pub fn shl(a: V128, count: i32) -> V128 {
    V128(_mm_sll_epi16(a.0, shift_count(count, 16)))
}

#[inline(always)]
pub fn shr_s(a: V128, count: i32) -> V128 {
    V128(_mm_sra_epi16(a.0, shift_count(count, 16)))
}

#[inline(always)]
pub fn shr_u(a: V128, count: i32) -> V128 {
    V128(_mm_srl_epi16(a.0, shift_count(count, 16)))
}

binary! {
    extmul_low_i8x16_s(a, b) =
        _mm_mullo_epi16(extend_low_i8x16_s(V128(a)).0, extend_low_i8x16_s(V128(b)).0);
    extmul_high_i8x16_s(a, b) =
        _mm_mullo_epi16(extend_high_i8x16_s(V128(a)).0, extend_high_i8x16_s(V128(b)).0);
    extmul_low_i8x16_u(a, b) =
        _mm_mullo_epi16(extend_low_i8x16_u(V128(a)).0, extend_low_i8x16_u(V128(b)).0);
    extmul_high_i8x16_u(a, b) =
        _mm_mullo_epi16(extend_high_i8x16_u(V128(a)).0, extend_high_i8x16_u(V128(b)).0);
    q15mulr_sat_s(a, b) = {
        // Of all products only that of the least number with itself is too great: it wraps.
        let product = q15mulr(a, b);
        let wrapped = _mm_cmpeq_epi16(product, _mm_set1_epi16(i16::MIN));
        _mm_xor_si128(product, wrapped)
    };
}

#[cfg(target_feature = "ssse3")]
#[inline(always)]
fn q15mulr(a: Repr, b: Repr) -> Repr {
    _mm_mulhrs_epi16(a, b)
}

/// The product's upper 17 bits of 32, rounded, from its halves. Hidden, because LLVM makes three
/// times as many instructions of what it sees in it.
#[cfg(not(target_feature = "ssse3"))]
#[inline(always)]
fn q15mulr(a: Repr, b: Repr) -> Repr {
    let (low, high) = (_mm_mullo_epi16(a, b), _mm_mulhi_epi16(a, b));
    let two_bits = opaque(_mm_srli_epi16::<14>(low));
    let rounded = _mm_srli_epi16::<1>(_mm_add_epi16(two_bits, _mm_set1_epi16(1)));
    let high = opaque(high);
    _mm_add_epi16(_mm_add_epi16(high, high), rounded)
}

/// Even places and odd ones apart, so that they add up without moving.
#[inline(always)]
pub fn relaxed_dot_i8x16_i7x16_s(a: V128, b: V128) -> V128 {
    let even = |a| _mm_srai_epi16::<8>(_mm_slli_epi16::<8>(a));
    let odd = _mm_mullo_epi16(_mm_srai_epi16::<8>(a.0), _mm_srai_epi16::<8>(b.0));
    V128(_mm_add_epi16(_mm_mullo_epi16(even(a.0), even(b.0)), odd))
}
