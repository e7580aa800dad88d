//! The structures of the binary interface, with their sizes and the places of their fields, and
//! the numbers that go with them.
//!
//! `wasm32`, little endian: <https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md>.

use super::errno::Errno;
use super::memory::WasiMemory;

/// Which version of the binary interface a guest uses. Most is the same in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Abi {
    /// `wasi_unstable`, of 2019.
    Snapshot0,
    /// `wasi_snapshot_preview1`.
    Preview1,
}

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

/// `riflags`: how `sock_recv` receives.
pub(super) mod riflags {
    /// Leave what is read where it is.
    pub const PEEK: u16 = 1;
    /// Wait until the buffers are full.
    pub const WAITALL: u16 = 2;
    /// All of them.
    pub const ALL: u16 = 3;
}

/// `sdflags`: which directions `sock_shutdown` ends.
pub(super) mod sdflags {
    /// Receiving.
    pub const RD: i32 = 1;
    /// Sending.
    pub const WR: i32 = 2;
    /// Both.
    pub const BOTH: i32 = 3;
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
    pub const SOCK_SHUTDOWN: u64 = 1 << 28;
    pub const SOCK_ACCEPT: u64 = 1 << 29;

    /// What can be done with a connection.
    pub const CONNECTION: u64 = FD_READ
        | FD_WRITE
        | FD_FDSTAT_SET_FLAGS
        | FD_FILESTAT_GET
        | POLL_FD_READWRITE
        | SOCK_SHUTDOWN;

    /// What can be done with a socket that waits for connections.
    pub const LISTENER: u64 =
        FD_FDSTAT_SET_FLAGS | FD_FILESTAT_GET | POLL_FD_READWRITE | SOCK_ACCEPT;

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

    /// What cannot be done where nothing may be changed.
    pub const CHANGING: u64 = FD_WRITE
        | FD_ALLOCATE
        | PATH_CREATE_DIRECTORY
        | PATH_CREATE_FILE
        | PATH_LINK_SOURCE
        | PATH_LINK_TARGET
        | PATH_RENAME_SOURCE
        | PATH_RENAME_TARGET
        | PATH_FILESTAT_SET_TIMES
        | FD_FILESTAT_SET_SIZE
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
    const SIZE: usize = 64;
    const SNAPSHOT0_SIZE: usize = 56;
    pub const ALIGN: u32 = 8;

    /// Of what nothing is known.
    pub const NOTHING: Self = Filestat {
        dev: 0,
        ino: 0,
        filetype: Filetype::Unknown,
        nlink: 0,
        size: 0,
        atim: 0,
        mtim: 0,
        ctim: 0,
    };

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

    /// As the older interface has it: the number of links takes 32 bits, and the rest moves up.
    pub fn to_bytes_of_snapshot0(&self) -> [u8; Self::SNAPSHOT0_SIZE] {
        let nlink = u32::try_from(self.nlink).unwrap_or(u32::MAX);
        Fields::new()
            .set(0, self.dev.to_le_bytes())
            .set(8, self.ino.to_le_bytes())
            .set(16, [self.filetype as u8])
            .set(20, nlink.to_le_bytes())
            .set(24, self.size.to_le_bytes())
            .set(32, self.atim.to_le_bytes())
            .set(40, self.mtim.to_le_bytes())
            .set(48, self.ctim.to_le_bytes())
            .0
    }

    /// Writes it at `at`, as the interface has it.
    pub fn write(&self, memory: &mut WasiMemory<'_>, abi: Abi, at: usize) -> Result<(), Errno> {
        match abi {
            Abi::Snapshot0 => memory.write(at, &self.to_bytes_of_snapshot0()),
            Abi::Preview1 => memory.write(at, &self.to_bytes()),
        }
    }

