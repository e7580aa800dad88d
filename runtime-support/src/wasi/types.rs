//! The structures of the binary interface, with their sizes and the places of their fields, and
//! the numbers that go with them.
//!
//! `wasm32`, little endian: <https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md>.

use super::errno::Errno;

/// Puts fields into a structure that is zero elsewhere (its padding).
struct Fields<const N: usize>([u8; N]);

impl<const N: usize> Fields<N> {
    fn new() -> Self {
        Fields([0; N])
    }

    /// Offsets are constants of this file; the tests below go through all of them.
    fn set<const M: usize>(mut self, offset: usize, value: [u8; M]) -> Self {
        self.0[offset..offset + M].copy_from_slice(&value);
        self
    }
}

/// What kind of thing a descriptor or a path stands for (`filetype`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Filetype {
    Unknown = 0,
    BlockDevice = 1,
    CharacterDevice = 2,
    Directory = 3,
    RegularFile = 4,
    SocketStream = 6,
    SymbolicLink = 7,
}

impl From<cap_std::fs::FileType> for Filetype {
    fn from(kind: cap_std::fs::FileType) -> Self {
        use cap_fs_ext::FileTypeExt;
        if kind.is_file() {
            Filetype::RegularFile
        } else if kind.is_dir() {
            Filetype::Directory
        } else if kind.is_symlink() {
            Filetype::SymbolicLink
        } else if kind.is_char_device() {
            Filetype::CharacterDevice
        } else if kind.is_block_device() {
            Filetype::BlockDevice
        } else if kind.is_socket() {
            Filetype::SocketStream
        } else {
            // Named pipes too: preview 1 has no number for them.
            Filetype::Unknown
        }
    }
}

/// `fdflags`: how a descriptor reads and writes.
pub(super) mod fdflags {
    /// Writes go to the end.
    pub const APPEND: u16 = 1;
    /// Writes wait for the data to be stored.
    pub const DSYNC: u16 = 2;
    /// Reads and writes that would wait fail instead.
    pub const NONBLOCK: u16 = 4;
    /// Reads wait as writes do.
    pub const RSYNC: u16 = 8;
    /// Writes wait for data and metadata to be stored.
    pub const SYNC: u16 = 16;
    /// All of them.
    pub const ALL: u16 = 31;
}

/// `oflags`: how `path_open` opens.
pub(super) mod oflags {
    /// Create the file if there is none.
    pub const CREAT: u16 = 1;
    /// Fail if it is no directory.
    pub const DIRECTORY: u16 = 2;
    /// Fail if it exists.
    pub const EXCL: u16 = 4;
    /// Empty it.
    pub const TRUNC: u16 = 8;
    /// All of them.
    pub const ALL: u16 = 15;
}

/// `lookupflags`: whether a symbolic link at the end of a path is followed.
pub(super) const SYMLINK_FOLLOW: u32 = 1;

/// `fstflags`: which times to set, and to what.
pub(super) mod fstflags {
    /// Set the time of last access to the one given.
    pub const ATIM: u16 = 1;
    /// Set it to now.
    pub const ATIM_NOW: u16 = 2;
    /// Set the time of last modification to the one given.
    pub const MTIM: u16 = 4;
    /// Set it to now.
    pub const MTIM_NOW: u16 = 8;
    /// All of them.
    pub const ALL: u16 = 15;
}

/// `rights`: what may be done with a descriptor. Only reading and writing are told apart here;
/// the others are reported because libraries look at them.
pub(super) mod rights {
    pub const FD_DATASYNC: u64 = 1 << 0;
    pub const FD_READ: u64 = 1 << 1;
    pub const FD_SEEK: u64 = 1 << 2;
    pub const FD_FDSTAT_SET_FLAGS: u64 = 1 << 3;
    pub const FD_SYNC: u64 = 1 << 4;
    pub const FD_TELL: u64 = 1 << 5;
    pub const FD_WRITE: u64 = 1 << 6;
    pub const FD_ADVISE: u64 = 1 << 7;
    pub const FD_ALLOCATE: u64 = 1 << 8;
    pub const PATH_CREATE_DIRECTORY: u64 = 1 << 9;
    pub const PATH_CREATE_FILE: u64 = 1 << 10;
    pub const PATH_LINK_SOURCE: u64 = 1 << 11;
    pub const PATH_LINK_TARGET: u64 = 1 << 12;
    pub const PATH_OPEN: u64 = 1 << 13;
    pub const FD_READDIR: u64 = 1 << 14;
    pub const PATH_READLINK: u64 = 1 << 15;
    pub const PATH_RENAME_SOURCE: u64 = 1 << 16;
    pub const PATH_RENAME_TARGET: u64 = 1 << 17;
    pub const PATH_FILESTAT_GET: u64 = 1 << 18;
    pub const PATH_FILESTAT_SET_TIMES: u64 = 1 << 20;
    pub const FD_FILESTAT_GET: u64 = 1 << 21;
    pub const FD_FILESTAT_SET_SIZE: u64 = 1 << 22;
    pub const FD_FILESTAT_SET_TIMES: u64 = 1 << 23;
    pub const PATH_SYMLINK: u64 = 1 << 24;
    pub const PATH_REMOVE_DIRECTORY: u64 = 1 << 25;
    pub const PATH_UNLINK_FILE: u64 = 1 << 26;
    pub const POLL_FD_READWRITE: u64 = 1 << 27;

