//! What a descriptor or a file is, and changing that: `fd_fdstat_*`, `fd_filestat_*`,
//! `fd_prestat_*`.

use std::fs::FileTimes;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cap_fs_ext::{MetadataExt, SystemTimeSpec};
use cap_std::fs::Metadata;
use cap_std::time::SystemTime as CapSystemTime;

use super::clock::Clock;
use super::context::State;
use super::descriptor::Descriptor;
use super::errno::Errno;
use super::memory::{Slot, WasiMemory};
use super::socket;
use super::types::{Abi, Fdstat, Filestat, Filetype, Prestat, fdflags, fstflags};

impl Filestat {
    pub fn new(metadata: &Metadata) -> Self {
        let modified = nanoseconds(metadata.modified());
        Filestat {
            dev: metadata.dev(),
            ino: metadata.ino(),
            filetype: Filetype::from(metadata.file_type()),
            nlink: metadata.nlink(),
            size: metadata.len(),
            atim: nanoseconds(metadata.accessed()),
            mtim: modified,
            ctim: changed(metadata).unwrap_or(modified),
        }
    }
}

/// Nanoseconds since 1970. Times that do not fit, and those the system does not keep, must not
/// make a file unusable.
fn nanoseconds(time: std::io::Result<CapSystemTime>) -> u64 {
    let since = time
        .ok()
        .and_then(|time| time.into_std().duration_since(UNIX_EPOCH).ok());
    since.map_or(0, |since| {
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    })
}

/// When the file's status changed last.
#[cfg(unix)]
fn changed(metadata: &Metadata) -> Option<u64> {
    use cap_std::fs::MetadataExt;
    let seconds = u64::try_from(metadata.ctime()).ok()?;
    let nanoseconds = u64::try_from(metadata.ctime_nsec()).ok()?;
    seconds.checked_mul(1_000_000_000)?.checked_add(nanoseconds)
}

#[cfg(not(unix))]
fn changed(_metadata: &Metadata) -> Option<u64> {
    None
}

/// The times of last access and modification to set, if any.
pub(super) struct Times {
    pub atim: Option<SystemTimeSpec>,
    pub mtim: Option<SystemTimeSpec>,
}

impl Times {
    /// What `fd_filestat_set_times` and `path_filestat_set_times` are given. Now is what the
    /// guest's clock shows.
    pub fn new(wasi: &State, atim: i64, mtim: i64, flags: i32) -> Result<Self, Errno> {
        let flags = u16::try_from(flags).map_err(|_| Errno::Inval)?;
        if flags & !fstflags::ALL != 0 {
            return Err(Errno::Inval);
        }
        let time = |time: i64, given: u16, now: u16| match (flags & given != 0, flags & now != 0) {
            (true, true) => Err(Errno::Inval),
            (false, false) => Ok(None),
            (false, true) if wasi.clocks.wall.is_none() => Ok(Some(SystemTimeSpec::SymbolicNow)),
            (false, true) => absolute(Clock::Realtime.now(wasi)?),
            (true, false) => absolute(time as u64),
        };
        Ok(Times {
            atim: time(atim, fstflags::ATIM, fstflags::ATIM_NOW)?,
            mtim: time(mtim, fstflags::MTIM, fstflags::MTIM_NOW)?,
        })
    }

    /// For a file of the host's.
    pub fn of_file(self) -> FileTimes {
        let time = |spec| match spec {
            SystemTimeSpec::SymbolicNow => SystemTime::now(),
            SystemTimeSpec::Absolute(time) => time.into_std(),
        };
        let mut times = FileTimes::new();
        if let Some(atim) = self.atim {
            times = times.set_accessed(time(atim));
        }
        if let Some(mtim) = self.mtim {
            times = times.set_modified(time(mtim));
        }
        times
    }
}

fn absolute(nanoseconds: u64) -> Result<Option<SystemTimeSpec>, Errno> {
    let time = UNIX_EPOCH.checked_add(Duration::from_nanos(nanoseconds));
    let time = CapSystemTime::from_std(time.ok_or(Errno::Overflow)?);
    Ok(Some(SystemTimeSpec::Absolute(time)))
}

/// `fd_fdstat_get`.
pub(super) fn fdstat(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    fd: i32,
    stat: i32,
) -> Result<(), Errno> {
    let slot = Slot::new(memory, stat, Fdstat::ALIGN)?;
    let stat = match wasi.descriptors.get(fd)? {
        Descriptor::Input(input) => input.fdstat(),
        Descriptor::Output(output) => output.fdstat(),
        Descriptor::File(file) => file.fdstat(),
        Descriptor::Directory(directory) => directory.fdstat(),
        Descriptor::Listener(listener) => listener.fdstat(),
        Descriptor::Connection(connection) => connection.fdstat(),
    };
    slot.write(memory, stat.to_bytes());
    Ok(())
}

