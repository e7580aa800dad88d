//! The numeric instructions that are no operator of Rust (specification: *Numerics*).
//!
//! The others are: wrapping arithmetic, shifts (`wrapping_shl` and so on, which take the count
//! modulo the width), comparisons, `leading_zeros` and its like, float `+ - * /`, and `as` for
//! conversions that can't fail, the saturating ones among them.
//!
//! **NaNs.** The specification has every instruction that computes with floats give a *quiet* NaN
//! for a signalling one. Processors do that; LLVM may leave a computation out instead whose result
//! is otherwise its operand (`x * 1.0`, `x - 0.0`, `-1.0 * x`). Functions here see to it
//! themselves; for operators with a constant operand there are [`opaque_f32`] and [`opaque_f64`],
//! which hide the constant. `abs`, `neg` and `copysign` must change the sign only.

mod float;
mod integer;
#[allow(dead_code, reason = "where there are instructions for all of it")]
mod portable;
#[cfg(all(test, feature = "std"))]
mod tests;
mod wide;

/// A module of functions like those of [`portable`], from methods.
#[allow(unused_macros, reason = "where there are no instructions for them")]
macro_rules! methods {
    ($name:ident: $($float:ident.$method:ident as $function:ident)*) => {
        mod $name {
            $(
                #[inline(always)]
                pub(super) fn $function(x: $float) -> $float {
                    x.$method()
                }
            )*
        }
    };
}

// The standard library's functions are used where they are instructions. Those make NaNs quiet.

#[cfg(all(
    feature = "std",
    any(
        all(target_arch = "x86_64", target_feature = "sse4.1"),
        all(target_arch = "aarch64", target_feature = "neon"),
    )
))]
methods! {
    rounding:
    f32.round_ties_even as f32_nearest f32.ceil as f32_ceil
    f32.floor as f32_floor f32.trunc as f32_trunc
    f64.round_ties_even as f64_nearest f64.ceil as f64_ceil
    f64.floor as f64_floor f64.trunc as f64_trunc
}
#[cfg(not(all(
    feature = "std",
    any(
        all(target_arch = "x86_64", target_feature = "sse4.1"),
        all(target_arch = "aarch64", target_feature = "neon"),
    )
)))]
use portable as rounding;

#[cfg(all(
    feature = "std",
    any(
        all(target_arch = "x86_64", target_feature = "sse2"),
        all(target_arch = "aarch64", target_feature = "neon"),
    )
))]
methods! { root: f32.sqrt as f32_sqrt f64.sqrt as f64_sqrt }
#[cfg(not(all(
    feature = "std",
    any(
        all(target_arch = "x86_64", target_feature = "sse2"),
        all(target_arch = "aarch64", target_feature = "neon"),
    )
)))]
use portable as root;

pub use float::{
    f32_abs, f32_ceil, f32_copysign, f32_demote_f64, f32_floor, f32_max, f32_min, f32_nearest,
    f32_neg, f32_sqrt, f32_trunc, f64_abs, f64_ceil, f64_copysign, f64_floor, f64_max, f64_min,
    f64_nearest, f64_neg, f64_promote_f32, f64_sqrt, f64_trunc, opaque_f32, opaque_f64,
};
pub use integer::{
    i32_div_s, i32_div_u, i32_rem_s, i32_rem_u, i32_trunc_f32_s, i32_trunc_f32_u, i32_trunc_f64_s,
    i32_trunc_f64_u, i64_div_s, i64_div_u, i64_rem_s, i64_rem_u, i64_trunc_f32_s, i64_trunc_f32_u,
    i64_trunc_f64_s, i64_trunc_f64_u,
};
pub use wide::{i64_add128, i64_mul_wide_s, i64_mul_wide_u, i64_sub128};
