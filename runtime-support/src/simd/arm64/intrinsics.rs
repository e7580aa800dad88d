//! The processor's instructions as safe functions, by the names that ARM gave them, and the lanes
//! that they take. None of them takes a pointer.

use core::arch::aarch64 as arch;
use core::arch::aarch64::{
    float32x2_t, float32x4_t, float64x2_t, int8x8_t, int8x16_t, int16x4_t, int16x8_t, int32x2_t,
    int32x4_t, int64x2_t, uint8x8_t, uint8x16_t, uint16x4_t, uint16x8_t, uint32x2_t, uint32x4_t,
    uint64x2_t,
};

macro_rules! intrinsics {
    ($($name:ident($($param:ident: $type:ty),*) -> $result:ty;)*) => {$(
        #[inline(always)]
        pub fn $name($($param: $type),*) -> $result {
            // SAFETY: it computes with values alone, and is unsafe only where the processor may
            // lack NEON; this module is compiled only where the build says that it has it.
            unsafe { arch::$name($($param),*) }
        }
    )*};
}

#[cfg(target_feature = "neon")]
intrinsics! {
    // The same 128 bits, taken for other lanes.
    vreinterpretq_s8_u8(a: uint8x16_t) -> int8x16_t;
    vreinterpretq_u8_s8(a: int8x16_t) -> uint8x16_t;
    vreinterpretq_s16_u8(a: uint8x16_t) -> int16x8_t;
    vreinterpretq_u8_s16(a: int16x8_t) -> uint8x16_t;
    vreinterpretq_u16_u8(a: uint8x16_t) -> uint16x8_t;
    vreinterpretq_u8_u16(a: uint16x8_t) -> uint8x16_t;
    vreinterpretq_s32_u8(a: uint8x16_t) -> int32x4_t;
    vreinterpretq_u8_s32(a: int32x4_t) -> uint8x16_t;
    vreinterpretq_u32_u8(a: uint8x16_t) -> uint32x4_t;
    vreinterpretq_u8_u32(a: uint32x4_t) -> uint8x16_t;
    vreinterpretq_s64_u8(a: uint8x16_t) -> int64x2_t;
    vreinterpretq_u8_s64(a: int64x2_t) -> uint8x16_t;
    vreinterpretq_u64_u8(a: uint8x16_t) -> uint64x2_t;
    vreinterpretq_u8_u64(a: uint64x2_t) -> uint8x16_t;
    vreinterpretq_f32_u8(a: uint8x16_t) -> float32x4_t;
    vreinterpretq_u8_f32(a: float32x4_t) -> uint8x16_t;
    vreinterpretq_f64_u8(a: uint8x16_t) -> float64x2_t;
    vreinterpretq_u8_f64(a: float64x2_t) -> uint8x16_t;

    // Splats and halves.
    vdupq_n_s8(a: i8) -> int8x16_t;
    vdupq_n_s16(a: i16) -> int16x8_t;
    vdupq_n_s32(a: i32) -> int32x4_t;
    vdupq_n_s64(a: i64) -> int64x2_t;
    vdupq_n_f32(a: f32) -> float32x4_t;
    vdupq_n_f64(a: f64) -> float64x2_t;
    vget_low_s8(a: int8x16_t) -> int8x8_t;
    vget_low_u8(a: uint8x16_t) -> uint8x8_t;
    vget_low_s16(a: int16x8_t) -> int16x4_t;
    vget_low_u16(a: uint16x8_t) -> uint16x4_t;
    vget_low_s32(a: int32x4_t) -> int32x2_t;
    vget_low_u32(a: uint32x4_t) -> uint32x2_t;
    vget_low_f32(a: float32x4_t) -> float32x2_t;
    vcombine_s32(a: int32x2_t, b: int32x2_t) -> int32x4_t;
    vcombine_u32(a: uint32x2_t, b: uint32x2_t) -> uint32x4_t;
    vcombine_f32(a: float32x2_t, b: float32x2_t) -> float32x4_t;
    vdup_n_s32(a: i32) -> int32x2_t;
    vdup_n_u32(a: u32) -> uint32x2_t;
    vdup_n_f32(a: f32) -> float32x2_t;

    // Bits.
    vandq_u8(a: uint8x16_t, b: uint8x16_t) -> uint8x16_t;
    vbicq_u8(a: uint8x16_t, b: uint8x16_t) -> uint8x16_t;
    vorrq_u8(a: uint8x16_t, b: uint8x16_t) -> uint8x16_t;
    veorq_u8(a: uint8x16_t, b: uint8x16_t) -> uint8x16_t;
    vmvnq_u8(a: uint8x16_t) -> uint8x16_t;
    vbslq_u8(a: uint8x16_t, b: uint8x16_t, c: uint8x16_t) -> uint8x16_t;
    vcntq_u8(a: uint8x16_t) -> uint8x16_t;
    vqtbl1q_u8(a: uint8x16_t, b: uint8x16_t) -> uint8x16_t;
    vzip1q_u8(a: uint8x16_t, b: uint8x16_t) -> uint8x16_t;

    // Arithmetic on integers.
    vaddq_s8(a: int8x16_t, b: int8x16_t) -> int8x16_t;
    vsubq_s8(a: int8x16_t, b: int8x16_t) -> int8x16_t;
    vabsq_s8(a: int8x16_t) -> int8x16_t;
    vnegq_s8(a: int8x16_t) -> int8x16_t;
    vaddq_s16(a: int16x8_t, b: int16x8_t) -> int16x8_t;
    vsubq_s16(a: int16x8_t, b: int16x8_t) -> int16x8_t;
    vabsq_s16(a: int16x8_t) -> int16x8_t;
    vnegq_s16(a: int16x8_t) -> int16x8_t;
    vaddq_s32(a: int32x4_t, b: int32x4_t) -> int32x4_t;
    vsubq_s32(a: int32x4_t, b: int32x4_t) -> int32x4_t;
    vabsq_s32(a: int32x4_t) -> int32x4_t;
    vnegq_s32(a: int32x4_t) -> int32x4_t;
    vaddq_s64(a: int64x2_t, b: int64x2_t) -> int64x2_t;
    vsubq_s64(a: int64x2_t, b: int64x2_t) -> int64x2_t;
    vabsq_s64(a: int64x2_t) -> int64x2_t;
    vnegq_s64(a: int64x2_t) -> int64x2_t;
    vmulq_s16(a: int16x8_t, b: int16x8_t) -> int16x8_t;
    vmulq_s32(a: int32x4_t, b: int32x4_t) -> int32x4_t;
    vqaddq_s8(a: int8x16_t, b: int8x16_t) -> int8x16_t;
    vqsubq_s8(a: int8x16_t, b: int8x16_t) -> int8x16_t;
    vqaddq_u8(a: uint8x16_t, b: uint8x16_t) -> uint8x16_t;
    vqsubq_u8(a: uint8x16_t, b: uint8x16_t) -> uint8x16_t;
    vqaddq_s16(a: int16x8_t, b: int16x8_t) -> int16x8_t;
    vqsubq_s16(a: int16x8_t, b: int16x8_t) -> int16x8_t;
    vqaddq_u16(a: uint16x8_t, b: uint16x8_t) -> uint16x8_t;
    vqsubq_u16(a: uint16x8_t, b: uint16x8_t) -> uint16x8_t;
    vminq_s8(a: int8x16_t, b: int8x16_t) -> int8x16_t;
    vmaxq_s8(a: int8x16_t, b: int8x16_t) -> int8x16_t;
    vminq_u8(a: uint8x16_t, b: uint8x16_t) -> uint8x16_t;
    vmaxq_u8(a: uint8x16_t, b: uint8x16_t) -> uint8x16_t;
    vminq_s16(a: int16x8_t, b: int16x8_t) -> int16x8_t;
    vmaxq_s16(a: int16x8_t, b: int16x8_t) -> int16x8_t;
    vminq_u16(a: uint16x8_t, b: uint16x8_t) -> uint16x8_t;
    vmaxq_u16(a: uint16x8_t, b: uint16x8_t) -> uint16x8_t;
    vminq_s32(a: int32x4_t, b: int32x4_t) -> int32x4_t;
    vmaxq_s32(a: int32x4_t, b: int32x4_t) -> int32x4_t;
    vminq_u32(a: uint32x4_t, b: uint32x4_t) -> uint32x4_t;
    vmaxq_u32(a: uint32x4_t, b: uint32x4_t) -> uint32x4_t;
    vrhaddq_u8(a: uint8x16_t, b: uint8x16_t) -> uint8x16_t;
    vrhaddq_u16(a: uint16x8_t, b: uint16x8_t) -> uint16x8_t;
    vqrdmulhq_s16(a: int16x8_t, b: int16x8_t) -> int16x8_t;
    vpaddq_s16(a: int16x8_t, b: int16x8_t) -> int16x8_t;
    vpaddq_s32(a: int32x4_t, b: int32x4_t) -> int32x4_t;
    vshlq_s8(a: int8x16_t, b: int8x16_t) -> int8x16_t;
    vshlq_u8(a: uint8x16_t, b: int8x16_t) -> uint8x16_t;
    vshlq_s16(a: int16x8_t, b: int16x8_t) -> int16x8_t;
    vshlq_u16(a: uint16x8_t, b: int16x8_t) -> uint16x8_t;
    vshlq_s32(a: int32x4_t, b: int32x4_t) -> int32x4_t;
    vshlq_s64(a: int64x2_t, b: int64x2_t) -> int64x2_t;
    vshlq_u32(a: uint32x4_t, b: int32x4_t) -> uint32x4_t;
    vshlq_u64(a: uint64x2_t, b: int64x2_t) -> uint64x2_t;

    // Comparisons.
    vcgtq_s8(a: int8x16_t, b: int8x16_t) -> uint8x16_t;
    vcgeq_s8(a: int8x16_t, b: int8x16_t) -> uint8x16_t;
    vcgtq_u8(a: uint8x16_t, b: uint8x16_t) -> uint8x16_t;
    vcgeq_u8(a: uint8x16_t, b: uint8x16_t) -> uint8x16_t;
    vcgtq_s16(a: int16x8_t, b: int16x8_t) -> uint16x8_t;
    vcgeq_s16(a: int16x8_t, b: int16x8_t) -> uint16x8_t;
    vcgtq_u16(a: uint16x8_t, b: uint16x8_t) -> uint16x8_t;
    vcgeq_u16(a: uint16x8_t, b: uint16x8_t) -> uint16x8_t;
    vcgtq_s32(a: int32x4_t, b: int32x4_t) -> uint32x4_t;
    vcgeq_s32(a: int32x4_t, b: int32x4_t) -> uint32x4_t;
    vcgtq_u32(a: uint32x4_t, b: uint32x4_t) -> uint32x4_t;
    vcgeq_u32(a: uint32x4_t, b: uint32x4_t) -> uint32x4_t;
    vcgtq_s64(a: int64x2_t, b: int64x2_t) -> uint64x2_t;
    vcgeq_s64(a: int64x2_t, b: int64x2_t) -> uint64x2_t;
    vcgtq_f32(a: float32x4_t, b: float32x4_t) -> uint32x4_t;
    vcgeq_f32(a: float32x4_t, b: float32x4_t) -> uint32x4_t;
    vcgtq_f64(a: float64x2_t, b: float64x2_t) -> uint64x2_t;
    vcgeq_f64(a: float64x2_t, b: float64x2_t) -> uint64x2_t;
    vceqq_u8(a: uint8x16_t, b: uint8x16_t) -> uint8x16_t;
    vceqq_u16(a: uint16x8_t, b: uint16x8_t) -> uint16x8_t;
    vceqq_u32(a: uint32x4_t, b: uint32x4_t) -> uint32x4_t;
    vceqq_u64(a: uint64x2_t, b: uint64x2_t) -> uint64x2_t;
    vceqq_f32(a: float32x4_t, b: float32x4_t) -> uint32x4_t;
    vceqq_f64(a: float64x2_t, b: float64x2_t) -> uint64x2_t;

    // Of all lanes one number.
    vminvq_u8(a: uint8x16_t) -> u8;
    vminvq_u16(a: uint16x8_t) -> u16;
    vminvq_u32(a: uint32x4_t) -> u32;
    vmaxvq_u32(a: uint32x4_t) -> u32;
    vaddvq_u16(a: uint16x8_t) -> u16;
    vaddvq_u32(a: uint32x4_t) -> u32;

    // Twice as wide.
    vmovl_s8(a: int8x8_t) -> int16x8_t;
    vmovl_high_s8(a: int8x16_t) -> int16x8_t;
    vmull_s8(a: int8x8_t, b: int8x8_t) -> int16x8_t;
    vmull_high_s8(a: int8x16_t, b: int8x16_t) -> int16x8_t;
    vmovl_u8(a: uint8x8_t) -> uint16x8_t;
    vmovl_high_u8(a: uint8x16_t) -> uint16x8_t;
    vmull_u8(a: uint8x8_t, b: uint8x8_t) -> uint16x8_t;
    vmull_high_u8(a: uint8x16_t, b: uint8x16_t) -> uint16x8_t;
    vmovl_s16(a: int16x4_t) -> int32x4_t;
    vmovl_high_s16(a: int16x8_t) -> int32x4_t;
    vmull_s16(a: int16x4_t, b: int16x4_t) -> int32x4_t;
    vmull_high_s16(a: int16x8_t, b: int16x8_t) -> int32x4_t;
    vmovl_u16(a: uint16x4_t) -> uint32x4_t;
    vmovl_high_u16(a: uint16x8_t) -> uint32x4_t;
    vmull_u16(a: uint16x4_t, b: uint16x4_t) -> uint32x4_t;
    vmull_high_u16(a: uint16x8_t, b: uint16x8_t) -> uint32x4_t;
    vmovl_s32(a: int32x2_t) -> int64x2_t;
    vmovl_high_s32(a: int32x4_t) -> int64x2_t;
    vmull_s32(a: int32x2_t, b: int32x2_t) -> int64x2_t;
    vmull_high_s32(a: int32x4_t, b: int32x4_t) -> int64x2_t;
    vmovl_u32(a: uint32x2_t) -> uint64x2_t;
    vmovl_high_u32(a: uint32x4_t) -> uint64x2_t;
    vmull_u32(a: uint32x2_t, b: uint32x2_t) -> uint64x2_t;
    vmull_high_u32(a: uint32x4_t, b: uint32x4_t) -> uint64x2_t;
    vpaddlq_s8(a: int8x16_t) -> int16x8_t;
    vpaddlq_u8(a: uint8x16_t) -> uint16x8_t;
    vpaddlq_s16(a: int16x8_t) -> int32x4_t;
    vpaddlq_u16(a: uint16x8_t) -> uint32x4_t;
    vpaddlq_u32(a: uint32x4_t) -> uint64x2_t;
    vmlal_u32(a: uint64x2_t, b: uint32x2_t, c: uint32x2_t) -> uint64x2_t;
    vmovn_u64(a: uint64x2_t) -> uint32x2_t;
    vrev64q_s32(a: int32x4_t) -> int32x4_t;

    // Half as wide.
    vqmovn_s16(a: int16x8_t) -> int8x8_t;
    vqmovn_high_s16(a: int8x8_t, b: int16x8_t) -> int8x16_t;
    vqmovun_s16(a: int16x8_t) -> uint8x8_t;
    vqmovun_high_s16(a: uint8x8_t, b: int16x8_t) -> uint8x16_t;
    vqmovn_s32(a: int32x4_t) -> int16x4_t;
    vqmovn_high_s32(a: int16x4_t, b: int32x4_t) -> int16x8_t;
    vqmovun_s32(a: int32x4_t) -> uint16x4_t;
    vqmovun_high_s32(a: uint16x4_t, b: int32x4_t) -> uint16x8_t;
    vqmovn_s64(a: int64x2_t) -> int32x2_t;
    vqmovn_u64(a: uint64x2_t) -> uint32x2_t;

    // Floats.
    vaddq_f32(a: float32x4_t, b: float32x4_t) -> float32x4_t;
    vsubq_f32(a: float32x4_t, b: float32x4_t) -> float32x4_t;
    vmulq_f32(a: float32x4_t, b: float32x4_t) -> float32x4_t;
    vdivq_f32(a: float32x4_t, b: float32x4_t) -> float32x4_t;
    vminq_f32(a: float32x4_t, b: float32x4_t) -> float32x4_t;
    vmaxq_f32(a: float32x4_t, b: float32x4_t) -> float32x4_t;
    vabsq_f32(a: float32x4_t) -> float32x4_t;
    vnegq_f32(a: float32x4_t) -> float32x4_t;
    vsqrtq_f32(a: float32x4_t) -> float32x4_t;
    vrndpq_f32(a: float32x4_t) -> float32x4_t;
    vrndmq_f32(a: float32x4_t) -> float32x4_t;
    vrndq_f32(a: float32x4_t) -> float32x4_t;
    vrndnq_f32(a: float32x4_t) -> float32x4_t;
    vaddq_f64(a: float64x2_t, b: float64x2_t) -> float64x2_t;
    vsubq_f64(a: float64x2_t, b: float64x2_t) -> float64x2_t;
    vmulq_f64(a: float64x2_t, b: float64x2_t) -> float64x2_t;
    vdivq_f64(a: float64x2_t, b: float64x2_t) -> float64x2_t;
    vminq_f64(a: float64x2_t, b: float64x2_t) -> float64x2_t;
    vmaxq_f64(a: float64x2_t, b: float64x2_t) -> float64x2_t;
    vabsq_f64(a: float64x2_t) -> float64x2_t;
    vnegq_f64(a: float64x2_t) -> float64x2_t;
    vsqrtq_f64(a: float64x2_t) -> float64x2_t;
    vrndpq_f64(a: float64x2_t) -> float64x2_t;
    vrndmq_f64(a: float64x2_t) -> float64x2_t;
    vrndq_f64(a: float64x2_t) -> float64x2_t;
    vrndnq_f64(a: float64x2_t) -> float64x2_t;
    vcvtq_f32_s32(a: int32x4_t) -> float32x4_t;
    vcvtq_f32_u32(a: uint32x4_t) -> float32x4_t;
    vcvtq_f64_s64(a: int64x2_t) -> float64x2_t;
    vcvtq_f64_u64(a: uint64x2_t) -> float64x2_t;
    vcvtq_s32_f32(a: float32x4_t) -> int32x4_t;
    vcvtq_u32_f32(a: float32x4_t) -> uint32x4_t;
    vcvtq_s64_f64(a: float64x2_t) -> int64x2_t;
    vcvtq_u64_f64(a: float64x2_t) -> uint64x2_t;
    vcvt_f32_f64(a: float64x2_t) -> float32x2_t;
    vcvt_f64_f32(a: float32x2_t) -> float64x2_t;
}

