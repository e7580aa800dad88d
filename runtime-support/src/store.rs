//! The store: what linked instances share, and the lock that keeps other threads out.
//!
//! A single instance has a store of its own and never notices. Instances that import from each
//! other are in one store, which lives until the last handle into it is gone; so a function that
//! one instance left in another's table can always be called.

use alloc::boxed::Box;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::cell::{Cell, UnsafeCell};
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

#[cfg(feature = "gc")]
use crate::any::AnyRef;
use crate::exception::ExnRef;
#[cfg(feature = "gc")]
use crate::function::FuncRef;
#[cfg(feature = "gc")]
use crate::gc::Heap;
use crate::instance::{InstanceHeader, Port};
use crate::trap::{self, Trap};
use crate::value::RawValue;

/// Holds instances that are linked with each other, and all they share
/// (specification: *Execution, Runtime Structure, Store*).
///
/// Cloning gives another handle to the same store. A store runs on one thread at a time; a call
/// from a second thread waits until the first returns.
///
/// Instances in one store live until its last handle is gone: the store itself, an instance, a
/// function, table, memory or global of it. A host that keeps such a handle inside its own state
/// keeps the store alive forever.
#[derive(Clone)]
pub struct Store(Arc<StoreInner>);

pub(crate) struct StoreInner {
    /// The store itself, for handles to be made of.
    this: Weak<StoreInner>,
    /// The thread inside, as its token; 0 when there is none.
    owner: AtomicUsize,
    /// Whether handles other than one exclusive instance exist, so that two threads could meet.
    shared: AtomicBool,
    /// Whether a view of a memory is lent to host code. Guarded by `owner`.
    lent: Cell<bool>,
    /// Every instance of the store. Guarded by `owner`.
    members: UnsafeCell<Vec<Box<dyn Member>>>,
    /// The ports of all members: the first, and how many, in the order of their addresses. Guarded
    /// by `owner`.
    ports: UnsafeCell<Vec<(NonNull<Port>, usize)>>,
    /// The instance that called the function last that was entered from another one. Guarded by
    /// `owner`.
    caller: Cell<Option<NonNull<InstanceHeader>>>,
    /// What interpreted functions run on. Guarded by `owner`.
    #[cfg(feature = "interpreter")]
    machine: core::cell::OnceCell<Box<crate::interpreter::Machine>>,
    /// The values of exceptions that carry more than fits a reference. Guarded by `owner`.
    exceptions: UnsafeCell<Vec<Box<[RawValue]>>>,
    /// The heap of the store's objects, and what they refer to outside of it. Guarded by `owner`.
    #[cfg(feature = "gc")]
    objects: Objects,
}

/// What belongs to a store's objects.
#[cfg(feature = "gc")]
#[derive(Default)]
struct Objects {
    heap: core::cell::OnceCell<Heap>,
    functions: UnsafeCell<Numbered>,
    exceptions: UnsafeCell<Vec<ExnRef>>,
}

/// Functions that objects refer to, by number.
#[cfg(feature = "gc")]
#[derive(Default)]
struct Numbered {
    functions: Vec<FuncRef>,
    numbers: alloc::collections::BTreeMap<(usize, usize), u32>,
}

/// An instance as its store keeps it.
pub(crate) trait Member {
    /// The ports of its functions: the first, and how many.
    fn ports(&self) -> (NonNull<Port>, usize);
    /// Calls `mark` with each reference that the instance's state holds.
    ///
    /// # Safety
    /// This thread is inside the store, and every context of it that is in use is lent.
    #[cfg(feature = "gc")]
    unsafe fn roots(&self, mark: &mut dyn FnMut(AnyRef));
}

// SAFETY: `lent` and `members` are touched only by the thread that holds the lock, which
// `lock` gives to one thread at a time as soon as `shared` is set; before that, the one exclusive
// instance handle is the only way in. Hosts that are not `Send` live only in stores that are
// never shared (`share` is reached through `Send` hosts only), whose single handle is not `Send`.
// (Without `std` the lock can't tell threads apart, and stores stay on theirs.)
#[cfg(feature = "std")]
unsafe impl Send for StoreInner {}
// SAFETY: as above.
#[cfg(feature = "std")]
unsafe impl Sync for StoreInner {}

