//! The table of open descriptors.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::context::State;
use super::directory::Directory;
use super::errno::Errno;
use super::file::File;
use super::memory::WasiMemory;
use super::socket::{Connection, Listener};
use super::stream::{Input, Output};

/// What a descriptor stands for. Cloning gives the same thing once more: a call of one thread keeps
/// what it works on, even if another thread closes the descriptor meanwhile.
#[derive(Clone)]
pub(super) enum Descriptor {
    Input(Arc<Input>),
    Output(Arc<Output>),
    File(Arc<File>),
    Directory(Arc<Directory>),
    Listener(Arc<Listener>),
    Connection(Arc<Connection>),
}

/// The descriptors of a guest, by number. New ones get the lowest number that is free, as POSIX
/// wants it.
pub(super) struct Descriptors(Mutex<Table>);

struct Table {
    entries: Vec<Option<Descriptor>>,
    /// No number below is free.
    lowest: usize,
}

/// More than any guest needs, and little to hold: the operating system's own limit counts only
/// what it knows of, and files that are in memory are not among it.
const MOST: usize = 1 << 20;

impl Descriptors {
    /// A table with these descriptors, numbered from 0.
    pub fn new(descriptors: impl Iterator<Item = Descriptor>) -> Self {
        let entries: Vec<_> = descriptors.map(Some).collect();
        Descriptors(Mutex::new(Table {
            lowest: entries.len(),
            entries,
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        // Nothing panics in the middle of a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a descriptor and returns its number.
    pub fn insert(&self, descriptor: Descriptor) -> Result<i32, Errno> {
        let table = &mut *self.lock();
        let free = table.entries[table.lowest..]
            .iter()
            .position(Option::is_none);
        let index = table.lowest + free.unwrap_or(table.entries.len() - table.lowest);
        if index >= MOST {
            return Err(Errno::Mfile);
        }
        match table.entries.get_mut(index) {
            Some(place) => *place = Some(descriptor),
            None => table.entries.push(Some(descriptor)),
        }
        table.lowest = index + 1;
        Ok(index as i32)
    }

    pub fn get(&self, fd: i32) -> Result<Descriptor, Errno> {
        self.lock().get(fd).cloned()
    }

    /// A descriptor that must be a file.
    pub fn file(&self, fd: i32) -> Result<Arc<File>, Errno> {
        match self.lock().get(fd)? {
            Descriptor::File(file) => Ok(file.clone()),
            _ => Err(Errno::Badf),
        }
    }

    /// A descriptor that paths start from.
    pub fn directory(&self, fd: i32) -> Result<Arc<Directory>, Errno> {
        match self.lock().get(fd)? {
            Descriptor::Directory(directory) => Ok(directory.clone()),
            _ => Err(Errno::Notdir),
        }
    }

    /// All that are open.
    pub fn all(&self) -> Vec<Descriptor> {
        self.lock().entries.iter().flatten().cloned().collect()
    }

    fn remove(&self, fd: i32) -> Result<Descriptor, Errno> {
        self.lock().remove(fd)
    }

    /// Gives what is `fd` the number `to`, and returns what that was.
    fn renumber(&self, fd: i32, to: i32) -> Result<Option<Descriptor>, Errno> {
        let mut table = self.lock();
        table.get(fd)?;
        table.get(to)?;
        if fd == to {
            return Ok(None);
        }
        let descriptor = table.remove(fd)?;
        Ok(table.entries[to as u32 as usize].replace(descriptor))
    }
}

impl Table {
    fn get(&self, fd: i32) -> Result<&Descriptor, Errno> {
        self.entries
            .get(fd as u32 as usize)
            .and_then(Option::as_ref)
            .ok_or(Errno::Badf)
    }

    fn remove(&mut self, fd: i32) -> Result<Descriptor, Errno> {
        let index = fd as u32 as usize;
        let descriptor = self
            .entries
            .get_mut(index)
            .and_then(Option::take)
            .ok_or(Errno::Badf)?;
        self.lowest = self.lowest.min(index);
        Ok(descriptor)
    }
}

/// `fd_close`. Granted directories can be closed too.
pub(super) fn close(wasi: &State, _memory: &mut WasiMemory<'_>, fd: i32) -> Result<(), Errno> {
    closed(&wasi.descriptors.remove(fd)?)
}

fn closed(descriptor: &Descriptor) -> Result<(), Errno> {
    match descriptor {
        // It is closed, whatever the writer has to say.
        Descriptor::Output(output) => output.flush(),
        _ => Ok(()),
    }
}

/// `fd_renumber`: both must be open, and what `to` was is closed.
pub(super) fn renumber(
    wasi: &State,
    _memory: &mut WasiMemory<'_>,
    fd: i32,
    to: i32,
) -> Result<(), Errno> {
    if let Some(replaced) = wasi.descriptors.renumber(fd, to)? {
        // As with `dup2`, an error of closing is lost.
        _ = closed(&replaced);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::snapshot_preview1::{fd_close, fd_renumber};
    use super::super::testing::Guest;
    use super::super::{Errno, Wasi, WasiBuffer};
    use super::*;

    fn output() -> Descriptor {
        Descriptor::Output(Output::discard().into())
    }

    #[test]
    fn the_lowest_number_is_taken() {
        let table = Descriptors::new([output(), output()].into_iter());
        assert_eq!(table.insert(output()), Ok(2));
        assert_eq!(table.insert(output()), Ok(3));
        assert!(table.remove(2).is_ok());
        assert!(table.remove(0).is_ok());
        assert_eq!(table.insert(output()), Ok(0));
        assert_eq!(table.insert(output()), Ok(2));
        assert_eq!(table.insert(output()), Ok(4));
        assert_eq!(table.remove(5).err(), Some(Errno::Badf));
        assert_eq!(table.remove(-1).err(), Some(Errno::Badf));
    }

    #[test]
    fn closed_is_closed() {
        let mut guest = Guest::new();
        let fd = guest.create("file", b"");
        assert_eq!(guest.call(|w, m| fd_close(w, m, fd)), Errno::Success);
        assert_eq!(guest.call(|w, m| fd_close(w, m, fd)), Errno::Badf);
        assert_eq!(guest.call(|w, m| fd_close(w, m, -1)), Errno::Badf);
        assert_eq!(guest.call(|w, m| fd_close(w, m, 3)), Errno::Success);
        assert_eq!(guest.open("file", 0, 0), Err(Errno::Badf));
    }

    #[test]
    fn renumbering_replaces() {
        let mut guest = Guest::new();
        let (a, b) = (guest.create("a", b"first"), guest.create("b", b"second"));
        assert_eq!(guest.call(|w, m| fd_renumber(w, m, a, b)), Errno::Success);
        assert_eq!(guest.call(|w, m| fd_close(w, m, a)), Errno::Badf);
        assert_eq!(guest.read_at(b, 0, 9), Ok(b"first".to_vec()));
        assert_eq!(guest.call(|w, m| fd_renumber(w, m, b, a)), Errno::Badf);
        assert_eq!(guest.call(|w, m| fd_renumber(w, m, a, b)), Errno::Badf);
        assert_eq!(
            guest.call(|w, m| fd_renumber(w, m, b, i32::MAX)),
            Errno::Badf
        );
        assert_eq!(guest.call(|w, m| fd_renumber(w, m, b, b)), Errno::Success);
        // The number that became free is used again.
        assert_eq!(guest.create("c", b""), a);
    }

    #[test]
    fn closing_flushes() {
        let buffer = WasiBuffer::new();
        let writer = std::io::BufWriter::new(buffer.clone());
        let mut guest = Guest::with(Wasi::builder().stdout(writer).build());
        assert_eq!(guest.write(1, b"late"), Ok(4));
        assert_eq!(buffer.contents(), b"");
        assert_eq!(guest.call(|w, m| fd_close(w, m, 1)), Errno::Success);
        assert_eq!(buffer.contents(), b"late");
    }
}
