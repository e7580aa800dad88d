//! Tests that nothing leads out of what was granted, nor past what it was granted for.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};

use super::snapshot_preview1::{
    fd_allocate, fd_close, fd_fdstat_get, fd_filestat_set_size, fd_filestat_set_times,
    fd_prestat_get, fd_renumber, path_create_directory, path_filestat_set_times, path_link,
    path_remove_directory, path_rename, path_symlink, path_unlink_file,
};
use super::testing::{Guest, OnePath, TempDir};
use super::types::{oflags, rights};
use super::{Errno, Wasi, WasiFiles};

const READ: u64 = rights::FD_READ;
const WRITE: u64 = rights::FD_WRITE;

/// While one thread swaps a directory for a symbolic link that leads out, the guest opens, reads,
/// writes and removes below it. It must never see or touch what is outside.
#[test]
fn races_with_symbolic_links_do_not_lead_out() {
    let mut guest = Guest::new();
    let outside = TempDir::new();
    let secret = outside.path().join("file");
    fs::write(&secret, "secret").unwrap();
    let (inside, aside, link) = (
        guest.host_path("door"),
        guest.host_path("aside"),
        guest.host_path("link"),
    );
    fs::create_dir(&inside).unwrap();
    fs::write(inside.join("file"), "inside").unwrap();
    symlink(outside.path(), &link).unwrap();
    let (stop, target) = (AtomicBool::new(false), outside.path().to_owned());
    let mut opened = 0_u32;
    std::thread::scope(|scope| {
        let stop = &stop;
        for _ in 0..2 {
            let (inside, aside, link) = (&inside, &aside, &link);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    // Whatever fails, the other thread did.
                    _ = fs::rename(inside, aside);
                    _ = fs::rename(link, inside);
                    _ = fs::rename(inside, link);
                    _ = fs::rename(aside, inside);
                }
            });
        }
        for round in 0..4000 {
            match guest.open("door/file", 0, READ) {
                Ok(fd) => {
                    opened += 1;
                    assert_eq!(guest.read(fd, 16), Ok(b"inside".to_vec()));
                    assert_eq!(guest.call(|w, m| fd_close(w, m, fd)), Errno::Success);
                }
                Err(errno) => assert!(
                    matches!(errno, Errno::Perm | Errno::Noent | Errno::Again),
                    "{errno:?}"
                ),
            }
            let name = format!("door/made{}", round % 8);
            if let Ok(fd) = guest.open(&name, oflags::CREAT, WRITE) {
                _ = guest.write(fd, b"x");
                _ = guest.call(|w, m| fd_close(w, m, fd));
            }
            _ = guest.one(path_create_directory, "door/sub");
            _ = guest.one(path_remove_directory, "door/sub");
            _ = guest.rename("door/made0", "door/made1");
            _ = guest.link(0, "door/made1", "door/made2");
            _ = guest.one(path_unlink_file, &name);
            _ = guest.one(path_unlink_file, "door/file.not");
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(opened > 0);
    let left: Vec<_> = fs::read_dir(&target).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(fs::read(&secret).unwrap(), b"secret");
}

/// The links in `/proc` that lead to what a process has open are no symbolic links: they lead out
/// whatever they say.
#[cfg(target_os = "linux")]
#[test]
fn magic_links_are_not_followed() {
    let wasi = Wasi::builder().preopened_dir_read_only("/proc", "/proc");
    let mut guest = Guest::with(wasi.unwrap().build());
    let pid = std::process::id();
    assert!(guest.open(&format!("{pid}/status"), 0, READ).is_ok());
    for path in ["root", "cwd", "exe", "fd/0", "root/etc", "cwd/Cargo.toml"] {
        for path in [format!("self/{path}"), format!("{pid}/{path}")] {
            let opened = guest.open(&path, 0, READ);
            assert!(
                matches!(opened, Err(Errno::Perm | Errno::Loop | Errno::Acces)),
                "{path}: {opened:?}"
            );
            assert!(guest.stat(1, &path).is_err(), "{path}");
        }
    }
}

