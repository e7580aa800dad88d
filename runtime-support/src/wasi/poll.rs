//! Waiting: `poll_oneoff`.
//!
//! Descriptors are always ready. For files that is so in any case (POSIX says the same). Reading
//! a terminal or a pipe may wait after all; the guest then waits where it reads.

use std::time::Duration;

use super::clock::Clock;
use super::context::Wasi;
use super::descriptor::Descriptor;
use super::errno::Errno;
use super::memory::{self, Slot};
use super::types::{Event, Eventtype, Subscription, SubscriptionKind};

/// What the clocks show while one call waits. Each is read at most once, so that subscriptions
/// are compared with one and the same moment.
#[derive(Default)]
struct Moment {
    realtime: Option<u64>,
    monotonic: Option<u64>,
}

impl Moment {
    /// How long it is until a clock shows `timeout`.
    fn until(&mut self, wasi: &Wasi, id: u32, timeout: u64, absolute: bool) -> Result<u64, Errno> {
        let clock = Clock::from_id(id as i32)?;
        let now = match clock {
            Clock::Realtime => &mut self.realtime,
            Clock::Monotonic => &mut self.monotonic,
            // Nobody can sleep until a process that sleeps has worked for a while.
            Clock::ProcessTime | Clock::ThreadTime => return Err(Errno::Inval),
        };
        if !absolute {
            return Ok(timeout);
        }
        let now = match *now {
            Some(now) => now,
            None => *now.insert(clock.now(wasi)?),
        };
        Ok(timeout.saturating_sub(now))
    }
}

/// What comes of a subscription: when, in nanoseconds from now, and what the event says.
fn outcome(wasi: &Wasi, moment: &mut Moment, subscription: &Subscription) -> (u64, Event) {
    let (kind, ready) = match subscription.kind {
        SubscriptionKind::Clock {
            id,
            timeout,
            absolute,
        } => {
            let until = moment.until(wasi, id, timeout, absolute);
            (Eventtype::Clock, until.map(|until| (until, 0)))
        }
        SubscriptionKind::FdRead(fd) => (Eventtype::FdRead, readable(wasi, fd).map(|n| (0, n))),
        SubscriptionKind::FdWrite(fd) => (Eventtype::FdWrite, writable(wasi, fd).map(|n| (0, n))),
    };
    let userdata = subscription.userdata;
    match ready {
        Ok((after, bytes)) => (
            after,
            Event {
                userdata,
                error: Errno::Success,
                kind,
                bytes,
            },
        ),
        Err(error) => (
            0,
            Event {
                userdata,
                error,
                kind,
                bytes: 0,
            },
        ),
    }
}

/// How many bytes can be read; 1 where that is not known.
fn readable(wasi: &Wasi, fd: i32) -> Result<u64, Errno> {
    match wasi.descriptors.get(fd)? {
        Descriptor::Input(_) => Ok(1),
        Descriptor::File(file) => Ok(file.remaining().unwrap_or(1)),
        Descriptor::Output(_) | Descriptor::Directory(_) => Err(Errno::Badf),
    }
}

/// How many bytes can be written, which is never known.
fn writable(wasi: &Wasi, fd: i32) -> Result<u64, Errno> {
    match wasi.descriptors.get(fd)? {
        Descriptor::Output(_) | Descriptor::File(_) => Ok(1),
        Descriptor::Input(_) | Descriptor::Directory(_) => Err(Errno::Badf),
    }
}

