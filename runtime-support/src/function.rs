//! Functions: the entry generated code gives for each, references to them, and host handles.

use alloc::vec::Vec;
use core::any::TypeId;
use core::fmt;
use core::marker::PhantomData;
use core::mem;
use core::ptr::NonNull;

use crate::error::CallError;
use crate::exception::Exception;
use crate::export::ModuleState;
use crate::gc::TypeInfo;
use crate::instance::{Context, InstanceHeader, Port};
use crate::memory::Mem;
use crate::simd::V128;
use crate::store::{Store, StoreInner};
use crate::trap::{self, Trap, TrapKind};
use crate::value::{FunctionType, RawValue, Value, ValueType};

/// What is known of a function that can be referred to: one `static` entry each in generated code.
///
/// The pointers are erased; beside each stands the type it had, and it is used only as that type.
pub struct FunctionEntry {
    /// A `fn(&mut Context<S>, Mem<'_>, …) -> …`.
    code: *const (),
    code_type: TypeId,
    /// A `fn(Foreign<'_>, …) -> …`, for callers in other instances.
    foreign: *const (),
    foreign_type: TypeId,
    /// What tail calls go on with, a function pointer; `()` and null where there is no such thing.
    next: *const (),
    next_type: TypeId,
    /// A `fn(&mut Context<S>, Mem<'_>, F, &[RawValue], &mut [RawValue])`, F being `code`'s type.
    dynamic: *const (),
    /// Calls `dynamic` with its types restored.
    invoke: Invoke,
    state_type: TypeId,
    function_type: FunctionType,
    /// What the type is, where parameters and results don't tell all of it.
    type_info: Option<&'static TypeInfo>,
}

/// Calls a function by its entry and its port.
///
/// # Safety
/// For implementations: the port is of a live instance whose state is of the entry's type, and this
/// thread is inside its store and in no call that has not lent the context. Arguments may be any.
pub(crate) type Invoke = unsafe fn(&FunctionEntry, &Port, &[RawValue], &mut [RawValue]);

/// What stands for the type of the code where it has no type of its own: the function is called with
/// values whose types are known only when it runs.
struct Untyped;

// SAFETY: the pointers are to functions, which every thread may call.
unsafe impl Send for FunctionEntry {}
// SAFETY: as above; an entry never changes.
unsafe impl Sync for FunctionEntry {}

