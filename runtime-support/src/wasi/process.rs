//! Leaving and yielding: `proc_exit`, `proc_raise`, `sched_yield`.

use super::context::State;
use super::descriptor::Descriptor;
use super::errno::Errno;
use super::memory::WasiMemory;

/// What is to be done before a guest exits.
pub(super) fn flush(wasi: &State) {
    for descriptor in wasi.descriptors.all() {
        if let Descriptor::Output(output) = descriptor {
            // Nobody is left to be told.
            _ = output.flush();
        }
    }
}

/// `proc_raise`. There are no signals; the C library has its own (`-lwasi-emulated-signal`).
pub(super) fn raise(
    _wasi: &State,
    _memory: &mut WasiMemory<'_>,
    _signal: i32,
) -> Result<(), Errno> {
    Err(Errno::Nosys)
}

/// `sched_yield`.
pub(super) fn yield_now(_wasi: &State, _memory: &mut WasiMemory<'_>) -> Result<(), Errno> {
    std::thread::yield_now();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::snapshot_preview1::{proc_exit, proc_raise, sched_yield};
    use super::super::testing::Guest;
    use super::super::{Errno, Wasi, WasiBuffer, WasiMemory};

    #[test]
    fn exiting_flushes_and_does_not_return() {
        let buffer = WasiBuffer::new();
        let writer = std::io::BufWriter::new(buffer.clone());
        let mut guest = Guest::with(Wasi::builder().stdout(writer).build());
        assert_eq!(guest.write(1, b"late"), Ok(4));
        let error = proc_exit(
            &mut guest.wasi,
            &mut WasiMemory::from(&mut guest.memory[..]),
            3,
        )
        .unwrap_err();
        assert_eq!(error.into_trap().exit_code(), Some(3));
        assert_eq!(buffer.contents(), b"late");
    }

    #[test]
    fn yielding_and_raising() {
        let mut guest = Guest::new();
        assert_eq!(guest.call(sched_yield), Errno::Success);
        assert_eq!(guest.call(|w, m| proc_raise(w, m, 6)), Errno::Nosys);
    }
}