/// A link to what is granted for reading only, made where writing is granted, would let it be
/// written.
#[test]
fn what_is_read_only_stays_so() {
    let (fixed, free) = (TempDir::new(), TempDir::new());
    fs::write(fixed.path().join("file"), "abc").unwrap();
    fs::create_dir_all(fixed.path().join("dir/empty")).unwrap();
    symlink("file", fixed.path().join("link")).unwrap();
    let files = WasiFiles::new();
    files.write("file", &b"abc"[..]).unwrap();
    files.create_dir("dir/empty").unwrap();
    files.symlink("file", "link").unwrap();
    let scratch = WasiFiles::new();
    let host = Wasi::builder()
        .preopened_dir_read_only(fixed.path(), "/fixed")
        .unwrap()
        .preopened_dir(free.path(), "/free")
        .unwrap();
    let memory = Wasi::builder()
        .preopened_files(&files, "/fixed")
        .preopened_files_writable(&scratch, "/free");
    for wasi in [host, memory] {
        let mut guest = Guest::with(wasi.build());
        // What Wasmtime says to each of these.
        for (path, flags, right) in [
            ("file", 0, WRITE),
            ("file", 0, READ | WRITE),
            ("file", oflags::CREAT, READ),
            ("new", oflags::CREAT, READ),
            ("file", oflags::TRUNC, READ),
            ("file", oflags::CREAT | oflags::EXCL, READ),
            ("dir", 0, WRITE),
            ("missing", 0, WRITE),
        ] {
            assert_eq!(guest.open(path, flags, right), Err(Errno::Perm), "{path}");
        }
        for call in [
            path_create_directory as OnePath,
            path_remove_directory,
            path_unlink_file,
        ] {
            for path in ["file", "dir", "dir/empty", "link", "missing"] {
                assert_eq!(guest.one(call, path), Errno::Perm);
            }
        }
        let (old, new) = guest.paths("file", "new");
        for (from, to) in [(3, 3), (3, 4), (4, 3)] {
            let rename = guest.call(|w, m| path_rename(w, m, from, old.0, old.1, to, new.0, new.1));
            assert_eq!(rename, Errno::Perm);
            let link = guest.call(|w, m| path_link(w, m, from, 0, old.0, old.1, to, new.0, new.1));
            assert_eq!(link, Errno::Perm);
        }
        let made = guest.call(|w, m| path_symlink(w, m, old.0, old.1, 3, new.0, new.1));
        assert_eq!(made, Errno::Perm);
        for flags in [0, 10] {
            let times =
                guest.call(|w, m| path_filestat_set_times(w, m, 3, 1, old.0, old.1, 0, 0, flags));
            assert_eq!(times, Errno::Perm);
        }
        let file = guest.open("file", 0, READ).unwrap();
        assert_eq!(guest.write(file, b"x"), Err(Errno::Badf));
        assert_eq!(guest.write_at(file, 0, b"x"), Err(Errno::Badf));
        let size = guest.call(|w, m| fd_filestat_set_size(w, m, file, 1));
        assert_eq!(size, Errno::Perm);
        assert_ne!(
            guest.call(|w, m| fd_allocate(w, m, file, 0, 9)),
            Errno::Success
        );
        for fd in [file, 3] {
            let times = guest.call(|w, m| fd_filestat_set_times(w, m, fd, 0, 0, 10));
            assert_eq!(times, Errno::Perm);
            assert_eq!(
                guest.call(|w, m| fd_fdstat_get(w, m, fd, 0)),
                Errno::Success
            );
            assert_eq!(guest.u64_at(8) & rights::CHANGING, 0);
            assert_eq!(guest.u64_at(16) & rights::CHANGING, 0);
        }
        // What is opened in it is no less read-only, and a number given to it changes nothing.
        let inner = guest.open("dir", oflags::DIRECTORY, READ).unwrap();
        assert_eq!(
            guest.open_at(inner, "new", 1, oflags::CREAT, READ, 0),
            Err(Errno::Perm)
        );
        assert_eq!(
            guest.call(|w, m| fd_renumber(w, m, inner, 4)),
            Errno::Success
        );
        assert_eq!(
            guest.open_at(4, "new", 1, oflags::CREAT, READ, 0),
            Err(Errno::Perm)
        );
        // It can be read.
        assert_eq!(guest.read(file, 9), Ok(b"abc".to_vec()));
        let link = guest.open("link", 0, READ).unwrap();
        assert_eq!(guest.read(link, 9), Ok(b"abc".to_vec()));
    }
    assert_eq!(fs::read(fixed.path().join("file")).unwrap(), b"abc");
    assert_eq!(files.paths(), ["file", "link"]);
    assert!(scratch.paths().is_empty());
}

