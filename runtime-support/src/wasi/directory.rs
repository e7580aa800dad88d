//! Open directories, and listing them (`fd_readdir`).

use std::sync::{Mutex, PoisonError};

use cap_fs_ext::{DirExt, OpenOptionsMaybeDirExt};
use cap_std::fs::{Dir, DirEntry, OpenOptions, ReadDir};

use super::context::State;
use super::errno::Errno;
use super::file::synced;
use super::memory::{Slot, WasiMemory};
use super::status::Times;
use super::tree::TreePlace;
use super::types::{Dirent, Fdstat, Filestat, Filetype, rights};

/// An open directory. Paths that start here do not lead out of it.
pub(super) struct Directory {
    place: Place,
    /// Whether anything in it may be changed.
    writable: bool,
    /// The name by which it was granted, if it was.
    guest_path: Option<String>,
    listing: Mutex<Option<Listing>>,
}

/// Where a directory is.
pub(super) enum Place {
    /// In the host's file system.
    Host(Dir),
    /// In a tree in memory.
    Tree(TreePlace),
}

impl Directory {
    /// A directory the embedder grants.
    pub fn granted(place: Place, writable: bool, guest_path: String) -> Self {
        Directory {
            place,
            writable,
            guest_path: Some(guest_path),
            listing: Mutex::default(),
        }
    }

    /// A directory the guest opened in this one.
    pub fn opened(&self, place: Place) -> Self {
        Directory {
            place,
            writable: self.writable,
            guest_path: None,
            listing: Mutex::default(),
        }
    }

    pub fn place(&self) -> &Place {
        &self.place
    }

    pub fn is_writable(&self) -> bool {
        self.writable
    }

    /// The place, to change something in it.
    pub fn to_change(&self) -> Result<&Place, Errno> {
        if self.writable {
            Ok(&self.place)
        } else {
            Err(Errno::Perm)
        }
    }

    pub fn guest_path(&self) -> Option<&str> {
        self.guest_path.as_deref()
    }

    pub fn fdstat(&self) -> Fdstat {
        let (mut rights, mut inheriting) = (rights::DIRECTORY, rights::INHERITED);
        if !self.writable {
            rights &= !rights::CHANGING;
            inheriting &= !rights::CHANGING;
        }
        Fdstat {
            filetype: Filetype::Directory,
            flags: 0,
            rights,
            inheriting,
        }
    }

    pub fn filestat(&self) -> Result<Filestat, Errno> {
        match &self.place {
            Place::Host(directory) => Ok(Filestat::new(&directory.dir_metadata()?)),
            Place::Tree(place) => Ok(place.filestat()),
        }
    }

    pub fn sync(&self) -> Result<(), Errno> {
        match &self.place {
            Place::Host(directory) => {
                // The handle may be good for nothing but paths (`O_PATH`).
                let options = OpenOptions::new().read(true).maybe_dir(true).clone();
                synced(directory.open_with(".", &options)?.into_std().sync_all())
            }
            Place::Tree(_) => Ok(()),
        }
    }

    pub fn set_times(&self, times: Times) -> Result<(), Errno> {
        match self.to_change()? {
            Place::Host(directory) => Ok(directory.set_times(".", times.atim, times.mtim)?),
            Place::Tree(place) => {
                place.set_times(times);
                Ok(())
            }
        }
    }
}

/// What has been read of a directory.
///
/// A guest asks for entries from a cookie on, which is the number of entries before it. It may
/// come back to an earlier one, because its buffer ended in the middle of an entry or because it
/// remembers places (`seekdir`), and it may have removed what it was shown in the meantime (`rm
/// -r`). So what was read is kept, until the guest starts over.
struct Listing {
    read: Vec<Entry>,
    /// Nothing once all has been read.
    rest: Option<ReadDir>,
}

/// An entry of a directory.
pub(super) struct Entry {
    pub name: Box<[u8]>,
    pub ino: u64,
    pub filetype: Filetype,
}

impl Listing {
    fn new(directory: &Directory) -> Result<Self, Errno> {
        let ino = directory.filestat()?.ino;
        // What is above must not show, and POSIX has the root be its own parent.
        let dot = |name: &[u8]| Entry {
            name: name.into(),
            ino,
            filetype: Filetype::Directory,
        };
        let mut read = vec![dot(b"."), dot(b"..")];
        let rest = match &directory.place {
            Place::Host(directory) => Some(directory.entries()?),
            Place::Tree(place) => {
                read.extend(place.entries());
                None
            }
        };
        Ok(Listing { read, rest })
    }

