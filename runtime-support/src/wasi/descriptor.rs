//! The table of open descriptors.

use super::context::Wasi;
use super::directory::Directory;
use super::errno::Errno;
use super::file::File;
use super::stream::{Input, Output};

/// What a descriptor stands for.
pub(super) enum Descriptor {
    Input(Input),
    Output(Output),
    File(File),
    Directory(Directory),
}

/// The descriptors of a guest, by number. New ones get the lowest number that is free, as POSIX
/// wants it.
pub(super) struct Descriptors {
    table: Vec<Option<Descriptor>>,
    /// No number below is free.
    lowest: usize,
}

impl Descriptors {
    /// A table with these descriptors, numbered from 0.
    pub fn new(descriptors: impl Iterator<Item = Descriptor>) -> Self {
        let table: Vec<_> = descriptors.map(Some).collect();
        Descriptors {
            lowest: table.len(),
            table,
        }
    }

    /// Adds a descriptor and returns its number.
    pub fn insert(&mut self, descriptor: Descriptor) -> Result<i32, Errno> {
        let free = self.table[self.lowest..].iter().position(Option::is_none);
        let index = self.lowest + free.unwrap_or(self.table.len() - self.lowest);
        let number = i32::try_from(index).map_err(|_| Errno::Mfile)?;
        match self.table.get_mut(index) {
            Some(place) => *place = Some(descriptor),
            None => self.table.push(Some(descriptor)),
        }
        self.lowest = index + 1;
        Ok(number)
    }

    pub fn get(&self, fd: i32) -> Result<&Descriptor, Errno> {
        self.table
            .get(fd as u32 as usize)
            .and_then(Option::as_ref)
            .ok_or(Errno::Badf)
    }

    pub fn get_mut(&mut self, fd: i32) -> Result<&mut Descriptor, Errno> {
        self.table
            .get_mut(fd as u32 as usize)
            .and_then(Option::as_mut)
            .ok_or(Errno::Badf)
    }

    /// A descriptor that must be a file.
    pub fn file(&self, fd: i32) -> Result<&File, Errno> {
        match self.get(fd)? {
            Descriptor::File(file) => Ok(file),
            _ => Err(Errno::Badf),
        }
    }

    /// A descriptor that paths start from.
    pub fn directory(&self, fd: i32) -> Result<&Directory, Errno> {
        match self.get(fd)? {
            Descriptor::Directory(directory) => Ok(directory),
            _ => Err(Errno::Notdir),
        }
    }

    /// All that are open.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Descriptor> {
        self.table.iter_mut().flatten()
    }

    fn remove(&mut self, fd: i32) -> Result<Descriptor, Errno> {
        let index = fd as u32 as usize;
        let descriptor = self
            .table
            .get_mut(index)
            .and_then(Option::take)
            .ok_or(Errno::Badf)?;
        self.lowest = self.lowest.min(index);
        Ok(descriptor)
    }
}

/// `fd_close`. Granted directories can be closed too.
pub(super) fn close(wasi: &mut Wasi, _memory: &mut [u8], fd: i32) -> Result<(), Errno> {
    match wasi.descriptors.remove(fd)? {
        // It is closed, whatever the writer has to say.
        Descriptor::Output(mut output) => output.flush(),
        _ => Ok(()),
    }
}

/// `fd_renumber`: both must be open, and what `to` was is closed.
pub(super) fn renumber(wasi: &mut Wasi, memory: &mut [u8], fd: i32, to: i32) -> Result<(), Errno> {
    wasi.descriptors.get(fd)?;
    wasi.descriptors.get(to)?;
    if fd == to {
        return Ok(());
    }
    // As with `dup2`, an error of closing is lost.
    _ = close(wasi, memory, to);
    let descriptor = wasi.descriptors.remove(fd)?;
    wasi.descriptors.table[to as u32 as usize] = Some(descriptor);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::snapshot_preview1::{fd_close, fd_renumber};
    use super::super::testing::Guest;
    use super::super::{Errno, Wasi, WasiBuffer};
    use super::*;

    fn output() -> Descriptor {
        Descriptor::Output(Output::discard())
    }

    #[test]
    fn the_lowest_number_is_taken() {
        let mut table = Descriptors::new([output(), output()].into_iter());
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
