//! Error numbers, and which of them an error of the operating system becomes.

use core::fmt;
use std::io;

/// Defines [`Errno`] with the numbers of the document and a description each.
macro_rules! errno {
    ($($name:ident = $number:literal, $text:literal;)*) => {
        /// What a function of WASI preview 1 returns: success, or what went wrong.
        ///
        /// The functions themselves return the number, as an `i32`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum Errno {
            $(#[doc = $text] $name = $number,)*
        }

        impl Errno {
            /// The error of this number, if there is one.
            pub fn from_code(code: i32) -> Option<Self> {
                match code {
                    $($number => Some(Errno::$name),)*
                    _ => None,
                }
            }

            fn description(self) -> &'static str {
                match self {
                    $(Errno::$name => $text,)*
                }
            }
        }
    };
}

errno! {
    Success = 0, "No error occurred.";
    TooBig = 1, "Argument list too long.";
    Acces = 2, "Permission denied.";
    Addrinuse = 3, "Address in use.";
    Addrnotavail = 4, "Address not available.";
    Afnosupport = 5, "Address family not supported.";
    Again = 6, "Resource unavailable, or operation would block.";
    Already = 7, "Connection already in progress.";
    Badf = 8, "Bad file descriptor.";
    Badmsg = 9, "Bad message.";
    Busy = 10, "Device or resource busy.";
    Canceled = 11, "Operation canceled.";
    Child = 12, "No child processes.";
    Connaborted = 13, "Connection aborted.";
    Connrefused = 14, "Connection refused.";
    Connreset = 15, "Connection reset.";
    Deadlk = 16, "Resource deadlock would occur.";
    Destaddrreq = 17, "Destination address required.";
    Dom = 18, "Mathematics argument out of domain of function.";
    Dquot = 19, "Disk quota exceeded.";
    Exist = 20, "File exists.";
    Fault = 21, "Bad address.";
    Fbig = 22, "File too large.";
    Hostunreach = 23, "Host is unreachable.";
    Idrm = 24, "Identifier removed.";
    Ilseq = 25, "Illegal byte sequence.";
    Inprogress = 26, "Operation in progress.";
    Intr = 27, "Interrupted function.";
    Inval = 28, "Invalid argument.";
    Io = 29, "I/O error.";
    Isconn = 30, "Socket is connected.";
    Isdir = 31, "Is a directory.";
    Loop = 32, "Too many levels of symbolic links.";
    Mfile = 33, "File descriptor value too large.";
    Mlink = 34, "Too many links.";
    Msgsize = 35, "Message too large.";
    Multihop = 36, "Multihop attempted.";
    Nametoolong = 37, "File name too long.";
    Netdown = 38, "Network is down.";
    Netreset = 39, "Connection aborted by network.";
    Netunreach = 40, "Network unreachable.";
    Nfile = 41, "Too many files open in system.";
    Nobufs = 42, "No buffer space available.";
    Nodev = 43, "No such device.";
    Noent = 44, "No such file or directory.";
    Noexec = 45, "Executable file format error.";
    Nolck = 46, "No locks available.";
    Nolink = 47, "Link has been severed.";
    Nomem = 48, "Not enough memory.";
    Nomsg = 49, "No message of the desired type.";
    Noprotoopt = 50, "Protocol not available.";
    Nospc = 51, "No space left on device.";
    Nosys = 52, "Function not supported.";
    Notconn = 53, "The socket is not connected.";
    Notdir = 54, "Not a directory, or a symbolic link to one.";
    Notempty = 55, "Directory not empty.";
    Notrecoverable = 56, "State not recoverable.";
    Notsock = 57, "Not a socket.";
    Notsup = 58, "Not supported.";
    Notty = 59, "Inappropriate I/O control operation.";
    Nxio = 60, "No such device or address.";
    Overflow = 61, "Value too large to be stored in data type.";
    Ownerdead = 62, "Previous owner died.";
    Perm = 63, "Operation not permitted.";
    Pipe = 64, "Broken pipe.";
    Proto = 65, "Protocol error.";
    Protonosupport = 66, "Protocol not supported.";
    Prototype = 67, "Protocol wrong type for socket.";
    Range = 68, "Result too large.";
    Rofs = 69, "Read-only file system.";
    Spipe = 70, "Invalid seek.";
    Srch = 71, "No such process.";
    Stale = 72, "Stale file handle.";
    Timedout = 73, "Connection timed out.";
    Txtbsy = 74, "Text file busy.";
    Xdev = 75, "Cross-device link.";
    Notcapable = 76, "Capabilities insufficient.";
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.description())
    }
}

