//! The processor's instructions as safe functions, by the names that Intel gave them. None of them
//! takes a pointer; each is here only where the build says that the processor has it.

use core::arch::x86_64 as arch;
use core::arch::x86_64::{__m128, __m128d, __m128i};

macro_rules! intrinsics {
    ($($name:ident $(<$constant:ident>)? ($($param:ident: $type:ty),*) -> $result:ty;)*) => {$(
        #[inline(always)]
        pub fn $name $(<const $constant: i32>)? ($($param: $type),*) -> $result {
            // SAFETY: it computes with values alone, and is unsafe only where the processor may
            // lack it; the build says that it has it, by the condition on this list.
            unsafe { arch::$name $(::<$constant>)? ($($param),*) }
        }
    )*};
}

// SSE and SSE2.
#[cfg(target_feature = "sse2")]
intrinsics! {
    _mm_setzero_si128() -> __m128i;
    _mm_set1_epi8(a: i8) -> __m128i;
    _mm_set1_epi16(a: i16) -> __m128i;
    _mm_set1_epi32(a: i32) -> __m128i;
    _mm_set1_epi64x(a: i64) -> __m128i;
    _mm_set1_ps(a: f32) -> __m128;
    _mm_set1_pd(a: f64) -> __m128d;
    _mm_setzero_ps() -> __m128;
    _mm_setzero_pd() -> __m128d;
    _mm_cvtsi32_si128(a: i32) -> __m128i;
    _mm_castsi128_ps(a: __m128i) -> __m128;
    _mm_castsi128_pd(a: __m128i) -> __m128d;
    _mm_castps_si128(a: __m128) -> __m128i;
    _mm_castpd_si128(a: __m128d) -> __m128i;

    _mm_and_si128(a: __m128i, b: __m128i) -> __m128i;
    _mm_andnot_si128(a: __m128i, b: __m128i) -> __m128i;
    _mm_or_si128(a: __m128i, b: __m128i) -> __m128i;
    _mm_xor_si128(a: __m128i, b: __m128i) -> __m128i;

    _mm_add_epi8(a: __m128i, b: __m128i) -> __m128i;
    _mm_add_epi16(a: __m128i, b: __m128i) -> __m128i;
    _mm_add_epi32(a: __m128i, b: __m128i) -> __m128i;
    _mm_add_epi64(a: __m128i, b: __m128i) -> __m128i;
    _mm_sub_epi8(a: __m128i, b: __m128i) -> __m128i;
    _mm_sub_epi16(a: __m128i, b: __m128i) -> __m128i;
    _mm_sub_epi32(a: __m128i, b: __m128i) -> __m128i;
    _mm_sub_epi64(a: __m128i, b: __m128i) -> __m128i;
    _mm_adds_epi8(a: __m128i, b: __m128i) -> __m128i;
    _mm_adds_epu8(a: __m128i, b: __m128i) -> __m128i;
    _mm_adds_epi16(a: __m128i, b: __m128i) -> __m128i;
    _mm_adds_epu16(a: __m128i, b: __m128i) -> __m128i;
    _mm_subs_epi8(a: __m128i, b: __m128i) -> __m128i;
    _mm_subs_epu8(a: __m128i, b: __m128i) -> __m128i;
    _mm_subs_epi16(a: __m128i, b: __m128i) -> __m128i;
    _mm_subs_epu16(a: __m128i, b: __m128i) -> __m128i;
    _mm_avg_epu8(a: __m128i, b: __m128i) -> __m128i;
    _mm_avg_epu16(a: __m128i, b: __m128i) -> __m128i;
    _mm_min_epu8(a: __m128i, b: __m128i) -> __m128i;
    _mm_max_epu8(a: __m128i, b: __m128i) -> __m128i;
    _mm_min_epi16(a: __m128i, b: __m128i) -> __m128i;
    _mm_max_epi16(a: __m128i, b: __m128i) -> __m128i;
    _mm_mullo_epi16(a: __m128i, b: __m128i) -> __m128i;
    _mm_mulhi_epi16(a: __m128i, b: __m128i) -> __m128i;
    _mm_mulhi_epu16(a: __m128i, b: __m128i) -> __m128i;
    _mm_madd_epi16(a: __m128i, b: __m128i) -> __m128i;
    _mm_mul_epu32(a: __m128i, b: __m128i) -> __m128i;

    _mm_cmpeq_epi8(a: __m128i, b: __m128i) -> __m128i;
    _mm_cmpeq_epi16(a: __m128i, b: __m128i) -> __m128i;
    _mm_cmpeq_epi32(a: __m128i, b: __m128i) -> __m128i;
    _mm_cmpgt_epi8(a: __m128i, b: __m128i) -> __m128i;
    _mm_cmpgt_epi16(a: __m128i, b: __m128i) -> __m128i;
    _mm_cmpgt_epi32(a: __m128i, b: __m128i) -> __m128i;
    _mm_movemask_epi8(a: __m128i) -> i32;
    _mm_movemask_ps(a: __m128) -> i32;
    _mm_movemask_pd(a: __m128d) -> i32;

    _mm_sll_epi16(a: __m128i, count: __m128i) -> __m128i;
    _mm_sll_epi32(a: __m128i, count: __m128i) -> __m128i;
    _mm_sll_epi64(a: __m128i, count: __m128i) -> __m128i;
    _mm_sra_epi16(a: __m128i, count: __m128i) -> __m128i;
    _mm_sra_epi32(a: __m128i, count: __m128i) -> __m128i;
    _mm_srl_epi16(a: __m128i, count: __m128i) -> __m128i;
    _mm_srl_epi32(a: __m128i, count: __m128i) -> __m128i;
    _mm_srl_epi64(a: __m128i, count: __m128i) -> __m128i;
    _mm_slli_epi16<COUNT>(a: __m128i) -> __m128i;
    _mm_slli_epi64<COUNT>(a: __m128i) -> __m128i;
    _mm_srai_epi16<COUNT>(a: __m128i) -> __m128i;
    _mm_srai_epi32<COUNT>(a: __m128i) -> __m128i;
    _mm_srli_epi16<COUNT>(a: __m128i) -> __m128i;
    _mm_srli_epi32<COUNT>(a: __m128i) -> __m128i;
    _mm_srli_epi64<COUNT>(a: __m128i) -> __m128i;

    _mm_packs_epi16(a: __m128i, b: __m128i) -> __m128i;
    _mm_packus_epi16(a: __m128i, b: __m128i) -> __m128i;
    _mm_packs_epi32(a: __m128i, b: __m128i) -> __m128i;
    _mm_unpacklo_epi8(a: __m128i, b: __m128i) -> __m128i;
    _mm_unpackhi_epi8(a: __m128i, b: __m128i) -> __m128i;
    _mm_unpacklo_epi16(a: __m128i, b: __m128i) -> __m128i;
    _mm_unpackhi_epi16(a: __m128i, b: __m128i) -> __m128i;
    _mm_unpacklo_epi32(a: __m128i, b: __m128i) -> __m128i;
    _mm_unpackhi_epi32(a: __m128i, b: __m128i) -> __m128i;
    _mm_shuffle_epi32<PLACES>(a: __m128i) -> __m128i;
    _mm_shuffle_ps<PLACES>(a: __m128, b: __m128) -> __m128;

    _mm_add_ps(a: __m128, b: __m128) -> __m128;
    _mm_sub_ps(a: __m128, b: __m128) -> __m128;
    _mm_mul_ps(a: __m128, b: __m128) -> __m128;
    _mm_div_ps(a: __m128, b: __m128) -> __m128;
    _mm_sqrt_ps(a: __m128) -> __m128;
    _mm_min_ps(a: __m128, b: __m128) -> __m128;
    _mm_max_ps(a: __m128, b: __m128) -> __m128;
    _mm_and_ps(a: __m128, b: __m128) -> __m128;
    _mm_andnot_ps(a: __m128, b: __m128) -> __m128;
    _mm_or_ps(a: __m128, b: __m128) -> __m128;
    _mm_xor_ps(a: __m128, b: __m128) -> __m128;
    _mm_cmpeq_ps(a: __m128, b: __m128) -> __m128;
    _mm_cmpneq_ps(a: __m128, b: __m128) -> __m128;
    _mm_cmplt_ps(a: __m128, b: __m128) -> __m128;
    _mm_cmple_ps(a: __m128, b: __m128) -> __m128;
    _mm_cmpunord_ps(a: __m128, b: __m128) -> __m128;
    _mm_cvtepi32_ps(a: __m128i) -> __m128;
    _mm_cvttps_epi32(a: __m128) -> __m128i;
    _mm_cvtpd_ps(a: __m128d) -> __m128;

    _mm_add_pd(a: __m128d, b: __m128d) -> __m128d;
    _mm_sub_pd(a: __m128d, b: __m128d) -> __m128d;
    _mm_mul_pd(a: __m128d, b: __m128d) -> __m128d;
    _mm_div_pd(a: __m128d, b: __m128d) -> __m128d;
    _mm_sqrt_pd(a: __m128d) -> __m128d;
    _mm_min_pd(a: __m128d, b: __m128d) -> __m128d;
    _mm_max_pd(a: __m128d, b: __m128d) -> __m128d;
    _mm_and_pd(a: __m128d, b: __m128d) -> __m128d;
    _mm_andnot_pd(a: __m128d, b: __m128d) -> __m128d;
    _mm_or_pd(a: __m128d, b: __m128d) -> __m128d;
    _mm_xor_pd(a: __m128d, b: __m128d) -> __m128d;
    _mm_cmpeq_pd(a: __m128d, b: __m128d) -> __m128d;
    _mm_cmpneq_pd(a: __m128d, b: __m128d) -> __m128d;
    _mm_cmplt_pd(a: __m128d, b: __m128d) -> __m128d;
    _mm_cmple_pd(a: __m128d, b: __m128d) -> __m128d;
    _mm_cmpunord_pd(a: __m128d, b: __m128d) -> __m128d;
    _mm_cvtepi32_pd(a: __m128i) -> __m128d;
    _mm_cvttpd_epi32(a: __m128d) -> __m128i;
    _mm_cvtps_pd(a: __m128) -> __m128d;
}

