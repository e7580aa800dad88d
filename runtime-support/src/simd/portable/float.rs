//! Floating-point lanes. What scalar code has, too, is scalar code's.

use crate::numeric;
use crate::simd::V128;

macro_rules! floats {
    (
        $shape:ident: $float:ident $count:literal $mask:ident;
        $ceil:ident $floor:ident $trunc:ident $nearest:ident $abs:ident $neg:ident $sqrt:ident
        $min:ident $max:ident;
        $($more:tt)*
    ) => {
        pub mod $shape {
            use super::{V128, numeric};

            #[inline(always)]
            pub fn splat(value: $float) -> V128 {
                V128::from([value; $count])
            }

            lanewise! {
                eq(a, b): [$float; $count] -> $mask { mask!(a == b) }
                ne(a, b): [$float; $count] -> $mask { mask!(a != b) }
                lt(a, b): [$float; $count] -> $mask { mask!(a < b) }
                gt(a, b): [$float; $count] -> $mask { mask!(a > b) }
                le(a, b): [$float; $count] -> $mask { mask!(a <= b) }
                ge(a, b): [$float; $count] -> $mask { mask!(a >= b) }
                ceil(a): [$float; $count] -> $float { numeric::$ceil(a) }
                floor(a): [$float; $count] -> $float { numeric::$floor(a) }
                trunc(a): [$float; $count] -> $float { numeric::$trunc(a) }
                nearest(a): [$float; $count] -> $float { numeric::$nearest(a) }
                abs(a): [$float; $count] -> $float { numeric::$abs(a) }
                neg(a): [$float; $count] -> $float { numeric::$neg(a) }
                sqrt(a): [$float; $count] -> $float { numeric::$sqrt(a) }
                add(a, b): [$float; $count] -> $float { a + b }
                sub(a, b): [$float; $count] -> $float { a - b }
                mul(a, b): [$float; $count] -> $float { a * b }
                div(a, b): [$float; $count] -> $float { a / b }
                min(a, b): [$float; $count] -> $float { numeric::$min(a, b) }
                max(a, b): [$float; $count] -> $float { numeric::$max(a, b) }
                // By these comparisons, and no others, NaNs included.
                pmin(a, b): [$float; $count] -> $float { if b < a { b } else { a } }
                pmax(a, b): [$float; $count] -> $float { if a < b { b } else { a } }
            }

            $($more)*
        }
    };
}

/// All bits, or none.
macro_rules! mask {
    ($condition:expr) => {
        if $condition { -1 } else { 0 }
    };
}

floats! {
    f32x4: f32 4 i32;
    f32_ceil f32_floor f32_trunc f32_nearest f32_abs f32_neg f32_sqrt f32_min f32_max;

    lanewise! {
        convert_i32x4_s(a): [i32; 4] -> f32 { a as f32 }
        convert_i32x4_u(a): [u32; 4] -> f32 { a as f32 }
    }

    #[inline(always)]
    pub fn demote_f64x2_zero(a: V128) -> V128 {
        let [a, b]: [f64; 2] = a.into();
        V128::from([numeric::f32_demote_f64(a), numeric::f32_demote_f64(b), 0.0, 0.0])
    }
}

floats! {
    f64x2: f64 2 i64;
    f64_ceil f64_floor f64_trunc f64_nearest f64_abs f64_neg f64_sqrt f64_min f64_max;

    #[inline(always)]
    pub fn convert_low_i32x4_s(a: V128) -> V128 {
        let [a, b, _, _]: [i32; 4] = a.into();
        V128::from([f64::from(a), f64::from(b)])
    }

    #[inline(always)]
    pub fn convert_low_i32x4_u(a: V128) -> V128 {
        let [a, b, _, _]: [u32; 4] = a.into();
        V128::from([f64::from(a), f64::from(b)])
    }

    #[inline(always)]
    pub fn promote_low_f32x4(a: V128) -> V128 {
        let [a, b, _, _]: [f32; 4] = a.into();
        V128::from([numeric::f64_promote_f32(a), numeric::f64_promote_f32(b)])
    }
}