impl core::error::Error for Errno {}

/// What a function returns to the guest.
pub(super) fn code(result: Result<(), Errno>) -> i32 {
    result.err().unwrap_or(Errno::Success) as i32
}

/// Calls again as long as a signal interrupts the call: a guest has no signals.
pub(super) fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> Result<T, Errno> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return Ok(result?),
        }
    }
}

impl From<io::Error> for Errno {
    fn from(error: io::Error) -> Self {
        // The number first: several numbers share a kind (`EACCES` and `EPERM`, for one).
        error
            .raw_os_error()
            .and_then(from_raw)
            .unwrap_or_else(|| from_kind(error.kind()))
    }
}

/// For errors that did not come from the operating system, or whose number is unknown.
fn from_kind(kind: io::ErrorKind) -> Errno {
    use io::ErrorKind as Kind;
    match kind {
        Kind::NotFound => Errno::Noent,
        // Without a number this is how `cap-std` says that a path leads out of its directory.
        Kind::PermissionDenied => Errno::Perm,
        Kind::ConnectionRefused => Errno::Connrefused,
        Kind::ConnectionReset => Errno::Connreset,
        Kind::HostUnreachable => Errno::Hostunreach,
        Kind::NetworkUnreachable => Errno::Netunreach,
        Kind::ConnectionAborted => Errno::Connaborted,
        Kind::NotConnected => Errno::Notconn,
        Kind::AddrInUse => Errno::Addrinuse,
        Kind::AddrNotAvailable => Errno::Addrnotavail,
        Kind::NetworkDown => Errno::Netdown,
        Kind::BrokenPipe => Errno::Pipe,
        Kind::AlreadyExists => Errno::Exist,
        Kind::WouldBlock => Errno::Again,
        Kind::NotADirectory => Errno::Notdir,
        Kind::IsADirectory => Errno::Isdir,
        Kind::DirectoryNotEmpty => Errno::Notempty,
        Kind::ReadOnlyFilesystem => Errno::Rofs,
        Kind::StaleNetworkFileHandle => Errno::Stale,
        Kind::InvalidInput => Errno::Inval,
        Kind::InvalidData => Errno::Ilseq,
        Kind::TimedOut => Errno::Timedout,
        Kind::StorageFull => Errno::Nospc,
        Kind::NotSeekable => Errno::Spipe,
        Kind::QuotaExceeded => Errno::Dquot,
        Kind::FileTooLarge => Errno::Fbig,
        Kind::ResourceBusy => Errno::Busy,
        Kind::ExecutableFileBusy => Errno::Txtbsy,
        Kind::Deadlock => Errno::Deadlk,
        Kind::CrossesDevices => Errno::Xdev,
        Kind::TooManyLinks => Errno::Mlink,
        Kind::InvalidFilename => Errno::Nametoolong,
        Kind::ArgumentListTooLong => Errno::TooBig,
        Kind::Interrupted => Errno::Intr,
        Kind::Unsupported => Errno::Notsup,
        Kind::OutOfMemory => Errno::Nomem,
        _ => Errno::Io,
    }
}

