//! Instances: what generated code runs in, and how calls get in and out.

use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::any::TypeId;
use core::cell::{Cell, UnsafeCell};
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

use crate::any::AnyRef;
use crate::error::{CallError, InstantiationError};
use crate::exception::{ExnRef, Tag, Thrown};
use crate::export::{ExportKind, Extern, GlobalPlace, ModuleState, View};
use crate::function::{Func, FuncRef, FunctionEntry};
use crate::gc::ReferenceType;
use crate::generated::function_reference;
use crate::global::{AnyGlobal, SharedGlobal};
use crate::memory::{Form, Mem};
use crate::shared_memory::{Memory, MemoryInstance, MemoryMut};
use crate::store::{Member, Store, StoreInner, ViewLock};
use crate::table::{Reference, Table};
use crate::threads::SharedMemory;
use crate::trap::{self, HostError, Trap};
use crate::value::{ExternRef, Value, WasmType};

/// What every function of an instance is handed: the state the translator laid out, and the way
/// out to the host and to other instances.
///
/// Generated code has one `&mut Context` at a time and can neither make nor move one. While it
/// calls out, the context is *lent*: a way back in continues from the very borrow that called.
pub struct Context<S: 'static> {
    header: NonNull<InstanceHeader>,
    stack_limit: usize,
    /// The exception that was thrown last.
    exception: Option<ExnRef>,
    /// The bytes of the store's objects.
    #[cfg(feature = "gc")]
    objects: NonNull<u8>,
    /// Globals, tables and segments.
    pub s: S,
}

/// What references to functions point to: the instance, and which of its functions it is, where
/// the entry doesn't tell that.
#[derive(Debug)]
pub(crate) struct Port {
    header: NonNull<InstanceHeader>,
    /// The index of the function; of no meaning where there is an entry for each.
    #[cfg_attr(not(feature = "interpreter"), allow(dead_code))]
    index: u32,
}

impl Port {
    #[inline(always)]
    pub(crate) fn header(&self) -> &InstanceHeader {
        // SAFETY: a port is a part of its instance: the header itself begins with it, or the state
        // owns it; so the header lives as long.
        unsafe { self.header.as_ref() }
    }

    /// The index of the function.
    #[cfg(feature = "interpreter")]
    #[inline(always)]
    pub(crate) fn index(&self) -> u32 {
        self.index
    }
}

/// Which instance a state is part of.
#[derive(Clone, Copy, Debug)]
pub struct Attachment(
    #[cfg_attr(not(feature = "interpreter"), allow(dead_code))] NonNull<InstanceHeader>,
);

impl Attachment {
    /// A port of the function with an index. It must be kept by the state.
    #[cfg(feature = "interpreter")]
    pub(crate) fn port(self, index: u32) -> Port {
        Port {
            header: self.0,
            index,
        }
    }
}

/// The ports of the functions of an instance.
#[derive(Clone, Copy, Debug)]
pub struct Ports(NonNull<Port>, usize);

impl Ports {
    /// Those of a state, which keeps them where they are.
    #[cfg(feature = "interpreter")]
    pub(crate) fn new(ports: &[Port]) -> Ports {
        Ports(NonNull::from(ports).cast(), ports.len())
    }
}

/// The part of an instance that has the same type whatever the module and the host.
#[repr(C)]
pub(crate) struct InstanceHeader {
    /// The port of all functions that have entries of their own. First, so that a pointer to it is
    /// one to the header.
    port: Port,
    store: NonNull<StoreInner>,
    state_type: TypeId,
    host_type: TypeId,
    /// The index of an exported memory, by its name. To be called as [`InstanceHeader::resume`] is.
    exported_memory: unsafe fn(&InstanceHeader, &str) -> Option<u32>,
    /// The `Context<S>` of the instance, as it was last lent.
    lent: Cell<NonNull<()>>,
    /// The host, an `H`.
    host: Cell<NonNull<()>>,
    /// Whether a host function holds the host and may have references into it.
    host_in_use: Cell<bool>,
    /// The pointer of memory 0, which is of the form that the module's state says.
    memory: NonNull<u8>,
    /// The pointers of all memories, and the numbers of their forms.
    pointers: Vec<(NonNull<u8>, u8)>,
    /// What keeps the memories. Never changed.
    memories: Vec<Arc<MemoryInstance>>,
}

/// An instance as its store holds it. Never moved: the header and the context point into it.
struct InstanceCell<S: 'static, H> {
    header: InstanceHeader,
    context: UnsafeCell<Context<S>>,
    host: UnsafeCell<H>,
}