/// `poll_oneoff`. Waits until the first of the subscriptions comes true and reports all that have
/// by then. One that never can (its descriptor is not open, say) is reported at once, as an event
/// with an error.
pub(super) fn oneoff(
    wasi: &mut Wasi,
    memory: &mut [u8],
    subscriptions: i32,
    events: i32,
    count: i32,
    reported: i32,
) -> Result<(), Errno> {
    let slot = Slot::new(memory, reported, 4)?;
    memory::array(
        memory,
        subscriptions,
        count,
        Subscription::SIZE,
        Subscription::ALIGN,
    )?;
    memory::array(memory, events, count, Event::SIZE, Event::ALIGN)?;
    let count = count as u32;
    if count == 0 {
        // It would wait forever.
        return Err(Errno::Inval);
    }
    // Both lists may be long, so neither is copied: the subscriptions are gone through twice.
    let mut moment = Moment::default();
    let mut first = u64::MAX;
    for i in 0..count {
        let subscription = subscription(memory, subscriptions, i)?;
        first = first.min(outcome(wasi, &mut moment, &subscription).0);
    }
    if first > 0 {
        std::thread::sleep(Duration::from_nanos(first));
    }
    let mut total = 0_u32;
    for i in 0..count {
        // Should the lists overlap, then what is written here may be read here; nothing worse
        // than a wrong event comes of it, and an event is never longer than what was read.
        let subscription = subscription(memory, subscriptions, i)?;
        let (after, event) = outcome(wasi, &mut moment, &subscription);
        if after <= first {
            let place = (events as u32).wrapping_add(total * Event::SIZE as u32);
            Slot::new(memory, place as i32, Event::ALIGN)?.write(memory, event.to_bytes());
            total += 1;
        }
    }
    slot.write(memory, total.to_le_bytes());
    Ok(())
}

