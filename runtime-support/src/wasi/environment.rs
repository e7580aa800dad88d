//! Arguments and environment variables.

use super::context::State;
use super::errno::Errno;
use super::memory::{Slot, WasiMemory};

/// `args_sizes_get`.
pub(super) fn args_sizes(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    count: i32,
    size: i32,
) -> Result<(), Errno> {
    sizes(&wasi.arguments, memory, count, size)
}

/// `args_get`.
pub(super) fn args(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    pointers: i32,
    buffer: i32,
) -> Result<(), Errno> {
    strings(&wasi.arguments, memory, pointers, buffer)
}

/// `environ_sizes_get`.
pub(super) fn environ_sizes(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    count: i32,
    size: i32,
) -> Result<(), Errno> {
    sizes(&wasi.environment, memory, count, size)
}

/// `environ_get`.
pub(super) fn environ(
    wasi: &State,
    memory: &mut WasiMemory<'_>,
    pointers: i32,
    buffer: i32,
) -> Result<(), Errno> {
    strings(&wasi.environment, memory, pointers, buffer)
}

/// How many strings there are, and how long they are together with the zeros that end them.
fn total(strings: &[Vec<u8>]) -> Result<(u32, u32), Errno> {
    let size: usize = strings.iter().map(|string| string.len() + 1).sum();
    let count = u32::try_from(strings.len()).map_err(|_| Errno::Overflow)?;
    Ok((count, u32::try_from(size).map_err(|_| Errno::Overflow)?))
}

fn sizes(
    strings: &[Vec<u8>],
    memory: &mut WasiMemory<'_>,
    count_ptr: i32,
    size_ptr: i32,
) -> Result<(), Errno> {
    let (count, size) = total(strings)?;
    let count_slot = Slot::new(memory, count_ptr, 4)?;
    let size_slot = Slot::new(memory, size_ptr, 4)?;
    count_slot.write(memory, count.to_le_bytes());
    size_slot.write(memory, size.to_le_bytes());
    Ok(())
}

fn strings(
    strings: &[Vec<u8>],
    memory: &mut WasiMemory<'_>,
    pointers: i32,
    buffer: i32,
) -> Result<(), Errno> {
    let (count, size) = total(strings)?;
    memory.array(pointers, count as i32, 4, 4)?;
    memory.range(buffer, size as i32)?;
    let mut place = buffer as u32;
    for (i, string) in strings.iter().enumerate() {
        // Both lie in what was just checked.
        let pointer = (pointers as u32 + i as u32 * 4) as i32;
        Slot::new(memory, pointer, 4)?.write(memory, place.to_le_bytes());
        memory.write(place as usize, string)?;
        let end = place as usize + string.len();
        memory.write(end, &[0])?;
        // The last string may end where the memory of 4 GiB does.
        place = (end as u32).wrapping_add(1);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::Wasi;
    use super::super::snapshot_preview1::{
        args_get, args_sizes_get, environ_get, environ_sizes_get,
    };
    use super::super::testing::Guest;
    use super::*;

    fn guest() -> Guest {
        Guest::with(
            Wasi::builder()
                .args(["a", "", "bcd"])
                .env("KEY", "value=")
                .build(),
        )
    }

    #[test]
    fn arguments_are_given() {
        let mut guest = guest();
        assert_eq!(
            guest.call(|w, m| args_sizes_get(w, m, 0, 4)),
            Errno::Success
        );
        assert_eq!(guest.memory[..8], [3, 0, 0, 0, 7, 0, 0, 0]);
        assert_eq!(guest.call(|w, m| args_get(w, m, 0, 21)), Errno::Success);
        assert_eq!(guest.memory[..12], [21, 0, 0, 0, 23, 0, 0, 0, 24, 0, 0, 0]);
        assert_eq!(guest.memory[21..28], *b"a\0\0bcd\0");
    }

    #[test]
    fn variables_are_given() {
        let mut guest = guest();
        assert_eq!(
            guest.call(|w, m| environ_sizes_get(w, m, 0, 4)),
            Errno::Success
        );
        assert_eq!(guest.memory[..8], [1, 0, 0, 0, 11, 0, 0, 0]);
        assert_eq!(guest.call(|w, m| environ_get(w, m, 0, 8)), Errno::Success);
        assert_eq!(guest.memory[8..19], *b"KEY=value=\0");
    }

    #[test]
    fn bad_pointers_are_refused_before_anything_is_written() {
        let mut guest = guest();
        let end = guest.memory.len() as i32;
        let before = guest.memory.clone();
        assert_eq!(
            guest.call(|w, m| args_sizes_get(w, m, 0, end)),
            Errno::Fault
        );
        assert_eq!(guest.call(|w, m| args_sizes_get(w, m, 0, 2)), Errno::Inval);
        assert_eq!(guest.call(|w, m| args_get(w, m, 0, end - 6)), Errno::Fault);
        assert_eq!(guest.call(|w, m| args_get(w, m, end - 8, 0)), Errno::Fault);
        assert_eq!(guest.call(|w, m| args_get(w, m, -4, -1)), Errno::Fault);
        assert_eq!(guest.call(|w, m| environ_get(w, m, 1, 0)), Errno::Inval);
        assert!(guest.memory == before);
        assert_eq!(
            guest.call(|w, m| args_get(w, m, end - 12, end - 19)),
            Errno::Success
        );
    }

    #[test]
    fn overlapping_places_do_not_panic() {
        let mut guest = guest();
        assert_eq!(guest.call(|w, m| args_get(w, m, 0, 3)), Errno::Success);
        assert_eq!(
            guest.call(|w, m| args_sizes_get(w, m, 8, 8)),
            Errno::Success
        );
    }

    #[test]
    fn nothing_is_given_unless_asked_for() {
        let mut guest = Guest::with(Wasi::builder().build());
        guest.memory.fill(9);
        assert_eq!(
            guest.call(|w, m| args_sizes_get(w, m, 0, 4)),
            Errno::Success
        );
        assert_eq!(
            guest.call(|w, m| environ_sizes_get(w, m, 8, 12)),
            Errno::Success
        );
        assert_eq!(guest.memory[..16], [0; 16]);
        assert_eq!(guest.call(|w, m| environ_get(w, m, 0, 0)), Errno::Success);
    }
}
