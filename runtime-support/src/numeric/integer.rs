//! Divisions and conversions to integers that trap (specification: *Integer Operations*,
//! *Conversions*).

use crate::trap::{self, TrapKind};

/// Division by zero.
#[cold]
#[inline(never)]
fn divide_by_zero() -> ! {
    trap::raise(TrapKind::IntegerDivideByZero)
}

/// A result that the type doesn't hold.
#[cold]
#[inline(never)]
fn overflow() -> ! {
    trap::raise(TrapKind::IntegerOverflow)
}

/// A number that can't be converted.
#[cold]
#[inline(never)]
fn no_integer(is_nan: bool) -> ! {
    trap::raise(if is_nan {
        TrapKind::InvalidConversionToInteger
    } else {
        TrapKind::IntegerOverflow
    })
}

/// The divisions of one type.
macro_rules! divisions {
    ($signed:ty, $unsigned:ty, $div_s:ident, $div_u:ident, $rem_s:ident, $rem_u:ident) => {
        /// `div_s` (specification: *idiv_s*): towards zero.
        #[inline(always)]
        pub fn $div_s(a: $signed, b: $signed) -> $signed {
            if b == 0 {
                divide_by_zero();
            }
            match a.checked_div(b) {
                Some(quotient) => quotient,
                None => overflow(),
            }
        }

        /// `div_u` (specification: *idiv_u*).
        #[inline(always)]
        pub fn $div_u(a: $signed, b: $signed) -> $signed {
            match (a as $unsigned).checked_div(b as $unsigned) {
                Some(quotient) => quotient as $signed,
                None => divide_by_zero(),
            }
        }

        /// `rem_s` (specification: *irem_s*): with the dividend's sign.
        #[inline(always)]
        pub fn $rem_s(a: $signed, b: $signed) -> $signed {
            if b == 0 {
                divide_by_zero();
            }
            // The least number modulo -1 is 0, and no overflow.
            a.wrapping_rem(b)
        }

        /// `rem_u` (specification: *irem_u*).
        #[inline(always)]
        pub fn $rem_u(a: $signed, b: $signed) -> $signed {
            match (a as $unsigned).checked_rem(b as $unsigned) {
                Some(remainder) => remainder as $signed,
                None => divide_by_zero(),
            }
        }
    };
}

divisions!(i32, u32, i32_div_s, i32_div_u, i32_rem_s, i32_rem_u);
divisions!(i64, u64, i64_div_s, i64_div_u, i64_rem_s, i64_rem_u);

/// A truncation: of a float, to an integer given by its bits' type, allowed if the two comparisons
/// hold. The bounds are the floats nearest to the range that are outside of it, or its first if
/// there is none between.
macro_rules! truncation {
    ($(#[$doc:meta])* $name:ident: $float:ty, $integer:ty as $result:ty, $lower:tt $low:literal) => {
        $(#[$doc])*
        #[inline(always)]
        #[allow(clippy::manual_range_contains, reason = "the lower bound is not always inside")]
        pub fn $name(x: $float) -> $result {
            /// The least power of two that is too large.
            const HIGH: $float = (<$integer>::MAX / 2 + 1) as $float * 2.0;
            if !(x $lower $low && x < HIGH) {
                no_integer(x.is_nan());
            }
            // SAFETY: not NaN, not infinite, and in the integer's range after truncation: above
            // the lower bound minus one, and below the upper bound plus one, which `HIGH` is.
            unsafe { x.to_int_unchecked::<$integer>() as $result }
        }
    };
}

truncation!(
    /// `i32.trunc_f32_s`. Between -2^31 - 1 and -2^31 there is no `f32`.
    i32_trunc_f32_s: f32, i32 as i32, >= -2147483648.0
);
truncation!(
    /// `i32.trunc_f32_u`
    i32_trunc_f32_u: f32, u32 as i32, > -1.0
);
truncation!(
    /// `i32.trunc_f64_s`
    i32_trunc_f64_s: f64, i32 as i32, > -2147483649.0
);
truncation!(
    /// `i32.trunc_f64_u`
    i32_trunc_f64_u: f64, u32 as i32, > -1.0
);
truncation!(
    /// `i64.trunc_f32_s`. Between -2^63 - 1 and -2^63 there is no `f32`.
    i64_trunc_f32_s: f32, i64 as i64, >= -9223372036854775808.0
);
truncation!(
    /// `i64.trunc_f32_u`
    i64_trunc_f32_u: f32, u64 as i64, > -1.0
);
truncation!(
    /// `i64.trunc_f64_s`. Between -2^63 - 1 and -2^63 there is no `f64`.
    i64_trunc_f64_s: f64, i64 as i64, >= -9223372036854775808.0
);
truncation!(
    /// `i64.trunc_f64_u`
    i64_trunc_f64_u: f64, u64 as i64, > -1.0
);