/// The dynamic form of a function with code of type `F` in an instance with state `S`.
pub type DynamicCall<S, F> =
    fn(&mut Context<S>, Mem<'_, <S as ModuleState>::Memory>, F, &[RawValue], &mut [RawValue]);

impl FunctionEntry {
    /// The entry of a function: `code` is called by its own instance, `foreign` by others,
    /// `dynamic` by tools.
    ///
    /// `F` and `X` must be function pointers; anything else fails to compile.
    pub const fn new<S: ModuleState, F: Copy + 'static, X: Copy + 'static>(
        code: F,
        foreign: X,
        dynamic: DynamicCall<S, F>,
        function_type: FunctionType,
    ) -> FunctionEntry {
        const {
            assert!(mem::size_of::<F>() == mem::size_of::<*const ()>());
            assert!(mem::size_of::<X>() == mem::size_of::<*const ()>());
        }
        FunctionEntry {
            // SAFETY: the sizes are equal, and every bit pattern is a valid `*const ()`. The
            // pointer is only ever turned back into an `F`, after comparing `code_type`.
            code: unsafe { mem::transmute_copy(&code) },
            code_type: TypeId::of::<F>(),
            // SAFETY: as above, with `foreign_type`.
            foreign: unsafe { mem::transmute_copy(&foreign) },
            foreign_type: TypeId::of::<X>(),
            next: core::ptr::null(),
            next_type: TypeId::of::<()>(),
            dynamic: dynamic as *const (),
            invoke: invoke::<S, F>,
            state_type: TypeId::of::<S>(),
            function_type,
            type_info: None,
        }
    }

    /// The entry of functions of instances with state `S` that have no code of a Rust type of their
    /// own: all callers use `invoke`.
    ///
    /// # Safety
    /// `invoke` is sound to be called with ports of instances whose state is an `S`.
    #[cfg(feature = "interpreter")]
    pub(crate) unsafe fn untyped<S: ModuleState>(
        invoke: Invoke,
        function_type: FunctionType,
        type_info: &'static TypeInfo,
    ) -> FunctionEntry {
        FunctionEntry {
            code: core::ptr::null(),
            code_type: TypeId::of::<Untyped>(),
            foreign: core::ptr::null(),
            foreign_type: TypeId::of::<Untyped>(),
            next: core::ptr::null(),
            next_type: TypeId::of::<()>(),
            dynamic: core::ptr::null(),
            invoke,
            state_type: TypeId::of::<S>(),
            function_type,
            type_info: Some(type_info),
        }
    }

    /// The same entry with what its type is, where parameters and results don't tell all of it.
    pub const fn of_type(mut self, info: &'static TypeInfo) -> FunctionEntry {
        self.type_info = Some(info);
        self
    }

    /// Whether the function's type is this one, or a subtype of it.
    #[inline]
    pub(crate) fn is_subtype_of(&self, info: &TypeInfo) -> bool {
        match self.type_info {
            Some(own) => own.identity == info.identity || own.supertypes.contains(&info.identity),
            None => plain_identity(self.function_type) == info.identity,
        }
    }

    /// Whether the function can be imported where one like `wanted` is declared
    /// (specification: *Matching, Function Types*).
    pub(crate) fn matches(&self, wanted: &FunctionEntry) -> bool {
        if self.function_type != wanted.function_type {
            return false;
        }
        match (self.type_info, wanted.type_info) {
            (None, None) => true,
            (Some(own), None) => own.identity == plain_identity(wanted.function_type),
            (_, Some(wanted)) => self.is_subtype_of(wanted),
        }
    }

    /// The same entry with what tail calls to the function go on with.
    ///
    /// `N` must be a function pointer; anything else fails to compile.
    pub const fn with_next<N: Copy + 'static>(mut self, next: N) -> FunctionEntry {
        const { assert!(mem::size_of::<N>() == mem::size_of::<*const ()>()) }
        // SAFETY: the sizes are equal, and every bit pattern is a valid `*const ()`. The pointer is
        // only ever turned back into an `N`, after comparing `next_type`.
        self.next = unsafe { mem::transmute_copy(&next) };
        self.next_type = TypeId::of::<N>();
        self
    }

    /// The function's type.
    pub fn function_type(&self) -> FunctionType {
        self.function_type
    }

    /// What the type is, where parameters and results don't tell all of it.
    #[cfg(feature = "interpreter")]
    #[inline]
    pub(crate) fn type_info(&self) -> Option<&'static TypeInfo> {
        self.type_info
    }

    /// Whether the function is of an instance whose state is of this type.
    #[inline]
    pub(crate) fn is_of(&self, state_type: TypeId) -> bool {
        self.state_type == state_type
    }

    #[inline(always)]
    fn code<F: Copy + 'static>(&self) -> Option<F> {
        if self.code_type != TypeId::of::<F>() {
            return None;
        }
        // SAFETY: `code` came from a value of just this type `F`, of the size of a pointer.
        Some(unsafe { mem::transmute_copy(&self.code) })
    }
}

/// Calls `entry.dynamic` in the port's instance.
///
/// # Safety
/// `entry` was made by `FunctionEntry::new::<S, F, _>`, and as [`Invoke`] says.
unsafe fn invoke<S: ModuleState, F: Copy + 'static>(
    entry: &FunctionEntry,
    port: &Port,
    args: &[RawValue],
    results: &mut [RawValue],
) {
    // SAFETY: by the contract `dynamic` was a `DynamicCall<S, F>`.
    let dynamic: DynamicCall<S, F> = unsafe { mem::transmute(entry.dynamic) };
    let Some(code) = entry.code::<F>() else {
        return;
    };
    // SAFETY: by the contract.
    unsafe {
        port.header()
            .resume::<S, _>(|context, memory| dynamic(context, memory, code, args, results));
    }
}

