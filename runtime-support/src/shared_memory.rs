//! Memories as the host sees them: handles to share, and views to read and write.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use crate::handle::HandleMark;
use crate::memory::{Address, LinearMemory, MemoryError, MemoryType, Number};
use crate::store::{Store, StoreInner, ViewLock};
use crate::trap::{Trap, TrapKind};

/// A memory that instances of one store may share; or, if its type is a shared one, of any store.
pub(crate) struct MemoryInstance {
    linear: LinearMemory,
    memory_type: MemoryType,
}

// SAFETY: a `LinearMemory` is touched only inside its store, by generated code that runs there and
// by views that hold the store's lock; the lock admits one thread at a time. Those of shared types
// may be used by many threads: their size is atomic, growing takes a lock, and every access to the
// bytes is made by `memory::racing`. The one memory that
// stores have in common, `none`, has no bytes and can't grow, so it never changes.
unsafe impl Send for MemoryInstance {}
// SAFETY: as above.
unsafe impl Sync for MemoryInstance {}

impl MemoryInstance {
    pub(crate) fn new(memory_type: MemoryType) -> Result<Arc<MemoryInstance>, MemoryError> {
        Ok(Arc::new(MemoryInstance {
            linear: LinearMemory::of_type(memory_type)?,
            memory_type,
        }))
    }

    /// The memory of instances that have none: no bytes, and no room for any.
    pub(crate) fn none() -> Result<Arc<MemoryInstance>, MemoryError> {
        #[cfg(feature = "std")]
        {
            static NONE: std::sync::OnceLock<Arc<MemoryInstance>> = std::sync::OnceLock::new();
            if let Some(none) = NONE.get() {
                return Ok(none.clone());
            }
            let none = MemoryInstance::new(MemoryType::new(0, Some(0)))?;
            Ok(NONE.get_or_init(|| none).clone())
        }
        #[cfg(not(feature = "std"))]
        MemoryInstance::new(MemoryType::new(0, Some(0)))
    }

    #[inline(always)]
    pub(crate) fn linear(&self) -> &LinearMemory {
        &self.linear
    }

    /// Its type as it is now: with the present size as the minimum
    /// (specification: *External Typing*).
    pub(crate) fn memory_type(&self) -> MemoryType {
        self.memory_type.with_minimum(self.linear.size())
    }
}

/// A memory of the host's choosing: to be imported by an instance, or shared by several
/// (specification: *Memory Instances*).
#[derive(Clone)]
pub struct Memory {
    store: Store,
    instance: Arc<MemoryInstance>,
    _mark: HandleMark,
}

impl Memory {
    /// A memory of `minimum` pages of 64 KiB, with 32-bit addresses, that can grow to `maximum`.
    ///
    /// # Errors
    /// When the system doesn't give that much address space or memory.
    pub fn new(store: &Store, minimum: u32, maximum: Option<u32>) -> Result<Memory, MemoryError> {
        let memory_type = MemoryType::new(minimum.into(), maximum.map(u64::from));
        Memory::of_type(store, memory_type)
    }

    /// A memory of any type: with 64-bit addresses, or pages of one byte.
    ///
    /// # Errors
    /// As [`Memory::new`], and when the type is a shared one: [`crate::SharedMemory::of_type`]
    /// makes those.
    pub fn of_type(store: &Store, memory_type: MemoryType) -> Result<Memory, MemoryError> {
        if memory_type.is_shared() {
            return Err(MemoryError::Shared { memory_type });
        }
        Ok(Memory::from_instance(
            store,
            MemoryInstance::new(memory_type)?,
        ))
    }

    pub(crate) fn from_instance(store: &Store, instance: Arc<MemoryInstance>) -> Memory {
        Memory {
            store: store.clone(),
            instance,
            _mark: HandleMark::new(),
        }
    }

    /// What an instance of the store keeps.
    ///
    /// # Panics
    /// When the memory is of another store.
    pub(crate) fn into_instance(self, store: &Store) -> Arc<MemoryInstance> {
        assert!(self.store.same(store), "a memory of another store");
        self.instance
    }

