//! Sixteen integers of 8 bits.

use super::*;

#[inline(always)]
pub fn splat(value: i32) -> V128 {
    V128(_mm_set1_epi8(value as i8))
}

binary! {
    eq = _mm_cmpeq_epi8;
    gt_s = _mm_cmpgt_epi8;
    add = _mm_add_epi8;
    add_sat_s = _mm_adds_epi8;
    add_sat_u = _mm_adds_epu8;
    sub = _mm_sub_epi8;
    sub_sat_s = _mm_subs_epi8;
    sub_sat_u = _mm_subs_epu8;
    min_u = _mm_min_epu8;
    max_u = _mm_max_epu8;
    avgr_u = _mm_avg_epu8;
    narrow_i16x8_s = _mm_packs_epi16;
    narrow_i16x8_u = _mm_packus_epi16;
}

signed_comparisons! {}
unsigned_comparisons! { _mm_set1_epi8(i8::MIN) }

#[cfg(target_feature = "sse4.1")]
binary! {
    min_s = _mm_min_epi8;
    max_s = _mm_max_epi8;
}

#[cfg(not(target_feature = "sse4.1"))]
binary! {
    min_s(a, b) = choose(_mm_cmpgt_epi8(a, b), b, a);
    max_s(a, b) = choose(_mm_cmpgt_epi8(a, b), a, b);
}

unary! {
    neg(a) = _mm_sub_epi8(_mm_setzero_si128(), a);
}

#[cfg(target_feature = "ssse3")]
unary! {
    abs(a) = _mm_abs_epi8(a);
}

#[cfg(not(target_feature = "ssse3"))]
unary! {
    // Of a number and its negative, the less one, unsigned, is the one without sign.
    abs(a) = _mm_min_epu8(a, _mm_sub_epi8(_mm_setzero_si128(), a));
}

/// By a table of what 4 bits count.
#[cfg(target_feature = "ssse3")]
#[inline(always)]
pub fn popcnt(a: V128) -> V128 {
    let table = V128::from([0u8, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4]).0;
    let nibble = _mm_set1_epi8(0x0f);
    let low = _mm_and_si128(a.0, nibble);
    let high = _mm_and_si128(_mm_srli_epi16::<4>(a.0), nibble);
    V128(_mm_add_epi8(
        _mm_shuffle_epi8(table, low),
        _mm_shuffle_epi8(table, high),
    ))
}

/// By adding neighbours: bits, pairs, and fours.
#[cfg(not(target_feature = "ssse3"))]
#[inline(always)]
pub fn popcnt(a: V128) -> V128 {
    let odd = _mm_and_si128(_mm_srli_epi16::<1>(a.0), _mm_set1_epi8(0x55));
    let pairs = _mm_sub_epi8(a.0, odd);
    let mask = _mm_set1_epi8(0x33);
    let fours = _mm_add_epi8(
        _mm_and_si128(pairs, mask),
        _mm_and_si128(_mm_srli_epi16::<2>(pairs), mask),
    );
    let sum = _mm_add_epi8(fours, _mm_srli_epi16::<4>(fours));
    V128(_mm_and_si128(sum, _mm_set1_epi8(0x0f)))
}

#[inline(always)]
pub fn all_true(a: V128) -> i32 {
    i32::from(_mm_movemask_epi8(_mm_cmpeq_epi8(a.0, _mm_setzero_si128())) == 0)
}

#[inline(always)]
pub fn bitmask(a: V128) -> i32 {
    _mm_movemask_epi8(a.0)
}

/// In each byte the bits that a shift by `count` within lanes of 16 bits leaves its own when it
/// goes right: `0xff >> count`.
#[inline(always)]
fn kept(count: i32) -> Repr {
    let ones = _mm_set1_epi16(-1);
    let words = _mm_srl_epi16(ones, _mm_cvtsi32_si128((count & 7) + 8));
    _mm_packus_epi16(words, words)
}

#[inline(always)]
pub fn shl(a: V128, count: i32) -> V128 {
    let own = _mm_and_si128(a.0, kept(count));
    V128(_mm_sll_epi16(own, shift_count(count, 8)))
}

#[inline(always)]
pub fn shr_u(a: V128, count: i32) -> V128 {
    let shifted = _mm_srl_epi16(a.0, shift_count(count, 8));
    V128(_mm_and_si128(shifted, kept(count)))
}

#[inline(always)]
pub fn shr_s(a: V128, count: i32) -> V128 {
    // As the upper halves of words.
    let count = _mm_cvtsi32_si128((count & 7) + 8);
    V128(_mm_packs_epi16(
        _mm_sra_epi16(_mm_unpacklo_epi8(a.0, a.0), count),
        _mm_sra_epi16(_mm_unpackhi_epi8(a.0, a.0), count),
    ))
}

/// The instruction gives 0 for places with the highest bit; adding with saturation makes such of
/// all from 16 on, and leaves the lower four bits of the others.
#[cfg(target_feature = "ssse3")]
#[inline(always)]
pub fn swizzle(a: V128, places: V128) -> V128 {
    V128(_mm_shuffle_epi8(
        a.0,
        _mm_adds_epu8(places.0, _mm_set1_epi8(0x70)),
    ))
}

/// There is no instruction: byte by byte, by way of memory.
#[cfg(not(target_feature = "ssse3"))]
#[inline(always)]
pub fn swizzle(a: V128, places: V128) -> V128 {
    let bytes: [u8; 16] = a.into();
    let mut table = [0; 32];
    table[..16].copy_from_slice(&bytes);
    let places: [u8; 16] = V128(_mm_min_epu8(places.0, _mm_set1_epi8(16))).into();
    V128::from(places.map(|place| table[usize::from(place & 31)]))
}