/// A reference to a function: which one, and of which instance
/// (specification: *Execution, Runtime Structure, Values*, `ref.func`).
///
/// It owns nothing and can be kept for any time: whether the instance lives is found out at the
/// call.
#[derive(Clone, Copy)]
pub struct FuncRef {
    entry: &'static FunctionEntry,
    /// Which instance, and which function of it. Compared, and looked up in the store, before it is
    /// followed.
    port: NonNull<Port>,
}

// SAFETY: the pointer is followed only inside the store that it was found in.
unsafe impl Send for FuncRef {}
// SAFETY: as above.
unsafe impl Sync for FuncRef {}

impl FuncRef {
    pub(crate) fn new(entry: &'static FunctionEntry, port: NonNull<Port>) -> FuncRef {
        FuncRef { entry, port }
    }

    /// Which instance, and which function of it.
    #[cfg(feature = "interpreter")]
    #[inline(always)]
    pub(crate) fn port(self) -> NonNull<Port> {
        self.port
    }

    /// The code, for a caller in the function's own instance, if it is of type `F`.
    #[inline(always)]
    pub fn code<S: 'static, F: Copy + 'static>(self, context: &Context<S>) -> Option<F> {
        if self.port != context.port() {
            return None;
        }
        self.entry.code::<F>()
    }

    /// What is known of the function.
    pub(crate) fn entry(self) -> &'static FunctionEntry {
        self.entry
    }

    /// What a tail call goes on with, for a caller in the function's own instance, if its code is of
    /// type `F` and it runs in steps of type `N`.
    #[inline(always)]
    pub fn next<S: 'static, F: Copy + 'static, N: Copy + 'static>(
        self,
        context: &Context<S>,
    ) -> Option<N> {
        let entry = self.entry;
        if self.port != context.port()
            || entry.code_type != TypeId::of::<F>()
            || entry.next_type != TypeId::of::<N>()
        {
            return None;
        }
        const { assert!(mem::size_of::<N>() == mem::size_of::<*const ()>()) }
        // SAFETY: `next` came from a value of just this type `N`, of the size of a pointer; an
        // entry without one has the type `()`, which is of another size.
        Some(unsafe { mem::transmute_copy(&entry.next) })
    }

    /// The form for callers in other instances, of type `X`; a trap when the function is of
    /// another type. Of a function without code of a Rust type, it is `untyped`, which uses
    /// [`Foreign::call`].
    ///
    /// From here to the end of the call the context is lent to whatever the call reaches.
    #[cold]
    #[inline(never)]
    pub fn foreign<'a, S: 'static, X: Copy + 'static>(
        self,
        context: &'a mut Context<S>,
        untyped: X,
    ) -> (X, Foreign<'a>) {
        const { assert!(mem::size_of::<X>() == mem::size_of::<*const ()>()) }
        let is_untyped = self.entry.foreign_type == TypeId::of::<Untyped>();
        if !is_untyped && self.entry.foreign_type != TypeId::of::<X>() {
            trap::raise(TrapKind::IndirectCallTypeMismatch);
        }
        let foreign = self.enter(context);
        if is_untyped {
            return (untyped, foreign);
        }
        // SAFETY: `foreign` came from a value of just this type `X`, of the size of a pointer.
        let code = unsafe { mem::transmute_copy(&self.entry.foreign) };
        (code, foreign)
    }

    /// A call that is about to enter the function's instance, to which the context is lent.
    #[inline]
    pub(crate) fn enter<'a, S: 'static>(self, context: &'a mut Context<S>) -> Foreign<'a> {
        let (lender, lent) = context.lender();
        let store = lender.store();
        let Some(port) = self.found_in(store) else {
            // Kept beyond the life of its instance.
            trap::raise(TrapKind::UninitializedElement);
        };
        // SAFETY: it is a port of a member of the store this thread is in, which keeps it alive for
        // the call (members are never removed while the store lives).
        let port: &'a Port = unsafe { port.as_ref() };
        store.set_caller(lender);
        Foreign {
            entry: self.entry,
            port,
            lender,
            lent,
            unsend: PhantomData,
        }
    }

    /// The function's port, if it is one of the store's. Called with the lock held.
    ///
    /// A reference can be kept beyond the life of its instance. Then another one may be in its place,
    /// which is as good if it is of the same module.
    fn found_in(self, store: &StoreInner) -> Option<NonNull<Port>> {
        let port = store.port(self.port)?;
        // SAFETY: a port of a member of the store, which lives; the reference ends with this call.
        let state_type = unsafe { port.as_ref() }.header().state_type();
        (state_type == self.entry.state_type).then_some(port)
    }

    /// The function's type.
    pub fn function_type(self) -> FunctionType {
        self.entry.function_type
    }

    /// Calls the function from outside.
    ///
    /// # Safety
    /// Its instance is in `store`.
    pub(crate) unsafe fn call_raw(
        self,
        store: &StoreInner,
        args: &[RawValue],
        results: &mut [RawValue],
    ) -> Result<(), Trap> {
        let _lock = store.lock();
        let FuncRef { entry, port } = self;
        debug_assert!(self.found_in(store).is_some());
        store.set_no_caller();
        store.catch(|| {
            // SAFETY: by the contract the instance lives. `FuncRef`s are made with the entry and the
            // header of one instance, so the state is what the entry's was made for; this thread is
            // inside the store, and host code runs only where every context in use is lent.
            unsafe { (entry.invoke)(entry, port.as_ref(), args, results) }
        })
    }

    /// A pair of numbers that no other function has.
    #[cfg(feature = "gc")]
    pub(crate) fn key(self) -> (usize, usize) {
        let entry = core::ptr::from_ref(self.entry).addr();
        (entry, self.port.addr().get())
    }

    /// Whether both refer to one function of one instance.
    pub fn same(self, other: FuncRef) -> bool {
        core::ptr::eq(self.entry, other.entry) && self.port == other.port
    }
}

