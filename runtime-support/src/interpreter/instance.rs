//! Instances (specification: *Execution, Modules, Instantiation*).

use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::Cell;
use core::fmt;
use core::ptr::NonNull;

use wasmparser::Operator;

use super::code::Context;
use super::module::{Entity, Expression, Import, Inner, Items, Mode, Module};
use super::provided::{self, HostCode, HostFunction};
use super::run;
use super::slot::Slot;
use super::state::{Elements, State, TablePlace};
use super::table;
use super::translate;
use crate::any::AnyRef;
use crate::error::{CallError, InstantiationError, LinkError};
use crate::exception::{ExnRef, Tag};
use crate::export::{Extern, Imports, Linked, Resolver, Source};
use crate::function::{Func, FuncRef, zero};
use crate::global::{AnyGlobal, SharedGlobal, SharedGlobalType, SharedGlobals};
use crate::instance;
use crate::memory::{Mem, MemoryType};
use crate::shared_memory::Memory;
use crate::simd::V128;
use crate::store::Store;
use crate::table::{Reference, TableSlot};
use crate::threads::SharedMemory;
use crate::trap;
use crate::value::{ExternRef, RawValue, Value, ValueType, WasmType};

/// An instance of a [`Module`] that is interpreted, with its host.
pub struct Instance<H: 'static = Linked> {
    instance: instance::Instance<State, H>,
    module: Module,
}

impl<H> fmt::Debug for Instance<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Instance").field(&self.module).finish()
    }
}

impl Module {
    /// Makes an instance in `store`, with imports found by name.
    ///
    /// # Errors
    /// When an import is missing or doesn't fit, a memory or table can't be had, an initial segment
    /// doesn't fit, or the start function traps.
    pub fn instantiate(
        &self,
        store: &Store,
        imports: &Imports,
    ) -> Result<Instance, InstantiationError> {
        Instance::new(self, store, Linked, imports)
    }
}

/// What an instance is made of besides its module and its host.
#[derive(Default)]
pub(super) struct Parts<'a> {
    /// Things to import by name.
    pub(super) imports: Imports,
    /// Functions of the host. They come before those in `imports`.
    pub(super) functions: &'a [HostFunction],
    /// For modules behind an interface that the program knows: what each export of that is.
    pub(super) interface: Box<[Entity]>,
}

impl<H: 'static> Instance<H> {
    /// An instance in a store of its own.
    pub(super) fn alone(
        module: &Module,
        host: H,
        parts: Parts<'_>,
    ) -> Result<Instance<H>, InstantiationError> {
        let build = |store: &Store| build(module, store, parts);
        Instance::start(module, instance::Instance::new(host, build)?)
    }

    fn start(
        module: &Module,
        mut instance: instance::Instance<State, H>,
    ) -> Result<Instance<H>, InstantiationError> {
        let inner = module.inner();
        instance
            .as_mut()
            .enter(|context, memory| initialize(context, memory, inner))?;
        Ok(Instance {
            instance,
            module: module.clone(),
        })
    }

    /// The instance, without its module.
    pub(super) fn inner(&mut self) -> &mut instance::Instance<State, H> {
        &mut self.instance
    }
}

impl<H: Send + 'static> Instance<H> {
    /// As [`Instance::alone`], in a store that it shares with others.
    pub(super) fn of_parts(
        module: &Module,
        store: &Store,
        host: H,
        parts: Parts<'_>,
    ) -> Result<Instance<H>, InstantiationError> {
        let build = |store: &Store| build(module, store, parts);
        Instance::start(module, instance::Instance::new_in(store, host, build)?)
    }

    /// As [`Module::instantiate`], with a host of the program's own.
    ///
    /// # Errors
    /// As [`Module::instantiate`].
    pub fn new(
        module: &Module,
        store: &Store,
        host: H,
        imports: &Imports,
    ) -> Result<Instance<H>, InstantiationError> {
        let parts = Parts {
            imports: imports.clone(),
            ..Parts::default()
        };
        Instance::of_parts(module, store, host, parts)
    }

    /// The module.
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// The store that the instance is in.
    pub fn store(&self) -> &Store {
        self.instance.store()
    }

    /// The host.
    pub fn host(&mut self) -> crate::HostMut<'_, H> {
        self.instance.host()
    }

    /// The export called `name`.
    pub fn export(&mut self, name: &str) -> Option<Extern> {
        let entity = self.module.inner().export(name)?;
        self.extern_of(entity)
    }

    /// A handle to something of the instance.
    pub(super) fn extern_of(&mut self, entity: Entity) -> Option<Extern> {
        let store = self.instance.store().clone();
        if let Entity::Memory(index) = entity {
            let memory = self.instance.memory_instance(index as usize)?;
            return Some(match SharedMemory::from_instance(&memory) {
                Some(shared) => Extern::SharedMemory(shared),
                None => Extern::Memory(Memory::from_instance(&store, memory)),
            });
        }
        self.instance
            .as_mut()
            .enter_infallible(|context, _| extern_of(&context.s, &store, entity))
    }

    /// Everything that it exports, by name, in the module's order.
    pub fn exports(&mut self) -> Vec<(alloc::string::String, Extern)> {
        let module = self.module.clone();
        let names = module.exports().map(|export| export.name.to_string());
        names
            .filter_map(|name| {
                let export = self.export(&name)?;
                Some((name, export))
            })
            .collect()
    }

    /// The function exported as `name`.
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

