//! Modules behind an interface that is known when the program is compiled: what generated code makes
//! of them.
//!
//! The interface is that of a translated module. The loaded one has to export everything that the
//! translated one does, with the same types, and may import what that imports. This is checked when
//! an instance is made; from then on an export is known by its place in the interface.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::marker::PhantomData;

use super::instance;
use super::module::{Entity, Inner, Module};
use super::once::Once;
use crate::error::{CallError, InstantiationError, InterfaceError};
use crate::exception::Tag;
use crate::export::{Extern, Imports, Linked};
use crate::function::{Func, FuncRef};
use crate::gc::{ReferenceType, TypeInfo};
use crate::global::{AnyGlobal, Global, SharedGlobal, SharedGlobalType};
use crate::instance::{HostMut, InstanceMut};
use crate::memory::MemoryType;
use crate::shared_memory::{Memory, MemoryMut};
use crate::store::Store;
use crate::table::{AnyTable, Reference, Table};
use crate::threads::SharedMemory;
use crate::trap::Trap;
use crate::value::{RawValue, Value, ValueType};

pub use super::provided::{DescribedType, HostFunction};

/// What an export has to be.
#[derive(Clone, Copy, Debug)]
pub enum ExternType {
    /// A function.
    Function(DescribedType),
    /// A memory; its limits don't matter.
    Memory(MemoryType),
    /// A table; its limits don't matter.
    Table {
        /// The type of its elements.
        element: ValueType,
        /// Whether its indices have 64 bits.
        table64: bool,
        /// The type of its elements where that isn't all of it.
        reference: Option<ReferenceType>,
    },
    /// A global.
    Global {
        /// The type of its value.
        value_type: ValueType,
        /// Whether it can change.
        mutable: bool,
        /// The type of its value where that isn't all of it.
        reference: Option<ReferenceType>,
    },
    /// A tag.
    Tag {
        /// What its exceptions carry.
        params: &'static [ValueType],
        /// Its type where that isn't all of it.
        info: Option<&'static TypeInfo>,
    },
}

impl ExternType {
    /// As a person reads it.
    fn describe(&self) -> String {
        match self {
            ExternType::Function(described) => format!("a function {}", described.function_type),
            ExternType::Memory(memory) => {
                let shared = if memory.is_shared() { "shared " } else { "" };
                let bits = if memory.is_memory64() { "64" } else { "32" };
                format!("a {shared}memory with {bits}-bit addresses")
            }
            ExternType::Table {
                element, table64, ..
            } => {
                let bits = if *table64 { "64" } else { "32" };
                format!("a table of {element} with {bits}-bit indices")
            }
            ExternType::Global {
                value_type,
                mutable,
                ..
            } => {
                let mutable = if *mutable {
                    "a mutable"
                } else {
                    "an immutable"
                };
                format!("{mutable} global of type {value_type}")
            }
            ExternType::Tag { params, .. } => Tag::describe_params(params),
        }
    }

    /// Whether this can stand where `wanted` is expected.
    fn matches(&self, wanted: &ExternType) -> bool {
        let same = |own: Option<ReferenceType>, wanted: Option<ReferenceType>| match (own, wanted) {
            (None, None) => true,
            (Some(own), Some(wanted)) => own.equals(wanted),
            _ => false,
        };
        match (*self, *wanted) {
            (ExternType::Function(own), ExternType::Function(wanted)) => own.matches(wanted),
            (ExternType::Memory(own), ExternType::Memory(wanted)) => {
                own.is_memory64() == wanted.is_memory64() && own.is_shared() == wanted.is_shared()
            }
            (
                ExternType::Table {
                    element,
                    table64,
                    reference,
                },
                ExternType::Table {
                    element: wanted_element,
                    table64: wanted_table64,
                    reference: wanted_reference,
                },
            ) => {
                element == wanted_element
                    && table64 == wanted_table64
                    && same(reference, wanted_reference)
            }
            (
                ExternType::Global {
                    value_type,
                    mutable,
                    reference,
                },
                ExternType::Global {
                    value_type: wanted_type,
                    mutable: wanted_mutable,
                    reference: wanted_reference,
                },
            ) => {
                value_type == wanted_type
                    && mutable == wanted_mutable
                    && same(reference, wanted_reference)
            }
            (
                ExternType::Tag { params, info },
                ExternType::Tag {
                    params: wanted_params,
                    info: wanted_info,
                },
            ) => {
                let own = Tag::new(params);
                let own = info.map_or(own, |info| own.of_type(info));
                params == wanted_params && own.is_of_type(wanted_info)
            }
            _ => false,
        }
    }
}

