//! Tests of traps on threads; those that need a process of their own are in `tests/process.rs`.

use core::cell::Cell;
use core::hint::black_box;
use std::boxed::Box;
use std::format;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::string::{String, ToString};
use std::sync::Arc;
use std::thread;

use super::*;
use crate::memory::LinearMemory;

/// An error that counts itself.
#[derive(Debug)]
struct Counted(
    #[expect(dead_code, reason = "its count is what matters")] Arc<()>,
    i32,
);

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "number {}", self.1)
    }
}

impl Error for Counted {}

const KINDS: [TrapKind; 12] = [
    TrapKind::Unreachable,
    TrapKind::MemoryOutOfBounds,
    TrapKind::TableOutOfBounds,
    TrapKind::UndefinedElement,
    TrapKind::UninitializedElement,
    TrapKind::IndirectCallTypeMismatch,
    TrapKind::IntegerDivideByZero,
    TrapKind::IntegerOverflow,
    TrapKind::InvalidConversionToInteger,
    TrapKind::StackOverflow,
    TrapKind::Host,
    TrapKind::Exit(7),
];

/// Calls itself until the stack or the limit ends.
#[inline(never)]
fn recurse(limit: usize, depth: &Cell<u64>) -> u64 {
    if stack_pointer() < limit {
        raise(TrapKind::StackOverflow);
    }
    depth.set(depth.get() + 1);
    black_box(recurse(limit, depth)) + 1
}