impl Store {
    /// An empty store.
    pub fn new() -> Store {
        let store = Store::private();
        store.share();
        store
    }

    /// A store for one instance alone.
    pub(crate) fn private() -> Store {
        #[allow(
            clippy::arc_with_non_send_sync,
            reason = "stores are `Send` where there are threads"
        )]
        Store(Arc::new_cyclic(|this| StoreInner {
            this: this.clone(),
            owner: AtomicUsize::new(0),
            shared: AtomicBool::new(false),
            lent: Cell::new(false),
            members: UnsafeCell::new(Vec::new()),
            ports: UnsafeCell::new(Vec::new()),
            caller: Cell::new(None),
            #[cfg(feature = "interpreter")]
            machine: core::cell::OnceCell::new(),
            exceptions: UnsafeCell::new(Vec::new()),
            #[cfg(feature = "gc")]
            objects: Objects::default(),
        }))
    }

    pub(crate) fn inner(&self) -> &StoreInner {
        &self.0
    }

    /// Whether both are handles to one store.
    pub fn same(&self, other: &Store) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// From here on more than one handle may be in use: entering takes the lock for good.
    ///
    /// May be called while an exclusive instance of the store is running: `owner` is set then
    /// already, because every entry sets it.
    pub(crate) fn share(&self) {
        self.0.shared.store(true, Ordering::Relaxed);
    }

    pub(crate) fn add(&self, member: Box<dyn Member>) {
        let _lock = self.0.lock();
        let (first, count) = member.ports();
        // SAFETY: the lock is held, and no reference into `members` or `ports` outlives a call of
        // this file.
        let (members, ports) = unsafe { (&mut *self.0.members.get(), &mut *self.0.ports.get()) };
        members.push(member);
        let place = ports.partition_point(|&(other, _)| other < first);
        ports.insert(place, (first, count));
    }
}

impl Default for Store {
    fn default() -> Store {
        Store::new()
    }
}

impl core::fmt::Debug for Store {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl StoreInner {
    /// Enters the store: no other thread is inside until the guard is dropped.
    ///
    /// # Panics
    /// When this thread holds a view of a memory of the store (`MemoryMut`): running WebAssembly
    /// could change or move what the view shows, and so could a second view.
    #[inline]
    pub(crate) fn lock(&self) -> Lock<'_> {
        let me = thread_token();
        if self.owner.load(Ordering::Relaxed) == me {
            if self.lent.get() {
                lent_memory();
            }
            return Lock { store: None };
        }
        if self.shared.load(Ordering::Relaxed) {
            self.wait(me);
        } else {
            self.owner.store(me, Ordering::Relaxed);
        }
        Lock { store: Some(self) }
    }

    #[cold]
    fn wait(&self, me: usize) {
        while self
            .owner
            .compare_exchange_weak(0, me, Ordering::Acquire, Ordering::Relaxed)
            .is_err()
        {
            #[cfg(feature = "std")]
            std::thread::yield_now();
            #[cfg(not(feature = "std"))]
            core::hint::spin_loop();
        }
    }

    /// Keeps the values of an exception for as long as the store lives, and gives their place.
    /// Called with the lock held, and never by code that a trap may leave.
    pub(crate) fn keep_exception(&self, values: Box<[RawValue]>) -> u32 {
        debug_assert_eq!(self.owner.load(Ordering::Relaxed), thread_token());
        // SAFETY: the lock is held, and no reference into `exceptions` outlives a call of this file.
        let exceptions = unsafe { &mut *self.exceptions.get() };
        exceptions.push(values);
        exceptions.len() as u32 - 1
    }

    /// Value `index` of the exception kept at `place`. Called with the lock held.
    pub(crate) fn kept_value(&self, place: u32, index: usize) -> Option<RawValue> {
        debug_assert_eq!(self.owner.load(Ordering::Relaxed), thread_token());
        // SAFETY: the lock is held, and the reference ends with this call.
        let exceptions = unsafe { &*self.exceptions.get() };
        exceptions.get(place as usize)?.get(index).copied()
    }

