//! Memories that threads share, as the host sees them (proposal *threads*).

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::ptr::NonNull;
use core::time::Duration;

use crate::memory::{Address, LinearMemory, MemoryError, MemoryType, WaitResult, host};
use crate::shared_memory::{Memory, MemoryInstance};
use crate::store::Store;
use crate::trap::{Trap, TrapKind};

/// A memory that threads share (proposal *threads*, *Shared Linear Memory*).
///
/// It belongs to no store, because a store runs on one thread at a time: each thread has an instance
/// of its own, in a store of its own, and all of them import the same memory. Cloning gives another
/// handle to it.
///
/// A thread that waits (`memory.atomic.wait32`) holds its store's lock, as any call does, and no
/// other: give each thread a store, or calls from others into the same one wait, too.
///
/// Other threads may write at any time, so there are no slices of it: reading and writing copies.
/// Several bytes at once are no one access; only what is called atomic is one, and puts what came
/// before it on the one thread before what comes after it on the other.
///
/// ```
/// use wasm2rs_support::SharedMemory;
///
/// let memory = SharedMemory::new(1, 2)?;
/// let other = memory.clone();
/// std::thread::spawn(move || other.atomic_store_u32(8, 7)).join().unwrap()?;
/// assert_eq!(memory.atomic_load_u32(8)?, 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SharedMemory(Arc<MemoryInstance>);

impl SharedMemory {
    /// A memory of `minimum` pages of 64 KiB, with 32-bit addresses, that can grow to `maximum`.
    ///
    /// # Errors
    /// When the system doesn't give that much address space or memory.
    pub fn new(minimum: u32, maximum: u32) -> Result<SharedMemory, MemoryError> {
        let memory_type = MemoryType::new(minimum.into(), Some(maximum.into()));
        SharedMemory::of_type(memory_type.shared())
    }

    /// A memory of any shared type: with 64-bit addresses, or pages of one byte.
    ///
    /// Without guard pages (feature `checked`, 32-bit hosts) all that it may ever have is allocated
    /// at once, or, if the system doesn't give that, as much as it gives: it can't move when it
    /// grows.
    ///
    /// # Errors
    /// As [`SharedMemory::new`], and when the type is no shared one.
    pub fn of_type(memory_type: MemoryType) -> Result<SharedMemory, MemoryError> {
        if !memory_type.is_shared() {
            return Err(MemoryError::NotShared { memory_type });
        }
        Ok(SharedMemory(MemoryInstance::new(memory_type)?))
    }

    /// The memory of an instance, if it is a shared one.
    pub(crate) fn from_instance(instance: &Arc<MemoryInstance>) -> Option<SharedMemory> {
        let shared = instance.memory_type().is_shared();
        shared.then(|| SharedMemory(instance.clone()))
    }

    /// The memory for an instance in a store, which is made of such handles.
    #[doc(hidden)]
    pub fn in_store(self, store: &Store) -> Memory {
        Memory::from_instance(store, self.0)
    }

    /// Whether both are handles to one memory.
    pub fn same(&self, other: &SharedMemory) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    fn linear(&self) -> &LinearMemory {
        self.0.linear()
    }

    /// The memory's type, with the present size as the minimum.
    pub fn memory_type(&self) -> MemoryType {
        self.0.memory_type()
    }

    /// The size in bytes.
    #[cfg(feature = "wasi")]
    pub(crate) fn byte_len(&self) -> usize {
        self.linear().byte_len()
    }

    /// The size in pages, which have 64 KiB or what the memory's type says.
    pub fn size(&self) -> u64 {
        self.linear().size()
    }

    /// Grows by `delta` pages; the size before, or `None` when that is more than the memory may
    /// have or the system gives.
    pub fn grow(&self, delta: impl Address) -> Option<u64> {
        self.linear().grow(delta.unsigned())
    }

    /// Copies the bytes from `address` on to `bytes`.
    ///
    /// # Errors
    /// A trap of kind [`TrapKind::MemoryOutOfBounds`] when they do not all lie in the memory.
    pub fn read(&self, address: impl Address, bytes: &mut [u8]) -> Result<(), Trap> {
        let place = self.place(address, bytes.len() as u64)?;
        // SAFETY: as many bytes of this memory, which is a shared one, as there are in the slice.
        unsafe { host::copy(NonNull::from(&mut *bytes).cast(), place, bytes.len()) };
        Ok(())
    }

    /// A copy of the `length` bytes at `address`.
    ///
    /// # Errors
    /// As [`SharedMemory::read`].
    pub fn read_vec(&self, address: impl Address, length: impl Address) -> Result<Vec<u8>, Trap> {
        // Before so much is allocated.
        self.place(address, length.unsigned())?;
        let mut bytes = vec![0; length.unsigned() as usize];
        self.read(address, &mut bytes)?;
        Ok(bytes)
    }

    /// The UTF-8 text at `address`, `length` bytes of it; what isn't UTF-8 is replaced.
    ///
    /// # Errors
    /// As [`SharedMemory::read`].
    pub fn read_string(&self, address: impl Address, length: impl Address) -> Result<String, Trap> {
        Ok(String::from_utf8_lossy(&self.read_vec(address, length)?).into_owned())
    }