impl fmt::Debug for FuncRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FuncRef({})", self.entry.function_type)
    }
}

/// A call that is about to enter another instance of the store.
pub struct Foreign<'a> {
    entry: &'static FunctionEntry,
    port: &'a Port,
    /// The caller's instance, and its context, borrowed for as long.
    lender: &'a InstanceHeader,
    lent: NonNull<()>,
    unsend: PhantomData<*const ()>,
}

impl Foreign<'_> {
    /// Enters: runs `f` with the instance's context and memory and the function's own code.
    ///
    /// Traps when the function is not one of state `S` with code of type `F`.
    #[inline]
    pub fn enter<S: ModuleState, F: Copy + 'static, R>(
        self,
        f: impl FnOnce(&mut Context<S>, Mem<'_, S::Memory>, F) -> R,
    ) -> R {
        let code = self.entry.code::<F>();
        let header: &InstanceHeader = self.port.header();
        let (Some(code), true) = (code, header.state_type() == TypeId::of::<S>()) else {
            trap::raise(TrapKind::IndirectCallTypeMismatch);
        };
        self.lender.while_lent(self.lent, || {
            // SAFETY: the state is an `S`, just compared; a `Foreign` exists only during a call for
            // which `FuncRef::enter` found the instance in the store of this thread; the caller's
            // context is lent, any other context of the store was lent when its code called out.
            unsafe { header.resume::<S, R>(|context, memory| f(context, memory, code)) }
        })
    }

    /// Calls the function with values whose types are known only now. Those that don't fit count as
    /// zero.
    ///
    /// Traps when the function is of another type than `wanted`.
    pub fn call(self, wanted: FunctionType, args: &[RawValue], results: &mut [RawValue]) {
        if self.entry.function_type != wanted {
            trap::raise(TrapKind::IndirectCallTypeMismatch);
        }
        self.lender.while_lent(self.lent, || {
            // SAFETY: the state is of the entry's type, which `FuncRef::enter` compared; the rest is
            // as in `enter`.
            unsafe { (self.entry.invoke)(self.entry, self.port, args, results) }
        });
    }
}

/// A function of an instance, as a handle of the host's: it can be called, put into a table or
/// imported by another instance of the same store.
#[derive(Clone)]
pub struct Func {
    store: Store,
    reference: FuncRef,
    _mark: crate::handle::HandleMark,
}

