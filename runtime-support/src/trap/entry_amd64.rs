//! The frame on amd64 that calls of exports go through, and the way back to it.
//!
//! Both functions have the System V calling convention on every system, Windows too: there, the
//! callers hold `rdi`, `rsi` and `xmm6` to `xmm15`, which that convention lets be overwritten, and
//! so the frame need not save them. The thread information block on Windows needs nothing either,
//! because the stack stays the same one.
//!
//! The control words of the floating-point units are callee-saved too. They need no saving: nothing
//! that a trap skips changes them, and host code, which could, has returned by then.
//!
//! The frame describes itself to unwinders, for a panic may pass through it (of this crate's own
//! functions; a host function's is carried over, see `host`), and so do backtraces.

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

/// Runs `body`; true if it was left by [`leave`] instead of returning.
///
/// # Safety
/// `body` must be valid for [`Body::run`].
#[inline(always)]
pub(super) unsafe fn enter<B: Body>(body: *mut B, stack_pointer: &Cell<usize>) -> bool {
    unsafe extern "sysv64-unwind" fn run<B: Body>(body: *mut u8) {
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
unsafe extern "sysv64-unwind" fn frame(
    run: unsafe extern "sysv64-unwind" fn(*mut u8),
    body: *mut u8,
    stack_pointer: *mut usize,
) -> u32 {
    // `run` preserves the registers if it returns, so only `leave` reads what is saved here. The
    // stack is aligned to 16 bytes at the call: 8 (return address) + 6 * 8 + 8.
    naked_asm!(
        dwarf!(".cfi_startproc"),
        seh!(".seh_proc {frame}"),
        "push rbp",
        dwarf!(".cfi_def_cfa_offset 16"),
        dwarf!(".cfi_offset rbp, -16"),
        seh!(".seh_pushreg rbp"),
        "mov rbp, rsp",
        dwarf!(".cfi_def_cfa_register rbp"),
        "push rbx",
        dwarf!(".cfi_offset rbx, -24"),
        seh!(".seh_pushreg rbx"),
        "push r12",
        dwarf!(".cfi_offset r12, -32"),
        seh!(".seh_pushreg r12"),
        "push r13",
        dwarf!(".cfi_offset r13, -40"),
        seh!(".seh_pushreg r13"),
        "push r14",
        dwarf!(".cfi_offset r14, -48"),
        seh!(".seh_pushreg r14"),
        "push r15",
        dwarf!(".cfi_offset r15, -56"),
        seh!(".seh_pushreg r15"),
        "mov [rdx], rsp",
        "sub rsp, 8",
        seh!(".seh_stackalloc 8"),
        seh!(".seh_endprologue"),
        "mov rax, rdi",
        "mov rdi, rsi",
        "call rax",
        "xor eax, eax",
        "add rsp, 48",
        "pop rbp",
        dwarf!(".cfi_def_cfa rsp, 8"),
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
pub(super) unsafe extern "sysv64" fn leave(stack_pointer: usize) -> ! {
    // The direction flag is clear in all Rust code, but a fault may come from the middle of a
    // memmove that runs backwards.
    naked_asm!(
        "mov rsp, rdi",
        "cld",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "mov eax, 1",
        "ret",
    )
}