#[test]
fn descriptors_of_granted_directories_can_be_taken_over() {
    let mut guest = Guest::new();
    guest.host_write("file", b"abc");
    fs::create_dir(guest.host_path("sub")).unwrap();
    let sub = guest.open("sub", oflags::DIRECTORY, READ).unwrap();
    // The directory that was granted is gone, and with it its name and all that is above.
    assert_eq!(guest.call(|w, m| fd_renumber(w, m, sub, 3)), Errno::Success);
    assert_eq!(guest.call(|w, m| fd_prestat_get(w, m, 3, 0)), Errno::Badf);
    assert_eq!(guest.open("file", 0, READ), Err(Errno::Noent));
    assert_eq!(guest.open("../file", 0, READ), Err(Errno::Perm));
    assert_eq!(guest.call(|w, m| fd_renumber(w, m, 3, 0)), Errno::Success);
    assert_eq!(guest.read(0, 1), Err(Errno::Isdir));
    assert_eq!(guest.open("x", 0, READ), Err(Errno::Badf));
}

/// Links that the host made inside lead where they say, and not out.
#[test]
fn hard_links_are_files_like_others() {
    let mut guest = Guest::new();
    let outside = TempDir::new();
    fs::write(outside.path().join("file"), "given").unwrap();
    // A hard link into the directory is a grant by whoever made it.
    if fs::hard_link(outside.path().join("file"), guest.host_path("link")).is_ok() {
        let fd = guest.open("link", 0, READ).unwrap();
        assert_eq!(guest.read(fd, 9), Ok(b"given".to_vec()));
    }
    // The guest can make none out of what lies outside.
    guest.host_write("inside", b"");
    for path in ["../file", "/etc/passwd", "../../etc/passwd"] {
        assert_eq!(guest.link(0, path, "got"), Errno::Perm);
        assert_eq!(guest.link(0, "inside", path), Errno::Perm);
    }
}

/// As in a directory of the host's, `..` and links do not lead out of a tree in memory, nor out of
/// a directory of it that was opened.
#[test]
fn nothing_leads_out_of_a_tree_in_memory() {
    let files = WasiFiles::new();
    files.write("file", &b"abc"[..]).unwrap();
    files.write("sub/inner/file", &b"inner"[..]).unwrap();
    files.symlink("..", "sub/up").unwrap();
    files.symlink("../..", "out").unwrap();
    files.symlink("/file", "root").unwrap();
    let wasi = Wasi::builder().preopened_files_writable(&files, "/");
    let mut guest = Guest::with(wasi.build());
    for outside in ["../x", "/file", "out/x", "sub/../../x", "sub/up/../x"] {
        assert_eq!(guest.open(outside, 0, READ), Err(Errno::Perm), "{outside}");
        assert_eq!(guest.stat(1, outside), Err(Errno::Perm), "{outside}");
        assert_eq!(guest.rename("file", outside), Errno::Perm, "{outside}");
    }
    assert_eq!(guest.stat(1, "sub/up/file").map(|stat| stat.2), Ok(3));
    let sub = guest.open("sub", oflags::DIRECTORY, READ).unwrap();
    for outside in ["..", "../file", "up", "up/file", "inner/../../file"] {
        assert_eq!(
            guest.open_at(sub, outside, 1, 0, READ, 0),
            Err(Errno::Perm),
            "{outside}"
        );
    }
    assert!(
        guest
            .open_at(sub, "inner/../inner/file", 1, 0, READ, 0)
            .is_ok()
    );
}

