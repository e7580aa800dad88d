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
