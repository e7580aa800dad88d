//! Opening files and directories: `path_open`.

use std::io;
use std::path::Path;

use cap_fs_ext::{
    DirExt, FollowSymlinks, OpenOptionsFollowExt, OpenOptionsMaybeDirExt, OpenOptionsSyncExt,
};
use cap_std::fs::{Dir, File as CapFile, OpenOptions};

use super::context::State;
use super::descriptor::Descriptor;
use super::directory::{Directory, Place};
use super::errno::{Errno, retry};
use super::file::{Access, Contents, File};
use super::memory::{Slot, WasiMemory};
use super::path::{follows, read_path};
use super::tree::{Opened, TreeOpen};
use super::types::{Filetype, fdflags, oflags, rights};

/// How something is to be opened.
struct Request {
    follow: bool,
    create: bool,
    exclusive: bool,
    truncate: bool,
    directory: bool,
    read: bool,
    write: bool,
    flags: u16,
}

impl Request {
    fn new(lookup: i32, oflags: i32, rights: i64, flags: i32) -> Result<Self, Errno> {
        let oflags = u16::try_from(oflags).map_err(|_| Errno::Inval)?;
        let flags = u16::try_from(flags).map_err(|_| Errno::Inval)?;
        if oflags & !oflags::ALL != 0 || flags & !fdflags::ALL != 0 {
            return Err(Errno::Inval);
        }
        let create = oflags & oflags::CREAT != 0;
        let write = rights as u64 & rights::FD_WRITE != 0;
        let request = Request {
            follow: follows(lookup)?,
            create,
            exclusive: create && oflags & oflags::EXCL != 0,
            truncate: oflags & oflags::TRUNC != 0,
            directory: oflags & oflags::DIRECTORY != 0,
            // Something must be opened for something. Directories are often opened without any
            // of these rights, and files by programs that only ask what they are.
            read: rights as u64 & rights::FD_READ != 0 || !write,
            write,
            flags,
        };
        const NOT_FOR_DIRECTORIES: u16 = oflags::CREAT | oflags::EXCL | oflags::TRUNC;
        if request.directory && oflags & NOT_FOR_DIRECTORIES != 0 {
            return Err(Errno::Inval);
        }
        Ok(request)
    }

    fn open(&self, start: &Directory, path: &Path, wasi: &State) -> Result<Descriptor, Errno> {
        if !start.is_writable() && (self.create || self.truncate || self.write) {
            return Err(Errno::Perm);
        }
        match start.place() {
            Place::Host(directory) => self.open_host(start, directory, path),
            Place::Tree(place) => {
                let how = TreeOpen {
                    follow: self.follow,
                    create: self.create,
                    exclusive: self.exclusive,
                    truncate: self.truncate,
                    directory: self.directory,
                    write: self.write,
                };
                match place.open(path, &how, wasi)? {
                    Opened::Directory(place) => self.directory(start, Place::Tree(place)),
                    Opened::File(file) => {
                        let contents = Contents::Tree(file);
                        Ok(self.file(start, contents, Filetype::RegularFile))
                    }
                }
            }
        }
    }

    fn open_host(
        &self,
        start: &Directory,
        directory: &Dir,
        path: &Path,
    ) -> Result<Descriptor, Errno> {
        if self.directory {
            let directory = if self.follow {
                directory.open_dir(path)
            } else {
                directory.open_dir_nofollow(path)
            }?;
            return self.directory(start, Place::Host(directory));
        }
        let file = self.open_any(directory, path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            let directory = Dir::from_std_file(file.into_std());
            return self.directory(start, Place::Host(directory));
        }
        let filetype = Filetype::from(metadata.file_type());
        Ok(self.file(start, Contents::Host(file.into_std()), filetype))
    }

    fn file(&self, start: &Directory, contents: Contents, filetype: Filetype) -> Descriptor {
        let access = Access {
            flags: self.flags,
            readable: self.read,
            writable: self.write,
            changeable: start.is_writable(),
        };
        Descriptor::File(File::new(contents, filetype, access).into())
    }

    /// Directories are neither created nor written here. Most systems say so themselves.
    fn directory(&self, start: &Directory, place: Place) -> Result<Descriptor, Errno> {
        if self.create || self.write {
            return Err(Errno::Isdir);
        }
        Ok(Descriptor::Directory(start.opened(place).into()))
    }

