//! Waiting: `poll_oneoff`.
//!
//! What is always ready is reported so: files (POSIX says the same), streams of the embedder's.
//! For the process's standard input, pipes, devices and sockets the operating system is asked, on
//! Unix. Elsewhere they are taken for ready, and the guest waits where it reads.

use std::time::{Duration, Instant};

use super::clock::Clock;
use super::context::State;
use super::descriptor::Descriptor;
use super::errno::Errno;
use super::memory::{Slot, WasiMemory};
use super::types::{Abi, Event, Eventtype, Subscription, SubscriptionKind};

/// What the clocks show while one call waits. Each is read at most once, so that subscriptions
/// are compared with one and the same moment.
#[derive(Default)]
struct Moment {
    realtime: Option<u64>,
    monotonic: Option<u64>,
}

impl Moment {
    /// How long it is until a clock shows `timeout`.
    fn until(&mut self, wasi: &State, id: u32, timeout: u64, absolute: bool) -> Result<u64, Errno> {
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

/// What has to happen for a subscription to come true.
enum Condition {
    /// Nanoseconds pass.
    Time(u64),
    /// It is true, or can never be.
    Now(Result<u64, Errno>),
    /// The operating system says that the descriptor is ready.
    #[cfg(unix)]
    Ready(Descriptor),
}

/// What a subscription waits for.
fn condition(wasi: &State, moment: &mut Moment, kind: &SubscriptionKind) -> Condition {
    match *kind {
        SubscriptionKind::Clock {
            id,
            timeout,
            absolute,
        } => match moment.until(wasi, id, timeout, absolute) {
            Ok(nanoseconds) => Condition::Time(nanoseconds),
            Err(error) => Condition::Now(Err(error)),
        },
        SubscriptionKind::FdRead(fd) => match wasi.descriptors.get(fd) {
            Ok(descriptor) => readable(descriptor),
            Err(error) => Condition::Now(Err(error)),
        },
        SubscriptionKind::FdWrite(fd) => match wasi.descriptors.get(fd) {
            Ok(descriptor) => writable(descriptor),
            Err(error) => Condition::Now(Err(error)),
        },
    }
}

/// When it can be read, and how many bytes; 1 where that is not known.
fn readable(descriptor: Descriptor) -> Condition {
    match &descriptor {
        #[cfg(unix)]
        Descriptor::Input(input) if input.waits_for_stdin() => Condition::Ready(descriptor),
        #[cfg(unix)]
        Descriptor::File(file) if file.pollable().is_some() => Condition::Ready(descriptor),
        #[cfg(unix)]
        Descriptor::Listener(_) | Descriptor::Connection(_) => Condition::Ready(descriptor),
        Descriptor::File(file) => Condition::Now(Ok(file.remaining().unwrap_or(1))),
        Descriptor::Output(_) | Descriptor::Directory(_) => Condition::Now(Err(Errno::Badf)),
        _ => Condition::Now(Ok(1)),
    }
}

/// When it can be written; how many bytes is never known.
fn writable(descriptor: Descriptor) -> Condition {
    match &descriptor {
        #[cfg(unix)]
        Descriptor::File(file) if file.pollable().is_some() => Condition::Ready(descriptor),
        #[cfg(unix)]
        Descriptor::Connection(_) => Condition::Ready(descriptor),
        Descriptor::Input(_) | Descriptor::Directory(_) | Descriptor::Listener(_) => {
            Condition::Now(Err(Errno::Badf))
        }
        _ => Condition::Now(Ok(1)),
    }
}

/// What the operating system is asked about: the number of the subscription, the descriptor, and
/// whether it is to be written.
#[cfg(unix)]
struct Asked(u32, Descriptor, bool);

/// Waits for the first of these, at most so long (for ever, if there is no time), and returns the
/// numbers of those that are ready.
#[cfg(unix)]
fn wait(
    asked: &[Asked],
    timeout: Option<Duration>,
    wasi: &State,
) -> Result<Vec<(u32, bool)>, Errno> {
    use std::os::fd::AsFd;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let stdin = std::io::stdin();
    let mut fds = Vec::new();
    for Asked(_, descriptor, write) in asked {
        let flags = if *write {
            PollFlags::OUT
        } else {
            PollFlags::IN
        };
        let fd = match descriptor {
            Descriptor::File(file) => file.pollable().map(AsFd::as_fd),
            Descriptor::Listener(listener) => Some(listener.socket().as_fd()),
            Descriptor::Connection(connection) => Some(connection.socket().as_fd()),
            _ => Some(stdin.as_fd()),
        };
        let fd = fd.ok_or(Errno::Badf)?;
        fds.push(PollFd::from_borrowed_fd(fd, flags));
    }
    // A sleep of the embedder's cannot be interrupted, so it comes between two looks.
    let given = wasi.clocks.sleep.is_some();
    let end = timeout.map(|timeout| Instant::now().checked_add(timeout));
    loop {
        let left = match (given, end, timeout) {
            (true, _, Some(_)) => Some(Duration::ZERO),
            // Too far away to be waited for.
            (_, None | Some(None), _) => None,
            (_, Some(Some(end)), _) => Some(end.saturating_duration_since(Instant::now())),
        };
        let left = left.map(|left| Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: left.subsec_nanos().into(),
        });
        match poll(&mut fds, left.as_ref()) {
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(std::io::Error::from(error).into()),
            Ok(0) if given && timeout.is_some_and(|timeout| !timeout.is_zero()) => {
                wasi.clocks.sleep(timeout.unwrap_or_default());
                _ = poll(&mut fds, Some(&Timespec::default()));
                break;
            }
            Ok(_) => break,
        }
    }
    let ready = fds.iter().zip(asked).filter_map(|(fd, asked)| {
        let events = fd.revents();
        (!events.is_empty()).then_some((asked.0, events.contains(PollFlags::HUP)))
    });
    Ok(ready.collect())
}

/// `poll_oneoff`. Waits until the first of the subscriptions comes true and reports all that have
/// by then. One that never can (its descriptor is not open, say) is reported at once, as an event
/// with an error.
pub(super) fn oneoff(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    abi: Abi,
    subscriptions: i32,
    events: i32,
    count: i32,
    reported: i32,
) -> Result<(), Errno> {
    let slot = Slot::new(memory, reported, 4)?;
    let list = memory.array(
        subscriptions,
        count,
        Subscription::size(abi),
        Subscription::ALIGN,
    )?;
    let events = memory.array(events, count, Event::SIZE, Event::ALIGN)?;
    let count = count as u32;
    if count == 0 {
        // It would wait forever.
        return Err(Errno::Inval);
    }
    // The list may be long, so it is not copied but gone through twice. What the operating system
    // is asked about is kept.
    let mut moment = Moment::default();
    let mut first = u64::MAX;
    #[cfg(unix)]
    let mut asked: Vec<Asked> = Vec::new();
    for number in 0..count {
        let subscription = Subscription::read(memory, abi, list, number)?;
        match condition(wasi, &mut moment, &subscription.kind) {
            Condition::Time(nanoseconds) => first = first.min(nanoseconds),
            Condition::Now(_) => first = 0,
            #[cfg(unix)]
            Condition::Ready(descriptor) => {
                // As many as a process can have open, at least.
                if asked.len() >= 1 << 16 {
                    return Err(Errno::Nomem);
                }
                let write = matches!(subscription.kind, SubscriptionKind::FdWrite(_));
                asked.push(Asked(number, descriptor, write));
            }
        }
    }
    let timeout = (first < u64::MAX).then(|| Duration::from_nanos(first));
    #[cfg(unix)]
    let ready = if asked.is_empty() {
        Vec::new()
    } else {
        wait(&asked, timeout, wasi)?
    };
    #[cfg(unix)]
    let waited = !asked.is_empty();
    #[cfg(not(unix))]
    let (waited, ready): (bool, Vec<(u32, bool)>) = (false, Vec::new());
    if !waited && first > 0 {
        wasi.clocks
            .sleep(timeout.unwrap_or(Duration::from_nanos(u64::MAX)));
    }
    // Did the time pass, or was something ready before?
    let passed = if ready.is_empty() { first } else { 0 };
    let mut ready = ready.into_iter().peekable();
    let mut total = 0;
    for number in 0..count {
        // Should the lists overlap, then what is written here may be read here; nothing worse
        // than a wrong event comes of it, and an event is never longer than what was read.
        let subscription = Subscription::read(memory, abi, list, number)?;
        let hung_up = ready.next_if(|ready| ready.0 == number);
        let outcome = match (condition(wasi, &mut moment, &subscription.kind), hung_up) {
            (_, Some((_, hung_up))) => Ok((1, hung_up)),
            (Condition::Time(nanoseconds), _) if nanoseconds <= passed => Ok((0, false)),
            (Condition::Now(bytes), _) => bytes.map(|bytes| (bytes, false)),
            _ => continue,
        };
        let event = Event {
            userdata: subscription.userdata,
            error: outcome.err().unwrap_or(Errno::Success),
            kind: match subscription.kind {
                SubscriptionKind::Clock { .. } => Eventtype::Clock,
                SubscriptionKind::FdRead(_) => Eventtype::FdRead,
                SubscriptionKind::FdWrite(_) => Eventtype::FdWrite,
            },
            bytes: outcome.map_or(0, |(bytes, _)| bytes),
            hung_up: outcome.is_ok_and(|(_, hung_up)| hung_up),
        };
        memory.write(events + total * Event::SIZE, &event.to_bytes())?;
        total += 1;
    }
    slot.write(memory, (total as u32).to_le_bytes());
    Ok(())
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

    #[cfg(unix)]
    #[test]
    fn sockets_are_waited_for() {
        use super::super::Wasi;
        use super::super::snapshot_preview1::sock_accept;
        use std::io::Write;
        use std::net::{TcpListener, TcpStream};

        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut guest = Guest::with(Wasi::builder().tcp_listener(listener).build());
        // Nobody is there yet.
        let list = [Read(3), Clock(1, 20 * MILLISECOND, false)];
        assert_eq!(poll(&mut guest, &list), Ok(vec![(2, 0, 0, 0)]));
        let client = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            let mut client = TcpStream::connect(address).unwrap();
            std::thread::sleep(Duration::from_millis(50));
            client.write_all(b"x").unwrap();
        });
        let list = [Clock(1, u64::MAX, false), Read(3)];
        assert_eq!(poll(&mut guest, &list), Ok(vec![(2, 0, 1, 1)]));
        let fd = guest
            .result(|w, m, slot| sock_accept(w, m, 3, 0, slot))
            .unwrap();
        let start = Instant::now();
        assert_eq!(poll(&mut guest, &[Read(fd)]), Ok(vec![(1, 0, 1, 1)]));
        assert!(start.elapsed() < Duration::from_secs(5));
        let list = [Write(fd), Write(3), Clock(1, u64::MAX, false)];
        let badf = Errno::Badf as u16;
        assert_eq!(
            poll(&mut guest, &list),
            Ok(vec![(1, 0, 2, 1), (2, badf, 2, 0)])
        );
        client.join().unwrap();
        // The other end is gone, which is told.
        assert_eq!(guest.read(fd as i32, 4), Ok(b"x".to_vec()));
        assert_eq!(poll(&mut guest, &[Read(fd)]), Ok(vec![(1, 0, 1, 1)]));
    }

    #[cfg(unix)]
    #[test]
    fn pipes_are_waited_for() {
        let mut guest = Guest::new();
        let path = guest.host_path("pipe");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, mode).unwrap();
        let reader = guest.open_with("pipe", 1, 0, rights::FD_READ, 4).unwrap() as u32;
        let mut writer = std::fs::File::options().write(true).open(&path).unwrap();
        let list = [Read(reader), Clock(1, 20 * MILLISECOND, false)];
        assert_eq!(poll(&mut guest, &list), Ok(vec![(2, 0, 0, 0)]));
        std::io::Write::write_all(&mut writer, b"x").unwrap();
        assert_eq!(poll(&mut guest, &list), Ok(vec![(1, 0, 1, 1)]));
    }

    #[test]
    fn sleeping_is_what_the_embedder_says() {
        use super::super::Wasi;
        use std::sync::{Arc, Mutex};

        let slept = Arc::new(Mutex::new(Vec::new()));
        let record = slept.clone();
        let wasi = Wasi::builder()
            .monotonic_clock(|| Duration::from_secs(1000))
            .sleep(move |duration| record.lock().unwrap().push(duration))
            .build();
        let mut guest = Guest::with(wasi);
        let start = Instant::now();
        let hour = 3_600_000 * MILLISECOND;
        assert!(poll(&mut guest, &[Clock(1, hour, false)]).is_ok());
        assert!(poll(&mut guest, &[Clock(1, 1005 * 1000 * MILLISECOND, true)]).is_ok());
        assert!(start.elapsed() < Duration::from_secs(60));
        assert_eq!(
            *slept.lock().unwrap(),
            [Duration::from_secs(3600), Duration::from_secs(5)]
        );
    }
}
