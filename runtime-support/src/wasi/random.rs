//! Random numbers: `random_get`.

use std::sync::{Mutex, PoisonError};

use super::context::State;
use super::errno::Errno;
use super::memory::WasiMemory;

/// Fills bytes, in the embedder's way.
type Fill = Box<dyn FnMut(&mut [u8]) + Send>;

/// Where a guest's random numbers come from.
pub(super) enum Random {
    /// The operating system's generator, fit for keys.
    System,
    /// The embedder's.
    Given(Mutex<Fill>),
}

impl Random {
    pub fn given(fill: impl FnMut(&mut [u8]) + Send + 'static) -> Self {
        Random::Given(Mutex::new(Box::new(fill)))
    }

    /// Numbers that follow from `seed`, and look random (SplitMix64): not fit for keys.
    pub fn seeded(seed: u64) -> Self {
        let mut state = seed;
        Random::given(move |bytes| {
            for chunk in bytes.chunks_mut(8) {
                state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mut word = state;
                word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                word ^= word >> 31;
                chunk.copy_from_slice(&word.to_le_bytes()[..chunk.len()]);
            }
        })
    }

    /// Fills `bytes`.
    pub fn fill(&self, bytes: &mut [u8]) -> Result<(), Errno> {
        match self {
            Random::System => getrandom::fill(bytes).map_err(|_| Errno::Io),
            Random::Given(fill) => {
                // A generator that panicked is the embedder's to mend.
                fill.lock().unwrap_or_else(PoisonError::into_inner)(bytes);
                Ok(())
            }
        }
    }
}

/// `random_get`.
pub(super) fn get(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    buffer: i32,
    buffer_len: i32,
) -> Result<(), Errno> {
    memory.fill(buffer, buffer_len, |bytes| wasi.random.fill(bytes))
}

#[cfg(test)]
mod tests {
    use super::super::Wasi;
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

    #[test]
    fn numbers_of_the_embedder_are_taken() {
        let wasi = Wasi::builder().random(|bytes| bytes.fill(7)).build();
        let mut guest = Guest::with(wasi);
        assert_eq!(guest.call(|w, m| random_get(w, m, 1, 3)), Errno::Success);
        assert_eq!(guest.memory[..5], [0, 7, 7, 7, 0]);
    }
}
