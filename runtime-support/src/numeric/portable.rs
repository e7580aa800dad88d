//! Roundings and roots in plain arithmetic, exact to the bit.
//!
//! For hosts where the standard library has no instruction for them, or isn't there. Its functions
//! are then the C library's, slower than this, and not in agreement on NaNs.

/// A quiet NaN with the payload of the NaN `x`.
#[inline(always)]
fn f32_quiet(x: f32) -> f32 {
    f32::from_bits(x.to_bits() | 0x0040_0000)
}

/// A quiet NaN with the payload of the NaN `x`.
#[inline(always)]
fn f64_quiet(x: f64) -> f64 {
    f64::from_bits(x.to_bits() | 0x0008_0000_0000_0000)
}

/// The roundings of one type, given an integer type for its whole numbers, and the least power of
/// two from which on all its numbers are whole.
macro_rules! roundings {
    (
        $float:ident, $integer:ident, $quiet:ident, $whole:literal;
        $nearest:ident $ceil:ident $floor:ident $trunc:ident
    ) => {
        /// See [`super::float`].
        #[inline(always)]
        pub(super) fn $trunc(x: $float) -> $float {
            if x.abs() < $whole {
                // SAFETY: not a NaN, and in the range of the integer, which holds `$whole`.
                let integer = unsafe { x.to_int_unchecked::<$integer>() };
                // Of zero, the sign is still missing.
                (integer as $float).copysign(x)
            } else {
                whole!(x, $quiet)
            }
        }

        /// See [`super::float`].
        #[inline(always)]
        pub(super) fn $floor(x: $float) -> $float {
            let whole = $trunc(x);
            if whole > x { whole - 1.0 } else { whole }
        }

        /// See [`super::float`].
        #[inline(always)]
        pub(super) fn $ceil(x: $float) -> $float {
            let whole = $trunc(x);
            // The sign is missing where a sum is zero: -0.5 gives -1 + 1.
            if whole < x {
                (whole + 1.0).copysign(x)
            } else {
                whole
            }
        }

        /// See [`super::float`].
        #[inline(always)]
        pub(super) fn $nearest(x: $float) -> $float {
            if x.abs() < $whole {
                // The sum has no bits for a fraction; it is rounded as all sums are, to the
                // nearest, and to the even of two.
                ((x.abs() + $whole) - $whole).copysign(x)
            } else {
                whole!(x, $quiet)
            }
        }
    };
}

/// A number that is whole, infinite, or a NaN; the latter made quiet.
macro_rules! whole {
    ($x:ident, $quiet:ident) => {
        if $x.is_nan() { $quiet($x) } else { $x }
    };
}

roundings! {
    f32, i32, f32_quiet, 8388608.0;
    f32_nearest f32_ceil f32_floor f32_trunc
}

roundings! {
    f64, i64, f64_quiet, 4503599627370496.0;
    f64_nearest f64_ceil f64_floor f64_trunc
}

/// The root of one type, given its bits' type, one of twice the width, and how many bits the
/// fraction and the exponent's bias have.
macro_rules! root {
    (
        $sqrt:ident: $float:ident, $bits:ident, $wide:ident, $quiet:ident, $fraction:literal,
        $bias:literal
    ) => {
        /// See [`super::float`].
        #[allow(dead_code, reason = "most processors have an instruction")]
        pub(super) fn $sqrt(x: $float) -> $float {
            if x.is_nan() {
                return $quiet(x);
            }
            if x < 0.0 {
                return $float::NAN;
            }
            if x == 0.0 || x == $float::INFINITY {
                return x;
            }
            // x = mantissa * 2^exponent, the mantissa having its leading bit where normal numbers
            // have the hidden one.
            const HIDDEN: $bits = 1 << $fraction;
            let bits = x.to_bits();
            let mut exponent = (bits >> $fraction) as i32;
            let mut mantissa = bits & (HIDDEN - 1);
            if exponent == 0 {
                let shift = mantissa.leading_zeros() - HIDDEN.leading_zeros();
                mantissa <<= shift;
                exponent = 1 - shift as i32;
            } else {
                mantissa |= HIDDEN;
            }
            exponent -= $bias + $fraction;
            // Shifted so that the exponent is even and the whole root has one bit more than a
            // mantissa: the one that decides how to round. The root can't lie just between two
            // numbers: the square of an odd number isn't a multiple of 2.
            let shift = $fraction + 2 + ((exponent - $fraction) & 1);
            let root = (<$wide>::from(mantissa) << shift).isqrt() as $bits;
            let rounded = (root + 1) >> 1;
            let exponent = (exponent - shift) / 2 + 1 + $bias + $fraction;
            // Rounded up to the next power of two, the carry goes to the exponent.
            $float::from_bits(((exponent as $bits) << $fraction) + (rounded - HIDDEN))
        }
    };
}

root!(f32_sqrt: f32, u32, u64, f32_quiet, 23, 127);
root!(f64_sqrt: f64, u64, u128, f64_quiet, 52, 1023);