impl Func {
    pub(crate) fn of(store: Store, reference: FuncRef) -> Func {
        Func {
            store,
            reference,
            _mark: crate::handle::HandleMark::new(),
        }
    }

    /// The function's type.
    pub fn function_type(&self) -> FunctionType {
        self.reference.function_type()
    }

    /// The store the function's instance is in.
    pub fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn reference(&self) -> FuncRef {
        self.reference
    }

    /// Whether both are one function of one instance.
    pub fn same(&self, other: &Func) -> bool {
        self.reference.same(other.reference)
    }

    /// Calls the function.
    ///
    /// # Errors
    /// [`CallError::Arguments`] when `args` do not fit the function's type, else the trap that the
    /// call ended in.
    pub fn call(&self, args: &[Value]) -> Result<Vec<Value>, CallError> {
        let function_type = self.function_type();
        let raw_args = raw_arguments(&self.store, function_type, args)?;
        let mut results: Vec<RawValue> = function_type
            .results
            .iter()
            .map(|&value_type| zero(value_type))
            .collect();
        self.call_raw(&raw_args, &mut results)?;
        Ok(results
            .into_iter()
            .map(|raw| value(&self.store, raw))
            .collect())
    }

    fn call_raw(&self, args: &[RawValue], results: &mut [RawValue]) -> Result<(), Trap> {
        // SAFETY: a `Func` is made only for an instance of `store`, which it keeps alive.
        unsafe { self.reference.call_raw(self.store.inner(), args, results) }
    }
}

impl fmt::Debug for Func {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Func({})", self.function_type())
    }
}

pub(crate) fn zero(value_type: ValueType) -> RawValue {
    match value_type {
        ValueType::I32 => RawValue::I32(0),
        ValueType::I64 => RawValue::I64(0),
        ValueType::F32 => RawValue::F32(0.0),
        ValueType::F64 => RawValue::F64(0.0),
        ValueType::V128 => RawValue::V128(V128::ZERO),
        ValueType::FuncRef => RawValue::FuncRef(None),
        ValueType::ExternRef => RawValue::ExternRef(None),
        ValueType::ExnRef => RawValue::ExnRef(None),
        ValueType::AnyRef => RawValue::AnyRef(None),
    }
}

/// The value as host code holds it; a function keeps `store` alive.
pub(crate) fn value(store: &Store, raw: RawValue) -> Value {
    match raw {
        RawValue::I32(value) => Value::I32(value),
        RawValue::I64(value) => Value::I64(value),
        RawValue::F32(value) => Value::F32(value),
        RawValue::F64(value) => Value::F64(value),
        RawValue::V128(value) => Value::V128(value),
        RawValue::ExternRef(value) => Value::ExternRef(value),
        RawValue::AnyRef(value) => Value::AnyRef(value.map(|reference| store.keep(reference))),
        RawValue::ExnRef(value) => {
            let _lock = store.inner().lock();
            let exception = |value| Exception::from_reference(store.inner(), Some(store), value);
            Value::ExnRef(value.map(exception))
        }
        RawValue::FuncRef(reference) => {
            // A `Func` must never be made of one whose instance is not in the store.
            let _lock = store.inner().lock();
            let known = reference.and_then(|reference| {
                let port = reference.found_in(store.inner())?;
                let entry = reference.entry;
                Some(Func::of(store.clone(), FuncRef { entry, port }))
            });
            Value::FuncRef(known)
        }
    }
}

/// The value as generated code holds it.
pub(crate) fn raw(store: &StoreInner, value: &Value) -> Result<RawValue, CallError> {
    Ok(match value {
        Value::I32(value) => RawValue::I32(*value),
        Value::I64(value) => RawValue::I64(*value),
        Value::F32(value) => RawValue::F32(*value),
        Value::F64(value) => RawValue::F64(*value),
        Value::V128(value) => RawValue::V128(*value),
        Value::ExternRef(value) => RawValue::ExternRef(*value),
        Value::AnyRef(None) => RawValue::AnyRef(None),
        Value::AnyRef(Some(value)) => match value.reference(store) {
            Some(reference) => RawValue::AnyRef(Some(reference)),
            None => return Err(CallError::OtherStore),
        },
        Value::ExnRef(None) => RawValue::ExnRef(None),
        Value::ExnRef(Some(exception)) => RawValue::ExnRef(Some(exception.reference(store)?)),
        Value::FuncRef(Some(func)) if !core::ptr::eq(func.store.inner(), store) => {
            return Err(CallError::OtherStore);
        }
        Value::FuncRef(func) => RawValue::FuncRef(func.as_ref().map(Func::reference)),
    })
}