fn extern_of(state: &State, store: &Store, entity: Entity) -> Option<Extern> {
    Some(match entity {
        Entity::Function(index) => {
            let function = *state.functions.get(index as usize)?;
            Extern::Func(Func::of(store.clone(), function))
        }
        Entity::Table(index) => {
            let table = state.tables.get(index as usize)?;
            let place = table.place as usize;
            Extern::Table(match table.element {
                ValueType::ExternRef => {
                    ExternRef::into_any(state.extern_tables.get(place)?.handle(store))
                }
                ValueType::ExnRef => ExnRef::into_any(state.exn_tables.get(place)?.handle(store)),
                ValueType::AnyRef => AnyRef::into_any(state.any_tables.get(place)?.handle(store)),
                _ => FuncRef::into_any(state.func_tables.get(place)?.handle(store)),
            })
        }
        Entity::Global(index) => {
            let (place, _, _) = state.module.global_place(index).ok()?;
            let global = state.shared.get(place as usize)?.clone();
            Extern::Global(SharedGlobal::new(store, global))
        }
        Entity::Tag(index) => Extern::Tag(*state.tags.get(index as usize)?),
        // Found elsewhere.
        Entity::Memory(_) => return None,
    })
}

/// What is imported, by kind, in the module's order.
#[derive(Default)]
struct Imported {
    functions: Vec<Option<FuncRef>>,
    /// Where there is none among these, it is the next of the host's.
    hosts: Vec<HostCode>,
    memories: Vec<Memory>,
    func_tables: Vec<TableSlot<FuncRef>>,
    extern_tables: Vec<TableSlot<ExternRef>>,
    exn_tables: Vec<TableSlot<ExnRef>>,
    any_tables: Vec<TableSlot<AnyRef>>,
    globals: Vec<AnyGlobal>,
    tags: Vec<Tag>,
}

fn resolve(
    inner: &Inner,
    store: &Store,
    imports: &Imports,
    functions: &[HostFunction],
) -> Result<Imported, LinkError> {
    let mut resolver = Resolver::new(Some(store.clone()));
    let mut found = Imported::default();
    for Import {
        module,
        name,
        entity,
    } in &inner.imports
    {
        match *entity {
            Entity::Function(index) => {
                if let Some(code) = provided::find(functions, inner, (module, name), index)? {
                    found.functions.push(None);
                    found.hosts.push(code);
                    continue;
                }
                let type_index = inner.functions[index as usize];
                // Validation has seen to it that it is a function type.
                if let Some(wanted) = &inner.types.list[type_index as usize].interned.entry {
                    let function = resolver.function(imports, module, name, wanted)?;
                    found.functions.push(Some(function));
                }
            }
            Entity::Memory(index) => {
                let wanted = inner.memories[index as usize];
                let source = Source::Named(imports);
                found.memories.push(if wanted.is_shared() {
                    let memory =
                        resolver.shared_memory(Source::Named(imports), module, name, wanted)?;
                    memory.in_store(store)
                } else {
                    resolver.memory_of_type(source, module, name, wanted)?
                });
            }
            Entity::Table(index) => {
                let wanted = &inner.tables[index as usize];
                let names = (module.as_str(), name.as_str());
                match wanted.element {
                    ValueType::ExternRef => {
                        let table = import_table(&mut resolver, imports, names, wanted)?;
                        found.extern_tables.push(table);
                    }
                    ValueType::ExnRef => {
                        let table = import_table(&mut resolver, imports, names, wanted)?;
                        found.exn_tables.push(table);
                    }
                    ValueType::AnyRef => {
                        let table = import_table(&mut resolver, imports, names, wanted)?;
                        found.any_tables.push(table);
                    }
                    _ => {
                        let table = import_table(&mut resolver, imports, names, wanted)?;
                        found.func_tables.push(table);
                    }
                }
            }
            Entity::Global(index) => {
                let wanted = &inner.globals[index as usize];
                let mut import = GlobalImport {
                    resolver: &mut resolver,
                    imports,
                    names: (module, name),
                    wanted,
                };
                found.globals.push(match wanted.value_type {
                    ValueType::I32 => import.find::<i32>()?,
                    ValueType::I64 => import.find::<i64>()?,
                    ValueType::F32 => import.find::<f32>()?,
                    ValueType::F64 => import.find::<f64>()?,
                    ValueType::V128 => import.find::<V128>()?,
                    ValueType::FuncRef => import.find::<Option<FuncRef>>()?,
                    ValueType::ExternRef => import.find::<Option<ExternRef>>()?,
                    ValueType::ExnRef => import.find::<Option<ExnRef>>()?,
                    ValueType::AnyRef => import.find::<Option<AnyRef>>()?,
                });
            }
            Entity::Tag(index) => {
                let type_index = inner.tags[index as usize];
                let wanted = inner.types.list[type_index as usize].interned;
                let params = wanted.function_type().params;
                let source = Source::Named(imports);
                let tag = resolver.tag(source, module, name, params, Some(&wanted.info))?;
                found.tags.push(tag);
            }
        }
    }
    Ok(found)
}

