//! The list of all vector instructions but those that touch memory: by shape, with what wasmparser
//! calls them, the types of operands and result, and of those with a lane in the instruction how many
//! lanes there are. Behind `+` is one that is like no other.

/// Calls a macro with the list.
macro_rules! instructions {
    ($with:ident) => {
        $with! {
            v128 {
                not V128Not(V128) -> V128; and V128And(V128, V128) -> V128;
                andnot V128AndNot(V128, V128) -> V128; or V128Or(V128, V128) -> V128;
                xor V128Xor(V128, V128) -> V128; bitselect V128Bitselect(V128, V128, V128) -> V128;
                any_true V128AnyTrue(V128) -> i32;
            } lanes 0 {}
            i8x16 {
                swizzle I8x16Swizzle(V128, V128) -> V128;
                relaxed_swizzle I8x16RelaxedSwizzle(V128, V128) -> V128;
                splat I8x16Splat(i32) -> V128; eq I8x16Eq(V128, V128) -> V128;
                ne I8x16Ne(V128, V128) -> V128; lt_s I8x16LtS(V128, V128) -> V128;
                lt_u I8x16LtU(V128, V128) -> V128; gt_s I8x16GtS(V128, V128) -> V128;
                gt_u I8x16GtU(V128, V128) -> V128; le_s I8x16LeS(V128, V128) -> V128;
                le_u I8x16LeU(V128, V128) -> V128; ge_s I8x16GeS(V128, V128) -> V128;
                ge_u I8x16GeU(V128, V128) -> V128; abs I8x16Abs(V128) -> V128;
                neg I8x16Neg(V128) -> V128; popcnt I8x16Popcnt(V128) -> V128;
                all_true I8x16AllTrue(V128) -> i32; bitmask I8x16Bitmask(V128) -> i32;
                narrow_i16x8_s I8x16NarrowI16x8S(V128, V128) -> V128;
                narrow_i16x8_u I8x16NarrowI16x8U(V128, V128) -> V128;
                shl I8x16Shl(V128, i32) -> V128; shr_s I8x16ShrS(V128, i32) -> V128;
                shr_u I8x16ShrU(V128, i32) -> V128; add I8x16Add(V128, V128) -> V128;
                add_sat_s I8x16AddSatS(V128, V128) -> V128;
                add_sat_u I8x16AddSatU(V128, V128) -> V128; sub I8x16Sub(V128, V128) -> V128;
                sub_sat_s I8x16SubSatS(V128, V128) -> V128;
                sub_sat_u I8x16SubSatU(V128, V128) -> V128; min_s I8x16MinS(V128, V128) -> V128;
                min_u I8x16MinU(V128, V128) -> V128; max_s I8x16MaxS(V128, V128) -> V128;
                max_u I8x16MaxU(V128, V128) -> V128; avgr_u I8x16AvgrU(V128, V128) -> V128;
                relaxed_laneselect I8x16RelaxedLaneselect(V128, V128, V128) -> V128;
            } lanes 16 {
                extract_lane_s I8x16ExtractLaneS(V128) -> i32;
                extract_lane_u I8x16ExtractLaneU(V128) -> i32;
                replace_lane I8x16ReplaceLane(V128, i32) -> V128;
            } + shuffle
            i16x8 {
                splat I16x8Splat(i32) -> V128; eq I16x8Eq(V128, V128) -> V128;
                ne I16x8Ne(V128, V128) -> V128; lt_s I16x8LtS(V128, V128) -> V128;
                lt_u I16x8LtU(V128, V128) -> V128; gt_s I16x8GtS(V128, V128) -> V128;
                gt_u I16x8GtU(V128, V128) -> V128; le_s I16x8LeS(V128, V128) -> V128;
                le_u I16x8LeU(V128, V128) -> V128; ge_s I16x8GeS(V128, V128) -> V128;
                ge_u I16x8GeU(V128, V128) -> V128; abs I16x8Abs(V128) -> V128;
                neg I16x8Neg(V128) -> V128; all_true I16x8AllTrue(V128) -> i32;
                bitmask I16x8Bitmask(V128) -> i32;
                narrow_i32x4_s I16x8NarrowI32x4S(V128, V128) -> V128;
                narrow_i32x4_u I16x8NarrowI32x4U(V128, V128) -> V128;
                extend_low_i8x16_s I16x8ExtendLowI8x16S(V128) -> V128;
                extend_high_i8x16_s I16x8ExtendHighI8x16S(V128) -> V128;
                extend_low_i8x16_u I16x8ExtendLowI8x16U(V128) -> V128;
                extend_high_i8x16_u I16x8ExtendHighI8x16U(V128) -> V128;
                shl I16x8Shl(V128, i32) -> V128; shr_s I16x8ShrS(V128, i32) -> V128;
                shr_u I16x8ShrU(V128, i32) -> V128; add I16x8Add(V128, V128) -> V128;
                add_sat_s I16x8AddSatS(V128, V128) -> V128;
                add_sat_u I16x8AddSatU(V128, V128) -> V128; sub I16x8Sub(V128, V128) -> V128;
                sub_sat_s I16x8SubSatS(V128, V128) -> V128;
                sub_sat_u I16x8SubSatU(V128, V128) -> V128; mul I16x8Mul(V128, V128) -> V128;
                min_s I16x8MinS(V128, V128) -> V128; min_u I16x8MinU(V128, V128) -> V128;
                max_s I16x8MaxS(V128, V128) -> V128; max_u I16x8MaxU(V128, V128) -> V128;
                avgr_u I16x8AvgrU(V128, V128) -> V128;
                q15mulr_sat_s I16x8Q15MulrSatS(V128, V128) -> V128;
                relaxed_q15mulr_s I16x8RelaxedQ15mulrS(V128, V128) -> V128;
                extmul_low_i8x16_s I16x8ExtMulLowI8x16S(V128, V128) -> V128;
                extmul_high_i8x16_s I16x8ExtMulHighI8x16S(V128, V128) -> V128;
                extmul_low_i8x16_u I16x8ExtMulLowI8x16U(V128, V128) -> V128;
                extmul_high_i8x16_u I16x8ExtMulHighI8x16U(V128, V128) -> V128;
                extadd_pairwise_i8x16_s I16x8ExtAddPairwiseI8x16S(V128) -> V128;
                extadd_pairwise_i8x16_u I16x8ExtAddPairwiseI8x16U(V128) -> V128;
                relaxed_dot_i8x16_i7x16_s I16x8RelaxedDotI8x16I7x16S(V128, V128) -> V128;
                relaxed_laneselect I16x8RelaxedLaneselect(V128, V128, V128) -> V128;
            } lanes 8 {
                extract_lane_s I16x8ExtractLaneS(V128) -> i32;
                extract_lane_u I16x8ExtractLaneU(V128) -> i32;
                replace_lane I16x8ReplaceLane(V128, i32) -> V128;
            }
            i32x4 {
                splat I32x4Splat(i32) -> V128; eq I32x4Eq(V128, V128) -> V128;
                ne I32x4Ne(V128, V128) -> V128; lt_s I32x4LtS(V128, V128) -> V128;
                lt_u I32x4LtU(V128, V128) -> V128; gt_s I32x4GtS(V128, V128) -> V128;
                gt_u I32x4GtU(V128, V128) -> V128; le_s I32x4LeS(V128, V128) -> V128;
                le_u I32x4LeU(V128, V128) -> V128; ge_s I32x4GeS(V128, V128) -> V128;
                ge_u I32x4GeU(V128, V128) -> V128; abs I32x4Abs(V128) -> V128;
                neg I32x4Neg(V128) -> V128; all_true I32x4AllTrue(V128) -> i32;
                bitmask I32x4Bitmask(V128) -> i32;
                extend_low_i16x8_s I32x4ExtendLowI16x8S(V128) -> V128;
                extend_high_i16x8_s I32x4ExtendHighI16x8S(V128) -> V128;
                extend_low_i16x8_u I32x4ExtendLowI16x8U(V128) -> V128;
                extend_high_i16x8_u I32x4ExtendHighI16x8U(V128) -> V128;
                shl I32x4Shl(V128, i32) -> V128; shr_s I32x4ShrS(V128, i32) -> V128;
                shr_u I32x4ShrU(V128, i32) -> V128; add I32x4Add(V128, V128) -> V128;
                sub I32x4Sub(V128, V128) -> V128; mul I32x4Mul(V128, V128) -> V128;
                min_s I32x4MinS(V128, V128) -> V128; min_u I32x4MinU(V128, V128) -> V128;
                max_s I32x4MaxS(V128, V128) -> V128; max_u I32x4MaxU(V128, V128) -> V128;
                dot_i16x8_s I32x4DotI16x8S(V128, V128) -> V128;
                extmul_low_i16x8_s I32x4ExtMulLowI16x8S(V128, V128) -> V128;
                extmul_high_i16x8_s I32x4ExtMulHighI16x8S(V128, V128) -> V128;
                extmul_low_i16x8_u I32x4ExtMulLowI16x8U(V128, V128) -> V128;
                extmul_high_i16x8_u I32x4ExtMulHighI16x8U(V128, V128) -> V128;
                extadd_pairwise_i16x8_s I32x4ExtAddPairwiseI16x8S(V128) -> V128;
                extadd_pairwise_i16x8_u I32x4ExtAddPairwiseI16x8U(V128) -> V128;
                trunc_sat_f32x4_s I32x4TruncSatF32x4S(V128) -> V128;
                trunc_sat_f32x4_u I32x4TruncSatF32x4U(V128) -> V128;
                trunc_sat_f64x2_s_zero I32x4TruncSatF64x2SZero(V128) -> V128;
                trunc_sat_f64x2_u_zero I32x4TruncSatF64x2UZero(V128) -> V128;
                relaxed_trunc_f32x4_s I32x4RelaxedTruncF32x4S(V128) -> V128;
                relaxed_trunc_f32x4_u I32x4RelaxedTruncF32x4U(V128) -> V128;
                relaxed_trunc_f64x2_s_zero I32x4RelaxedTruncF64x2SZero(V128) -> V128;
                relaxed_trunc_f64x2_u_zero I32x4RelaxedTruncF64x2UZero(V128) -> V128;
                relaxed_dot_i8x16_i7x16_add_s I32x4RelaxedDotI8x16I7x16AddS(V128, V128, V128) -> V128;
                relaxed_laneselect I32x4RelaxedLaneselect(V128, V128, V128) -> V128;
            } lanes 4 {
                extract_lane I32x4ExtractLane(V128) -> i32;
                replace_lane I32x4ReplaceLane(V128, i32) -> V128;
            }
            i64x2 {
                splat I64x2Splat(i64) -> V128; eq I64x2Eq(V128, V128) -> V128;
                ne I64x2Ne(V128, V128) -> V128; lt_s I64x2LtS(V128, V128) -> V128;
                gt_s I64x2GtS(V128, V128) -> V128; le_s I64x2LeS(V128, V128) -> V128;
                ge_s I64x2GeS(V128, V128) -> V128; abs I64x2Abs(V128) -> V128;
                neg I64x2Neg(V128) -> V128; all_true I64x2AllTrue(V128) -> i32;
                bitmask I64x2Bitmask(V128) -> i32;
                extend_low_i32x4_s I64x2ExtendLowI32x4S(V128) -> V128;
                extend_high_i32x4_s I64x2ExtendHighI32x4S(V128) -> V128;
                extend_low_i32x4_u I64x2ExtendLowI32x4U(V128) -> V128;
                extend_high_i32x4_u I64x2ExtendHighI32x4U(V128) -> V128;
                shl I64x2Shl(V128, i32) -> V128; shr_s I64x2ShrS(V128, i32) -> V128;
                shr_u I64x2ShrU(V128, i32) -> V128; add I64x2Add(V128, V128) -> V128;
                sub I64x2Sub(V128, V128) -> V128; mul I64x2Mul(V128, V128) -> V128;
                extmul_low_i32x4_s I64x2ExtMulLowI32x4S(V128, V128) -> V128;
                extmul_high_i32x4_s I64x2ExtMulHighI32x4S(V128, V128) -> V128;
                extmul_low_i32x4_u I64x2ExtMulLowI32x4U(V128, V128) -> V128;
                extmul_high_i32x4_u I64x2ExtMulHighI32x4U(V128, V128) -> V128;
                relaxed_laneselect I64x2RelaxedLaneselect(V128, V128, V128) -> V128;
            } lanes 2 {
                extract_lane I64x2ExtractLane(V128) -> i64;
                replace_lane I64x2ReplaceLane(V128, i64) -> V128;
            }
            f32x4 {
                splat F32x4Splat(f32) -> V128; eq F32x4Eq(V128, V128) -> V128;
                ne F32x4Ne(V128, V128) -> V128; lt F32x4Lt(V128, V128) -> V128;
                gt F32x4Gt(V128, V128) -> V128; le F32x4Le(V128, V128) -> V128;
                ge F32x4Ge(V128, V128) -> V128; ceil F32x4Ceil(V128) -> V128;
                floor F32x4Floor(V128) -> V128; trunc F32x4Trunc(V128) -> V128;
                nearest F32x4Nearest(V128) -> V128; abs F32x4Abs(V128) -> V128;
                neg F32x4Neg(V128) -> V128; sqrt F32x4Sqrt(V128) -> V128;
                add F32x4Add(V128, V128) -> V128; sub F32x4Sub(V128, V128) -> V128;
                mul F32x4Mul(V128, V128) -> V128; div F32x4Div(V128, V128) -> V128;
                min F32x4Min(V128, V128) -> V128; max F32x4Max(V128, V128) -> V128;
                pmin F32x4PMin(V128, V128) -> V128; pmax F32x4PMax(V128, V128) -> V128;
                convert_i32x4_s F32x4ConvertI32x4S(V128) -> V128;
                convert_i32x4_u F32x4ConvertI32x4U(V128) -> V128;
                demote_f64x2_zero F32x4DemoteF64x2Zero(V128) -> V128;
                relaxed_madd F32x4RelaxedMadd(V128, V128, V128) -> V128;
                relaxed_nmadd F32x4RelaxedNmadd(V128, V128, V128) -> V128;
                relaxed_min F32x4RelaxedMin(V128, V128) -> V128;
                relaxed_max F32x4RelaxedMax(V128, V128) -> V128;
            } lanes 4 {
                extract_lane F32x4ExtractLane(V128) -> f32;
                replace_lane F32x4ReplaceLane(V128, f32) -> V128;
            }
            f64x2 {
                splat F64x2Splat(f64) -> V128; eq F64x2Eq(V128, V128) -> V128;
                ne F64x2Ne(V128, V128) -> V128; lt F64x2Lt(V128, V128) -> V128;
                gt F64x2Gt(V128, V128) -> V128; le F64x2Le(V128, V128) -> V128;
                ge F64x2Ge(V128, V128) -> V128; ceil F64x2Ceil(V128) -> V128;
                floor F64x2Floor(V128) -> V128; trunc F64x2Trunc(V128) -> V128;
                nearest F64x2Nearest(V128) -> V128; abs F64x2Abs(V128) -> V128;
                neg F64x2Neg(V128) -> V128; sqrt F64x2Sqrt(V128) -> V128;
                add F64x2Add(V128, V128) -> V128; sub F64x2Sub(V128, V128) -> V128;
                mul F64x2Mul(V128, V128) -> V128; div F64x2Div(V128, V128) -> V128;
                min F64x2Min(V128, V128) -> V128; max F64x2Max(V128, V128) -> V128;
                pmin F64x2PMin(V128, V128) -> V128; pmax F64x2PMax(V128, V128) -> V128;
                convert_low_i32x4_s F64x2ConvertLowI32x4S(V128) -> V128;
                convert_low_i32x4_u F64x2ConvertLowI32x4U(V128) -> V128;
                promote_low_f32x4 F64x2PromoteLowF32x4(V128) -> V128;
                relaxed_madd F64x2RelaxedMadd(V128, V128, V128) -> V128;
                relaxed_nmadd F64x2RelaxedNmadd(V128, V128, V128) -> V128;
                relaxed_min F64x2RelaxedMin(V128, V128) -> V128;
                relaxed_max F64x2RelaxedMax(V128, V128) -> V128;
            } lanes 2 {
                extract_lane F64x2ExtractLane(V128) -> f64;
                replace_lane F64x2ReplaceLane(V128, f64) -> V128;
            }
        }
    };
}
#[cfg(feature = "interpreter")]
pub(crate) use instructions;