/// `fd_fdstat_set_flags`.
pub(super) fn set_flags(
    wasi: &State,
    _memory: &mut WasiMemory<'_>,
    fd: i32,
    flags: i32,
) -> Result<(), Errno> {
    let descriptor = wasi.descriptors.get(fd)?;
    let flags = u16::try_from(flags).map_err(|_| Errno::Inval)?;
    if flags & !fdflags::ALL != 0 {
        return Err(Errno::Inval);
    }
    match descriptor {
        Descriptor::Input(input) => input.set_flags(flags),
        Descriptor::Output(output) => output.set_flags(flags),
        Descriptor::File(file) => file.set_flags(flags),
        Descriptor::Directory(_) => Err(Errno::Badf),
        Descriptor::Listener(listener) => listener.set_flags(flags),
        Descriptor::Connection(connection) => connection.set_flags(flags),
    }
}

/// `fd_fdstat_set_rights`. WASI has given up on rights; no runtime that is kept up follows them,
/// and no program relies on them.
pub(super) fn set_rights(
    wasi: &State,
    _memory: &mut WasiMemory<'_>,
    fd: i32,
    _rights: i64,
    _inheriting: i64,
) -> Result<(), Errno> {
    wasi.descriptors.get(fd)?;
    Err(Errno::Notsup)
}

/// `fd_filestat_get`.
pub(super) fn filestat(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    abi: Abi,
    fd: i32,
    stat: i32,
) -> Result<(), Errno> {
    let place = memory.array(stat, 1, Filestat::size(abi), Filestat::ALIGN)?;
    let stat = match wasi.descriptors.get(fd)? {
        Descriptor::Input(input) => input.filestat(),
        Descriptor::Output(output) => output.filestat(),
        Descriptor::File(file) => file.filestat()?,
        Descriptor::Directory(directory) => directory.filestat()?,
        Descriptor::Listener(_) | Descriptor::Connection(_) => socket::filestat(),
    };
    stat.write(memory, abi, place)
}

/// `fd_filestat_set_size`.
pub(super) fn set_size(
    wasi: &State,
    _memory: &mut WasiMemory<'_>,
    fd: i32,
    size: i64,
) -> Result<(), Errno> {
    wasi.descriptors.file(fd)?.set_size(size as u64, wasi)
}

/// `fd_filestat_set_times`.
pub(super) fn set_times(
    wasi: &State,
    _memory: &mut WasiMemory<'_>,
    fd: i32,
    atim: i64,
    mtim: i64,
    flags: i32,
) -> Result<(), Errno> {
    let descriptor = wasi.descriptors.get(fd)?;
    let times = Times::new(wasi, atim, mtim, flags)?;
    match descriptor {
        Descriptor::File(file) => file.set_times(times),
        Descriptor::Directory(directory) => directory.set_times(times),
        Descriptor::Input(_)
        | Descriptor::Output(_)
        | Descriptor::Listener(_)
        | Descriptor::Connection(_) => Err(Errno::Badf),
    }
}

/// The name by which a directory was granted.
fn granted(wasi: &State, fd: i32) -> Result<Option<String>, Errno> {
    match wasi.descriptors.get(fd)? {
        Descriptor::Directory(directory) => Ok(directory.guest_path().map(str::to_owned)),
        _ => Ok(None),
    }
}

/// `fd_prestat_get`. C libraries ask for 3, 4 and so on, until this is [`Errno::Badf`].
pub(super) fn prestat(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    fd: i32,
    stat: i32,
) -> Result<(), Errno> {
    let slot = Slot::new(memory, stat, Prestat::ALIGN)?;
    let name = granted(wasi, fd)?.ok_or(Errno::Badf)?;
    let name_len = u32::try_from(name.len()).map_err(|_| Errno::Overflow)?;
    slot.write(memory, Prestat { name_len }.to_bytes());
    Ok(())
}

