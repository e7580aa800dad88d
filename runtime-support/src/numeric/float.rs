//! Operations on floats (specification: *Floating-Point Operations*, *Conversions*).

use super::{root, rounding};

/// The operations of one type.
macro_rules! operations {
    (
        $float:ident, $opaque:ident;
        $min:ident $max:ident $nearest:ident $ceil:ident $floor:ident $trunc:ident $sqrt:ident
        $copysign:ident $abs:ident $neg:ident
    ) => {
        /// `min` (specification: *fmin*): NaN if either is; -0 is less than 0.
        #[inline(always)]
        pub fn $min(a: $float, b: $float) -> $float {
            if a == b {
                // The same, but for zeros: negative if one is.
                if a.is_sign_negative() { a } else { b }
            } else if a.is_nan() || b.is_nan() {
                // A NaN, and quiet. LLVM must not find out that `b` is -0, and give `a`.
                $opaque(a) + $opaque(b)
            } else {
                // One instruction: there is only one branch left that data may mislead.
                if a < b { a } else { b }
            }
        }

        /// `max` (specification: *fmax*): NaN if either is; 0 is greater than -0.
        #[inline(always)]
        pub fn $max(a: $float, b: $float) -> $float {
            if a == b {
                // The same, but for zeros: positive if one is.
                if a.is_sign_negative() { b } else { a }
            } else if a.is_nan() || b.is_nan() {
                // A NaN, and quiet. LLVM must not find out that `b` is -0, and give `a`.
                $opaque(a) + $opaque(b)
            } else if a > b {
                a
            } else {
                b
            }
        }

        /// `nearest` (specification: *fnearest*): the nearest whole number, the even of two.
        #[inline(always)]
        pub fn $nearest(x: $float) -> $float {
            rounding::$nearest(x)
        }

        /// `ceil` (specification: *fceil*): the least whole number not below.
        #[inline(always)]
        pub fn $ceil(x: $float) -> $float {
            rounding::$ceil(x)
        }

        /// `floor` (specification: *ffloor*): the greatest whole number not above.
        #[inline(always)]
        pub fn $floor(x: $float) -> $float {
            rounding::$floor(x)
        }

        /// `trunc` (specification: *ftrunc*): the next whole number towards zero.
        #[inline(always)]
        pub fn $trunc(x: $float) -> $float {
            rounding::$trunc(x)
        }

        /// `sqrt` (specification: *fsqrt*).
        #[inline(always)]
        pub fn $sqrt(x: $float) -> $float {
            root::$sqrt(x)
        }

        /// `copysign` (specification: *fcopysign*): `a` with the sign of `b`, a NaN too.
        #[inline(always)]
        pub fn $copysign(a: $float, b: $float) -> $float {
            a.copysign(b)
        }

        /// `abs` (specification: *fabs*): without the sign, a NaN too.
        #[inline(always)]
        pub fn $abs(x: $float) -> $float {
            x.abs()
        }

        /// `neg` (specification: *fneg*): with the other sign, a NaN too.
        #[inline(always)]
        pub fn $neg(x: $float) -> $float {
            -x
        }
    };
}

operations! {
    f32, opaque_f32;
    f32_min f32_max f32_nearest f32_ceil f32_floor f32_trunc f32_sqrt f32_copysign f32_abs f32_neg
}

operations! {
    f64, opaque_f64;
    f64_min f64_max f64_nearest f64_ceil f64_floor f64_trunc f64_sqrt f64_copysign f64_abs f64_neg
}

/// `f64.promote_f32` (specification: *promote*).
#[inline(always)]
pub fn f64_promote_f32(x: f32) -> f64 {
    f64::from(x)
}

/// `f32.demote_f64` (specification: *demote*).
#[inline(always)]
pub fn f32_demote_f64(x: f64) -> f32 {
    // LLVM takes a promotion that is demoted again for its operand, were that not hidden.
    opaque_f64(x) as f32
}

/// `x`, but LLVM doesn't know which number it is.
///
/// Around a constant operand it keeps LLVM from leaving out `x * 1.0` and its like, where a
/// signalling NaN would stay one. It costs no instruction on amd64 and arm64.
#[inline(always)]
pub fn opaque_f32(x: f32) -> f32 {
    hidden!(x)
}

/// `x`, but LLVM doesn't know which number it is; as [`opaque_f32`].
#[inline(always)]
pub fn opaque_f64(x: f64) -> f64 {
    hidden!(x)
}

/// A number that has been in the hands of assembly, which did nothing to it.
#[cfg(all(
    any(target_arch = "x86_64", target_arch = "x86"),
    target_feature = "sse2",
    not(miri)
))]
macro_rules! hidden {
    ($x:ident) => {{
        let mut x = $x;
        // SAFETY: the assembly is a comment.
        unsafe {
            core::arch::asm!("/* {0} */", inout(xmm_reg) x,
                options(pure, nomem, nostack, preserves_flags));
        }
        x
    }};
}
#[cfg(all(target_arch = "aarch64", target_feature = "neon", not(miri)))]
macro_rules! hidden {
    ($x:ident) => {{
        let mut x = $x;
        // SAFETY: the assembly is a comment.
        unsafe {
            core::arch::asm!("/* {0:v} */", inout(vreg) x,
                options(pure, nomem, nostack, preserves_flags));
        }
        x
    }};
}
#[cfg(not(all(
    any(
        all(
            any(target_arch = "x86_64", target_arch = "x86"),
            target_feature = "sse2"
        ),
        all(target_arch = "aarch64", target_feature = "neon"),
    ),
    not(miri)
)))]
macro_rules! hidden {
    ($x:ident) => {
        core::hint::black_box($x)
    };
}
use hidden;