pub(crate) fn raw_arguments(
    store: &Store,
    function_type: FunctionType,
    args: &[Value],
) -> Result<Vec<RawValue>, CallError> {
    let fit = args.len() == function_type.params.len()
        && args
            .iter()
            .zip(function_type.params)
            .all(|(arg, param)| arg.value_type() == *param);
    if !fit {
        return Err(CallError::Arguments {
            expected: function_type.params,
            got: args.iter().map(Value::value_type).collect(),
        });
    }
    args.iter().map(|arg| raw(store.inner(), arg)).collect()
}

/// The identity of a function type that is told by its parameters and results, as the translator
/// has it.
#[cold]
pub(crate) fn plain_identity(function_type: FunctionType) -> u128 {
    identity_of(function_type.params, function_type.results)
}

/// The identity of the function type with these parameters and results, and nothing else to it.
pub(crate) fn identity_of(params: &[ValueType], results: &[ValueType]) -> u128 {
    use alloc::format;
    use alloc::string::String;

    let list = |types: &[ValueType]| -> String {
        let names = types.iter().map(|value_type| match value_type {
            ValueType::I32 => " i32",
            ValueType::I64 => " i64",
            ValueType::F32 => " f32",
            ValueType::F64 => " f64",
            ValueType::V128 => " v128",
            ValueType::FuncRef => " (ref null Func)",
            ValueType::ExternRef => " (ref null Extern)",
            ValueType::ExnRef => " (ref null Exn)",
            ValueType::AnyRef => " (ref null Any)",
        });
        names.collect()
    };
    let whole = hash(&format!(
        "(final(func{} ->{}))",
        list(params),
        list(results)
    ));
    hash(&format!("0 of {whole:032x}"))
}

/// FNV-1a of 128 bits, as the translator has it.
pub(crate) fn hash(text: &str) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    text.bytes().fold(OFFSET, |hash, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(PRIME)
    })
}

/// Traps unless a function is of a type (`call_indirect`).
#[inline(always)]
pub fn checked_function(function: FuncRef, info: &'static TypeInfo) -> FuncRef {
    if !function.entry.is_subtype_of(info) {
        type_mismatch();
    }
    function
}

#[cold]
#[inline(never)]
fn type_mismatch() -> ! {
    trap::raise(TrapKind::IndirectCallTypeMismatch)
}

/// `ref.test` of a function: whether it is of a type, or of any.
#[inline]
pub fn function_is_a(
    function: Option<FuncRef>,
    info: Option<&'static TypeInfo>,
    nullable: bool,
) -> bool {
    match (function, info) {
        (None, _) => nullable,
        (Some(_), None) => true,
        (Some(function), Some(info)) => function.entry.is_subtype_of(info),
    }
}

/// The function that a reference is to (`call_ref`).
#[inline(always)]
pub fn function_of(function: Option<FuncRef>) -> FuncRef {
    match function {
        Some(function) => function,
        None => null_function(),
    }
}

#[cold]
#[inline(never)]
fn null_function() -> ! {
    trap::raise(TrapKind::NullFunctionReference)
}

/// `ref.as_non_null`
#[inline(always)]
pub fn non_null<T>(reference: Option<T>) -> Option<T> {
    if reference.is_none() {
        null_reference();
    }
    reference
}

#[cold]
#[inline(never)]
fn null_reference() -> ! {
    trap::raise(TrapKind::NullReference)
}

/// `ref.cast`, when what it looks for was not found.
#[cold]
#[inline(never)]
pub fn cast_failure() -> ! {
    trap::raise(TrapKind::CastFailure)
}
