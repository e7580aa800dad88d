//! [`WasiFiles`], files in memory.

use core::fmt;
use std::borrow::Cow;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::errno::Errno;
use super::tree::{Kind, Node, Tree, TreePlace, remove};
use super::walk;

/// A tree of files in memory, to be granted to a guest: the files that a program ships with, or
/// room to write in that no disk sees.
///
/// Paths have slashes between their names and start at the root of the tree, with a slash or
/// without. Cloning gives another handle to the same tree, and several guests can be granted it.
///
/// ```
/// use wasm2rs_support::wasi::{Errno, Wasi, WasiFiles};
///
/// # fn main() -> Result<(), Errno> {
/// let files = WasiFiles::new();
/// files.write("etc/greeting", &b"hello"[..])?; // or `include_bytes!("greeting")`, which isn't copied
/// let scratch = WasiFiles::with_limit(16 << 20);
/// let wasi = Wasi::builder()
///     .preopened_files(&files, "/")
///     .preopened_files_writable(&scratch, "/tmp")
///     .build();
/// // Run the guest, then:
/// assert_eq!(scratch.read("result"), Err(Errno::Noent));
/// assert_eq!(files.read("/etc/greeting")?, b"hello");
/// # drop(wasi);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct WasiFiles(Arc<Tree>);

impl WasiFiles {
    /// An empty tree. What is written to it takes the host's memory, without an end.
    pub fn new() -> Self {
        Self::with_limit(u64::MAX)
    }

    /// An empty tree that takes at most `limit` bytes: what files hold, but for those that are part
    /// of the program (`&'static [u8]`), and some hundred bytes for each name. What a guest writes
    /// beyond fails with [`Errno::Nospc`].
    pub fn with_limit(limit: u64) -> Self {
        WasiFiles(Arc::new(Tree::new(limit)))
    }

    /// Adds a file, or replaces one. Directories on the way are made.
    ///
    /// # Errors
    ///
    /// A name is empty, `.` or `..` ([`Errno::Inval`]), a directory has the name
    /// ([`Errno::Isdir`]), something on the way is none ([`Errno::Notdir`]), or there is no room
    /// ([`Errno::Nospc`]).
    pub fn write(&self, path: &str, contents: impl Into<Cow<'static, [u8]>>) -> Result<(), Errno> {
        let _names = self.0.names();
        let (parent, name) = self.parent(path)?;
        if parent.child(name).is_some_and(|node| node.is_directory()) {
            return Err(Errno::Isdir);
        }
        let file = Kind::File(Mutex::new(contents.into()));
        self.0.make(&parent, name, file, 0).map(drop)
    }

    /// Adds a directory, with those on the way, unless it is there.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write), and [`Errno::Exist`] when the path is of something else.
    pub fn create_dir(&self, path: &str) -> Result<(), Errno> {
        let _names = self.0.names();
        let (parent, name) = self.parent(path)?;
        match parent.child(name) {
            Some(node) if node.is_directory() => Ok(()),
            Some(_) => Err(Errno::Exist),
            None => {
                let directory = Kind::Directory(Mutex::default());
                self.0.make(&parent, name, directory, 0).map(drop)
            }
        }
    }

    /// Adds a symbolic link. It may say anything; one that leads out of the tree can't be followed.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write), and [`Errno::Exist`] when the name is taken.
    pub fn symlink(&self, target: &str, path: &str) -> Result<(), Errno> {
        let _names = self.0.names();
        let (parent, name) = self.parent(path)?;
        if parent.child(name).is_some() {
            return Err(Errno::Exist);
        }
        let link = Kind::Link(target.as_bytes().into());
        self.0.make(&parent, name, link, 0).map(drop)
    }

