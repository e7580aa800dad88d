//! Integer lanes.

use super::*;

/// What all shapes have, by the suffixes of intrinsics.
macro_rules! integers {
    (
        $splat:ident $value:ty as $lane:ty, $width:literal;
        $eq:ident $gt_s:ident $ge_s:ident $abs:ident $neg:ident $add:ident $sub:ident
        $shl_s:ident $shl_u:ident
    ) => {
        #[inline(always)]
        pub fn splat(value: $value) -> V128 {
            vector($splat(value as $lane))
        }

        binary! {
            eq = $eq;
            gt_s = $gt_s;
            ge_s = $ge_s;
            add = $add;
            sub = $sub;
        }

        binary! {
            ne(a, b) = v128::not(eq(a, b));
            lt_s(a, b) = gt_s(b, a);
            le_s(a, b) = ge_s(b, a);
        }

        unary! {
            abs = $abs;
            neg = $neg;
        }

        // The instruction takes a count for each lane; a negative one shifts right.

        #[inline(always)]
        pub fn shl(a: V128, count: i32) -> V128 {
            vector($shl_s(of(a), $splat((count & ($width - 1)) as $lane)))
        }

        #[inline(always)]
        pub fn shr_s(a: V128, count: i32) -> V128 {
            vector($shl_s(of(a), $splat(-(count & ($width - 1)) as $lane)))
        }

        #[inline(always)]
        pub fn shr_u(a: V128, count: i32) -> V128 {
            vector($shl_u(of(a), $splat(-(count & ($width - 1)) as $lane)))
        }
    };
    (more $gt_u:ident $ge_u:ident $min_s:ident $min_u:ident $max_s:ident $max_u:ident) => {
        binary! {
            gt_u = $gt_u;
            ge_u = $ge_u;
            min_s = $min_s;
            min_u = $min_u;
            max_s = $max_s;
            max_u = $max_u;
        }

        binary! {
            lt_u(a, b) = gt_u(b, a);
            le_u(a, b) = ge_u(b, a);
        }
    };
}

/// The highest bits of lanes, each moved to where `places` has it.
#[inline(always)]
fn marked(signs: V128, places: V128) -> V128 {
    v128::and(signs, places)
}

pub mod i8x16 {
    use super::*;

    integers! {
        vdupq_n_s8 i32 as i8, 8;
        vceqq_u8 vcgtq_s8 vcgeq_s8 vabsq_s8 vnegq_s8 vaddq_s8 vsubq_s8 vshlq_s8 vshlq_u8
    }
    integers! { more vcgtq_u8 vcgeq_u8 vminq_s8 vminq_u8 vmaxq_s8 vmaxq_u8 }

    unary! {
        popcnt = vcntq_u8;
    }

    binary! {
        add_sat_s = vqaddq_s8;
        add_sat_u = vqaddq_u8;
        sub_sat_s = vqsubq_s8;
        sub_sat_u = vqsubq_u8;
        avgr_u = vrhaddq_u8;
        // It gives 0 for places from 16 on.
        swizzle = vqtbl1q_u8;
    }

    binary! {
        narrow_i16x8_s(a, b) = vector(vqmovn_high_s16(vqmovn_s16(of(a)), of(b)));
        narrow_i16x8_u(a, b) = vector(vqmovun_high_s16(vqmovun_s16(of(a)), of(b)));
    }

    #[inline(always)]
    pub fn all_true(a: V128) -> i32 {
        i32::from(vminvq_u8(of(a)) != 0)
    }

    #[inline(always)]
    pub fn bitmask(a: V128) -> i32 {
        let places = V128::from_bits(0x8040_2010_0804_0201_8040_2010_0804_0201);
        let marks = marked(shr_s(a, 7), places);
        // The halves as the two bytes of each of eight numbers, which are added.
        let [low, high]: [u64; 2] = marks.into();
        let pairs = vzip1q_u8(of(V128::from([low, 0])), of(V128::from([high, 0])));
        i32::from(vaddvq_u16(of(vector(pairs))))
    }
}

pub mod i16x8 {
    use super::*;

    integers! {
        vdupq_n_s16 i32 as i16, 16;
        vceqq_u16 vcgtq_s16 vcgeq_s16 vabsq_s16 vnegq_s16 vaddq_s16 vsubq_s16 vshlq_s16 vshlq_u16
    }
    integers! { more vcgtq_u16 vcgeq_u16 vminq_s16 vminq_u16 vmaxq_s16 vmaxq_u16 }

    unary! {
        extend_high_i8x16_s = vmovl_high_s8;
        extend_high_i8x16_u = vmovl_high_u8;
        extadd_pairwise_i8x16_s = vpaddlq_s8;
        extadd_pairwise_i8x16_u = vpaddlq_u8;
    }

    unary! {
        extend_low_i8x16_s(a) = vector(vmovl_s8(vget_low_s8(of(a))));
        extend_low_i8x16_u(a) = vector(vmovl_u8(vget_low_u8(of(a))));
    }

    binary! {
        mul = vmulq_s16;
        add_sat_s = vqaddq_s16;
        add_sat_u = vqaddq_u16;
        sub_sat_s = vqsubq_s16;
        sub_sat_u = vqsubq_u16;
        avgr_u = vrhaddq_u16;
        q15mulr_sat_s = vqrdmulhq_s16;
        extmul_high_i8x16_s = vmull_high_s8;
        extmul_high_i8x16_u = vmull_high_u8;
    }