/// The error that `errno` stands for on Unix.
#[cfg(unix)]
fn from_raw(raw: i32) -> Option<Errno> {
    // Some systems give two names to one number; whichever comes first here wins.
    #[allow(unreachable_patterns)]
    Some(match raw {
        libc::E2BIG => Errno::TooBig,
        libc::EACCES => Errno::Acces,
        libc::EADDRINUSE => Errno::Addrinuse,
        libc::EADDRNOTAVAIL => Errno::Addrnotavail,
        libc::EAFNOSUPPORT => Errno::Afnosupport,
        libc::EAGAIN | libc::EWOULDBLOCK => Errno::Again,
        libc::EALREADY => Errno::Already,
        libc::EBADF => Errno::Badf,
        libc::EBUSY => Errno::Busy,
        libc::ECANCELED => Errno::Canceled,
        libc::ECHILD => Errno::Child,
        libc::ECONNABORTED => Errno::Connaborted,
        libc::ECONNREFUSED => Errno::Connrefused,
        libc::ECONNRESET => Errno::Connreset,
        libc::EDEADLK => Errno::Deadlk,
        libc::EDESTADDRREQ => Errno::Destaddrreq,
        libc::EDOM => Errno::Dom,
        libc::EDQUOT => Errno::Dquot,
        libc::EEXIST => Errno::Exist,
        libc::EFAULT => Errno::Fault,
        libc::EFBIG => Errno::Fbig,
        libc::EHOSTUNREACH => Errno::Hostunreach,
        libc::EIDRM => Errno::Idrm,
        libc::EILSEQ => Errno::Ilseq,
        libc::EINPROGRESS => Errno::Inprogress,
        libc::EINTR => Errno::Intr,
        libc::EINVAL => Errno::Inval,
        libc::EIO => Errno::Io,
        libc::EISCONN => Errno::Isconn,
        libc::EISDIR => Errno::Isdir,
        libc::ELOOP => Errno::Loop,
        libc::EMFILE => Errno::Mfile,
        libc::EMLINK => Errno::Mlink,
        libc::EMSGSIZE => Errno::Msgsize,
        libc::ENAMETOOLONG => Errno::Nametoolong,
        libc::ENETDOWN => Errno::Netdown,
        libc::ENETRESET => Errno::Netreset,
        libc::ENETUNREACH => Errno::Netunreach,
        libc::ENFILE => Errno::Nfile,
        libc::ENOBUFS => Errno::Nobufs,
        libc::ENODEV => Errno::Nodev,
        libc::ENOENT => Errno::Noent,
        libc::ENOEXEC => Errno::Noexec,
        libc::ENOLCK => Errno::Nolck,
        libc::ENOMEM => Errno::Nomem,
        libc::ENOMSG => Errno::Nomsg,
        libc::ENOPROTOOPT => Errno::Noprotoopt,
        libc::ENOSPC => Errno::Nospc,
        libc::ENOSYS => Errno::Nosys,
        libc::ENOTCONN => Errno::Notconn,
        libc::ENOTDIR => Errno::Notdir,
        libc::ENOTEMPTY => Errno::Notempty,
        libc::ENOTSOCK => Errno::Notsock,
        libc::ENOTSUP | libc::EOPNOTSUPP => Errno::Notsup,
        libc::ENOTTY => Errno::Notty,
        libc::ENXIO => Errno::Nxio,
        libc::EOVERFLOW => Errno::Overflow,
        libc::EPERM => Errno::Perm,
        libc::EPIPE => Errno::Pipe,
        libc::EPROTONOSUPPORT => Errno::Protonosupport,
        libc::EPROTOTYPE => Errno::Prototype,
        libc::ERANGE => Errno::Range,
        libc::EROFS => Errno::Rofs,
        libc::ESPIPE => Errno::Spipe,
        libc::ESRCH => Errno::Srch,
        libc::ESTALE => Errno::Stale,
        libc::ETIMEDOUT => Errno::Timedout,
        libc::ETXTBSY => Errno::Txtbsy,
        libc::EXDEV => Errno::Xdev,
        // Not every Unix has these.
        #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
        libc::EBADMSG => Errno::Badmsg,
        #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
        libc::EMULTIHOP => Errno::Multihop,
        #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
        libc::ENOLINK => Errno::Nolink,
        #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
        libc::ENOTRECOVERABLE => Errno::Notrecoverable,
        #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
        libc::EOWNERDEAD => Errno::Ownerdead,
        #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
        libc::EPROTO => Errno::Proto,
        _ => return None,
    })
}