    /// Writes `bytes` at `address`.
    ///
    /// # Errors
    /// A trap of kind [`TrapKind::MemoryOutOfBounds`] when they do not all fit; nothing is written
    /// then.
    pub fn write(&self, address: impl Address, bytes: &[u8]) -> Result<(), Trap> {
        let place = self.place(address, bytes.len() as u64)?;
        // SAFETY: as many bytes of this memory, which is a shared one, as there are in the slice.
        unsafe { host::copy(place, NonNull::from(bytes).cast(), bytes.len()) };
        Ok(())
    }

    /// Wakes up to `count` threads that wait for the 4 or 8 bytes at `address`, in the order in
    /// which they came, and gives how many.
    ///
    /// # Errors
    /// A trap of kind [`TrapKind::UnalignedAtomic`] or [`TrapKind::MemoryOutOfBounds`].
    pub fn notify(&self, address: impl Address, count: u32) -> Result<u32, Trap> {
        Ok(host::notify(self.aligned::<u32>(address)?.cast(), count))
    }

    /// Where `length` bytes at `address` are.
    fn place(&self, address: impl Address, length: u64) -> Result<NonNull<u8>, Trap> {
        let start = address.unsigned();
        let end = start.checked_add(length);
        if end.is_none_or(|end| end > self.linear().byte_len() as u64) {
            return Err(Trap::from(TrapKind::MemoryOutOfBounds));
        }
        let base = self.linear().base();
        // SAFETY: inside the memory's bytes, so the number fits, too; a place in them is not null.
        Ok(unsafe { NonNull::new_unchecked(base.add(start as usize)) })
    }

    /// Where a number is, for an atomic access.
    fn aligned<T>(&self, address: impl Address) -> Result<NonNull<T>, Trap> {
        if !address.unsigned().is_multiple_of(size_of::<T>() as u64) {
            return Err(Trap::from(TrapKind::UnalignedAtomic));
        }
        Ok(self.place(address, size_of::<T>() as u64)?.cast())
    }
}

macro_rules! words {
    ($(
        $word:ty: $load:ident $store:ident $add:ident $exchange:ident $wait:ident $instruction:literal;
    )*) => {
        impl SharedMemory {
            $(
                /// The number at `address`, which must be a multiple of its size: an atomic
                /// load, sequentially consistent.
                ///
                /// # Errors
                /// A trap of kind [`TrapKind::UnalignedAtomic`] or
                /// [`TrapKind::MemoryOutOfBounds`].
                pub fn $load(&self, address: impl Address) -> Result<$word, Trap> {
                    // SAFETY: an aligned place in this memory, which is a shared one.
                    Ok(unsafe { host::load(self.aligned::<$word>(address)?) })
                }

                /// Writes the number at `address`: an atomic store, sequentially consistent.
                ///
                /// # Errors
                /// As for the load.
                pub fn $store(&self, address: impl Address, value: $word) -> Result<(), Trap> {
                    // SAFETY: an aligned place in this memory, which is a shared one.
                    unsafe { host::store(self.aligned(address)?, value) };
                    Ok(())
                }

                /// Adds to the number at `address`, and gives what it was: atomic, sequentially
                /// consistent.
                ///
                /// # Errors
                /// As for the load.
                pub fn $add(&self, address: impl Address, value: $word) -> Result<$word, Trap> {
                    // SAFETY: an aligned place in this memory, which is a shared one.
                    Ok(unsafe { host::add(self.aligned(address)?, value) })
                }

                /// Makes the number at `address` `new` if it is `expected`, and gives what it was:
                /// atomic, sequentially consistent.
                ///
                /// # Errors
                /// As for the load.
                pub fn $exchange(
                    &self,
                    address: impl Address,
                    expected: $word,
                    new: $word,
                ) -> Result<$word, Trap> {
                    // SAFETY: an aligned place in this memory, which is a shared one.
                    Ok(unsafe { host::compare_exchange(self.aligned(address)?, expected, new) })
                }

                #[doc = concat!(
                    "Waits until somebody notifies `address`, if the number there is `expected`; ",
                    "at most for `timeout`, if there is one (`", $instruction, "`)."
                )]
                ///
                /// Without the feature `std` there is nobody to notify: the result is
                /// [`WaitResult::TimedOut`] at once.
                ///
                /// # Errors
                /// As for the load.
                pub fn $wait(
                    &self,
                    address: impl Address,
                    expected: $word,
                    timeout: Option<Duration>,
                ) -> Result<WaitResult, Trap> {
                    let place = self.aligned::<$word>(address)?;
                    // Three hundred years are forever.
                    let nanoseconds = timeout.and_then(|timeout| timeout.as_nanos().try_into().ok());
                    // SAFETY: an aligned place in this memory, which is a shared one.
                    Ok(unsafe { host::wait(place, expected, nanoseconds.unwrap_or(-1)) })
                }
            )*
        }
    };
}

words! {
    u32: atomic_load_u32 atomic_store_u32 atomic_add_u32 atomic_compare_exchange_u32
        wait_u32 "memory.atomic.wait32";
    u64: atomic_load_u64 atomic_store_u64 atomic_add_u64 atomic_compare_exchange_u64
        wait_u64 "memory.atomic.wait64";
}

impl fmt::Debug for SharedMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedMemory")
            .field("memory_type", &self.memory_type())
            .finish()
    }
}
