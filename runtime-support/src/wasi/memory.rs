//! The guest's memory. Every pointer and every length a guest gives is checked here, and nothing
//! else in this folder turns one into an index.

use core::array;
use core::fmt;
use core::ops::Range;
use std::borrow::Cow;
use std::io::{IoSlice, IoSliceMut};

use super::errno::Errno;
use crate::threads::SharedMemory;

/// A guest's memory, as the functions of WASI read and write it: one that nobody else uses
/// meanwhile, as a slice, or one that threads share.
///
/// Made by `from`, of either. Pointers of guests are 32 bits wide, so of a longer memory only the
/// first 4 GiB can be named.
pub struct WasiMemory<'m>(Kind<'m>);

enum Kind<'m> {
    Exclusive(&'m mut [u8]),
    /// Other threads may write at any time. So there is no slice of it; all is copied.
    Shared(SharedMemory),
}

impl<'m> From<&'m mut [u8]> for WasiMemory<'m> {
    fn from(bytes: &'m mut [u8]) -> Self {
        WasiMemory(Kind::Exclusive(bytes))
    }
}

impl From<SharedMemory> for WasiMemory<'_> {
    fn from(memory: SharedMemory) -> Self {
        WasiMemory(Kind::Shared(memory))
    }
}

/// None is a memory without bytes.
impl From<Option<SharedMemory>> for WasiMemory<'_> {
    fn from(memory: Option<SharedMemory>) -> Self {
        match memory {
            Some(memory) => memory.into(),
            None => WasiMemory(Kind::Exclusive(&mut [])),
        }
    }
}

impl fmt::Debug for WasiMemory<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasiMemory")
            .field("len", &self.len())
            .field("shared", &matches!(self.0, Kind::Shared(_)))
            .finish()
    }
}

impl WasiMemory<'_> {
    /// Its length in bytes. One that threads share may grow at any time, but never shrinks.
    fn len(&self) -> usize {
        match &self.0 {
            Kind::Exclusive(bytes) => bytes.len(),
            Kind::Shared(memory) => memory.byte_len(),
        }
    }

    /// The place of `len` bytes at `ptr`.
    pub(super) fn range(&self, ptr: i32, len: i32) -> Result<Range<usize>, Errno> {
        self.checked(ptr as u32 as usize, len as u32 as usize)
    }

    fn checked(&self, start: usize, len: usize) -> Result<Range<usize>, Errno> {
        // Nothing is nowhere: languages hand out all kinds of pointers for empty slices.
        if len == 0 {
            return Ok(0..0);
        }
        match start.checked_add(len) {
            Some(end) if end <= self.len() => Ok(start..end),
            _ => Err(Errno::Fault),
        }
    }

    /// The start of an array of `count` elements of `size` bytes, all of which are in the memory.
    pub(super) fn array(
        &self,
        ptr: i32,
        count: i32,
        size: usize,
        align: u32,
    ) -> Result<usize, Errno> {
        let ptr = ptr as u32;
        if !ptr.is_multiple_of(align) {
            return Err(Errno::Inval);
        }
        let len = (count as u32 as usize)
            .checked_mul(size)
            .ok_or(Errno::Fault)?;
        self.checked(ptr as usize, len)?;
        Ok(ptr as usize)
    }

    /// The `len` bytes at `ptr`; a copy where it must be one.
    pub(super) fn bytes(&self, ptr: i32, len: i32) -> Result<Cow<'_, [u8]>, Errno> {
        let range = self.range(ptr, len)?;
        match &self.0 {
            Kind::Exclusive(bytes) => Ok(Cow::Borrowed(&bytes[range])),
            Kind::Shared(memory) => {
                let copy = memory.read_vec(range.start as u64, range.len() as u64);
                Ok(Cow::Owned(copy.map_err(|_| Errno::Fault)?))
            }
        }
    }

    /// The `N` bytes at `at`.
    pub(super) fn read<const N: usize>(&self, at: usize) -> Result<[u8; N], Errno> {
        match &self.0 {
            Kind::Exclusive(bytes) => bytes.get(at..).and_then(|rest| rest.first_chunk()).copied(),
            Kind::Shared(memory) => {
                let mut copy = [0; N];
                memory.read(at as u64, &mut copy).ok().map(|()| copy)
            }
        }
        .ok_or(Errno::Fault)
    }

    /// Writes `bytes` at `at`, all or nothing.
    pub(super) fn write(&mut self, at: usize, bytes: &[u8]) -> Result<(), Errno> {
        let range = self.checked(at, bytes.len())?;
        match &mut self.0 {
            Kind::Exclusive(memory) => memory[range].copy_from_slice(bytes),
            Kind::Shared(memory) => {
                let written = memory.write(range.start as u64, bytes);
                written.map_err(|_| Errno::Fault)?;
            }
        }
        Ok(())
    }

    /// Has `fill` write the `len` bytes at `ptr`, in one piece or several.
    pub(super) fn fill(
        &mut self,
        ptr: i32,
        len: i32,
        mut fill: impl FnMut(&mut [u8]) -> Result<(), Errno>,
    ) -> Result<(), Errno> {
        let range = self.range(ptr, len)?;
        if let Kind::Exclusive(bytes) = &mut self.0 {
            return fill(&mut bytes[range]);
        }
        let mut copy = vec![0; range.len().min(COPIED)];
        let mut at = range.start;
        while at < range.end {
            let count = copy.len().min(range.end - at);
            fill(&mut copy[..count])?;
            self.write(at, &copy[..count])?;
            at += count;
        }
        Ok(())
    }
}