/// What a program that knows an interface gives for an instance behind it.
pub struct Parts {
    /// What the module has to export.
    pub exports: Vec<(&'static str, ExternType)>,
    /// What it may import: functions,
    pub functions: Vec<HostFunction>,
    /// and other things, by their module's name and their own.
    pub externs: Vec<(&'static str, &'static str, Given)>,
}

impl Parts {
    /// The same, found out for a module.
    fn of(&self, module: &Module, store: &Store) -> Result<instance::Parts<'_>, InterfaceError> {
        let mut imports = Imports::new();
        for (from, name, given) in &self.externs {
            imports.define(from, name, given.in_store(store));
        }
        Ok(instance::Parts {
            imports,
            functions: &self.functions,
            interface: interface(module.inner(), &self.exports)?,
        })
    }

    /// The store of the things that are given, if one has any.
    fn store(&self) -> Option<&Store> {
        self.externs.iter().find_map(|(_, _, given)| match given {
            Given::Memory(memory) => Some(memory.store()),
            Given::Table(table) => Some(table.store()),
            Given::SharedMemory(_) | Given::Global(_) | Given::Tag(_) => None,
        })
    }
}

/// Something that a host gives, which is no function.
pub enum Given {
    /// A memory.
    Memory(Memory),
    /// A memory that threads share.
    SharedMemory(SharedMemory),
    /// A table.
    Table(AnyTable),
    /// A global.
    Global(AnyGlobal),
    /// A tag.
    Tag(Tag),
}

impl Given {
    fn in_store(&self, store: &Store) -> Extern {
        match self {
            Given::Memory(memory) => Extern::Memory(memory.clone()),
            Given::SharedMemory(memory) => Extern::SharedMemory(memory.clone()),
            Given::Table(table) => Extern::Table(table.clone()),
            Given::Global(global) => Extern::Global(SharedGlobal::new(store, global.clone())),
            Given::Tag(tag) => Extern::Tag(*tag),
        }
    }
}

/// What each of `exports` is in a module.
fn interface(
    inner: &Inner,
    exports: &[(&'static str, ExternType)],
) -> Result<Box<[Entity]>, InterfaceError> {
    let entities = exports.iter().map(|(name, wanted)| {
        let error = |got: Option<&ExternType>| InterfaceError {
            name: (*name).to_string(),
            expected: wanted.describe(),
            got: got.map(ExternType::describe),
        };
        let entity = inner.export(name).ok_or_else(|| error(None))?;
        let own = inner.described_extern(entity);
        if own.matches(wanted) {
            return Ok(entity);
        }
        Err(error(Some(&own)))
    });
    entities.collect()
}

/// An interpreted instance, in a program where code is generated for instances with state `S`.
pub struct Instance<S: 'static, H: 'static> {
    inner: instance::Instance<H>,
    state: PhantomData<fn() -> S>,
}

impl<S: 'static, H: 'static> Instance<S, H> {
    fn of(inner: instance::Instance<H>) -> Instance<S, H> {
        Instance {
            inner,
            state: PhantomData,
        }
    }

    /// An instance in a store of its own. Nothing but functions can be imported.
    ///
    /// # Errors
    /// When the module is not as `parts` say, or can't be instantiated.
    pub fn new(module: &Module, host: H, parts: &Parts) -> Result<Self, InstantiationError> {
        let parts = instance::Parts {
            imports: Imports::new(),
            functions: &parts.functions,
            interface: interface(module.inner(), &parts.exports)?,
        };
        instance::Instance::alone(module, host, parts).map(Instance::of)
    }

    /// The instance, to call into it.
    #[inline]
    pub fn as_mut(&mut self) -> InstanceMut<'_, S> {
        InstanceMut::of_interpreted(self.inner.inner().as_mut())
    }

    /// The host.
    pub fn host(&mut self) -> HostMut<'_, H> {
        self.inner.inner().host()
    }

    /// The memory that is the interface's export `place`.
    ///
    /// # Panics
    /// When that is no memory, or threads share it.
    pub fn memory(&mut self, place: usize) -> MemoryMut<'_> {
        let index = self.as_mut().memory_place(place, 0);
        self.inner.inner().memory(index)
    }

    /// The memory that is the interface's export `place`, which threads share.
    ///
    /// # Panics
    /// When that is no memory, or threads don't share it.
    pub fn shared_memory(&mut self, place: usize) -> SharedMemory {
        let index = self.as_mut().memory_place(place, 0);
        self.inner.inner().shared_memory(index)
    }
}