fn import_table<T: Reference>(
    resolver: &mut Resolver,
    imports: &Imports,
    (module, name): (&str, &str),
    wanted: &super::module::Table,
) -> Result<TableSlot<T>, LinkError>
where
    Option<T>: WasmType,
{
    let source = Source::Named(imports);
    let (minimum, maximum) = (wanted.minimum, wanted.maximum);
    if wanted.table64 {
        resolver.table64(source, module, name, minimum, maximum, wanted.reference)
    } else {
        resolver.table(source, module, name, minimum, maximum, wanted.reference)
    }
}

struct GlobalImport<'a> {
    resolver: &'a mut Resolver,
    imports: &'a Imports,
    names: (&'a str, &'a str),
    wanted: &'a super::module::Global,
}

impl GlobalImport<'_> {
    fn find<T: SharedGlobalType>(&mut self) -> Result<AnyGlobal, LinkError> {
        let source = Source::Named(self.imports);
        let (module, name) = self.names;
        let (mutable, reference) = (self.wanted.mutable, self.wanted.reference);
        let global = self
            .resolver
            .global_of_type::<T>(source, module, name, mutable, reference)?;
        Ok(T::into_any(global))
    }
}

fn new_table<T: Reference>(
    table: &super::module::Table,
) -> Result<TableSlot<T>, InstantiationError> {
    let slot = if table.table64 {
        TableSlot::new64(table.minimum, table.maximum)?
    } else {
        TableSlot::new(table.minimum, table.maximum)?
    };
    Ok(match table.reference {
        Some(reference) => slot.with_elements(reference),
        None => slot,
    })
}

fn new_memory(store: &Store, memory_type: MemoryType) -> Result<Memory, InstantiationError> {
    Ok(if memory_type.is_shared() {
        SharedMemory::of_type(memory_type)?.in_store(store)
    } else {
        Memory::of_type(store, memory_type)?
    })
}