    /// Another handle to the store, for host code to keep, if there are others than one exclusive
    /// instance already: only then may threads share what is in it.
    pub(crate) fn handle(&self) -> Option<Store> {
        if !self.shared.load(Ordering::Relaxed) {
            return None;
        }
        // A counted pointer made of `self` would be one to what is counted, not to the count.
        self.this.upgrade().map(Store)
    }

    /// The exception that a trap is, as generated code throws it; else the trap. Called with the
    /// lock held, and never by code that a trap may leave.
    pub(crate) fn exception(&self, trap: Trap) -> Result<ExnRef, Trap> {
        let exception = trap.into_exception()?;
        // A function of another store can't be referred to from here.
        #[cfg(feature = "std")]
        return exception.reference(self).map_err(Trap::host);
        // Without threads the error may hold what can't be sent.
        #[cfg(not(feature = "std"))]
        return exception
            .reference(self)
            .map_err(|error| Trap::host(alloc::string::ToString::to_string(&error)));
    }

    /// The port of one of the store's members that lies where `port` points to, which may be left
    /// from another instance that was there before. Called with the lock held.
    #[inline]
    pub(crate) fn port(&self, port: NonNull<Port>) -> Option<NonNull<Port>> {
        debug_assert_eq!(self.owner.load(Ordering::Relaxed), thread_token());
        // SAFETY: the caller runs inside the store, so this thread holds the lock; the reference
        // ends with this call, which runs no foreign code.
        let ports = unsafe { &*self.ports.get() };
        let address = port.addr().get();
        let behind = ports.partition_point(|(first, _)| first.addr().get() <= address);
        // Ranges are apart from each other, so only the last that starts before it can have it.
        let &(first, count) = ports.get(behind.checked_sub(1)?)?;
        let offset = address - first.addr().get();
        let is_port =
            offset < count * size_of::<Port>() && offset.is_multiple_of(size_of::<Port>());
        // At the same address, but a pointer to what is there now.
        let port = NonNull::new(first.as_ptr().wrapping_byte_add(offset));
        port.filter(|_| is_port)
    }

    /// The instance that called the function that is running, if it is another one. Called with the
    /// lock held.
    #[cfg(feature = "interpreter")]
    pub(crate) fn caller(&self) -> Option<NonNull<InstanceHeader>> {
        self.caller.get()
    }

    /// An instance is about to call a function of another one.
    #[inline(always)]
    pub(crate) fn set_caller(&self, caller: &InstanceHeader) {
        self.caller.set(Some(NonNull::from(caller)));
    }

    /// The host is about to call a function.
    pub(crate) fn set_no_caller(&self) {
        self.caller.set(None);
    }

    /// As [`trap::catch`]; what a trap leaves behind on the interpreter's stack is taken away.
    #[inline(always)]
    pub(crate) fn catch<R>(&self, f: impl FnOnce() -> R) -> Result<R, Trap> {
        #[cfg(feature = "interpreter")]
        {
            let height = self
                .machine
                .get()
                .map_or(crate::interpreter::Height::NONE, |machine| machine.height());
            let result = trap::catch(f);
            if result.is_err()
                && let Some(machine) = self.machine.get()
            {
                machine.reset(height);
            }
            result
        }
        #[cfg(not(feature = "interpreter"))]
        trap::catch(f)
    }

    /// What interpreted functions run on, made at first need. Called with the lock held, outside of
    /// generated code.
    #[cfg(feature = "interpreter")]
    pub(crate) fn make_machine(
        &self,
    ) -> Result<&crate::interpreter::Machine, crate::memory::MemoryError> {
        if let Some(machine) = self.machine.get() {
            return Ok(machine);
        }
        let machine = crate::interpreter::Machine::new()?;
        Ok(self.machine.get_or_init(|| Box::new(machine)))
    }
}

#[cold]
#[inline(never)]
fn lent_memory() -> ! {
    panic!(
        "an instance was used while a view of a memory (`MemoryMut`) of its store is held; drop the view first"
    )
}

/// Entered the store; leaves it when dropped, unless it was entered before on this thread.
pub(crate) struct Lock<'a> {
    store: Option<&'a StoreInner>,
}

impl Drop for Lock<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some(store) = self.store {
            store.owner.store(0, Ordering::Release);
        }
    }
}