struct Boxed<S: 'static, H>(NonNull<InstanceCell<S, H>>);

impl<S: ModuleState, H> Member for Boxed<S, H> {
    fn ports(&self) -> (NonNull<Port>, usize) {
        // SAFETY: the cell lives, and no function of it runs: it is about to be added to the store.
        let context = unsafe { &*(*self.0.as_ptr()).context.get() };
        match context.s.ports() {
            Some(Ports(first, count)) => (first, count),
            None => (self.header().cast(), 1),
        }
    }

    #[cfg(feature = "gc")]
    unsafe fn roots(&self, mark: &mut dyn FnMut(AnyRef)) {
        use crate::object::Roots;
        // SAFETY: the cell lives as long as its store. By the contract the pointer that was lent
        // last is to the context, derived from a borrow that is idle.
        let context = unsafe {
            self.header()
                .as_ref()
                .lent
                .get()
                .cast::<Context<S>>()
                .as_ref()
        };
        context.exception.roots(mark);
        let state = &context.s;
        state.roots(mark);
        state.shared_globals().roots(mark);
        let (externs, exceptions) = (state.extern_tables(), state.exn_tables());
        externs.iter().for_each(|table| table.roots(mark));
        exceptions.iter().for_each(|table| table.roots(mark));
        state
            .any_tables()
            .iter()
            .for_each(|table| table.roots(mark));
    }
}

impl<S, H> Boxed<S, H> {
    #[cfg_attr(not(feature = "gc"), allow(dead_code))]
    fn header(&self) -> NonNull<InstanceHeader> {
        // SAFETY: the cell was leaked from a box that only `drop` below takes back.
        unsafe { NonNull::new_unchecked(&raw mut (*self.0.as_ptr()).header) }
    }
}

