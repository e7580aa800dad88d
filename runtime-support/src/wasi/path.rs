//! What is done with paths, but for opening them.

use std::path::{Path, PathBuf};

use cap_fs_ext::DirExt;

use super::context::State;
use super::directory::Place;
use super::errno::{Errno, retry};
use super::memory::{Slot, WasiMemory};
use super::status::Times;
use super::types::{Abi, Filestat, SYMLINK_FOLLOW};

/// No system takes longer paths, and copies of them are made.
const LONGEST: u32 = 1 << 16;

/// The path at `ptr`.
pub(super) fn read_path(memory: &WasiMemory<'_>, ptr: i32, len: i32) -> Result<PathBuf, Errno> {
    memory.range(ptr, len)?;
    if len as u32 > LONGEST {
        return Err(Errno::Nametoolong);
    }
    let bytes = memory.bytes(ptr, len)?.into_owned();
    if bytes.is_empty() {
        return Err(Errno::Noent);
    }
    if bytes.contains(&0) {
        return Err(Errno::Inval);
    }
    from_bytes(bytes)
}

#[cfg(unix)]
fn from_bytes(bytes: Vec<u8>) -> Result<PathBuf, Errno> {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;
    Ok(OsString::from_vec(bytes).into())
}

#[cfg(not(unix))]
fn from_bytes(bytes: Vec<u8>) -> Result<PathBuf, Errno> {
    Ok(String::from_utf8(bytes).map_err(|_| Errno::Ilseq)?.into())
}

/// Whether `lookupflags` ask to follow a symbolic link at the end of the path.
pub(super) fn follows(lookup: i32) -> Result<bool, Errno> {
    match lookup as u32 {
        0 => Ok(false),
        SYMLINK_FOLLOW => Ok(true),
        _ => Err(Errno::Inval),
    }
}

/// Whether only a directory may be at the end of the path. A symbolic link there is followed.
fn is_of_directory(path: &Path) -> bool {
    let bytes = path.as_os_str().as_encoded_bytes();
    bytes.ends_with(b"/") || bytes.ends_with(b"/.")
}

/// `path_create_directory`.
pub(super) fn create_directory(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    fd: i32,
    path: i32,
    path_len: i32,
) -> Result<(), Errno> {
    let directory = wasi.descriptors.directory(fd)?;
    let path = read_path(memory, path, path_len)?;
    match directory.to_change()? {
        Place::Host(directory) => retry(|| directory.create_dir(&path)),
        Place::Tree(place) => place.create_directory(&path, wasi),
    }
}

/// `path_filestat_get`.
#[expect(clippy::too_many_arguments, reason = "as many as the document has")]
pub(super) fn filestat(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    abi: Abi,
    fd: i32,
    lookup: i32,
    path: i32,
    path_len: i32,
    stat: i32,
) -> Result<(), Errno> {
    let place = memory.array(stat, 1, Filestat::size(abi), Filestat::ALIGN)?;
    let follow = follows(lookup)?;
    let directory = wasi.descriptors.directory(fd)?;
    let path = read_path(memory, path, path_len)?;
    let stat = match directory.place() {
        Place::Host(directory) if follow || is_of_directory(&path) => {
            Filestat::new(&directory.metadata(path)?)
        }
        Place::Host(directory) => Filestat::new(&directory.symlink_metadata(path)?),
        Place::Tree(place) => place.filestat_of(&path, follow)?,
    };
    stat.write(memory, abi, place)
}

/// `path_filestat_set_times`.
#[expect(clippy::too_many_arguments, reason = "as many as the document has")]
pub(super) fn set_times(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    fd: i32,
    lookup: i32,
    path: i32,
    path_len: i32,
    atim: i64,
    mtim: i64,
    flags: i32,
) -> Result<(), Errno> {
    let times = Times::new(wasi, atim, mtim, flags)?;
    let follow = follows(lookup)?;
    let directory = wasi.descriptors.directory(fd)?;
    let path = read_path(memory, path, path_len)?;
    match directory.to_change()? {
        Place::Host(directory) if follow || is_of_directory(&path) => {
            Ok(directory.set_times(path, times.atim, times.mtim)?)
        }
        Place::Host(directory) => Ok(directory.set_symlink_times(path, times.atim, times.mtim)?),
        Place::Tree(place) => place.set_times_of(&path, follow, times),
    }
}

