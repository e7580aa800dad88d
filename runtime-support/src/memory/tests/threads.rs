//! Tests of memories that threads share, and of atomic instructions.

use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use std::vec::Vec;

use super::super::*;
use super::out_of_bounds;
use crate::trap::{TrapKind, catch};

/// A memory of a shared type.
struct Common(LinearMemory);

// SAFETY: what such memories are for; the tests use it by handles of its form.
unsafe impl Sync for Common {}

impl Common {
    fn new(minimum: u64, maximum: u64) -> Common {
        Common::of_type(MemoryType::new(minimum, Some(maximum)))
    }

    fn of_type(memory_type: MemoryType) -> Common {
        Common(LinearMemory::of_type(memory_type.shared()).expect("a memory"))
    }

    fn handle(&self) -> Mem<'_, Shared32> {
        self.0.handle_as()
    }
}

/// How often; Miri is slow.
const TIMES: i32 = if cfg!(miri) { 20 } else { 20_000 };
/// The same where it traps each time.
const TRAPS: i32 = if cfg!(miri) { 2 } else { TIMES / 100 };

/// Runs `f` in as many threads at once, each with its number.
fn threads(count: i32, f: impl Fn(i32) + Sync) {
    thread::scope(|scope| {
        for number in 0..count {
            let f = &f;
            scope.spawn(move || catch(|| f(number)).expect("no trap"));
        }
    });
}

fn kind<R>(f: impl FnOnce() -> R) -> Option<TrapKind> {
    catch(f).err().map(|trap| trap.kind())
}

#[test]
fn atomic_changes_are_whole() {
    let memory = Common::new(1, 1);
    threads(4, |number| {
        let m = memory.handle();
        for i in 0..TIMES {
            m.i32_atomic_rmw_add(0, 0, 1);
            m.i64_atomic_rmw_add(8, 0, 1 << 32);
            m.i32_atomic_rmw8_add_u(16, 0, 1);
            m.i32_atomic_rmw16_add_u(18, 0, 1);
            m.i64_atomic_rmw8_sub_u(17, 0, 1);
            m.i64_atomic_rmw16_sub_u(20, 0, 1);
            m.i64_atomic_rmw32_sub_u(24, 0, 1);
            m.i32_atomic_rmw_sub(28, 0, 1);
            m.i64_atomic_rmw_sub(32, 0, 1);
            m.i32_atomic_rmw_xor(40, 0, 1 << number);
            m.i64_atomic_rmw_xor(48, 0, 1 << (number + 60));
            m.i32_atomic_rmw8_or_u(56, 0, 1 << number);
            m.i32_atomic_rmw8_and_u(56, 0, !(1 << number));
            m.i64_atomic_rmw_or(64, 0, 1 << (number + 32));
            m.i64_atomic_rmw_and(64, 0, !(1 << (number + 32)));
            let mut old = m.i32_atomic_load(72, 0);
            loop {
                let found = m.i32_atomic_rmw_cmpxchg(72, 0, old, old + 1);
                if found == old {
                    break;
                }
                old = found;
            }
            let mut old = m.i64_atomic_load16_u(80, 0);
            loop {
                let found = m.i64_atomic_rmw16_cmpxchg_u(80, 0, old, old + 1);
                if found == old {
                    break;
                }
                old = found;
            }
            // Each thread's own byte among those of the others.
            m.i32_store8(96 + number, 0, i);
            assert_eq!(m.i32_load8_s(96 + number, 0), i32::from(i as i8));
            m.i64_atomic_rmw8_add_u(104 + number, 0, 1);
        }
    });
    let m = memory.handle();
    let all = 4 * TIMES;
    catch(|| {
        assert_eq!(
            (m.i32_load(0, 0), m.i64_load(8, 0)),
            (all, i64::from(all) << 32)
        );
        assert_eq!(
            (m.i32_load8_s(16, 0), m.i32_load16_s(18, 0)),
            ((all as i8).into(), (all as i16).into())
        );
        assert_eq!(
            (m.i64_load8_s(17, 0), m.i64_load16_s(20, 0)),
            ((-all as i8).into(), (-all as i16).into())
        );
        assert_eq!(
            (m.i32_load(24, 0), m.i32_load(28, 0), m.i64_load(32, 0)),
            (-all, -all, (-all).into())
        );
        assert_eq!(
            (m.i32_load(40, 0), m.i64_load(48, 0)),
            (0, 0),
            "an even number of times"
        );
        assert_eq!((m.i32_load(56, 0), m.i64_load(64, 0)), (0, 0));
        assert_eq!(
            (m.i32_load(72, 0), m.i32_load16_s(80, 0)),
            (all, (all as i16).into())
        );
        for number in 0..4 {
            assert_eq!(m.i32_load8_s(104 + number, 0), (TIMES as i8).into());
        }
    })
    .expect("no trap");
}