impl<S, H> Drop for Boxed<S, H> {
    fn drop(&mut self) {
        // SAFETY: made by `Box::into_raw` in `Instance::new`, and dropped once, with the store:
        // by then no handle is left, so no call is running.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

impl InstanceHeader {
    pub(crate) fn state_type(&self) -> TypeId {
        self.state_type
    }

    #[inline]
    pub(crate) fn store(&self) -> &StoreInner {
        // SAFETY: the instance is owned by its store, so the store outlives every borrow of it.
        unsafe { self.store.as_ref() }
    }

    /// The host.
    ///
    /// # Safety
    /// The instance was made with an `H`, which nobody borrows mutably.
    #[cfg(feature = "interpreter")]
    pub(crate) unsafe fn host_as<H>(&self) -> &H {
        // SAFETY: by the contract; it lies in the same cell as the header.
        unsafe { self.host.get().cast::<H>().as_ref() }
    }

    /// Memory `index`, if it is one of the module's.
    #[cfg(feature = "interpreter")]
    pub(crate) fn memory_instance(&self, index: usize) -> Option<&Arc<MemoryInstance>> {
        self.memories.get(index)
    }

    /// Memory `index`, which threads share.
    fn shared_memory(&self, index: usize) -> SharedMemory {
        match SharedMemory::from_instance(&self.memories[index]) {
            Some(memory) => memory,
            None => panic!("memory {index} is not shared by threads"),
        }
    }

    /// Runs `f` while the context is lent by the borrow `context`.
    ///
    /// Afterwards the lender goes on with its own borrow, so that this one must not be used again:
    /// calls continue from the one before. Where a trap leaves `f`, it stays, because nobody goes
    /// on with the borrow that it is part of; but for [`Context::catch`], which sees to it.
    #[inline]
    pub(crate) fn while_lent<R>(&self, context: NonNull<()>, f: impl FnOnce() -> R) -> R {
        let before = self.lent.replace(context);
        let result = f();
        self.lent.set(before);
        result
    }

    /// Calls a host function; the context has been lent.
    #[inline]
    pub(crate) fn call_host<S: 'static, H: 'static, V, R>(
        &self,
        f: impl FnOnce(&mut Caller<'_, S, H, V>) -> Result<R, HostError>,
    ) -> Result<R, HostError> {
        assert!(
            self.host_type == TypeId::of::<H>(),
            "a host of another type"
        );
        let _use = HostUse::new(&self.host_in_use);
        let mut caller = Caller {
            header: self,
            host: self.host.get().cast(),
            mark: PhantomData,
        };
        f(&mut caller)
    }

    /// Runs `f` with the context, continuing from the borrow that was last lent, and memory 0.
    ///
    /// # Safety
    /// The state is an `S`; this thread is inside the store; every borrow of the context that is
    /// still to be used was lent by [`Context::lend`] and is idle until `f` returns.
    #[inline]
    pub(crate) unsafe fn resume<S: ModuleState, R>(
        &self,
        f: impl FnOnce(&mut Context<S>, Mem<'_, S::Memory>) -> R,
    ) -> R {
        // SAFETY: by the contract the pointer is to a live `Context<S>`, and it is derived from
        // the innermost borrow, which is idle.
        let context = unsafe { self.lent.get().cast::<Context<S>>().as_mut() };
        context.stack_limit = trap::stack_limit();
        // SAFETY: the pointer is that of memory 0, which `memories` keeps, and was made for a
        // state `S`, whose form it was compared with; this thread is inside the store, which is
        // where memories that threads don't share are used.
        let memory = unsafe { Mem::from_pointer(self.memory) };
        f(context, memory)
    }
}

impl<S: 'static> Context<S> {
    /// The port of the instance's functions.
    #[inline(always)]
    pub(crate) fn port(&self) -> NonNull<Port> {
        self.header.cast()
    }

    #[inline(always)]
    fn header(&self) -> &InstanceHeader {
        // SAFETY: the context lies in the same cell as the header, and both live and die together.
        unsafe { self.header.as_ref() }
    }

    /// What it takes to lend the context, by [`InstanceHeader::while_lent`].
    #[inline]
    pub(crate) fn lender(&mut self) -> (&InstanceHeader, NonNull<()>) {
        let header = self.header;
        let context = NonNull::from(self).cast();
        // SAFETY: as in `header`; spelled out because `self` is borrowed mutably.
        let header = unsafe { header.as_ref() };
        (header, context)
    }

    /// Lends the context to whatever `f` calls: until it returns, a call back into this instance
    /// continues from this borrow.
    #[inline]
    pub(crate) fn lend<R>(&mut self, f: impl FnOnce(&InstanceHeader) -> R) -> R {
        let (header, context) = self.lender();
        header.while_lent(context, || f(header))
    }

    /// As [`StoreInner::catch`]; afterwards the caller goes on with its own borrow.
    #[inline]
    pub(crate) fn catch<R>(&mut self, f: impl FnOnce(&mut Context<S>) -> R) -> Result<R, Trap> {
        let before = self.header().lent.get();
        let store = self.store_pointer();
        // SAFETY: the store owns the instance, so it outlives every borrow of the context.
        let store = unsafe { store.as_ref() };
        let result = store.catch(|| f(&mut *self));
        self.header().lent.set(before);
        result
    }

    /// Where the stack must not reach.
    #[inline(always)]
    pub fn stack_limit(&self) -> usize {
        self.stack_limit
    }

    /// The store.
    pub(crate) fn store(&self) -> &StoreInner {
        self.header().store()
    }

    /// The store, which outlives every borrow of the context.
    pub(crate) fn store_pointer(&self) -> NonNull<StoreInner> {
        self.header().store
    }

    /// The bytes of the store's objects; none, where there is no heap.
    #[cfg(feature = "gc")]
    #[inline(always)]
    pub(crate) fn objects(&self) -> Mem<'_> {
        // SAFETY: the pointer is that of an ordinary memory, the heap's or the empty one, which the
        // store and the instance keep as long as the context lives; whoever has the context is
        // inside the store.
        unsafe { Mem::from_pointer(self.objects) }
    }

    /// Sees to it that the store has a heap.
    #[cfg(feature = "interpreter")]
    pub(crate) fn ensure_heap(&mut self) {
        if self.store().heap().is_some() {
            return;
        }
        let store = self.store_pointer();
        // SAFETY: the store outlives the context. The allocator must not be left half-way by a trap.
        let heap = trap::owning(|| unsafe { store.as_ref() }.make_heap());
        match heap {
            Ok(heap) => self.objects = heap.memory().pointer(),
            Err(_) => trap::raise(trap::TrapKind::AllocationTooLarge),
        }
    }

    /// Replaces the exception that was thrown last.
    #[inline(always)]
    pub(crate) fn set_exception(&mut self, exception: ExnRef) {
        self.exception = Some(exception);
    }

    /// The exception that was thrown last.
    #[inline(always)]
    pub fn caught(&self) -> Option<ExnRef> {
        self.exception
    }

    /// Whether the exception that was thrown last has the tag.
    #[inline(always)]
    pub fn is_caught(&self, tag: Tag) -> bool {
        match &self.exception {
            Some(exception) => exception.tag() == tag,
            None => false,
        }
    }

    /// Value `place` of the exception that was thrown last.
    #[inline(always)]
    pub fn thrown<T: WasmType>(&self, place: usize) -> T {
        match &self.exception {
            Some(exception) => exception.value(self.store(), place),
            None => T::ZERO,
        }
    }

    /// A reference to a function of this instance (`ref.func`).
    ///
    /// # Panics
    /// When `entry` is of another module.
    #[inline]
    pub fn reference(&self, entry: &'static FunctionEntry) -> FuncRef {
        assert!(
            entry.is_of(self.header().state_type),
            "an entry of another module"
        );
        FuncRef::new(entry, self.header.cast())
    }

    /// Another memory than 0, by its index; and the context, which is borrowed with it.
    ///
    /// # Panics
    /// When there is no such memory, or it is of another form.
    #[inline(always)]
    pub fn and_memory<F: Form>(&mut self, index: usize) -> (&mut Context<S>, Mem<'_, F>) {
        let memory = match self.header().pointers.get(index) {
            // SAFETY: the pointer of a memory of this form. The instance keeps its memories as
            // long as it lives, hence as long as its context is borrowed; and whoever has the
            // context is inside the store.
            Some(&(pointer, form)) if form == F::NUMBER => unsafe { Mem::from_pointer(pointer) },
            _ => no_such_memory(),
        };
        (self, memory)
    }

    /// A memory of whatever form, by its index, for the interpreter.
    ///
    /// # Panics
    /// When there is no such memory, or threads share it and it is asked for as one that they don't,
    /// or the other way round.
    #[cfg(feature = "interpreter")]
    #[inline(always)]
    pub(crate) fn any_memory<const SHARED: bool>(
        &self,
        index: u32,
    ) -> Mem<'_, crate::memory::erased::Erased<SHARED>> {
        use crate::memory::erased::{Erased, Pointer};
        match self.header().pointers.get(index as usize) {
            Some(place) if Erased::<SHARED>::includes(place.1) => {
                let place: &Pointer = place;
                // SAFETY: as in `and_memory`; the pointer is to the pointer of the memory and the
                // number of its form, which never change.
                unsafe { Mem::from_pointer(NonNull::from(place).cast()) }
            }
            _ => no_such_memory(),
        }
    }

    /// Calls a host function: `f` gets the caller, through which it reaches the host, the memory
    /// and the instance. Its error, or its panic, leaves every frame up to the entry behind.
    ///
    /// # Panics
    /// When the host is not an `H`; and, as the host's own panic, when another function of the
    /// same host is running and has not let go of it by [`Caller::enter`].
    #[inline]
    pub fn call_host<H: 'static, V, R>(
        &mut self,
        f: impl FnOnce(&mut Caller<'_, S, H, V>) -> Result<R, HostError>,
    ) -> R {
        self.lend(|header| trap::host(|| header.call_host(f).map_err(HostError::into_trap)))
    }

    /// As [`Context::call_host`], but an exception that the host function fails with is handed on.
    #[inline]
    pub fn call_host_catching<H: 'static, V, R>(
        &mut self,
        f: impl FnOnce(&mut Caller<'_, S, H, V>) -> Result<R, HostError>,
    ) -> Result<R, Thrown> {
        let result = self.lend(|header| {
            trap::host(|| match header.call_host(f) {
                Ok(result) => Ok(Ok(result)),
                Err(error) => header.store().exception(error.into_trap()).map(Err),
            })
        });
        result.map_err(|exception| {
            self.set_exception(exception);
            Thrown
        })
    }
}

#[cold]
#[inline(never)]
fn no_such_memory() -> ! {
    panic!("a memory that is not there, or of another form")
}

/// The index of an exported memory.
///
/// # Safety
/// As for [`InstanceHeader::resume`].
unsafe fn exported_memory<S: ModuleState>(header: &InstanceHeader, name: &str) -> Option<u32> {
    // SAFETY: by the contract.
    unsafe { header.resume::<S, _>(|context, _| context.s.exported_memory(name)) }
}

/// A host function has the host; until this is dropped nobody else gets it.
struct HostUse<'a>(&'a Cell<bool>);

