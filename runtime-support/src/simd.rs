//! Vectors of 128 bits and the instructions on them (specification: *Vector Instructions*), those
//! of relaxed SIMD among them.
//!
//! A module for each shape, in it a function for each instruction: `i32x4.add` is
//! [`i32x4::add`]. Each comes in three forms behind one name:
//!
//! | form | where |
//! |---|---|
//! | `amd64` | 64-bit x86: SSE2, and what newer processors have where the build enables it |
//! | `arm64` | little-endian 64-bit ARM: NEON |
//! | `portable` | elsewhere, and everywhere with the feature `portable-simd`: arrays of numbers |
//!
//! All three give the same bits, with the exception that scalar code has, too
//! ([`crate::numeric`]): where a result is a NaN, it is a quiet one, but its sign and payload are
//! the processor's choice. An operand that is the canonical NaN gives a canonical one. `abs`, `neg`,
//! `pmin`, `pmax` and what moves lanes keep NaNs as they are.
//!
//! The portable form is the reference: tests compare the others with it.

#[cfg(all(
    target_arch = "x86_64",
    target_feature = "sse2",
    not(feature = "portable-simd")
))]
mod amd64;
#[cfg(all(
    target_arch = "aarch64",
    target_feature = "neon",
    target_endian = "little",
    not(feature = "portable-simd")
))]
mod arm64;
#[macro_use]
pub(crate) mod instructions;
mod lanes;
#[cfg(any(
    test,
    feature = "portable-simd",
    not(any(
        all(target_arch = "x86_64", target_feature = "sse2"),
        all(
            target_arch = "aarch64",
            target_feature = "neon",
            target_endian = "little"
        ),
    ))
))]
mod portable;
#[macro_use]
mod relaxed;
#[cfg(all(test, feature = "std"))]
mod tests;
mod vector;

#[cfg(all(
    target_arch = "x86_64",
    target_feature = "sse2",
    not(feature = "portable-simd")
))]
use amd64 as backend;
#[cfg(all(
    target_arch = "aarch64",
    target_feature = "neon",
    target_endian = "little",
    not(feature = "portable-simd")
))]
use arm64 as backend;
#[cfg(any(
    feature = "portable-simd",
    not(any(
        all(target_arch = "x86_64", target_feature = "sse2"),
        all(
            target_arch = "aarch64",
            target_feature = "neon",
            target_endian = "little"
        ),
    ))
))]
use portable as backend;

#[cfg(feature = "interpreter")]
pub(crate) use lanes::shuffle_by;
pub use vector::V128;

with_relaxed!(complete: backend);

/// The public functions of the list.
macro_rules! public {
    ($(
        $shape:ident { $($name:ident $op:ident($($param:ty),+) -> $result:ty;)* }
        lanes $lanes:literal {
            $($lane:ident $lane_op:ident($($lane_param:ty),+) -> $lane_result:ty;)*
        }
        $(+ $other:ident)?
    )*) => {$(
        #[doc = concat!("The instructions on `", stringify!($shape), "`.")]
        pub mod $shape {
            use super::V128;
            use super::complete::$shape as form;

            $(function! { $shape $name() ($($param),+) -> $result })*
            $(function! { $shape $lane($lanes) ($($lane_param),+) -> $lane_result })*
            $(pub use super::lanes::$other;)?
        }
    )*};
}

/// One function of [`public`].
macro_rules! function {
    ($shape:ident $name:ident($($lanes:literal)?) ($a:ty) -> $result:ty) => {
        function! { $shape $name($($lanes)?) [a: $a] -> $result }
    };
    ($shape:ident $name:ident($($lanes:literal)?) ($a:ty, $b:ty) -> $result:ty) => {
        function! { $shape $name($($lanes)?) [a: $a, b: $b] -> $result }
    };
    ($shape:ident $name:ident($($lanes:literal)?) ($a:ty, $b:ty, $c:ty) -> $result:ty) => {
        function! { $shape $name($($lanes)?) [a: $a, b: $b, c: $c] -> $result }
    };
    ($shape:ident $name:ident() [$($param:ident: $type:ty),+] -> $result:ty) => {
        #[doc = concat!("`", stringify!($shape), ".", stringify!($name), "`")]
        #[inline(always)]
        pub fn $name($($param: $type),+) -> $result {
            form::$name($($param),+)
        }
    };
    ($shape:ident $name:ident($lanes:literal) [$($param:ident: $type:ty),+] -> $result:ty) => {
        #[doc = concat!(
            "`", stringify!($shape), ".", stringify!($name), "`, the lane being less than ",
            stringify!($lanes)
        )]
        #[inline(always)]
        pub fn $name<const LANE: usize>($($param: $type),+) -> $result {
            form::$name::<LANE>($($param),+)
        }
    };
}

instructions!(public);

/// `a`, but LLVM doesn't know what it is: as [`crate::numeric::opaque_f64`], for constant operands.
#[inline(always)]
pub fn opaque_v128(a: V128) -> V128 {
    backend::v128::opaque(a)
}
