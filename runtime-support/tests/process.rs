//! Tests of traps that need a process of their own: they run on the main thread, end the process,
//! or count what it allocates.
//!
//! The modules under test are not public, so they are compiled into this program once more. Called
//! without arguments, it calls itself for each of the scenarios; without a test harness, because
//! that would run them on another thread.

#![cfg_attr(
    not(unix),
    allow(dead_code, unused_imports, reason = "the scenarios are Unix's")
)]

extern crate alloc;

#[path = "../src"]
#[allow(dead_code, unused_imports, reason = "the rest of the crate uses them")]
mod source {
    pub mod memory;
    pub mod mode;
    pub mod trap;
}
pub(crate) use source::{memory, mode, trap};
#[allow(unused_imports, reason = "the modules use it")]
pub(crate) use wasm2rs_support::simd;

/// Traps carry exceptions, which would bring the rest of the crate with them.
mod exception {
    #[derive(Debug)]
    pub enum Exception {}

    impl std::fmt::Display for Exception {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            match *self {}
        }
    }

    impl std::error::Error for Exception {}
}

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

use memory::LinearMemory;
use trap::{HostError, TrapKind, catch, host, raise, stack_limit, stack_pointer};

/// The system's allocator, which counts what is allocated.
struct Counting;

static ALLOCATED: AtomicUsize = AtomicUsize::new(0);

// SAFETY: the system's, called as this is called.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: as this was called.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        ALLOCATED.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as this was called.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    match std::env::args().nth(1) {
        // What `cargo test` passes on begins with a hyphen.
        Some(name) if !name.starts_with('-') => scenarios::run(&name),
        _ => scenarios::check_all(),
    }
}

/// Calls itself until the stack or the limit ends.
#[inline(never)]
fn recurse(limit: usize, depth: u64) -> u64 {
    if stack_pointer() < limit {
        raise(TrapKind::StackOverflow);
    }
    black_box(recurse(limit, black_box(depth) + 1)) + 1
}

#[cfg(not(unix))]
mod scenarios {
    use super::*;

    pub fn run(_: &str) {}

    /// What is the same everywhere.
    pub fn check_all() {
        let trap = catch(|| recurse(stack_limit(), 0)).expect_err("a trap");
        assert_eq!(trap.kind(), TrapKind::StackOverflow);
        let memory = LinearMemory::new(1, None).expect("a memory");
        let trap = catch(|| memory.handle().i32_load(black_box(65536), 0)).expect_err("a trap");
        assert_eq!(trap.kind(), TrapKind::MemoryOutOfBounds);
    }
}

#[cfg(unix)]
mod scenarios {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    /// A scenario, and what its process must end like.
    type Scenario = (&'static str, fn(), fn(&Output) -> bool);

    const ALL: &[Scenario] = &[
        ("limit", limit, well),
        ("many traps", many_traps, well),
        (
            "own handler, generated code",
            foreign_fault_in_generated,
            |o| o.status.code() == Some(42),
        ),
        ("own handler, host code", foreign_fault_in_host, |o| {
            o.status.code() == Some(42)
        }),
        ("own handler, reservation", reservation_fault_in_host, |o| {
            o.status.code() == Some(42)
        }),
        ("own handler, sent", sent, |o| o.status.code() == Some(42)),
        ("ignored", ignored, segmentation_fault),
        ("default", default_action, segmentation_fault),
        ("default, sent", default_action_sent, segmentation_fault),
        ("overflow outside", overflow_outside, stack_overflow_message),
        (
            "overflow in host code",
            overflow_in_host,
            stack_overflow_message,
        ),
        (
            "overflow in a thread",
            overflow_in_thread,
            stack_overflow_message,
        ),
    ];

    mode::cfg_if! { if #[guarded] {
        const GUARDED: &[Scenario] = &[("end of the stack", end_of_stack, well)];
    } else {
        const GUARDED: &[Scenario] = &[];
    } }

    fn well(output: &Output) -> bool {
        output.status.success()
    }

    fn segmentation_fault(output: &Output) -> bool {
        matches!(output.status.signal(), Some(libc::SIGSEGV | libc::SIGBUS))
    }

    fn stack_overflow_message(output: &Output) -> bool {
        output.status.signal() == Some(libc::SIGABRT)
            && String::from_utf8_lossy(&output.stderr).contains("has overflowed its stack")
    }

