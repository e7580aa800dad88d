//! Sockets: `sock_accept`, `sock_recv`, `sock_send`, `sock_shutdown`.
//!
//! Preview 1 cannot open one; those there are were handed in by the embedder, or accepted from one
//! that was.

use std::io::{IoSlice, IoSliceMut, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use super::context::State;
use super::descriptor::Descriptor;
use super::errno::{Errno, retry};
use super::memory::{Buffers, Slot, WasiMemory};
use super::types::{Fdstat, Filestat, Filetype, fdflags, riflags, rights, sdflags};

/// A socket that waits for connections.
pub(super) struct Listener {
    socket: TcpListener,
    flags: AtomicU16,
}

/// A connection.
pub(super) struct Connection {
    socket: TcpStream,
    flags: AtomicU16,
}

/// `FDFLAGS_NONBLOCK` is the only flag a socket has.
fn check_flags(flags: u16) -> Result<bool, Errno> {
    if flags & !fdflags::NONBLOCK != 0 {
        return Err(Errno::Notsup);
    }
    Ok(flags != 0)
}

impl Listener {
    pub fn new(socket: TcpListener) -> Self {
        Listener {
            socket,
            flags: AtomicU16::new(0),
        }
    }

    #[cfg(unix)]
    pub fn socket(&self) -> &TcpListener {
        &self.socket
    }

    pub fn fdstat(&self) -> Fdstat {
        Fdstat {
            filetype: Filetype::SocketStream,
            flags: self.flags.load(Ordering::Relaxed),
            rights: rights::LISTENER,
            inheriting: rights::CONNECTION,
        }
    }

    pub fn set_flags(&self, flags: u16) -> Result<(), Errno> {
        self.socket.set_nonblocking(check_flags(flags)?)?;
        self.flags.store(flags, Ordering::Relaxed);
        Ok(())
    }
}

impl Connection {
    pub fn new(socket: TcpStream) -> Self {
        Connection {
            socket,
            flags: AtomicU16::new(0),
        }
    }

    #[cfg(unix)]
    pub fn socket(&self) -> &TcpStream {
        &self.socket
    }

    pub fn read(&self, slices: &mut [IoSliceMut<'_>]) -> Result<usize, Errno> {
        retry(|| (&self.socket).read_vectored(slices))
    }

    pub fn write(&self, slices: &[IoSlice<'_>]) -> Result<usize, Errno> {
        retry(|| (&self.socket).write_vectored(slices))
    }

    /// Reads what the next call will read again.
    fn peek(&self, slices: &mut [IoSliceMut<'_>]) -> Result<usize, Errno> {
        match slices.first_mut() {
            Some(slice) => retry(|| self.socket.peek(slice)),
            None => Ok(0),
        }
    }

    /// Waits until all is there, or nothing more comes.
    fn read_all(&self, slices: &mut [IoSliceMut<'_>]) -> Result<usize, Errno> {
        let mut total = 0;
        for slice in slices {
            let mut rest = &mut slice[..];
            while !rest.is_empty() {
                match retry(|| (&self.socket).read(rest)) {
                    Ok(0) => return Ok(total),
                    Ok(count) => {
                        total += count;
                        rest = &mut rest[count..];
                    }
                    Err(_) if total > 0 => return Ok(total),
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(total)
    }

    pub fn fdstat(&self) -> Fdstat {
        Fdstat {
            filetype: Filetype::SocketStream,
            flags: self.flags.load(Ordering::Relaxed),
            rights: rights::CONNECTION,
            inheriting: 0,
        }
    }

    pub fn set_flags(&self, flags: u16) -> Result<(), Errno> {
        self.socket.set_nonblocking(check_flags(flags)?)?;
        self.flags.store(flags, Ordering::Relaxed);
        Ok(())
    }
}

/// What `fd_filestat_get` says of a socket.
pub(super) fn filestat() -> Filestat {
    Filestat {
        filetype: Filetype::SocketStream,
        ..Filestat::NOTHING
    }
}

fn connection(wasi: &State, fd: i32) -> Result<Arc<Connection>, Errno> {
    match wasi.descriptors.get(fd)? {
        Descriptor::Connection(connection) => Ok(connection),
        Descriptor::Listener(_) => Err(Errno::Notconn),
        _ => Err(Errno::Notsock),
    }
}

/// `sock_accept`.
pub(super) fn accept(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    fd: i32,
    flags: i32,
    accepted: i32,
) -> Result<(), Errno> {
    let listener = match wasi.descriptors.get(fd)? {
        Descriptor::Listener(listener) => listener,
        Descriptor::Connection(_) => return Err(Errno::Inval),
        _ => return Err(Errno::Notsock),
    };
    let slot = Slot::new(memory, accepted, 4)?;
    let flags = u16::try_from(flags).map_err(|_| Errno::Inval)?;
    check_flags(flags)?;
    let (socket, _) = retry(|| listener.socket.accept())?;
    let connection = Connection::new(socket);
    // Whether it waits is not taken over from the listener everywhere.
    connection.set_flags(flags)?;
    let number = wasi
        .descriptors
        .insert(Descriptor::Connection(connection.into()))?;
    slot.write(memory, number.to_le_bytes());
    Ok(())
}

/// `sock_recv`.
#[expect(clippy::too_many_arguments, reason = "as many as the document has")]
pub(super) fn receive(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    fd: i32,
    buffers: i32,
    count: i32,
    flags: i32,
    received: i32,
    received_flags: i32,
) -> Result<(), Errno> {
    let connection = connection(wasi, fd)?;
    let slot = Slot::new(memory, received, 4)?;
    let flags_slot = Slot::new(memory, received_flags, 2)?;
    let buffers = Buffers::new(memory, buffers, count)?;
    let flags = u16::try_from(flags).map_err(|_| Errno::Inval)?;
    if flags & !riflags::ALL != 0 {
        return Err(Errno::Inval);
    }
    let total = if flags & riflags::PEEK != 0 {
        buffers.fill(memory, false, |slices| connection.peek(slices))
    } else if flags & riflags::WAITALL != 0 {
        buffers.fill(memory, true, |slices| connection.read_all(slices))
    } else {
        buffers.fill(memory, false, |slices| connection.read(slices))
    }?;
    slot.write(memory, total.to_le_bytes());
    // Nothing of a stream is ever cut off.
    flags_slot.write(memory, [0; 2]);
    Ok(())
}

/// `sock_send`. There are no flags.
#[expect(clippy::too_many_arguments, reason = "as many as the document has")]
pub(super) fn send(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    fd: i32,
    buffers: i32,
    count: i32,
    flags: i32,
    sent: i32,
) -> Result<(), Errno> {
    let connection = connection(wasi, fd)?;
    let slot = Slot::new(memory, sent, 4)?;
    let buffers = Buffers::new(memory, buffers, count)?;
    if flags != 0 {
        return Err(Errno::Inval);
    }
    let total = buffers.drain(memory, |slices| connection.write(slices))?;
    slot.write(memory, total.to_le_bytes());
    Ok(())
}

/// `sock_shutdown`.
pub(super) fn shutdown(
    wasi: &State,
    _memory: &mut WasiMemory<'_>,
    fd: i32,
    how: i32,
) -> Result<(), Errno> {
    let connection = connection(wasi, fd)?;
    let how = match how {
        sdflags::RD => Shutdown::Read,
        sdflags::WR => Shutdown::Write,
        sdflags::BOTH => Shutdown::Both,
        _ => return Err(Errno::Inval),
    };
    retry(|| connection.socket.shutdown(how))
}

#[cfg(test)]
mod tests {
    use super::super::snapshot_preview1::{sock_accept, sock_recv, sock_send, sock_shutdown};
    use super::super::testing::Guest;
    use super::*;

    #[test]
    fn nothing_is_a_socket() {
        let mut guest = Guest::new();
        for (fd, errno) in [(0, Errno::Notsock), (3, Errno::Notsock), (9, Errno::Badf)] {
            assert_eq!(guest.call(|w, m| sock_accept(w, m, fd, 0, 0)), errno);
            assert_eq!(guest.call(|w, m| sock_recv(w, m, fd, 0, 0, 0, 0, 0)), errno);
            assert_eq!(guest.call(|w, m| sock_send(w, m, fd, 0, 0, 0, 0)), errno);
            assert_eq!(guest.call(|w, m| sock_shutdown(w, m, fd, 0)), errno);
        }
    }
}