/// `path_link`. A symbolic link is linked itself; following it is not offered, as in Wasmtime.
#[expect(clippy::too_many_arguments, reason = "as many as the document has")]
pub(super) fn link(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    old_fd: i32,
    old_lookup: i32,
    old_path: i32,
    old_path_len: i32,
    new_fd: i32,
    new_path: i32,
    new_path_len: i32,
) -> Result<(), Errno> {
    let old_directory = wasi.descriptors.directory(old_fd)?;
    let new_directory = wasi.descriptors.directory(new_fd)?;
    let old_path = read_path(memory, old_path, old_path_len)?;
    let new_path = read_path(memory, new_path, new_path_len)?;
    if follows(old_lookup)? {
        return Err(Errno::Inval);
    }
    match (old_directory.to_change()?, new_directory.to_change()?) {
        (Place::Host(old), Place::Host(new)) => retry(|| old.hard_link(&old_path, new, &new_path)),
        (Place::Tree(old), Place::Tree(new)) => old.link(&old_path, new, &new_path, wasi),
        _ => Err(Errno::Xdev),
    }
}

/// `path_readlink`. What does not fit is cut off.
#[expect(clippy::too_many_arguments, reason = "as many as the document has")]
pub(super) fn readlink(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    fd: i32,
    path: i32,
    path_len: i32,
    buffer: i32,
    buffer_len: i32,
    used: i32,
) -> Result<(), Errno> {
    let slot = Slot::new(memory, used, 4)?;
    let buffer = memory.range(buffer, buffer_len)?;
    let directory = wasi.descriptors.directory(fd)?;
    let path = read_path(memory, path, path_len)?;
    let target = match directory.place() {
        Place::Host(directory) => to_bytes(retry(|| directory.read_link(&path))?)?,
        Place::Tree(place) => place.readlink(&path)?,
    };
    let count = target.len().min(buffer.len());
    memory.write(buffer.start, &target[..count])?;
    slot.write(memory, (count as u32).to_le_bytes());
    Ok(())
}

#[cfg(unix)]
fn to_bytes(path: PathBuf) -> Result<Vec<u8>, Errno> {
    use std::os::unix::ffi::OsStringExt;
    Ok(path.into_os_string().into_vec())
}

#[cfg(not(unix))]
fn to_bytes(path: PathBuf) -> Result<Vec<u8>, Errno> {
    let path = path.into_os_string().into_string();
    path.map(String::into_bytes).map_err(|_| Errno::Ilseq)
}

/// `path_remove_directory`.
pub(super) fn remove_directory(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    fd: i32,
    path: i32,
    path_len: i32,
) -> Result<(), Errno> {
    let directory = wasi.descriptors.directory(fd)?;
    let mut path = read_path(memory, path, path_len)?;
    // `cap-std` takes `name/` for `name/.`, which cannot be removed; and in memory a symbolic link
    // would be followed.
    while path.as_os_str().len() > 1 && path.as_os_str().as_encoded_bytes().ends_with(b"/") {
        path = without_slash(path);
    }
    match directory.to_change()? {
        Place::Host(directory) => retry(|| directory.remove_dir(&path)),
        Place::Tree(place) => place.remove_directory(&path, wasi),
    }
}

/// The path without its last byte, a slash.
fn without_slash(path: PathBuf) -> PathBuf {
    let mut bytes = path.into_os_string().into_encoded_bytes();
    bytes.pop();
    match from_bytes(bytes) {
        Ok(path) => path,
        // It was UTF-8 where it must be.
        Err(_) => PathBuf::new(),
    }
}

/// `path_rename`.
#[expect(clippy::too_many_arguments, reason = "as many as the document has")]
pub(super) fn rename(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    old_fd: i32,
    old_path: i32,
    old_path_len: i32,
    new_fd: i32,
    new_path: i32,
    new_path_len: i32,
) -> Result<(), Errno> {
    let old_directory = wasi.descriptors.directory(old_fd)?;
    let new_directory = wasi.descriptors.directory(new_fd)?;
    let old_path = read_path(memory, old_path, old_path_len)?;
    let new_path = read_path(memory, new_path, new_path_len)?;
    match (old_directory.to_change()?, new_directory.to_change()?) {
        (Place::Host(old), Place::Host(new)) => {
            // `cap-std` would rename a file to `name/`.
            if is_of_directory(&new_path) && !old.symlink_metadata(&old_path)?.is_dir() {
                return Err(Errno::Notdir);
            }
            retry(|| old.rename(&old_path, new, &new_path))
        }
        (Place::Tree(old), Place::Tree(new)) => old.rename(&old_path, new, &new_path, wasi),
        _ => Err(Errno::Xdev),
    }
}