    fn all() -> impl Iterator<Item = &'static Scenario> {
        ALL.iter().chain(GUARDED)
    }

    pub fn run(name: &str) {
        let scenario = all()
            .find(|scenario| scenario.0 == name)
            .expect("a scenario");
        scenario.1();
    }

    pub fn check_all() {
        let program = std::env::current_exe().expect("this program");
        for (name, _, ends_as_it_should) in all() {
            let output = Command::new(&program)
                .arg(name)
                .output()
                .expect("a child process");
            println!("{name}: {}", output.status);
            assert!(ends_as_it_should(&output), "{name}: {output:?}");
        }
    }

    /// A trap of each sort, so that everything is installed.
    fn warm_up() {
        let memory = LinearMemory::new(1, None).expect("a memory");
        let mem = memory.handle();
        let trap = catch(|| mem.i32_load(black_box(-1), 5)).expect_err("a trap");
        assert_eq!(trap.kind(), TrapKind::MemoryOutOfBounds);
        assert!(catch(|| recurse(stack_limit(), 0)).is_err());
        assert_eq!(catch(|| mem.i32_load(black_box(0), 0)).expect("no trap"), 0);
    }

    fn limit() {
        for _ in 0..3 {
            warm_up();
            let here = stack_pointer();
            let limit = stack_limit();
            assert!(
                0 < limit && limit < here && here - limit > 4 << 20,
                "{limit:x} {here:x}"
            );
        }
    }

    #[allow(dead_code, reason = "only where faults are taken")]
    fn end_of_stack() {
        for _ in 0..3 {
            let trap = catch(|| recurse(0, 0)).expect_err("a trap");
            assert_eq!(trap.kind(), TrapKind::StackOverflow);
            warm_up();
        }
    }

    /// 10,000 traps of each sort leave nothing behind.
    fn many_traps() {
        let memory = LinearMemory::new(1, None).expect("a memory");
        let mem = memory.handle();
        let some_of_each = || {
            for i in 0..10_000 {
                assert!(catch(|| mem.i32_load(black_box(65533 + i), 0)).is_err());
                assert!(catch(|| raise(TrapKind::Unreachable)).is_err());
                let error = HostError::message("an error that is allocated");
                assert!(catch(|| host::<()>(|| Err(error.into_trap()))).is_err());
            }
        };
        warm_up();
        let before = ALLOCATED.load(Ordering::Relaxed);
        some_of_each();
        assert_eq!(ALLOCATED.load(Ordering::Relaxed), before);
    }

    /// Where a fault is provoked.
    static PAGE: AtomicUsize = AtomicUsize::new(0);

    extern "C" fn own_handler(
        signal: libc::c_int,
        info: *mut libc::siginfo_t,
        context: *mut libc::c_void,
    ) {
        // SAFETY: called by the system with valid pointers; `_exit` may be called by handlers.
        unsafe {
            let address = (*info).si_addr().addr();
            let as_it_was = (signal == libc::SIGSEGV || signal == libc::SIGBUS)
                && (PAGE.load(Ordering::Relaxed) == address || PAGE.load(Ordering::Relaxed) == 0)
                && !context.is_null();
            libc::_exit(if as_it_was { 42 } else { 1 });
        }
    }

    fn install(action: libc::sighandler_t, flags: libc::c_int) {
        // SAFETY: a valid action.
        unsafe {
            let mut new: libc::sigaction = std::mem::zeroed();
            new.sa_sigaction = action;
            new.sa_flags = flags;
            for signal in [libc::SIGSEGV, libc::SIGBUS] {
                assert_eq!(libc::sigaction(signal, &new, std::ptr::null_mut()), 0);
            }
        }
    }

    fn install_own_handler() {
        let handler =
            own_handler as extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);
        install(handler as usize, libc::SA_SIGINFO);
    }

    /// Reads from a page that may not be read.
    fn fault() -> i32 {
        // SAFETY: the page is new, and reading it ends the process, as is wanted.
        unsafe {
            let page = libc::mmap(
                std::ptr::null_mut(),
                65536,
                libc::PROT_NONE,
                libc::MAP_PRIVATE | libc::MAP_ANON,
                -1,
                0,
            );
            PAGE.store(page.addr(), Ordering::Relaxed);
            page.cast::<i32>().read_volatile()
        }
    }

    fn foreign_fault_in_generated() {
        install_own_handler();
        warm_up();
        let _ = catch(fault);
    }

    fn foreign_fault_in_host() {
        install_own_handler();
        warm_up();
        let _ = catch(|| host(|| Ok(fault())));
    }

    /// Host code has no handles; if it had, this wouldn't be a trap either.
    fn reservation_fault_in_host() {
        install_own_handler();
        warm_up();
        let memory = LinearMemory::new(0, None).expect("a memory");
        PAGE.store(memory.base().addr(), Ordering::Relaxed);
        // SAFETY: ends the process, if it is a reservation; else something must.
        let _ = catch(|| host(|| Ok(unsafe { memory.base().read_volatile() })));
        fault();
    }

    fn sent() {
        install_own_handler();
        warm_up();
        // SAFETY: calls the handler.
        let _ = catch(|| host(|| Ok(unsafe { libc::raise(libc::SIGSEGV) })));
    }

    fn ignored() {
        install(libc::SIG_IGN, 0);
        warm_up();
        // SAFETY: is ignored.
        unsafe { libc::raise(libc::SIGSEGV) };
        warm_up();
        let _ = catch(fault);
    }

    fn default_action() {
        install(libc::SIG_DFL, 0);
        warm_up();
        let _ = catch(fault);
    }

    fn default_action_sent() {
        install(libc::SIG_DFL, 0);
        warm_up();
        // SAFETY: ends the process.
        unsafe { libc::raise(libc::SIGSEGV) };
    }

    fn overflow_outside() {
        warm_up();
        recurse(0, 0);
    }

    fn overflow_in_host() {
        warm_up();
        let _ = catch(|| host(|| Ok(recurse(0, 0))));
    }

    fn overflow_in_thread() {
        let thread = std::thread::spawn(|| {
            warm_up();
            recurse(0, 0)
        });
        let _ = thread.join();
    }
}
