//! Reading and writing: `fd_read`, `fd_write`, `fd_pread`, `fd_pwrite`.
//!
//! The operating system reads into the guest's memory and writes from it; nothing is copied.

use super::context::State;
use super::descriptor::Descriptor;
use super::errno::Errno;
use super::memory::{Buffers, Slot, WasiMemory};

/// `fd_read`.
pub(super) fn read(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    fd: i32,
    buffers: i32,
    count: i32,
    read: i32,
) -> Result<(), Errno> {
    let slot = Slot::new(memory, read, 4)?;
    let buffers = Buffers::new(memory, buffers, count)?;
    let total = match wasi.descriptors.get(fd)? {
        Descriptor::Input(input) => buffers.fill(memory, false, |slices| input.read(slices))?,
        Descriptor::File(file) => {
            buffers.fill(memory, file.is_regular(), |slices| file.read(slices))?
        }
        Descriptor::Connection(connection) => {
            buffers.fill(memory, false, |slices| connection.read(slices))?
        }
        Descriptor::Output(_) => return Err(Errno::Badf),
        Descriptor::Directory(_) => return Err(Errno::Isdir),
        Descriptor::Listener(_) => return Err(Errno::Notconn),
    };
    slot.write(memory, total.to_le_bytes());
    Ok(())
}

/// `fd_write`.
pub(super) fn write(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    fd: i32,
    buffers: i32,
    count: i32,
    written: i32,
) -> Result<(), Errno> {
    let slot = Slot::new(memory, written, 4)?;
    let buffers = Buffers::new(memory, buffers, count)?;
    let total = match wasi.descriptors.get(fd)? {
        Descriptor::Output(output) => buffers.drain(memory, |slices| output.write(slices))?,
        Descriptor::File(file) => buffers.drain(memory, |slices| file.write(slices, wasi))?,
        Descriptor::Connection(connection) => {
            buffers.drain(memory, |slices| connection.write(slices))?
        }
        Descriptor::Input(_) | Descriptor::Directory(_) => return Err(Errno::Badf),
        Descriptor::Listener(_) => return Err(Errno::Notconn),
    };
    slot.write(memory, total.to_le_bytes());
    Ok(())
}

/// `fd_pread`.
pub(super) fn read_at(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    fd: i32,
    buffers: i32,
    count: i32,
    offset: i64,
    read: i32,
) -> Result<(), Errno> {
    let slot = Slot::new(memory, read, 4)?;
    let buffers = Buffers::new(memory, buffers, count)?;
    let file = match wasi.descriptors.get(fd)? {
        Descriptor::File(file) => file,
        Descriptor::Directory(_) => return Err(Errno::Isdir),
        _ => return Err(Errno::Spipe),
    };
    let mut offset = offset as u64;
    let total = buffers.fill(memory, file.is_regular(), |slices| {
        let count = file.read_at(slices, offset)?;
        offset = offset.saturating_add(count as u64);
        Ok(count)
    })?;
    slot.write(memory, total.to_le_bytes());
    Ok(())
}

