//! Faults that are traps, on Unix: handlers of `SIGSEGV` and `SIGBUS`.
//!
//! A fault is a trap if this thread is in generated code, and the address lies in the reservation
//! of a memory or where this thread's stack ends. The handler then makes the interrupted code
//! continue in `leave`, and returns: the system restores the signal mask and the alternate stack as
//! after any signal. All other faults go to whoever handled them before us, as if we weren't there.
//! For `std` that is its own handler, which tells overflows of the stack from other faults.
//!
//! The handlers are installed when a thread enters generated code for the first time. A program
//! that installs its own afterwards is asked to pass on what isn't its own, too: else out-of-bounds
//! accesses end it.

use core::ffi::{c_int, c_void};
use core::mem::MaybeUninit;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};
use std::boxed::Box;
use std::sync::Once;

use super::{TrapKind, alternate_stack, entry, stack};

/// The signals that are faults of memory; macOS has the second for protected pages.
const SIGNALS: [c_int; 2] = [libc::SIGSEGV, libc::SIGBUS];

/// What was to be done about each before us.
static PREVIOUS: [AtomicPtr<libc::sigaction>; 2] = [
    AtomicPtr::new(ptr::null_mut()),
    AtomicPtr::new(ptr::null_mut()),
];

/// How far from the stack pointer a fault of the stack can be. Frames larger than a page touch each
/// page on the way, with the stack pointer following.
const NEAR_STACK_POINTER: usize = 64 << 10;

/// Makes this thread ready for faults. May be called again.
pub(super) fn prepare_thread() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        for index in 0..SIGNALS.len() {
            install(index);
        }
    });
    alternate_stack::ensure();
    // The handler reads it, and can't ask.
    let _ = stack::stack();
}

fn install(index: usize) {
    let signal = SIGNALS[index];
    let mut previous = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: changes nothing, and fills what it is pointed to.
    if unsafe { libc::sigaction(signal, ptr::null(), previous.as_mut_ptr()) } != 0 {
        return;
    }
    // SAFETY: all of it may be zero, and it was filled.
    let previous = unsafe { previous.assume_init() };
    // Kept before ours is installed, for a fault may come at once.
    PREVIOUS[index].store(Box::into_raw(Box::new(previous)), Ordering::Release);

    // With the previous mask, because the previous handler may be called from ours.
    let mut new = previous;
    new.sa_sigaction = handler as extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) as usize;
    new.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | (previous.sa_flags & libc::SA_NODEFER);
    let mut replaced = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: `handler` may be called at any time: see there.
    if unsafe { libc::sigaction(signal, &new, replaced.as_mut_ptr()) } != 0 {
        return;
    }
    // SAFETY: as above.
    let replaced = unsafe { replaced.assume_init() };
    if replaced.sa_sigaction != previous.sa_sigaction {
        // Somebody was faster than us. The first copy may be in use and is left to itself.
        PREVIOUS[index].store(Box::into_raw(Box::new(replaced)), Ordering::Release);
    }
}

/// The handler. Called by the system; calls nothing that may not be called in a signal handler,
/// and doesn't change `errno` unless the signal is passed on.
extern "C" fn handler(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the system calls with the signal's information and the interrupted context.
    let (is_fault, address, registers) = unsafe {
        (
            is_fault(&*info),
            (*info).si_addr().addr(),
            Registers::of(context),
        )
    };
    if is_fault && let Some(kind) = classify(address, &registers) {
        // Only now: reading thread-local storage for the first time may allocate where this crate
        // is part of a shared library.
        if (kind != TrapKind::StackOverflow || stack::is_overflow(address))
            && let Some((leave, stack_pointer)) = entry::depart_by_fault(kind)
        {
            // SAFETY: what was called since the `catch` owns nothing, because the thread is in
            // generated code; so it may go on in `leave`. The stack pointer is set too, not only
            // the argument: should another signal come before `leave` has set it, it finds a
            // stack.
            unsafe {
                *registers.program_counter = leave as u64;
                *registers.stack_pointer = stack_pointer as u64;
                *registers.argument = stack_pointer as u64;
            }
            return;
        }
    }
    // SAFETY: hands on what the system called with.
    unsafe { pass_on(signal, info, context, is_fault) };
}

/// Which trap a fault at `address` would be, in generated code.
fn classify(address: usize, registers: &Registers) -> Option<TrapKind> {
    if crate::memory::is_reserved(address) {
        return Some(TrapKind::MemoryOutOfBounds);
    }
    // SAFETY: `Registers` are those of the context that the handler was called with.
    let stack_pointer = unsafe { *registers.stack_pointer } as usize;
    (address.abs_diff(stack_pointer) <= NEAR_STACK_POINTER).then_some(TrapKind::StackOverflow)
}

/// Whether the processor found it, and not a process that sent the signal.
fn is_fault(info: &libc::siginfo_t) -> bool {
    // The codes for faults are small positive numbers (`SEGV_MAPERR`, …). macOS does not always
    // tell, and nobody there sends an address along.
    cfg!(target_vendor = "apple") || (1..=0xff).contains(&info.si_code)
}