    pub const fn size(abi: Abi) -> usize {
        match abi {
            Abi::Snapshot0 => Self::SNAPSHOT0_SIZE,
            Abi::Preview1 => Self::SIZE,
        }
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
    pub const ALIGN: u32 = 8;

    /// Its size. In the older interface a clock has a further number, which nobody ever used.
    pub const fn size(abi: Abi) -> usize {
        match abi {
            Abi::Snapshot0 => 56,
            Abi::Preview1 => 48,
        }
    }

    /// Number `number` of the array at `start`.
    pub fn read(
        memory: &WasiMemory<'_>,
        abi: Abi,
        start: usize,
        number: u32,
    ) -> Result<Self, Errno> {
        let at = start + number as usize * Self::size(abi);
        match abi {
            Abi::Snapshot0 => {
                let bytes: [u8; 56] = memory.read(at)?;
                let (head, tail) = (&bytes[..16], &bytes[16..]);
                match bytes[8] {
                    // The number comes first.
                    0 => Self::new(head, &tail[8..]),
                    _ => Self::new(head, tail),
                }
            }
            Abi::Preview1 => {
                let bytes: [u8; 48] = memory.read(at)?;
                Self::new(&bytes[..16], &bytes[16..])
            }
        }
    }

    /// From the 16 bytes that all have, and those that depend on what is waited for.
    fn new(head: &[u8], rest: &[u8]) -> Result<Self, Errno> {
        let u32_at = |at: usize| {
            rest.get(at..)
                .and_then(<[u8]>::first_chunk)
                .map_or(0, |&b| u32::from_le_bytes(b))
        };
        let u64_of = |bytes: &[u8]| bytes.first_chunk().map_or(0, |&b| u64::from_le_bytes(b));
        let kind = match head.get(8) {
            Some(0) => {
                // The flags are 16 bits wide, the next two bytes are padding.
                let flags = u32_at(24) as u16;
                if flags > 1 {
                    return Err(Errno::Inval);
                }
                SubscriptionKind::Clock {
                    id: u32_at(0),
                    timeout: u64_of(rest.get(8..).unwrap_or_default()),
                    absolute: flags == 1,
                }
            }
            Some(1) => SubscriptionKind::FdRead(u32_at(0) as i32),
            Some(2) => SubscriptionKind::FdWrite(u32_at(0) as i32),
            _ => return Err(Errno::Inval),
        };
        Ok(Subscription {
            userdata: u64_of(head),
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
    /// Whether the other end is closed.
    pub hung_up: bool,
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
            hung_up,
        } = *self;
        Fields::new()
            .set(0, userdata.to_le_bytes())
            .set(8, (error as u16).to_le_bytes())
            .set(10, [kind as u8])
            .set(16, bytes.to_le_bytes())
            .set(24, u16::from(hung_up).to_le_bytes())
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

        let mut expected = [0; 56];
        for (at, value) in [
            (0, 1),
            (8, 2),
            (16, 4),
            (20, 3),
            (24, 4),
            (32, 5),
            (40, 6),
            (48, 7),
        ] {
            expected[at] = value;
        }
        assert_eq!(stat.to_bytes_of_snapshot0(), expected);

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
            hung_up: true,
        }
        .to_bytes();
        assert_eq!((event[0], event[8], event[10], event[16]), (1, 8, 2, 9));
        assert_eq!(event[24], 1);
    }

    #[test]
    fn subscriptions_are_read_as_the_document_says() {
        for (abi, clock) in [(Abi::Preview1, 16), (Abi::Snapshot0, 24)] {
            let mut bytes = [0; 56];
            let read = |bytes: &mut [u8]| Subscription::read(&bytes.into(), abi, 0, 0);
            bytes[0] = 7;
            bytes[clock] = 1;
            bytes[clock + 8] = 9;
            bytes[clock + 24] = 1;
            let kind = SubscriptionKind::Clock {
                id: 1,
                timeout: 9,
                absolute: true,
            };
            assert_eq!(read(&mut bytes), Ok(Subscription { userdata: 7, kind }));
            bytes[clock + 24] = 2;
            assert_eq!(read(&mut bytes), Err(Errno::Inval));
            bytes[8] = 2;
            bytes[16] = 1;
            let kind = SubscriptionKind::FdWrite(1);
            assert_eq!(read(&mut bytes), Ok(Subscription { userdata: 7, kind }));
            bytes[8] = 3;
            assert_eq!(read(&mut bytes), Err(Errno::Inval));
        }
    }
}
