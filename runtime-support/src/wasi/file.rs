//! Open files.

use std::fs;
use std::io::{self, IoSlice, IoSliceMut, IsTerminal, Read, Seek, SeekFrom, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use cap_std::fs::Metadata;

use super::context::State;
use super::descriptor::Descriptor;
use super::errno::{Errno, retry};
use super::memory::{Slot, WasiMemory};
use super::status::Times;
use super::tree::TreeFile;
use super::types::{Abi, Fdstat, Filestat, Filetype, fdflags, rights};

/// An open file, device or pipe: anything a path led to but a directory.
///
/// Its position is the operating system's, which costs no call and is the only one that devices
/// and pipes have.
pub(super) struct File {
    contents: Contents,
    filetype: Filetype,
    flags: AtomicU16,
    access: Access,
}

/// Where a file is.
pub(super) enum Contents {
    /// In the host's file system.
    Host(fs::File),
    /// In a tree in memory.
    Tree(TreeFile),
}

/// How a file was opened.
pub(super) struct Access {
    pub flags: u16,
    pub readable: bool,
    pub writable: bool,
    /// Whether the directory it was opened in lets anything be changed.
    pub changeable: bool,
}

impl File {
    pub fn new(contents: Contents, filetype: Filetype, access: Access) -> Self {
        File {
            contents,
            filetype,
            flags: AtomicU16::new(access.flags),
            access,
        }
    }

    pub fn is_regular(&self) -> bool {
        self.filetype == Filetype::RegularFile
    }

    fn appends(&self) -> bool {
        self.flags.load(Ordering::Relaxed) & fdflags::APPEND != 0
    }

    /// What may have to be waited for.
    #[cfg(unix)]
    pub fn pollable(&self) -> Option<&fs::File> {
        match &self.contents {
            Contents::Host(file) if !self.is_regular() => Some(file),
            _ => None,
        }
    }

    fn check_readable(&self) -> Result<(), Errno> {
        if self.access.readable {
            Ok(())
        } else {
            Err(Errno::Badf)
        }
    }

    fn check_writable(&self) -> Result<(), Errno> {
        if self.access.writable {
            Ok(())
        } else {
            Err(Errno::Badf)
        }
    }

    pub fn read(&self, slices: &mut [IoSliceMut<'_>]) -> Result<usize, Errno> {
        self.check_readable()?;
        match (&self.contents, slices) {
            (Contents::Host(file), [slice]) => retry(|| { file }.read(slice)),
            (Contents::Host(file), slices) => retry(|| { file }.read_vectored(slices)),
            (Contents::Tree(file), slices) => Ok(file.read(slices)),
        }
    }

    pub fn write(&self, slices: &[IoSlice<'_>], wasi: &State) -> Result<usize, Errno> {
        self.check_writable()?;
        let file = match &self.contents {
            Contents::Host(file) => file,
            Contents::Tree(file) => return file.write(slices, self.appends(), wasi),
        };
        // On Unix the operating system appends, and nobody can come in between.
        if cfg!(not(unix)) && self.appends() {
            retry(|| { file }.seek(SeekFrom::End(0)))?;
        }
        match slices {
            [slice] => retry(|| { file }.write(slice)),
            slices => retry(|| { file }.write_vectored(slices)),
        }
    }

    /// Reads at `offset` and leaves the position where it is.
    pub fn read_at(&self, slices: &mut [IoSliceMut<'_>], offset: u64) -> Result<usize, Errno> {
        self.check_readable()?;
        let file = match &self.contents {
            Contents::Host(file) => file,
            Contents::Tree(file) => {
                check_offset(offset)?;
                return Ok(file.read_at(slices, offset));
            }
        };
        let slices = slices.iter_mut().map(|slice| &mut **slice);
        each_at(slices, offset, |slice, offset| {
            let count = retry(|| read_at(file, slice, offset))?;
            Ok((count, slice.len()))
        })
    }

    /// Writes at `offset` and leaves the position where it is. As on Linux, a file that is
    /// appended to is appended to.
    pub fn write_at(
        &self,
        slices: &[IoSlice<'_>],
        offset: u64,
        wasi: &State,
    ) -> Result<usize, Errno> {
        self.check_writable()?;
        let file = match &self.contents {
            Contents::Host(file) => file,
            Contents::Tree(file) => {
                check_offset(offset)?;
                let offset = (!self.appends()).then_some(offset);
                return Ok(file.write_at(slices, offset, wasi)?.0);
            }
        };
        each_at(slices.iter(), offset, |slice, offset| {
            let offset = if cfg!(not(unix)) && self.appends() {
                file.metadata()?.len()
            } else {
                offset
            };
            let count = retry(|| write_at(file, slice, offset))?;
            Ok((count, slice.len()))
        })
    }

    /// Moves the position, and returns where it is then.
    fn seek(&self, target: SeekFrom) -> Result<u64, Errno> {
        match &self.contents {
            Contents::Host(file) => retry(|| { file }.seek(target)),
            Contents::Tree(file) => file.seek(target),
        }
    }

    /// How many bytes there are from the position to the end, for a regular file.
    pub fn remaining(&self) -> Option<u64> {
        if !self.is_regular() {
            return None;
        }
        let position = self.seek(SeekFrom::Current(0)).ok()?;
        Some(self.filestat().ok()?.size.saturating_sub(position))
    }

    pub fn filestat(&self) -> Result<Filestat, Errno> {
        match &self.contents {
            Contents::Host(file) => Ok(Filestat::new(&Metadata::from_file(file)?)),
            Contents::Tree(file) => Ok(file.filestat()),
        }
    }

    pub fn set_times(&self, times: Times) -> Result<(), Errno> {
        self.check_changeable()?;
        match &self.contents {
            Contents::Host(file) => {
                let times = times.of_file();
                retry(|| file.set_times(times))
            }
            Contents::Tree(file) => {
                file.set_times(times);
                Ok(())
            }
        }
    }

    fn check_changeable(&self) -> Result<(), Errno> {
        if self.access.changeable {
            Ok(())
        } else {
            Err(Errno::Perm)
        }
    }

    pub fn fdstat(&self) -> Fdstat {
        let mut rights = rights::FILE;
        if !self.access.changeable {
            rights &= !rights::CHANGING;
        }
        if !self.access.readable {
            rights &= !rights::FD_READ;
        }
        if !self.access.writable {
            rights &= !rights::FD_WRITE;
        }
        // C libraries take a character device that cannot seek for a terminal (`isatty`).
        if self.filetype == Filetype::CharacterDevice
            && let Contents::Host(file) = &self.contents
            && file.is_terminal()
        {
            rights &= !(rights::FD_SEEK | rights::FD_TELL);
        }
        Fdstat {
            filetype: self.filetype,
            flags: self.flags.load(Ordering::Relaxed),
            rights,
            inheriting: 0,
        }
    }

    /// Whether writes append, and whether reads and writes wait, can be changed. How they are
    /// stored cannot.
    pub fn set_flags(&self, flags: u16) -> Result<(), Errno> {
        const FIXED: u16 = fdflags::DSYNC | fdflags::RSYNC | fdflags::SYNC;
        if (flags ^ self.flags.load(Ordering::Relaxed)) & FIXED != 0 {
            return Err(Errno::Inval);
        }
        #[cfg(unix)]
        if let Contents::Host(file) = &self.contents {
            use rustix::fs::OFlags;
            let mut open_flags = OFlags::empty();
            open_flags.set(OFlags::APPEND, flags & fdflags::APPEND != 0);
            open_flags.set(OFlags::NONBLOCK, flags & fdflags::NONBLOCK != 0);
            rustix::fs::fcntl_setfl(file, open_flags).map_err(io::Error::from)?;
        }
        self.flags.store(flags, Ordering::Relaxed);
        Ok(())
    }

    /// Makes it longer, with zeros, or shorter.
    pub fn set_size(&self, size: u64, wasi: &State) -> Result<(), Errno> {
        self.check_changeable()?;
        // What the operating system says of a file that is open for reading only.
        self.check_writable().map_err(|_| Errno::Inval)?;
        match &self.contents {
            Contents::Host(file) => retry(|| file.set_len(size)),
            Contents::Tree(file) => {
                check_offset(size)?;
                file.set_size(size, wasi)
            }
        }
    }

    fn allocate(&self, offset: u64, len: u64, wasi: &State) -> Result<(), Errno> {
        self.check_writable()?;
        let end = offset.checked_add(len).ok_or(Errno::Fbig)?;
        if len == 0 {
            return Err(Errno::Inval);
        }
        let file = match &self.contents {
            Contents::Host(file) => file,
            Contents::Tree(file) => {
                check_offset(end)?;
                if file.filestat().size < end {
                    file.set_size(end, wasi)?;
                }
                return Ok(());
            }
        };
        #[cfg(any(target_os = "linux", target_os = "android"))]
        {
            use rustix::fs::FallocateFlags;
            let allocated = retry(|| {
                Ok(rustix::fs::fallocate(
                    file,
                    FallocateFlags::empty(),
                    offset,
                    len,
                )?)
            });
            match allocated {
                // Not every file system can.
                Err(Errno::Notsup | Errno::Nosys) => {}
                result => return result,
            }
        }
        // The size at least, as C libraries do it.
        if file.metadata()?.len() < end {
            retry(|| file.set_len(end))?;
        }
        Ok(())
    }

    fn sync(&self) -> Result<(), Errno> {
        match &self.contents {
            Contents::Host(file) => synced(file.sync_all()),
            Contents::Tree(_) => Ok(()),
        }
    }

    fn sync_data(&self) -> Result<(), Errno> {
        match &self.contents {
            Contents::Host(file) => synced(file.sync_data()),
            Contents::Tree(_) => Ok(()),
        }
    }
}

/// Places in files are signed for operating systems, and so they are in memory.
fn check_offset(offset: u64) -> Result<(), Errno> {
    match i64::try_from(offset) {
        Ok(_) => Ok(()),
        Err(_) => Err(Errno::Inval),
    }
}

/// Windows refuses to flush what is not open for writing, when there is nothing to do.
pub(super) fn synced(result: io::Result<()>) -> Result<(), Errno> {
    match result {
        Err(error) if cfg!(windows) && error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        result => Ok(result?),
    }
}

/// Calls `transfer` for one slice after the other, until it does less than it could; it returns
/// what it did and what it could have done. What was done before an error counts.
fn each_at<S>(
    slices: impl Iterator<Item = S>,
    offset: u64,
    mut transfer: impl FnMut(S, u64) -> Result<(usize, usize), Errno>,
) -> Result<usize, Errno> {
    let mut total = 0;
    for slice in slices {
        let at = offset.checked_add(total as u64).ok_or(Errno::Inval);
        match at.and_then(|at| transfer(slice, at)) {
            Ok((count, wanted)) => {
                total += count;
                if count < wanted {
                    break;
                }
            }
            Err(_) if total > 0 => break,
            Err(error) => return Err(error),
        }
    }
    Ok(total)
}

#[cfg(unix)]
fn read_at(file: &fs::File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, bytes, offset)
}

#[cfg(unix)]
fn write_at(file: &fs::File, bytes: &[u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::write_at(file, bytes, offset)
}

#[cfg(not(unix))]
fn read_at(mut file: &fs::File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    let before = file.stream_position()?;
    file.seek(SeekFrom::Start(offset))?;
    let count = file.read(bytes);
    file.seek(SeekFrom::Start(before))?;
    count
}

#[cfg(not(unix))]
fn write_at(mut file: &fs::File, bytes: &[u8], offset: u64) -> io::Result<usize> {
    let before = file.stream_position()?;
    file.seek(SeekFrom::Start(offset))?;
    let count = file.write(bytes);
    file.seek(SeekFrom::Start(before))?;
    count
}

/// The file to seek in. Streams have no position; for a directory there is `fd_readdir`.
fn seekable(wasi: &State, fd: i32) -> Result<Arc<File>, Errno> {
    match wasi.descriptors.get(fd)? {
        Descriptor::File(file) => Ok(file),
        Descriptor::Directory(_) => Err(Errno::Badf),
        Descriptor::Input(_)
        | Descriptor::Output(_)
        | Descriptor::Listener(_)
        | Descriptor::Connection(_) => Err(Errno::Spipe),
    }
}

/// `fd_seek`.
pub(super) fn seek(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    abi: Abi,
    fd: i32,
    offset: i64,
    whence: i32,
    position: i32,
) -> Result<(), Errno> {
    let slot = Slot::new(memory, position, 8)?;
    let file = seekable(wasi, fd)?;
    // The older interface counts from the current place, the end, the start.
    let whence = match (abi, whence) {
        (Abi::Snapshot0, 0..=2) => (whence + 1) % 3,
        _ => whence,
    };
    let target = match whence {
        0 => SeekFrom::Start(u64::try_from(offset).map_err(|_| Errno::Inval)?),
        1 => SeekFrom::Current(offset),
        2 => SeekFrom::End(offset),
        _ => return Err(Errno::Inval),
    };
    let position = file.seek(target)?;
    slot.write(memory, position.to_le_bytes());
    Ok(())
}

/// `fd_tell`.
pub(super) fn tell(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    fd: i32,
    position: i32,
) -> Result<(), Errno> {
    let slot = Slot::new(memory, position, 8)?;
    let position = seekable(wasi, fd)?.seek(SeekFrom::Current(0))?;
    slot.write(memory, position.to_le_bytes());
    Ok(())
}

/// `fd_sync`.
pub(super) fn sync(wasi: &State, _memory: &mut WasiMemory<'_>, fd: i32) -> Result<(), Errno> {
    match wasi.descriptors.get(fd)? {
        Descriptor::File(file) => file.sync(),
        Descriptor::Directory(directory) => directory.sync(),
        Descriptor::Output(output) => output.flush(),
        Descriptor::Input(_) | Descriptor::Listener(_) | Descriptor::Connection(_) => {
            Err(Errno::Inval)
        }
    }
}

/// `fd_datasync`.
pub(super) fn datasync(wasi: &State, memory: &mut WasiMemory<'_>, fd: i32) -> Result<(), Errno> {
    match wasi.descriptors.get(fd)? {
        Descriptor::File(file) => file.sync_data(),
        _ => sync(wasi, memory, fd),
    }
}

/// `fd_advise`. Nobody has to take advice, and only Linux is given it.
pub(super) fn advise(
    wasi: &State,
    _memory: &mut WasiMemory<'_>,
    fd: i32,
    offset: i64,
    len: i64,
    advice: i32,
) -> Result<(), Errno> {
    let file = wasi.descriptors.file(fd)?;
    if !(0..=5).contains(&advice) {
        return Err(Errno::Inval);
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if let Contents::Host(file) = &file.contents {
        use rustix::fs::Advice;
        let advice = match advice {
            1 => Advice::Sequential,
            2 => Advice::Random,
            3 => Advice::WillNeed,
            4 => Advice::DontNeed,
            5 => Advice::NoReuse,
            _ => Advice::Normal,
        };
        // No length is up to the end.
        let len = core::num::NonZeroU64::new(len as u64);
        return retry(|| Ok(rustix::fs::fadvise(file, offset as u64, len, advice)?));
    }
    _ = (file, offset, len);
    Ok(())
}

/// `fd_allocate`.
pub(super) fn allocate(
    wasi: &State,
    _memory: &mut WasiMemory<'_>,
    fd: i32,
    offset: i64,
    len: i64,
) -> Result<(), Errno> {
    wasi.descriptors
        .file(fd)?
        .allocate(offset as u64, len as u64, wasi)
}

#[cfg(test)]
mod tests {
    use super::super::snapshot_preview1::{
        fd_advise, fd_allocate, fd_datasync, fd_seek, fd_sync, fd_tell,
    };
    use super::super::testing::Guest;
    use super::super::types::oflags;
    use super::*;

    fn seek(guest: &mut Guest, fd: i32, offset: i64, whence: i32) -> Result<u64, Errno> {
        guest.result_u64(|w, m, slot| fd_seek(w, m, fd, offset, whence, slot))
    }

    #[test]
    fn seeking() {
        let mut guest = Guest::new();
        let fd = guest.create("file", b"0123456789");
        assert_eq!(seek(&mut guest, fd, 4, 0), Ok(4));
        assert_eq!(guest.read(fd, 2), Ok(b"45".to_vec()));
        assert_eq!(seek(&mut guest, fd, -1, 1), Ok(5));
        assert_eq!(seek(&mut guest, fd, -3, 2), Ok(7));
        assert_eq!(
            guest.result_u64(|w, m, slot| fd_tell(w, m, fd, slot)),
            Ok(7)
        );
        assert_eq!(seek(&mut guest, fd, 5, 2), Ok(15));
        assert_eq!(guest.read(fd, 2), Ok(vec![]));

        assert_eq!(seek(&mut guest, fd, -1, 0), Err(Errno::Inval));
        assert_eq!(seek(&mut guest, fd, -16, 1), Err(Errno::Inval));
        assert_eq!(seek(&mut guest, fd, i64::MIN, 2), Err(Errno::Inval));
        assert_eq!(seek(&mut guest, fd, 0, 3), Err(Errno::Inval));
        assert_eq!(seek(&mut guest, fd, 0, -1), Err(Errno::Inval));
        assert_eq!(seek(&mut guest, 0, 0, 0), Err(Errno::Spipe));
        assert_eq!(seek(&mut guest, 1, 0, 0), Err(Errno::Spipe));
        assert_eq!(seek(&mut guest, 3, 0, 0), Err(Errno::Badf));
        assert_eq!(seek(&mut guest, 99, 0, 0), Err(Errno::Badf));
        assert_eq!(
            guest.result_u64(|w, m, slot| fd_tell(w, m, 0, slot)),
            Err(Errno::Spipe)
        );
        // A bad pointer is noticed before anything moves.
        assert_eq!(guest.call(|w, m| fd_seek(w, m, fd, 0, 0, -8)), Errno::Fault);
        assert_eq!(guest.call(|w, m| fd_seek(w, m, fd, 0, 0, 4)), Errno::Inval);
        assert_eq!(
            guest.result_u64(|w, m, slot| fd_tell(w, m, fd, slot)),
            Ok(15)
        );
    }

    #[test]
    fn syncing() {
        let mut guest = Guest::new();
        let fd = guest.create("file", b"");
        for fd in [fd, 3, 1] {
            assert_eq!(guest.call(|w, m| fd_sync(w, m, fd)), Errno::Success);
            assert_eq!(guest.call(|w, m| fd_datasync(w, m, fd)), Errno::Success);
        }
        assert_eq!(guest.call(|w, m| fd_sync(w, m, 0)), Errno::Inval);
        assert_eq!(guest.call(|w, m| fd_datasync(w, m, 9)), Errno::Badf);
    }

    #[test]
    fn advice() {
        let mut guest = Guest::new();
        let fd = guest.create("file", b"");
        for advice in 0..=5 {
            assert_eq!(
                guest.call(|w, m| fd_advise(w, m, fd, 0, 0, advice)),
                Errno::Success
            );
        }
        assert_eq!(
            guest.call(|w, m| fd_advise(w, m, fd, 0, 0, 6)),
            Errno::Inval
        );
        assert_eq!(
            guest.call(|w, m| fd_advise(w, m, fd, 0, 0, -1)),
            Errno::Inval
        );
        assert_eq!(guest.call(|w, m| fd_advise(w, m, 3, 0, 0, 0)), Errno::Badf);
    }

    #[test]
    fn allocating_only_makes_longer() {
        let mut guest = Guest::new();
        let fd = guest.create("file", b"0123456789");
        assert_eq!(
            guest.call(|w, m| fd_allocate(w, m, fd, 2, 3)),
            Errno::Success
        );
        assert_eq!(guest.read_at(fd, 0, 99), Ok(b"0123456789".to_vec()));
        assert_eq!(
            guest.call(|w, m| fd_allocate(w, m, fd, 8, 4)),
            Errno::Success
        );
        assert_eq!(guest.read_at(fd, 0, 99), Ok(b"0123456789\0\0".to_vec()));
        assert_eq!(guest.call(|w, m| fd_allocate(w, m, fd, 0, 0)), Errno::Inval);
        assert_eq!(guest.call(|w, m| fd_allocate(w, m, fd, -1, 2)), Errno::Fbig);
        assert_ne!(
            guest.call(|w, m| fd_allocate(w, m, fd, -2, 1)),
            Errno::Success
        );
        assert_eq!(guest.call(|w, m| fd_allocate(w, m, 3, 0, 1)), Errno::Badf);
        let reader = guest.open("file", 0, rights::FD_READ).unwrap();
        assert_eq!(
            guest.call(|w, m| fd_allocate(w, m, reader, 0, 1)),
            Errno::Badf
        );
    }

    #[test]
    fn a_file_is_used_only_as_it_was_opened() {
        let mut guest = Guest::new();
        guest.create("file", b"abc");
        let reader = guest.open("file", 0, rights::FD_READ).unwrap();
        assert_eq!(guest.write(reader, b"x"), Err(Errno::Badf));
        assert_eq!(guest.write(reader, b""), Err(Errno::Badf));
        let writer = guest.open("file", 0, rights::FD_WRITE).unwrap();
        assert_eq!(guest.read(writer, 1), Err(Errno::Badf));
        assert_eq!(guest.write(writer, b"x"), Ok(1));
        // Created for reading: not writable, although the operating system had to open it so.
        let created = guest.open("new", oflags::CREAT, rights::FD_READ).unwrap();
        assert_eq!(guest.write(created, b"x"), Err(Errno::Badf));
        let emptied = guest.open("file", oflags::TRUNC, rights::FD_READ).unwrap();
        assert_eq!(guest.write(emptied, b"x"), Err(Errno::Badf));
        assert_eq!(guest.read(emptied, 9), Ok(vec![]));
    }
}