/// The message of a panic.
fn message(panic: &(dyn core::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .expect("a message")
}

#[test]
fn is_small() {
    assert_eq!(size_of::<Trap>(), size_of::<usize>());
    assert_eq!(size_of::<Result<(), Trap>>(), size_of::<usize>());
}

#[test]
fn traps_describe_themselves() {
    let trap = Trap::from(TrapKind::StackOverflow);
    assert_eq!(trap.to_string(), "call stack exhausted");
    assert!(trap.error().is_none() && trap.source().is_none() && trap.exit_code().is_none());
    assert_eq!(Trap::exit(3).exit_code(), Some(3));
    let trap = Trap::host("broken");
    assert_eq!(
        (trap.kind(), trap.to_string()),
        (TrapKind::Host, "host error: broken".into())
    );
    assert_eq!(
        trap.source().map(ToString::to_string),
        Some("broken".into())
    );
    assert_eq!(format!("{trap:?}"), "Trap(\"broken\")");
}

#[test]
fn errors_come_out_as_they_went_in() {
    let count = Arc::new(());
    let trap = HostError::from(Counted(count.clone(), 5)).into_trap();
    assert_eq!(trap.downcast_ref::<Counted>().map(|error| error.1), Some(5));
    assert!(trap.downcast_ref::<fmt::Error>().is_none());
    let trap = trap.downcast::<fmt::Error>().expect_err("another type");
    assert_eq!(trap.downcast::<Counted>().expect("this type").1, 5);
    assert_eq!(Arc::strong_count(&count), 1);
    Trap::exit(1).downcast::<Counted>().expect_err("no error");
}

#[test]
fn a_trap_as_error_stays_the_trap() {
    for kind in KINDS {
        assert_eq!(HostError::from(Trap::from(kind)).into_trap().kind(), kind);
    }
    let boxed: Box<dyn Error + Send + Sync> = Box::new(Trap::exit(2));
    assert_eq!(HostError::new(boxed).into_trap().exit_code(), Some(2));
    assert_eq!(HostError::exit(4).into_trap().exit_code(), Some(4));
    assert_eq!(HostError::message("no").to_string(), "host error: no");
}

#[test]
fn catch_returns_results_and_traps() {
    assert_eq!(catch(|| black_box(5)).expect("no trap"), 5);
    assert_eq!(catch(|| Box::new(6)).map(|b| *b).expect("no trap"), 6);
    for kind in KINDS {
        let trap = catch(|| -> i32 { raise(kind) }).expect_err("a trap");
        assert_eq!(trap.kind(), kind);
    }
}

#[test]
fn registers_come_back() {
    // More values than there are callee-saved registers, living across the trap.
    let [a, b, c, d, e, f, g, h] = black_box([1_u64, 2, 3, 4, 5, 6, 7, 8]);
    let [x, y, z] = black_box([1.5_f64, 2.5, 3.5]);
    let trap = catch(|| black_box(clobber)(0));
    assert!(trap.is_err());
    assert_eq!(
        black_box([a, b, c, d, e, f, g, h]),
        [1, 2, 3, 4, 5, 6, 7, 8]
    );
    assert_eq!(black_box([x, y, z]), [1.5, 2.5, 3.5]);
}

#[inline(never)]
fn clobber(seed: u64) -> u64 {
    let v: [u64; 16] = core::array::from_fn(|i| black_box(seed + i as u64));
    let w: [f64; 16] = core::array::from_fn(|i| black_box(seed as f64 + i as f64));
    if v[15] == 15 {
        raise(TrapKind::Unreachable);
    }
    let sum = v.iter().fold(0, |a, b| black_box(a * b));
    sum + w.iter().fold(0.0, |a, b| black_box(a * b)) as u64
}

#[test]
fn raise_needs_a_call() {
    let panic = catch_unwind(|| raise(TrapKind::Unreachable)).expect_err("a panic");
    assert_eq!(
        message(&*panic),
        "a trap was raised outside a call of an export: unreachable"
    );
    catch(|| ()).expect("no trap");
    catch_unwind(|| raise(TrapKind::Unreachable)).expect_err("outside again");
}

#[test]
fn raise_does_not_skip_host_code() {
    for run in [
        || host::<i32>(|| raise(TrapKind::Unreachable)),
        || owning::<i32>(|| raise(TrapKind::Unreachable)),
    ] {
        let panic = catch_unwind(|| catch(run)).expect_err("a panic");
        assert!(message(&*panic).starts_with("a trap was raised in host code"));
    }
    assert!(catch(|| raise(TrapKind::Unreachable)).is_err());
}

#[test]
fn host_errors_end_the_call() {
    let count = Arc::new(());
    for i in 0..if cfg!(miri) { 5 } else { 100 } {
        let trap =
            catch(|| host::<i32>(|| Err(HostError::from(Counted(count.clone(), i)).into_trap())));
        assert_eq!(
            trap.expect_err("a trap")
                .downcast::<Counted>()
                .expect("the error")
                .1,
            i
        );
    }
    assert_eq!(Arc::strong_count(&count), 1);
    assert_eq!(catch(|| host(|| Ok(5))).expect("no trap"), 5);
}

#[test]
fn host_panics_go_on_outside() {
    let count = Arc::new(());
    let payload = catch_unwind(AssertUnwindSafe(|| {
        catch(|| -> () {
            host(|| {
                let payload = Counted(count.clone(), 9);
                std::panic::resume_unwind(Box::new(payload))
            })
        })
    }))
    .expect_err("the panic");
    assert_eq!(payload.downcast::<Counted>().expect("the payload").1, 9);
    assert_eq!(Arc::strong_count(&count), 1);
    assert!(!thread::panicking());
    // The thread is outside of calls again.
    catch_unwind(|| raise(TrapKind::Unreachable)).expect_err("outside");
    assert_eq!(catch(|| 1).expect("no trap"), 1);
}

#[test]
fn panics_pass_through_the_frame() {
    // Not in host code: a mistake of this crate's, or of generated code.
    struct Dropped<'a>(&'a Cell<bool>);
    impl Drop for Dropped<'_> {
        fn drop(&mut self) {
            self.0.set(true);
        }
    }
    let dropped = Cell::new(false);
    let panic = catch_unwind(AssertUnwindSafe(|| {
        catch(|| {
            let _dropped = Dropped(&dropped);
            if black_box(true) {
                panic!("a mistake");
            }
        })
    }))
    .expect_err("the panic");
    assert_eq!(message(&*panic), "a mistake");
    assert!(dropped.get());
    catch_unwind(|| raise(TrapKind::Unreachable)).expect_err("outside");
}