    /// What can be done with a regular file.
    pub const FILE: u64 = FD_DATASYNC
        | FD_READ
        | FD_SEEK
        | FD_FDSTAT_SET_FLAGS
        | FD_SYNC
        | FD_TELL
        | FD_WRITE
        | FD_ADVISE
        | FD_ALLOCATE
        | FD_FILESTAT_GET
        | FD_FILESTAT_SET_SIZE
        | FD_FILESTAT_SET_TIMES
        | POLL_FD_READWRITE;

    /// What can be done with a directory.
    pub const DIRECTORY: u64 = FD_SYNC
        | PATH_CREATE_DIRECTORY
        | PATH_CREATE_FILE
        | PATH_LINK_SOURCE
        | PATH_LINK_TARGET
        | PATH_OPEN
        | FD_READDIR
        | PATH_READLINK
        | PATH_RENAME_SOURCE
        | PATH_RENAME_TARGET
        | PATH_FILESTAT_GET
        | PATH_FILESTAT_SET_TIMES
        | FD_FILESTAT_GET
        | FD_FILESTAT_SET_TIMES
        | PATH_SYMLINK
        | PATH_REMOVE_DIRECTORY
        | PATH_UNLINK_FILE;

    /// What can be asked for when a file or directory is opened in a directory.
    pub const INHERITED: u64 = DIRECTORY | FILE;
}

/// `fdstat`: what a descriptor is and may do.
pub(super) struct Fdstat {
    pub filetype: Filetype,
    pub flags: u16,
    pub rights: u64,
    pub inheriting: u64,
}

impl Fdstat {
    pub const SIZE: usize = 24;
    pub const ALIGN: u32 = 8;

    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        let Fdstat {
            filetype,
            flags,
            rights,
            inheriting,
        } = *self;
        Fields::new()
            .set(0, [filetype as u8])
            .set(2, flags.to_le_bytes())
            .set(8, rights.to_le_bytes())
            .set(16, inheriting.to_le_bytes())
            .0
    }
}

/// `filestat`: what is known of a file. Times are nanoseconds since 1970.
pub(super) struct Filestat {
    pub dev: u64,
    pub ino: u64,
    pub filetype: Filetype,
    pub nlink: u64,
    pub size: u64,
    pub atim: u64,
    pub mtim: u64,
    pub ctim: u64,
}

impl Filestat {
    pub const SIZE: usize = 64;
    pub const ALIGN: u32 = 8;

    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        let Filestat {
            dev,
            ino,
            filetype,
            nlink,
            size,
            atim,
            mtim,
            ctim,
        } = *self;
        Fields::new()
            .set(0, dev.to_le_bytes())
            .set(8, ino.to_le_bytes())
            .set(16, [filetype as u8])
            .set(24, nlink.to_le_bytes())
            .set(32, size.to_le_bytes())
            .set(40, atim.to_le_bytes())
            .set(48, mtim.to_le_bytes())
            .set(56, ctim.to_le_bytes())
            .0
    }
}

/// `prestat`: that a descriptor is a granted directory, and how long its name is.
pub(super) struct Prestat {
    pub name_len: u32,
}

impl Prestat {
    pub const SIZE: usize = 8;
    pub const ALIGN: u32 = 4;

    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        const DIRECTORY: u8 = 0;
        Fields::new()
            .set(0, [DIRECTORY])
            .set(4, self.name_len.to_le_bytes())
            .0
    }
}

/// `dirent`: the head of a directory entry; its name follows at once.
pub(super) struct Dirent {
    /// The cookie with which the listing goes on after this entry.
    pub next: u64,
    pub ino: u64,
    pub name_len: u32,
    pub filetype: Filetype,
}

impl Dirent {
    pub const SIZE: usize = 24;

    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        let Dirent {
            next,
            ino,
            name_len,
            filetype,
        } = *self;
        Fields::new()
            .set(0, next.to_le_bytes())
            .set(8, ino.to_le_bytes())
            .set(16, name_len.to_le_bytes())
            .set(20, [filetype as u8])
            .0
    }
}

/// `eventtype`: what a subscription waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Eventtype {
    Clock = 0,
    FdRead = 1,
    FdWrite = 2,
}

/// `subscription`: something that `poll_oneoff` waits for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Subscription {
    /// Handed back in the event.
    pub userdata: u64,
    pub kind: SubscriptionKind,
}

