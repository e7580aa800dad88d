//! Tests of both forms of memories.

use core::hint::black_box;
use std::string::ToString;
use std::vec::Vec;

mod forms;
mod threads;

use super::*;
use crate::trap::{TrapKind, catch};

fn out_of_bounds<R>(f: impl FnOnce() -> R) {
    let kind = catch(f).err().map(|trap| trap.kind());
    assert_eq!(kind, Some(TrapKind::MemoryOutOfBounds));
}

fn memory(minimum: u32, maximum: Option<u32>) -> LinearMemory {
    LinearMemory::new(minimum, maximum).expect("a memory")
}

fn bytes(memory: &LinearMemory) -> Vec<u8> {
    // SAFETY: that many bytes are there, and nobody writes meanwhile.
    unsafe { core::slice::from_raw_parts(memory.base(), memory.byte_len()) }.to_vec()
}

#[test]
fn limits_are_checked() {
    let error = |minimum, maximum| LinearMemory::new(minimum, maximum).err().expect("an error");
    assert_eq!(
        error(2, Some(1)).to_string(),
        "a memory cannot have at least 2 and at most 1 pages"
    );
    assert_eq!(
        error(65537, None).to_string(),
        "a memory cannot have 65537 pages; 65536 are the most"
    );
    memory(0, Some(0));
    memory(1, Some(1 << 20));
}

#[test]
fn numbers_go_in_and_out() {
    let memory = memory(1, None);
    let mem = memory.handle();
    let result = catch(|| {
        mem.i64_store(8, 0, 0x8877_6655_4433_8281_u64 as i64);
        assert_eq!(mem.i64_load(4, 4), 0x8877_6655_4433_8281_u64 as i64);
        assert_eq!(mem.i32_load(8, 0), 0x4433_8281);
        assert_eq!((mem.i32_load8_s(8, 0), mem.i32_load8_u(0, 8)), (-127, 0x81));
        assert_eq!(
            (mem.i32_load16_s(8, 0), mem.i32_load16_u(8, 0)),
            (0x8281 - 0x10000, 0x8281)
        );
        assert_eq!((mem.i64_load8_s(8, 0), mem.i64_load8_u(8, 0)), (-127, 0x81));
        assert_eq!(
            (mem.i64_load16_s(8, 0), mem.i64_load16_u(8, 0)),
            (0x8281 - 0x10000, 0x8281)
        );
        assert_eq!(mem.i64_load32_s(12, 0), 0x8877_6655_u32 as i32 as i64);
        assert_eq!(mem.i64_load32_u(12, 0), 0x8877_6655);
        mem.i32_store(100, 1, -2);
        mem.i32_store8(101, 0, 0x155);
        mem.i32_store16(102, 0, 0x12345);
        assert_eq!(mem.i32_load(101, 0) as u32, 0xff23_4555);
        mem.i64_store(200, 0, -1);
        mem.i64_store8(200, 0, 0x111);
        mem.i64_store16(201, 0, 0x12222);
        mem.i64_store32(203, 0, 0x3_4444_4444);
        assert_eq!(mem.i64_load(200, 0) as u64, 0xff44_4444_4422_2211);
        // Floats keep their bits.
        mem.f32_store(300, 0, f32::from_bits(0x7fa0_0001));
        mem.f64_store(308, 0, f64::from_bits(0xfff4_0000_0000_0001));
        assert_eq!(mem.f32_load(300, 0).to_bits(), 0x7fa0_0001);
        assert_eq!(mem.f64_load(308, 0).to_bits(), 0xfff4_0000_0000_0001);
        assert_eq!(mem.i32_load(300, 0), 0x7fa0_0001);
    });
    result.expect("no trap");
}