    fn get(&mut self, index: usize) -> Result<Option<&Entry>, Errno> {
        while self.read.len() <= index {
            match self.rest.as_mut().and_then(Iterator::next) {
                Some(entry) => {
                    if let Some(entry) = Entry::new(&entry?) {
                        self.read.push(entry);
                    }
                }
                None => {
                    self.rest = None;
                    return Ok(None);
                }
            }
        }
        Ok(self.read.get(index))
    }
}

impl Entry {
    fn new(entry: &DirEntry) -> Option<Self> {
        Some(Entry {
            name: name(entry)?.into(),
            ino: ino(entry),
            filetype: entry.file_type().map_or(Filetype::Unknown, Filetype::from),
        })
    }
}

#[cfg(unix)]
fn name(entry: &DirEntry) -> Option<Vec<u8>> {
    use std::os::unix::ffi::OsStringExt;
    Some(entry.file_name().into_vec())
}

/// A name that is not UTF-8 could not be opened either.
#[cfg(not(unix))]
fn name(entry: &DirEntry) -> Option<Vec<u8>> {
    entry.file_name().into_string().ok().map(String::into_bytes)
}

#[cfg(unix)]
fn ino(entry: &DirEntry) -> u64 {
    std::os::unix::fs::DirEntryExt::ino(entry)
}

/// C libraries ask for it when it is zero (`fstatat`), which saves opening every file here.
#[cfg(not(unix))]
fn ino(_entry: &DirEntry) -> u64 {
    0
}

