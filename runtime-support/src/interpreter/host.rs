//! Functions of the host's that are closures, for instances whose imports are found by name.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::ptr::NonNull;

use super::types;
use crate::error::InstantiationError;
use crate::exception::{ExnRef, Tag};
use crate::export::{Export, ModuleState};
use crate::function::{Func, FuncRef, FunctionEntry, raw, value, zero};
use crate::global::SharedGlobals;
use crate::instance::{Attachment, Instance, InstanceHeader, Port, Ports};
use crate::memory::Ordinary;
use crate::shared_memory::MemoryMut;
use crate::store::{Store, StoreInner};
use crate::table::TableSlot;
use crate::threads::SharedMemory;
use crate::trap::{self, HostError, Trap};
use crate::value::{ExternRef, RawValue, Value, ValueType};
use crate::{AnyRef, CallError};

/// Who called a function that is a closure.
pub struct FuncCaller<'a> {
    store: &'a StoreInner,
    caller: Option<NonNull<InstanceHeader>>,
}

impl FuncCaller<'_> {
    /// Memory 0 of the calling instance: `None` where the host called, or threads share it
    /// ([`FuncCaller::shared_memory`]).
    pub fn memory(&mut self) -> Option<MemoryMut<'_>> {
        let memory = self.caller()?.memory_instance(0)?;
        let shared = memory.memory_type().is_shared();
        (!shared).then(|| MemoryMut::new(self.store, memory))
    }

    /// Memory 0 of the calling instance, if threads share it.
    pub fn shared_memory(&mut self) -> Option<SharedMemory> {
        SharedMemory::from_instance(self.caller()?.memory_instance(0)?)
    }

    fn caller(&self) -> Option<&InstanceHeader> {
        // SAFETY: an instance of the store, which lives as long as it.
        self.caller.map(|caller| unsafe { caller.as_ref() })
    }
}

impl fmt::Debug for FuncCaller<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FuncCaller").finish_non_exhaustive()
    }
}