impl<S: 'static, H: Send + 'static> Instance<S, H> {
    /// An instance in the store of what it imports.
    ///
    /// # Errors
    /// As [`Instance::new`].
    pub fn beside(module: &Module, host: H, parts: &Parts) -> Result<Self, InstantiationError> {
        let store = parts.store().cloned().unwrap_or_default();
        Instance::new_in(&store, module, host, parts)
    }

    /// An instance that shares `store` with others.
    ///
    /// # Errors
    /// As [`Instance::new`].
    pub fn new_in(
        store: &Store,
        module: &Module,
        host: H,
        parts: &Parts,
    ) -> Result<Self, InstantiationError> {
        let parts = parts.of(module, store)?;
        instance::Instance::of_parts(module, store, host, parts).map(Instance::of)
    }

    /// The store.
    pub fn store(&self) -> &Store {
        self.inner.store()
    }

    /// The export called `name`.
    pub fn export(&mut self, name: &str) -> Option<Extern> {
        self.inner.export(name)
    }

    /// The function exported as `name`.
    pub fn func(&mut self, name: &str) -> Option<Func> {
        self.inner.func(name)
    }

    /// Calls the function exported as `name`.
    ///
    /// # Errors
    /// As [`instance::Instance::call`].
    pub fn call(&mut self, name: &str, args: &[Value]) -> Result<Vec<Value>, CallError> {
        self.inner.call(name, args)
    }

    /// The table that is the interface's export `place`.
    ///
    /// # Panics
    /// When that is no such table.
    pub fn table<T: Reference>(&mut self, place: usize) -> Table<T>
    where
        Option<T>: crate::value::WasmType,
    {
        let entity = self.as_mut().interpreted_export(place);
        match self.inner.extern_of(entity) {
            Some(Extern::Table(table)) => T::from_any(&table),
            _ => None,
        }
        .unwrap_or_else(|| no_such_export())
    }
}

#[cold]
#[inline(never)]
fn no_such_export<T>() -> T {
    panic!("an export that the interface doesn't have")
}

/// Exports of interpreted instances, by their places in the interface.
impl<S: 'static> InstanceMut<'_, S> {
    /// What an export is.
    fn interpreted_export(&mut self, place: usize) -> Entity {
        let mut instance = self.as_interpreted();
        let entity = instance.enter_infallible(|c, _| c.s.interface.get(place).copied());
        entity.unwrap_or_else(|| no_such_export())
    }

    /// The index of the memory that is export `place`; `compiled` where the instance is compiled.
    ///
    /// # Panics
    /// When the export is no memory.
    pub fn memory_place(&mut self, place: usize, compiled: usize) -> usize {
        if !self.is_interpreted() {
            return compiled;
        }
        match self.interpreted_export(place) {
            Entity::Memory(index) => index as usize,
            _ => no_such_export(),
        }
    }

    /// Calls the function that is export `place`.
    ///
    /// # Errors
    /// The trap that the call ended in.
    ///
    /// # Panics
    /// When the export is no function.
    pub fn interpreted_call<const N: usize>(
        &mut self,
        place: usize,
        args: &[RawValue],
    ) -> Result<[RawValue; N], Trap> {
        let Entity::Function(index) = self.interpreted_export(place) else {
            no_such_export()
        };
        let mut results = [RawValue::I32(0); N];
        let mut instance = self.as_interpreted();
        let store = instance.store();
        let function = instance.enter_infallible(|c, _| c.s.functions.get(index as usize).copied());
        let function: FuncRef = function.unwrap_or_else(|| no_such_export());
        // SAFETY: the functions of an instance, own and imported ones, are in its store.
        unsafe { function.call_raw(store, args, &mut results) }?;
        Ok(results)
    }

    fn interpreted_place(&mut self, place: usize) -> u32 {
        let Entity::Global(index) = self.interpreted_export(place) else {
            no_such_export()
        };
        let mut instance = self.as_interpreted();
        let found = instance.enter_infallible(|c, _| c.s.module.global_place(index).ok());
        found.map_or_else(no_such_export, |(place, _, _)| place)
    }

