//! Clocks: `clock_time_get`, `clock_res_get`.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::context::State;
use super::errno::Errno;
use super::memory::{Slot, WasiMemory};

/// A clock of the embedder's.
pub(super) type GivenClock = Mutex<Box<dyn FnMut() -> Duration + Send>>;

/// How the embedder has a guest sleep.
pub(super) type GivenSleep = Mutex<Box<dyn FnMut(Duration) + Send>>;

/// The clocks of a guest: the host's, where none are given.
pub(super) struct Clocks {
    pub wall: Option<GivenClock>,
    pub monotonic: Option<GivenClock>,
    pub sleep: Option<GivenSleep>,
    /// Where the host's monotonic clock starts for the guest.
    pub start: Instant,
}

impl Clocks {
    pub fn new() -> Self {
        Clocks {
            wall: None,
            monotonic: None,
            sleep: None,
            start: Instant::now(),
        }
    }

    /// Clocks without a host: what they show depends on nothing but how often they are asked and
    /// how long the guest slept.
    pub fn deterministic() -> Self {
        /// How far time goes each time that somebody looks. Guests that wait in a loop for it to
        /// pass get somewhere.
        const STEP: Duration = Duration::from_millis(1);
        let passed = Arc::new(Mutex::new(Duration::ZERO));
        let advance = move |by: Duration| {
            let mut passed = passed.lock().unwrap_or_else(PoisonError::into_inner);
            *passed = passed.saturating_add(by);
            *passed
        };
        let (wall, monotonic, sleep) = (advance.clone(), advance.clone(), advance);
        Clocks {
            wall: Some(given(move || EPOCH + wall(STEP))),
            monotonic: Some(given(move || monotonic(STEP))),
            sleep: Some(Mutex::new(Box::new(move |duration| {
                sleep(duration);
            }))),
            ..Clocks::new()
        }
    }

    /// Sleeps, in whatever way the guest does that.
    pub fn sleep(&self, duration: Duration) {
        match &self.sleep {
            Some(sleep) => sleep.lock().unwrap_or_else(PoisonError::into_inner)(duration),
            None => std::thread::sleep(duration),
        }
    }
}

/// When deterministic guests live: the first of January 2020.
const EPOCH: Duration = Duration::from_secs(1_577_836_800);

pub(super) fn given(clock: impl FnMut() -> Duration + Send + 'static) -> GivenClock {
    Mutex::new(Box::new(clock))
}

fn call(clock: &GivenClock) -> Duration {
    // A clock that panicked is the embedder's to mend.
    clock.lock().unwrap_or_else(PoisonError::into_inner)()
}

/// The clocks there are (`clockid`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    /// The time of day, since 1970.
    Realtime,
    /// Starts when the guest's state is made, and never goes back.
    Monotonic,
    /// What this process has used of the processor.
    ProcessTime,
    /// What this thread has used of it.
    ThreadTime,
}

impl Clock {
    pub fn from_id(id: i32) -> Result<Self, Errno> {
        match id {
            0 => Ok(Clock::Realtime),
            1 => Ok(Clock::Monotonic),
            2 => Ok(Clock::ProcessTime),
            3 => Ok(Clock::ThreadTime),
            _ => Err(Errno::Inval),
        }
    }

    /// What it shows, in nanoseconds.
    pub fn now(self, wasi: &State) -> Result<u64, Errno> {
        let clocks = &wasi.clocks;
        let now = match (self, &clocks.wall, &clocks.monotonic) {
            (Clock::Realtime, Some(clock), _) => call(clock),
            (Clock::Realtime, None, _) => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_err(|_| Errno::Overflow)?,
            // Nothing of the host's is told to a guest whose clocks are given.
            (_, _, Some(clock)) => call(clock),
            (Clock::Monotonic, _, None) => clocks.start.elapsed(),
            (Clock::ProcessTime | Clock::ThreadTime, _, None) => return self.processor_time(),
        };
        let now = u64::try_from(now.as_nanos()).map_err(|_| Errno::Overflow)?;
        // Go takes a monotonic clock that shows zero for a broken one.
        Ok(now.max(1))
    }

    fn is_given(self, wasi: &State) -> bool {
        match self {
            Clock::Realtime => wasi.clocks.wall.is_some(),
            _ => wasi.clocks.monotonic.is_some(),
        }
    }

    #[cfg(unix)]
    fn processor_time(self) -> Result<u64, Errno> {
        nanoseconds(rustix::time::clock_gettime(self.id()))
    }

    #[cfg(not(unix))]
    fn processor_time(self) -> Result<u64, Errno> {
        Err(Errno::Notsup)
    }

    /// Its smallest step, in nanoseconds.
    #[cfg(unix)]
    fn resolution(self) -> Result<u64, Errno> {
        nanoseconds(rustix::time::clock_getres(self.id()))
    }

    #[cfg(not(unix))]
    fn resolution(self) -> Result<u64, Errno> {
        match self {
            // The time of day of Windows counts in these.
            Clock::Realtime | Clock::Monotonic => Ok(100),
            Clock::ProcessTime | Clock::ThreadTime => Err(Errno::Notsup),
        }
    }

