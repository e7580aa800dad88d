//! Tests of memories with 64-bit addresses, and with pages of one byte.

use core::hint::black_box;
use std::format;
use std::string::ToString;
use std::vec::Vec;

use super::super::*;
use super::out_of_bounds;
use crate::trap::catch;

fn of_type(memory_type: MemoryType) -> LinearMemory {
    LinearMemory::of_type(memory_type).expect("a memory")
}

/// Every kind of access at the end of a memory of `size` bytes, and beyond.
fn accesses_end<F: Form<Address = i64>>(m: Mem<'_, F>, size: u64)
where
    F::Address: AddressType<Offset = u64>,
{
    let far = [
        size,
        size + 1,
        1 << 32,
        (256 << 30) - 1,
        256 << 30,
        (256 << 30) + 1,
        1 << 47,
        (1 << 62) - 1,
        1 << 62,
        (1 << 62) + 1,
        u64::MAX / 2,
        u64::MAX / 2 + 1,
        u64::MAX - 16,
        u64::MAX - 8,
        u64::MAX - 1,
        u64::MAX,
    ];
    // A trap takes Miri a while.
    let far: Vec<u64> = far
        .into_iter()
        .step_by(if cfg!(miri) { 4 } else { 1 })
        .collect();
    for width in [1, 4, 8] {
        let access = |address: u64, offset: u64| {
            let (address, offset) = (black_box(address).cast_signed(), black_box(offset));
            match width {
                1 => {
                    m.i32_store8(address, offset, 1);
                    force(m.i64_load8_s(address, offset));
                }
                4 => {
                    m.f32_store(address, offset, 1.0);
                    force(m.i32_load(address, offset));
                }
                _ => {
                    m.i64_store(address, offset, 1);
                    force(m.f64_load(address, offset));
                }
            }
        };
        for offset in [0, 1, 17, size / 2, size.saturating_sub(width)] {
            if offset + width <= size {
                catch(|| access(size - width - offset, offset)).expect("inside");
            }
            out_of_bounds(|| access((size + 1).saturating_sub(width + offset), offset));
            for &address in &far {
                out_of_bounds(|| access(address, offset));
            }
        }
        let pairs = far.iter().flat_map(|&a| far.iter().map(move |&b| (a, b)));
        for (address, offset) in pairs.step_by(if cfg!(miri) { 3 } else { 1 }) {
            out_of_bounds(|| access(address, offset));
            out_of_bounds(|| access(0, offset));
            // The sum is an address inside, but for the overflow.
            out_of_bounds(|| access(8u64.wrapping_sub(offset).max(1 << 40), offset));
        }
    }
    catch(|| m.fill(size.cast_signed(), 1, 0)).expect("nothing");
    catch(|| m.fill((size / 2).cast_signed(), 1, (size - size / 2).cast_signed())).expect("inside");
    for start in far {
        let start = start.cast_signed();
        out_of_bounds(|| m.fill(start, 1, 8));
        out_of_bounds(|| m.fill(1, 1, start));
        out_of_bounds(|| m.fill(start, 1, start.wrapping_neg().wrapping_add(8)));
        out_of_bounds(|| m.copy(start, 0, 8));
        out_of_bounds(|| m.copy(0, start, 8));
        out_of_bounds(|| m.init(&[0; 8], start, 0, 8));
    }
}

#[test]
fn addresses_of_64_bits() {
    for pages in [0, 1, 3]
        .into_iter()
        .step_by(if cfg!(miri) { 2 } else { 1 })
    {
        let memory = of_type(MemoryType::new(pages, None).memory64());
        accesses_end::<Paged64>(memory.handle_as(), pages << 16);
    }
}

#[test]
fn addresses_of_64_bits_and_pages_of_a_byte() {
    for pages in [0, 1, 100, 65537]
        .into_iter()
        .skip(if cfg!(miri) { 2 } else { 0 })
    {
        let memory = of_type(MemoryType::new(pages, None).memory64().single_bytes());
        accesses_end::<Exact64>(memory.handle_as(), pages);
    }
}

#[test]
fn pages_of_a_byte() {
    let memory = of_type(MemoryType::new(7, Some(20)).single_bytes());
    let m = memory.handle_as::<Exact32>();
    let result = catch(|| {
        assert_eq!((m.size(), m.i32_load(3, 0), m.i32_load8_u(0, 6)), (7, 0, 0));
        m.i32_store(0, 3, -1);
        assert_eq!(
            (m.grow(1), m.grow(13), m.grow(-1), m.size()),
            (7, -1, -1, 8)
        );
        assert_eq!(m.i64_load(0, 0), 0xff_ffff_ff00_0000);
        assert_eq!((m.grow(12), m.i64_load(12, 0)), (8, 0));
    });
    result.expect("no trap");
    out_of_bounds(|| m.i32_load8_u(20, 0));
    out_of_bounds(|| m.i64_load(13, 0));
    out_of_bounds(|| m.i32_load(-1, u32::MAX));
    out_of_bounds(|| m.fill(19, 0, 2));
}

#[test]
fn memories_of_64_bits_grow() {
    let memory = of_type(MemoryType::new(1, Some(1 << 48)).memory64());
    let m = memory.handle_as::<Paged64>();
    let result = catch(|| {
        m.i64_store(0, 0xfff8, 5);
        assert_eq!((m.size(), m.grow(2), m.size()), (1, 1, 3));
        assert_eq!((m.i64_load(0xfff8, 0), m.i64_load(0, 0x2_fff8)), (5, 0));
        for too_much in [1 << 32, 1 << 47, i64::MAX, i64::MIN, -1, -3] {
            assert_eq!((m.grow(too_much), m.size()), (-1, 3));
        }
    });
    result.expect("no trap");
}

#[test]
fn memories_of_64_bits_have_more_than_4_gib() {
    // From nothing, so that in checked form there is nothing to copy or to clear.
    let memory = of_type(MemoryType::new(0, None).memory64());
    let m = memory.handle_as::<Paged64>();
    // Not everywhere is there that much.
    if memory.grow((1 << 16) + 1).is_some() {
        catch(|| m.i64_store(1 << 32, 0, 7)).expect("inside");
        assert_eq!(catch(|| m.i64_load(0, 1 << 32)).expect("inside"), 7);
        assert_eq!(catch(|| m.i64_load(8, 0)).expect("inside"), 0);
    }
}

#[test]
fn memories_that_cannot_be_had() {
    let error = |memory_type| LinearMemory::of_type(memory_type).err().expect("an error");
    let paged = MemoryType::new(1 << 47, None).memory64();
    let bytes = MemoryType::new(1 << 63, None).memory64().single_bytes();
    for memory_type in [paged, bytes] {
        let pages = memory_type.minimum();
        assert_eq!(error(memory_type), MemoryError::OutOfMemory { pages });
    }
    let limits = |memory_type: MemoryType| {
        assert_eq!(error(memory_type), MemoryError::Limits { memory_type });
    };
    limits(MemoryType::new((1 << 48) + 1, None).memory64());
    limits(MemoryType::new(1 << 32, None).single_bytes());
    limits(MemoryType::new(2, Some(1)).memory64());
}

#[test]
fn bytes_go_between_memories_of_all_forms() {
    let ordinary = of_type(MemoryType::new(1, None));
    let wide = of_type(MemoryType::new(1, None).memory64());
    let exact = of_type(MemoryType::new(50, None).single_bytes());
    let (a, b) = (ordinary.handle(), wide.handle_as::<Paged64>());
    let c = exact.handle_as::<Exact32>();
    let result = catch(|| {
        a.i64_store(8, 0, 0x0123_4567_89ab_cdef);
        b.copy_from(65528, a, 8, 8);
        c.copy_from(42, b, 65528, 8);
        assert_eq!(c.i64_load(42, 0), 0x0123_4567_89ab_cdef);
        a.copy_from(0, c, 44, 6);
        assert_eq!(a.i64_load(0, 0), 0x0123_4567_89ab);
    });
    result.expect("no trap");
    out_of_bounds(|| b.copy_from(65529, a, 8, 8));
    out_of_bounds(|| c.copy_from(0, b, 65529, 8));
    out_of_bounds(|| c.copy_from(43, b, 0, 8));
    out_of_bounds(|| b.copy_from(-1, c, 0, 8));
    out_of_bounds(|| a.copy_from(0, b, -8, 8));
}

#[test]
#[should_panic = "another form"]
fn handles_are_of_the_memory_s_form() {
    of_type(MemoryType::new(1, None).memory64()).handle();
}

#[test]
fn types_match_as_imports() {
    let memory = |minimum, maximum| MemoryType::new(minimum, maximum);
    assert!(memory(2, Some(3)).matches(memory(1, Some(3))));
    assert!(memory(2, Some(3)).matches(memory(2, None)));
    assert!(!memory(2, Some(3)).matches(memory(3, Some(3))));
    assert!(!memory(2, None).matches(memory(1, Some(3))));
    assert!(!memory(2, Some(4)).matches(memory(1, Some(3))));
    assert!(!memory(1, None).memory64().matches(memory(1, None)));
    assert!(!memory(1, None).matches(memory(1, None).single_bytes()));
    assert_eq!(memory(1, None).to_string(), "a memory of 1 or more pages");
    let exact = memory(1, Some(2)).memory64().single_bytes();
    assert_eq!(format!("{exact}"), "a 64-bit memory of 1 to 2 bytes");
}