/// `fd_pwrite`.
pub(super) fn write_at(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    fd: i32,
    buffers: i32,
    count: i32,
    offset: i64,
    written: i32,
) -> Result<(), Errno> {
    let slot = Slot::new(memory, written, 4)?;
    let buffers = Buffers::new(memory, buffers, count)?;
    let file = match wasi.descriptors.get(fd)? {
        Descriptor::File(file) => file,
        Descriptor::Directory(_) => return Err(Errno::Badf),
        _ => return Err(Errno::Spipe),
    };
    let mut offset = offset as u64;
    let total = buffers.drain(memory, |slices| {
        let count = file.write_at(slices, offset, wasi)?;
        offset = offset.saturating_add(count as u64);
        Ok(count)
    })?;
    slot.write(memory, total.to_le_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read};

    use super::super::snapshot_preview1::{fd_pread, fd_pwrite, fd_read, fd_tell, fd_write};
    use super::super::testing::Guest;
    use super::super::types::{fdflags, oflags, rights};
    use super::super::{Errno, Wasi, WasiBuffer, WasiMemory};

    #[test]
    fn output_is_written_through() {
        let (out, err) = (WasiBuffer::new(), WasiBuffer::new());
        let wasi = Wasi::builder()
            .stdout(out.clone())
            .stderr(err.clone())
            .build();
        let mut guest = Guest::with(wasi);
        assert_eq!(guest.write(1, b"no end of line"), Ok(14));
        assert_eq!(out.contents(), b"no end of line");
        assert_eq!(guest.write(2, b"error"), Ok(5));
        assert_eq!(err.contents(), b"error");
        assert_eq!(guest.write(0, b"x"), Err(Errno::Badf));
        assert_eq!(guest.read(1, 1), Err(Errno::Badf));
        assert_eq!(guest.read(0, 1), Ok(vec![]));
    }

    #[test]
    fn many_buffers_are_one_write() {
        let out = WasiBuffer::new();
        let mut guest = Guest::with(Wasi::builder().stdout(out.clone()).build());
        guest.memory[1000..1008].copy_from_slice(b"abcdefgh");
        guest.buffers(0, &[(1004, 4), (0, 0), (1000, 2), (1000, 1)]);
        assert_eq!(
            guest.result(|w, m, slot| fd_write(w, m, 1, 0, 4, slot)),
            Ok(7)
        );
        assert_eq!(out.contents(), b"efghaba");
        assert_eq!(
            guest.result(|w, m, slot| fd_write(w, m, 1, 0, 0, slot)),
            Ok(0)
        );
    }

    #[test]
    fn input_is_read_as_it_comes() {
        /// Gives three bytes and would then wait.
        struct Typing(bool);
        impl Read for Typing {
            fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
                assert!(
                    !core::mem::replace(&mut self.0, true),
                    "read although there was something"
                );
                let count = bytes.len().min(3);
                bytes[..count].copy_from_slice(&b"abc"[..count]);
                Ok(count)
            }
        }
        let mut guest = Guest::with(Wasi::builder().stdin(Typing(false)).build());
        guest.buffers(0, &[(100, 0), (100, 3), (200, 5)]);
        assert_eq!(
            guest.result(|w, m, slot| fd_read(w, m, 0, 0, 3, slot)),
            Ok(3)
        );
        assert_eq!(guest.memory[100..103], *b"abc");

        let mut guest = Guest::with(Wasi::builder().stdin_bytes("input").build());
        assert_eq!(guest.read(0, 3), Ok(b"inp".to_vec()));
        assert_eq!(guest.read(0, 3), Ok(b"ut".to_vec()));
        assert_eq!(guest.read(0, 3), Ok(vec![]));
    }

    #[test]
    fn files_have_a_position() {
        let mut guest = Guest::new();
        let fd = guest.create("file", b"");
        assert_eq!(guest.write(fd, b"hello "), Ok(6));
        assert_eq!(guest.write(fd, b"world"), Ok(5));
        assert_eq!(guest.read(fd, 5), Ok(vec![]));
        assert_eq!(guest.read_at(fd, 4, 4), Ok(b"o wo".to_vec()));
        guest.memory[1000..1002].copy_from_slice(b"EL");
        guest.buffers(0, &[(1000, 1), (1001, 1)]);
        assert_eq!(
            guest.result(|w, m, slot| fd_pwrite(w, m, fd, 0, 2, 1, slot)),
            Ok(2)
        );
        assert_eq!(
            guest.result_u64(|w, m, slot| fd_tell(w, m, fd, slot)),
            Ok(11)
        );
        assert_eq!(guest.host_read("file"), b"hELlo world");
        guest.buffers(0, &[(100, 2), (0, 0), (102, 20)]);
        assert_eq!(
            guest.result(|w, m, slot| fd_pread(w, m, fd, 0, 3, 8, slot)),
            Ok(3)
        );
        assert_eq!(guest.memory[100..103], *b"rld");
    }

    #[test]
    fn many_buffers_of_a_file_are_all_filled() {
        let mut guest = Guest::new();
        let fd = guest.create("file", &[7; 100]);
        let buffers: Vec<_> = (0..50).map(|i| (2000 + 2 * i, 2)).collect();
        guest.buffers(0, &buffers);
        assert_eq!(
            guest.result(|w, m, slot| fd_pread(w, m, fd, 0, 50, 1, slot)),
            Ok(99)
        );
        assert_eq!(
            guest.result(|w, m, slot| fd_read(w, m, fd, 0, 50, slot)),
            Ok(100)
        );
        assert_eq!(guest.memory[2000..2100], [7; 100]);
        assert_eq!(
            guest.result(|w, m, slot| fd_pwrite(w, m, fd, 0, 50, 50, slot)),
            Ok(100)
        );
        assert_eq!(guest.host_read("file"), [7; 150]);
    }

    #[test]
    fn appending() {
        let mut guest = Guest::new();
        guest.create("file", b"abc");
        let all = rights::FD_READ | rights::FD_WRITE;
        let fd = guest.open_with("file", 1, 0, all, fdflags::APPEND).unwrap();
        assert_eq!(guest.write(fd, b"def"), Ok(3));
        assert_eq!(
            guest.result_u64(|w, m, slot| fd_tell(w, m, fd, slot)),
            Ok(6)
        );
        assert_eq!(guest.host_read("file"), b"abcdef");
        // Emptying and appending in one call.
        let fd = guest
            .open_with("file", 1, oflags::TRUNC, all, fdflags::APPEND)
            .unwrap();
        assert_eq!(guest.write(fd, b"g"), Ok(1));
        assert_eq!(guest.host_read("file"), b"g");
    }

    #[test]
    fn what_cannot_be_read_or_written() {
        let mut guest = Guest::new();
        let fd = guest.create("file", b"abc");
        guest.buffers(0, &[(100, 1)]);
        let pread =
            |fd| move |w: &mut Wasi, m: &mut WasiMemory<'_>, s| fd_pread(w, m, fd, 0, 1, 0, s);
        let pwrite =
            |fd| move |w: &mut Wasi, m: &mut WasiMemory<'_>, s| fd_pwrite(w, m, fd, 0, 1, 0, s);
        assert_eq!(guest.result(pread(0)), Err(Errno::Spipe));
        assert_eq!(guest.result(pwrite(1)), Err(Errno::Spipe));
        assert_eq!(guest.result(pread(3)), Err(Errno::Isdir));
        assert_eq!(guest.result(pwrite(3)), Err(Errno::Badf));
        assert_eq!(guest.result(pread(9)), Err(Errno::Badf));
        assert_eq!(guest.read(3, 1), Err(Errno::Isdir));
        assert_eq!(guest.write(3, b"x"), Err(Errno::Badf));
        assert_eq!(guest.write(9, b"x"), Err(Errno::Badf));
        let beyond = guest.result(|w, m, slot| fd_pread(w, m, fd, 0, 1, -1, slot));
        assert_eq!(beyond, Err(Errno::Inval));
    }

    #[test]
    fn bad_pointers() {
        let mut guest = Guest::new();
        let fd = guest.create("file", b"abc");
        let end = guest.memory.len() as u32;
        for (buffer, errno) in [
            ((end - 1, 2), Errno::Fault),
            ((u32::MAX, 1), Errno::Fault),
            ((0, u32::MAX), Errno::Fault),
            ((u32::MAX, u32::MAX), Errno::Fault),
        ] {
            // The second buffer is the bad one; the first one is not used.
            guest.buffers(0, &[(100, 3), buffer]);
            assert_eq!(guest.call(|w, m| fd_read(w, m, fd, 0, 2, 64)), errno);
            assert_eq!(guest.call(|w, m| fd_pread(w, m, fd, 0, 2, 0, 64)), errno);
            assert_eq!(guest.call(|w, m| fd_write(w, m, fd, 0, 2, 64)), errno);
            assert_eq!(guest.call(|w, m| fd_pwrite(w, m, fd, 0, 2, 0, 64)), errno);
        }
        guest.buffers(0, &[(100, 3)]);
        assert_eq!(
            guest.call(|w, m| fd_read(w, m, fd, 0, 1, end as i32 - 3)),
            Errno::Inval
        );
        assert_eq!(
            guest.call(|w, m| fd_read(w, m, fd, 0, 1, end as i32)),
            Errno::Fault
        );
        assert_eq!(
            guest.call(|w, m| fd_read(w, m, fd, 0, -1, 64)),
            Errno::Fault
        );
        assert_eq!(
            guest.call(|w, m| fd_write(w, m, fd, 1, 1, 64)),
            Errno::Inval
        );
        // Nothing of all this moved the file.
        assert_eq!(guest.read(fd, 9), Ok(b"abc".to_vec()));
    }
}
