//! The frame on arm64 that calls of exports go through, and the way back to it.
//!
//! The control word of the floating-point unit is callee-saved too. It needs no saving: nothing that
//! a trap skips changes it, and host code, which could, has returned by then.
//!
//! The frame describes itself to unwinders, for a panic may pass through it (of this crate's own
//! functions; a host function's is carried over, see `host`), and so do backtraces.
//!
//! `x18` is left alone: it belongs to the platform on macOS, Windows and Android.

use core::arch::naked_asm;
use core::cell::Cell;

use super::entry::Body;

/// Unwind information as ELF and Mach-O have it.
#[cfg(not(windows))]
macro_rules! dwarf {
    ($line:literal) => {
        $line
    };
}
#[cfg(windows)]
macro_rules! dwarf {
    ($line:literal) => {
        ""
    };
}

/// Unwind information as Windows has it.
#[cfg(windows)]
macro_rules! seh {
    ($line:literal) => {
        $line
    };
}
#[cfg(not(windows))]
macro_rules! seh {
    ($line:literal) => {
        ""
    };
}

/// The floating-point registers that are callee-saved; not for code that is built without them.
#[cfg(target_feature = "neon")]
macro_rules! float {
    ($line:literal) => {
        $line
    };
}
#[cfg(not(target_feature = "neon"))]
macro_rules! float {
    ($line:literal) => {
        ""
    };
}

/// Runs `body`; true if it was left by [`leave`] instead of returning.
///
/// # Safety
/// `body` must be valid for [`Body::run`].
#[inline(always)]
pub(super) unsafe fn enter<B: Body>(body: *mut B, stack_pointer: &Cell<usize>) -> bool {
    unsafe extern "C-unwind" fn run<B: Body>(body: *mut u8) {
        // SAFETY: `frame` hands on what `enter` was given, whose caller vouches for it.
        unsafe { B::run(body.cast()) }
    }
    // SAFETY: `run::<B>` takes what `body` points to; the cell may be written.
    unsafe { frame(run::<B>, body.cast(), stack_pointer.as_ptr()) != 0 }
}

/// Saves the callee-saved registers on the stack, writes where to `*stack_pointer`, and calls
/// `run(body)`; 0 if that returns, else 1.
///
/// # Safety
/// `stack_pointer` must be valid for a write, `run` must be sound to call with `body`.
#[unsafe(naked)]
unsafe extern "C-unwind" fn frame(
    run: unsafe extern "C-unwind" fn(*mut u8),
    body: *mut u8,
    stack_pointer: *mut usize,
) -> u32 {
    // `run` preserves the registers if it returns, so only `leave` reads what is saved here.
    // `hint #34` is `bti c`: a linker may reach this function by an indirect branch.
    naked_asm!(
        dwarf!(".cfi_startproc"),
        seh!(".seh_proc {frame}"),
        "hint #34",
        seh!(".seh_nop"),
        "stp x29, x30, [sp, #-160]!",
        dwarf!(".cfi_def_cfa_offset 160"),
        dwarf!(".cfi_offset x29, -160"),
        dwarf!(".cfi_offset x30, -152"),
        seh!(".seh_save_fplr_x 160"),
        "mov x29, sp",
        dwarf!(".cfi_def_cfa x29, 160"),
        seh!(".seh_set_fp"),
        "stp x19, x20, [sp, #16]",
        dwarf!(".cfi_offset x19, -144"),
        dwarf!(".cfi_offset x20, -136"),
        seh!(".seh_save_regp x19, 16"),
        "stp x21, x22, [sp, #32]",
        dwarf!(".cfi_offset x21, -128"),
        dwarf!(".cfi_offset x22, -120"),
        seh!(".seh_save_regp x21, 32"),
        "stp x23, x24, [sp, #48]",
        dwarf!(".cfi_offset x23, -112"),
        dwarf!(".cfi_offset x24, -104"),
        seh!(".seh_save_regp x23, 48"),
        "stp x25, x26, [sp, #64]",
        dwarf!(".cfi_offset x25, -96"),
        dwarf!(".cfi_offset x26, -88"),
        seh!(".seh_save_regp x25, 64"),
        "stp x27, x28, [sp, #80]",
        dwarf!(".cfi_offset x27, -80"),
        dwarf!(".cfi_offset x28, -72"),
        seh!(".seh_save_regp x27, 80"),
        float!("stp d8, d9, [sp, #96]"),
        seh!(".seh_save_fregp d8, 96"),
        float!("stp d10, d11, [sp, #112]"),
        seh!(".seh_save_fregp d10, 112"),
        float!("stp d12, d13, [sp, #128]"),
        seh!(".seh_save_fregp d12, 128"),
        float!("stp d14, d15, [sp, #144]"),
        seh!(".seh_save_fregp d14, 144"),
        seh!(".seh_endprologue"),
        "mov x9, sp",
        "str x9, [x2]",
        "mov x9, x0",
        "mov x0, x1",
        "blr x9",
        "mov w0, #0",
        seh!(".seh_startepilogue"),
        "ldp x29, x30, [sp], #160",
        dwarf!(".cfi_def_cfa sp, 0"),
        dwarf!(".cfi_restore x29"),
        dwarf!(".cfi_restore x30"),
        seh!(".seh_save_fplr_x 160"),
        seh!(".seh_endepilogue"),
        "ret",
        seh!(".seh_endproc"),
        dwarf!(".cfi_endproc"),
        "/* {frame} */",
        frame = sym frame,
    )
}

/// Returns 1 from the [`frame`] that wrote `stack_pointer`.
///
/// # Safety
/// That call of `frame` must be on this thread and not have returned, and whatever was called since
/// must own nothing.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn leave(stack_pointer: usize) -> ! {
    naked_asm!(
        "hint #34",
        "mov sp, x0",
        "ldp x19, x20, [sp, #16]",
        "ldp x21, x22, [sp, #32]",
        "ldp x23, x24, [sp, #48]",
        "ldp x25, x26, [sp, #64]",
        "ldp x27, x28, [sp, #80]",
        float!("ldp d8, d9, [sp, #96]"),
        float!("ldp d10, d11, [sp, #112]"),
        float!("ldp d12, d13, [sp, #128]"),
        float!("ldp d14, d15, [sp, #144]"),
        "mov w0, #1",
        "ldp x29, x30, [sp], #160",
        "ret",
    )
}
