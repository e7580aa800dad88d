//! Random numbers: `random_get`.

use super::context::Wasi;
use super::errno::Errno;
use super::memory;

/// `random_get`: bytes of the operating system's generator, fit for keys.
pub(super) fn get(
    wasi: &mut Wasi,
    memory: &mut [u8],
    buffer: i32,
    buffer_len: i32,
) -> Result<(), Errno> {
    _ = wasi;
    let buffer = memory::bytes_mut(memory, buffer, buffer_len)?;
    getrandom::fill(buffer).map_err(|_| Errno::Io)
}

#[cfg(test)]
mod tests {
    use super::super::snapshot_preview1::random_get;
    use super::super::testing::Guest;
    use super::*;

    #[test]
    fn bytes_are_random_and_only_where_they_were_asked_for() {
        let mut guest = Guest::new();
        assert_eq!(guest.call(|w, m| random_get(w, m, 3, 32)), Errno::Success);
        assert_eq!(
            (&guest.memory[..3], &guest.memory[35..40]),
            (&[0; 3][..], &[0; 5][..])
        );
        let first = guest.memory[3..35].to_vec();
        assert_ne!(first, [0; 32]);
        assert_eq!(guest.call(|w, m| random_get(w, m, 3, 32)), Errno::Success);
        assert_ne!(guest.memory[3..35], first);
    }

    #[test]
    fn bad_pointers() {
        let mut guest = Guest::new();
        let end = guest.memory.len() as i32;
        assert_eq!(guest.call(|w, m| random_get(w, m, 0, -1)), Errno::Fault);
        assert_eq!(
            guest.call(|w, m| random_get(w, m, end - 1, 2)),
            Errno::Fault
        );
        assert_eq!(guest.call(|w, m| random_get(w, m, -1, 0)), Errno::Success);
        assert!(guest.memory.iter().all(|&byte| byte == 0));
    }
}