/// A place for a result of `N` bytes. It is checked before a call does anything, so that no call
/// does its work and then fails to tell.
#[must_use]
pub(super) struct Slot<const N: usize>(usize);

impl<const N: usize> Slot<N> {
    /// The place at `ptr`, if it is in the memory and aligned.
    pub fn new(memory: &WasiMemory<'_>, ptr: i32, align: u32) -> Result<Self, Errno> {
        Ok(Slot(memory.array(ptr, 1, N, align)?))
    }

    /// Writes the result.
    pub fn write(self, memory: &mut WasiMemory<'_>, bytes: [u8; N]) {
        // The memory is the one that was checked, and none shrinks.
        _ = memory.write(self.0, &bytes);
    }
}

/// How many buffers go to the operating system at once. Callers of `readv` and `writev` rarely
/// have more than two; the rest goes in further calls.
const BATCH: usize = 16;

/// How many bytes are copied at once, where they must be.
const COPIED: usize = 1 << 17;

/// An array of buffers (`iovec`, `ciovec`) of a guest.
pub(super) struct Buffers {
    start: usize,
    count: usize,
}

/// How far in an array of buffers one is.
#[derive(Clone, Copy, Default)]
struct Cursor {
    buffer: usize,
    /// Bytes of the buffer that are done with.
    offset: usize,
}

impl Buffers {
    const SIZE: usize = 8;

    /// The array at `ptr`. All of it and all its buffers are in the memory, and together they
    /// are no longer than can be reported.
    pub fn new(memory: &WasiMemory<'_>, ptr: i32, count: i32) -> Result<Self, Errno> {
        let start = memory.array(ptr, count, Self::SIZE, 4)?;
        let buffers = Buffers {
            start,
            count: count as u32 as usize,
        };
        let mut total = 0_u32;
        for i in 0..buffers.count {
            let len = buffers.get(memory, i)?.len();
            // A length is 32 bits wide in the guest.
            total = total.checked_add(len as u32).ok_or(Errno::Inval)?;
        }
        Ok(buffers)
    }