#[cfg(target_feature = "ssse3")]
intrinsics! {
    _mm_abs_epi8(a: __m128i) -> __m128i;
    _mm_abs_epi16(a: __m128i) -> __m128i;
    _mm_abs_epi32(a: __m128i) -> __m128i;
    _mm_shuffle_epi8(a: __m128i, places: __m128i) -> __m128i;
    _mm_maddubs_epi16(a: __m128i, b: __m128i) -> __m128i;
    _mm_mulhrs_epi16(a: __m128i, b: __m128i) -> __m128i;
}

#[cfg(target_feature = "sse4.1")]
intrinsics! {
    _mm_testz_si128(a: __m128i, b: __m128i) -> i32;
    _mm_min_epi8(a: __m128i, b: __m128i) -> __m128i;
    _mm_max_epi8(a: __m128i, b: __m128i) -> __m128i;
    _mm_min_epu16(a: __m128i, b: __m128i) -> __m128i;
    _mm_max_epu16(a: __m128i, b: __m128i) -> __m128i;
    _mm_min_epi32(a: __m128i, b: __m128i) -> __m128i;
    _mm_max_epi32(a: __m128i, b: __m128i) -> __m128i;
    _mm_min_epu32(a: __m128i, b: __m128i) -> __m128i;
    _mm_max_epu32(a: __m128i, b: __m128i) -> __m128i;
    _mm_mullo_epi32(a: __m128i, b: __m128i) -> __m128i;
    _mm_mul_epi32(a: __m128i, b: __m128i) -> __m128i;
    _mm_packus_epi32(a: __m128i, b: __m128i) -> __m128i;
    _mm_cmpeq_epi64(a: __m128i, b: __m128i) -> __m128i;
    _mm_cvtepi8_epi16(a: __m128i) -> __m128i;
    _mm_cvtepi16_epi32(a: __m128i) -> __m128i;
    _mm_cvtepi32_epi64(a: __m128i) -> __m128i;
    _mm_round_ps<MODE>(a: __m128) -> __m128;
    _mm_round_pd<MODE>(a: __m128d) -> __m128d;
}

#[cfg(target_feature = "sse4.2")]
intrinsics! {
    _mm_cmpgt_epi64(a: __m128i, b: __m128i) -> __m128i;
}

/// `a`, but LLVM doesn't know what it is: see [`crate::numeric::opaque_f64`].
#[inline(always)]
#[cfg(not(miri))]
pub fn opaque(a: __m128i) -> __m128i {
    let mut a = a;
    // SAFETY: the assembly is a comment.
    unsafe {
        core::arch::asm!("/* {0} */", inout(xmm_reg) a,
            options(pure, nomem, nostack, preserves_flags));
    }
    a
}

/// The same; Miri has no assembly.
#[cfg(miri)]
pub fn opaque(a: __m128i) -> __m128i {
    core::hint::black_box(a)
}
