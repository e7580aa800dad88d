//! Where a thread's stack ends.
//!
//! Generated functions that may call themselves compare the stack pointer with a limit; it leaves
//! room for the host functions they call. What they don't find (deep chains of other functions, the
//! frames of one huge function) ends at the guard page below the stack, where the fault handler
//! makes a trap of it.

/// The address below which generated code on this thread must not go; 0 if the stack's bounds are
/// unknown, or the stack in use isn't the thread's own (a coroutine's, a signal handler's).
#[inline]
pub(crate) fn stack_limit() -> usize {
    #[cfg(feature = "std")]
    return threads::stack_limit();
    // Without thread-local storage the bounds would have to be asked for at each call.
    #[cfg(not(feature = "std"))]
    0
}

/// The stack pointer.
#[inline(always)]
pub fn stack_pointer() -> usize {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        let address: u64;
        // SAFETY: reads a register.
        unsafe {
            core::arch::asm!("mov {}, rsp", out(reg) address,
                options(nomem, nostack, preserves_flags));
        }
        address as usize
    }
    #[cfg(all(target_arch = "aarch64", not(miri)))]
    {
        let address: u64;
        // SAFETY: reads a register.
        unsafe {
            core::arch::asm!("mov {}, sp", out(reg) address,
                options(nomem, nostack, preserves_flags));
        }
        address as usize
    }
    #[cfg(any(not(any(target_arch = "x86_64", target_arch = "aarch64")), miri))]
    {
        let local = 0_u8;
        core::hint::black_box(core::ptr::from_ref(&local)).addr()
    }
}

#[cfg(feature = "std")]
#[allow(unused_imports, reason = "for the fault handlers, where there are any")]
pub(super) use threads::*;

#[cfg(feature = "std")]
mod threads {
    use core::cell::Cell;

    /// How much host functions may count on, unless the stack is small.
    const HOST_ROOM: usize = 256 << 10;

    /// How far from the lower bound a fault can be that is an overflow. The system may keep a gap
    /// of 1 MiB between the main thread's stack and whatever is mapped below it, and the bounds of
    /// that stack are known only roughly.
    #[allow(dead_code, reason = "not everywhere are faults taken")]
    const SLACK: usize = 1 << 20;

    /// The stack of a thread.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Stack {
        /// The lowest address; 0 if it was not asked for yet.
        low: usize,
        /// The end; not above `low` if the bounds are unknown.
        high: usize,
        /// The size of the guard, which may be just above or just below `low`.
        guard: usize,
    }

    impl Stack {
        const NOT_ASKED: Stack = Stack {
            low: 0,
            high: 0,
            guard: 0,
        };
        const UNKNOWN: Stack = Stack {
            low: 1,
            high: 0,
            guard: 0,
        };
    }

    std::thread_local! {
        static STACK: Cell<Stack> = const { Cell::new(Stack::NOT_ASKED) };
    }

    /// This thread's stack. Asking the system takes some 50 µs, so it is done once.
    #[inline]
    pub(in super::super) fn stack() -> Stack {
        let stack = STACK.get();
        if stack.low == 0 { ask() } else { stack }
    }

    #[cold]
    fn ask() -> Stack {
        let stack = match super::bounds::ask() {
            Some((low, high, guard)) if 1 < low && low < high => Stack { low, high, guard },
            _ => Stack::UNKNOWN,
        };
        STACK.set(stack);
        stack
    }

    /// Whether `address` lies on this thread's own stack.
    #[cfg(feature = "gc")]
    #[allow(dead_code, reason = "only entry frames ask")]
    #[inline(always)]
    pub(in super::super) fn is_own(address: usize) -> bool {
        let Stack { low, high, .. } = STACK.get();
        (low <= address && address < high) || is_own_after_all(address)
    }

    /// The same where the bounds have not been asked for yet.
    #[cfg(feature = "gc")]
    #[cold]
    fn is_own_after_all(address: usize) -> bool {
        let Stack { low, high, .. } = stack();
        low <= address && address < high
    }

    /// The end of this thread's own stack, if the stack in use is that.
    #[cfg(feature = "gc")]
    #[allow(dead_code, reason = "only entry frames ask")]
    pub(in super::super) fn own_end() -> Option<usize> {
        is_own(super::stack_pointer()).then(|| stack().high)
    }

    #[inline]
    pub(super) fn stack_limit() -> usize {
        let Stack { low, high, guard } = stack();
        let here = super::stack_pointer();
        if low <= here && here < high {
            low.saturating_add(guard)
                .saturating_add(HOST_ROOM.min((high - low) / 4))
        } else {
            0
        }
    }

    /// Whether a fault at `address` is this thread's stack being exhausted. For the fault handler:
    /// asks nobody.
    #[allow(dead_code, reason = "not everywhere are faults taken")]
    pub(in super::super) fn is_overflow(address: usize) -> bool {
        let Stack { low, high, guard } = STACK.get();
        low < high
            && low.saturating_sub(guard.saturating_add(SLACK)) <= address
            && address < low.saturating_add(guard).saturating_add(SLACK).min(high)
    }

    /// Makes the guard of an exhausted stack work again, now that the stack is shorter.
    #[cfg(windows)]
    pub(in super::super) fn restore_guard() {
        unsafe extern "C" {
            // Of the C runtime library, which `std` links.
            fn _resetstkoflw() -> core::ffi::c_int;
        }
        // SAFETY: takes nothing. It may be called at any time, and is of use when the stack pointer
        // is well above the page that was the guard, as it is in the function that called `catch`'s
        // frame. If it fails, the next overflow ends the process.
        unsafe { _resetstkoflw() };
    }
}