impl HostUse<'_> {
    fn new(in_use: &Cell<bool>) -> HostUse<'_> {
        assert!(
            !in_use.replace(true),
            "a host function was entered while another of the same host is running; call back \
             through `Caller::instance`, or hold `Caller::enter` meanwhile"
        );
        HostUse(in_use)
    }
}

impl Drop for HostUse<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

/// What a host function gets of the instance that called it.
///
/// It dereferences to the host `H`, so `caller.count += 1` reaches the host's own state. `V` says
/// how the instance looks from outside.
pub struct Caller<'a, S: 'static, H: 'static, V> {
    header: &'a InstanceHeader,
    host: NonNull<H>,
    mark: PhantomData<(&'a mut Context<S>, &'a mut H, V)>,
}

impl<S: 'static, H: 'static, V> Caller<'_, S, H, V> {
    /// The host.
    pub fn host(&mut self) -> &mut H {
        self
    }

    /// Memory 0 of the calling instance.
    ///
    /// # Panics
    /// When threads share it: [`Caller::shared_memory`] gives it then.
    pub fn memory(&mut self) -> MemoryMut<'_> {
        MemoryMut::new(self.header.store(), &self.header.memories[0])
    }

    /// Memory 0 of the calling instance, if threads share it.
    pub fn shared_memory(&mut self) -> Option<SharedMemory> {
        SharedMemory::from_instance(&self.header.memories[0])
    }

    /// The memory that the calling instance exports as `name`, unless threads share it.
    pub fn exported_memory(&mut self, name: &str) -> Option<MemoryMut<'_>> {
        // SAFETY: the function was made for the instance's state; a caller exists only while a
        // function of the host runs, inside the store and with every context lent.
        let index = unsafe { (self.header.exported_memory)(self.header, name) }?;
        let memory = self.header.memories.get(index as usize)?;
        if memory.memory_type().is_shared() {
            return None;
        }
        Some(MemoryMut::new(self.header.store(), memory))
    }

    /// The host and memory 0 of the calling instance, both at once.
    ///
    /// # Panics
    /// As [`Caller::memory`].
    pub fn split(&mut self) -> (&mut H, MemoryMut<'_>) {
        let memory = MemoryMut::new(self.header.store(), &self.header.memories[0]);
        self.header.host_in_use.set(true);
        // SAFETY: as in `deref`; the memory is not part of the host.
        (unsafe { self.host.as_mut() }, memory)
    }

    /// Lets go of the host for a while: until the result is dropped, calls back into the instance
    /// may run other host functions.
    pub fn enter(&mut self) -> InstanceMut<'_, S> {
        self.header.host_in_use.set(false);
        InstanceMut {
            header: self.header,
            host_in_use: Some(&self.header.host_in_use),
            // The interpreter calls functions of hosts of generated code.
            #[cfg(feature = "interpreter")]
            interpreted: self.header.state_type != TypeId::of::<S>(),
            mark: PhantomData,
        }
    }

    /// The calling instance with its exports, to be called back.
    pub fn instance(&mut self) -> V::Exports<'_>
    where
        V: View<S>,
    {
        self.enter().into()
    }
}

