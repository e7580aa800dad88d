//! Paths that stay in the directory must fare as they do with the operating system itself, odd
//! ends and symbolic links included. Every call is made twice: by a guest, and directly. The guest
//! has a directory of the host's, or a tree of files in memory.
//!
//! Only which of two things is found wrong first is left open: for paths with odd ends, and for
//! calls with two paths.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

use rustix::fs::{AtFlags, Mode, OFlags};

use super::files::WasiFiles;
use super::snapshot_preview1::{
    path_create_directory, path_filestat_get, path_link, path_readlink, path_remove_directory,
    path_rename, path_symlink, path_unlink_file,
};
use super::testing::{Guest, OnePath, TempDir};
use super::tree::Kind;
use super::types::{oflags, rights};
use super::{Errno, Wasi, WasiMemory};

const PATHS: &[&str] = &[
    "",
    ".",
    "./",
    "file",
    "file/",
    "file//",
    "file/.",
    "file/..",
    "file/x",
    "./file",
    "dir",
    "dir/",
    "dir/.",
    "dir/..",
    "dir/./",
    "dir/below",
    "dir//below",
    "dir/../file",
    "dir/new",
    "dir/new/",
    "full",
    "full/",
    "full/inner",
    "full/inner/",
    "filelink",
    "filelink/",
    "dirlink",
    "dirlink/",
    "dirlink/.",
    "dirlink/below",
    "dangling",
    "dangling/",
    "dangling/x",
    "loop",
    "loop/",
    "loop/x",
    "missing",
    "missing/",
    "missing/.",
    "missing/x",
];

/// A tree with one of everything.
fn plant(root: &Path) {
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }
    fs::write(root.join("file"), "contents").unwrap();
    fs::create_dir(root.join("dir")).unwrap();
    fs::write(root.join("dir/below"), "below").unwrap();
    fs::create_dir_all(root.join("full/inner")).unwrap();
    for (target, link) in [
        ("file", "filelink"),
        ("dir", "dirlink"),
        ("nowhere", "dangling"),
        ("loop", "loop"),
    ] {
        symlink(target, root.join(link)).unwrap();
    }
}

/// The same in memory.
fn plant_in(files: &WasiFiles) {
    for name in [
        "file", "dir", "full", "filelink", "dirlink", "dangling", "loop",
    ] {
        _ = files.remove(name);
    }
    assert_eq!(contents_of(files), [], "something is left");
    files.write("file", &b"contents"[..]).unwrap();
    files.write("dir/below", &b"below"[..]).unwrap();
    files.create_dir("full/inner").unwrap();
    for (target, link) in [
        ("file", "filelink"),
        ("dir", "dirlink"),
        ("nowhere", "dangling"),
        ("loop", "loop"),
    ] {
        files.symlink(target, link).unwrap();
    }
}

/// What a tree holds after a call, and of what kind that is.
fn contents(root: &Path) -> Vec<(String, char)> {
    let mut found = Vec::new();
    let mut rest = vec![root.to_owned()];
    while let Some(directory) = rest.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let entry = entry.unwrap();
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            let letter = match kind {
                _ if kind.is_dir() => 'd',
                _ if kind.is_symlink() => 'l',
                _ => 'f',
            };
            let shown = path.strip_prefix(root).unwrap().display().to_string();
            found.push((shown, letter));
            if kind.is_dir() {
                rest.push(path);
            }
        }
    }
    found.sort();
    found
}

fn contents_of(files: &WasiFiles) -> Vec<(String, char)> {
    let mut found = Vec::new();
    let mut rest = vec![(String::new(), files.place(0).node)];
    while let Some((path, directory)) = rest.pop() {
        for (name, node) in directory.names() {
            let path = format!("{path}{}", str::from_utf8(&name).unwrap());
            let letter = match node.kind {
                Kind::Directory(_) => 'd',
                Kind::Link(_) => 'l',
                Kind::File(_) => 'f',
            };
            found.push((path.clone(), letter));
            rest.push((format!("{path}/"), node));
        }
    }
    found.sort();
    found
}

