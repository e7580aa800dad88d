//! [`WasiBuffer`], where output of a guest can be kept.

use core::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Keeps what a guest prints: give a clone to [`WasiBuilder::stdout`](super::WasiBuilder::stdout)
/// and look at the contents whenever you like. All clones share them.
///
/// ```
/// use std::io::Write;
/// use wasm2rs_support::wasi::WasiBuffer;
///
/// let buffer = WasiBuffer::new();
/// write!(buffer.clone(), "hello")?;
/// assert_eq!(buffer.contents(), b"hello");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct WasiBuffer {
    contents: Arc<Mutex<Vec<u8>>>,
    limit: usize,
}

impl WasiBuffer {
    /// An empty buffer that grows as the guest prints, without an end.
    pub fn new() -> Self {
        Self::with_limit(usize::MAX)
    }

    /// An empty buffer that holds at most `limit` bytes. What a guest prints beyond fails with
    /// [`Errno::Nospc`](super::Errno::Nospc).
    pub fn with_limit(limit: usize) -> Self {
        WasiBuffer {
            contents: Arc::default(),
            limit,
        }
    }

    /// A copy of what it holds.
    pub fn contents(&self) -> Vec<u8> {
        self.lock().clone()
    }

    /// What it holds; from then on it is empty.
    pub fn take(&self) -> Vec<u8> {
        core::mem::take(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        // Nothing panics in the middle of a change.
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for WasiBuffer {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for WasiBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("WasiBuffer");
        shown.field("contents", &String::from_utf8_lossy(&self.lock()));
        shown.finish_non_exhaustive()
    }
}

impl io::Write for WasiBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[io::IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[io::IoSlice<'_>]) -> io::Result<usize> {
        let mut contents = self.lock();
        let mut written = 0;
        for slice in slices {
            let room = self.limit.saturating_sub(contents.len());
            let count = slice.len().min(room);
            contents.extend_from_slice(&slice[..count]);
            written += count;
            if count < slice.len() {
                if written == 0 {
                    return Err(io::ErrorKind::StorageFull.into());
                }
                break;
            }
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn clones_share_their_contents() {
        let buffer = WasiBuffer::new();
        let mut other = buffer.clone();
        let slices = [
            io::IoSlice::new(b"ab"),
            io::IoSlice::new(b""),
            io::IoSlice::new(b"cd"),
        ];
        assert_eq!(other.write_vectored(&slices).unwrap(), 4);
        assert_eq!(buffer.contents(), b"abcd");
        assert_eq!(buffer.take(), b"abcd");
        assert_eq!(other.contents(), b"");
    }

    #[test]
    fn a_limit_holds() {
        let mut buffer = WasiBuffer::with_limit(3);
        assert_eq!(buffer.write(b"ab").unwrap(), 2);
        assert_eq!(buffer.write(b"cd").unwrap(), 1);
        assert_eq!(
            buffer.write(b"e").unwrap_err().kind(),
            io::ErrorKind::StorageFull
        );
        assert_eq!(buffer.write(b"").unwrap(), 0);
        assert_eq!(buffer.contents(), b"abc");
    }
}