/// `fd_prestat_dir_name`. No zero follows the name.
pub(super) fn prestat_name(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    fd: i32,
    path: i32,
    path_len: i32,
) -> Result<(), Errno> {
    let name = granted(wasi, fd)?.ok_or(Errno::Notdir)?;
    if name.len() > path_len as u32 as usize {
        return Err(Errno::Nametoolong);
    }
    memory.write(path as u32 as usize, name.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::super::snapshot_preview1::{
        fd_fdstat_get, fd_fdstat_set_flags, fd_fdstat_set_rights, fd_filestat_get,
        fd_filestat_set_size, fd_filestat_set_times, fd_prestat_dir_name, fd_prestat_get, fd_tell,
    };
    use super::super::testing::Guest;
    use super::super::types::rights;
    use super::*;

    /// File type, flags and rights.
    fn fdstat(guest: &mut Guest, fd: i32) -> (u8, u8, u64) {
        assert_eq!(
            guest.call(|w, m| fd_fdstat_get(w, m, fd, 0)),
            Errno::Success
        );
        (guest.memory[0], guest.memory[2], guest.u64_at(8))
    }

    #[test]
    fn descriptors_tell_what_they_are() {
        let mut guest = Guest::new();
        let fd = guest.create("file", b"");
        let pollable = rights::POLL_FD_READWRITE | rights::FD_FILESTAT_GET;
        assert_eq!(fdstat(&mut guest, 0), (0, 0, rights::FD_READ | pollable));
        assert_eq!(fdstat(&mut guest, 1), (0, 0, rights::FD_WRITE | pollable));
        assert_eq!(fdstat(&mut guest, 3), (3, 0, rights::DIRECTORY));
        assert_eq!(guest.u64_at(16), rights::INHERITED);
        assert_eq!(fdstat(&mut guest, fd), (4, 0, rights::FILE));
        let reader = guest.open("file", 0, rights::FD_READ).unwrap();
        assert_eq!(
            fdstat(&mut guest, reader),
            (4, 0, rights::FILE & !rights::FD_WRITE)
        );
        assert_eq!(guest.call(|w, m| fd_fdstat_get(w, m, 9, 0)), Errno::Badf);
        assert_eq!(guest.call(|w, m| fd_fdstat_get(w, m, 0, 4)), Errno::Inval);
        assert_eq!(guest.call(|w, m| fd_fdstat_get(w, m, 0, -8)), Errno::Fault);
    }

    #[test]
    fn appending_can_be_switched() {
        let mut guest = Guest::new();
        let fd = guest.create("file", b"abc");
        let set =
            |guest: &mut Guest, fd, flags| guest.call(|w, m| fd_fdstat_set_flags(w, m, fd, flags));
        assert_eq!(set(&mut guest, fd, 5), Errno::Success);
        assert_eq!(fdstat(&mut guest, fd).1, 5);
        assert_eq!(guest.write(fd, b"d"), Ok(1));
        assert_eq!(
            guest.result_u64(|w, m, slot| fd_tell(w, m, fd, slot)),
            Ok(4)
        );
        assert_eq!(guest.host_read("file"), b"abcd");
        assert_eq!(set(&mut guest, fd, 0), Errno::Success);
        assert_eq!(guest.write_at(fd, 0, b"X"), Ok(1));
        assert_eq!(guest.host_read("file"), b"Xbcd");

        assert_eq!(set(&mut guest, fd, 16), Errno::Inval);
        assert_eq!(set(&mut guest, fd, 32), Errno::Inval);
        assert_eq!(set(&mut guest, fd, -1), Errno::Inval);
        assert_eq!(set(&mut guest, 9, 0), Errno::Badf);
        assert_eq!(set(&mut guest, 0, 4), Errno::Notsup);
        assert_eq!(set(&mut guest, 0, 0), Errno::Success);
        assert_eq!(set(&mut guest, 1, 4), Errno::Success);
        assert_eq!(fdstat(&mut guest, 1).1, 4);
        let rights = guest.call(|w, m| fd_fdstat_set_rights(w, m, fd, 0, 0));
        assert_eq!(rights, Errno::Notsup);
    }

    #[test]
    fn files_tell_what_they_are() {
        let mut guest = Guest::new();
        let fd = guest.create("file", b"abc");
        let before = SystemTime::now() - Duration::from_secs(600);
        assert_eq!(
            guest.call(|w, m| fd_filestat_get(w, m, fd, 0)),
            Errno::Success
        );
        assert_eq!(guest.memory[16], 4);
        assert_eq!((guest.u64_at(24), guest.u64_at(32)), (1, 3));
        let before = before.duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
        for time in [40, 48, 56] {
            assert!(guest.u64_at(time) > before);
        }
        assert_eq!(
            guest.call(|w, m| fd_filestat_get(w, m, 3, 0)),
            Errno::Success
        );
        assert_eq!(guest.memory[16], 3);
        assert_eq!(
            guest.call(|w, m| fd_filestat_get(w, m, 1, 0)),
            Errno::Success
        );
        assert_eq!(guest.memory[..64], [0; 64]);
        assert_eq!(guest.call(|w, m| fd_filestat_get(w, m, 9, 0)), Errno::Badf);
        let end = guest.memory.len() as i32;
        assert_eq!(
            guest.call(|w, m| fd_filestat_get(w, m, fd, end - 56)),
            Errno::Fault
        );
    }

    #[test]
    fn sizes_can_be_set() {
        let mut guest = Guest::new();
        let fd = guest.create("file", b"abc");
        assert_eq!(
            guest.call(|w, m| fd_filestat_set_size(w, m, fd, 1)),
            Errno::Success
        );
        assert_eq!(
            guest.call(|w, m| fd_filestat_set_size(w, m, fd, 2)),
            Errno::Success
        );
        assert_eq!(guest.host_read("file"), b"a\0");
        assert_ne!(
            guest.call(|w, m| fd_filestat_set_size(w, m, fd, -1)),
            Errno::Success
        );
        let reader = guest.open("file", 0, rights::FD_READ).unwrap();
        assert_eq!(
            guest.call(|w, m| fd_filestat_set_size(w, m, reader, 1)),
            Errno::Inval
        );
        assert_eq!(
            guest.call(|w, m| fd_filestat_set_size(w, m, 3, 1)),
            Errno::Badf
        );
        assert_eq!(
            guest.call(|w, m| fd_filestat_set_size(w, m, 1, 1)),
            Errno::Badf
        );
    }

    #[test]
    fn times_can_be_set() {
        let mut guest = Guest::new();
        let fd = guest.create("file", b"");
        for fd in [fd, 3] {
            let set = |guest: &mut Guest, atim, mtim, flags| {
                guest.call(|w, m| fd_filestat_set_times(w, m, fd, atim, mtim, flags))
            };
            let get = |guest: &mut Guest| {
                assert_eq!(
                    guest.call(|w, m| fd_filestat_get(w, m, fd, 0)),
                    Errno::Success
                );
                (guest.u64_at(40), guest.u64_at(48))
            };
            assert_eq!(
                set(&mut guest, 1_000_000_100, 2_000_000_200, 1 | 4),
                Errno::Success
            );
            assert_eq!(get(&mut guest), (1_000_000_100, 2_000_000_200));
            assert_eq!(set(&mut guest, 7, 3_000_000_300, 4), Errno::Success);
            assert_eq!(get(&mut guest), (1_000_000_100, 3_000_000_300));
            assert_eq!(set(&mut guest, 0, 0, 2 | 8), Errno::Success);
            assert!(get(&mut guest).1 > 1_700_000_000_000_000_000);
            assert_eq!(set(&mut guest, 0, 0, 0), Errno::Success);
            for flags in [3, 12, 16, -1, 0x10001] {
                assert_eq!(set(&mut guest, 0, 0, flags), Errno::Inval);
            }
        }
        let stdout = guest.call(|w, m| fd_filestat_set_times(w, m, 1, 0, 0, 0));
        assert_eq!(stdout, Errno::Badf);
    }

    #[test]
    fn granted_directories_have_names() {
        let mut guest = Guest::new();
        assert_eq!(
            guest.call(|w, m| fd_prestat_get(w, m, 3, 0)),
            Errno::Success
        );
        assert_eq!(guest.memory[..8], [0, 0, 0, 0, 5, 0, 0, 0]);
        assert_eq!(
            guest.call(|w, m| fd_prestat_dir_name(w, m, 3, 1, 9)),
            Errno::Success
        );
        assert_eq!(guest.memory[..8], *b"\0/data\0\0");
        assert_eq!(
            guest.call(|w, m| fd_prestat_dir_name(w, m, 3, 1, 4)),
            Errno::Nametoolong
        );
        assert_eq!(
            guest.call(|w, m| fd_prestat_dir_name(w, m, 3, -3, 5)),
            Errno::Fault
        );
        assert_eq!(guest.call(|w, m| fd_prestat_get(w, m, 4, 0)), Errno::Badf);
        assert_eq!(guest.call(|w, m| fd_prestat_get(w, m, 0, 0)), Errno::Badf);
        assert_eq!(
            guest.call(|w, m| fd_prestat_dir_name(w, m, 0, 0, 9)),
            Errno::Notdir
        );
        // A directory that was opened was not granted.
        let fd = guest.open(".", 0, 0).unwrap();
        assert_eq!(guest.call(|w, m| fd_prestat_get(w, m, fd, 0)), Errno::Badf);
    }
}
