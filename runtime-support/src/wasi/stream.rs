//! Standard input, output and error.

use std::io::{self, IoSlice, IoSliceMut, IsTerminal, Read, Write};

use super::errno::{Errno, retry};
use super::types::{Fdstat, Filestat, Filetype, fdflags, rights};

/// Where a guest reads its standard input.
pub(super) struct Input {
    source: Source,
    terminal: bool,
}

enum Source {
    Empty,
    Inherited,
    Reader(Box<dyn Read + Send>),
}

impl Input {
    pub fn empty() -> Self {
        Input {
            source: Source::Empty,
            terminal: false,
        }
    }

    pub fn inherited() -> Self {
        Input {
            source: Source::Inherited,
            terminal: io::stdin().is_terminal(),
        }
    }

    pub fn from_reader(reader: Box<dyn Read + Send>) -> Self {
        Input {
            source: Source::Reader(reader),
            terminal: false,
        }
    }

    /// Waits until there is something to read.
    pub fn read(&mut self, slices: &mut [IoSliceMut<'_>]) -> Result<usize, Errno> {
        match &mut self.source {
            Source::Empty => Ok(0),
            Source::Inherited => retry(|| io::stdin().lock().read_vectored(slices)),
            Source::Reader(reader) => retry(|| reader.read_vectored(slices)),
        }
    }

    pub fn fdstat(&self) -> Fdstat {
        fdstat(self.terminal, 0, rights::FD_READ)
    }

    pub fn filestat(&self) -> Filestat {
        filestat(self.terminal)
    }

    /// Reads always wait, and it would be wrong to tell a guest otherwise.
    pub fn set_flags(&self, flags: u16) -> Result<(), Errno> {
        if flags & !fdflags::APPEND == 0 {
            Ok(())
        } else {
            Err(Errno::Notsup)
        }
    }
}

/// Where what a guest prints goes.
pub(super) struct Output {
    sink: Sink,
    terminal: bool,
    flags: u16,
}

enum Sink {
    Discard,
    Stdout,
    Stderr,
    Writer(Box<dyn Write + Send>),
}

impl Output {
    pub fn discard() -> Self {
        Self::new(Sink::Discard, false)
    }

    pub fn inherited_stdout() -> Self {
        Self::new(Sink::Stdout, io::stdout().is_terminal())
    }

    pub fn inherited_stderr() -> Self {
        Self::new(Sink::Stderr, io::stderr().is_terminal())
    }

    pub fn from_writer(writer: Box<dyn Write + Send>) -> Self {
        Self::new(Sink::Writer(writer), false)
    }

    fn new(sink: Sink, terminal: bool) -> Self {
        Output {
            sink,
            terminal,
            flags: 0,
        }
    }