    /// The value of the global that is export `place`.
    ///
    /// # Panics
    /// When the export is no such global.
    pub fn interpreted_global<T: SharedGlobalType>(&mut self, place: usize) -> T {
        let place = self.interpreted_place(place) as usize;
        let mut instance = self.as_interpreted();
        instance.enter_infallible(|c, _| match c.s.shared.get(place) {
            Some(global) => T::from_raw(global.get()),
            None => no_such_export(),
        })
    }

    /// Changes the global that is export `place`.
    ///
    /// # Panics
    /// When the export is no such global.
    pub fn interpreted_set_global<T: SharedGlobalType>(&mut self, place: usize, value: T) {
        let place = self.interpreted_place(place) as usize;
        let mut instance = self.as_interpreted();
        instance.enter_infallible(|c, _| match c.s.shared.get(place).and_then(T::from_any) {
            Some(global) => global.set(value),
            None => no_such_export(),
        });
    }

    /// The tag that is export `place`.
    ///
    /// # Panics
    /// When the export is no tag.
    pub fn interpreted_tag(&mut self, place: usize) -> Tag {
        let Entity::Tag(index) = self.interpreted_export(place) else {
            no_such_export()
        };
        let mut instance = self.as_interpreted();
        let tag = instance.enter_infallible(|c, _| c.s.tags.get(index as usize).copied());
        tag.unwrap_or_else(|| no_such_export())
    }
}

/// A module that is part of the program, and interpreted.
pub struct Embedded {
    bytes: &'static [u8],
    module: Once<Module>,
}

impl Embedded {
    /// The module with these bytes.
    pub const fn new(bytes: &'static [u8]) -> Embedded {
        Embedded {
            bytes,
            module: Once::new(),
        }
    }

    /// The module, validated at first need.
    fn module(&self) -> Result<&Module, InstantiationError> {
        if let Some(module) = self.module.get() {
            return Ok(module);
        }
        Ok(self.module.set(Module::new(self.bytes)?))
    }

    /// An instance in a store of its own.
    ///
    /// # Errors
    /// As [`Instance::new`].
    pub fn instance<S: 'static, H: 'static>(
        &self,
        host: H,
        parts: &Parts,
    ) -> Result<Instance<S, H>, InstantiationError> {
        Instance::new(self.module()?, host, parts)
    }

    /// An instance in the store of what it imports.
    ///
    /// # Errors
    /// As [`Instance::new`].
    pub fn instance_beside<S: 'static, H: Send + 'static>(
        &self,
        host: H,
        parts: &Parts,
    ) -> Result<Instance<S, H>, InstantiationError> {
        Instance::beside(self.module()?, host, parts)
    }

    /// An instance that shares `store` with others.
    ///
    /// # Errors
    /// As [`Instance::new`].
    pub fn instance_in<S: 'static, H: Send + 'static>(
        &self,
        store: &Store,
        host: H,
        parts: &Parts,
    ) -> Result<Instance<S, H>, InstantiationError> {
        Instance::new_in(store, self.module()?, host, parts)
    }

    /// An instance whose imports are found by name.
    ///
    /// # Errors
    /// As [`Instance::new`].
    pub fn link<S: 'static>(
        &self,
        store: &Store,
        imports: &Imports,
        exports: Vec<(&'static str, ExternType)>,
    ) -> Result<Instance<S, Linked>, InstantiationError> {
        let module = self.module()?;
        let parts = instance::Parts {
            imports: imports.clone(),
            functions: &[],
            interface: interface(module.inner(), &exports)?,
        };
        instance::Instance::of_parts(module, store, Linked, parts).map(Instance::of)
    }
}

/// What hosts give for imports.
pub trait Give {
    /// The same, whatever it is.
    fn give(self) -> Given;
}

impl Give for Memory {
    fn give(self) -> Given {
        Given::Memory(self)
    }
}

impl Give for SharedMemory {
    fn give(self) -> Given {
        Given::SharedMemory(self)
    }
}

impl Give for Tag {
    fn give(self) -> Given {
        Given::Tag(self)
    }
}

impl<T: Reference> Give for Table<T> {
    fn give(self) -> Given {
        Given::Table(T::into_any(self))
    }
}

impl<T: SharedGlobalType> Give for Global<T> {
    fn give(self) -> Given {
        Given::Global(T::into_any(self))
    }
}

/// What a host gives for an import.
pub fn given(handle: impl Give) -> Given {
    handle.give()
}