/// `path_symlink`. An absolute target is refused: other programs might follow it.
pub(super) fn symlink(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    target: i32,
    target_len: i32,
    fd: i32,
    path: i32,
    path_len: i32,
) -> Result<(), Errno> {
    let directory = wasi.descriptors.directory(fd)?;
    let target = read_path(memory, target, target_len)?;
    let path = read_path(memory, path, path_len)?;
    match directory.to_change()? {
        // Windows has links to files and links to directories; this looks which it must be.
        Place::Host(directory) => retry(|| DirExt::symlink(directory, &target, &path)),
        Place::Tree(place) => place.symlink(&target, &path, wasi),
    }
}

/// `path_unlink_file`.
pub(super) fn unlink_file(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    fd: i32,
    path: i32,
    path_len: i32,
) -> Result<(), Errno> {
    let directory = wasi.descriptors.directory(fd)?;
    let path = read_path(memory, path, path_len)?;
    match directory.to_change()? {
        Place::Host(directory) => retry(|| directory.remove_file_or_symlink(&path)),
        Place::Tree(place) => place.unlink_file(&path, wasi),
    }
}

#[cfg(test)]
mod tests {
    use super::super::snapshot_preview1::{
        path_create_directory, path_filestat_get, path_link, path_remove_directory, path_rename,
        path_symlink, path_unlink_file,
    };
    use super::super::testing::{Guest, OnePath};
    use super::*;

    impl Guest {
        pub fn one(&mut self, call: OnePath, path: &str) -> Errno {
            let path = self.path(path);
            self.call(|w, m| call(w, m, 3, path.0, path.1))
        }

        pub fn stat(&mut self, lookup: i32, path: &str) -> Result<(u8, u64, u64, u64), Errno> {
            let path = self.path(path);
            match self.call(|w, m| path_filestat_get(w, m, 3, lookup, path.0, path.1, 0)) {
                Errno::Success => Ok((
                    self.memory[16],
                    self.u64_at(24),
                    self.u64_at(32),
                    self.u64_at(48),
                )),
                errno => Err(errno),
            }
        }

        pub fn link(&mut self, lookup: i32, old: &str, new: &str) -> Errno {
            let (old, new) = self.paths(old, new);
            self.call(|w, m| path_link(w, m, 3, lookup, old.0, old.1, 3, new.0, new.1))
        }

        pub fn rename(&mut self, old: &str, new: &str) -> Errno {
            let (old, new) = self.paths(old, new);
            self.call(|w, m| path_rename(w, m, 3, old.0, old.1, 3, new.0, new.1))
        }
    }

    #[test]
    fn directories_come_and_go() {
        let mut guest = Guest::new();
        assert_eq!(guest.one(path_create_directory, "a"), Errno::Success);
        assert_eq!(guest.one(path_create_directory, "a"), Errno::Exist);
        assert_eq!(guest.one(path_create_directory, "a/b/"), Errno::Success);
        assert_eq!(guest.one(path_create_directory, "x/b"), Errno::Noent);
        assert_eq!(guest.one(path_remove_directory, "a"), Errno::Notempty);
        // POSIX says `EPERM`, Linux `EISDIR`.
        let unlinked = guest.one(path_unlink_file, "a/b");
        assert!(matches!(
            unlinked,
            Errno::Isdir | Errno::Perm | Errno::Acces
        ));
        assert_eq!(guest.one(path_remove_directory, "a/b/"), Errno::Success);
        assert_eq!(guest.one(path_remove_directory, "a"), Errno::Success);
        assert_eq!(guest.one(path_remove_directory, "a"), Errno::Noent);
        guest.create("file", b"");
        assert_eq!(guest.one(path_remove_directory, "file"), Errno::Notdir);
        assert_eq!(guest.one(path_unlink_file, "file/"), Errno::Notdir);
        assert_eq!(guest.one(path_unlink_file, "file"), Errno::Success);
        assert_eq!(guest.one(path_unlink_file, "file"), Errno::Noent);
    }

