//! References on the thread's stack.
//!
//! What generated code holds in its variables lies in registers or on the stack, and nobody knows
//! where. So every word of the stack counts as a reference. A number that happens to look like one
//! keeps an object longer than needed.
//!
//! References are numbers, and what LLVM makes of them before it uses them is numbers, too: the
//! reference itself, or the address of a part of the object, of 32 bits, or a pointer, the sum of
//! the base and such an address. All three are looked for, also at the inside of an object. Not
//! found would be an object of which LLVM keeps something else only, such as an address beyond its
//! end; the program would then find other contents in it, and be no less safe.
//!
//! Each frame of generated code keeps its references above the stack pointer, or in registers that
//! are preserved by what it called; what that was either left them as they are or saved them above
//! the stack pointer. So the registers that calls preserve, as they are here, and the stack from
//! here on hold everything.

use core::arch::asm;

use super::Marker;
use crate::trap::stack_pointer;

/// How many registers calls preserve, at most.
const REGISTERS: usize = 20;

/// How many words are looked at at a time.
const PIECE: usize = 256;

/// Marks what the registers and the stack up to `end` may refer to.
///
/// # Safety
/// From the stack pointer to `end`, there is memory that can be read.
#[inline(never)]
pub(super) unsafe fn mark(marker: &mut Marker<'_>, end: usize) {
    let mut words = [0; REGISTERS];
    read_registers(&mut words);
    marker.words(&words);
    let mut words = [0; PIECE];
    let mut from = stack_pointer().next_multiple_of(8);
    while let Some(rest) = end.checked_sub(from)
        && rest >= 8
    {
        let count = (rest / 8).min(PIECE);
        // SAFETY: `count` words from `from` on are below `end`, and above the stack pointer.
        unsafe { copy(from, &mut words[..count]) };
        marker.words(&words[..count]);
        from += count * 8;
    }
}

/// Copies what is at the address `from`, and so can't be named in Rust: the stack.
///
/// As Rust has it, this is assembly that writes some numbers to `to`, any numbers, and accesses
/// nothing else; the collector is sound for any. So it doesn't matter that variables there may be
/// moved out of, never initialised, borrowed exclusively, or lent to other threads. In fact the
/// numbers are what the processor reads: where generated code keeps a reference, that reference.
///
/// # Safety
/// All bytes from `from` to the length of `to` later can be read: there is memory.
unsafe fn copy(from: usize, to: &mut [u64]) {
    let (from, end) = (from as u64, (from + size_of_val(to)) as u64);
    // SAFETY: it reads words from `from` to `end`, as allowed by the caller, and writes as many to
    // `to`; the rest are registers.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        asm!(
            "2:",
            "cmp {from}, {end}",
            "jae 3f",
            "mov {word}, [{from}]",
            "mov [{to}], {word}",
            "add {from}, 8",
            "add {to}, 8",
            "jmp 2b",
            "3:",
            from = inout(reg) from => _,
            end = in(reg) end,
            to = inout(reg) to.as_mut_ptr() => _,
            word = out(reg) _,
            options(nostack),
        );
    }
    // SAFETY: as above.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        asm!(
            "2:",
            "cmp {from}, {end}",
            "b.hs 3f",
            "ldr {word}, [{from}], #8",
            "str {word}, [{to}], #8",
            "b 2b",
            "3:",
            from = inout(reg) from => _,
            end = in(reg) end,
            to = inout(reg) to.as_mut_ptr() => _,
            word = out(reg) _,
            options(nostack),
        );
    }
}

/// Writes down the registers that calls preserve.
///
/// As Rust has it, what they hold is any number. In fact it is what they held where this function
/// was entered, or else that has been saved on the stack.
#[inline(always)]
fn read_registers(to: &mut [u64; REGISTERS]) {
    // On Windows there are more, `xmm6` to `xmm15`: 160 bytes.
    // SAFETY: writes the first 6 words of `to`.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        asm!(
            "mov [{to}], rbx",
            "mov [{to} + 8], rbp",
            "mov [{to} + 16], r12",
            "mov [{to} + 24], r13",
            "mov [{to} + 32], r14",
            "mov [{to} + 40], r15",
            to = in(reg) to.as_mut_ptr(),
            options(nostack, preserves_flags),
        );
    }
    // SAFETY: says that it writes these registers, and does nothing; so they are saved on the stack
    // for as long as `mark` runs, which this is a part of.
    #[cfg(all(target_arch = "x86_64", windows))]
    unsafe {
        asm!("", out("rdi") _, out("rsi") _,
            out("xmm6") _, out("xmm7") _, out("xmm8") _, out("xmm9") _, out("xmm10") _,
            out("xmm11") _, out("xmm12") _, out("xmm13") _, out("xmm14") _, out("xmm15") _,
            options(nomem, nostack, preserves_flags));
    }
    // SAFETY: writes the first 10 words of `to`.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        asm!(
            "stp x19, x20, [{to}]",
            "stp x21, x22, [{to}, #16]",
            "stp x23, x24, [{to}, #32]",
            "stp x25, x26, [{to}, #48]",
            "stp x27, x28, [{to}, #64]",
            "str x29, [{to}, #80]",
            to = in(reg) to.as_mut_ptr(),
            options(nostack, preserves_flags),
        );
    }
    // SAFETY: as on Windows above: they are saved on the stack.
    #[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
    unsafe {
        asm!("", out("v8") _, out("v9") _, out("v10") _, out("v11") _, out("v12") _,
            out("v13") _, out("v14") _, out("v15") _,
            options(nomem, nostack, preserves_flags));
    }
}
