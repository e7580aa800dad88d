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
    use std::net::SocketAddr;

    use super::super::Wasi;
    use super::super::snapshot_preview1::{
        fd_fdstat_get, fd_fdstat_set_flags, fd_filestat_get, sock_accept, sock_recv, sock_send,
        sock_shutdown,
    };
    use super::super::testing::{Guest, TempDir};
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

    /// A guest with a socket that waits for connections as descriptor 4, and its address.
    fn listening() -> (Guest, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let directory = TempDir::new();
        let wasi = Wasi::builder()
            .tcp_listener(listener)
            .preopened_dir(directory.path(), "/data")
            .unwrap();
        (Guest::with(wasi.build()), address)
    }

    fn accept_one(guest: &mut Guest, flags: i32) -> Result<i32, Errno> {
        let fd = guest.result(|w, m, slot| sock_accept(w, m, 4, flags, slot));
        fd.map(|fd| fd as i32)
    }

    fn receive_some(guest: &mut Guest, fd: i32, len: u32, flags: i32) -> Result<Vec<u8>, Errno> {
        guest.buffers(64, &[(1024, len / 2), (1024 + len / 2, len - len / 2)]);
        let count = guest.result(|w, m, slot| sock_recv(w, m, fd, 64, 2, flags, slot, 32))?;
        Ok(guest.memory[1024..1024 + count as usize].to_vec())
    }

    #[test]
    fn connections_are_accepted_and_used() {
        let (mut guest, address) = listening();
        let mut client = TcpStream::connect(address).unwrap();
        let fd = accept_one(&mut guest, 0).unwrap();
        assert_eq!(fd, 5);
        client.write_all(b"hello").unwrap();
        // Looking at it leaves it there.
        let peeked = receive_some(&mut guest, fd, 8, 1).unwrap();
        assert!(b"hello".starts_with(&peeked) && !peeked.is_empty());
        assert_eq!(receive_some(&mut guest, fd, 5, 2), Ok(b"hello".to_vec()));
        guest.memory[1024..1027].copy_from_slice(b"abc");
        guest.buffers(64, &[(1024, 3)]);
        let sent = guest.result(|w, m, slot| sock_send(w, m, fd, 64, 1, 0, slot));
        assert_eq!(sent, Ok(3));
        // The functions for files do as well.
        assert_eq!(guest.write(fd, b"de"), Ok(2));
        let mut received = [0; 5];
        client.read_exact(&mut received).unwrap();
        assert_eq!(received, *b"abcde");
        client.write_all(b"x").unwrap();
        assert_eq!(guest.read(fd, 9), Ok(b"x".to_vec()));
        assert_eq!(
            guest.call(|w, m| sock_shutdown(w, m, fd, 2)),
            Errno::Success
        );
        assert_eq!(client.read(&mut received).unwrap(), 0);
        drop(client);
        assert_eq!(receive_some(&mut guest, fd, 8, 0), Ok(vec![]));
        // All that is sent so far is waited for, and no more.
        assert_eq!(receive_some(&mut guest, fd, 8, 2), Ok(vec![]));
    }

    #[test]
    fn sockets_need_not_wait() {
        let (mut guest, address) = listening();
        let flags =
            |guest: &mut Guest, fd, flags| guest.call(|w, m| fd_fdstat_set_flags(w, m, fd, flags));
        assert_eq!(flags(&mut guest, 4, 4), Errno::Success);
        assert_eq!(accept_one(&mut guest, 0), Err(Errno::Again));
        let _client = TcpStream::connect(address).unwrap();
        assert_eq!(flags(&mut guest, 4, 0), Errno::Success);
        let fd = accept_one(&mut guest, 4).unwrap();
        assert_eq!(receive_some(&mut guest, fd, 8, 0), Err(Errno::Again));
        assert_eq!(guest.read(fd, 8), Err(Errno::Again));
        assert_eq!(flags(&mut guest, fd, 1), Errno::Notsup);
    }

    #[test]
    fn sockets_tell_what_they_are() {
        let (mut guest, address) = listening();
        let _client = TcpStream::connect(address).unwrap();
        let fd = accept_one(&mut guest, 0).unwrap();
        for (fd, rights) in [(4, rights::LISTENER), (fd, rights::CONNECTION)] {
            assert_eq!(
                guest.call(|w, m| fd_fdstat_get(w, m, fd, 0)),
                Errno::Success
            );
            assert_eq!((guest.memory[0], guest.u64_at(8)), (6, rights));
            assert_eq!(
                guest.call(|w, m| fd_filestat_get(w, m, fd, 0)),
                Errno::Success
            );
            assert_eq!(guest.memory[16], 6);
        }
    }

    #[test]
    fn bad_arguments() {
        let (mut guest, address) = listening();
        let _client = TcpStream::connect(address).unwrap();
        let fd = accept_one(&mut guest, 0).unwrap();
        let end = guest.memory.len() as i32;
        assert_eq!(guest.call(|w, m| sock_accept(w, m, fd, 0, 0)), Errno::Inval);
        assert_eq!(
            guest.call(|w, m| sock_accept(w, m, 4, 0, end)),
            Errno::Fault
        );
        assert_eq!(guest.call(|w, m| sock_accept(w, m, 4, 1, 0)), Errno::Notsup);
        assert_eq!(guest.call(|w, m| sock_accept(w, m, 4, -1, 0)), Errno::Inval);
        let receive = |guest: &mut Guest, fd, data, count, flags, length, out| {
            guest.call(|w, m| sock_recv(w, m, fd, data, count, flags, length, out))
        };
        assert_eq!(receive(&mut guest, 4, 0, 0, 0, 0, 8), Errno::Notconn);
        assert_eq!(receive(&mut guest, fd, 0, 0, 4, 0, 8), Errno::Inval);
        assert_eq!(receive(&mut guest, fd, 0, -1, 0, 0, 8), Errno::Fault);
        assert_eq!(receive(&mut guest, fd, 0, 0, 0, end, 8), Errno::Fault);
        assert_eq!(receive(&mut guest, fd, 0, 0, 0, 0, end), Errno::Fault);
        assert_eq!(receive(&mut guest, fd, 0, 0, 0, 2, 8), Errno::Inval);
        let send = |guest: &mut Guest, fd, data, count, flags, length| {
            guest.call(|w, m| sock_send(w, m, fd, data, count, flags, length))
        };
        assert_eq!(send(&mut guest, 4, 0, 0, 0, 0), Errno::Notconn);
        assert_eq!(send(&mut guest, fd, 0, 0, 1, 0), Errno::Inval);
        assert_eq!(send(&mut guest, fd, 0, -1, 0, 0), Errno::Fault);
        assert_eq!(send(&mut guest, fd, 0, 0, 0, end), Errno::Fault);
        for how in [0, 4, -1] {
            assert_eq!(
                guest.call(|w, m| sock_shutdown(w, m, fd, how)),
                Errno::Inval
            );
        }
        assert_eq!(guest.call(|w, m| sock_shutdown(w, m, 4, 1)), Errno::Notconn);
        assert_eq!(guest.read(4, 1), Err(Errno::Notconn));
        assert_eq!(guest.write(4, b"x"), Err(Errno::Notconn));
        assert_eq!(guest.read_at(fd, 0, 1), Err(Errno::Spipe));
    }
}
