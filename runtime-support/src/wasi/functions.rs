//! The functions by name, for each version of the interface.

use core::fmt;

use super::context::Wasi;
use super::memory::WasiMemory;
use crate::trap::HostError;
use crate::value::ValueType;

/// A function of WASI, to be found and called by name: for linkers and interpreters.
pub struct WasiFunction {
    /// Its name.
    pub name: &'static str,
    /// The types of its parameters.
    pub params: &'static [ValueType],
    /// The types of its results.
    pub results: &'static [ValueType],
    pub(super) call: fn(&mut Wasi, &mut WasiMemory<'_>, &[u64]) -> Result<i32, HostError>,
}

impl WasiFunction {
    /// Calls it. Arguments of 32 bits are in the lower halves; those that are missing are zero.
    /// Where there is no result, it returns 0.
    ///
    /// # Errors
    /// When it ends the guest: `proc_exit` always does.
    pub fn call(
        &self,
        wasi: &mut Wasi,
        memory: &mut WasiMemory<'_>,
        arguments: &[u64],
    ) -> Result<i32, HostError> {
        (self.call)(wasi, memory, arguments)
    }
}

impl fmt::Debug for WasiFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasiFunction")
            .field("name", &self.name)
            .field("params", &self.params)
            .field("results", &self.results)
            .finish()
    }
}

/// The value of a type.
macro_rules! value_type {
    (i32) => {
        $crate::ValueType::I32
    };
    (i64) => {
        $crate::ValueType::I64
    };
}
pub(super) use value_type;