    /// The place of buffer `i`. It is checked each time, because a guest may have had the array
    /// itself overwritten by what it reads, or by another thread.
    fn get(&self, memory: &WasiMemory<'_>, i: usize) -> Result<Range<usize>, Errno> {
        let [a, b, c, d, e, f, g, h] = memory.read(self.start + i * Self::SIZE)?;
        memory.range(
            i32::from_le_bytes([a, b, c, d]),
            i32::from_le_bytes([e, f, g, h]),
        )
    }

    /// The next buffer from `next` on that is not empty.
    fn following(
        &self,
        memory: &WasiMemory<'_>,
        next: &mut usize,
    ) -> Result<Option<Range<usize>>, Errno> {
        while *next < self.count {
            let range = self.get(memory, *next)?;
            *next += 1;
            if !range.is_empty() {
                return Ok(Some(range));
            }
        }
        Ok(None)
    }

    /// Hands the buffers to `write`, which returns how many bytes it took, until it takes less
    /// than all. Nothing is copied, unless threads share the memory.
    pub fn drain(
        &self,
        memory: &WasiMemory<'_>,
        mut write: impl FnMut(&[IoSlice<'_>]) -> Result<usize, Errno>,
    ) -> Result<u32, Errno> {
        let Kind::Exclusive(bytes) = &memory.0 else {
            return self.drain_copied(memory, write);
        };
        self.in_batches(true, |next| {
            let mut slices = [IoSlice::new(&[]); BATCH];
            let (mut filled, mut wanted) = (0, 0);
            while filled < BATCH
                && let Some(range) = self.following(memory, next)?
            {
                wanted += range.len();
                slices[filled] = IoSlice::new(&bytes[range]);
                filled += 1;
            }
            Ok((write(&slices[..filled])?, wanted))
        })
    }

    /// Hands the buffers to `read`, which returns how many bytes it gave. `again` is whether to
    /// go on after a batch was filled, which a stream must not: it might wait although there is
    /// something to return.
    pub fn fill(
        &self,
        memory: &mut WasiMemory<'_>,
        again: bool,
        mut read: impl FnMut(&mut [IoSliceMut<'_>]) -> Result<usize, Errno>,
    ) -> Result<u32, Errno> {
        if matches!(memory.0, Kind::Shared(_)) {
            return self.fill_copied(memory, again, read);
        }
        self.in_batches(again, |next| {
            let Some(first) = self.following(memory, next)? else {
                return Ok((read(&mut [])?, 0));
            };
            let after_first = *next;
            let mut batch: [_; BATCH] = array::from_fn(|_| 0..0);
            let mut filled = 1;
            batch[0] = first.clone();
            while filled < BATCH
                && let Some(range) = self.following(memory, next)?
            {
                batch[filled] = range;
                filled += 1;
            }
            let Kind::Exclusive(bytes) = &mut memory.0 else {
                return Err(Errno::Fault);
            };
            if filled > 1 {
                let mut slices = array::from_fn(|_| IoSliceMut::new(&mut []));
                if lend(bytes, &batch[..filled], &mut slices) {
                    let wanted = batch.iter().map(Range::len).sum();
                    return Ok((read(&mut slices[..filled])?, wanted));
                }
                // They overlap, so they are filled one after the other.
                *next = after_first;
            }
            let wanted = first.len();
            let count = read(&mut [IoSliceMut::new(&mut bytes[first])])?;
            Ok((count, wanted))
        })
    }

    /// Calls `batch`, which goes on with the buffer it is told, until it did less than it could.
    /// It returns what it did, and what it could have done. It is called even if there is nothing
    /// to do, for it may have an error to report; but an error after the first bytes waits for
    /// the next call of the guest.
    fn in_batches(
        &self,
        again: bool,
        mut batch: impl FnMut(&mut usize) -> Result<(usize, usize), Errno>,
    ) -> Result<u32, Errno> {
        let mut next = 0;
        until_short(again, || {
            let (count, wanted) = batch(&mut next)?;
            Ok((count, wanted, next == self.count))
        })
    }

    /// The parts of the buffers from `cursor` on, up to so many bytes, and how many those are.
    fn parts(
        &self,
        memory: &WasiMemory<'_>,
        cursor: &mut Cursor,
    ) -> Result<(Vec<Range<usize>>, usize), Errno> {
        let (mut parts, mut wanted) = (Vec::new(), 0);
        while cursor.buffer < self.count && wanted < COPIED {
            let mut range = self.get(memory, cursor.buffer)?;
            // Another thread may have made it shorter.
            range.start = range.end.min(range.start.saturating_add(cursor.offset));
            let rest = COPIED - wanted;
            if range.len() > rest {
                range.end = range.start + rest;
                cursor.offset += rest;
            } else {
                *cursor = Cursor {
                    buffer: cursor.buffer + 1,
                    offset: 0,
                };
            }
            wanted += range.len();
            if !range.is_empty() {
                parts.push(range);
            }
        }
        Ok((parts, wanted))
    }

    fn drain_copied(
        &self,
        memory: &WasiMemory<'_>,
        mut write: impl FnMut(&[IoSlice<'_>]) -> Result<usize, Errno>,
    ) -> Result<u32, Errno> {
        let mut cursor = Cursor::default();
        until_short(true, || {
            let (parts, wanted) = self.parts(memory, &mut cursor)?;
            let mut copy = Vec::with_capacity(wanted);
            for part in parts {
                let part = memory.bytes(part.start as u32 as i32, part.len() as u32 as i32)?;
                copy.extend_from_slice(&part);
            }
            let count = write(&[IoSlice::new(&copy)])?;
            Ok((count, wanted, cursor.buffer == self.count))
        })
    }

    fn fill_copied(
        &self,
        memory: &mut WasiMemory<'_>,
        again: bool,
        mut read: impl FnMut(&mut [IoSliceMut<'_>]) -> Result<usize, Errno>,
    ) -> Result<u32, Errno> {
        let mut cursor = Cursor::default();
        until_short(again, || {
            let (parts, wanted) = self.parts(memory, &mut cursor)?;
            let mut copy = vec![0; wanted];
            let count = read(&mut [IoSliceMut::new(&mut copy)])?.min(wanted);
            let mut rest = &copy[..count];
            for part in parts {
                let (bytes, tail) = rest.split_at(part.len().min(rest.len()));
                memory.write(part.start, bytes)?;
                rest = tail;
            }
            Ok((count, wanted, cursor.buffer == self.count))
        })
    }
}

/// Calls `batch`, which says how much it did, how much it could have done, and whether that was
/// all, until there is no more to do; what was done before an error counts.
fn until_short(
    again: bool,
    mut batch: impl FnMut() -> Result<(usize, usize, bool), Errno>,
) -> Result<u32, Errno> {
    let mut total = 0_u32;
    loop {
        let (count, wanted, all) = match batch() {
            Ok(counts) => counts,
            Err(error) if total == 0 => return Err(error),
            Err(_) => return Ok(total),
        };
        // Readers and writers of the embedder's may claim what they like.
        let count = count.min(wanted);
        total = total.saturating_add(count as u32);
        if !again || count < wanted || all {
            return Ok(total);
        }
    }
}

/// Lends parts of the memory, unless they overlap.
fn lend<'m>(
    memory: &'m mut [u8],
    parts: &[Range<usize>],
    slices: &mut [IoSliceMut<'m>; BATCH],
) -> bool {
    let mut order: [usize; BATCH] = array::from_fn(|i| i);
    let order = &mut order[..parts.len()];
    order.sort_unstable_by_key(|&i| parts[i].start);
    let overlap = |pair: &[usize]| parts[pair[0]].end > parts[pair[1]].start;
    if order.windows(2).any(overlap) {
        return false;
    }
    let mut rest = memory;
    let mut at = 0;
    for &i in order.iter() {
        let Range { start, end } = parts[i];
        let (_, tail) = rest.split_at_mut(start - at);
        let (slice, tail) = tail.split_at_mut(end - start);
        slices[i] = IoSliceMut::new(slice);
        (rest, at) = (tail, end);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemoryType;

    /// Makes a test with a memory that nobody else has, and with one that threads share.
    fn both(bytes: &[u8], test: impl Fn(&mut WasiMemory<'_>)) {
        test(&mut (&mut bytes.to_vec()[..]).into());
        let length = bytes.len() as u64;
        let memory_type = MemoryType::new(length, Some(length)).single_bytes();
        let shared = SharedMemory::of_type(memory_type.shared()).unwrap();
        shared.write(0_u64, bytes).unwrap();
        test(&mut shared.into());
    }

    /// A memory with an array of buffers at 0.
    fn bytes(size: usize, buffers: &[(u32, u32)]) -> Vec<u8> {
        let mut memory = vec![0; size];
        for (place, (ptr, len)) in memory.chunks_mut(8).zip(buffers) {
            place[..4].copy_from_slice(&ptr.to_le_bytes());
            place[4..].copy_from_slice(&len.to_le_bytes());
        }
        memory
    }

    fn at(memory: &WasiMemory<'_>, range: Range<i32>) -> Vec<u8> {
        let bytes = memory.bytes(range.start, range.end - range.start);
        bytes.unwrap().into_owned()
    }

    #[test]
    fn ranges_end_where_the_memory_ends() {
        both(&[0; 16], |memory| {
            assert_eq!(memory.range(12, 4), Ok(12..16));
            assert_eq!(memory.range(12, 5), Err(Errno::Fault));
            assert_eq!(memory.range(-1, 1), Err(Errno::Fault));
            assert_eq!(memory.range(-1, -1), Err(Errno::Fault));
            assert_eq!(memory.range(0, -1), Err(Errno::Fault));
            assert_eq!(memory.range(-1, 0), Ok(0..0));
            assert_eq!(memory.read::<4>(13), Err(Errno::Fault));
            assert_eq!(memory.read::<4>(usize::MAX), Err(Errno::Fault));
            assert_eq!(memory.write(13, &[0; 4]), Err(Errno::Fault));
            assert_eq!(memory.write(usize::MAX, &[0; 4]), Err(Errno::Fault));
        });
    }

    #[test]
    fn slots_are_in_the_memory_and_aligned() {
        both(&[0; 16], |memory| {
            assert_eq!(Slot::<8>::new(memory, 4, 8).err(), Some(Errno::Inval));
            assert_eq!(Slot::<8>::new(memory, 12, 4).err(), Some(Errno::Fault));
            Slot::<4>::new(memory, 12, 4)
                .unwrap()
                .write(memory, [1, 2, 3, 4]);
            assert_eq!(at(memory, 11..16), [0, 1, 2, 3, 4]);
        });
    }

    #[test]
    fn buffers_must_lie_in_the_memory() {
        let check = |buffers: &[(u32, u32)], ptr, count, error: Option<Errno>| {
            both(&bytes(64, buffers), |memory| {
                assert_eq!(Buffers::new(memory, ptr, count).err(), error);
            });
        };
        check(&[(32, 32)], 0, 1, None);
        check(&[(32, 33)], 0, 1, Some(Errno::Fault));
        check(&[(u32::MAX, 2)], 0, 1, Some(Errno::Fault));
        check(&[], 0, 9, Some(Errno::Fault));
        check(&[], 0, -1, Some(Errno::Fault));
        check(&[], 2, 1, Some(Errno::Inval));
        check(&[], 64, 0, None);
    }

    #[test]
    fn buffers_too_long_together_are_refused() {
        // 2^17 buffers of 2^15 bytes: one too many for a length of 32 bits.
        let many = vec![(0, 1 << 15); 1 << 17];
        both(&bytes(1 << 20, &many), |memory| {
            assert_eq!(Buffers::new(memory, 0, 1 << 17).err(), Some(Errno::Inval));
            let fewer = Buffers::new(memory, 0, (1 << 17) - 1).unwrap();
            let total = fewer.drain(memory, |slices| Ok(slices.iter().map(|s| s.len()).sum()));
            assert_eq!(total, Ok(((1 << 17) - 1) << 15));
        });
    }

    #[test]
    fn many_buffers_are_written_in_order() {
        let buffers: Vec<_> = (0..40).map(|i| (400 - i, i % 3)).collect();
        let mut memory = bytes(512, &buffers);
        for (i, byte) in memory[320..].iter_mut().enumerate() {
            *byte = i as u8;
        }
        let expected: Vec<u8> = buffers
            .iter()
            .flat_map(|&(p, n)| &memory[p as usize..(p + n) as usize])
            .copied()
            .collect();
        both(&memory, |memory| {
            let mut written = Vec::new();
            let count = Buffers::new(memory, 0, 40)
                .unwrap()
                .drain(memory, |slices| {
                    let before = written.len();
                    slices
                        .iter()
                        .for_each(|slice| written.extend_from_slice(slice));
                    Ok(written.len() - before)
                });
            assert_eq!(count, Ok(expected.len() as u32));
            assert_eq!(written, expected);
        });
    }

    #[test]
    fn long_buffers_are_copied_in_parts() {
        let length = 3 * COPIED as u32 / 2;
        let mut memory = bytes(1 << 20, &[(100, length), (100, 0), (1, length), (5, 7)]);
        for (i, byte) in memory[100..].iter_mut().enumerate() {
            *byte = (i / 7) as u8;
        }
        let range = |start: u32, length: u32| start as usize..(start + length) as usize;
        let mut expected = memory[range(100, length)].to_vec();
        expected.extend_from_slice(&memory[range(1, length)]);
        expected.extend_from_slice(&memory[range(5, 7)]);
        both(&memory, |memory| {
            let buffers = Buffers::new(memory, 0, 4).unwrap();
            let mut written = Vec::new();
            let count = buffers.drain(memory, |slices| {
                slices
                    .iter()
                    .for_each(|slice| written.extend_from_slice(slice));
                Ok(slices.iter().map(|slice| slice.len()).sum())
            });
            assert_eq!(count, Ok(expected.len() as u32));
            assert!(written == expected);
        });
    }

    #[test]
    fn a_short_write_ends_the_call_and_a_late_error_is_not_lost_bytes() {
        let mut memory = bytes(512, &[(200, 1); 20]);
        let memory = &WasiMemory::from(&mut memory[..]);
        let buffers = Buffers::new(memory, 0, 20).unwrap();
        assert_eq!(buffers.drain(memory, |_| Ok(3)), Ok(3));
        assert_eq!(buffers.drain(memory, |_| Err(Errno::Io)), Err(Errno::Io));
        let mut calls = 0;
        let count = buffers.drain(memory, |slices| {
            calls += 1;
            if calls == 1 {
                Ok(slices.len())
            } else {
                Err(Errno::Io)
            }
        });
        assert_eq!((count, calls), (Ok(16), 2));
        // More than there was to write.
        assert_eq!(buffers.drain(memory, |_| Ok(usize::MAX)), Ok(20));
    }

    #[test]
    fn no_buffers_are_still_one_call() {
        both(&bytes(64, &[(1000, 0)]), |memory| {
            let buffers = Buffers::new(memory, 0, 1).unwrap();
            assert_eq!(
                buffers.drain(memory, |_| Err(Errno::Badf)),
                Err(Errno::Badf)
            );
            assert_eq!(
                buffers.fill(memory, true, |_| Err(Errno::Badf)),
                Err(Errno::Badf)
            );
            let none = Buffers::new(memory, 0, 0).unwrap();
            assert_eq!(none.fill(memory, true, |slices| Ok(slices.len())), Ok(0));
        });
    }

    /// Fills with 1, 2, 3 and so on.
    fn count_up() -> impl FnMut(&mut [IoSliceMut<'_>]) -> Result<usize, Errno> {
        let mut next = 1;
        move |slices| {
            let mut count = 0;
            for byte in slices.iter_mut().flat_map(|slice| slice.iter_mut()) {
                *byte = next;
                next += 1;
                count += 1;
            }
            Ok(count)
        }
    }

    #[test]
    fn buffers_out_of_order_are_filled_in_order() {
        both(
            &bytes(64, &[(50, 3), (60, 0), (40, 2), (53, 1)]),
            |memory| {
                let buffers = Buffers::new(memory, 0, 4).unwrap();
                assert_eq!(buffers.fill(memory, true, count_up()), Ok(6));
                assert_eq!(at(memory, 50..54), [1, 2, 3, 6]);
                assert_eq!(at(memory, 40..42), [4, 5]);
            },
        );
    }

    #[test]
    fn overlapping_buffers_are_filled_one_after_the_other() {
        both(
            &bytes(64, &[(60, 0), (40, 4), (42, 4), (40, 1)]),
            |memory| {
                let buffers = Buffers::new(memory, 0, 4).unwrap();
                assert_eq!(buffers.fill(memory, true, count_up()), Ok(9));
                assert_eq!(at(memory, 40..46), [9, 2, 5, 6, 7, 8]);
            },
        );
        let mut memory = bytes(64, &[(60, 0), (40, 4), (42, 4), (40, 1)]);
        let memory = &mut WasiMemory::from(&mut memory[..]);
        let buffers = Buffers::new(memory, 0, 4).unwrap();
        assert_eq!(buffers.fill(memory, false, count_up()), Ok(4));
    }

    #[test]
    fn a_guest_may_read_over_its_own_buffers() {
        // The last of the first sixteen is the length of the next one.
        let mut buffers = vec![(160, 1); 15];
        for (i, buffer) in buffers.iter_mut().enumerate() {
            buffer.0 += i as u32;
        }
        buffers.extend([(132, 4), (180, 5)]);
        let mut memory = bytes(256, &buffers);
        let memory = &mut WasiMemory::from(&mut memory[..]);
        let buffers = Buffers::new(memory, 0, 17).unwrap();
        let count = buffers.fill(memory, true, |slices| {
            slices.iter_mut().for_each(|slice| slice.fill(0xff));
            Ok(slices.iter().map(|slice| slice.len()).sum())
        });
        assert_eq!(count, Ok(19));
    }

    /// Whatever another thread does with the buffers and to what they are read into, each access
    /// stays in the memory.
    #[test]
    fn other_threads_may_write_meanwhile() {
        let shared = SharedMemory::new(1, 1).unwrap();
        shared
            .write(0_u32, &bytes(64, &[(1000, 5000), (2000, 3000), (0, 4)]))
            .unwrap();
        let other = shared.clone();
        let stop = &core::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let mut number = 1_u32;
                while !stop.load(core::sync::atomic::Ordering::Relaxed) {
                    number = number.wrapping_mul(0x0019_660d).wrapping_add(0x3c6e_f35f);
                    _ = other.write((number >> 16) % 6 * 4, &number.to_le_bytes());
                }
            });
            let mut memory = WasiMemory::from(shared);
            for _ in 0..2000 {
                if let Ok(buffers) = Buffers::new(&memory, 0, 3) {
                    _ = buffers.drain(&memory, |slices| Ok(slices[0].len()));
                    _ = buffers.fill(&mut memory, true, |slices| Ok(slices[0].len()));
                }
            }
            stop.store(true, core::sync::atomic::Ordering::Relaxed);
        });
    }
}
