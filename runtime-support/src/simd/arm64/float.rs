//! Floating-point lanes.

use super::*;

macro_rules! floats {
    (
        $splat:ident $float:ty;
        $eq:ident $gt:ident $ge:ident $ceil:ident $floor:ident $trunc:ident $nearest:ident
        $abs:ident $neg:ident $sqrt:ident $add:ident $sub:ident $mul:ident $div:ident
        $min:ident $max:ident
    ) => {
        #[inline(always)]
        pub fn splat(value: $float) -> V128 {
            vector($splat(value))
        }

        unary! {
            ceil = $ceil;
            floor = $floor;
            trunc = $trunc;
            nearest = $nearest;
            abs = $abs;
            neg = $neg;
            sqrt = $sqrt;
        }

        binary! {
            eq = $eq;
            gt = $gt;
            ge = $ge;
            add = $add;
            sub = $sub;
            mul = $mul;
            div = $div;
            // A NaN for one, and -0 less than 0, as the specification has it.
            min = $min;
            max = $max;
        }

        binary! {
            ne(a, b) = v128::not(eq(a, b));
            lt(a, b) = gt(b, a);
            le(a, b) = ge(b, a);
            pmin(a, b) = v128::bitselect(b, a, gt(a, b));
            pmax(a, b) = v128::bitselect(b, a, gt(b, a));
        }
    };
}

pub mod f32x4 {
    use super::*;

    floats! {
        vdupq_n_f32 f32;
        vceqq_f32 vcgtq_f32 vcgeq_f32 vrndpq_f32 vrndmq_f32 vrndq_f32 vrndnq_f32
        vabsq_f32 vnegq_f32 vsqrtq_f32 vaddq_f32 vsubq_f32 vmulq_f32 vdivq_f32
        vminq_f32 vmaxq_f32
    }

    unary! {
        convert_i32x4_s = vcvtq_f32_s32;
        convert_i32x4_u = vcvtq_f32_u32;
    }

    unary! {
        // LLVM takes a promotion that is demoted again for its operand, were that not hidden.
        demote_f64x2_zero(a) =
            vector(vcombine_f32(vcvt_f32_f64(of(V128(opaque(a.0)))), vdup_n_f32(0.0)));
    }
}

pub mod f64x2 {
    use super::*;

    floats! {
        vdupq_n_f64 f64;
        vceqq_f64 vcgtq_f64 vcgeq_f64 vrndpq_f64 vrndmq_f64 vrndq_f64 vrndnq_f64
        vabsq_f64 vnegq_f64 vsqrtq_f64 vaddq_f64 vsubq_f64 vmulq_f64 vdivq_f64
        vminq_f64 vmaxq_f64
    }

    unary! {
        convert_low_i32x4_s(a) = vector(vcvtq_f64_s64(vmovl_s32(vget_low_s32(of(a)))));
        convert_low_i32x4_u(a) = vector(vcvtq_f64_u64(vmovl_u32(vget_low_u32(of(a)))));
        promote_low_f32x4(a) = vector(vcvt_f64_f32(vget_low_f32(of(a))));
    }
}