type Closure =
    Box<dyn Fn(&mut FuncCaller<'_>, &[Value], &mut [Value]) -> Result<(), HostError> + Send + Sync>;

/// What is called; it gets the store, too, to turn values into those of the host's.
struct Host {
    store: NonNull<StoreInner>,
    closure: Closure,
}

// SAFETY: the pointer is used by whoever is inside the store, which owns the host.
unsafe impl Send for Host {}

impl Func {
    /// A function that is a closure: it can be imported by instances of the store, compiled and
    /// interpreted, and sit in their tables.
    ///
    /// It is given values of the types in `params`, and has to leave values of those in `results`
    /// in the last slice, which holds zeros at first. Functions and objects that it is given keep
    /// the store alive.
    ///
    /// ```
    /// use wasm2rs_support::{Extern, Func, Imports, Store, Value, ValueType};
    ///
    /// let store = Store::new();
    /// let double = Func::new(&store, &[ValueType::I32], &[ValueType::I32], |_, args, results| {
    ///     if let Value::I32(number) = args[0] {
    ///         results[0] = Value::I32(number.wrapping_mul(2));
    ///     }
    ///     Ok(())
    /// })?;
    /// assert!(double.call(&[Value::I32(21)])?[0].same_bits(&Value::I32(42)));
    /// let mut imports = Imports::new();
    /// imports.define("env", "double", Extern::Func(double));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When there is no room for it.
    pub fn new(
        store: &Store,
        params: &[ValueType],
        results: &[ValueType],
        closure: impl Fn(&mut FuncCaller<'_>, &[Value], &mut [Value]) -> Result<(), HostError>
        + Send
        + Sync
        + 'static,
    ) -> Result<Func, InstantiationError> {
        let entry = types::closure(params, results);
        let host = Host {
            store: NonNull::from(store.inner()),
            closure: Box::new(closure),
        };
        let mut reference = None;
        let state = State {
            entry,
            port: None,
            no_globals: SharedGlobals::default(),
        };
        let mut instance = Instance::new_in(store, host, |_| Ok((Vec::new(), state)))?;
        instance.as_mut().enter_infallible(|context, _| {
            reference = context
                .s
                .port
                .as_deref()
                .map(|port| FuncRef::new(entry, NonNull::from(port)));
        });
        match reference {
            Some(reference) => Ok(Func::of(store.clone(), reference)),
            // `attach` has set it.
            None => Err(Trap::from(trap::TrapKind::UninitializedElement).into()),
        }
    }
}

/// The state of the instance that a closure is.
pub(super) struct State {
    entry: &'static FunctionEntry,
    port: Option<Box<Port>>,
    no_globals: SharedGlobals,
}

impl ModuleState for State {
    type Memory = Ordinary;
    const EXPORTS: &'static [Export] = &[];
    fn functions(&self) -> &'static [FunctionEntry] {
        core::slice::from_ref(self.entry)
    }
    fn linked(&self) -> &[Option<FuncRef>] {
        &[]
    }
    fn func_tables(&self) -> &[TableSlot<FuncRef>] {
        &[]
    }
    fn extern_tables(&self) -> &[TableSlot<ExternRef>] {
        &[]
    }
    fn exn_tables(&self) -> &[TableSlot<ExnRef>] {
        &[]
    }
    fn any_tables(&self) -> &[TableSlot<AnyRef>] {
        &[]
    }
    fn tags(&self) -> &[Tag] {
        &[]
    }
    fn shared_globals(&self) -> &SharedGlobals {
        &self.no_globals
    }
    fn global(&self, value_type: ValueType, _: usize) -> RawValue {
        zero(value_type)
    }
    fn attach(&mut self, instance: Attachment) {
        self.port = Some(Box::new(instance.port(0)));
    }
    fn ports(&self) -> Option<Ports> {
        let port = self.port.as_deref()?;
        Some(Ports::new(core::slice::from_ref(port)))
    }
}

/// Calls a closure.
///
/// # Safety
/// As [`crate::function::Invoke`] says, of instances whose state is a [`State`].
pub(super) unsafe fn invoke(
    entry: &FunctionEntry,
    port: &Port,
    args: &[RawValue],
    results: &mut [RawValue],
) {
    let header = port.header();
    trap::host(|| {
        // SAFETY: by the contract; such instances are made by `Func::new` alone, whose host is a
        // `Host`. It is only shared.
        let host = unsafe { header.host_as::<Host>() };
        let function_type = entry.function_type();
        // SAFETY: made of a reference to the store, which owns the host.
        let inner = unsafe { host.store.as_ref() };
        let Some(store) = inner.handle() else {
            // `Func::new` takes stores that others have handles to.
            return Err(Trap::from(trap::TrapKind::UninitializedElement));
        };
        let arg = |(place, &value_type): (usize, &ValueType)| {
            let given = args.get(place).copied().unwrap_or(zero(value_type));
            value(&store, given)
        };
        let args: Vec<Value> = function_type.params.iter().enumerate().map(arg).collect();
        let zeros = function_type.results.iter();
        let mut values: Vec<Value> = zeros.map(|&it| value(&store, zero(it))).collect();
        let mut caller = FuncCaller {
            store: inner,
            caller: inner.caller(),
        };
        (host.closure)(&mut caller, &args, &mut values).map_err(HostError::into_trap)?;
        let got = values.iter().map(Value::value_type);
        if !got.clone().eq(function_type.results.iter().copied()) {
            let error = CallError::Arguments {
                expected: function_type.results,
                got: got.collect(),
            };
            return Err(Trap::host(alloc::string::ToString::to_string(&error)));
        }
        for (result, value) in results.iter_mut().zip(&values) {
            let error = |error: CallError| Trap::host(alloc::string::ToString::to_string(&error));
            *result = raw(inner, value).map_err(error)?;
        }
        Ok(())
    });
}