    /// Writes all of it, unless there is an error: a writer that takes only some of it, or only
    /// the first of the slices, is called again.
    pub fn write(&mut self, slices: &[IoSlice<'_>]) -> Result<usize, Errno> {
        let wanted: usize = slices.iter().map(|slice| slice.len()).sum();
        let mut written = self.write_once(slices)?.min(wanted);
        let mut skip = written;
        for slice in slices {
            let mut rest = &slice[skip.min(slice.len())..];
            skip -= slice.len() - rest.len();
            while !rest.is_empty() {
                // What was written before an error counts; the error comes with the next call.
                match self.write_once(&[IoSlice::new(rest)]) {
                    Ok(0) | Err(_) if written > 0 => return Ok(written),
                    Ok(0) => return Err(Errno::Io),
                    Ok(count) => {
                        let count = count.min(rest.len());
                        written += count;
                        rest = &rest[count..];
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(written)
    }

    fn write_once(&mut self, slices: &[IoSlice<'_>]) -> Result<usize, Errno> {
        match &mut self.sink {
            Sink::Discard => Ok(slices.iter().map(|slice| slice.len()).sum()),
            Sink::Stdout => write_to_stdout(slices),
            Sink::Stderr => retry(|| io::stderr().lock().write_vectored(slices)),
            Sink::Writer(writer) => retry(|| writer.write_vectored(slices)),
        }
    }

    /// Hands on what the writer itself has buffered.
    pub fn flush(&mut self) -> Result<(), Errno> {
        match &mut self.sink {
            Sink::Writer(writer) => retry(|| writer.flush()),
            // These are not buffered here.
            Sink::Discard | Sink::Stdout | Sink::Stderr => Ok(()),
        }
    }

    pub fn fdstat(&self) -> Fdstat {
        fdstat(self.terminal, self.flags, rights::FD_WRITE)
    }

    pub fn filestat(&self) -> Filestat {
        filestat(self.terminal)
    }

    /// Writes go to the end anyway, and that they may fail rather than wait is only a permission.
    pub fn set_flags(&mut self, flags: u16) -> Result<(), Errno> {
        if flags & !(fdflags::APPEND | fdflags::NONBLOCK) != 0 {
            return Err(Errno::Inval);
        }
        self.flags = flags;
        Ok(())
    }
}

/// Past [`io::stdout`], which would hold back the line begun last, and cost a second call of the
/// operating system to get it out.
#[cfg(unix)]
fn write_to_stdout(slices: &[IoSlice<'_>]) -> Result<usize, Errno> {
    retry(|| {
        let mut stdout = io::stdout().lock();
        // What this process printed itself comes first. Nothing happens when that is nothing.
        stdout.flush()?;
        Ok(rustix::io::writev(&stdout, slices)?)
    })
}

/// Through [`io::stdout`], which converts text for consoles.
#[cfg(not(unix))]
fn write_to_stdout(slices: &[IoSlice<'_>]) -> Result<usize, Errno> {
    let mut stdout = io::stdout().lock();
    let written = retry(|| stdout.write_vectored(slices))?;
    retry(|| stdout.flush())?;
    Ok(written)
}

/// C libraries take a character device that cannot seek for a terminal (`isatty`).
fn filetype(terminal: bool) -> Filetype {
    if terminal {
        Filetype::CharacterDevice
    } else {
        Filetype::Unknown
    }
}

fn fdstat(terminal: bool, flags: u16, right: u64) -> Fdstat {
    let rights = right | rights::POLL_FD_READWRITE | rights::FD_FILESTAT_GET;
    Fdstat {
        filetype: filetype(terminal),
        flags,
        rights,
        inheriting: 0,
    }
}

fn filestat(terminal: bool) -> Filestat {
    let filetype = filetype(terminal);
    Filestat {
        dev: 0,
        ino: 0,
        filetype,
        nlink: 0,
        size: 0,
        atim: 0,
        mtim: 0,
        ctim: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::WasiBuffer;
    use super::*;

    fn slices<'a>(parts: &[&'a [u8]]) -> Vec<IoSlice<'a>> {
        parts.iter().map(|part| IoSlice::new(part)).collect()
    }

    #[test]
    fn all_is_written_to_a_writer_that_takes_little() {
        struct OneByte(WasiBuffer);
        impl Write for OneByte {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.write(&bytes[..bytes.len().min(1)])
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let buffer = WasiBuffer::new();
        let mut output = Output::from_writer(Box::new(OneByte(buffer.clone())));
        assert_eq!(output.write(&slices(&[b"", b"ab", b"", b"cde"])), Ok(5));
        assert_eq!(buffer.contents(), b"abcde");
    }

    #[test]
    fn what_was_written_before_an_error_counts() {
        let buffer = WasiBuffer::with_limit(3);
        let mut output = Output::from_writer(Box::new(buffer.clone()));
        assert_eq!(output.write(&slices(&[b"ab", b"cd"])), Ok(3));
        assert_eq!(output.write(&slices(&[b"d"])), Err(Errno::Nospc));
    }

    #[test]
    fn a_writer_that_lies_is_not_believed() {
        struct Liar;
        impl Write for Liar {
            fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
                Ok(usize::MAX)
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        assert_eq!(
            Output::from_writer(Box::new(Liar)).write(&slices(&[b"ab", b"c"])),
            Ok(3)
        );
    }

    #[test]
    fn a_writer_that_takes_nothing_ends_the_call() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
                Ok(0)
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut output = Output::from_writer(Box::new(Full));
        assert_eq!(output.write(&slices(&[b"ab"])), Err(Errno::Io));
    }

    #[test]
    fn terminals_look_like_terminals() {
        let terminal = Output::new(Sink::Discard, true);
        assert_eq!(terminal.fdstat().filetype, Filetype::CharacterDevice);
        assert_eq!(
            terminal.fdstat().rights & (rights::FD_SEEK | rights::FD_TELL),
            0
        );
        assert_eq!(terminal.filestat().filetype, Filetype::CharacterDevice);
        assert_eq!(Output::discard().fdstat().filetype, Filetype::Unknown);
        assert_eq!(Input::empty().fdstat().filetype, Filetype::Unknown);
    }
}