#[test]
fn what_is_exchanged_is_there_once() {
    let memory = Common::new(1, 1);
    let (put, got) = (AtomicU64::new(0), AtomicU64::new(0));
    threads(4, |number| {
        let m = memory.handle();
        for i in 0..TIMES {
            let value = i64::from(i * 4 + number);
            put.fetch_add(value as u64, Ordering::Relaxed);
            let old = m.i64_atomic_rmw_xchg(8, 0, value);
            got.fetch_add(old as u64, Ordering::Relaxed);
        }
    });
    let last = catch(|| memory.handle().i64_atomic_load(8, 0)).expect("inside");
    assert_eq!(put.into_inner(), got.into_inner() + last as u64);
}

/// All instructions on one thread, on a memory that is shared and one that isn't.
fn one_after_the_other<F: Form<Address = A>, A: AddressType<Offset = O>, O: From<u32>>(
    m: Mem<'_, F>,
) {
    let (a, o) = (A::wrap(64), |offset: u32| O::from(offset));
    let result = catch(|| {
        m.i64_atomic_store(a, o(0), 0x8182_8384_8586_8788_u64 as i64);
        assert_eq!(m.i64_atomic_load(a, o(0)) as u64, 0x8182_8384_8586_8788);
        assert_eq!(m.i64_atomic_load32_u(a, o(4)), 0x8182_8384);
        assert_eq!(
            (
                m.i64_atomic_load16_u(a, o(2)),
                m.i64_atomic_load8_u(a, o(7))
            ),
            (0x8586, 0x81)
        );
        assert_eq!(
            (
                m.i32_atomic_load16_u(a, o(2)),
                m.i32_atomic_load8_u(a, o(7))
            ),
            (0x8586, 0x81)
        );
        assert_eq!(m.i32_atomic_load(a, o(0)) as u32, 0x8586_8788);
        m.i32_atomic_store8(a, o(0), 0x7ff);
        m.i32_atomic_store16(a, o(2), 0x1_2222);
        m.i64_atomic_store32(a, o(4), 0x7_3333_3333);
        assert_eq!(m.i64_load(a, o(0)), 0x3333_3333_2222_87ff);
        m.i64_atomic_store8(a, o(1), 0x144);
        m.i64_atomic_store16(a, o(6), 0x1_5555);
        m.i32_atomic_store(a, o(8), -1);
        assert_eq!(
            (m.i64_load(a, o(0)), m.i32_load(a, o(8))),
            (0x5555_3333_2222_44ff, -1)
        );
        assert_eq!(m.i32_atomic_rmw8_add_u(a, o(0), 0x102), 0xff);
        assert_eq!(m.i32_atomic_rmw16_sub_u(a, o(2), 0x1_2223), 0x2222);
        assert_eq!(m.i64_load(a, o(0)), 0x5555_3333_ffff_4401);
        assert_eq!(m.i64_atomic_rmw32_xchg_u(a, o(4), -2), 0x5555_3333);
        assert_eq!(m.i64_atomic_rmw_and(a, o(0), -2), -2 << 32 | 0xffff_4401);
        assert_eq!(
            m.i64_atomic_rmw_or(a, o(0), 6) as u64,
            0xffff_fffe_ffff_4400
        );
        assert_eq!(
            m.i64_atomic_rmw_xor(a, o(0), 5) as u64,
            0xffff_fffe_ffff_4406
        );
        assert_eq!(
            m.i32_atomic_rmw_cmpxchg(a, o(0), 0, 1) as u32,
            0xffff_4403,
            "not equal"
        );
        assert_eq!(
            m.i32_atomic_rmw_cmpxchg(a, o(0), 0xffff_4403_u32 as i32, 1) as u32,
            0xffff_4403
        );
        // Only the lower bits are compared.
        assert_eq!(m.i64_atomic_rmw8_cmpxchg_u(a, o(0), 0x101, 0x1fe), 1);
        assert_eq!(m.i64_atomic_rmw32_cmpxchg_u(a, o(0), 0xfe, 0), 0xfe);
        assert_eq!(
            m.i64_atomic_rmw_cmpxchg(a, o(0), 0, 7) as u64,
            0xffff_fffe_0000_0000
        );
        atomic_fence();
        // Plain ones may be unaligned.
        m.i64_store(a, o(1), 0x0102_0304_0506_0708);
        assert_eq!(
            (m.i32_load(a, o(3)), m.i64_load(a, o(1))),
            (0x0304_0506, 0x0102_0304_0506_0708)
        );
        m.f64_store(a, o(13), 1.5);
        assert_eq!(
            (m.f64_load(a, o(13)), m.f32_load(a, o(17))),
            (1.5, f32::from_bits(0x3ff8_0000))
        );
        assert_eq!(m.load::<16>(a, o(8))[13 - 8..][..8], 1.5f64.to_le_bytes());
        m.store(a, o(32), [7; 16]);
        assert_eq!((m.load(a, o(32)), m.load(a, o(36))), ([7; 16], [7; 12]));
    });
    result.expect("no trap");
}