#[test]
fn calls_nest() {
    // Host, generated, host, generated.
    let nested = |kind: TrapKind, handled: bool| {
        catch(|| {
            let inner = host(|| {
                let inner = catch(|| -> i32 {
                    host(|| Ok(()));
                    raise(kind)
                });
                // Between the two, this is host code.
                catch_unwind(|| raise(kind)).expect_err("in host code");
                if handled {
                    Ok(inner.expect_err("a trap").kind())
                } else {
                    Err(inner.expect_err("a trap"))
                }
            });
            // And here it is generated code again.
            if inner == TrapKind::Unreachable {
                raise(TrapKind::IntegerOverflow);
            }
            inner
        })
    };
    let kind = |result: Result<TrapKind, Trap>| result.expect_err("a trap").kind();
    assert_eq!(
        nested(TrapKind::UndefinedElement, true).expect("no trap"),
        TrapKind::UndefinedElement
    );
    assert_eq!(
        kind(nested(TrapKind::Unreachable, true)),
        TrapKind::IntegerOverflow
    );
    assert_eq!(
        kind(nested(TrapKind::Unreachable, false)),
        TrapKind::Unreachable
    );
    assert_eq!(kind(nested(TrapKind::Exit(5), false)), TrapKind::Exit(5));
    // Deeply.
    fn deep(n: i32) -> Result<i32, Trap> {
        catch(|| {
            if n == 0 {
                raise(TrapKind::Exit(9))
            } else {
                host(|| deep(n - 1)) + 1
            }
        })
    }
    assert_eq!(
        deep(if cfg!(miri) { 10 } else { 50 })
            .expect_err("a trap")
            .exit_code(),
        Some(9)
    );
}

#[test]
fn many_traps_cost_no_more_than_few() {
    let memory = LinearMemory::new(1, None).expect("a memory");
    let mem = memory.handle();
    let run = || {
        let start = std::time::Instant::now();
        for i in 0..if cfg!(miri) { 20 } else { 10_000 } {
            let trap = catch(|| mem.i32_load(black_box(65533 + i), 0)).expect_err("a trap");
            assert_eq!(trap.kind(), TrapKind::MemoryOutOfBounds);
        }
        start.elapsed()
    };
    let first = run();
    run();
    // Far from exact: a machine may have other things to do.
    assert!(run() < first * 10 + std::time::Duration::from_secs(1));
}

#[test]
fn the_stack_has_a_limit() {
    let limit = stack_limit();
    if limit == 0 {
        return;
    }
    let depth = Cell::new(0);
    for _ in 0..3 {
        depth.set(0);
        let trap = catch(|| recurse(stack_limit(), &depth)).expect_err("a trap");
        assert_eq!(trap.kind(), TrapKind::StackOverflow);
        assert!(depth.get() > 1000);
    }
    // On a stack of another size.
    let small = thread::Builder::new().stack_size(512 << 10).spawn(|| {
        let here = stack_pointer();
        let limit = stack_limit();
        assert!(limit < here && here - limit > 256 << 10);
        let trap = catch(|| recurse(limit, &Cell::new(0))).expect_err("a trap");
        assert_eq!(trap.kind(), TrapKind::StackOverflow);
    });
    small.expect("a thread").join().expect("no panic");
}

crate::mode::cfg_if! { if #[guarded] {
    #[test]
    fn the_end_of_the_stack_is_a_trap() {
        for _ in 0..3 {
            let trap = catch(|| recurse(0, &Cell::new(0))).expect_err("a trap");
            assert_eq!(trap.kind(), TrapKind::StackOverflow);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn threads_leave_nothing_behind() {
        // Other tests make threads and mappings meanwhile; these here would be many more.
        let mappings = || std::fs::read_to_string("/proc/self/maps").expect("maps").lines().count();
        let before = mappings();
        for _ in 0..1000 {
            let run = || {
                assert!(catch(|| recurse(0, &Cell::new(0))).is_err());
            };
            thread::Builder::new().stack_size(64 << 10).spawn(run).expect("a thread").join().expect("no panic");
        }
        assert!(mappings() < before + 500);
    }

    #[test]
    fn threads_trap_side_by_side() {
        let threads: std::vec::Vec<_> = (0..8)
            .map(|_| {
                thread::spawn(|| {
                    let depth = Cell::new(0);
                    for _ in 0..20 {
                        let memory = LinearMemory::new(1, None).expect("a memory");
                        let mem = memory.handle();
                        let trap = catch(|| mem.i64_load(black_box(-1), u32::MAX)).expect_err("a trap");
                        assert_eq!(trap.kind(), TrapKind::MemoryOutOfBounds);
                        let trap = catch(|| recurse(0, &depth)).expect_err("a trap");
                        assert_eq!(trap.kind(), TrapKind::StackOverflow);
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().expect("no panic");
        }
    }
} else {
} }