/// `fd_readdir`. The buffer is filled to its end if there are enough entries: a guest knows that
/// there are more by that, and the last one may be cut.
pub(super) fn read(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    fd: i32,
    buffer: i32,
    buffer_len: i32,
    cookie: i64,
    used: i32,
) -> Result<(), Errno> {
    let slot = Slot::new(memory, used, 4)?;
    let buffer = memory.range(buffer, buffer_len)?;
    let directory = wasi.descriptors.directory(fd)?;
    // Nothing panics in the middle of a change.
    let listing = &mut *directory
        .listing
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if cookie == 0 {
        *listing = None;
    }
    let listing = match listing {
        Some(listing) => listing,
        listing => listing.insert(Listing::new(&directory)?),
    };
    // There are no more entries than fit in a host's memory.
    let mut index = usize::try_from(cookie as u64).unwrap_or(usize::MAX);
    let mut filled = 0;
    while filled < buffer.len() {
        let entry = match listing.get(index) {
            Ok(Some(entry)) => entry,
            Ok(None) => break,
            // What was read before comes first; the next call meets the error again, or not.
            Err(_) if filled > 0 => break,
            Err(error) => return Err(error),
        };
        let head = Dirent {
            next: index as u64 + 1,
            ino: entry.ino,
            // Names are no longer than some hundred bytes anywhere.
            name_len: entry.name.len() as u32,
            filetype: entry.filetype,
        };
        for part in [&head.to_bytes()[..], &entry.name] {
            let count = part.len().min(buffer.len() - filled);
            memory.write(buffer.start + filled, &part[..count])?;
            filled += count;
        }
        index += 1;
    }
    // The buffer is no longer than 32 bits can say.
    slot.write(memory, (filled as u32).to_le_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::snapshot_preview1::{fd_readdir, path_filestat_get};
    use super::super::testing::Guest;
    use super::*;

    type Listed = (Vec<u8>, u64, u64, u8);

    /// Reads one buffer: names, cookies, inodes and types, and whether the buffer was full.
    fn page(guest: &mut Guest, fd: i32, len: i32, cookie: u64) -> (Vec<Listed>, bool) {
        let used = guest
            .result(|w, m, slot| fd_readdir(w, m, fd, 4096, len, cookie as i64, slot))
            .unwrap() as usize;
        let mut entries = Vec::new();
        let mut rest = &guest.memory[4096..4096 + used];
        while let Some((head, tail)) = rest.split_at_checked(24) {
            let u64_at = |at: usize| u64::from_le_bytes(head[at..at + 8].try_into().unwrap());
            let len = head[16] as usize;
            let Some((name, tail)) = tail.split_at_checked(len) else {
                break;
            };
            entries.push((name.to_vec(), u64_at(0), u64_at(8), head[20]));
            rest = tail;
        }
        (entries, used == len as usize)
    }

    /// Reads all as a C library does.
    fn all(guest: &mut Guest, fd: i32, len: i32) -> Vec<Vec<u8>> {
        let (mut names, mut cookie) = (Vec::new(), 0);
        loop {
            let (entries, full) = page(guest, fd, len, cookie);
            cookie = entries.last().map_or(cookie, |entry| entry.1);
            names.extend(entries.into_iter().map(|entry| entry.0));
            if !full {
                names.sort();
                return names;
            }
        }
    }

    #[test]
    fn an_empty_directory_has_its_dots() {
        let mut guest = Guest::new();
        let (entries, full) = page(&mut guest, 3, 4096, 0);
        assert!(!full);
        let path = guest.path(".");
        let stat = guest.call(|w, m| path_filestat_get(w, m, 3, 0, path.0, path.1, 0));
        assert_eq!(stat, Errno::Success);
        let ino = guest.u64_at(8);
        assert_eq!(
            entries,
            [(b".".to_vec(), 1, ino, 3), (b"..".to_vec(), 2, ino, 3)]
        );
    }

    #[test]
    fn all_entries_are_listed_whatever_the_buffer() {
        let mut guest = Guest::new();
        let mut expected = vec![b".".to_vec(), b"..".to_vec()];
        for i in 0..60 {
            let name = format!("{i:0width$}", width = 1 + i % 7);
            guest.host_write(&name, b"");
            expected.push(name.into_bytes());
        }
        expected.sort();
        for len in [31, 32, 33, 100, 999, 4096] {
            assert_eq!(all(&mut guest, 3, len), expected, "{len}");
        }
    }

    #[test]
    fn cookies_stay_valid_while_entries_go() {
        let mut guest = Guest::new();
        for i in 0..40 {
            guest.host_write(&format!("file{i:02}"), b"");
        }
        // As `rm -r` does: read some, remove them, go on.
        let (mut cookie, mut removed) = (0, 0);
        loop {
            let (entries, full) = page(&mut guest, 3, 200, cookie);
            for (name, next, ..) in entries {
                cookie = next;
                if name[0] != b'.' {
                    guest.host_remove(std::str::from_utf8(&name).unwrap());
                    removed += 1;
                }
            }
            if !full {
                break;
            }
        }
        assert_eq!(removed, 40);
        // An earlier cookie shows what was there; starting over shows what is there.
        assert!(page(&mut guest, 3, 4096, 2).0.len() == 40);
        assert_eq!(all(&mut guest, 3, 4096).len(), 2);
    }

    #[test]
    fn types_and_inodes_are_given() {
        let mut guest = Guest::new();
        guest.host_write("file", b"");
        std::fs::create_dir(guest.host_path("sub")).unwrap();
        let (entries, _) = page(&mut guest, 3, 4096, 2);
        for (name, _, ino, filetype) in entries {
            assert_eq!(filetype, if name == b"file" { 4 } else { 3 });
            if cfg!(unix) {
                let path = guest.path(std::str::from_utf8(&name).unwrap());
                _ = guest.call(|w, m| path_filestat_get(w, m, 3, 0, path.0, path.1, 0));
                assert_eq!(guest.u64_at(8), ino);
            }
        }
    }

    #[test]
    fn a_short_buffer_is_filled() {
        let mut guest = Guest::new();
        guest.memory.fill(0xff);
        let read = |guest: &mut Guest, len| {
            guest.result(|w, m, slot| fd_readdir(w, m, 3, 4096, len, 0, slot))
        };
        assert_eq!(read(&mut guest, 20), Ok(20));
        assert_eq!(guest.memory[4096..4104], [1, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(guest.memory[4116], 0xff);
        assert_eq!(read(&mut guest, 0), Ok(0));
    }

    #[test]
    fn bad_arguments() {
        let mut guest = Guest::new();
        let fd = guest.create("file", b"");
        let end = guest.memory.len() as i32;
        let read = |guest: &mut Guest, fd, buffer, len, cookie| {
            guest.result(|w, m, slot| fd_readdir(w, m, fd, buffer, len, cookie, slot))
        };
        assert_eq!(read(&mut guest, fd, 0, 64, 0), Err(Errno::Notdir));
        assert_eq!(read(&mut guest, 1, 0, 64, 0), Err(Errno::Notdir));
        assert_eq!(read(&mut guest, 9, 0, 64, 0), Err(Errno::Badf));
        assert_eq!(read(&mut guest, 3, end - 1, 2, 0), Err(Errno::Fault));
        assert_eq!(read(&mut guest, 3, 0, -1, 0), Err(Errno::Fault));
        // Cookies nobody gave out.
        assert_eq!(read(&mut guest, 3, 0, 64, 100), Ok(0));
        assert_eq!(read(&mut guest, 3, 0, 64, -1), Ok(0));
        assert_eq!(read(&mut guest, 3, 0, 64, i64::MIN), Ok(0));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn names_need_not_be_utf8() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let mut guest = Guest::new();
        let name = b"\xff\xfe";
        std::fs::write(guest.root().join(OsStr::from_bytes(name)), "x").unwrap();
        assert!(all(&mut guest, 3, 4096).contains(&name.to_vec()));
    }
}
