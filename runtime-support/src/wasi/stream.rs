//! Standard input, output and error.

use std::io::{self, BufRead, IoSlice, IoSliceMut, IsTerminal, Read, Write};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::errno::{Errno, retry};
use super::types::{Fdstat, Filestat, Filetype, fdflags, rights};

/// Where a guest reads its standard input.
pub(super) struct Input {
    source: Mutex<Source>,
    terminal: bool,
}

enum Source {
    Empty,
    /// The process's own, and how much this guest has left in its buffer.
    Inherited(usize),
    Reader(Box<dyn Read + Send>),
}

/// The lock, even if a reader or writer of the embedder's panicked while it was held.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Input {
    pub fn empty() -> Self {
        Input {
            source: Source::Empty.into(),
            terminal: false,
        }
    }

    pub fn inherited() -> Self {
        Input {
            source: Source::Inherited(0).into(),
            terminal: io::stdin().is_terminal(),
        }
    }

    pub fn from_reader(reader: Box<dyn Read + Send>) -> Self {
        Input {
            source: Source::Reader(reader).into(),
            terminal: false,
        }
    }

    /// Waits until there is something to read.
    pub fn read(&self, slices: &mut [IoSliceMut<'_>]) -> Result<usize, Errno> {
        match &mut *lock(&self.source) {
            Source::Empty => Ok(0),
            Source::Inherited(left) => {
                let mut stdin = io::stdin().lock();
                if slices.iter().all(|slice| slice.is_empty()) {
                    return Ok(0);
                }
                // Through the buffer that the process has anyway, taking no more than is asked
                // for: the rest is for whoever reads next.
                let mut buffered = retry(|| stdin.fill_buf().map(<[u8]>::to_vec))?;
                let count = (&buffered[..]).read_vectored(slices)?;
                stdin.consume(count);
                *left = buffered.split_off(count).len();
                Ok(count)
            }
            Source::Reader(reader) => retry(|| reader.read_vectored(slices)),
        }
    }

    /// Whether reading may have to wait for the standard input of the process.
    #[cfg(unix)]
    pub fn waits_for_stdin(&self) -> bool {
        matches!(*lock(&self.source), Source::Inherited(0))
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
    sink: Mutex<Sink>,
    terminal: bool,
    flags: AtomicU16,
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
            sink: sink.into(),
            terminal,
            flags: AtomicU16::new(0),
        }
    }

    /// Writes all of it, unless there is an error: a writer that takes only some of it, or only
    /// the first of the slices, is called again.
    pub fn write(&self, slices: &[IoSlice<'_>]) -> Result<usize, Errno> {
        let sink = &mut *lock(&self.sink);
        let wanted: usize = slices.iter().map(|slice| slice.len()).sum();
        let mut written = sink.write_once(slices)?.min(wanted);
        let mut skip = written;
        for slice in slices {
            let mut rest = &slice[skip.min(slice.len())..];
            skip -= slice.len() - rest.len();
            while !rest.is_empty() {
                // What was written before an error counts; the error comes with the next call.
                match sink.write_once(&[IoSlice::new(rest)]) {
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

    /// Hands on what the writer itself has buffered.
    pub fn flush(&self) -> Result<(), Errno> {
        match &mut *lock(&self.sink) {
            Sink::Writer(writer) => retry(|| writer.flush()),
            // These are not buffered here.
            Sink::Discard | Sink::Stdout | Sink::Stderr => Ok(()),
        }
    }

    pub fn fdstat(&self) -> Fdstat {
        fdstat(
            self.terminal,
            self.flags.load(Ordering::Relaxed),
            rights::FD_WRITE,
        )
    }

    pub fn filestat(&self) -> Filestat {
        filestat(self.terminal)
    }

    /// Writes go to the end anyway, and that they may fail rather than wait is only a permission.
    pub fn set_flags(&self, flags: u16) -> Result<(), Errno> {
        if flags & !(fdflags::APPEND | fdflags::NONBLOCK) != 0 {
            return Err(Errno::Inval);
        }
        self.flags.store(flags, Ordering::Relaxed);
        Ok(())
    }
}

impl Sink {
    fn write_once(&mut self, slices: &[IoSlice<'_>]) -> Result<usize, Errno> {
        match self {
            Sink::Discard => Ok(slices.iter().map(|slice| slice.len()).sum()),
            Sink::Stdout => write_to_stdout(slices),
            Sink::Stderr => retry(|| io::stderr().lock().write_vectored(slices)),
            Sink::Writer(writer) => retry(|| writer.write_vectored(slices)),
        }
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
    Filestat {
        filetype: filetype(terminal),
        ..Filestat::NOTHING
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
        let output = Output::from_writer(Box::new(OneByte(buffer.clone())));
        assert_eq!(output.write(&slices(&[b"", b"ab", b"", b"cde"])), Ok(5));
        assert_eq!(buffer.contents(), b"abcde");
    }

    #[test]
    fn what_was_written_before_an_error_counts() {
        let buffer = WasiBuffer::with_limit(3);
        let output = Output::from_writer(Box::new(buffer.clone()));
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
        let output = Output::from_writer(Box::new(Full));
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
