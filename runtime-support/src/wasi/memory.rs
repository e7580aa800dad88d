//! The guest's memory. Every pointer and every length a guest gives is checked here, and nothing
//! else in this folder turns one into an index.

use core::array;
use core::ops::Range;
use std::io::{IoSlice, IoSliceMut};

use super::errno::Errno;

/// The place of `len` bytes at `ptr`.
pub(super) fn range(memory: &[u8], ptr: i32, len: i32) -> Result<Range<usize>, Errno> {
    checked(memory, ptr as u32 as usize, len as u32 as usize)
}

/// The `len` bytes at `ptr`.
pub(super) fn bytes(memory: &[u8], ptr: i32, len: i32) -> Result<&[u8], Errno> {
    Ok(&memory[range(memory, ptr, len)?])
}

/// The `len` bytes at `ptr`, to be written.
pub(super) fn bytes_mut(memory: &mut [u8], ptr: i32, len: i32) -> Result<&mut [u8], Errno> {
    let range = range(memory, ptr, len)?;
    Ok(&mut memory[range])
}

fn checked(memory: &[u8], start: usize, len: usize) -> Result<Range<usize>, Errno> {
    // Nothing is nowhere: languages hand out all kinds of pointers for empty slices.
    if len == 0 {
        return Ok(0..0);
    }
    match start.checked_add(len) {
        Some(end) if end <= memory.len() => Ok(start..end),
        _ => Err(Errno::Fault),
    }
}

/// The start of an array of `count` elements of `size` bytes, all of which are in the memory.
pub(super) fn array(
    memory: &[u8],
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
    checked(memory, ptr as usize, len)?;
    Ok(ptr as usize)
}

/// A place for a result of `N` bytes. It is checked before a call does anything, so that no call
/// does its work and then fails to tell.
#[must_use]
pub(super) struct Slot<const N: usize>(usize);

impl<const N: usize> Slot<N> {
    /// The place at `ptr`, if it is in the memory and aligned.
    pub fn new(memory: &[u8], ptr: i32, align: u32) -> Result<Self, Errno> {
        Ok(Slot(array(memory, ptr, 1, N, align)?))
    }

    /// Writes the result.
    pub fn write(self, memory: &mut [u8], bytes: [u8; N]) {
        // The memory is the one that was checked.
        if let Some(place) = memory.get_mut(self.0..self.0 + N) {
            place.copy_from_slice(&bytes);
        }
    }
}

/// How many buffers go to the operating system at once. Callers of `readv` and `writev` rarely
/// have more than two; the rest goes in further calls.
const BATCH: usize = 16;

/// An array of buffers (`iovec`, `ciovec`) of a guest.
pub(super) struct Buffers {
    start: usize,
    count: usize,
}

impl Buffers {
    const SIZE: usize = 8;

