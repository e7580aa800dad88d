//! Sockets, of which there are none: preview 1 cannot open one, and none is ever granted.

use super::context::Wasi;
use super::errno::Errno;

/// What is wrong with using this descriptor as a socket.
fn no_socket(wasi: &Wasi, fd: i32) -> Result<(), Errno> {
    wasi.descriptors.get(fd)?;
    Err(Errno::Notsock)
}

/// `sock_accept`.
pub(super) fn accept(
    wasi: &mut Wasi,
    _memory: &mut [u8],
    fd: i32,
    _flags: i32,
    _accepted: i32,
) -> Result<(), Errno> {
    no_socket(wasi, fd)
}

/// `sock_recv`.
#[expect(clippy::too_many_arguments, reason = "as many as the document has")]
pub(super) fn receive(
    wasi: &mut Wasi,
    _memory: &mut [u8],
    fd: i32,
    _buffers: i32,
    _count: i32,
    _flags: i32,
    _received: i32,
    _received_flags: i32,
) -> Result<(), Errno> {
    no_socket(wasi, fd)
}

/// `sock_send`.
pub(super) fn send(
    wasi: &mut Wasi,
    _memory: &mut [u8],
    fd: i32,
    _buffers: i32,
    _count: i32,
    _flags: i32,
    _sent: i32,
) -> Result<(), Errno> {
    no_socket(wasi, fd)
}

/// `sock_shutdown`.
pub(super) fn shutdown(
    wasi: &mut Wasi,
    _memory: &mut [u8],
    fd: i32,
    _how: i32,
) -> Result<(), Errno> {
    no_socket(wasi, fd)
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
