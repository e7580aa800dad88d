//! Clocks: `clock_time_get`, `clock_res_get`.

use std::time::{SystemTime, UNIX_EPOCH};

use super::context::Wasi;
use super::errno::Errno;
use super::memory::Slot;

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
    pub fn now(self, wasi: &Wasi) -> Result<u64, Errno> {
        let now = match self {
            Clock::Realtime => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_err(|_| Errno::Overflow)?,
            Clock::Monotonic => wasi.start.elapsed(),
            Clock::ProcessTime | Clock::ThreadTime => return self.processor_time(),
        };
        let now = u64::try_from(now.as_nanos()).map_err(|_| Errno::Overflow)?;
        // Go takes a monotonic clock that shows zero for a broken one.
        Ok(now.max(1))
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
    wasi: &mut Wasi,
    memory: &mut [u8],
    id: i32,
    resolution: i32,
) -> Result<(), Errno> {
    _ = wasi;
    let slot = Slot::new(memory, resolution, 8)?;
    let resolution = Clock::from_id(id)?.resolution()?;
    slot.write(memory, resolution.to_le_bytes());
    Ok(())
}

/// `clock_time_get`. It is always as precise as can be.
pub(super) fn time(
    wasi: &mut Wasi,
    memory: &mut [u8],
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
    use super::super::snapshot_preview1::{clock_res_get, clock_time_get};
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
}