/// The memories and the state of an instance, not yet initialised.
fn build(
    module: &Module,
    store: &Store,
    parts: Parts<'_>,
) -> Result<(Vec<Memory>, State), InstantiationError> {
    let inner = module.inner();
    let mut found = resolve(inner, store, &parts.imports, parts.functions)?;
    for &memory in inner.memories.iter().skip(found.memories.len()) {
        found.memories.push(new_memory(store, memory)?);
    }
    let imported_tables = found.func_tables.len()
        + found.extern_tables.len()
        + found.exn_tables.len()
        + found.any_tables.len();
    let mut tables = Vec::new();
    let mut places = [0_u32; 4];
    for (index, table) in inner.tables.iter().enumerate() {
        let is_new = index >= imported_tables;
        let kind = match table.element {
            ValueType::ExternRef => {
                if is_new {
                    found.extern_tables.push(new_table(table)?);
                }
                1
            }
            ValueType::ExnRef => {
                if is_new {
                    found.exn_tables.push(new_table(table)?);
                }
                2
            }
            ValueType::AnyRef => {
                if is_new {
                    found.any_tables.push(new_table(table)?);
                }
                3
            }
            _ => {
                if is_new {
                    found.func_tables.push(new_table(table)?);
                }
                0
            }
        };
        tables.push(TablePlace {
            element: table.element,
            place: places[kind],
            table64: table.table64,
        });
        places[kind] += 1;
    }
    for &type_index in inner.tags.iter().skip(found.tags.len()) {
        let interned = inner.types.list[type_index as usize].interned;
        let tag = Tag::new(interned.function_type().params);
        found.tags.push(tag.of_type(&interned.info));
    }
    let mut slots = 0;
    let mut shared = found.globals;
    for (index, global) in inner.globals.iter().enumerate() {
        let width = super::slot::Width::of(global.value_type);
        if !global.public {
            slots += width.slots() as usize;
        } else if index >= shared.len() || global.init.is_some() {
            // In its place until its value is known.
            shared.push(AnyGlobal::immutable(zero(global.value_type), None));
        }
    }
    let _lock = store.inner().lock();
    let objects = inner.types.list.iter();
    let has_objects = objects.clone().any(|it| it.interned.entry.is_none());
    let object_types = if has_objects {
        let heap = store.inner().make_heap()?;
        objects
            .map(|it| match it.interned.entry {
                Some(_) => 0,
                None => heap.type_id(&it.interned.info),
            })
            .collect()
    } else {
        Box::default()
    };
    let memories = inner
        .memories
        .iter()
        .map(|memory| (memory.is_shared(), memory.is_memory64()));
    let state = State {
        module: inner.clone(),
        machine: NonNull::from(store.inner().make_machine()?),
        ports: Box::default(),
        functions: Box::default(),
        imported: found.functions,
        hosts: found.hosts.into_boxed_slice(),
        interface: parts.interface,
        numbers: vec![Cell::new(0); inner.functions.len()].into_boxed_slice(),
        memories: memories.collect(),
        tables: tables.into_boxed_slice(),
        func_tables: found.func_tables,
        extern_tables: found.extern_tables,
        exn_tables: found.exn_tables,
        any_tables: found.any_tables,
        tags: found.tags,
        slots: vec![0; slots].into_boxed_slice(),
        shared,
        no_globals: SharedGlobals::default(),
        dropped: vec![false; inner.data.len()].into_boxed_slice(),
        elements: inner
            .elements
            .iter()
            .map(|segment| empty(segment.element))
            .collect(),
        object_types,
    };
    Ok((found.memories, state))
}

fn empty(element: ValueType) -> Elements {
    match element {
        ValueType::ExternRef => Elements::Extern(Box::new([])),
        ValueType::ExnRef => Elements::Exn(Box::new([])),
        ValueType::AnyRef => Elements::Any(Box::new([])),
        _ => Elements::Func(Box::new([])),
    }
}

/// What instantiation does once the state is there. Runs inside of a call; what it owns is leaked if
/// there is a trap.
fn initialize(context: &mut Context, memory: Mem<'_>, module: &Inner) {
    for (index, global) in module.globals.iter().enumerate() {
        let (Some(init), Ok((place, _, public))) =
            (&global.init, module.global_place(index as u32))
        else {
            continue;
        };
        let value = evaluate(context, memory, module, init, global.value_type);
        if public {
            let made = trap::owning(|| AnyGlobal::of_type(value, global.mutable, global.reference));
            trap::owning(|| context.s.shared[place as usize] = made);
        } else {
            let [low, high] = slots_of(context, value);
            context.s.slots[place as usize] = low;
            if super::slot::Width::of(global.value_type) == super::slot::Width::Two {
                context.s.slots[place as usize + 1] = high;
            }
        }
    }
    for (index, table) in module.tables.iter().enumerate() {
        if let Some(init) = &table.init {
            let value = evaluate(context, memory, module, init, table.element);
            let place = context.s.tables[index].place as usize;
            match value {
                RawValue::FuncRef(value) => {
                    let table = &context.s.func_tables[place];
                    table.fill(0, value, table.size());
                }
                RawValue::ExternRef(value) => {
                    let table = &context.s.extern_tables[place];
                    table.fill(0, value, table.size());
                }
                RawValue::ExnRef(value) => {
                    let table = &context.s.exn_tables[place];
                    table.fill(0, value, table.size());
                }
                RawValue::AnyRef(value) => {
                    let table = &context.s.any_tables[place];
                    table.fill(0, value, table.size());
                }
                _ => {}
            }
        }
    }
    for (index, segment) in module.elements.iter().enumerate() {
        if !matches!(segment.mode, Mode::Declared) {
            fill(context, memory, module, index as u32);
        }
    }
    for (index, segment) in module.elements.iter().enumerate() {
        let Mode::Active(table, offset) = &segment.mode else {
            continue;
        };
        let to = index_of(
            context,
            memory,
            module,
            offset,
            module.tables[*table as usize].table64,
        );
        let length = match &segment.items {
            Items::Functions(list) => list.len(),
            Items::Expressions(list) => list.len(),
        };
        let to = crate::table::narrow(to);
        table::init_from(context, *table, index as u32, to, 0, length as i32);
        table::drop_segment(context, index as u32);
    }
    for (index, segment) in module.data.iter().enumerate() {
        let Mode::Active(target, offset) = &segment.mode else {
            continue;
        };
        let wide = context.s.memory_is_wide(*target);
        let to = index_of(context, memory, module, offset, wide);
        let data = module.data(index as u32);
        let length = data.len() as u32;
        if context.s.memory_is_shared(*target) {
            let memory = context.any_memory::<true>(*target);
            memory.init(data, to, 0, length.cast_signed());
        } else {
            let memory = context.any_memory::<false>(*target);
            memory.init(data, to, 0, length.cast_signed());
        }
        context.s.drop_data(index as u32);
    }
    if let Some(start) = module.start {
        start_function(context, start);
    }
}