    /// What a file holds now. Symbolic links are followed.
    ///
    /// # Errors
    ///
    /// There is none ([`Errno::Noent`]), or it is a directory ([`Errno::Isdir`]).
    pub fn read(&self, path: &str) -> Result<Vec<u8>, Errno> {
        let _names = self.0.names();
        let path = path.trim_start_matches('/').as_bytes();
        let found = walk::find(&self.0.root, path, true)?;
        match found.existing()?.contents() {
            Some(contents) => Ok(contents),
            None => Err(Errno::Isdir),
        }
    }

    /// Removes a file, a symbolic link, or a directory with all that is in it.
    ///
    /// # Errors
    ///
    /// There is none ([`Errno::Noent`]), or it is the root ([`Errno::Inval`]).
    pub fn remove(&self, path: &str) -> Result<(), Errno> {
        let _names = self.0.names();
        let path = path.trim_start_matches('/').as_bytes();
        let found = walk::find(&self.0.root, path, false)?;
        found.existing()?;
        remove(&found.parent, found.name()?, 0);
        Ok(())
    }

    /// The paths of all files and symbolic links, in order, without a slash in front. Names that
    /// are no UTF-8 are shown as if they were.
    pub fn paths(&self) -> Vec<String> {
        let _names = self.0.names();
        let mut paths = Vec::new();
        let mut rest = vec![(String::new(), self.0.root.clone())];
        while let Some((path, directory)) = rest.pop() {
            for (name, node) in directory.names() {
                let name = String::from_utf8_lossy(&name);
                let path = if path.is_empty() {
                    name.into_owned()
                } else {
                    format!("{path}/{name}")
                };
                if node.is_directory() {
                    rest.push((path, node));
                } else {
                    paths.push(path);
                }
            }
        }
        paths.sort();
        paths
    }

    /// Copies a directory of the host's into the tree, with all that is in it, as `path`. Symbolic
    /// links are copied as such; what is neither file nor directory is left out.
    ///
    /// # Errors
    ///
    /// It can't be read, or as [`write`](Self::write).
    pub fn copy_dir(&self, host_path: impl AsRef<Path>, path: &str) -> io::Result<()> {
        let mut rest = vec![(
            host_path.as_ref().to_owned(),
            path.trim_matches('/').to_owned(),
        )];
        while let Some((host, path)) = rest.pop() {
            if !path.is_empty() {
                self.create_dir(&path).map_err(io::Error::other)?;
            }
            for entry in std::fs::read_dir(&host)? {
                let entry = entry?;
                let name = entry.file_name();
                let name = name.to_str().ok_or(io::ErrorKind::InvalidFilename)?;
                let path = if path.is_empty() {
                    name.to_owned()
                } else {
                    format!("{path}/{name}")
                };
                let kind = entry.file_type()?;
                if kind.is_dir() {
                    rest.push((entry.path(), path));
                } else if kind.is_file() {
                    let contents = std::fs::read(entry.path())?;
                    self.write(&path, contents).map_err(io::Error::other)?;
                } else if kind.is_symlink() {
                    let target = std::fs::read_link(entry.path())?;
                    let target = target.to_str().ok_or(io::ErrorKind::InvalidFilename)?;
                    self.symlink(target, &path).map_err(io::Error::other)?;
                }
            }
        }
        Ok(())
    }

    /// The directory that a path's last name is in, and that name. Directories on the way are made.
    fn parent<'p>(&self, path: &'p str) -> Result<(Arc<Node>, &'p [u8]), Errno> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let mut names = path.split('/').map(str::as_bytes);
        if names.clone().any(|name| matches!(name, b"" | b"." | b"..")) {
            return Err(Errno::Inval);
        }
        let last = names.next_back().ok_or(Errno::Inval)?;
        let mut here = self.0.root.clone();
        for name in names {
            here = match here.child(name) {
                Some(node) if node.is_directory() => node,
                Some(_) => return Err(Errno::Notdir),
                None => {
                    let directory = Kind::Directory(Mutex::default());
                    self.0.make(&here, name, directory, 0)?
                }
            };
        }
        Ok((here, last))
    }

    /// The root, for a guest that takes it for device `dev`.
    pub(super) fn place(&self, dev: u64) -> TreePlace {
        TreePlace {
            tree: self.0.clone(),
            node: self.0.root.clone(),
            // No device of the host's has such a number.
            dev: 0x7732_7200_0000_0000 | dev,
        }
    }
}

