//! Relaxed SIMD (specification: *Relaxed Operations*), in terms of the other instructions, once
//! for all forms. Of the results that the specification allows, the same on every host:
//!
//! | instruction | what it does |
//! |---|---|
//! | `relaxed_swizzle` | `swizzle`: 0 for a place beyond the last |
//! | `relaxed_trunc_…` | `trunc_sat_…`: saturates, NaN is 0 |
//! | `relaxed_madd`, `relaxed_nmadd` | rounds twice: a product, then a sum |
//! | `relaxed_laneselect` | `bitselect`: bit by bit |
//! | `relaxed_min`, `relaxed_max` | `min`, `max` |
//! | `relaxed_q15mulr_s` | `q15mulr_sat_s`: saturates |
//! | `relaxed_dot_…` | both operands signed, sums of 16 bits wrap (the first is each form's own) |

/// A module that has a form's instructions by shape, and with them what all forms share.
macro_rules! with_relaxed {
    ($complete:ident: $form:ident) => {
        #[allow(unused_imports, reason = "tests use some of it")]
        mod $complete {
            use super::{V128, lanes, $form};

            pub mod v128 {
                pub use super::$form::v128::*;
            }

            pub mod i8x16 {
                pub use super::$form::i8x16::*;
                pub use super::lanes::i8x16::*;
                pub use super::v128::bitselect as relaxed_laneselect;
                pub use super::$form::i8x16::swizzle as relaxed_swizzle;
            }

            pub mod i16x8 {
                pub use super::$form::i16x8::*;
                pub use super::lanes::i16x8::*;
                pub use super::v128::bitselect as relaxed_laneselect;
                pub use super::$form::i16x8::q15mulr_sat_s as relaxed_q15mulr_s;
            }

            pub mod i32x4 {
                use super::{V128, i16x8};
                pub use super::$form::i32x4::*;
                pub use super::lanes::i32x4::*;
                pub use super::v128::bitselect as relaxed_laneselect;
                pub use super::$form::i32x4::{
                    trunc_sat_f32x4_s as relaxed_trunc_f32x4_s,
                    trunc_sat_f32x4_u as relaxed_trunc_f32x4_u,
                    trunc_sat_f64x2_s_zero as relaxed_trunc_f64x2_s_zero,
                    trunc_sat_f64x2_u_zero as relaxed_trunc_f64x2_u_zero,
                };

                #[inline(always)]
                pub fn relaxed_dot_i8x16_i7x16_add_s(a: V128, b: V128, c: V128) -> V128 {
                    let dot = i16x8::relaxed_dot_i8x16_i7x16_s(a, b);
                    add(extadd_pairwise_i16x8_s(dot), c)
                }
            }

            pub mod i64x2 {
                pub use super::$form::i64x2::*;
                pub use super::lanes::i64x2::*;
                pub use super::v128::bitselect as relaxed_laneselect;
            }

            with_relaxed!(float f32x4 $form);
            with_relaxed!(float f64x2 $form);
        }
    };
    (float $shape:ident $form:ident) => {
        pub mod $shape {
            use super::V128;
            pub use super::$form::$shape::*;
            pub use super::$form::$shape::{max as relaxed_max, min as relaxed_min};
            pub use super::lanes::$shape::*;

            #[inline(always)]
            pub fn relaxed_madd(a: V128, b: V128, c: V128) -> V128 {
                add(mul(a, b), c)
            }

            #[inline(always)]
            pub fn relaxed_nmadd(a: V128, b: V128, c: V128) -> V128 {
                sub(c, mul(a, b))
            }
        }
    };
}