impl<S, H, V> Deref for Caller<'_, S, H, V> {
    type Target = H;

    fn deref(&self) -> &H {
        self.header.host_in_use.set(true);
        // SAFETY: `call_host` compared the host's type. References to the host are borrowed from a
        // `Caller` or from a `HostMut`. While a `HostMut` exists no host function runs. A caller's
        // are in use only while `host_in_use` is set (here, in case a forgotten `InstanceMut`
        // left it unset), and a second caller for the same host is made only when it is not.
        unsafe { self.host.as_ref() }
    }
}

impl<S, H, V> DerefMut for Caller<'_, S, H, V> {
    fn deref_mut(&mut self) -> &mut H {
        self.header.host_in_use.set(true);
        // SAFETY: as in `deref`.
        unsafe { self.host.as_mut() }
    }
}

/// An instance at the disposal of one borrower, who may call into it.
pub struct InstanceMut<'a, S: 'static> {
    header: &'a InstanceHeader,
    /// Of the caller that let go of the host, which has it again afterwards.
    host_in_use: Option<&'a Cell<bool>>,
    /// Whether the instance is interpreted, hence its state no `S`.
    #[cfg(feature = "interpreter")]
    interpreted: bool,
    mark: PhantomData<(&'a mut S, *const ())>,
}

impl<S: 'static> Drop for InstanceMut<'_, S> {
    #[inline]
    fn drop(&mut self) {
        if let Some(in_use) = self.host_in_use {
            in_use.set(true);
        }
    }
}

impl<'a, S: 'static> InstanceMut<'a, S> {
    /// An interpreted instance, where code is generated for a state `S`.
    #[cfg(feature = "interpreter")]
    pub(crate) fn of_interpreted(
        instance: InstanceMut<'a, crate::interpreter::State>,
    ) -> InstanceMut<'a, S> {
        InstanceMut {
            header: instance.header,
            host_in_use: None,
            interpreted: true,
            mark: PhantomData,
        }
    }

    /// The instance as the interpreter has it.
    ///
    /// # Panics
    /// When it is compiled.
    #[cfg(feature = "interpreter")]
    pub(crate) fn as_interpreted(&mut self) -> InstanceMut<'_, crate::interpreter::State> {
        assert!(
            self.header.state_type == TypeId::of::<crate::interpreter::State>(),
            "an instance that is not interpreted"
        );
        InstanceMut {
            header: self.header,
            host_in_use: None,
            interpreted: false,
            mark: PhantomData,
        }
    }

    /// Whether the instance is interpreted.
    #[inline(always)]
    pub fn is_interpreted(&self) -> bool {
        #[cfg(feature = "interpreter")]
        return self.interpreted;
        #[cfg(not(feature = "interpreter"))]
        false
    }

    /// The store.
    #[cfg(feature = "interpreter")]
    pub(crate) fn store(&self) -> &'a StoreInner {
        self.header.store()
    }

    /// Memory `index`.
    ///
    /// # Panics
    /// When the instance has no such memory, or threads share it.
    pub fn memory(&mut self, index: usize) -> MemoryMut<'_> {
        MemoryMut::new(self.header.store(), &self.header.memories[index])
    }

    /// Memory `index`, which threads share.
    ///
    /// # Panics
    /// When the instance has no such memory, or it is of one store.
    pub fn shared_memory(&mut self, index: usize) -> SharedMemory {
        self.header.shared_memory(index)
    }
}