/// Alignment is looked at first, then the bounds.
fn traps<F: Form<Address = A>, A: AddressType<Offset = O>, O: From<u32>>(m: Mem<'_, F>, size: u64) {
    let o = |offset: u32| O::from(offset);
    for start in [size - 8, size, size + (1 << 20), u32::MAX.into()] {
        for by in 0..8 {
            let address = A::wrap(start.wrapping_add(by));
            let number = address.unsigned();
            let expect = |width: u64, kind: Option<TrapKind>| {
                let wanted = if !number.is_multiple_of(width) {
                    Some(TrapKind::UnalignedAtomic)
                } else {
                    (number + width > size).then_some(TrapKind::MemoryOutOfBounds)
                };
                assert_eq!(kind, wanted, "{number} {width}");
            };
            expect(8, kind(|| m.i64_atomic_load(address, o(0))));
            expect(8, kind(|| m.i64_atomic_rmw_cmpxchg(address, o(0), 1, 2)));
            expect(4, kind(|| m.i32_atomic_rmw_xor(address, o(0), 1)));
            expect(4, kind(|| m.i64_atomic_store32(address, o(0), 1)));
            expect(4, kind(|| m.memory_atomic_notify(address, o(0), 1)));
            expect(2, kind(|| m.i64_atomic_rmw16_add_u(address, o(0), 1)));
            expect(2, kind(|| m.i32_atomic_store16(address, o(0), 1)));
            expect(1, kind(|| m.i32_atomic_rmw8_xchg_u(address, o(0), 1)));
            expect(1, kind(|| m.i32_atomic_load8_u(address, o(0))));
        }
    }
    assert_eq!(
        kind(|| m.i32_atomic_load(A::wrap(0), o(2))),
        Some(TrapKind::UnalignedAtomic)
    );
    assert_eq!(kind(|| m.i32_atomic_load(A::wrap(2), o(2))), None);
    let wait = kind(|| m.memory_atomic_wait32(A::wrap(2), o(0), 0, 0));
    if F::SHARED {
        assert_eq!(wait, Some(TrapKind::UnalignedAtomic));
        assert_eq!(
            kind(|| m.memory_atomic_wait64(A::wrap(4), o(0), 0, 0)),
            wait
        );
        out_of_bounds(|| m.memory_atomic_wait64(A::wrap(size), o(0), 0, 0));
    } else {
        assert_eq!(wait, Some(TrapKind::ExpectedSharedMemory));
    }
}

#[test]
fn every_form_has_atomic_instructions() {
    let limits = MemoryType::new(1, Some(3));
    let exact = MemoryType::new(4096, Some(5000)).single_bytes();
    macro_rules! form {
        ($form:ty, $type:expr, $size:expr) => {{
            let memory = LinearMemory::of_type($type).expect("a memory");
            one_after_the_other(memory.handle_as::<$form>());
            traps(memory.handle_as::<$form>(), $size);
        }};
    }
    form!(Ordinary, limits, 65536);
    form!(Paged64, limits.memory64(), 65536);
    form!(Exact32, exact, 4096);
    form!(Exact64, exact.memory64(), 4096);
    form!(Shared32, limits.shared(), 65536);
    form!(Shared64, limits.shared().memory64(), 65536);
    form!(SharedExact32, exact.shared(), 4096);
    form!(SharedExact64, exact.shared().memory64(), 4096);
}

#[test]
fn aligned_accesses_do_not_tear() {
    let memory = Common::new(1, 1);
    let done = AtomicU32::new(0);
    threads(4, |number| {
        let m = memory.handle();
        for i in 0..TIMES {
            if number < 2 {
                m.i64_store(8, 0, if (i + number) & 1 == 0 { -1 } else { 0 });
                // Of other sizes, and across the others, too: nobody reads these.
                m.i64_store(29, 0, i.into());
                m.i32_atomic_store(32, 0, i);
                m.i32_store16(31, 0, i);
                m.fill(100, i, 301);
                m.copy(150, 103, 200);
            } else {
                let value = m.i64_load(8, 0);
                assert!(value == 0 || value == -1, "{value:x}");
                let half = m.i32_load(12, 0);
                assert!(half == 0 || half == -1, "{half:x}");
                force(m.i64_load(27, 0));
                m.copy(600, 100, 300);
            }
        }
        done.fetch_add(1, Ordering::Relaxed);
    });
    assert_eq!(done.into_inner(), 4);
}