/// Keeps WebAssembly of the store from running while a slice of memory is lent.
pub(crate) struct ViewLock<'a> {
    store: &'a StoreInner,
    _lock: Lock<'a>,
}

impl<'a> ViewLock<'a> {
    pub(crate) fn new(store: &'a StoreInner) -> ViewLock<'a> {
        let lock = store.lock();
        store.lent.set(true);
        ViewLock { store, _lock: lock }
    }
}

impl Drop for ViewLock<'_> {
    fn drop(&mut self) {
        self.store.lent.set(false);
    }
}

/// A number other than 0 that no other living thread has.
#[cfg(feature = "std")]
#[inline]
fn thread_token() -> usize {
    std::thread_local! {
        static TOKEN: u8 = const { 0 };
    }
    TOKEN.with(|token| core::ptr::from_ref(token).addr())
}

/// Without threads to tell apart there is one; handles are not `Send` then (see `handle`).
#[cfg(not(feature = "std"))]
#[inline]
fn thread_token() -> usize {
    1
}

#[cfg(feature = "gc")]
impl StoreInner {
    /// The heap, if there is one.
    #[inline]
    pub(crate) fn heap(&self) -> Option<&Heap> {
        self.objects.heap.get()
    }

    /// The heap, made at first need. Called with the lock held, outside of generated code.
    pub(crate) fn make_heap(&self) -> Result<&Heap, crate::memory::MemoryError> {
        if let Some(heap) = self.objects.heap.get() {
            return Ok(heap);
        }
        let heap = Heap::new()?;
        Ok(self.objects.heap.get_or_init(|| heap))
    }

    /// Calls `mark` with each reference that instances hold. Called inside the store, where every
    /// context in use is lent.
    pub(crate) fn roots(&self, mark: &mut dyn FnMut(AnyRef)) {
        use crate::object::Roots;
        // SAFETY: the lock is held; the references end with this call, which runs no foreign code.
        let (members, kept, exceptions) = unsafe {
            (
                &*self.members.get(),
                &*self.exceptions.get(),
                &*self.objects.exceptions.get(),
            )
        };
        for member in members {
            // SAFETY: by the contract.
            unsafe { member.roots(mark) };
        }
        for values in kept {
            for value in values {
                match value {
                    RawValue::AnyRef(value) => value.roots(mark),
                    RawValue::ExternRef(value) => value.roots(mark),
                    RawValue::ExnRef(value) => value.roots(mark),
                    _ => {}
                }
            }
        }
        exceptions
            .iter()
            .for_each(|exception| exception.roots(mark));
        #[cfg(feature = "interpreter")]
        if let Some(machine) = self.machine.get() {
            machine.roots(mark);
        }
    }

    /// The number by which objects refer to a function. Called with the lock held, and never by
    /// code that a trap may leave.
    pub(crate) fn number_of_function(&self, function: FuncRef) -> u32 {
        // SAFETY: the lock is held, and the reference ends with this call.
        let Numbered { functions, numbers } = unsafe { &mut *self.objects.functions.get() };
        *numbers.entry(function.key()).or_insert_with(|| {
            functions.push(function);
            functions.len() as u32
        })
    }

    /// The function of a number. Called with the lock held.
    #[inline]
    pub(crate) fn numbered_function(&self, number: u32) -> Option<FuncRef> {
        // SAFETY: the lock is held, and the reference ends with this call.
        let Numbered { functions, .. } = unsafe { &*self.objects.functions.get() };
        functions.get(number.checked_sub(1)? as usize).copied()
    }

    /// The number by which objects refer to an exception. Called with the lock held, and never by
    /// code that a trap may leave.
    pub(crate) fn number_of_exception(&self, exception: ExnRef) -> u32 {
        // SAFETY: the lock is held, and the reference ends with this call.
        let exceptions = unsafe { &mut *self.objects.exceptions.get() };
        exceptions.push(exception);
        exceptions.len() as u32
    }

    /// The exception of a number. Called with the lock held.
    pub(crate) fn numbered_exception(&self, number: u32) -> Option<ExnRef> {
        // SAFETY: the lock is held, and the reference ends with this call.
        let exceptions = unsafe { &*self.objects.exceptions.get() };
        exceptions.get(number.checked_sub(1)? as usize).copied()
    }
}