    binary! {
        relaxed_dot_i8x16_i7x16_s(a, b) = vector(vpaddq_s16(
            of(extmul_low_i8x16_s(a, b)),
            of(extmul_high_i8x16_s(a, b)),
        ));
        narrow_i32x4_s(a, b) = vector(vqmovn_high_s32(vqmovn_s32(of(a)), of(b)));
        narrow_i32x4_u(a, b) = vector(vqmovun_high_s32(vqmovun_s32(of(a)), of(b)));
        extmul_low_i8x16_s(a, b) = vector(vmull_s8(vget_low_s8(of(a)), vget_low_s8(of(b))));
        extmul_low_i8x16_u(a, b) = vector(vmull_u8(vget_low_u8(of(a)), vget_low_u8(of(b))));
    }

    #[inline(always)]
    pub fn all_true(a: V128) -> i32 {
        i32::from(vminvq_u16(of(a)) != 0)
    }

    #[inline(always)]
    pub fn bitmask(a: V128) -> i32 {
        let places = V128::from([1u16, 2, 4, 8, 16, 32, 64, 128]);
        i32::from(vaddvq_u16(of(marked(shr_s(a, 15), places))))
    }
}

pub mod i32x4 {
    use super::*;

    integers! {
        vdupq_n_s32 i32 as i32, 32;
        vceqq_u32 vcgtq_s32 vcgeq_s32 vabsq_s32 vnegq_s32 vaddq_s32 vsubq_s32 vshlq_s32 vshlq_u32
    }
    integers! { more vcgtq_u32 vcgeq_u32 vminq_s32 vminq_u32 vmaxq_s32 vmaxq_u32 }

    unary! {
        extend_high_i16x8_s = vmovl_high_s16;
        extend_high_i16x8_u = vmovl_high_u16;
        extadd_pairwise_i16x8_s = vpaddlq_s16;
        extadd_pairwise_i16x8_u = vpaddlq_u16;
        // They saturate, and give 0 for a NaN.
        trunc_sat_f32x4_s = vcvtq_s32_f32;
        trunc_sat_f32x4_u = vcvtq_u32_f32;
    }

    unary! {
        extend_low_i16x8_s(a) = vector(vmovl_s16(vget_low_s16(of(a))));
        extend_low_i16x8_u(a) = vector(vmovl_u16(vget_low_u16(of(a))));
        trunc_sat_f64x2_s_zero(a) =
            vector(vcombine_s32(vqmovn_s64(vcvtq_s64_f64(of(a))), vdup_n_s32(0)));
        trunc_sat_f64x2_u_zero(a) =
            vector(vcombine_u32(vqmovn_u64(vcvtq_u64_f64(of(a))), vdup_n_u32(0)));
    }

    binary! {
        mul = vmulq_s32;
        extmul_high_i16x8_s = vmull_high_s16;
        extmul_high_i16x8_u = vmull_high_u16;
    }

    binary! {
        extmul_low_i16x8_s(a, b) = vector(vmull_s16(vget_low_s16(of(a)), vget_low_s16(of(b))));
        extmul_low_i16x8_u(a, b) = vector(vmull_u16(vget_low_u16(of(a)), vget_low_u16(of(b))));
        dot_i16x8_s(a, b) = vector(vpaddq_s32(
            of(extmul_low_i16x8_s(a, b)),
            of(extmul_high_i16x8_s(a, b)),
        ));
    }

    #[inline(always)]
    pub fn all_true(a: V128) -> i32 {
        i32::from(vminvq_u32(of(a)) != 0)
    }

    #[inline(always)]
    pub fn bitmask(a: V128) -> i32 {
        let places = V128::from([1, 2, 4, 8]);
        vaddvq_u32(of(marked(shr_s(a, 31), places))) as i32
    }
}

pub mod i64x2 {
    use super::*;

    integers! {
        vdupq_n_s64 i64 as i64, 64;
        vceqq_u64 vcgtq_s64 vcgeq_s64 vabsq_s64 vnegq_s64 vaddq_s64 vsubq_s64 vshlq_s64 vshlq_u64
    }

    unary! {
        extend_high_i32x4_s = vmovl_high_s32;
        extend_high_i32x4_u = vmovl_high_u32;
    }

    unary! {
        extend_low_i32x4_s(a) = vector(vmovl_s32(vget_low_s32(of(a))));
        extend_low_i32x4_u(a) = vector(vmovl_u32(vget_low_u32(of(a))));
    }

    binary! {
        extmul_high_i32x4_s = vmull_high_s32;
        extmul_high_i32x4_u = vmull_high_u32;
    }

    binary! {
        extmul_low_i32x4_s(a, b) = vector(vmull_s32(vget_low_s32(of(a)), vget_low_s32(of(b))));
        extmul_low_i32x4_u(a, b) = vector(vmull_u32(vget_low_u32(of(a)), vget_low_u32(of(b))));
        // The two mixed products go to the upper half; to them the lower halves' is added.
        mul(a, b) = {
            let mixed = vmulq_s32(of(a), vrev64q_s32(of(b)));
            let upper = shl(vector(vpaddlq_u32(of(vector(mixed)))), 32);
            vector(vmlal_u32(of(upper), vmovn_u64(of(a)), vmovn_u64(of(b))))
        };
    }

    #[inline(always)]
    pub fn all_true(a: V128) -> i32 {
        let zeros = eq(a, V128::ZERO);
        i32::from(vmaxvq_u32(of(zeros)) == 0)
    }

    #[inline(always)]
    pub fn bitmask(a: V128) -> i32 {
        let [low, high]: [u64; 2] = shr_u(a, 63).into();
        (low | high << 1) as i32
    }
}