#[test]
fn messages_pass() {
    let memory = Common::new(1, 1);
    let times = TIMES / 10;
    threads(2, |number| {
        let m = memory.handle();
        for i in 1..=times {
            if number == 0 {
                while m.i32_atomic_load(0, 0) != 0 {
                    thread::yield_now();
                }
                m.i32_store(64, 0, i);
                m.fill(128, i, 100);
                m.i32_atomic_store(0, 0, i);
            } else {
                // A plain load sees it, too, in the end.
                while m.i32_load(0, 0) != i {
                    thread::yield_now();
                }
                assert_eq!(m.i32_atomic_load(0, 0), i);
                assert_eq!((m.i32_load(64, 0), m.i32_load8_u(227, 0)), (i, i & 0xff));
                m.i32_atomic_store(0, 0, 0);
            }
        }
    });
}

#[test]
fn bytes_go_in_all_directions() {
    let memory = Common::new(1, 1);
    let m = memory.handle();
    let own = LinearMemory::new(1, Some(1)).expect("a memory");
    let data: Vec<u8> = (0..=255).collect();
    let bytes = |from: i32, count: i32| -> Vec<u8> {
        (from..from + count)
            .map(|at| m.i32_load8_u(at, 0) as u8)
            .collect()
    };
    let result = catch(|| {
        m.init(&data, 1000, 3, 250);
        assert_eq!(bytes(1000, 250), data[3..253]);
        for length in [0, 1, 7, 8, 9, 16, 31, 100, 200] {
            for (to, from) in [
                (1000, 1001),
                (1001, 1000),
                (1003, 1000),
                (1000, 1007),
                (1050, 1010),
                (1010, 1050),
            ] {
                m.init(&data, 1000, 3, 250);
                let expected = bytes(from, length);
                let before = bytes(to - 1, 1);
                let after = bytes(to + length, 1);
                m.copy(to, from, length);
                assert_eq!(bytes(to, length), expected, "{to} {from} {length}");
                assert_eq!((bytes(to - 1, 1), bytes(to + length, 1)), (before, after));
            }
        }
        m.fill(999, 0x1ab, 37);
        assert_eq!((bytes(998, 1), bytes(999, 37)), (vec![0], vec![0xab; 37]));
        assert_ne!(bytes(1036, 1), [0xab]);
        own.handle().copy_from(5, m, 1030, 9);
        assert_eq!(own.handle().i32_load8_u(10, 0), 0xab);
        own.handle().fill(0, 3, 100);
        m.copy_from(2000, own.handle(), 50, 50);
        assert_eq!(bytes(2000, 51), [&[3; 50][..], &[0]].concat());
    });
    result.expect("no trap");
    out_of_bounds(|| m.fill(65535, 1, 2));
    out_of_bounds(|| m.copy(0, 65535, 2));
    out_of_bounds(|| m.init(&data, 65535, 0, 2));
    out_of_bounds(|| m.copy_from(0, own.handle(), 65535, 2));
}

#[test]
fn memories_grow_under_others_feet() {
    let memory = Common::new(1, 201);
    let base = memory.0.base();
    let grown = AtomicU32::new(0);
    threads(4, |number| {
        let m = memory.handle();
        loop {
            let size = m.size();
            // What the size says is there, and zero but for what was stored.
            let last = (size << 16) - 4;
            assert!([0, 77].contains(&m.i32_load(last, 0)));
            m.i32_atomic_store(last, 0, 77);
            if number < 3 {
                let old = m.grow(1);
                if old == -1 {
                    break;
                }
                assert!(old >= size);
                grown.fetch_add(1, Ordering::Relaxed);
            } else if size == 201 {
                break;
            }
        }
    });
    assert_eq!((grown.into_inner(), memory.0.size()), (200, 201));
    assert_eq!(memory.0.base(), base, "it never moves");
    out_of_bounds(|| memory.handle().i32_load8_u(201 << 16, 0));
}