type Access = fn(Mem<'_>, i32, u32);

#[test]
fn accesses_end_at_the_size() {
    let sizes: &[u32] = if cfg!(miri) {
        &[0, 2]
    } else {
        &[0, 1, 2, 3, 17, 100]
    };
    for &pages in sizes {
        let memory = memory(pages, None);
        let mem = memory.handle();
        let size = (pages as usize * PAGE) as i32;
        for offset in [
            0,
            1,
            4,
            0xffff,
            0x10000,
            0x7fff_ffff,
            0x8000_0000,
            0xffff_ffff_u32,
        ] {
            for (width, load) in [
                (1, (|m, a, o| force(m.i32_load8_u(a, o))) as Access),
                (2, |m, a, o| force(m.i64_load16_s(a, o))),
                (4, |m, a, o| force(m.f32_load(a, o))),
                (8, |m, a, o| force(m.i64_load(a, o))),
                (1, |m, a, o| m.i64_store8(a, o, 1)),
                (2, |m, a, o| m.i32_store16(a, o, 1)),
                (4, |m, a, o| m.i64_store32(a, o, 1)),
                (8, |m, a, o| m.f64_store(a, o, 1.0)),
            ] {
                let end = i64::from(size) - i64::from(offset) - width;
                if end >= 0 {
                    catch(|| load(mem, black_box(end as i32), offset)).expect("inside");
                }
                let beyond = (end + 1).max(0) as i32;
                out_of_bounds(|| load(mem, black_box(beyond), offset));
                out_of_bounds(|| load(mem, -1, offset));
                out_of_bounds(|| load(mem, i32::MIN, offset));
            }
        }
        catch(|| assert_eq!(mem.load::<16>(0, 0), [0; 16]))
            .map_or_else(|_| assert_eq!(pages, 0), |_| ());
        out_of_bounds(|| mem.load::<16>(size.wrapping_sub(15), 0));
        out_of_bounds(|| mem.store::<16>(-1, u32::MAX, [1; 16]));
    }
}

#[test]
fn forced_loads_happen() {
    let memory = memory(1, None);
    let mem = memory.handle();
    out_of_bounds(|| force(mem.i32_load(65533, 0)));
    out_of_bounds(|| force(mem.i64_load(65529, 0)));
    out_of_bounds(|| force(mem.f32_load(65533, 0)));
    out_of_bounds(|| force(mem.f64_load(65529, 0)));
    catch(|| force(mem.f64_load(65528, 0))).expect("inside");
}

#[test]
fn memories_grow() {
    let memory = memory(1, Some(20));
    let mem = memory.handle();
    let result = catch(|| {
        assert_eq!(
            (mem.size(), mem.grow(0), mem.grow(20), mem.grow(-1)),
            (1, 1, -1, -1)
        );
        mem.i32_store(65532, 0, 7);
        assert_eq!(mem.grow(2), 1);
        assert_eq!(
            (
                mem.size(),
                mem.i32_load(65532, 0),
                mem.i32_load(3 * 65536 - 4, 0)
            ),
            (3, 7, 0)
        );
        mem.i32_store(3 * 65536 - 4, 0, 8);
        for pages in 3..20 {
            assert_eq!(mem.grow(1), pages);
            assert_eq!(
                (
                    mem.i64_load(pages << 16, 0),
                    mem.i64_load(pages << 16, 0xfff8)
                ),
                (0, 0)
            );
            mem.fill(pages << 16, 0xff, 0x10000);
        }
        assert_eq!((mem.grow(1), mem.size()), (-1, 20));
        assert_eq!(
            (mem.i32_load(65532, 0), mem.i32_load(3 * 65536 - 4, 0)),
            (7, 8)
        );
    });
    result.expect("no trap");
    out_of_bounds(|| mem.i32_load8_u(20 << 16, 0));
    assert_eq!(
        (memory.size(), memory.byte_len(), memory.grow(1)),
        (20, 20 << 16, None)
    );
}

#[test]
#[cfg(target_pointer_width = "64")]
fn memories_grow_to_the_last_page() {
    let memory = memory(0, None);
    let mem = memory.handle();
    if memory.grow(65536).is_none() {
        // Checked, on a machine without 4 GiB to spare, or Miri.
        return;
    }
    assert_eq!(
        (memory.size(), memory.grow(1), memory.byte_len()),
        (65536, None, 1 << 32)
    );
    assert_eq!(catch(|| mem.i32_load(-4, 0)).expect("inside"), 0);
    catch(|| mem.i64_store(-8, 0, 3)).expect("inside");
    assert_eq!(catch(|| mem.i32_load(-8, 0)).expect("inside"), 3);
    out_of_bounds(|| mem.i32_load(-3, 0));
    out_of_bounds(|| mem.i32_load(-4, 1));
}

#[test]
fn many_bytes_at_once() {
    let memory = memory(1, None);
    let mem = memory.handle();
    let data: Vec<u8> = (0..100).collect();
    catch(|| mem.init(&data, 1000, 10, 50)).expect("inside");
    assert_eq!(
        bytes(&memory)[999..1051],
        [&[0], &data[10..60], &[0]].concat()
    );
    // Overlapping, both ways.
    catch(|| mem.copy(1010, 1000, 50)).expect("inside");
    assert_eq!(
        bytes(&memory)[1000..1060],
        [&data[10..20], &data[10..60]].concat()
    );
    catch(|| mem.copy(1005, 1010, 50)).expect("inside");
    assert_eq!(bytes(&memory)[1005..1055], data[10..60]);
    catch(|| mem.fill(1000, 0x1ab, 3)).expect("inside");
    assert_eq!(bytes(&memory)[1000..1004], [0xab, 0xab, 0xab, 13]);

    let other = self::memory(2, None);
    catch(|| other.handle().copy_from(0x1ffff, mem, 1000, 1)).expect("inside");
    assert_eq!(bytes(&other)[0x1ffff], 0xab);

    // At the very end, and nothing at all.
    catch(|| mem.fill(0xfffe, 1, 2)).expect("inside");
    catch(|| mem.fill(0x10000, 1, 0)).expect("inside");
    catch(|| mem.copy(0x10000, 0x10000, 0)).expect("inside");
    catch(|| mem.init(&data, 0x10000, 100, 0)).expect("inside");
    catch(|| mem.init(&[], 0, 0, 0)).expect("inside");

    let before = bytes(&memory);
    out_of_bounds(|| mem.fill(0xffff, 2, 2));
    out_of_bounds(|| mem.fill(0x10001, 2, 0));
    out_of_bounds(|| mem.fill(-1, 2, -1));
    out_of_bounds(|| mem.copy(0, 0xffff, 2));
    out_of_bounds(|| mem.copy(0xffff, 0, 2));
    out_of_bounds(|| mem.copy(1, 0, -1));
    out_of_bounds(|| mem.copy_from(0, other.handle(), 0x1ffff, 2));
    out_of_bounds(|| mem.init(&data, 0, 51, 50));
    out_of_bounds(|| mem.init(&data, 0xffff, 0, 2));
    out_of_bounds(|| mem.init(&[], 0, 0, 1));
    out_of_bounds(|| mem.init(&data, 0, 101, 0));
    assert!(
        bytes(&memory) == before,
        "nothing is written by an operation that traps"
    );
}

#[test]
fn memories_move_to_other_threads() {
    let memory = memory(1, None);
    catch(|| memory.handle().i32_store(0, 0, 5)).expect("inside");
    let thread = std::thread::spawn(move || {
        out_of_bounds(|| memory.handle().i32_load(0x10000, 0));
        catch(|| memory.handle().i32_load(0, 0)).expect("inside")
    });
    assert_eq!(thread.join().expect("no panic"), 5);
}

crate::mode::cfg_if! { if #[guarded] {
    #[test]
    fn the_table_of_reservations_knows_what_is_there() {
        // More than a chunk holds.
        let memories: Vec<_> = (0..300).map(|_| memory(0, None)).collect();
        for memory in &memories {
            let base = memory.base().addr();
            assert!(is_reserved(base) && is_reserved(base + reservation::reach(reservation::SPAN_32) - 1));
        }
        let threads: Vec<_> = (0..4)
            .map(|_| std::thread::spawn(|| for _ in 0..200 { memory(0, None); }))
            .collect();
        for thread in threads {
            thread.join().expect("no panic");
        }
        let base = memories[299].base().addr();
        assert!(is_reserved(base));
        assert!(!is_reserved(0) && !is_reserved(&raw const base as usize));
    }
} else {
    #[test]
    fn checked_memories_move_when_they_grow() {
        let memory = memory(0, None);
        let count = if cfg!(miri) { 20 } else { 200 };
        for pages in 0..count {
            assert_eq!(memory.grow(1), Some(pages));
            catch(|| memory.handle().i32_store((pages << 16) as i32, 0, pages as i32)).expect("inside");
        }
        for pages in 0..count as i32 {
            assert_eq!(catch(|| memory.handle().i32_load(pages << 16, 0)).expect("inside"), pages);
        }
    }
} }
