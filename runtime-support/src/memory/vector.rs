//! Loads and stores of vectors (specification: *Memory Instructions*, *Vector Instructions*).

use super::access::{Forced, force, sealed};
use super::form::{Form, Mem, Offset};
use crate::simd::{V128, i8x16, i16x8, i32x4, i64x2};

impl<F: Form> Mem<'_, F> {
    /// `v128.load`
    #[inline(always)]
    pub fn v128_load(self, address: F::Address, offset: Offset<F>) -> V128 {
        V128::from(self.load::<16>(address, offset))
    }

    /// `v128.store`
    #[inline(always)]
    pub fn v128_store(self, address: F::Address, offset: Offset<F>, value: V128) {
        self.store::<16>(address, offset, value.into());
    }

    /// `v128.load32_zero`
    #[inline(always)]
    pub fn v128_load32_zero(self, address: F::Address, offset: Offset<F>) -> V128 {
        V128::from([self.i32_load(address, offset), 0, 0, 0])
    }

    /// `v128.load64_zero`
    #[inline(always)]
    pub fn v128_load64_zero(self, address: F::Address, offset: Offset<F>) -> V128 {
        V128::from([self.i64_load(address, offset), 0])
    }
}

/// Loads of 8 bytes whose lanes become twice as wide.
macro_rules! extending {
    ($($(#[$doc:meta])* $name:ident: $shape:ident $extend:ident;)*) => {
        impl<F: Form> Mem<'_, F> {$(
            $(#[$doc])*
            #[inline(always)]
            pub fn $name(self, address: F::Address, offset: Offset<F>) -> V128 {
                $shape::$extend(self.v128_load64_zero(address, offset))
            }
        )*}
    };
}

extending! {
    /// `v128.load8x8_s`
    v128_load8x8_s: i16x8 extend_low_i8x16_s;
    /// `v128.load8x8_u`
    v128_load8x8_u: i16x8 extend_low_i8x16_u;
    /// `v128.load16x4_s`
    v128_load16x4_s: i32x4 extend_low_i16x8_s;
    /// `v128.load16x4_u`
    v128_load16x4_u: i32x4 extend_low_i16x8_u;
    /// `v128.load32x2_s`
    v128_load32x2_s: i64x2 extend_low_i32x4_s;
    /// `v128.load32x2_u`
    v128_load32x2_u: i64x2 extend_low_i32x4_u;
}

/// Loads and stores of one lane.
macro_rules! lanes {
    ($(
        $shape:ident $load:ident, $store:ident, $extract:ident;
        $(#[$splat_doc:meta])* $splat:ident
        $(#[$load_doc:meta])* $load_lane:ident
        $(#[$store_doc:meta])* $store_lane:ident;
    )*) => {
        impl<F: Form> Mem<'_, F> {$(
            $(#[$splat_doc])*
            #[inline(always)]
            pub fn $splat(self, address: F::Address, offset: Offset<F>) -> V128 {
                $shape::splat(self.$load(address, offset))
            }

            $(#[$load_doc])*
            #[inline(always)]
            pub fn $load_lane<const LANE: usize>(
                self,
                address: F::Address,
                offset: Offset<F>,
                vector: V128,
            ) -> V128 {
                $shape::replace_lane::<LANE>(vector, self.$load(address, offset))
            }

            $(#[$store_doc])*
            #[inline(always)]
            pub fn $store_lane<const LANE: usize>(self, address: F::Address, offset: Offset<F>, vector: V128) {
                self.$store(address, offset, $shape::$extract::<LANE>(vector));
            }
        )*}
    };
}

lanes! {
    i8x16 i32_load8_u, i32_store8, extract_lane_u;
    /// `v128.load8_splat`
    v128_load8_splat
    /// `v128.load8_lane`
    v128_load8_lane
    /// `v128.store8_lane`
    v128_store8_lane;
    i16x8 i32_load16_u, i32_store16, extract_lane_u;
    /// `v128.load16_splat`
    v128_load16_splat
    /// `v128.load16_lane`
    v128_load16_lane
    /// `v128.store16_lane`
    v128_store16_lane;
    i32x4 i32_load, i32_store, extract_lane;
    /// `v128.load32_splat`
    v128_load32_splat
    /// `v128.load32_lane`
    v128_load32_lane
    /// `v128.store32_lane`
    v128_store32_lane;
    i64x2 i64_load, i64_store, extract_lane;
    /// `v128.load64_splat`
    v128_load64_splat
    /// `v128.load64_lane`
    v128_load64_lane
    /// `v128.store64_lane`
    v128_store64_lane;
}

impl sealed::Sealed for V128 {}
impl Forced for V128 {
    #[inline(always)]
    fn force(self) {
        // As floats, because the first of them needs no instruction to be one. Both, because a
        // load may fill either, and what combines them might cancel (those of a splat are equal).
        let [low, high]: [f64; 2] = self.into();
        force(low);
        force(high);
    }
}
