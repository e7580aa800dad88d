//! Arithmetic on 128 bits, given as two halves, the low one first (proposal *wide arithmetic*).
//!
//! On 64-bit processors each is the machine's own: two additions with the carry between them, or
//! one multiplication that gives both halves.

#[inline(always)]
fn whole(low: i64, high: i64) -> u128 {
    u128::from(low.cast_unsigned()) | u128::from(high.cast_unsigned()) << 64
}

#[inline(always)]
fn halves(whole: u128) -> (i64, i64) {
    (whole as i64, (whole >> 64) as i64)
}

/// `i64.add128`
#[inline(always)]
pub fn i64_add128(low: i64, high: i64, other_low: i64, other_high: i64) -> (i64, i64) {
    halves(whole(low, high).wrapping_add(whole(other_low, other_high)))
}

/// `i64.sub128`
#[inline(always)]
pub fn i64_sub128(low: i64, high: i64, other_low: i64, other_high: i64) -> (i64, i64) {
    halves(whole(low, high).wrapping_sub(whole(other_low, other_high)))
}

/// `i64.mul_wide_s`
#[inline(always)]
pub fn i64_mul_wide_s(a: i64, b: i64) -> (i64, i64) {
    halves((i128::from(a) * i128::from(b)).cast_unsigned())
}

/// `i64.mul_wide_u`
#[inline(always)]
pub fn i64_mul_wide_u(a: i64, b: i64) -> (i64, i64) {
    halves(u128::from(a.cast_unsigned()) * u128::from(b.cast_unsigned()))
}
