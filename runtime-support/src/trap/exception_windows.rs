//! Faults that are traps, on Windows: a vectored exception handler.
//!
//! An exception is a trap if this thread is in generated code, and it is an access to the
//! reservation of a memory or the exhaustion of the stack. The handler then makes the interrupted
//! code continue in `leave`. All other exceptions go on to the next handler. Ours is asked first, so
//! `std`'s, which reports overflows of the stack, sees only what is left.
//!
//! The handler is installed when a thread enters generated code for the first time.

use std::sync::Once;

use windows_sys::Win32::Foundation::{EXCEPTION_ACCESS_VIOLATION, EXCEPTION_STACK_OVERFLOW};
use windows_sys::Win32::System::Diagnostics::Debug::{
    AddVectoredExceptionHandler, CONTEXT, EXCEPTION_CONTINUE_EXECUTION, EXCEPTION_CONTINUE_SEARCH,
    EXCEPTION_POINTERS, EXCEPTION_RECORD,
};
use windows_sys::Win32::System::Threading::SetThreadStackGuarantee;

use super::{TrapKind, entry, stack};

/// What is kept of the stack for handlers after it is exhausted: the system itself puts all the
/// registers there.
const KEPT_FOR_HANDLERS: u32 = 32 << 10;

/// Makes this thread ready for faults. May be called again.
pub(super) fn prepare_thread() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // SAFETY: `handler` may be called at any time: see there.
        unsafe { AddVectoredExceptionHandler(1, Some(handler)) };
    });
    let mut kept = 0;
    // SAFETY: fills `kept` with what is kept now, since it is 0; then sets it, if it is too little.
    // If that is impossible, an overflow of the stack may end the process; all else works.
    unsafe {
        SetThreadStackGuarantee(&mut kept);
        if kept < KEPT_FOR_HANDLERS {
            kept = KEPT_FOR_HANDLERS;
            SetThreadStackGuarantee(&mut kept);
        }
    }
    let _ = stack::stack();
}

/// The handler. Called by the system, on the stack of the code that it interrupts.
unsafe extern "system" fn handler(pointers: *mut EXCEPTION_POINTERS) -> i32 {
    // SAFETY: the system calls with valid pointers; the context is the handler's to change.
    let (record, context) = unsafe {
        (
            &*(*pointers).ExceptionRecord,
            &mut *(*pointers).ContextRecord,
        )
    };
    if let Some(kind) = classify(record)
        && let Some((leave, stack_pointer)) = entry::depart_by_fault(kind)
    {
        // What was called since the `catch` owns nothing, because the thread is in generated code;
        // so it may go on in `leave`.
        go_on_in(context, leave, stack_pointer);
        return EXCEPTION_CONTINUE_EXECUTION;
    }
    EXCEPTION_CONTINUE_SEARCH
}

/// Which trap an exception would be, in generated code.
fn classify(record: &EXCEPTION_RECORD) -> Option<TrapKind> {
    match record.ExceptionCode {
        // What was done, and the address it was done to.
        EXCEPTION_ACCESS_VIOLATION if record.NumberParameters >= 2 => {
            crate::memory::is_reserved(record.ExceptionInformation[1])
                .then_some(TrapKind::MemoryOutOfBounds)
        }
        EXCEPTION_STACK_OVERFLOW => Some(TrapKind::StackOverflow),
        _ => None,
    }
}

/// Makes interrupted code go on in `function(stack_pointer)`.
#[cfg(target_arch = "x86_64")]
fn go_on_in(context: &mut CONTEXT, function: usize, stack_pointer: usize) {
    context.Rip = function as u64;
    context.Rsp = stack_pointer as u64;
    // `leave` has the System V calling convention.
    context.Rdi = stack_pointer as u64;
}

/// Makes interrupted code go on in `function(stack_pointer)`.
#[cfg(target_arch = "aarch64")]
fn go_on_in(context: &mut CONTEXT, function: usize, stack_pointer: usize) {
    context.Pc = function as u64;
    context.Sp = stack_pointer as u64;
    context.Anonymous.Anonymous.X0 = stack_pointer as u64;
}