/// The bounds as the systems tell them: lowest address, end, size of the guard.
#[cfg(all(
    feature = "std",
    any(target_os = "linux", target_os = "android", target_os = "freebsd"),
    not(miri)
))]
mod bounds {
    use core::mem::MaybeUninit;
    use core::ptr;

    pub(super) fn ask() -> Option<(usize, usize, usize)> {
        let mut attributes = MaybeUninit::<libc::pthread_attr_t>::zeroed();
        let mut low = ptr::null_mut();
        let mut size = 0;
        let mut guard = 0;
        // SAFETY: the calls fill what they are pointed to: the attributes of this thread, and, read
        // from those if they were filled, the three values. They are destroyed if they were made.
        unsafe {
            #[cfg(target_os = "freebsd")]
            {
                if libc::pthread_attr_init(attributes.as_mut_ptr()) != 0 {
                    return None;
                }
                if libc::pthread_attr_get_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
                    libc::pthread_attr_destroy(attributes.as_mut_ptr());
                    return None;
                }
            }
            #[cfg(not(target_os = "freebsd"))]
            if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
                return None;
            }
            let stack = libc::pthread_attr_getstack(attributes.as_ptr(), &mut low, &mut size);
            let guarded = libc::pthread_attr_getguardsize(attributes.as_ptr(), &mut guard);
            libc::pthread_attr_destroy(attributes.as_mut_ptr());
            if stack != 0 || guarded != 0 {
                return None;
            }
        }
        let low = low.addr();
        let high = low.checked_add(size)?;
        #[cfg(target_env = "musl")]
        if let Some((low, high)) = main_thread() {
            return Some((low, high, guard));
        }
        Some((low, high, guard))
    }

    /// The main thread's stack, if this is the main thread: musl tells only how much of it is in
    /// use, but it grows to the resource limit. Its upper end is where the kernel put the name of
    /// the executable and a null pointer.
    #[cfg(target_env = "musl")]
    fn main_thread() -> Option<(usize, usize)> {
        // SAFETY: plain questions to the system; `AT_EXECFN` is the address of a string that is
        // there for as long as the process is.
        unsafe {
            if libc::getpid() != libc::gettid() {
                return None;
            }
            let mut limit = MaybeUninit::<libc::rlimit>::zeroed();
            let name = libc::getauxval(libc::AT_EXECFN) as usize;
            let page = libc::sysconf(libc::_SC_PAGESIZE) as usize;
            if name == 0 || libc::getrlimit(libc::RLIMIT_STACK, limit.as_mut_ptr()) != 0 {
                return None;
            }
            let length = libc::strlen(ptr::with_exposed_provenance(name));
            let high = name
                .checked_add(length + 1 + size_of::<usize>())?
                .next_multiple_of(page);
            // Without a limit its lower end is unknown, which is no reason to do without the check.
            let size = usize::try_from(limit.assume_init().rlim_cur)
                .ok()?
                .min(1 << 30);
            Some((high.checked_sub(size)?, high))
        }
    }
}

#[cfg(all(feature = "std", target_vendor = "apple", not(miri)))]
mod bounds {
    pub(super) fn ask() -> Option<(usize, usize, usize)> {
        // SAFETY: plain questions about this thread.
        let (high, size, page) = unsafe {
            let thread = libc::pthread_self();
            (
                libc::pthread_get_stackaddr_np(thread).addr(),
                libc::pthread_get_stacksize_np(thread),
                libc::sysconf(libc::_SC_PAGESIZE),
            )
        };
        Some((high.checked_sub(size)?, high, usize::try_from(page).ok()?))
    }
}

#[cfg(all(feature = "std", windows, not(miri)))]
mod bounds {
    use windows_sys::Win32::System::Threading::{
        GetCurrentThreadStackLimits, SetThreadStackGuarantee,
    };

    /// The page that is never accessible and the one that tells of the overflow.
    const GUARD: usize = 8 << 10;

    pub(super) fn ask() -> Option<(usize, usize, usize)> {
        let (mut low, mut high) = (0, 0);
        // Asks, because it is 0, for what is kept for handlers of overflows.
        let mut kept = 0;
        // SAFETY: the calls fill what they are pointed to.
        unsafe {
            GetCurrentThreadStackLimits(&mut low, &mut high);
            SetThreadStackGuarantee(&mut kept);
        }
        Some((low, high, GUARD + kept as usize))
    }
}

// To Miri a thread has no stack, only variables.
#[cfg(all(
    feature = "std",
    any(
        not(any(
            target_os = "linux",
            target_os = "android",
            target_os = "freebsd",
            target_vendor = "apple",
            windows
        )),
        miri
    )
))]
mod bounds {
    pub(super) fn ask() -> Option<(usize, usize, usize)> {
        None
    }
}