/// The error that `GetLastError` stands for on Windows, where its kind alone would mislead.
#[cfg(windows)]
fn from_raw(raw: i32) -> Option<Errno> {
    Some(match raw {
        // ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND, ERROR_INVALID_NAME
        2 | 3 | 123 => Errno::Noent,
        // ERROR_TOO_MANY_OPEN_FILES
        4 => Errno::Mfile,
        // ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION
        5 | 32 | 33 => Errno::Acces,
        // ERROR_INVALID_HANDLE
        6 => Errno::Badf,
        // ERROR_NOT_ENOUGH_MEMORY, ERROR_OUTOFMEMORY
        8 | 14 => Errno::Nomem,
        // ERROR_NOT_SAME_DEVICE
        17 => Errno::Xdev,
        // ERROR_WRITE_PROTECT
        19 => Errno::Rofs,
        // ERROR_NOT_READY, ERROR_BUSY
        21 | 170 => Errno::Busy,
        // ERROR_NOT_SUPPORTED
        50 => Errno::Notsup,
        // ERROR_FILE_EXISTS, ERROR_ALREADY_EXISTS
        80 | 183 => Errno::Exist,
        // ERROR_BROKEN_PIPE, ERROR_NO_DATA
        109 | 232 => Errno::Pipe,
        // ERROR_BUFFER_OVERFLOW, ERROR_FILENAME_EXCED_RANGE
        111 | 206 => Errno::Nametoolong,
        // ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL
        39 | 112 => Errno::Nospc,
        // ERROR_NEGATIVE_SEEK, ERROR_NOT_A_REPARSE_POINT
        131 | 4390 => Errno::Inval,
        // ERROR_DIR_NOT_EMPTY
        145 => Errno::Notempty,
        // ERROR_DIRECTORY
        267 => Errno::Notdir,
        // ERROR_DIRECTORY_NOT_SUPPORTED
        336 => Errno::Isdir,
        // ERROR_STOPPED_ON_SYMLINK
        681 => Errno::Loop,
        // ERROR_TOO_MANY_LINKS
        1142 => Errno::Mlink,
        // ERROR_PRIVILEGE_NOT_HELD
        1314 => Errno::Perm,
        _ => return None,
    })
}

/// Elsewhere the kind has to do.
#[cfg(not(any(unix, windows)))]
fn from_raw(_raw: i32) -> Option<Errno> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_document() {
        for (errno, number) in [
            (Errno::Success, 0),
            (Errno::Badf, 8),
            (Errno::Fault, 21),
            (Errno::Inval, 28),
            (Errno::Noent, 44),
            (Errno::Perm, 63),
            (Errno::Spipe, 70),
            (Errno::Notcapable, 76),
        ] {
            assert_eq!(errno as i32, number);
            assert_eq!(Errno::from_code(number), Some(errno));
        }
        assert_eq!(Errno::from_code(77), None);
        assert_eq!(Errno::from_code(-1), None);
        assert_eq!(code(Ok(())), 0);
        assert_eq!(code(Err(Errno::Badf)), 8);
    }

    #[cfg(unix)]
    #[test]
    fn the_number_of_the_operating_system_counts_more_than_the_kind() {
        for (raw, errno) in [
            (libc::EACCES, Errno::Acces),
            (libc::EPERM, Errno::Perm),
            (libc::ELOOP, Errno::Loop),
            (libc::EWOULDBLOCK, Errno::Again),
            (libc::EOPNOTSUPP, Errno::Notsup),
            (i32::MAX, Errno::Io),
        ] {
            assert_eq!(Errno::from(io::Error::from_raw_os_error(raw)), errno);
        }
    }

    #[test]
    fn an_error_without_a_number_goes_by_its_kind() {
        let escape = io::Error::new(io::ErrorKind::PermissionDenied, "led outside");
        assert_eq!(Errno::from(escape), Errno::Perm);
        assert_eq!(Errno::from(io::Error::other("whatever")), Errno::Io);
        assert_eq!(
            Errno::from(io::Error::from(io::ErrorKind::StorageFull)),
            Errno::Nospc
        );
    }

    #[test]
    fn interrupted_calls_are_made_again() {
        let mut calls = 0;
        let result = retry(|| {
            calls += 1;
            if calls < 3 {
                Err(io::ErrorKind::Interrupted.into())
            } else {
                Ok(calls)
            }
        });
        assert_eq!(result, Ok(3));
    }
}