impl Default for WasiFiles {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for WasiFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.paths()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::snapshot_preview1::{fd_close, fd_readdir, path_filestat_get};
    use super::super::testing::{Guest, TempDir};
    use super::super::types::{oflags, rights};
    use super::super::{Errno, Wasi};
    use super::*;

    const READ: u64 = rights::FD_READ;
    const WRITE: u64 = rights::FD_WRITE;

    #[test]
    fn trees_are_built() {
        let files = WasiFiles::new();
        assert_eq!(files.write("/a/b/c", &b"abc"[..]), Ok(()));
        assert_eq!(files.write("a/b/c", b"new".to_vec()), Ok(()));
        assert_eq!(files.create_dir("a/b"), Ok(()));
        assert_eq!(files.create_dir("a/d/e"), Ok(()));
        assert_eq!(files.symlink("b/c", "a/link"), Ok(()));
        assert_eq!(files.read("/a/link").unwrap(), b"new");
        assert_eq!(files.read("a"), Err(Errno::Isdir));
        assert_eq!(files.read("x"), Err(Errno::Noent));
        assert_eq!(files.write("a", &b""[..]), Err(Errno::Isdir));
        assert_eq!(files.write("a/b/c/d", &b""[..]), Err(Errno::Notdir));
        assert_eq!(files.create_dir("a/b/c"), Err(Errno::Exist));
        assert_eq!(files.symlink("x", "a/b"), Err(Errno::Exist));
        for path in ["", "/", "a//b", ".", "..", "a/../b", "a/"] {
            assert_eq!(files.write(path, &b""[..]), Err(Errno::Inval), "{path}");
        }
        assert_eq!(
            files.write(&"x".repeat(300), &b""[..]),
            Err(Errno::Nametoolong)
        );
        assert_eq!(files.paths(), ["a/b/c", "a/link"]);
        assert_eq!(files.remove("a/b"), Ok(()));
        assert_eq!(files.remove("a/b"), Err(Errno::Noent));
        assert_eq!(files.paths(), ["a/link"]);
        assert_eq!(format!("{files:?}"), "[\"a/link\"]");
    }

    #[test]
    fn directories_of_the_host_are_copied() {
        let directory = TempDir::new();
        std::fs::create_dir(directory.path().join("sub")).unwrap();
        std::fs::write(directory.path().join("sub/file"), "abc").unwrap();
        let files = WasiFiles::new();
        files.copy_dir(directory.path(), "to/here").unwrap();
        files.copy_dir(directory.path(), "").unwrap();
        assert_eq!(files.paths(), ["sub/file", "to/here/sub/file"]);
        assert!(
            files
                .copy_dir(directory.path().join("missing"), "x")
                .is_err()
        );
    }

    fn guest(files: &WasiFiles) -> Guest {
        Guest::with(Wasi::builder().preopened_files_writable(files, "/").build())
    }