/// Defines functions by what does the work, and lists them. `ABI` after it says that it depends on
/// the version.
macro_rules! define {
    ($(
        $(#[$doc:meta])*
        $name:ident($($argument:ident: $type:tt),*) = $function:path $(, $abi:ident)?;
    )*) => {
        $(
            $(#[$doc])*
            #[allow(clippy::too_many_arguments, reason = "as many as the document has")]
            pub fn $name(
                wasi: &mut $crate::wasi::Wasi,
                memory: &mut $crate::wasi::WasiMemory<'_>,
                $($argument: $type,)*
            ) -> Result<i32, $crate::HostError> {
                Ok($crate::wasi::errno::code($function(
                    &wasi.0, memory, $($abi,)? $($argument),*
                )))
            }
        )*

        /// Ends the guest: what called it returns with this exit code.
        ///
        /// # Errors
        ///
        /// Always: this is how a guest exits.
        pub fn proc_exit(
            wasi: &mut $crate::wasi::Wasi,
            _memory: &mut $crate::wasi::WasiMemory<'_>,
            code: i32,
        ) -> Result<(), $crate::HostError> {
            $crate::wasi::process::flush(&wasi.0);
            Err($crate::HostError::exit(code))
        }

        /// All functions, by name.
        pub const FUNCTIONS: &[$crate::wasi::WasiFunction] = &[
            $($crate::wasi::WasiFunction {
                name: stringify!($name),
                params: &[$($crate::wasi::functions::value_type!($type)),*],
                results: &[$crate::ValueType::I32],
                call: |wasi, memory, arguments| {
                    let arguments = &mut arguments.iter().copied();
                    $(let $argument = arguments.next().unwrap_or(0) as $type;)*
                    _ = arguments;
                    $name(wasi, memory, $($argument),*)
                },
            },)*
            $crate::wasi::WasiFunction {
                name: "proc_exit",
                params: &[$crate::ValueType::I32],
                results: &[],
                call: |wasi, memory, arguments| {
                    let code = arguments.first().map_or(0, |&code| code as i32);
                    proc_exit(wasi, memory, code).map(|()| 0)
                },
            },
        ];
    };
}
pub(super) use define;

/// Defines all functions.
macro_rules! define_all {
    () => {
        use $crate::wasi::{
            clock, descriptor, directory, environment, file, open, path, poll, process, random,
            socket, status, transfer,
        };

        $crate::wasi::functions::define! {
            /// Writes the arguments to `argv_buf`, each with a zero after it, and pointers to them to
            /// `argv`.
            args_get(argv: i32, argv_buf: i32) = environment::args;
            /// Writes how many arguments there are, and how many bytes [`args_get`] writes.
            args_sizes_get(argc: i32, argv_buf_size: i32) = environment::args_sizes;
            /// Writes the environment variables to `environ_buf`, as `name=value` with a zero after it,
            /// and pointers to them to `environ`.
            environ_get(environ: i32, environ_buf: i32) = environment::environ;
            /// Writes how many environment variables there are, and how many bytes [`environ_get`]
            /// writes.
            environ_sizes_get(environc: i32, environ_buf_size: i32) = environment::environ_sizes;
            /// Writes the smallest step of a clock, in nanoseconds.
            clock_res_get(id: i32, resolution: i32) = clock::resolution;
            /// Writes what a clock shows, in nanoseconds.
            clock_time_get(id: i32, precision: i64, time: i32) = clock::time;
            /// Tells how part of a file will be used.
            fd_advise(fd: i32, offset: i64, len: i64, advice: i32) = file::advise;
            /// Makes sure that there is room for part of a file.
            fd_allocate(fd: i32, offset: i64, len: i64) = file::allocate;
            /// Closes a descriptor.
            fd_close(fd: i32) = descriptor::close;
            /// Waits until the data of a file is stored.
            fd_datasync(fd: i32) = file::datasync;
            /// Writes what a descriptor is.
            fd_fdstat_get(fd: i32, stat: i32) = status::fdstat;
            /// Sets how a descriptor reads and writes.
            fd_fdstat_set_flags(fd: i32, flags: i32) = status::set_flags;
            /// Gives up rights, in theory; not supported.
            fd_fdstat_set_rights(fd: i32, rights_base: i64, rights_inheriting: i64) = status::set_rights;
            /// Writes what an open file is.
            fd_filestat_get(fd: i32, stat: i32) = status::filestat, ABI;
            /// Makes an open file longer or shorter.
            fd_filestat_set_size(fd: i32, size: i64) = status::set_size;
            /// Sets the times of an open file.
            fd_filestat_set_times(fd: i32, atim: i64, mtim: i64, fst_flags: i32) = status::set_times;
            /// Reads from a place in a file.
            fd_pread(fd: i32, iovs: i32, iovs_len: i32, offset: i64, nread: i32) = transfer::read_at;
            /// Writes the name under which a directory was granted.
            fd_prestat_dir_name(fd: i32, path: i32, path_len: i32) = status::prestat_name;
            /// Writes whether a descriptor is a directory that was granted, and how long its name is.
            fd_prestat_get(fd: i32, prestat: i32) = status::prestat;
            /// Writes to a place in a file.
            fd_pwrite(fd: i32, iovs: i32, iovs_len: i32, offset: i64, nwritten: i32) = transfer::write_at;
            /// Reads.
            fd_read(fd: i32, iovs: i32, iovs_len: i32, nread: i32) = transfer::read;
            /// Lists a directory.
            fd_readdir(fd: i32, buf: i32, buf_len: i32, cookie: i64, bufused: i32) = directory::read;
            /// Gives a descriptor the number of another one, which is closed.
            fd_renumber(fd: i32, to: i32) = descriptor::renumber;
            /// Moves to a place in a file.
            fd_seek(fd: i32, offset: i64, whence: i32, position: i32) = file::seek, ABI;
            /// Waits until a file, its data and what is known of it, is stored.
            fd_sync(fd: i32) = file::sync;
            /// Writes the current place in a file.
            fd_tell(fd: i32, position: i32) = file::tell;
            /// Writes.
            fd_write(fd: i32, iovs: i32, iovs_len: i32, nwritten: i32) = transfer::write;
            /// Makes a directory.
            path_create_directory(fd: i32, path: i32, path_len: i32) = path::create_directory;
            /// Writes what a path leads to.
            path_filestat_get(
                fd: i32, flags: i32, path: i32, path_len: i32, stat: i32
            ) = path::filestat, ABI;
            /// Sets the times of what a path leads to.
            path_filestat_set_times(
                fd: i32, flags: i32, path: i32, path_len: i32, atim: i64, mtim: i64, fst_flags: i32
            ) = path::set_times;
            /// Gives a file a further name.
            path_link(
                old_fd: i32, old_flags: i32, old_path: i32, old_path_len: i32,
                new_fd: i32, new_path: i32, new_path_len: i32
            ) = path::link;
            /// Opens a file or directory.
            path_open(
                fd: i32, dirflags: i32, path: i32, path_len: i32, oflags: i32,
                rights_base: i64, rights_inheriting: i64, fdflags: i32, opened_fd: i32
            ) = open::open;
            /// Writes what a symbolic link says.
            path_readlink(
                fd: i32, path: i32, path_len: i32, buf: i32, buf_len: i32, bufused: i32
            ) = path::readlink;
            /// Removes an empty directory.
            path_remove_directory(fd: i32, path: i32, path_len: i32) = path::remove_directory;
            /// Renames a file or directory.
            path_rename(
                fd: i32, old_path: i32, old_path_len: i32, new_fd: i32, new_path: i32, new_path_len: i32
            ) = path::rename;
            /// Makes a symbolic link.
            path_symlink(
                old_path: i32, old_path_len: i32, fd: i32, new_path: i32, new_path_len: i32
            ) = path::symlink;
            /// Removes a file.
            path_unlink_file(fd: i32, path: i32, path_len: i32) = path::unlink_file;
            /// Waits for clocks and descriptors.
            poll_oneoff(subscriptions: i32, events: i32, count: i32, nevents: i32) = poll::oneoff, ABI;
            /// Raises a signal, in theory; there are none.
            proc_raise(signal: i32) = process::raise;
            /// Lets other threads work.
            sched_yield() = process::yield_now;
            /// Fills memory with random bytes.
            random_get(buf: i32, buf_len: i32) = random::get;
            /// Accepts a connection.
            sock_accept(fd: i32, flags: i32, accepted_fd: i32) = socket::accept;
            /// Receives from a connection.
            sock_recv(
                fd: i32, ri_data: i32, ri_data_len: i32, ri_flags: i32, ro_datalen: i32, ro_flags: i32
            ) = socket::receive;
            /// Sends to a connection.
            sock_send(
                fd: i32, si_data: i32, si_data_len: i32, si_flags: i32, so_datalen: i32
            ) = socket::send;
            /// Ends a connection, in one direction or both.
            sock_shutdown(fd: i32, how: i32) = socket::shutdown;
        }
    };
}
pub(super) use define_all;