fn start_function(context: &mut Context, start: u32) {
    let function = context.s.functions[start as usize];
    let function_type = function.function_type();
    function.enter(context).call(function_type, &[], &mut []);
}

/// The value of an expression that is an address.
fn index_of(
    context: &mut Context,
    memory: Mem<'_>,
    module: &Inner,
    expression: &Expression,
    wide: bool,
) -> i64 {
    let value_type = if wide { ValueType::I64 } else { ValueType::I32 };
    match evaluate(context, memory, module, expression, value_type) {
        RawValue::I32(value) => value.cast_unsigned().into(),
        RawValue::I64(value) => value,
        _ => -1,
    }
}

/// The elements of a segment.
fn fill(context: &mut Context, memory: Mem<'_>, module: &Inner, index: u32) {
    let segment = &module.elements[index as usize];
    let items: &[Expression] = match &segment.items {
        Items::Functions(functions) => {
            let list = trap::owning(|| {
                let functions = functions.iter();
                functions
                    .map(|&function| context.s.functions.get(function as usize).copied())
                    .collect()
            });
            trap::owning(|| context.s.elements[index as usize] = Elements::Func(list));
            return;
        }
        Items::Expressions(items) => items,
    };
    // One after the other, so that references that exist already are found by the collector.
    let count = items.len();
    trap::owning(|| {
        context.s.elements[index as usize] = match segment.element {
            ValueType::ExternRef => Elements::Extern(vec![None; count].into_boxed_slice()),
            ValueType::ExnRef => Elements::Exn(vec![None; count].into_boxed_slice()),
            ValueType::AnyRef => Elements::Any(vec![None; count].into_boxed_slice()),
            _ => Elements::Func(vec![None; count].into_boxed_slice()),
        };
    });
    for (place, item) in items.iter().enumerate() {
        let value = evaluate(context, memory, module, item, segment.element);
        match (&mut context.s.elements[index as usize], value) {
            (Elements::Func(list), RawValue::FuncRef(value)) => list[place] = value,
            (Elements::Extern(list), RawValue::ExternRef(value)) => list[place] = value,
            (Elements::Exn(list), RawValue::ExnRef(value)) => list[place] = value,
            (Elements::Any(list), RawValue::AnyRef(value)) => list[place] = value,
            _ => {}
        }
    }
}

/// The value of a constant expression.
fn evaluate(
    context: &mut Context,
    memory: Mem<'_>,
    module: &Inner,
    expression: &Expression,
    value_type: ValueType,
) -> RawValue {
    let mut operators = module.expression(expression).get_operators_reader();
    let first = operators.read();
    let single = matches!(operators.read(), Ok(Operator::End));
    match first {
        Ok(Operator::I32Const { value }) if single => RawValue::I32(value),
        Ok(Operator::I64Const { value }) if single => RawValue::I64(value),
        Ok(Operator::RefFunc { function_index }) if single => {
            RawValue::FuncRef(context.s.functions.get(function_index as usize).copied())
        }
        Ok(Operator::RefNull { .. }) if single => zero(value_type),
        _ => {
            let code = trap::owning(|| translate::expression(module, expression, value_type).ok());
            let Some(code) = code else {
                crate::generated::unreachable()
            };
            run::evaluate(context, memory, &code, value_type)
        }
    }
}

/// A value as slots hold it.
fn slots_of(context: &Context, value: RawValue) -> [u64; 2] {
    let Some(window) = context.s.machine().top() else {
        super::control::stack_overflow();
    };
    0_i64.write(window, 1);
    run::write(context, window, 0, value);
    window.get_two(0)
}
