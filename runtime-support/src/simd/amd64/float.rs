//! What both shapes of floating-point numbers have.

/// The functions of a shape: its types; the intrinsics that convert from and to bits and make
/// splats; what shifts a lane of ones so that they cover all but sign, exponent and the quiet bit
/// of a NaN; that bit; the least power of two from which on all numbers are whole; and the
/// intrinsics that compute.
macro_rules! floats {
    (
        $float:ident $bits:ident $from_bits:ident $to_bits:ident $splat:ident $splat_bits:ident
        $shift_right:ident::<$payload:literal> $quiet:literal $whole:literal;
        $add:ident $sub:ident $mul:ident $div:ident $sqrt:ident $min:ident $max:ident
        $and:ident $andnot:ident $or:ident $xor:ident
        $eq:ident $ne:ident $lt:ident $le:ident $unordered:ident $round:ident
    ) => {
        #[inline(always)]
        pub fn splat(value: $float) -> V128 {
            V128($to_bits($splat(value)))
        }

        floats! { $from_bits $to_bits
            eq(a, b) = $eq(a, b);
            ne(a, b) = $ne(a, b);
            lt(a, b) = $lt(a, b);
            gt(a, b) = $lt(b, a);
            le(a, b) = $le(a, b);
            ge(a, b) = $le(b, a);
            abs(a) = $andnot(highest(), a);
            neg(a) = $xor(highest(), a);
            sqrt(a) = $sqrt(a);
            add(a, b) = $add(a, b);
            sub(a, b) = $sub(a, b);
            mul(a, b) = $mul(a, b);
            div(a, b) = $div(a, b);
            // The instructions compare their first operand with the second, and take the second
            // unless that holds: for equal numbers and NaNs, too.
            pmin(a, b) = $min(b, a);
            pmax(a, b) = $max(b, a);
            // Asked both ways, so that of zeros one is what it must be, and a NaN comes through.
            min(a, b) = {
                let least = $or($min(a, b), $min(b, a));
                let nan = $unordered(least, least);
                canonical(nan, $or(least, nan))
            };
            max(a, b) = {
                let (one, other) = ($max(a, b), $max(b, a));
                // Where they differ, it is in the sign of a zero, which the subtraction makes
                // positive, or there is a NaN.
                let differ = $xor(one, other);
                let greatest = $sub($or(one, differ), differ);
                canonical($unordered(greatest, greatest), greatest)
            };
        }

        /// The highest bit of each lane.
        #[inline(always)]
        fn highest() -> Vector {
            $from_bits($splat_bits($bits::MIN))
        }

        /// `a`, and where there is a quiet NaN, as `nan` says, without payload.
        #[inline(always)]
        fn canonical(nan: Vector, a: Vector) -> Vector {
            let payload = $from_bits($shift_right::<$payload>($to_bits(nan)));
            $andnot(payload, a)
        }

        #[cfg(target_feature = "sse4.1")]
        floats! { $from_bits $to_bits
            nearest(a) = $round::<{ mode::NEAREST }>(a);
            floor(a) = $round::<{ mode::DOWN }>(a);
            ceil(a) = $round::<{ mode::UP }>(a);
            trunc(a) = $round::<{ mode::TO_ZERO }>(a);
        }

        // Without an instruction: the sum with a number that leaves no bits for a fraction is
        // whole, and rounded to the nearest. If that was the wrong way, one less or more. Signs
        // are kept aside, for zeros have them too.
        #[cfg(not(target_feature = "sse4.1"))]
        floats! { $from_bits $to_bits
            nearest(a) = {
                let sign = $and(a, highest());
                unless_whole(a, $or(whole(a), sign))
            };
            floor(a) = {
                let nearest = $or(whole(a), $and(a, highest()));
                let one = $and($lt(a, nearest), $splat(1.0));
                unless_whole(a, $sub(nearest, one))
            };
            ceil(a) = {
                let sign = $and(a, highest());
                let nearest = $or(whole(a), sign);
                let one = $and($lt(nearest, a), $splat(1.0));
                unless_whole(a, $or($add(nearest, one), sign))
            };
            trunc(a) = {
                let (sign, size) = ($and(a, highest()), $andnot(highest(), a));
                let nearest = whole(a);
                let one = $and($lt(size, nearest), $splat(1.0));
                unless_whole(a, $or($sub(nearest, one), sign))
            };
        }

        /// The nearest whole number, without the sign, of numbers that are not too great.
        #[cfg(not(target_feature = "sse4.1"))]
        #[inline(always)]
        fn whole(a: Vector) -> Vector {
            let size = $andnot(highest(), a);
            $sub($add(size, $splat($whole)), $splat($whole))
        }

        /// `rounded`, and where `a` is a number so great that it is whole, or a NaN, that, quiet.
        #[cfg(not(target_feature = "sse4.1"))]
        #[inline(always)]
        fn unless_whole(a: Vector, rounded: Vector) -> Vector {
            let fraction = $lt($andnot(highest(), a), $splat($whole));
            let quiet = $splat($float::from_bits($quiet));
            let a = $or(a, $and($unordered(a, a), quiet));
            $or($and(fraction, rounded), $andnot(fraction, a))
        }
    };
    ($from_bits:ident $to_bits:ident
        $($name:ident($($param:ident),+) = $expression:expr;)*) => {$(
        #[inline(always)]
        pub fn $name($($param: V128),+) -> V128 {
            $(let $param = $from_bits($param.0);)+
            V128($to_bits($expression))
        }
    )*};
}
pub(super) use floats;

/// Ways to round, with exceptions switched off.
#[cfg(target_feature = "sse4.1")]
pub(super) mod mode {
    pub const NEAREST: i32 = 8;
    pub const DOWN: i32 = 9;
    pub const UP: i32 = 10;
    pub const TO_ZERO: i32 = 11;
}