fn subscription(memory: &[u8], start: i32, i: u32) -> Result<Subscription, Errno> {
    let place = (start as u32).wrapping_add(i * Subscription::SIZE as u32);
    let bytes = memory::bytes(memory, place as i32, Subscription::SIZE as i32)?;
    Subscription::from_bytes(bytes.first_chunk().ok_or(Errno::Fault)?)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::super::snapshot_preview1::{clock_time_get, poll_oneoff};
    use super::super::testing::Guest;
    use super::super::types::rights;
    use super::*;

    const MILLISECOND: u64 = 1_000_000;

    enum On {
        Clock(u32, u64, bool),
        Read(u32),
        Write(u32),
        Nonsense,
    }
    use On::*;

    /// User data, error, kind and bytes of the events.
    fn poll(guest: &mut Guest, list: &[On]) -> Result<Vec<(u64, u16, u8, u64)>, Errno> {
        for (i, on) in list.iter().enumerate() {
            let place = &mut guest.memory[i * 48..][..48];
            place.fill(0);
            place[0] = i as u8 + 1;
            match *on {
                Clock(id, timeout, absolute) => {
                    place[16..20].copy_from_slice(&id.to_le_bytes());
                    place[24..32].copy_from_slice(&timeout.to_le_bytes());
                    place[40] = absolute.into();
                }
                Read(fd) | Write(fd) => {
                    place[8] = if matches!(on, Read(_)) { 1 } else { 2 };
                    place[16..20].copy_from_slice(&fd.to_le_bytes());
                }
                Nonsense => place[8] = 3,
            }
        }
        let count = list.len() as i32;
        let total = guest.result(|w, m, slot| poll_oneoff(w, m, 0, 4096, count, slot))?;
        let event = |at: usize| {
            let error = u16::from_le_bytes([guest.memory[at + 8], guest.memory[at + 9]]);
            (
                guest.u64_at(at),
                error,
                guest.memory[at + 10],
                guest.u64_at(at + 16),
            )
        };
        Ok((0..total as usize).map(|i| event(4096 + 32 * i)).collect())
    }

    #[test]
    fn clocks_are_waited_for() {
        let mut guest = Guest::new();
        for id in [0, 1] {
            let start = Instant::now();
            let events = poll(&mut guest, &[Clock(id, 20 * MILLISECOND, false)]);
            assert_eq!(events, Ok(vec![(1, 0, 0, 0)]));
            assert!(start.elapsed() >= Duration::from_millis(20));

            let now = guest.result_u64(|w, m, slot| clock_time_get(w, m, id as i32, 0, slot));
            let start = Instant::now();
            let events = poll(
                &mut guest,
                &[Clock(id, now.unwrap() + 20 * MILLISECOND, true)],
            );
            assert_eq!(events, Ok(vec![(1, 0, 0, 0)]));
            let elapsed = start.elapsed();
            assert!(elapsed >= Duration::from_millis(15) && elapsed < Duration::from_secs(5));
            // What is past is not waited for.
            assert_eq!(
                poll(&mut guest, &[Clock(id, 0, true)]),
                Ok(vec![(1, 0, 0, 0)])
            );
        }
    }

    #[test]
    fn the_first_of_several_ends_the_wait() {
        let mut guest = Guest::new();
        let list = [
            Clock(1, u64::MAX, false),
            Clock(1, MILLISECOND, false),
            Clock(0, u64::MAX, true),
            Clock(0, MILLISECOND, false),
        ];
        assert_eq!(
            poll(&mut guest, &list),
            Ok(vec![(2, 0, 0, 0), (4, 0, 0, 0)])
        );
    }

    #[test]
    fn descriptors_are_ready() {
        let mut guest = Guest::new();
        let fd = guest.create("file", b"abc") as u32;
        let never = || Clock(1, u64::MAX, false);
        let list = [never(), Read(0), Write(1), Write(2), Read(fd), Write(fd)];
        let expected = [
            (2, 0, 1, 1),
            (3, 0, 2, 1),
            (4, 0, 2, 1),
            (5, 0, 1, 3),
            (6, 0, 2, 1),
        ];
        assert_eq!(poll(&mut guest, &list), Ok(expected.to_vec()));
        let reader = guest.open("file", 0, rights::FD_READ).unwrap();
        assert_eq!(guest.read(reader, 9), Ok(b"abc".to_vec()));
        assert_eq!(
            poll(&mut guest, &[Read(reader as u32)]),
            Ok(vec![(1, 0, 1, 0)])
        );
    }

    #[test]
    fn what_can_never_be_is_reported_at_once() {
        let mut guest = Guest::new();
        let badf = Errno::Badf as u16;
        let list = [
            Clock(1, u64::MAX, false),
            Read(9),
            Write(u32::MAX),
            Write(3),
            Read(1),
            Write(0),
        ];
        let expected: Vec<_> = [(2, 1), (3, 2), (4, 2), (5, 1), (6, 2)]
            .map(|(userdata, kind)| (userdata, badf, kind, 0))
            .into();
        assert_eq!(poll(&mut guest, &list), Ok(expected));
        let inval = Errno::Inval as u16;
        let list = [Clock(2, 0, false), Clock(77, 0, false)];
        assert_eq!(
            poll(&mut guest, &list),
            Ok(vec![(1, inval, 0, 0), (2, inval, 0, 0)])
        );
    }

    #[test]
    fn bad_arguments() {
        let mut guest = Guest::new();
        let end = guest.memory.len() as i32;
        assert_eq!(poll(&mut guest, &[]), Err(Errno::Inval));
        assert_eq!(poll(&mut guest, &[Write(1), Nonsense]), Err(Errno::Inval));
        guest.memory.fill(0);
        let mut call = |subscriptions, events, count, slot| {
            guest.call(|w, m| poll_oneoff(w, m, subscriptions, events, count, slot))
        };
        assert_eq!(call(0, 4096, 1, 8192), Errno::Success);
        assert_eq!(call(end - 40, 4096, 1, 8192), Errno::Fault);
        assert_eq!(call(0, end - 24, 1, 8192), Errno::Fault);
        assert_eq!(call(0, 4096, -1, 8192), Errno::Fault);
        assert_eq!(call(0, 4096, i32::MIN, 8192), Errno::Fault);
        assert_eq!(call(-8, 4096, 1, 8192), Errno::Fault);
        assert_eq!(call(4, 4096, 1, 8192), Errno::Inval);
        assert_eq!(call(0, 4100, 1, 8192), Errno::Inval);
        assert_eq!(call(0, 4096, 1, -4), Errno::Fault);
        // Lists that overlap.
        assert_eq!(call(0, 0, 20, 8192), Errno::Success);
        assert_eq!(call(0, 24, 20, 8), Errno::Success);
        assert_eq!(call(96, 0, 2, 96), Errno::Success);
    }
}
