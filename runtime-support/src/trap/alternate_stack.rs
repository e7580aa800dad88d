//! The stack that faults are handled on: after an overflow there is none left of the thread's own.

use core::cell::RefCell;
use core::ffi::c_void;
use core::mem::MaybeUninit;
use core::ptr;

/// What handlers may use: ours needs a few hundred bytes (in builds without optimisation a few
/// thousand); it may go on to the standard library's, which prints a message and a backtrace.
const ROOM: usize = 48 << 10;

/// How much of [`ROOM`] is enough to leave a stack alone that the thread has already.
const ENOUGH: usize = 16 << 10;

/// An alternate stack of ours, for as long as its thread lives.
struct AlternateStack {
    /// What was mapped: one inaccessible page, then the stack.
    mapping: *mut c_void,
    length: usize,
    guard: usize,
}

std::thread_local! {
    static OURS: RefCell<Option<AlternateStack>> = const { RefCell::new(None) };
}

/// Gives this thread an alternate stack unless it has one that will do. If that is impossible, an
/// overflow of the stack ends the process; all else works.
pub(super) fn ensure() {
    let Some(current) = get() else { return };
    // Not to be changed while it is in use.
    if current.ss_flags & libc::SS_ONSTACK != 0 {
        return;
    }
    if current.ss_flags & libc::SS_DISABLE == 0 && current.ss_size >= saved_context() + ENOUGH {
        return;
    }
    // In a thread that is ending, there may be nowhere left to keep it.
    let _ = OURS.try_with(|ours| {
        if let Ok(mut ours) = ours.try_borrow_mut() {
            // Whatever was ours is not in use any more; it is unmapped here.
            *ours = None;
            *ours = AlternateStack::install();
        }
    });
}

/// How much the system itself puts on the stack: it depends on the processor's registers.
fn saved_context() -> usize {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        /// Not in all versions of `libc`.
        const AT_MINSIGSTKSZ: libc::c_ulong = 51;
        // SAFETY: a plain question; 0 if the kernel is too old to know.
        let size = unsafe { libc::getauxval(AT_MINSIGSTKSZ) } as usize;
        size.max(libc::MINSIGSTKSZ)
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    libc::MINSIGSTKSZ
}

/// This thread's alternate stack.
fn get() -> Option<libc::stack_t> {
    let mut current = MaybeUninit::<libc::stack_t>::zeroed();
    // SAFETY: changes nothing, and fills what it is pointed to.
    let result = unsafe { libc::sigaltstack(ptr::null(), current.as_mut_ptr()) };
    // SAFETY: all of it may be zero, and it was filled.
    (result == 0).then(|| unsafe { current.assume_init() })
}

impl AlternateStack {
    fn install() -> Option<AlternateStack> {
        // SAFETY: a plain question.
        let guard = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).ok()?;
        let size = (saved_context() + ROOM).next_multiple_of(guard);
        let length = guard + size;
        // SAFETY: a mapping where there is none; nothing else is touched.
        let mapping = unsafe {
            libc::mmap(
                ptr::null_mut(),
                length,
                libc::PROT_NONE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if mapping == libc::MAP_FAILED {
            return None;
        }
        let stack = AlternateStack {
            mapping,
            length,
            guard,
        };
        // SAFETY: the pages were mapped just now. The stack stays mapped until `drop`, which takes
        // it from the thread before.
        let installed = unsafe {
            libc::mprotect(stack.base(), size, libc::PROT_READ | libc::PROT_WRITE) == 0
                && libc::sigaltstack(&stack.describe(0), ptr::null_mut()) == 0
        };
        installed.then_some(stack)
    }

    fn base(&self) -> *mut c_void {
        self.mapping.wrapping_byte_add(self.guard)
    }

    fn describe(&self, flags: libc::c_int) -> libc::stack_t {
        // SAFETY: all of it may be zero.
        let mut stack: libc::stack_t = unsafe { MaybeUninit::zeroed().assume_init() };
        stack.ss_sp = self.base().cast();
        stack.ss_size = self.length - self.guard;
        stack.ss_flags = flags;
        stack
    }
}

impl Drop for AlternateStack {
    fn drop(&mut self) {
        // Others may have replaced it; the standard library takes away whatever there is when a
        // thread ends.
        if get().is_some_and(|current| {
            current.ss_flags & libc::SS_DISABLE == 0 && ptr::eq(current.ss_sp.cast(), self.base())
        }) {
            // What the thread had before is not put back: its owner may have freed it. The size is
            // given for macOS, which looks at it even so.
            // SAFETY: handlers can run on any stack.
            unsafe { libc::sigaltstack(&self.describe(libc::SS_DISABLE), ptr::null_mut()) };
        }
        // SAFETY: it was mapped by us, and no signal will be handled on it any more: it isn't the
        // thread's alternate stack, and this code isn't running on it, because a handler that ends
        // its thread does not do so in order.
        unsafe { libc::munmap(self.mapping, self.length) };
    }
}