    #[cfg(unix)]
    fn id(self) -> rustix::time::ClockId {
        use rustix::time::ClockId;
        match self {
            Clock::Realtime => ClockId::Realtime,
            Clock::Monotonic => ClockId::Monotonic,
            Clock::ProcessTime => ClockId::ProcessCPUTime,
            Clock::ThreadTime => ClockId::ThreadCPUTime,
        }
    }
}

#[cfg(unix)]
fn nanoseconds(time: rustix::time::Timespec) -> Result<u64, Errno> {
    let seconds = u64::try_from(time.tv_sec).ok();
    let nanoseconds = u64::try_from(time.tv_nsec).map_err(|_| Errno::Overflow)?;
    seconds
        .and_then(|seconds| seconds.checked_mul(1_000_000_000)?.checked_add(nanoseconds))
        .ok_or(Errno::Overflow)
}

/// `clock_res_get`.
pub(super) fn resolution(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    id: i32,
    resolution: i32,
) -> Result<(), Errno> {
    let slot = Slot::new(memory, resolution, 8)?;
    let clock = Clock::from_id(id)?;
    // What a clock of the embedder's can tell apart, only the embedder knows.
    let resolution = if clock.is_given(wasi) {
        1
    } else {
        clock.resolution()?
    };
    slot.write(memory, resolution.to_le_bytes());
    Ok(())
}

/// `clock_time_get`. It is always as precise as can be.
pub(super) fn time(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    id: i32,
    _precision: i64,
    time: i32,
) -> Result<(), Errno> {
    let slot = Slot::new(memory, time, 8)?;
    let time = Clock::from_id(id)?.now(wasi)?;
    slot.write(memory, time.to_le_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::Wasi;
    use super::super::snapshot_preview1::{clock_res_get, clock_time_get, poll_oneoff, random_get};
    use super::super::testing::Guest;
    use super::*;

    fn time(guest: &mut Guest, id: i32) -> Result<u64, Errno> {
        guest.result_u64(|w, m, slot| clock_time_get(w, m, id, 0, slot))
    }

    #[test]
    fn clocks_go_forward() {
        let mut guest = Guest::new();
        let clocks = if cfg!(unix) { 0..4 } else { 0..2 };
        for id in clocks {
            let before = time(&mut guest, id).unwrap();
            let after = time(&mut guest, id).unwrap();
            assert!(before > 0 && before <= after, "{id}");
            let step = guest
                .result_u64(|w, m, slot| clock_res_get(w, m, id, slot))
                .unwrap();
            assert!(step > 0 && step < 1_000_000_000, "{id}");
        }
        assert!(time(&mut guest, 0).unwrap() > 1_700_000_000_000_000_000);
        // The uptime of the machine is not told.
        assert!(time(&mut guest, 1).unwrap() < 60_000_000_000);
    }

    #[test]
    fn bad_arguments() {
        let mut guest = Guest::new();
        assert_eq!(time(&mut guest, 4), Err(Errno::Inval));
        assert_eq!(time(&mut guest, -1), Err(Errno::Inval));
        assert_eq!(
            guest.call(|w, m| clock_time_get(w, m, 0, 0, -8)),
            Errno::Fault
        );
        assert_eq!(
            guest.call(|w, m| clock_time_get(w, m, 0, 0, 4)),
            Errno::Inval
        );
        assert_eq!(guest.call(|w, m| clock_res_get(w, m, 0, -8)), Errno::Fault);
        assert_eq!(guest.call(|w, m| clock_res_get(w, m, 9, 0)), Errno::Inval);
    }

    #[test]
    fn given_clocks_are_shown() {
        let wasi = Wasi::builder()
            .wall_clock(|| Duration::from_secs(1))
            .monotonic_clock(|| Duration::from_nanos(7))
            .build();
        let mut guest = Guest::with(wasi);
        assert_eq!(time(&mut guest, 0), Ok(1_000_000_000));
        for id in 1..4 {
            assert_eq!(time(&mut guest, id), Ok(7));
        }
    }

    #[test]
    fn deterministic_guests_see_the_same() {
        let run = |seed| {
            let mut guest = Guest::with(Wasi::builder().deterministic(seed).build());
            let mut seen = vec![
                time(&mut guest, 0),
                time(&mut guest, 1),
                time(&mut guest, 2),
            ];
            guest.memory[16] = 1;
            guest.memory[24..32].copy_from_slice(&1_000_000_000_u64.to_le_bytes());
            let slept = guest.result(|w, m, slot| poll_oneoff(w, m, 0, 64, 1, slot));
            assert_eq!(slept, Ok(1));
            seen.push(time(&mut guest, 1));
            let random = guest.call(|w, m| random_get(w, m, 128, 99));
            assert_eq!(random, Errno::Success);
            (seen, guest.memory[128..227].to_vec())
        };
        let (times, bytes) = run(1);
        assert_eq!(run(1), (times.clone(), bytes.clone()));
        assert_ne!(run(2).1, bytes);
        assert!(times[3].unwrap() >= times[1].unwrap() + 1_000_000_000);
        assert_ne!(bytes[..8], bytes[8..16]);
    }
}
