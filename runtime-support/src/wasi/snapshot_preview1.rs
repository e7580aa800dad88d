//! The functions of `wasi_snapshot_preview1`, by name.
//!
//! Each takes the guest's state, its memory, and what the WebAssembly function takes, and returns
//! a number of [`Errno`](super::Errno). Only [`proc_exit`] returns an error, which ends the guest.
//! A host of your own can call them, to add to one of them for example. What they do is described
//! in full at <https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md>.

use super::context::Wasi;
use super::{
    clock, descriptor, directory, environment, errno, file, open, path, poll, process, random,
    socket, status, transfer,
};
use crate::trap::HostError;

/// The letter of a type in [`FUNCTIONS`].
macro_rules! letter {
    (i32) => {
        "i"
    };
    (i64) => {
        "I"
    };
}

/// Defines the functions by what does the work, and lists them.
macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:tt),*) = $function:path;)*) => {
        $(
            $(#[$doc])*
            #[allow(clippy::too_many_arguments, reason = "as many as the document has")]
            pub fn $name(
                wasi: &mut Wasi,
                memory: &mut [u8],
                $($argument: $type,)*
            ) -> Result<i32, HostError> {
                Ok(errno::code($function(wasi, memory, $($argument),*)))
            }
        )*

        /// All functions: name, parameters, results. `i` stands for `i32`, `I` for `i64`.
        pub const FUNCTIONS: &[(&str, &str, &str)] = &[
            $((stringify!($name), concat!($(letter!($type)),*), "i"),)*
            ("proc_exit", "i", ""),
        ];

        /// Calls a function by name.
        #[cfg(test)]
        fn call(
            name: &str,
            wasi: &mut Wasi,
            memory: &mut [u8],
            mut argument: impl FnMut() -> i64,
        ) -> Result<i32, HostError> {
            match name {
                $(stringify!($name) => {
                    $(let $argument = argument() as $type;)*
                    $name(wasi, memory, $($argument),*)
                })*
                _ => Err(HostError::message(name)),
            }
        }
    };
}

functions! {
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
    fd_filestat_get(fd: i32, stat: i32) = status::filestat;
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
    fd_seek(fd: i32, offset: i64, whence: i32, position: i32) = file::seek;
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
    ) = path::filestat;
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
    poll_oneoff(subscriptions: i32, events: i32, count: i32, nevents: i32) = poll::oneoff;
    /// Raises a signal, in theory; there are none.
    proc_raise(signal: i32) = process::raise;
    /// Lets other threads work.
    sched_yield() = process::yield_now;
    /// Fills memory with random bytes.
    random_get(buf: i32, buf_len: i32) = random::get;
    /// Accepts a connection; there are no sockets.
    sock_accept(fd: i32, flags: i32, accepted_fd: i32) = socket::accept;
    /// Receives; there are no sockets.
    sock_recv(
        fd: i32, ri_data: i32, ri_data_len: i32, ri_flags: i32, ro_datalen: i32, ro_flags: i32
    ) = socket::receive;
    /// Sends; there are no sockets.
    sock_send(
        fd: i32, si_data: i32, si_data_len: i32, si_flags: i32, so_datalen: i32
    ) = socket::send;
    /// Shuts a connection down; there are no sockets.
    sock_shutdown(fd: i32, how: i32) = socket::shutdown;
}

/// Ends the guest: what called it returns with this exit code.
///
/// # Errors
///
/// Always: this is how a guest exits.
pub fn proc_exit(wasi: &mut Wasi, _memory: &mut [u8], code: i32) -> Result<(), HostError> {
    process::flush(wasi);
    Err(HostError::exit(code))
}

#[cfg(test)]
mod tests {
    use super::super::Errno;
    use super::super::testing::Guest;
    use super::*;

    #[test]
    fn all_functions_of_the_document_are_there_once() {
        let mut names: Vec<_> = FUNCTIONS.iter().map(|function| function.0).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 46);
    }

    #[test]
    fn types_are_listed() {
        let get = |name| {
            let found = FUNCTIONS.iter().find(|function| function.0 == name);
            *found.expect("a function of that name")
        };
        assert_eq!(get("fd_write"), ("fd_write", "iiii", "i"));
        assert_eq!(get("path_open"), ("path_open", "iiiiiIIii", "i"));
        assert_eq!(get("fd_seek"), ("fd_seek", "iIii", "i"));
        assert_eq!(get("sched_yield"), ("sched_yield", "", "i"));
        assert_eq!(get("proc_exit"), ("proc_exit", "i", ""));
        assert_eq!(get("path_filestat_set_times").1, "iiiiIIi");
    }

    /// Whatever a guest passes, nothing panics and nothing but an error number comes of it.
    #[test]
    fn no_arguments_do_harm() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        // Descriptors, lengths, flags, places in the memory and just beyond, and nonsense. Sizes
        // in between are left out: a file that long might be had.
        const END: i64 = 0x10000;
        const PLAUSIBLE: [i64; 18] = [
            0,
            1,
            2,
            3,
            4,
            5,
            6,
            7,
            8,
            16,
            64,
            100,
            128,
            1024,
            4096,
            END - 8,
            END - 1,
            END,
        ];
        const NONSENSE: [i64; 7] = [-1, -2, -8, END + 1, i64::MIN, i64::MAX, i32::MIN as i64];
        const PATHS: [&str; 8] = [".", "a", "b", "a/b", "..", "/", "a/", "c\0"];
        for _ in 0..100 {
            let mut guest = Guest::new();
            for at in (0..8192).step_by(8) {
                let value = PLAUSIBLE[random() as usize % PLAUSIBLE.len()];
                guest.memory[at..at + 8].copy_from_slice(&value.to_le_bytes());
            }
            for (i, path) in PATHS.iter().enumerate() {
                guest.memory[64 * i..][..path.len()].copy_from_slice(path.as_bytes());
            }
            for _ in 0..200 {
                let name = FUNCTIONS[random() as usize % FUNCTIONS.len()].0;
                // One would sleep, and the other always fails.
                if matches!(name, "poll_oneoff" | "proc_exit") {
                    continue;
                }
                let argument = || match random() % 16 {
                    0 => NONSENSE[random() as usize % NONSENSE.len()],
                    _ => PLAUSIBLE[random() as usize % PLAUSIBLE.len()],
                };
                match call(name, &mut guest.wasi, &mut guest.memory, argument) {
                    Ok(code) => assert!(Errno::from_code(code).is_some(), "{name}"),
                    Err(_) => panic!("{name} ended the guest"),
                }
            }
        }
    }
}