#[cold]
#[inline(never)]
fn not_compiled() -> ! {
    panic!("an interpreted instance was entered as if it were compiled")
}

impl<S: ModuleState> InstanceMut<'_, S> {
    /// Runs generated code; a trap is an error.
    ///
    /// # Panics
    /// When the instance is interpreted.
    #[inline]
    pub fn enter<R>(
        &mut self,
        f: impl FnOnce(&mut Context<S>, Mem<'_, S::Memory>) -> R,
    ) -> Result<R, Trap> {
        if self.is_interpreted() {
            not_compiled();
        }
        let store = self.header.store();
        let _lock = store.lock();
        store.catch(|| {
            // SAFETY: an `InstanceMut<S>` is made for a state `S`, or says that it isn't; the lock is
            // held; contexts in use have been lent, because host code runs only where they are.
            unsafe { self.header.resume(f) }
        })
    }

    /// Runs generated code that cannot trap.
    #[inline]
    pub fn enter_infallible<R>(
        &mut self,
        f: impl FnOnce(&mut Context<S>, Mem<'_, S::Memory>) -> R,
    ) -> R {
        if self.is_interpreted() {
            not_compiled();
        }
        let _lock = self.header.store().lock();
        // SAFETY: as in `enter`.
        unsafe { self.header.resume(f) }
    }
}

/// An instance with its host: the owner's handle. Generated code wraps it in a type of its own.
pub struct Instance<S: 'static, H: 'static> {
    store: Store,
    header: NonNull<InstanceHeader>,
    mark: PhantomData<(S, H)>,
}

// SAFETY: the handle is the way to a state, which is made of plain values and handles of the
// store, and to a host; the store's lock keeps other handles' threads out.
#[cfg(feature = "std")]
unsafe impl<S, H: Send> Send for Instance<S, H> {}
// SAFETY: a shared instance gives nothing away but its store.
#[cfg(feature = "std")]
unsafe impl<S, H: Send> Sync for Instance<S, H> {}

impl<S: ModuleState, H: 'static> Instance<S, H> {
    /// Puts an instance into `store`, of which a host that is not `Send` must be the only one.
    /// Nothing is initialised yet.
    fn build(
        store: Store,
        host: H,
        build: impl FnOnce(&Store) -> Result<(Vec<Memory>, S), InstantiationError>,
    ) -> Result<Instance<S, H>, InstantiationError> {
        let (memories, state) = build(&store)?;
        let mut memories: Vec<_> = memories
            .into_iter()
            .map(|memory| memory.into_instance(&store))
            .collect();
        if memories.is_empty() {
            memories.push(MemoryInstance::none()?);
        }
        let pointers: Vec<_> = memories
            .iter()
            .map(|memory| memory.linear().pointer())
            .collect();
        let (mut memory, form) = pointers[0];
        if form != S::Memory::NUMBER {
            assert!(S::ANY_MEMORY, "a memory of another form");
            // Behind the memories that have numbers: only to be kept.
            let none = MemoryInstance::none()?;
            memory = none.linear().pointer().0;
            memories.push(none);
        }
        #[cfg(feature = "gc")]
        let objects = match store.inner().heap() {
            Some(heap) => heap.memory().pointer(),
            None => {
                // Behind the memories that have numbers: only to be kept.
                memories.push(MemoryInstance::none()?);
                memories[memories.len() - 1].linear().pointer().0
            }
        };
        let cell = Box::new(InstanceCell {
            header: InstanceHeader {
                port: Port {
                    header: NonNull::dangling(),
                    index: 0,
                },
                store: NonNull::from(store.inner()),
                state_type: TypeId::of::<S>(),
                host_type: TypeId::of::<H>(),
                exported_memory: exported_memory::<S>,
                lent: Cell::new(NonNull::dangling()),
                host: Cell::new(NonNull::dangling()),
                host_in_use: Cell::new(false),
                memory,
                pointers,
                memories,
            },
            context: UnsafeCell::new(Context {
                header: NonNull::dangling(),
                stack_limit: 0,
                exception: None,
                #[cfg(feature = "gc")]
                objects,
                s: state,
            }),
            host: UnsafeCell::new(host),
        });
        // SAFETY: just leaked from a box, hence not null; nobody else knows it yet.
        let header = unsafe {
            let cell = NonNull::new_unchecked(Box::into_raw(cell));
            let header = NonNull::new_unchecked(&raw mut (*cell.as_ptr()).header);
            let context = (*cell.as_ptr()).context.get();
            (*context).header = header;
            (*cell.as_ptr()).header.port.header = header;
            (*context).s.attach(Attachment(header));
            header
                .as_ref()
                .lent
                .set(NonNull::new_unchecked(context).cast());
            let host = (*cell.as_ptr()).host.get();
            header
                .as_ref()
                .host
                .set(NonNull::new_unchecked(host).cast());
            store.add(Box::new(Boxed::<S, H>(cell)));
            header
        };
        Ok(Instance {
            store,
            header,
            mark: PhantomData,
        })
    }

    /// An instance in a store of its own, with the memories and the state that `build` gives.
    ///
    /// # Errors
    /// Those of `build`.
    pub fn new(
        host: H,
        build: impl FnOnce(&Store) -> Result<(Vec<Memory>, S), InstantiationError>,
    ) -> Result<Instance<S, H>, InstantiationError> {
        Instance::build(Store::private(), host, build)
    }

    /// An instance that shares `store` with others.
    ///
    /// # Errors
    /// Those of `build`.
    pub fn new_in(
        store: &Store,
        host: H,
        build: impl FnOnce(&Store) -> Result<(Vec<Memory>, S), InstantiationError>,
    ) -> Result<Instance<S, H>, InstantiationError>
    where
        H: Send,
    {
        Instance::build(store.clone(), host, build)
    }

    /// Memory `index`, which threads share.
    ///
    /// # Panics
    /// When the instance has no such memory, or it is of one store.
    pub fn shared_memory(&mut self, index: usize) -> SharedMemory {
        self.header().shared_memory(index)
    }

    /// Memory `index`.
    ///
    /// # Panics
    /// When the instance has no such memory, or threads share it.
    pub fn memory(&mut self, index: usize) -> MemoryMut<'_> {
        let header = self.header();
        MemoryMut::new(header.store(), &header.memories[index])
    }

    fn header(&self) -> &InstanceHeader {
        // SAFETY: the store, which `self` keeps alive, owns the instance.
        unsafe { self.header.as_ref() }
    }

    /// The instance, to call into it.
    #[inline]
    pub fn as_mut(&mut self) -> InstanceMut<'_, S> {
        InstanceMut {
            header: self.header(),
            host_in_use: None,
            #[cfg(feature = "interpreter")]
            interpreted: false,
            mark: PhantomData,
        }
    }

    /// The host.
    pub fn host(&mut self) -> HostMut<'_, H> {
        let header = self.header();
        let _lock = ViewLock::new(header.store());
        HostMut {
            _lock,
            host: header.host.get().cast(),
            mark: PhantomData,
        }
    }

    /// The store the instance is in, so that others can be made in it.
    pub fn store(&self) -> &Store
    where
        H: Send,
    {
        self.store.share();
        &self.store
    }
}