/// Does what would have been done about the signal without us.
///
/// # Safety
/// To be called by a handler of `signal`, with what it was called with.
unsafe fn pass_on(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void, is_fault: bool) {
    let index = if signal == SIGNALS[0] { 0 } else { 1 };
    let previous = PREVIOUS[index].load(Ordering::Acquire);
    // SAFETY: what was stored there is never freed. It was stored before the handler was installed.
    let previous = unsafe { &*previous };
    match previous.sa_sigaction {
        libc::SIG_DFL => {
            restore_default(signal);
            // A fault comes again when we return. A signal that was sent has to be sent again.
            if !is_fault {
                // SAFETY: allowed in handlers; the signal is blocked until we return.
                unsafe { libc::raise(signal) };
            }
        }
        // The system doesn't ignore faults: the program could not go on.
        libc::SIG_IGN => {
            if is_fault {
                restore_default(signal);
            }
        }
        function => {
            if previous.sa_flags & libc::SA_RESETHAND != 0 {
                restore_default(signal);
            }
            // SAFETY: the program gave this address as one of a function of this type, the flag
            // says which, to be called in just this situation.
            unsafe {
                if previous.sa_flags & libc::SA_SIGINFO != 0 {
                    let function = core::mem::transmute::<
                        usize,
                        extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void),
                    >(function);
                    function(signal, info, context);
                } else {
                    let function = core::mem::transmute::<usize, extern "C" fn(c_int)>(function);
                    function(signal);
                }
            }
        }
    }
}

/// Has the system end the process at the next `signal`.
fn restore_default(signal: c_int) {
    // SAFETY: all of it may be zero, and that is the default action.
    unsafe {
        let mut default: libc::sigaction = MaybeUninit::zeroed().assume_init();
        default.sa_sigaction = libc::SIG_DFL;
        libc::sigaction(signal, &default, ptr::null_mut());
    }
}

/// The registers of interrupted code that matter here; written, they are what it goes on with.
struct Registers {
    program_counter: *mut u64,
    stack_pointer: *mut u64,
    /// Where the calling convention of `leave` has the argument.
    argument: *mut u64,
}

impl Registers {
    /// The registers in a context that the system called a handler with.
    ///
    /// # Safety
    /// `context` must be one.
    unsafe fn of(context: *mut c_void) -> Registers {
        let context = context.cast::<libc::ucontext_t>();
        // SAFETY: the system calls handlers with a valid context, which is theirs to change. The
        // registers have types of one size under several names.
        unsafe {
            #[cfg(all(
                target_arch = "x86_64",
                any(target_os = "linux", target_os = "android")
            ))]
            let (program_counter, stack_pointer, argument) = {
                let registers = &raw mut (*context).uc_mcontext.gregs;
                (
                    &raw mut (*registers)[libc::REG_RIP as usize],
                    &raw mut (*registers)[libc::REG_RSP as usize],
                    &raw mut (*registers)[libc::REG_RDI as usize],
                )
            };
            #[cfg(all(
                target_arch = "aarch64",
                any(target_os = "linux", target_os = "android")
            ))]
            let (program_counter, stack_pointer, argument) = {
                let state = &raw mut (*context).uc_mcontext;
                (
                    &raw mut (*state).pc,
                    &raw mut (*state).sp,
                    &raw mut (*state).regs[0],
                )
            };
            #[cfg(all(target_arch = "x86_64", target_vendor = "apple"))]
            let (program_counter, stack_pointer, argument) = {
                let state = &raw mut (*(*context).uc_mcontext).__ss;
                (
                    &raw mut (*state).__rip,
                    &raw mut (*state).__rsp,
                    &raw mut (*state).__rdi,
                )
            };
            #[cfg(all(target_arch = "aarch64", target_vendor = "apple"))]
            let (program_counter, stack_pointer, argument) = {
                let state = &raw mut (*(*context).uc_mcontext).__ss;
                (
                    &raw mut (*state).__pc,
                    &raw mut (*state).__sp,
                    &raw mut (*state).__x[0],
                )
            };
            #[cfg(all(target_arch = "x86_64", target_os = "freebsd"))]
            let (program_counter, stack_pointer, argument) = {
                let state = &raw mut (*context).uc_mcontext;
                (
                    &raw mut (*state).mc_rip,
                    &raw mut (*state).mc_rsp,
                    &raw mut (*state).mc_rdi,
                )
            };
            #[cfg(all(target_arch = "aarch64", target_os = "freebsd"))]
            let (program_counter, stack_pointer, argument) = {
                let state = &raw mut (*context).uc_mcontext.mc_gpregs;
                (
                    &raw mut (*state).gp_elr,
                    &raw mut (*state).gp_sp,
                    &raw mut (*state).gp_x[0],
                )
            };
            Registers {
                program_counter: program_counter.cast(),
                stack_pointer: stack_pointer.cast(),
                argument: argument.cast(),
            }
        }
    }
}
