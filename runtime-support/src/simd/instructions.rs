//! The list of all vector instructions but those that touch memory: by shape, with the types of
//! operands and result, and of those with a lane in the instruction how many lanes there are. Behind
//! `+` is one that is like no other.

/// Calls a macro with the list.
macro_rules! instructions {
    ($with:ident) => {
        $with! {
            v128 {
                not(V128) -> V128; and(V128, V128) -> V128; andnot(V128, V128) -> V128;
                or(V128, V128) -> V128; xor(V128, V128) -> V128;
                bitselect(V128, V128, V128) -> V128; any_true(V128) -> i32;
            } lanes 0 {}
            i8x16 {
                swizzle(V128, V128) -> V128; relaxed_swizzle(V128, V128) -> V128;
                splat(i32) -> V128;
                eq(V128, V128) -> V128; ne(V128, V128) -> V128;
                lt_s(V128, V128) -> V128; lt_u(V128, V128) -> V128;
                gt_s(V128, V128) -> V128; gt_u(V128, V128) -> V128;
                le_s(V128, V128) -> V128; le_u(V128, V128) -> V128;
                ge_s(V128, V128) -> V128; ge_u(V128, V128) -> V128;
                abs(V128) -> V128; neg(V128) -> V128; popcnt(V128) -> V128;
                all_true(V128) -> i32; bitmask(V128) -> i32;
                narrow_i16x8_s(V128, V128) -> V128; narrow_i16x8_u(V128, V128) -> V128;
                shl(V128, i32) -> V128; shr_s(V128, i32) -> V128; shr_u(V128, i32) -> V128;
                add(V128, V128) -> V128;
                add_sat_s(V128, V128) -> V128; add_sat_u(V128, V128) -> V128;
                sub(V128, V128) -> V128;
                sub_sat_s(V128, V128) -> V128; sub_sat_u(V128, V128) -> V128;
                min_s(V128, V128) -> V128; min_u(V128, V128) -> V128;
                max_s(V128, V128) -> V128; max_u(V128, V128) -> V128;
                avgr_u(V128, V128) -> V128;
                relaxed_laneselect(V128, V128, V128) -> V128;
            } lanes 16 {
                extract_lane_s(V128) -> i32; extract_lane_u(V128) -> i32;
                replace_lane(V128, i32) -> V128;
            } + shuffle
            i16x8 {
                splat(i32) -> V128;
                eq(V128, V128) -> V128; ne(V128, V128) -> V128;
                lt_s(V128, V128) -> V128; lt_u(V128, V128) -> V128;
                gt_s(V128, V128) -> V128; gt_u(V128, V128) -> V128;
                le_s(V128, V128) -> V128; le_u(V128, V128) -> V128;
                ge_s(V128, V128) -> V128; ge_u(V128, V128) -> V128;
                abs(V128) -> V128; neg(V128) -> V128;
                all_true(V128) -> i32; bitmask(V128) -> i32;
                narrow_i32x4_s(V128, V128) -> V128; narrow_i32x4_u(V128, V128) -> V128;
                extend_low_i8x16_s(V128) -> V128; extend_high_i8x16_s(V128) -> V128;
                extend_low_i8x16_u(V128) -> V128; extend_high_i8x16_u(V128) -> V128;
                shl(V128, i32) -> V128; shr_s(V128, i32) -> V128; shr_u(V128, i32) -> V128;
                add(V128, V128) -> V128;
                add_sat_s(V128, V128) -> V128; add_sat_u(V128, V128) -> V128;
                sub(V128, V128) -> V128;
                sub_sat_s(V128, V128) -> V128; sub_sat_u(V128, V128) -> V128;
                mul(V128, V128) -> V128;
                min_s(V128, V128) -> V128; min_u(V128, V128) -> V128;
                max_s(V128, V128) -> V128; max_u(V128, V128) -> V128;
                avgr_u(V128, V128) -> V128;
                q15mulr_sat_s(V128, V128) -> V128; relaxed_q15mulr_s(V128, V128) -> V128;
                extmul_low_i8x16_s(V128, V128) -> V128; extmul_high_i8x16_s(V128, V128) -> V128;
                extmul_low_i8x16_u(V128, V128) -> V128; extmul_high_i8x16_u(V128, V128) -> V128;
                extadd_pairwise_i8x16_s(V128) -> V128; extadd_pairwise_i8x16_u(V128) -> V128;
                relaxed_dot_i8x16_i7x16_s(V128, V128) -> V128;
                relaxed_laneselect(V128, V128, V128) -> V128;
            } lanes 8 {
                extract_lane_s(V128) -> i32; extract_lane_u(V128) -> i32;
                replace_lane(V128, i32) -> V128;
            }
            i32x4 {
                splat(i32) -> V128;
                eq(V128, V128) -> V128; ne(V128, V128) -> V128;
                lt_s(V128, V128) -> V128; lt_u(V128, V128) -> V128;
                gt_s(V128, V128) -> V128; gt_u(V128, V128) -> V128;
                le_s(V128, V128) -> V128; le_u(V128, V128) -> V128;
                ge_s(V128, V128) -> V128; ge_u(V128, V128) -> V128;
                abs(V128) -> V128; neg(V128) -> V128;
                all_true(V128) -> i32; bitmask(V128) -> i32;
                extend_low_i16x8_s(V128) -> V128; extend_high_i16x8_s(V128) -> V128;
                extend_low_i16x8_u(V128) -> V128; extend_high_i16x8_u(V128) -> V128;
                shl(V128, i32) -> V128; shr_s(V128, i32) -> V128; shr_u(V128, i32) -> V128;
                add(V128, V128) -> V128; sub(V128, V128) -> V128; mul(V128, V128) -> V128;
                min_s(V128, V128) -> V128; min_u(V128, V128) -> V128;
                max_s(V128, V128) -> V128; max_u(V128, V128) -> V128;
                dot_i16x8_s(V128, V128) -> V128;
                extmul_low_i16x8_s(V128, V128) -> V128; extmul_high_i16x8_s(V128, V128) -> V128;
                extmul_low_i16x8_u(V128, V128) -> V128; extmul_high_i16x8_u(V128, V128) -> V128;
                extadd_pairwise_i16x8_s(V128) -> V128; extadd_pairwise_i16x8_u(V128) -> V128;
                trunc_sat_f32x4_s(V128) -> V128; trunc_sat_f32x4_u(V128) -> V128;
                trunc_sat_f64x2_s_zero(V128) -> V128; trunc_sat_f64x2_u_zero(V128) -> V128;
                relaxed_trunc_f32x4_s(V128) -> V128; relaxed_trunc_f32x4_u(V128) -> V128;
                relaxed_trunc_f64x2_s_zero(V128) -> V128;
                relaxed_trunc_f64x2_u_zero(V128) -> V128;
                relaxed_dot_i8x16_i7x16_add_s(V128, V128, V128) -> V128;
                relaxed_laneselect(V128, V128, V128) -> V128;
            } lanes 4 {
                extract_lane(V128) -> i32; replace_lane(V128, i32) -> V128;
            }
            i64x2 {
                splat(i64) -> V128;
                eq(V128, V128) -> V128; ne(V128, V128) -> V128;
                lt_s(V128, V128) -> V128; gt_s(V128, V128) -> V128;
                le_s(V128, V128) -> V128; ge_s(V128, V128) -> V128;
                abs(V128) -> V128; neg(V128) -> V128;
                all_true(V128) -> i32; bitmask(V128) -> i32;
                extend_low_i32x4_s(V128) -> V128; extend_high_i32x4_s(V128) -> V128;
                extend_low_i32x4_u(V128) -> V128; extend_high_i32x4_u(V128) -> V128;
                shl(V128, i32) -> V128; shr_s(V128, i32) -> V128; shr_u(V128, i32) -> V128;
                add(V128, V128) -> V128; sub(V128, V128) -> V128; mul(V128, V128) -> V128;
                extmul_low_i32x4_s(V128, V128) -> V128; extmul_high_i32x4_s(V128, V128) -> V128;
                extmul_low_i32x4_u(V128, V128) -> V128; extmul_high_i32x4_u(V128, V128) -> V128;
                relaxed_laneselect(V128, V128, V128) -> V128;
            } lanes 2 {
                extract_lane(V128) -> i64; replace_lane(V128, i64) -> V128;
            }
            f32x4 {
                splat(f32) -> V128;
                eq(V128, V128) -> V128; ne(V128, V128) -> V128;
                lt(V128, V128) -> V128; gt(V128, V128) -> V128;
                le(V128, V128) -> V128; ge(V128, V128) -> V128;
                ceil(V128) -> V128; floor(V128) -> V128; trunc(V128) -> V128;
                nearest(V128) -> V128;
                abs(V128) -> V128; neg(V128) -> V128; sqrt(V128) -> V128;
                add(V128, V128) -> V128; sub(V128, V128) -> V128;
                mul(V128, V128) -> V128; div(V128, V128) -> V128;
                min(V128, V128) -> V128; max(V128, V128) -> V128;
                pmin(V128, V128) -> V128; pmax(V128, V128) -> V128;
                convert_i32x4_s(V128) -> V128; convert_i32x4_u(V128) -> V128;
                demote_f64x2_zero(V128) -> V128;
                relaxed_madd(V128, V128, V128) -> V128; relaxed_nmadd(V128, V128, V128) -> V128;
                relaxed_min(V128, V128) -> V128; relaxed_max(V128, V128) -> V128;
            } lanes 4 {
                extract_lane(V128) -> f32; replace_lane(V128, f32) -> V128;
            }
            f64x2 {
                splat(f64) -> V128;
                eq(V128, V128) -> V128; ne(V128, V128) -> V128;
                lt(V128, V128) -> V128; gt(V128, V128) -> V128;
                le(V128, V128) -> V128; ge(V128, V128) -> V128;
                ceil(V128) -> V128; floor(V128) -> V128; trunc(V128) -> V128;
                nearest(V128) -> V128;
                abs(V128) -> V128; neg(V128) -> V128; sqrt(V128) -> V128;
                add(V128, V128) -> V128; sub(V128, V128) -> V128;
                mul(V128, V128) -> V128; div(V128, V128) -> V128;
                min(V128, V128) -> V128; max(V128, V128) -> V128;
                pmin(V128, V128) -> V128; pmax(V128, V128) -> V128;
                convert_low_i32x4_s(V128) -> V128; convert_low_i32x4_u(V128) -> V128;
                promote_low_f32x4(V128) -> V128;
                relaxed_madd(V128, V128, V128) -> V128; relaxed_nmadd(V128, V128, V128) -> V128;
                relaxed_min(V128, V128) -> V128; relaxed_max(V128, V128) -> V128;
            } lanes 2 {
                extract_lane(V128) -> f64; replace_lane(V128, f64) -> V128;
            }
        }
    };
}