    /// The array at `ptr`. All of it and all its buffers are in the memory, and together they
    /// are no longer than can be reported.
    pub fn new(memory: &[u8], ptr: i32, count: i32) -> Result<Self, Errno> {
        let start = array(memory, ptr, count, Self::SIZE, 4)?;
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
    /// itself overwritten by what it reads.
    fn get(&self, memory: &[u8], i: usize) -> Result<Range<usize>, Errno> {
        let at = self.start + i * Self::SIZE;
        let (ptr, len) = memory
            .get(at..)
            .and_then(|rest| rest.first_chunk::<{ Self::SIZE }>())
            .map(|&[a, b, c, d, e, f, g, h]| {
                (
                    i32::from_le_bytes([a, b, c, d]),
                    i32::from_le_bytes([e, f, g, h]),
                )
            })
            .ok_or(Errno::Fault)?;
        range(memory, ptr, len)
    }

    /// The next buffer from `next` on that is not empty.
    fn following(&self, memory: &[u8], next: &mut usize) -> Result<Option<Range<usize>>, Errno> {
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
    /// than all. Nothing is copied.
    pub fn drain(
        &self,
        memory: &[u8],
        mut write: impl FnMut(&[IoSlice<'_>]) -> Result<usize, Errno>,
    ) -> Result<u32, Errno> {
        self.in_batches(true, |next| {
            let mut slices = [IoSlice::new(&[]); BATCH];
            let (mut filled, mut wanted) = (0, 0);
            while filled < BATCH
                && let Some(range) = self.following(memory, next)?
            {
                wanted += range.len();
                slices[filled] = IoSlice::new(&memory[range]);
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
        memory: &mut [u8],
        again: bool,
        mut read: impl FnMut(&mut [IoSliceMut<'_>]) -> Result<usize, Errno>,
    ) -> Result<u32, Errno> {
        self.in_batches(again, |next| {
            let Some(first) = self.following(memory, next)? else {
                return Ok((read(&mut [])?, 0));
            };
            let after_first = *next;
            if after_first < self.count {
                let mut batch: [_; BATCH] = array::from_fn(|_| 0..0);
                let mut filled = 1;
                batch[0] = first.clone();
                while filled < BATCH
                    && let Some(range) = self.following(memory, next)?
                {
                    batch[filled] = range;
                    filled += 1;
                }
                let mut slices = array::from_fn(|_| IoSliceMut::new(&mut []));
                if lend(memory, &batch[..filled], &mut slices) {
                    let wanted = batch.iter().map(Range::len).sum();
                    return Ok((read(&mut slices[..filled])?, wanted));
                }
                // They overlap, so they are filled one after the other.
                *next = after_first;
            }
            let wanted = first.len();
            let count = read(&mut [IoSliceMut::new(&mut memory[first])])?;
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
        let mut total = 0_u32;
        let mut next = 0;
        loop {
            let (count, wanted) = match batch(&mut next) {
                Ok(counts) => counts,
                Err(error) if total == 0 => return Err(error),
                Err(_) => return Ok(total),
            };
            // Readers and writers of the embedder's may claim what they like.
            let count = count.min(wanted);
            total = total.saturating_add(count as u32);
            if !again || count < wanted || next == self.count {
                return Ok(total);
            }
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

    /// A memory with an array of buffers at 0.
    fn memory(size: usize, buffers: &[(u32, u32)]) -> Vec<u8> {
        let mut memory = vec![0; size];
        for (place, (ptr, len)) in memory.chunks_mut(8).zip(buffers) {
            place[..4].copy_from_slice(&ptr.to_le_bytes());
            place[4..].copy_from_slice(&len.to_le_bytes());
        }
        memory
    }

    #[test]
    fn ranges_end_where_the_memory_ends() {
        let memory = [0; 16];
        assert_eq!(range(&memory, 12, 4), Ok(12..16));
        assert_eq!(range(&memory, 12, 5), Err(Errno::Fault));
        assert_eq!(range(&memory, -1, 1), Err(Errno::Fault));
        assert_eq!(range(&memory, -1, -1), Err(Errno::Fault));
        assert_eq!(range(&memory, 0, -1), Err(Errno::Fault));
        assert_eq!(range(&memory, -1, 0), Ok(0..0));
    }

    #[test]
    fn slots_are_in_the_memory_and_aligned() {
        let mut memory = [0; 16];
        assert_eq!(Slot::<8>::new(&memory, 4, 8).err(), Some(Errno::Inval));
        assert_eq!(Slot::<8>::new(&memory, 12, 4).err(), Some(Errno::Fault));
        Slot::<4>::new(&memory, 12, 4)
            .unwrap()
            .write(&mut memory, [1, 2, 3, 4]);
        assert_eq!(memory[11..], [0, 1, 2, 3, 4]);
    }

    #[test]
    fn buffers_must_lie_in_the_memory() {
        let err = |buffers: &[(u32, u32)], ptr, count| {
            Buffers::new(&memory(64, buffers), ptr, count).err()
        };
        assert_eq!(err(&[(32, 32)], 0, 1), None);
        assert_eq!(err(&[(32, 33)], 0, 1), Some(Errno::Fault));
        assert_eq!(err(&[(u32::MAX, 2)], 0, 1), Some(Errno::Fault));
        assert_eq!(err(&[], 0, 9), Some(Errno::Fault));
        assert_eq!(err(&[], 0, -1), Some(Errno::Fault));
        assert_eq!(err(&[], 2, 1), Some(Errno::Inval));
        assert_eq!(err(&[], 64, 0), None);
    }

    #[test]
    fn buffers_too_long_together_are_refused() {
        // 2^17 buffers of 2^15 bytes: one too many for a length of 32 bits.
        let size = 1 << 20;
        let many = vec![(0, 1 << 15); 1 << 17];
        let memory = memory(size, &many);
        assert_eq!(Buffers::new(&memory, 0, 1 << 17).err(), Some(Errno::Inval));
        let fewer = Buffers::new(&memory, 0, (1 << 17) - 1).unwrap();
        let total = fewer.drain(&memory, |slices| Ok(slices.iter().map(|s| s.len()).sum()));
        assert_eq!(total, Ok(((1 << 17) - 1) << 15));
    }

    #[test]
    fn many_buffers_are_written_in_order() {
        let buffers: Vec<_> = (0..40).map(|i| (400 - i, i % 3)).collect();
        let mut memory = memory(512, &buffers);
        for (i, byte) in memory[320..].iter_mut().enumerate() {
            *byte = i as u8;
        }
        let expected: Vec<u8> = buffers
            .iter()
            .flat_map(|&(p, n)| &memory[p as usize..(p + n) as usize])
            .copied()
            .collect();
        let mut written = Vec::new();
        let count = Buffers::new(&memory, 0, 40)
            .unwrap()
            .drain(&memory, |slices| {
                let before = written.len();
                slices
                    .iter()
                    .for_each(|slice| written.extend_from_slice(slice));
                Ok(written.len() - before)
            });
        assert_eq!(count, Ok(expected.len() as u32));
        assert_eq!(written, expected);
    }

    #[test]
    fn a_short_write_ends_the_call_and_a_late_error_is_not_lost_bytes() {
        let memory = memory(512, &[(200, 1); 20]);
        let buffers = Buffers::new(&memory, 0, 20).unwrap();
        assert_eq!(buffers.drain(&memory, |_| Ok(3)), Ok(3));
        assert_eq!(buffers.drain(&memory, |_| Err(Errno::Io)), Err(Errno::Io));
        let mut calls = 0;
        let count = buffers.drain(&memory, |slices| {
            calls += 1;
            if calls == 1 {
                Ok(slices.len())
            } else {
                Err(Errno::Io)
            }
        });
        assert_eq!((count, calls), (Ok(16), 2));
        // More than there was to write.
        assert_eq!(buffers.drain(&memory, |_| Ok(usize::MAX)), Ok(20));
    }

    #[test]
    fn no_buffers_are_still_one_call() {
        let mut memory = memory(64, &[(1000, 0)]);
        let buffers = Buffers::new(&memory, 0, 1).unwrap();
        assert_eq!(
            buffers.drain(&memory, |_| Err(Errno::Badf)),
            Err(Errno::Badf)
        );
        assert_eq!(
            buffers.fill(&mut memory, true, |_| Err(Errno::Badf)),
            Err(Errno::Badf)
        );
        let none = Buffers::new(&memory, 0, 0).unwrap();
        assert_eq!(
            none.fill(&mut memory, true, |slices| Ok(slices.len())),
            Ok(0)
        );
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
        let mut memory = memory(64, &[(50, 3), (60, 0), (40, 2), (53, 1)]);
        let buffers = Buffers::new(&memory, 0, 4).unwrap();
        assert_eq!(buffers.fill(&mut memory, true, count_up()), Ok(6));
        assert_eq!(memory[50..54], [1, 2, 3, 6]);
        assert_eq!(memory[40..42], [4, 5]);
    }

    #[test]
    fn overlapping_buffers_are_filled_one_after_the_other() {
        let mut memory = memory(64, &[(60, 0), (40, 4), (42, 4), (40, 1)]);
        let buffers = Buffers::new(&memory, 0, 4).unwrap();
        assert_eq!(buffers.fill(&mut memory, true, count_up()), Ok(9));
        assert_eq!(memory[40..46], [9, 2, 5, 6, 7, 8]);
        assert_eq!(buffers.fill(&mut memory, false, count_up()), Ok(4));
    }

    #[test]
    fn a_guest_may_read_over_its_own_buffers() {
        // The last of the first sixteen is the length of the next one.
        let mut buffers = vec![(160, 1); 15];
        for (i, buffer) in buffers.iter_mut().enumerate() {
            buffer.0 += i as u32;
        }
        buffers.extend([(132, 4), (180, 5)]);
        let mut memory = memory(256, &buffers);
        let buffers = Buffers::new(&memory, 0, 17).unwrap();
        let count = buffers.fill(&mut memory, true, |slices| {
            slices.iter_mut().for_each(|slice| slice.fill(0xff));
            Ok(slices.iter().map(|slice| slice.len()).sum())
        });
        assert_eq!(count, Ok(19));
    }
}