#[test]
fn a_shared_memory_has_a_maximum() {
    let memory_type = MemoryType::new(1, None).shared();
    let error = LinearMemory::of_type(memory_type).err().expect("an error");
    assert_eq!(error, MemoryError::Limits { memory_type });
    let message = std::string::ToString::to_string(&error);
    assert_eq!(message, "a shared memory must have a maximum size");
    // Even if there is not as much to be had.
    let huge = Common::of_type(MemoryType::new(1, Some(1 << 48)).memory64());
    assert_eq!(huge.0.grow(1), Some(1));
    assert_eq!(huge.0.grow(1 << 47), None);
}

#[test]
fn waits_end() {
    let memory = Common::new(1, 1);
    let m = memory.handle();
    let wait = |expected, timeout| catch(|| m.memory_atomic_wait32(8, 0, expected, timeout));
    assert_eq!(wait(1, -1).expect("no trap"), 1, "another value");
    assert_eq!(wait(0, 0).expect("no trap"), 2);
    let begin = Instant::now();
    assert_eq!(wait(0, 3_000_000).expect("no trap"), 2);
    assert!(begin.elapsed() >= Duration::from_millis(3));
    let far = catch(|| m.memory_atomic_wait64(8, 0, 1, i64::MAX));
    assert_eq!(far.expect("no trap"), 1);
    assert_eq!(
        catch(|| m.memory_atomic_notify(8, 0, -1)).expect("no trap"),
        0
    );
}

#[test]
fn who_waits_is_notified() {
    let memory = Common::new(1, 1);
    let woken = AtomicU32::new(0);
    thread::scope(|scope| {
        for number in 0..6 {
            let (memory, woken) = (&memory, &woken);
            scope.spawn(move || {
                let m = memory.handle();
                let timeout = if number & 1 == 0 { -1 } else { i64::MAX };
                let result = catch(|| match number {
                    0..3 => m.memory_atomic_wait32(16, 0, 0, timeout),
                    _ => m.memory_atomic_wait64(8, 8, 0, timeout),
                });
                assert_eq!(result.expect("no trap"), 0);
                woken.fetch_add(1, Ordering::SeqCst);
            });
        }
        let m = memory.handle();
        let notify =
            |address, count| catch(|| m.memory_atomic_notify(address, 0, count)).expect("no trap");
        // Nobody waits there.
        assert_eq!((notify(20, -1), notify(16, 0)), (0, 0));
        let mut notified = 0;
        while notified < 2 {
            notified += notify(16, 1);
            thread::yield_now();
        }
        while woken.load(Ordering::SeqCst) < 2 {
            thread::yield_now();
        }
        while notified < 6 {
            notified += notify(16, -1);
            thread::yield_now();
        }
        assert_eq!(notified, 6);
    });
    assert_eq!(woken.into_inner(), 6);
}

#[test]
fn nobody_is_forgotten() {
    // A lock made of wait and notify; a wake-up that is lost would stop it.
    let memory = Common::new(1, 1);
    let inside = AtomicBool::new(false);
    threads(4, |_| {
        let m = memory.handle();
        for _ in 0..TIMES / 10 {
            let mut state = m.i32_atomic_rmw_cmpxchg(0, 0, 0, 1);
            while state != 0 {
                if state == 2 || m.i32_atomic_rmw_cmpxchg(0, 0, 1, 2) != 0 {
                    m.memory_atomic_wait32(0, 0, 2, -1);
                }
                state = m.i32_atomic_rmw_cmpxchg(0, 0, 0, 2);
            }
            assert!(!inside.swap(true, Ordering::Relaxed));
            let count = m.i32_load(64, 0);
            m.i32_store(64, 0, count + 1);
            inside.store(false, Ordering::Relaxed);
            if m.i32_atomic_rmw_sub(0, 0, 1) != 1 {
                m.i32_atomic_store(0, 0, 0);
                m.memory_atomic_notify(0, 0, 1);
            }
        }
    });
    let count = catch(|| memory.handle().i32_load(64, 0)).expect("inside");
    assert_eq!(count, 4 * (TIMES / 10));
}

#[test]
fn a_fault_of_one_thread_is_a_trap_of_that_thread() {
    let memory = Common::new(1, 1);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let m = memory.handle();
                for _ in 0..TRAPS {
                    out_of_bounds(|| m.i64_atomic_rmw_add(65536, 0, 1));
                    out_of_bounds(|| m.i32_load(-1, 0));
                    out_of_bounds(|| m.i64_store(65530, 0, 1));
                    catch(|| m.i64_atomic_rmw_add(0, 0, 1)).expect("inside");
                }
            });
        }
    });
    let sum = catch(|| memory.handle().i64_load(0, 0)).expect("inside");
    assert_eq!(sum, i64::from(4 * TRAPS));
}
