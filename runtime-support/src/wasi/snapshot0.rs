//! The functions of `wasi_unstable`, by name: those of
//! [`snapshot_preview1`](super::snapshot_preview1) as they were in 2019.
//!
//! The differences are few. What is known of a file has a shorter number of links (`filestat`), a
//! clock that is waited for has a number more (`subscription`), and `fd_seek` counts the places to
//! seek from in another order: current, end, start. (There was no `sock_accept` yet.)

use super::types::Abi;

const ABI: Abi = Abi::Snapshot0;

super::functions::define_all! {}

#[cfg(test)]
mod tests {
    use super::super::testing::Guest;
    use super::super::types::Filestat;
    use super::*;

    #[test]
    fn what_differs_is_as_it_was() {
        let mut guest = Guest::new();
        let fd = guest.create("file", b"abcdef");
        let seek = |guest: &mut Guest, offset, whence| {
            guest.result_u64(|w, m, slot| fd_seek(w, m, fd, offset, whence, slot))
        };
        assert_eq!(seek(&mut guest, 4, 2), Ok(4));
        assert_eq!(seek(&mut guest, -1, 0), Ok(3));
        assert_eq!(seek(&mut guest, -1, 1), Ok(5));
        assert!(seek(&mut guest, 0, 3).is_err());

        let path = guest.path("file");
        for by_path in [false, true] {
            guest.memory[..64].fill(0xff);
            let stat = guest.call(|w, m| match by_path {
                false => fd_filestat_get(w, m, fd, 0),
                true => path_filestat_get(w, m, 3, 0, path.0, path.1, 0),
            });
            assert_eq!(stat as i32, 0);
            assert_eq!(guest.memory[16], 4);
            assert_eq!(guest.memory[20..24], [1, 0, 0, 0]);
            assert_eq!(guest.u64_at(24), 6);
            assert!(guest.u64_at(40) > 1_700_000_000_000_000_000);
            assert_eq!(guest.memory[Filestat::size(ABI)..64], [0xff; 8]);
        }

        // A clock that is waited for, and something to write to.
        guest.memory[..112].fill(0);
        guest.memory[0] = 1;
        guest.memory[24] = 1;
        guest.memory[32..40].copy_from_slice(&u64::MAX.to_le_bytes());
        guest.memory[56] = 2;
        guest.memory[56 + 8] = 2;
        guest.memory[56 + 16] = 1;
        let count = guest.result(|w, m, slot| poll_oneoff(w, m, 0, 256, 2, slot));
        assert_eq!(count, Ok(1));
        assert_eq!((guest.memory[256], guest.memory[266]), (2, 2));
    }
}