    #[test]
    fn files_are_renamed() {
        let mut guest = Guest::new();
        guest.host_write("a", b"abc");
        assert_eq!(guest.rename("a", "b"), Errno::Success);
        assert_eq!(guest.host_read("b"), b"abc");
        assert_eq!(guest.rename("a", "b"), Errno::Noent);
        assert_eq!(guest.one(path_create_directory, "sub"), Errno::Success);
        assert_eq!(guest.rename("b", "sub"), Errno::Isdir);
        assert_eq!(guest.rename("b", "sub/c"), Errno::Success);
        assert_eq!(guest.rename("sub/", "other/"), Errno::Success);
        assert_eq!(guest.host_read("other/c"), b"abc");
        assert_eq!(guest.rename("other", "other/below"), Errno::Inval);
    }

    #[test]
    fn links_are_made() {
        let mut guest = Guest::new();
        guest.host_write("a", b"abc");
        assert_eq!(guest.link(0, "a", "b"), Errno::Success);
        assert_eq!(guest.stat(0, "b").map(|stat| (stat.1, stat.2)), Ok((2, 3)));
        assert_eq!(guest.link(0, "a", "b"), Errno::Exist);
        assert_eq!(guest.link(0, "x", "y"), Errno::Noent);
        assert_eq!(guest.link(1, "a", "c"), Errno::Inval);
        assert_eq!(guest.link(2, "a", "c"), Errno::Inval);
        assert_eq!(guest.one(path_create_directory, "sub"), Errno::Success);
        assert!(matches!(
            guest.link(0, "sub", "c"),
            Errno::Perm | Errno::Acces
        ));
    }

    #[test]
    fn files_are_described() {
        let mut guest = Guest::new();
        guest.host_write("file", b"abc");
        assert_eq!(
            guest.stat(0, "file").map(|stat| (stat.0, stat.1, stat.2)),
            Ok((4, 1, 3))
        );
        assert_eq!(guest.stat(1, ".").map(|stat| stat.0), Ok(3));
        assert_eq!(guest.stat(0, "missing"), Err(Errno::Noent));
        assert_eq!(guest.stat(0, "file/"), Err(Errno::Notdir));
        assert_eq!(guest.stat(0, ""), Err(Errno::Noent));
        assert_eq!(guest.stat(2, "file"), Err(Errno::Inval));
        let path = guest.path("file");
        let mut stat =
            |fd, slot| guest.call(|w, m| path_filestat_get(w, m, fd, 0, path.0, path.1, slot));
        assert_eq!(stat(3, 4), Errno::Inval);
        assert_eq!(stat(3, -8), Errno::Fault);
        assert_eq!(stat(0, 0), Errno::Notdir);
        assert_eq!(stat(9, 0), Errno::Badf);
    }

    #[test]
    fn bad_pointers() {
        let mut guest = Guest::new();
        let end = guest.memory.len() as i32;
        for path in [(end - 1, 2), (-1, 1), (0, -1)] {
            for call in [
                path_create_directory,
                path_remove_directory,
                path_unlink_file,
            ] {
                assert_eq!(
                    guest.call(|w, m| call(w, m, 3, path.0, path.1)),
                    Errno::Fault
                );
            }
            let rename = guest.call(|w, m| path_rename(w, m, 3, 0, 1, 3, path.0, path.1));
            assert!(matches!(rename, Errno::Fault | Errno::Inval), "{rename:?}");
            let symlink = guest.call(|w, m| path_symlink(w, m, path.0, path.1, 3, 0, 1));
            assert_eq!(symlink, Errno::Fault);
        }
        assert_eq!(guest.one(path_create_directory, ""), Errno::Noent);
        assert_eq!(guest.one(path_create_directory, "a\0b"), Errno::Inval);
        for call in [
            path_create_directory,
            path_remove_directory,
            path_unlink_file,
        ] {
            assert_eq!(guest.call(|w, m| call(w, m, 0, 0, 1)), Errno::Notdir);
            assert_eq!(guest.call(|w, m| call(w, m, 9, 0, 1)), Errno::Badf);
        }
    }
}