struct Twins {
    guest: Guest,
    /// The guest's files, if they are in memory.
    files: Option<WasiFiles>,
    host: TempDir,
    /// What both trees hold in the beginning.
    planted: Vec<(String, char)>,
    differences: Vec<String>,
}

impl Twins {
    fn each(test: impl Fn(&mut Twins)) {
        for in_memory in [false, true] {
            let mut twins = Twins::new(in_memory);
            test(&mut twins);
            twins.finish();
        }
    }

    fn new(in_memory: bool) -> Self {
        let host = TempDir::new();
        plant(host.path());
        let (guest, files) = if in_memory {
            let files = WasiFiles::new();
            plant_in(&files);
            let builder = Wasi::builder().preopened_files_writable(&files, "/data");
            (Guest::with(builder.build()), Some(files))
        } else {
            let guest = Guest::new();
            plant(guest.root());
            (guest, None)
        };
        let twins = Twins {
            planted: contents(host.path()),
            guest,
            files,
            host,
            differences: Vec::new(),
        };
        assert_eq!(twins.contents(), twins.planted);
        twins
    }

    fn contents(&self) -> Vec<(String, char)> {
        match &self.files {
            Some(files) => contents_of(files),
            None => contents(self.guest.root()),
        }
    }

    /// Makes a call both ways, on trees as they were in the beginning.
    fn compare<T: PartialEq + std::fmt::Debug>(
        &mut self,
        what: String,
        paths: &[&str],
        guest: impl FnOnce(&mut Guest) -> Result<T, Errno>,
        host: impl FnOnce(&fs::File) -> rustix::io::Result<T>,
    ) {
        let directory = fs::File::open(self.host.path()).unwrap();
        let ours = guest(&mut self.guest);
        let theirs = host(&directory).map_err(|error| Errno::from(io::Error::from(error)));
        let exact = matches!(paths, [path] if !path.ends_with(['/', '.']));
        let agree = ours == theirs || !exact && ours.is_err() && theirs.is_err();
        let (guest, host) = (self.contents(), contents(self.host.path()));
        if !agree || guest != host {
            self.differences
                .push(format!("{what}: {ours:?}, not {theirs:?}"));
        }
        if guest != self.planted || host != self.planted {
            match &self.files {
                Some(files) => {
                    for name in ["nowhere", "missing"] {
                        _ = files.remove(name);
                    }
                    plant_in(files);
                }
                None => plant(self.guest.root()),
            }
            plant(self.host.path());
        }
    }

    fn finish(self) {
        assert!(
            self.differences.is_empty(),
            "\n{}",
            self.differences.join("\n")
        );
    }
}

fn unit(errno: Errno) -> Result<(), Errno> {
    if errno == Errno::Success {
        Ok(())
    } else {
        Err(errno)
    }
}

#[test]
fn changing_one_path() {
    Twins::each(|twins| {
        for &path in PATHS {
            let call = |guest: &mut Guest, call: OnePath| {
                let (ptr, len) = guest.path(path);
                unit(guest.call(|w, m| call(w, m, 3, ptr, len)))
            };
            twins.compare(
                format!("mkdir {path:?}"),
                &[path],
                |guest| call(guest, path_create_directory),
                |root| rustix::fs::mkdirat(root, path, Mode::from_raw_mode(0o777)),
            );
            twins.compare(
                format!("rmdir {path:?}"),
                &[path],
                |guest| call(guest, path_remove_directory),
                |root| rustix::fs::unlinkat(root, path, AtFlags::REMOVEDIR),
            );
            twins.compare(
                format!("unlink {path:?}"),
                &[path],
                |guest| call(guest, path_unlink_file),
                |root| rustix::fs::unlinkat(root, path, AtFlags::empty()),
            );
            twins.compare(
                format!("symlink {path:?}"),
                &[path],
                |guest| {
                    let (target, path) = guest.paths("target", path);
                    unit(
                        guest
                            .call(|w, m| path_symlink(w, m, target.0, target.1, 3, path.0, path.1)),
                    )
                },
                |root| rustix::fs::symlinkat("target", root, path),
            );
        }
    });
}