    pub(crate) fn instance(&self) -> &MemoryInstance {
        &self.instance
    }

    /// The store the memory belongs to.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The memory, to read and write. WebAssembly of its store can't run meanwhile.
    pub fn view(&mut self) -> MemoryMut<'_> {
        MemoryMut::new(self.store.inner(), &self.instance)
    }

    /// The type it was made with; its minimum is the number of pages then.
    pub fn memory_type(&self) -> MemoryType {
        self.instance.memory_type
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory")
            .field("memory_type", &self.instance.memory_type)
            .finish()
    }
}

/// A memory in the hands of host code, to read, write and grow.
///
/// While it exists, no WebAssembly of the store runs: not on this thread (calling an export
/// panics), and other threads wait.
pub struct MemoryMut<'a> {
    memory: &'a MemoryInstance,
    _lock: ViewLock<'a>,
}

impl<'a> MemoryMut<'a> {
    /// # Panics
    /// When threads share the memory: nobody may have its bytes as a slice.
    pub(crate) fn new(store: &'a StoreInner, memory: &'a MemoryInstance) -> MemoryMut<'a> {
        assert!(
            !memory.memory_type.is_shared(),
            "threads share the memory, so there are no slices of it; see `SharedMemory`"
        );
        MemoryMut {
            memory,
            _lock: ViewLock::new(store),
        }
    }

    /// All bytes.
    pub fn data(&self) -> &[u8] {
        // SAFETY: the memory isn't one that threads share. `base` is valid for `byte_len`
        // initialised bytes until the memory grows, which
        // takes `&mut self` or running code; the view's lock keeps code of the store from running
        // and other views of its memories from existing.
        unsafe {
            core::slice::from_raw_parts(self.memory.linear.base(), self.memory.linear.byte_len())
        }
    }

    /// All bytes, to be written.
    pub fn data_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `data`; `&mut self` makes it the only slice.
        unsafe {
            core::slice::from_raw_parts_mut(
                self.memory.linear.base(),
                self.memory.linear.byte_len(),
            )
        }
    }

    /// The bytes at `address`, `length` of them. Both are taken as unsigned.
    ///
    /// # Errors
    /// A trap of kind [`TrapKind::MemoryOutOfBounds`] when they do not all lie in the memory.
    pub fn read(&self, address: impl Address, length: impl Address) -> Result<&[u8], Trap> {
        let data = self.data();
        place(data, address, length)
            .and_then(|place| data.get(place))
            .ok_or_else(|| Trap::from(TrapKind::MemoryOutOfBounds))
    }

    /// The UTF-8 text at `address`, `length` bytes of it; what isn't UTF-8 is replaced.
    ///
    /// # Errors
    /// As [`MemoryMut::read`].
    pub fn read_string(&self, address: impl Address, length: impl Address) -> Result<String, Trap> {
        Ok(String::from_utf8_lossy(self.read(address, length)?).into_owned())
    }

    /// Writes `bytes` at `address`.
    ///
    /// # Errors
    /// A trap of kind [`TrapKind::MemoryOutOfBounds`] when they do not all fit; nothing is written
    /// then.
    pub fn write(&mut self, address: impl Address, bytes: &[u8]) -> Result<(), Trap> {
        let data = self.data_mut();
        match place(data, address, bytes.len()).and_then(|place| data.get_mut(place)) {
            Some(place) => {
                place.copy_from_slice(bytes);
                Ok(())
            }
            None => Err(Trap::from(TrapKind::MemoryOutOfBounds)),
        }
    }

    /// A copy of the `length` bytes at `address`.
    ///
    /// # Errors
    /// As [`MemoryMut::read`].
    pub fn read_vec(&self, address: impl Address, length: impl Address) -> Result<Vec<u8>, Trap> {
        Ok(self.read(address, length)?.to_vec())
    }

    /// The number at `address`, which need not be aligned.
    ///
    /// # Errors
    /// As [`MemoryMut::read`].
    pub fn load<N: Number>(&self, address: impl Address) -> Result<N, Trap> {
        let bytes = self.read(address, N::LENGTH)?;
        N::from_bytes(bytes).ok_or_else(|| Trap::from(TrapKind::MemoryOutOfBounds))
    }

    /// Writes a number at `address`, which need not be aligned.
    ///
    /// # Errors
    /// As [`MemoryMut::write`].
    pub fn store<N: Number>(&mut self, address: impl Address, number: N) -> Result<(), Trap> {
        let bytes = number.to_bytes();
        self.write(address, bytes.get(..N::LENGTH).unwrap_or(&bytes))
    }

    /// The bytes from `address` to the next that is zero, without that one: a string as C has it.
    ///
    /// # Errors
    /// A trap of kind [`TrapKind::MemoryOutOfBounds`] when there is no zero from there on.
    pub fn read_c_string(&self, address: impl Address) -> Result<&[u8], Trap> {
        let start = usize::try_from(address.unsigned()).ok();
        let rest = start.and_then(|start| self.data().get(start..));
        rest.and_then(|rest| rest.get(..rest.iter().position(|&byte| byte == 0)?))
            .ok_or_else(|| Trap::from(TrapKind::MemoryOutOfBounds))
    }

    /// The memory's type, with the present size as the minimum.
    pub fn memory_type(&self) -> MemoryType {
        self.memory.memory_type()
    }

    /// The size in pages, which have 64 KiB or what the memory's type says.
    pub fn size(&self) -> u64 {
        self.memory.linear.size()
    }

    /// Grows by `delta` pages; the size before, or `None` when that is more than the memory may
    /// have or the system gives.
    pub fn grow(&mut self, delta: impl Address) -> Option<u64> {
        self.memory.linear.grow(delta.unsigned())
    }
}

