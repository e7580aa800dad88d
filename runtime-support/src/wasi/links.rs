//! Tests of what differs on Windows: symbolic links, odd times. The sandbox is here too, for a
//! symbolic link is what it must withstand.

use std::time::{Duration, UNIX_EPOCH};

use super::Errno;
use super::snapshot_preview1::{
    path_create_directory, path_filestat_set_times, path_readlink, path_remove_directory,
    path_symlink, path_unlink_file,
};
use super::testing::{Guest, OnePath};
use super::types::rights;

impl Guest {
    fn symlink(&mut self, target: &str, path: &str) -> Errno {
        let (target, path) = self.paths(target, path);
        self.call(|w, m| path_symlink(w, m, target.0, target.1, 3, path.0, path.1))
    }

    fn readlink(&mut self, path: &str, len: i32) -> Result<Vec<u8>, Errno> {
        let path = self.path(path);
        let used =
            self.result(|w, m, slot| path_readlink(w, m, 3, path.0, path.1, 4096, len, slot))?;
        Ok(self.memory[4096..4096 + used as usize].to_vec())
    }
}

#[test]
fn symbolic_links_are_made_and_read() {
    let mut guest = Guest::new();
    guest.host_write("file", b"abc");
    assert_eq!(guest.symlink("file", "link"), Errno::Success);
    assert_eq!(guest.symlink("file", "link"), Errno::Exist);
    assert_eq!(guest.symlink("missing", "dangling"), Errno::Success);
    assert_eq!(guest.readlink("link", 100), Ok(b"file".to_vec()));
    assert_eq!(guest.readlink("link", 2), Ok(b"fi".to_vec()));
    assert_eq!(guest.readlink("link", 0), Ok(vec![]));
    assert_eq!(guest.readlink("file", 9), Err(Errno::Inval));
    assert_eq!(guest.readlink("missing", 9), Err(Errno::Noent));
    assert_eq!(guest.readlink("link", -1), Err(Errno::Fault));
    assert_eq!(
        guest.stat(0, "link").map(|stat| (stat.0, stat.2)),
        Ok((7, 4))
    );
    assert_eq!(
        guest.stat(1, "link").map(|stat| (stat.0, stat.2)),
        Ok((4, 3))
    );
    assert_eq!(guest.stat(0, "dangling").map(|stat| stat.0), Ok(7));
    assert_eq!(guest.stat(1, "dangling"), Err(Errno::Noent));
    // The link itself is removed, and linked.
    assert_eq!(guest.link(0, "dangling", "again"), Errno::Success);
    assert_eq!(guest.readlink("again", 9), Ok(b"missing".to_vec()));
    assert_eq!(guest.one(path_unlink_file, "link"), Errno::Success);
    assert_eq!(guest.host_read("file"), b"abc");
}

#[test]
fn times_are_set_on_links_or_behind_them() {
    let mut guest = Guest::new();
    guest.host_write("file", b"abc");
    assert_eq!(guest.symlink("file", "link"), Errno::Success);
    let path = guest.path("link");
    let mut set = |lookup, mtim, flags| {
        guest.call(|w, m| path_filestat_set_times(w, m, 3, lookup, path.0, path.1, 0, mtim, flags))
    };
    assert_eq!(set(1, 1_000, 4), Errno::Success);
    assert_eq!(set(0, 2_000, 4), Errno::Success);
    assert_eq!(set(0, 2_000, 12), Errno::Inval);
    assert_eq!(set(2, 2_000, 4), Errno::Inval);
    assert_eq!(guest.stat(0, "file").map(|stat| stat.3), Ok(1_000));
    assert_eq!(guest.stat(0, "link").map(|stat| stat.3), Ok(2_000));
}

/// A time of the host's that does not fit must not make a file unusable.
#[test]
fn times_beyond_what_can_be_said() {
    let mut guest = Guest::new();
    guest.host_write("file", b"abc");
    let file = std::fs::File::options()
        .write(true)
        .open(guest.host_path("file"))
        .unwrap();
    file.set_modified(UNIX_EPOCH - Duration::from_secs(1))
        .unwrap();
    assert_eq!(guest.stat(0, "file").map(|stat| stat.3), Ok(0));
    // The year 2600; not every file system can say that.
    let late = UNIX_EPOCH + Duration::from_secs(20_000_000_000);
    if file.set_modified(late).is_ok() && file.metadata().unwrap().modified().unwrap() == late {
        assert_eq!(guest.stat(0, "file").map(|stat| stat.3), Ok(u64::MAX));
    }
}

#[test]
fn nothing_outside_can_be_touched() {
    let mut guest = Guest::new();
    guest.host_write("file", b"abc");
    std::os::unix::fs::symlink("..", guest.host_path("up")).unwrap();
    std::os::unix::fs::symlink("/", guest.host_path("root")).unwrap();
    for outside in ["../x", "/x", "up/x", "root/x", "./../x", "up/../../x"] {
        for call in [
            path_create_directory as OnePath,
            path_remove_directory as OnePath,
            path_unlink_file as OnePath,
        ] {
            assert_eq!(guest.one(call, outside), Errno::Perm, "{outside}");
        }
        for lookup in [0, 1] {
            assert_eq!(guest.stat(lookup, outside), Err(Errno::Perm), "{outside}");
            let path = guest.path(outside);
            let times = guest
                .call(|w, m| path_filestat_set_times(w, m, 3, lookup, path.0, path.1, 0, 0, 10));
            assert_eq!(times, Errno::Perm, "{outside}");
        }
        assert_eq!(guest.readlink(outside, 9), Err(Errno::Perm), "{outside}");
        assert_eq!(guest.rename("file", outside), Errno::Perm, "{outside}");
        assert_eq!(guest.rename(outside, "file"), Errno::Perm, "{outside}");
        assert_eq!(guest.link(0, "file", outside), Errno::Perm, "{outside}");
        assert_eq!(guest.link(0, outside, "new"), Errno::Perm, "{outside}");
        assert_eq!(guest.symlink("file", outside), Errno::Perm, "{outside}");
    }
    assert_eq!(guest.symlink("/etc/passwd", "passwd"), Errno::Perm);
    // What an absolute link of the host's says is not told.
    assert_eq!(guest.readlink("root", 9), Err(Errno::Perm));
    // A link that leads out can be made, but not followed.
    assert_eq!(guest.symlink("../..", "out"), Errno::Success);
    assert_eq!(guest.stat(1, "out"), Err(Errno::Perm));
    assert_eq!(guest.open("out/x", 0, rights::FD_READ), Err(Errno::Perm));
    assert_eq!(guest.host_read("file"), b"abc");
}