#[test]
fn looking_at_one_path() {
    Twins::each(|twins| {
        for &path in PATHS {
            for (lookup, flags) in [(0, AtFlags::SYMLINK_NOFOLLOW), (1, AtFlags::empty())] {
                twins.compare(
                    format!("stat {lookup} {path:?}"),
                    &[path],
                    |guest| {
                        let (ptr, len) = guest.path(path);
                        unit(guest.call(|w, m| path_filestat_get(w, m, 3, lookup, ptr, len, 0)))?;
                        Ok(guest.memory[16])
                    },
                    |root| {
                        let mode = rustix::fs::statat(root, path, flags)?.st_mode;
                        Ok(match rustix::fs::FileType::from_raw_mode(mode) {
                            rustix::fs::FileType::RegularFile => 4,
                            rustix::fs::FileType::Directory => 3,
                            _ => 7,
                        })
                    },
                );
            }
            twins.compare(
                format!("readlink {path:?}"),
                &[path],
                |guest| {
                    let (ptr, len) = guest.path(path);
                    let read = |w: &mut Wasi, m: &mut WasiMemory<'_>, slot| {
                        path_readlink(w, m, 3, ptr, len, 4096, 99, slot)
                    };
                    let len = guest.result(read)? as usize;
                    Ok(guest.memory[4096..4096 + len].to_vec())
                },
                |root| match rustix::fs::readlinkat(root, path, Vec::new()) {
                    // Linux reads the link of the descriptor itself.
                    _ if path.is_empty() => Err(rustix::io::Errno::NOENT),
                    target => Ok(target?.into_bytes()),
                },
            );
        }
    });
}

#[test]
fn opening_one_path() {
    Twins::each(|twins| {
        for &path in PATHS {
            for lookup in [0, 1] {
                for flags in [
                    0,
                    oflags::DIRECTORY,
                    oflags::CREAT,
                    oflags::CREAT | oflags::EXCL,
                    oflags::TRUNC,
                    oflags::CREAT | oflags::TRUNC,
                    oflags::CREAT | oflags::EXCL | oflags::TRUNC,
                ] {
                    for (right, access) in [
                        (rights::FD_READ, OFlags::RDONLY),
                        (rights::FD_WRITE, OFlags::WRONLY),
                        (rights::FD_READ | rights::FD_WRITE, OFlags::RDWR),
                    ] {
                        let mut open = access | OFlags::CLOEXEC;
                        open.set(OFlags::NOFOLLOW, lookup == 0);
                        open.set(OFlags::DIRECTORY, flags & oflags::DIRECTORY != 0);
                        open.set(OFlags::CREATE, flags & oflags::CREAT != 0);
                        open.set(OFlags::EXCL, flags & oflags::EXCL != 0);
                        open.set(OFlags::TRUNC, flags & oflags::TRUNC != 0);
                        twins.compare(
                            format!("open {lookup} {access:?} {flags:#b} {path:?}"),
                            &[path],
                            |guest| guest.open_with(path, lookup, flags, right, 0).map(drop),
                            |root| {
                                let mode = Mode::from_raw_mode(0o666);
                                rustix::fs::openat(root, path, open, mode).map(drop)
                            },
                        );
                    }
                }
            }
        }
    });
}

#[test]
fn changing_two_paths() {
    Twins::each(|twins| {
        // Every other path does: there are many pairs.
        for &old in PATHS.iter().step_by(2) {
            for &new in PATHS {
                twins.compare(
                    format!("rename {old:?} {new:?}"),
                    &[old, new],
                    |guest| {
                        let (old, new) = guest.paths(old, new);
                        unit(guest.call(|w, m| path_rename(w, m, 3, old.0, old.1, 3, new.0, new.1)))
                    },
                    |root| rustix::fs::renameat(root, old, root, new),
                );
                twins.compare(
                    format!("link {old:?} {new:?}"),
                    &[old, new],
                    |guest| {
                        let (old, new) = guest.paths(old, new);
                        unit(
                            guest.call(|w, m| path_link(w, m, 3, 0, old.0, old.1, 3, new.0, new.1)),
                        )
                    },
                    |root| rustix::fs::linkat(root, old, root, new, AtFlags::empty()),
                );
            }
        }
    });
}