/// What is waited for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum SubscriptionKind {
    /// That a clock reaches `timeout`, counted from now unless it is absolute.
    Clock {
        id: u32,
        timeout: u64,
        absolute: bool,
    },
    /// That a descriptor can be read.
    FdRead(i32),
    /// That a descriptor can be written.
    FdWrite(i32),
}

impl Subscription {
    pub const SIZE: usize = 48;
    pub const ALIGN: u32 = 8;

    pub fn from_bytes(bytes: &[u8; Self::SIZE]) -> Result<Self, Errno> {
        let u32_at = |at: usize| {
            bytes[at..]
                .first_chunk()
                .map_or(0, |&b| u32::from_le_bytes(b))
        };
        let u64_at = |at: usize| {
            bytes[at..]
                .first_chunk()
                .map_or(0, |&b| u64::from_le_bytes(b))
        };
        let kind = match bytes[8] {
            0 => {
                // The flags are 16 bits wide, the next two bytes are padding.
                let flags = u32_at(40) as u16;
                if flags > 1 {
                    return Err(Errno::Inval);
                }
                SubscriptionKind::Clock {
                    id: u32_at(16),
                    timeout: u64_at(24),
                    absolute: flags == 1,
                }
            }
            1 => SubscriptionKind::FdRead(u32_at(16) as i32),
            2 => SubscriptionKind::FdWrite(u32_at(16) as i32),
            _ => return Err(Errno::Inval),
        };
        Ok(Subscription {
            userdata: u64_at(0),
            kind,
        })
    }
}

/// `event`: that something waited for has happened, or cannot.
#[derive(Debug)]
pub(super) struct Event {
    pub userdata: u64,
    pub error: Errno,
    pub kind: Eventtype,
    /// How many bytes can be read or written.
    pub bytes: u64,
}

impl Event {
    pub const SIZE: usize = 32;
    pub const ALIGN: u32 = 8;

    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        let Event {
            userdata,
            error,
            kind,
            bytes,
        } = *self;
        Fields::new()
            .set(0, userdata.to_le_bytes())
            .set(8, (error as u16).to_le_bytes())
            .set(10, [kind as u8])
            .set(16, bytes.to_le_bytes())
            .0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structures_are_laid_out_as_the_document_says() {
        let stat = Filestat {
            dev: 1,
            ino: 2,
            filetype: Filetype::RegularFile,
            nlink: 3,
            size: 4,
            atim: 5,
            mtim: 6,
            ctim: 7,
        };
        let mut expected = [0; 64];
        for (at, value) in [
            (0, 1),
            (8, 2),
            (16, 4),
            (24, 3),
            (32, 4),
            (40, 5),
            (48, 6),
            (56, 7),
        ] {
            expected[at] = value;
        }
        assert_eq!(stat.to_bytes(), expected);

        let stat = Fdstat {
            filetype: Filetype::Directory,
            flags: 0x0201,
            rights: 5,
            inheriting: 6,
        };
        let mut expected = [0; 24];
        for (at, value) in [(0, 3), (2, 1), (3, 2), (8, 5), (16, 6)] {
            expected[at] = value;
        }
        assert_eq!(stat.to_bytes(), expected);

        assert_eq!(
            Prestat { name_len: 258 }.to_bytes(),
            [0, 0, 0, 0, 2, 1, 0, 0]
        );

        let entry = Dirent {
            next: 1,
            ino: 2,
            name_len: 3,
            filetype: Filetype::SymbolicLink,
        }
        .to_bytes();
        assert_eq!((entry[0], entry[8], entry[16], entry[20]), (1, 2, 3, 7));

        let event = Event {
            userdata: 1,
            error: Errno::Badf,
            kind: Eventtype::FdWrite,
            bytes: 9,
        }
        .to_bytes();
        assert_eq!((event[0], event[8], event[10], event[16]), (1, 8, 2, 9));
    }

    #[test]
    fn subscriptions_are_read_as_the_document_says() {
        let mut bytes = [0; 48];
        bytes[0] = 7;
        bytes[16] = 1;
        bytes[24] = 9;
        bytes[40] = 1;
        let kind = SubscriptionKind::Clock {
            id: 1,
            timeout: 9,
            absolute: true,
        };
        assert_eq!(
            Subscription::from_bytes(&bytes),
            Ok(Subscription { userdata: 7, kind })
        );
        bytes[40] = 2;
        assert_eq!(Subscription::from_bytes(&bytes), Err(Errno::Inval));
        bytes[8] = 2;
        let kind = SubscriptionKind::FdWrite(1);
        assert_eq!(
            Subscription::from_bytes(&bytes),
            Ok(Subscription { userdata: 7, kind })
        );
        bytes[8] = 3;
        assert_eq!(Subscription::from_bytes(&bytes), Err(Errno::Inval));
    }
}