    fn open_any(&self, start: &Dir, path: &Path) -> Result<CapFile, Errno> {
        let mut options = self.options();
        // Creating asks for writing, which a file that exists may not allow to a guest that only
        // wants to read it. So that one is tried first.
        if self.create && !self.exclusive && !self.truncate && !self.write {
            match start.open_with(path, &options) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                result => return Ok(result?),
            }
        }
        if self.create || self.truncate {
            options.write(true).truncate(self.truncate);
            options
                .create(self.create && !self.exclusive)
                .create_new(self.exclusive);
        }
        retry(|| start.open_with(path, &options))
    }

    fn options(&self) -> OpenOptions {
        let flag = |flag| self.flags & flag != 0;
        let mut options = OpenOptions::new();
        options.read(self.read).write(self.write).maybe_dir(true);
        options.follow(if self.follow {
            FollowSymlinks::Yes
        } else {
            FollowSymlinks::No
        });
        options
            .nonblock(flag(fdflags::NONBLOCK))
            .sync(flag(fdflags::SYNC));
        options
            .dsync(flag(fdflags::DSYNC))
            .rsync(flag(fdflags::RSYNC));
        // `append` of the options excludes truncating, and would make a file writable.
        #[cfg(unix)]
        if flag(fdflags::APPEND) {
            use cap_std::fs::OpenOptionsExt;
            options.custom_flags(libc::O_APPEND);
        }
        options
    }
}