/// A guest can nest directories as deep as there is room; the host's stack is not where they end.
#[test]
fn deep_trees_are_put_away() {
    let files = WasiFiles::with_limit(64 << 20);
    let wasi = Wasi::builder().preopened_files_writable(&files, "/");
    let mut guest = Guest::with(wasi.build());
    let mut directory = 3;
    let path = guest.path("d");
    let mut depth = 0;
    while depth < 100_000 {
        let made = guest.call(|w, m| path_create_directory(w, m, directory, path.0, path.1));
        if made == Errno::Nospc {
            break;
        }
        assert_eq!(made, Errno::Success);
        let inner = guest.open_at(directory, "d", 1, oflags::DIRECTORY, READ, 0);
        if directory != 3 {
            _ = guest.call(|w, m| fd_close(w, m, directory));
        }
        directory = inner.unwrap();
        depth += 1;
    }
    assert!(depth > 10_000, "{depth}");
    drop((guest, files));
}

/// What a tree takes is limited, whatever way it is taken.
#[test]
fn room_in_memory_ends() {
    let files = WasiFiles::with_limit(100_000);
    let wasi = Wasi::builder().preopened_files_writable(&files, "/");
    let mut guest = Guest::with(wasi.build());
    let fd = guest.open("file", oflags::CREAT, READ | WRITE).unwrap();
    assert_eq!(guest.write_at(fd, 1 << 40, b"x"), Err(Errno::Nospc));
    assert_eq!(guest.write_at(fd, i64::MAX, b"x"), Err(Errno::Nospc));
    assert_eq!(guest.write_at(fd, -1, b"x"), Err(Errno::Inval));
    for size in [100_000, 1 << 40, i64::MAX] {
        let set = guest.call(|w, m| fd_filestat_set_size(w, m, fd, size));
        assert_eq!(set, Errno::Nospc, "{size}");
        let allocated = guest.call(|w, m| fd_allocate(w, m, fd, 0, size));
        assert_eq!(allocated, Errno::Nospc, "{size}");
    }
    assert_eq!(
        guest.call(|w, m| fd_filestat_set_size(w, m, fd, 50_000)),
        Errno::Success
    );
    let mut count = 0;
    loop {
        let name = format!("{count}");
        match count % 3 {
            0 => match guest.one(path_create_directory, &name) {
                Errno::Success => {}
                errno => break assert_eq!(errno, Errno::Nospc),
            },
            1 => match guest.link(0, "file", &name) {
                Errno::Success => {}
                errno => break assert_eq!(errno, Errno::Nospc),
            },
            _ => match guest.open(&name, oflags::CREAT, WRITE) {
                Ok(fd) => _ = guest.call(|w, m| fd_close(w, m, fd)),
                Err(errno) => break assert_eq!(errno, Errno::Nospc),
            },
        }
        count += 1;
        assert!(count < 1000);
    }
    // All of it comes back.
    for number in 0..count {
        let name = format!("{number}");
        let removed = if number % 3 == 0 {
            guest.one(path_remove_directory, &name)
        } else {
            guest.one(path_unlink_file, &name)
        };
        assert_eq!(removed, Errno::Success, "{number}");
    }
    assert_eq!(guest.one(path_unlink_file, "file"), Errno::Success);
    assert_eq!(guest.call(|w, m| fd_close(w, m, fd)), Errno::Success);
    let fd = guest.open("file", oflags::CREAT, WRITE).unwrap();
    assert_eq!(
        guest.call(|w, m| fd_filestat_set_size(w, m, fd, 99_000)),
        Errno::Success
    );
}