/// A vector's bits as lanes of some type.
pub trait Lanes {
    /// Takes 16 bytes for such lanes.
    fn from_bytes(bytes: uint8x16_t) -> Self;
    /// Takes the lanes for 16 bytes.
    fn into_bytes(self) -> uint8x16_t;
}

macro_rules! lanes {
    ($($lanes:ty: $from:ident $into:ident;)*) => {$(
        impl Lanes for $lanes {
            #[inline(always)]
            fn from_bytes(bytes: uint8x16_t) -> $lanes {
                $from(bytes)
            }

            #[inline(always)]
            fn into_bytes(self) -> uint8x16_t {
                $into(self)
            }
        }
    )*};
}

lanes! {
    int8x16_t: vreinterpretq_s8_u8 vreinterpretq_u8_s8;
    int16x8_t: vreinterpretq_s16_u8 vreinterpretq_u8_s16;
    uint16x8_t: vreinterpretq_u16_u8 vreinterpretq_u8_u16;
    int32x4_t: vreinterpretq_s32_u8 vreinterpretq_u8_s32;
    uint32x4_t: vreinterpretq_u32_u8 vreinterpretq_u8_u32;
    int64x2_t: vreinterpretq_s64_u8 vreinterpretq_u8_s64;
    uint64x2_t: vreinterpretq_u64_u8 vreinterpretq_u8_u64;
    float32x4_t: vreinterpretq_f32_u8 vreinterpretq_u8_f32;
    float64x2_t: vreinterpretq_f64_u8 vreinterpretq_u8_f64;
}

impl Lanes for uint8x16_t {
    #[inline(always)]
    fn from_bytes(bytes: uint8x16_t) -> uint8x16_t {
        bytes
    }

    #[inline(always)]
    fn into_bytes(self) -> uint8x16_t {
        self
    }
}

/// `a`, but LLVM doesn't know what it is: see [`crate::numeric::opaque_f64`].
#[inline(always)]
pub fn opaque(a: uint8x16_t) -> uint8x16_t {
    let mut a = a;
    // SAFETY: the assembly is a comment.
    unsafe {
        core::arch::asm!("/* {0:v} */", inout(vreg) a,
            options(pure, nomem, nostack, preserves_flags));
    }
    a
}