/// `path_open`. Of the rights only those to read and to write count.
#[expect(clippy::too_many_arguments, reason = "as many as the document has")]
pub(super) fn open(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    fd: i32,
    lookup: i32,
    path: i32,
    path_len: i32,
    oflags: i32,
    rights: i64,
    _inheriting: i64,
    flags: i32,
    opened: i32,
) -> Result<(), Errno> {
    let slot = Slot::new(memory, opened, 4)?;
    let request = Request::new(lookup, oflags, rights, flags)?;
    let directory = wasi.descriptors.directory(fd)?;
    let path = read_path(memory, path, path_len)?;
    let descriptor = request.open(&directory, &path, wasi)?;
    let number = wasi.descriptors.insert(descriptor)?;
    slot.write(memory, number.to_le_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::snapshot_preview1::{fd_fdstat_get, fd_fdstat_set_flags, path_open};
    use super::super::testing::Guest;
    use super::super::types::oflags::{CREAT, DIRECTORY, EXCL, TRUNC};
    use super::*;

    const READ: u64 = rights::FD_READ;
    const WRITE: u64 = rights::FD_WRITE;

    #[test]
    fn creating() {
        let mut guest = Guest::new();
        assert_eq!(guest.open("file", 0, READ), Err(Errno::Noent));
        assert_eq!(guest.open("file", EXCL, READ), Err(Errno::Noent));
        assert_eq!(guest.open("file", CREAT, 0), Ok(4));
        guest.host_write("file", b"abc");
        assert_eq!(guest.open("file", CREAT, READ), Ok(5));
        assert_eq!(guest.read(5, 9), Ok(b"abc".to_vec()));
        assert_eq!(guest.open("file", CREAT | EXCL, READ), Err(Errno::Exist));
        assert_eq!(guest.open("file", CREAT | EXCL, WRITE), Err(Errno::Exist));
        assert_eq!(guest.open("new", CREAT | EXCL, READ | WRITE), Ok(6));
        assert_eq!(guest.write(6, b"x"), Ok(1));
        assert_eq!(guest.open("missing/file", CREAT, WRITE), Err(Errno::Noent));
        assert_eq!(guest.open("file/below", CREAT, WRITE), Err(Errno::Notdir));
    }

    #[test]
    fn emptying() {
        let mut guest = Guest::new();
        guest.host_write("file", b"abc");
        let fd = guest.open("file", TRUNC, READ | WRITE).unwrap();
        assert_eq!(guest.host_read("file"), b"");
        assert_eq!(guest.write(fd, b"x"), Ok(1));
        assert!(guest.open("file", CREAT | TRUNC, READ).is_ok());
        assert_eq!(guest.host_read("file"), b"");
        assert_eq!(guest.open("missing", TRUNC, WRITE), Err(Errno::Noent));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_may_only_be_read_can_be_opened_with_creat() {
        use std::os::unix::fs::PermissionsExt;
        let mut guest = Guest::new();
        guest.host_write("file", b"abc");
        let permissions = std::fs::Permissions::from_mode(0o400);
        std::fs::set_permissions(guest.host_path("file"), permissions).unwrap();
        assert!(guest.open("file", CREAT, READ).is_ok());
    }

    #[test]
    fn directories() {
        let mut guest = Guest::new();
        std::fs::create_dir(guest.host_path("sub")).unwrap();
        guest.host_write("sub/file", b"abc");
        for path in [
            ".",
            "./",
            "sub",
            "sub/",
            "sub//",
            "sub/.",
            "sub/../sub",
            "./sub/./",
        ] {
            assert!(guest.open(path, DIRECTORY, READ).is_ok(), "{path}");
            assert!(guest.open(path, 0, 0).is_ok(), "{path}");
        }
        let sub = guest.open("sub", 0, READ).unwrap();
        let file = guest.open_at(sub, "file", 1, 0, READ, 0).unwrap();
        assert_eq!(guest.read(file, 9), Ok(b"abc".to_vec()));
        assert_eq!(
            guest.open_at(sub, "../sub", 1, 0, READ, 0),
            Err(Errno::Perm)
        );

        assert_eq!(
            guest.open("sub", DIRECTORY, READ | WRITE),
            Err(Errno::Isdir)
        );
        assert_eq!(guest.open("sub", 0, READ | WRITE), Err(Errno::Isdir));
        assert_eq!(guest.open("sub", 0, WRITE), Err(Errno::Isdir));
        assert_eq!(guest.open("sub", CREAT, READ), Err(Errno::Isdir));
        assert_eq!(guest.open("sub", TRUNC, READ), Err(Errno::Isdir));
        assert_eq!(guest.open("sub", CREAT | EXCL, READ), Err(Errno::Exist));
        for with in [CREAT, EXCL, TRUNC] {
            assert_eq!(guest.open("sub", DIRECTORY | with, READ), Err(Errno::Inval));
        }
        assert_eq!(guest.open("sub/file", DIRECTORY, READ), Err(Errno::Notdir));
        assert_eq!(guest.open("sub/file/", 0, READ), Err(Errno::Notdir));
        assert_eq!(guest.open("sub/file/.", 0, READ), Err(Errno::Notdir));
        assert!(guest.open("sub/new/", CREAT, WRITE).is_err());
        assert_eq!(guest.open_at(file, "x", 1, 0, READ, 0), Err(Errno::Notdir));
        assert_eq!(guest.open_at(0, "x", 1, 0, READ, 0), Err(Errno::Notdir));
        assert_eq!(guest.open_at(99, "x", 1, 0, READ, 0), Err(Errno::Badf));
    }

    #[test]
    fn nothing_outside_can_be_opened() {
        let mut guest = Guest::new();
        std::fs::create_dir(guest.host_path("sub")).unwrap();
        guest.host_write("file", b"abc");
        let outside = guest.root().parent().unwrap().display().to_string();
        for path in [
            "..",
            "../",
            "sub/../..",
            "sub/../../file",
            "/",
            "/file",
            "//file",
            "../../../../../../etc/passwd",
            &outside,
            guest.root().join("file").display().to_string().as_str(),
        ] {
            for oflags in [0, CREAT, DIRECTORY, TRUNC] {
                assert_eq!(guest.open(path, oflags, READ), Err(Errno::Perm), "{path}");
            }
        }
        assert!(guest.open("sub/../file", 0, READ).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn symbolic_links() {
        use std::os::unix::fs::symlink;
        let mut guest = Guest::new();
        std::fs::create_dir(guest.host_path("sub")).unwrap();
        guest.host_write("file", b"abc");
        for (target, link) in [
            ("file", "link"),
            ("sub", "sublink"),
            ("..", "up"),
            ("/etc", "absolute"),
            ("sub/../../x", "sneaky"),
            ("loop", "loop"),
            ("created", "dangling"),
        ] {
            symlink(target, guest.host_path(link)).unwrap();
        }
        let fd = guest.open("link", 0, READ).unwrap();
        assert_eq!(guest.read(fd, 9), Ok(b"abc".to_vec()));
        assert_eq!(guest.open_with("link", 0, 0, READ, 0), Err(Errno::Loop));
        assert!(guest.open("sublink", DIRECTORY, READ).is_ok());
        assert!(guest.open_with("sublink/", 0, 0, READ, 0).is_ok());
        let nofollow = guest.open_with("sublink", 0, DIRECTORY, READ, 0);
        assert!(
            matches!(nofollow, Err(Errno::Loop | Errno::Notdir)),
            "{nofollow:?}"
        );
        assert_eq!(guest.open("loop", 0, READ), Err(Errno::Loop));
        for path in ["up", "up/x", "absolute", "absolute/passwd", "sneaky"] {
            for oflags in [0, CREAT, DIRECTORY] {
                assert_eq!(guest.open(path, oflags, READ), Err(Errno::Perm), "{path}");
            }
        }
        assert_eq!(guest.open("dangling", 0, READ), Err(Errno::Noent));
        assert_eq!(
            guest.open("dangling", CREAT | EXCL, READ),
            Err(Errno::Exist)
        );
        assert!(guest.open("dangling", CREAT, READ).is_ok());
        assert_eq!(guest.host_read("created"), b"");
    }

    #[test]
    fn flags_are_kept() {
        let mut guest = Guest::new();
        for flags in 0..32 {
            let fd = guest
                .open_with("file", 1, CREAT, READ | WRITE, flags)
                .unwrap();
            assert_eq!(
                guest.call(|w, m| fd_fdstat_get(w, m, fd, 0)),
                Errno::Success
            );
            assert_eq!(guest.memory[2], flags as u8);
            // How writes are stored stays; the others can change.
            let keep = (flags & !fdflags::NONBLOCK) as i32;
            assert_eq!(
                guest.call(|w, m| fd_fdstat_set_flags(w, m, fd, keep)),
                Errno::Success
            );
        }
        assert!(guest.open_with(".", 1, 0, 0, fdflags::NONBLOCK).is_ok());
    }

    #[test]
    fn bad_arguments() {
        let mut guest = Guest::new();
        guest.host_write("file", b"");
        let path = guest.path("file");
        let mut open = |lookup, path: (i32, i32), oflags, flags, slot| {
            guest.call(|w, m| path_open(w, m, 3, lookup, path.0, path.1, oflags, 0, 0, flags, slot))
        };
        assert_eq!(open(0, path, 0, 0, 0), Errno::Success);
        assert_eq!(open(2, path, 0, 0, 0), Errno::Inval);
        assert_eq!(open(-1, path, 0, 0, 0), Errno::Inval);
        assert_eq!(open(0, path, 16, 0, 0), Errno::Inval);
        assert_eq!(open(0, path, -1, 0, 0), Errno::Inval);
        assert_eq!(open(0, path, 0, 32, 0), Errno::Inval);
        assert_eq!(open(0, path, 0, 0x10000, 0), Errno::Inval);
        assert_eq!(open(0, path, 0, 0, -4), Errno::Fault);
        assert_eq!(open(0, path, 0, 0, 2), Errno::Inval);
        assert_eq!(open(0, (path.0, -1), 0, 0, 0), Errno::Fault);
        assert_eq!(open(0, (-1, 2), 0, 0, 0), Errno::Fault);
        assert_eq!(open(0, (0, 0), 0, 0, 0), Errno::Noent);
        // Of all these, only the first opened anything.
        assert_eq!(guest.open("file", 0, READ), Ok(5));
        assert_eq!(guest.open("fi\0le", 0, READ), Err(Errno::Inval));
        assert_eq!(guest.open("file\0", 0, READ), Err(Errno::Inval));
        assert_eq!(
            guest.open(&"x".repeat(300), 0, READ),
            Err(Errno::Nametoolong)
        );
        guest.memory = vec![b'a'; 1 << 20];
        let long = guest.call(|w, m| path_open(w, m, 3, 0, 0, 1 << 20, 0, 0, 0, 0, 0));
        assert_eq!(long, Errno::Nametoolong);
    }
}
