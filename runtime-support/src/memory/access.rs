//! Loads and stores by type (specification: *Memory Instructions*).
//!
//! Memory is little-endian everywhere. Floats are moved as bits, so that NaNs keep their payload.

use super::form::{Form, Mem, Offset};

/// Makes a function of a form look expensive to rustc, so that it doesn't inline it.
///
/// rustc has an inliner of its own, before LLVM. A large program has hundreds of thousands of loads
/// and stores; each inlined there is a dozen statements that rustc keeps, and works on, for all
/// functions of a crate at a time: a quarter of the time and of the memory of a build. LLVM inlines
/// them likewise, one function at a time.
///
/// What is written here is three divisions by numbers that are never zero. Their checks count as
/// much as calls (`rustc_mir_transform::cost_checker`), and nothing is left of them when the form is
/// known.
macro_rules! left_to_llvm {
    ($form:ident) => {
        let _ = 1 / ($form::NUMBER | 1);
        let _ = 2 / ($form::NUMBER | 1);
        let _ = 3 / ($form::NUMBER | 1);
    };
}

/// A load: the bytes become a number of the first type, which becomes the result.
macro_rules! loads {
    ($($(#[$doc:meta])* $name:ident: $stored:ty as $result:ty;)*) => {
        impl<F: Form> Mem<'_, F> {
            $(
                $(#[$doc])*
                #[inline(always)]
                pub fn $name(self, address: F::Address, offset: Offset<F>) -> $result {
                    left_to_llvm!(F);
                    <$stored>::from_le_bytes(self.load(address, offset)) as $result
                }
            )*
        }
    };
}

/// A store: the value becomes a number of the second type, by wrapping, whose bytes are stored.
macro_rules! stores {
    ($($(#[$doc:meta])* $name:ident: $value:ty as $stored:ty;)*) => {
        impl<F: Form> Mem<'_, F> {
            $(
                $(#[$doc])*
                #[inline(always)]
                pub fn $name(self, address: F::Address, offset: Offset<F>, value: $value) {
                    left_to_llvm!(F);
                    self.store(address, offset, (value as $stored).to_le_bytes());
                }
            )*
        }
    };
}

loads! {
    /// `i32.load`
    i32_load: i32 as i32;
    /// `i64.load`
    i64_load: i64 as i64;
    /// `i32.load8_s`
    i32_load8_s: i8 as i32;
    /// `i32.load8_u`
    i32_load8_u: u8 as i32;
    /// `i32.load16_s`
    i32_load16_s: i16 as i32;
    /// `i32.load16_u`
    i32_load16_u: u16 as i32;
    /// `i64.load8_s`
    i64_load8_s: i8 as i64;
    /// `i64.load8_u`
    i64_load8_u: u8 as i64;
    /// `i64.load16_s`
    i64_load16_s: i16 as i64;
    /// `i64.load16_u`
    i64_load16_u: u16 as i64;
    /// `i64.load32_s`
    i64_load32_s: i32 as i64;
    /// `i64.load32_u`
    i64_load32_u: u32 as i64;
}

stores! {
    /// `i32.store`
    i32_store: i32 as i32;
    /// `i64.store`
    i64_store: i64 as i64;
    /// `i32.store8`
    i32_store8: i32 as u8;
    /// `i32.store16`
    i32_store16: i32 as u16;
    /// `i64.store8`
    i64_store8: i64 as u8;
    /// `i64.store16`
    i64_store16: i64 as u16;
    /// `i64.store32`
    i64_store32: i64 as u32;
}

impl<F: Form> Mem<'_, F> {
    /// `f32.load`
    #[inline(always)]
    pub fn f32_load(self, address: F::Address, offset: Offset<F>) -> f32 {
        left_to_llvm!(F);
        f32::from_bits(u32::from_le_bytes(self.load(address, offset)))
    }

    /// `f64.load`
    #[inline(always)]
    pub fn f64_load(self, address: F::Address, offset: Offset<F>) -> f64 {
        left_to_llvm!(F);
        f64::from_bits(u64::from_le_bytes(self.load(address, offset)))
    }

    /// `f32.store`
    #[inline(always)]
    pub fn f32_store(self, address: F::Address, offset: Offset<F>, value: f32) {
        left_to_llvm!(F);
        self.store(address, offset, value.to_bits().to_le_bytes());
    }

    /// `f64.store`
    #[inline(always)]
    pub fn f64_store(self, address: F::Address, offset: Offset<F>, value: f64) {
        left_to_llvm!(F);
        self.store(address, offset, value.to_bits().to_le_bytes());
    }
}

/// Makes a load happen whose value is not used otherwise, and so trap if it is out of bounds.
///
/// LLVM drops a load that nobody needs, and the specification wants its trap. Here somebody needs
/// it: an empty piece of assembly that takes the value. In checked form the comparison, which does
/// not depend on whether the value is used, has trapped already, and this does nothing.
#[inline(always)]
pub fn force<T: Forced>(value: T) {
    value.force();
}

/// Types of values that [`force`] takes.
pub trait Forced: Copy + sealed::Sealed {
    #[doc(hidden)]
    fn force(self);
}

pub(super) mod sealed {
    pub trait Sealed {}
}

crate::mode::cfg_if! { if #[guarded] {
    macro_rules! forced {
        ($($value:ty: $amd64:literal $amd64_class:ident, $arm64:literal $arm64_class:ident;)*) => {
            $(
                impl sealed::Sealed for $value {}
                impl Forced for $value {
                    #[inline(always)]
                    fn force(self) {
                        // SAFETY: the assembly is a comment.
                        #[cfg(target_arch = "x86_64")]
                        unsafe {
                            core::arch::asm!($amd64, in($amd64_class) self,
                                options(nomem, nostack, preserves_flags));
                        }
                        // SAFETY: the assembly is a comment.
                        #[cfg(target_arch = "aarch64")]
                        unsafe {
                            core::arch::asm!($arm64, in($arm64_class) self,
                                options(nomem, nostack, preserves_flags));
                        }
                    }
                }
            )*
        };
    }

    forced! {
        i32: "/* {0:e} */" reg, "/* {0:w} */" reg;
        i64: "/* {0:r} */" reg, "/* {0:x} */" reg;
        f32: "/* {0} */" xmm_reg, "/* {0:s} */" vreg;
        f64: "/* {0} */" xmm_reg, "/* {0:d} */" vreg;
    }
} else {
    macro_rules! forced {
        ($($value:ty)*) => {
            $(
                impl sealed::Sealed for $value {}
                impl Forced for $value {
                    #[inline(always)]
                    fn force(self) {}
                }
            )*
        };
    }

    forced! { i32 i64 f32 f64 }
} }