/// Where `length` bytes at `address` are, if they can be anywhere in the data.
fn place(data: &[u8], address: impl Address, length: impl Address) -> Option<Range<usize>> {
    let (start, length) = (address.unsigned(), length.unsigned());
    let end = start.checked_add(length)?;
    // Not more than there is, so both fit a `usize`.
    (end <= data.len() as u64).then_some(start as usize..end as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_strings_are_where_they_fit() {
        let mut memory = Memory::new(&Store::new(), 1, Some(1)).expect("a memory");
        let mut view = memory.view();
        view.store(1, 0x0102_0304_u32).expect("room");
        assert_eq!(view.read(0, 6).expect("there"), [0, 4, 3, 2, 1, 0]);
        assert_eq!(view.load::<u16>(2).expect("there"), 0x0203);
        view.store(65528, -2_i64).expect("room");
        assert_eq!(view.load::<i64>(65528).expect("there"), -2);
        assert_eq!(view.load::<i8>(65535).expect("there"), -1);
        view.store(100, f64::MIN_POSITIVE).expect("room");
        assert_eq!(view.load::<f64>(100).expect("there"), f64::MIN_POSITIVE);
        for address in [65529, 65536, -1] {
            let trap = view.load::<u64>(address).expect_err("beyond");
            assert_eq!(trap.kind(), TrapKind::MemoryOutOfBounds);
            let trap = view.store(address, 0_u64).expect_err("beyond");
            assert_eq!(trap.kind(), TrapKind::MemoryOutOfBounds);
        }
        // Nothing was written in part.
        assert_eq!(view.load::<i64>(65528).expect("there"), -2);

        view.write(200, b"text\0more").expect("room");
        assert_eq!(view.read_c_string(200).expect("there"), b"text");
        assert_eq!(view.read_c_string(204).expect("there"), b"");
        for address in [65534, 65536, i32::MAX] {
            let trap = view.read_c_string(address).expect_err("no end");
            assert_eq!(trap.kind(), TrapKind::MemoryOutOfBounds);
        }
        let trap = view.read_c_string(u64::MAX).expect_err("beyond");
        assert_eq!(trap.kind(), TrapKind::MemoryOutOfBounds);
    }
}