    #[test]
    fn files_are_read_and_written() {
        let files = WasiFiles::new();
        files.write("file", &b"static"[..]).unwrap();
        let mut guest = guest(&files);
        let fd = guest.open("file", 0, READ | WRITE).unwrap();
        assert_eq!(guest.read(fd, 4), Ok(b"stat".to_vec()));
        assert_eq!(guest.read(fd, 4), Ok(b"ic".to_vec()));
        assert_eq!(guest.read(fd, 4), Ok(vec![]));
        assert_eq!(guest.read_at(fd, 1, 3), Ok(b"tat".to_vec()));
        assert_eq!(guest.read_at(fd, 100, 3), Ok(vec![]));
        assert_eq!(guest.read_at(fd, -1, 3), Err(Errno::Inval));
        assert_eq!(guest.write_at(fd, 8, b"xy"), Ok(2));
        assert_eq!(files.read("file").unwrap(), b"static\0\0xy");
        assert_eq!(guest.write(fd, b"!"), Ok(1));
        assert_eq!(files.read("file").unwrap(), b"static!\0xy");
        let other = guest.open_with("file", 1, oflags::TRUNC, WRITE, 1).unwrap();
        assert_eq!(files.read("file").unwrap(), b"");
        assert_eq!(guest.write_at(other, 0, b"ab"), Ok(2));
        assert_eq!(guest.write_at(other, 0, b"cd"), Ok(2));
        assert_eq!(guest.write(other, b"ef"), Ok(2));
        assert_eq!(guest.read(other, 1), Err(Errno::Badf));
        assert_eq!(files.read("file").unwrap(), b"abcdef");
        // One that has no name any more is still there for those who have it open.
        files.remove("file").unwrap();
        assert_eq!(guest.read_at(fd, 0, 9), Ok(b"abcdef".to_vec()));
        assert_eq!(guest.call(|w, m| fd_close(w, m, fd)), Errno::Success);
        assert_eq!(guest.open("file", 0, READ), Err(Errno::Noent));
    }

    #[test]
    fn directories_are_listed_and_told_apart() {
        let (files, others) = (WasiFiles::new(), WasiFiles::new());
        files.write("b", &b"1"[..]).unwrap();
        files.create_dir("a").unwrap();
        files.symlink("b", "c").unwrap();
        others.write("b", &b"1"[..]).unwrap();
        let wasi = Wasi::builder()
            .preopened_files(&files, "/")
            .preopened_files(&others, "/others");
        let mut guest = Guest::with(wasi.build());
        let used = guest
            .result(|w, m, slot| fd_readdir(w, m, 3, 4096, 1000, 0, slot))
            .unwrap() as usize;
        let mut names = Vec::new();
        let mut rest = &guest.memory[4096..4096 + used];
        while let Some((head, tail)) = rest.split_at_checked(24) {
            let (name, tail) = tail.split_at(head[16].into());
            names.push((str::from_utf8(name).unwrap().to_owned(), head[20]));
            rest = tail;
        }
        let expected = [(".", 3), ("..", 3), ("a", 3), ("b", 4), ("c", 7)];
        assert_eq!(names, expected.map(|(name, kind)| (name.to_owned(), kind)));
        let path = guest.path("b");
        let mut seen = Vec::new();
        for fd in [3, 4] {
            let stat = guest.call(|w, m| path_filestat_get(w, m, fd, 1, path.0, path.1, 0));
            assert_eq!(stat, Errno::Success);
            seen.push((guest.u64_at(0), guest.u64_at(8)));
        }
        assert_ne!(seen[0], seen[1]);
    }

    /// Threads of a guest have the same descriptors, and the same files.
    #[test]
    fn threads_share_what_is_open() {
        let files = WasiFiles::new();
        let wasi = Wasi::builder()
            .preopened_files_writable(&files, "/")
            .build();
        let threads: Vec<_> = (0..4)
            .map(|number| {
                let wasi = wasi.for_thread();
                std::thread::spawn(move || {
                    let mut guest = Guest::with(wasi);
                    for round in 0..200 {
                        let name = format!("{number}-{round}");
                        let fd = guest.open(&name, oflags::CREAT, READ | WRITE).unwrap();
                        assert_eq!(guest.write(fd, name.as_bytes()), Ok(name.len() as u32));
                        assert_eq!(guest.read_at(fd, 0, 99), Ok(name.into_bytes()));
                        assert_eq!(guest.call(|w, m| fd_close(w, m, fd)), Errno::Success);
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(files.paths().len(), 800);
    }
}
