//! Whether the processor has what the program is compiled for.

/// The first feature of the processor that this program is compiled for (by `target-cpu` or
/// `target-feature`) and that the processor it runs on lacks; `None` if it has all.
///
/// Where one is missing, the program will sooner or later end in an illegal instruction. Programs
/// that are compiled for newer processors and given to others ask this first, and say so instead.
/// It knows the features of x86-64-v2 and x86-64-v3; on other architectures it finds none missing.
///
/// ```
/// assert_eq!(wasm2rs_support::missing_processor_feature(), None);
/// ```
#[inline(never)]
pub fn missing_processor_feature() -> Option<&'static str> {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    return amd64::missing();
    #[cfg(any(not(target_arch = "x86_64"), miri))]
    None
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
mod amd64 {
    // The library's own way of asking is told by the compiler what it is compiled for, and takes
    // its word.
    #[allow(unused_unsafe, reason = "newer versions of Rust let everybody ask")]
    fn leaf(leaf: u32) -> core::arch::x86_64::CpuidResult {
        // SAFETY: every 64-bit x86 has the instruction, which only answers.
        unsafe { core::arch::x86_64::__cpuid_count(leaf, 0) }
    }

    /// Whether the operating system keeps the registers of AVX.
    fn keeps_avx(basic: u32) -> bool {
        const OSXSAVE: u32 = 1 << 27;
        if basic & OSXSAVE == 0 {
            return false;
        }
        let enabled: u32;
        // SAFETY: the bit just found says that there is the instruction, and that it is allowed;
        // register 0 always exists.
        unsafe {
            core::arch::asm!("xgetbv", in("ecx") 0, out("eax") enabled, out("edx") _,
                options(nomem, nostack, preserves_flags));
        }
        // Those of SSE and of AVX.
        enabled & 6 == 6
    }

    macro_rules! features {
        ($($feature:tt: $word:expr, $bit:literal;)*) => {$(
            if cfg!(target_feature = $feature) && $word & 1 << $bit == 0 {
                return Some($feature);
            }
        )*};
    }

    pub fn missing() -> Option<&'static str> {
        let most = leaf(0).eax;
        let basic = leaf(1).ecx;
        let more = if most >= 7 { leaf(7).ebx } else { 0 };
        let extended = if leaf(0x8000_0000).eax > 0x8000_0000 {
            leaf(0x8000_0001).ecx
        } else {
            0
        };
        features! {
            "sse3": basic, 0;
            "ssse3": basic, 9;
            "cmpxchg16b": basic, 13;
            "sse4.1": basic, 19;
            "sse4.2": basic, 20;
            "popcnt": basic, 23;
            "movbe": basic, 22;
            "avx": basic, 28;
        }
        if cfg!(target_feature = "avx") && !keeps_avx(basic) {
            return Some("avx");
        }
        features! {
            "f16c": basic, 29;
            "fma": basic, 12;
            "bmi1": more, 3;
            "avx2": more, 5;
            "bmi2": more, 8;
            "lzcnt": extended, 5;
        }
        None
    }
}