impl<S: ModuleState, H: 'static> Instance<S, H> {
    /// A memory by its index.
    #[cfg(feature = "interpreter")]
    pub(crate) fn memory_instance(&self, index: usize) -> Option<Arc<MemoryInstance>> {
        self.header().memories.get(index).cloned()
    }
}

impl<S: ModuleState, H: Send + 'static> Instance<S, H> {
    /// The export called `name`, as a handle of its own.
    pub fn export(&mut self, name: &str) -> Option<Extern> {
        let export = S::EXPORTS.iter().find(|export| export.name == name)?;
        let store = self.store().clone();
        let memories = self.header().memories.clone();
        Some(
            self.as_mut()
                .enter_infallible(|context, _| match export.kind {
                    ExportKind::Function(entry) => {
                        Extern::Func(Func::of(store, function_reference(context, entry as usize)))
                    }
                    ExportKind::Memory(index) => {
                        let memory = &memories[index as usize];
                        match SharedMemory::from_instance(memory) {
                            Some(shared) => Extern::SharedMemory(shared),
                            None => Extern::Memory(Memory::from_instance(&store, memory.clone())),
                        }
                    }
                    ExportKind::FuncTable(place) => Extern::Table(FuncRef::into_any(
                        context.s.func_tables()[place as usize].handle(&store),
                    )),
                    ExportKind::ExternTable(place) => Extern::Table(ExternRef::into_any(
                        context.s.extern_tables()[place as usize].handle(&store),
                    )),
                    ExportKind::ExnTable(place) => Extern::Table(ExnRef::into_any(
                        context.s.exn_tables()[place as usize].handle(&store),
                    )),
                    ExportKind::AnyTable(place) => Extern::Table(AnyRef::into_any(
                        context.s.any_tables()[place as usize].handle(&store),
                    )),
                    ExportKind::Tag(index) => Extern::Tag(context.s.tags()[index as usize]),
                    ExportKind::Global(place) => global(context, &store, place, None),
                    ExportKind::TypedGlobal(place, reference) => {
                        global(context, &store, place, Some(reference))
                    }
                }),
        )
    }

    /// The table of functions at `place` among those.
    pub fn func_table(&mut self, place: usize) -> Table<FuncRef> {
        let store = self.store().clone();
        self.as_mut()
            .enter_infallible(|context, _| context.s.func_tables()[place].handle(&store))
    }

    /// The table of values of the host's at `place` among those.
    pub fn extern_table(&mut self, place: usize) -> Table<ExternRef> {
        let store = self.store().clone();
        self.as_mut()
            .enter_infallible(|context, _| context.s.extern_tables()[place].handle(&store))
    }

    /// The table of exceptions at `place` among those.
    pub fn exn_table(&mut self, place: usize) -> Table<ExnRef> {
        let store = self.store().clone();
        self.as_mut()
            .enter_infallible(|context, _| context.s.exn_tables()[place].handle(&store))
    }

    /// The table of references to anything at `place` among those.
    pub fn any_table(&mut self, place: usize) -> Table<AnyRef> {
        let store = self.store().clone();
        self.as_mut()
            .enter_infallible(|context, _| context.s.any_tables()[place].handle(&store))
    }

    /// The function exported as `name`, if there is one.
    pub fn func(&mut self, name: &str) -> Option<Func> {
        match self.export(name)? {
            Extern::Func(func) => Some(func),
            _ => None,
        }
    }

    /// Calls the function exported as `name`.
    ///
    /// # Errors
    /// [`CallError::UnknownFunction`], [`CallError::Arguments`], or the trap the call ended in.
    pub fn call(&mut self, name: &str, args: &[Value]) -> Result<Vec<Value>, CallError> {
        match self.func(name) {
            Some(func) => func.call(args),
            None => Err(CallError::UnknownFunction(name.to_string())),
        }
    }
}

/// An exported global, as a handle of its own.
fn global<S: ModuleState>(
    context: &Context<S>,
    store: &Store,
    place: GlobalPlace,
    reference: Option<ReferenceType>,
) -> Extern {
    let (value_type, number) = (place.value_type, place.place as usize);
    let global = if place.shared {
        context.s.shared_globals().get(value_type, number)
    } else {
        AnyGlobal::immutable(context.s.global(value_type, number), reference)
    };
    Extern::Global(SharedGlobal::new(store, global))
}

/// The host of an instance, borrowed. While it exists, no WebAssembly of the store runs.
pub struct HostMut<'a, H> {
    _lock: ViewLock<'a>,
    host: NonNull<H>,
    mark: PhantomData<&'a mut H>,
}

impl<H> Deref for HostMut<'_, H> {
    type Target = H;

    fn deref(&self) -> &H {
        // SAFETY: made by `Instance::host` for the instance's own host type, whose handle is
        // borrowed for as long as this lives.
        unsafe { self.host.as_ref() }
    }
}

impl<H> DerefMut for HostMut<'_, H> {
    fn deref_mut(&mut self) -> &mut H {
        // SAFETY: as in `deref`.
        unsafe { self.host.as_mut() }
    }
}
