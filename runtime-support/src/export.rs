//! What instances export and import, by name: the untyped view, and linking.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

use crate::any::AnyRef;
use crate::error::{LinkError, LinkReason};
use crate::exception::{ExnRef, Tag};
use crate::function::{Func, FuncRef, FunctionEntry};
use crate::gc::{HeapType, ReferenceType, TypeInfo};
use crate::global::{Global, SharedGlobal, SharedGlobalType, SharedGlobals};
use crate::instance::{Attachment, InstanceMut, Ports};
use crate::memory::{Form, MemoryType};
use crate::shared_memory::Memory;
use crate::store::Store;
use crate::table::{AnyTable, Reference, Table, TableSlot};
use crate::threads::SharedMemory;
use crate::value::{ExternRef, RawValue, ValueType, WasmType};

/// What an instance exports (specification: *External Values*).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Extern {
    /// A function.
    Func(Func),
    /// A memory.
    Memory(Memory),
    /// A memory that threads share, of no store.
    SharedMemory(SharedMemory),
    /// A table.
    Table(AnyTable),
    /// A global.
    Global(SharedGlobal),
    /// A tag.
    Tag(Tag),
}

impl Extern {
    /// What it is, as a person reads it.
    fn describe(&self) -> String {
        match self {
            Extern::Func(func) => format!("a function {}", func.function_type()),
            Extern::Memory(memory) => memory.instance().memory_type().to_string(),
            Extern::SharedMemory(memory) => memory.memory_type().to_string(),
            Extern::Table(AnyTable::FuncRef(table)) => TableType::of(table).to_string(),
            Extern::Table(AnyTable::ExternRef(table)) => TableType::of(table).to_string(),
            Extern::Table(AnyTable::ExnRef(table)) => TableType::of(table).to_string(),
            Extern::Table(AnyTable::AnyRef(table)) => TableType::of(table).to_string(),
            Extern::Tag(tag) => tag.describe(),
            Extern::Global(global) => {
                describe_global(global.global().value_type(), global.global().is_mutable())
            }
        }
    }

    /// The store it belongs to; tags and shared memories belong to none.
    pub fn store(&self) -> Option<&Store> {
        Some(match self {
            Extern::Func(func) => func.store(),
            Extern::Memory(memory) => memory.store(),
            Extern::Table(table) => table.store(),
            Extern::Global(global) => global.store(),
            Extern::Tag(_) | Extern::SharedMemory(_) => return None,
        })
    }
}

/// A reference type in full; the widest of its kind where nothing else is known. (Of what is no
/// reference, something.)
fn in_full(reference: Option<ReferenceType>, value_type: ValueType) -> ReferenceType {
    reference.unwrap_or(ReferenceType {
        nullable: true,
        heap: match value_type {
            ValueType::FuncRef => HeapType::Func,
            ValueType::ExternRef => HeapType::Extern,
            ValueType::ExnRef => HeapType::Exn,
            _ => HeapType::Any,
        },
    })
}

fn describe_global(value_type: ValueType, mutable: bool) -> String {
    format!(
        "{} global of type {value_type}",
        if mutable { "a mutable" } else { "an immutable" }
    )
}

/// The type of a table, to be matched or told.
#[derive(Clone, Copy)]
struct TableType {
    element: ValueType,
    table64: bool,
    minimum: u64,
    maximum: Option<u64>,
    reference: Option<ReferenceType>,
}

impl TableType {
    fn of<T: Reference>(table: &Table<T>) -> TableType
    where
        Option<T>: WasmType,
    {
        TableType {
            element: T::TYPE,
            table64: table.is_table64(),
            minimum: table.size().into(),
            maximum: table.maximum(),
            reference: table.reference(),
        }
    }

    /// Whether a table of this type can be imported as one of type `wanted`
    /// (specification: *Matching, Table Types*).
    fn matches(self, wanted: TableType) -> bool {
        self.element == wanted.element
            && in_full(self.reference, self.element)
                .equals(in_full(wanted.reference, wanted.element))
            && self.table64 == wanted.table64
            && self.minimum >= wanted.minimum
            && match (self.maximum, wanted.maximum) {
                (_, None) => true,
                (Some(maximum), Some(wanted)) => maximum <= wanted,
                (None, Some(_)) => false,
            }
    }
}

impl fmt::Display for TableType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.table64 {
            "64-bit table"
        } else {
            "table"
        };
        write!(f, "a {kind} of {}", self.minimum)?;
        match self.maximum {
            Some(maximum) => write!(f, " to {maximum} times {}", self.element),
            None => write!(f, " or more times {}", self.element),
        }
    }
}

/// A place in the exports of a module.
#[derive(Clone, Copy, Debug)]
pub struct Export {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub kind: ExportKind,
}

/// What an export is, and where generated code keeps it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum ExportKind {
    /// A function, by its place in [`ModuleState::functions`].
    Function(u32),
    /// A memory of the instance, by its index.
    Memory(u32),
    /// A table of functions, by its place among them.
    FuncTable(u32),
    /// A table of values of the host's, by its place among them.
    ExternTable(u32),
    /// A table of exceptions, by its place among them.
    ExnTable(u32),
    /// A table of references to anything, by its place among them.
    AnyTable(u32),
    /// A tag, by its index.
    Tag(u32),
    /// A global.
    Global(GlobalPlace),
    /// A global of a reference type that [`ValueType`] doesn't tell all of.
    TypedGlobal(GlobalPlace, ReferenceType),
}

/// Where a global is found.
#[derive(Clone, Copy, Debug)]
pub struct GlobalPlace {
    /// Its type.
    pub value_type: ValueType,
    /// Its place among those of its type.
    pub place: u32,
    /// Whether it is among the shared ones.
    pub shared: bool,
}

/// The state of a module's instances, as generated code lays it out.
pub trait ModuleState: Sized + 'static {
    /// The form of memory 0; of a module that has none, [`crate::memory::Ordinary`].
    type Memory: Form;
    /// Everything exported, in the module's order.
    const EXPORTS: &'static [Export];
    /// The imported functions, then all others that are exported or referred to.
    fn functions(&self) -> &'static [FunctionEntry];
    /// For each imported function, the function of another instance that it is.
    fn linked(&self) -> &[Option<FuncRef>];
    /// The tables of functions.
    fn func_tables(&self) -> &[TableSlot<FuncRef>];
    /// The tables of values of the host's.
    fn extern_tables(&self) -> &[TableSlot<ExternRef>];
    /// The tables of exceptions.
    fn exn_tables(&self) -> &[TableSlot<ExnRef>];
    /// The tables of references to anything.
    fn any_tables(&self) -> &[TableSlot<AnyRef>];
    /// Calls `mark` with each reference in globals of the instance's own, in segments, and in
    /// arguments that wait.
    fn roots(&self, _mark: &mut dyn FnMut(AnyRef)) {}
    /// The tags.
    fn tags(&self) -> &[Tag];
    /// The globals that others can change.
    fn shared_globals(&self) -> &SharedGlobals;
    /// The value of one of the other globals.
    fn global(&self, value_type: ValueType, place: usize) -> RawValue;
    /// The index of the memory exported as `name`.
    fn exported_memory(&self, name: &str) -> Option<u32> {
        let export = Self::EXPORTS.iter().find(|export| export.name == name)?;
        match export.kind {
            ExportKind::Memory(index) => Some(index),
            _ => None,
        }
    }
    /// Whether memory 0 may be of another form than `Memory`; it is then not handed to functions.
    const ANY_MEMORY: bool = false;
    /// The state is part of an instance now, and will not be moved.
    fn attach(&mut self, _instance: Attachment) {}
    /// The ports of the functions, where there are others than that of the instance.
    fn ports(&self) -> Option<Ports> {
        None
    }
}

/// The host of an instance whose imports were all found by name: it has nothing to say.
#[derive(Debug)]
pub struct Linked;

/// The typed view of instances with state `S`.
pub trait View<S: 'static>: 'static {
    /// The exports of an instance that is being called back.
    type Exports<'a>: From<InstanceMut<'a, S>>;
}

/// Things to import, by module and name.
///
/// ```
/// use wasm2rs_support::{Imports, Extern, Memory, Store};
///
/// let store = Store::new();
/// let memory = Memory::new(&store, 1, None)?;
/// let mut imports = Imports::new();
/// imports.define("env", "memory", Extern::Memory(memory));
/// assert!(imports.get("env", "memory").is_some());
/// # Ok::<(), wasm2rs_support::MemoryError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Imports {
    modules: BTreeMap<String, BTreeMap<String, Extern>>,
}

impl Imports {
    /// Nothing yet.
    pub fn new() -> Imports {
        Imports::default()
    }

    /// Gives `value` the name `module` `name`, in place of what had it.
    pub fn define(&mut self, module: &str, name: &str, value: Extern) {
        self.modules
            .entry(module.to_string())
            .or_default()
            .insert(name.to_string(), value);
    }

    /// What is called `module` `name`.
    pub fn get(&self, module: &str, name: &str) -> Option<&Extern> {
        self.modules.get(module)?.get(name)
    }

    fn require(&self, module: &str, name: &str) -> Result<&Extern, LinkError> {
        self.get(module, name).ok_or_else(|| LinkError {
            module: module.to_string(),
            name: name.to_string(),
            reason: LinkReason::Unknown,
        })
    }
}

/// Checks imports against what a module declares, and sees that all are of one store
/// (specification: *External Typing, Import Matching*).
#[derive(Debug, Default)]
pub struct Resolver {
    store: Option<Store>,
}

impl Resolver {
    /// For an instance in `store`, or in the store of what it imports.
    pub fn new(store: Option<Store>) -> Resolver {
        Resolver { store }
    }

    /// The store that the instance has to be in, or a new one.
    pub fn into_store(self) -> Store {
        self.store.unwrap_or_default()
    }

    fn join(&mut self, import: Import<'_>, store: &Store) -> Result<(), LinkError> {
        match &self.store {
            Some(mine) if !mine.same(store) => Err(import.error(LinkReason::OtherStore)),
            Some(_) => Ok(()),
            None => {
                self.store = Some(store.clone());
                Ok(())
            }
        }
    }

    /// A function by name.
    ///
    /// # Errors
    /// When there is none, or none of this type, or it is in another store.
    pub fn function(
        &mut self,
        imports: &Imports,
        module: &str,
        name: &str,
        wanted: &FunctionEntry,
    ) -> Result<FuncRef, LinkError> {
        let import = Import { module, name };
        match imports.require(module, name)? {
            Extern::Func(func) if func.reference().entry().matches(wanted) => {
                self.join(import, func.store())?;
                Ok(func.reference())
            }
            other => {
                let expected = format!("a function {}", wanted.function_type());
                Err(import.incompatible(expected, other))
            }
        }
    }

    /// A tag: the one given, or the one of that name.
    ///
    /// # Errors
    /// When there is none, or none whose exceptions carry `params`.
    pub fn tag(
        &mut self,
        source: Source<'_, Tag>,
        module: &str,
        name: &str,
        params: &'static [ValueType],
        info: Option<&'static TypeInfo>,
    ) -> Result<Tag, LinkError> {
        let import = Import { module, name };
        let given = match source {
            Source::Given(tag) => Extern::Tag(tag),
            Source::Named(imports) => imports.require(module, name)?.clone(),
        };
        match given {
            Extern::Tag(tag) if tag.params() == params && tag.is_of_type(info) => Ok(tag),
            other => Err(import.incompatible(Tag::describe_params(params), &other)),
        }
    }

    /// A memory with 32-bit addresses and pages of 64 KiB: the one given, or the one of that name.
    ///
    /// # Errors
    /// When there is none, or its limits do not fit, or it is in another store.
    pub fn memory(
        &mut self,
        source: Source<'_, Memory>,
        module: &str,
        name: &str,
        minimum: u64,
        maximum: Option<u64>,
    ) -> Result<Memory, LinkError> {
        let wanted = MemoryType::new(minimum, maximum);
        self.memory_of_type(source, module, name, wanted)
    }

    /// A memory of any type: the one given, or the one of that name.
    ///
    /// # Errors
    /// When there is none, or its type does not fit, or it is in another store.
    pub fn memory_of_type(
        &mut self,
        source: Source<'_, Memory>,
        module: &str,
        name: &str,
        wanted: MemoryType,
    ) -> Result<Memory, LinkError> {
        let import = Import { module, name };
        let given = match source {
            Source::Given(memory) => Extern::Memory(memory),
            Source::Named(imports) => imports.require(module, name)?.clone(),
        };
        match &given {
            Extern::Memory(memory) if memory.instance().memory_type().matches(wanted) => {
                self.join(import, memory.store())?;
                Ok(memory.clone())
            }
            other => Err(import.incompatible(wanted.to_string(), other)),
        }
    }

    /// A memory that threads share: the one given, or the one of that name.
    ///
    /// # Errors
    /// When there is none, or its type does not fit.
    pub fn shared_memory(
        &mut self,
        source: Source<'_, SharedMemory>,
        module: &str,
        name: &str,
        wanted: MemoryType,
    ) -> Result<SharedMemory, LinkError> {
        let import = Import { module, name };
        let given = match source {
            Source::Given(memory) => Extern::SharedMemory(memory),
            Source::Named(imports) => imports.require(module, name)?.clone(),
        };
        match &given {
            Extern::SharedMemory(memory) if memory.memory_type().matches(wanted) => {
                Ok(memory.clone())
            }
            other => Err(import.incompatible(wanted.to_string(), other)),
        }
    }

    /// A table with 32-bit indices: the one given, or the one of that name.
    ///
    /// # Errors
    /// When there is none, or its type does not fit, or it is in another store.
    pub fn table<T: Reference>(
        &mut self,
        source: Source<'_, Table<T>>,
        module: &str,
        name: &str,
        minimum: u64,
        maximum: Option<u64>,
        reference: Option<ReferenceType>,
    ) -> Result<TableSlot<T>, LinkError>
    where
        Option<T>: WasmType,
    {
        let wanted = TableType {
            element: T::TYPE,
            table64: false,
            minimum,
            maximum,
            reference,
        };
        self.table_of_type(source, Import { module, name }, wanted)
    }

    /// A table with 64-bit indices: the one given, or the one of that name.
    ///
    /// # Errors
    /// As [`Resolver::table`].
    pub fn table64<T: Reference>(
        &mut self,
        source: Source<'_, Table<T>>,
        module: &str,
        name: &str,
        minimum: u64,
        maximum: Option<u64>,
        reference: Option<ReferenceType>,
    ) -> Result<TableSlot<T>, LinkError>
    where
        Option<T>: WasmType,
    {
        let wanted = TableType {
            element: T::TYPE,
            table64: true,
            minimum,
            maximum,
            reference,
        };
        self.table_of_type(source, Import { module, name }, wanted)
    }

    fn table_of_type<T: Reference>(
        &mut self,
        source: Source<'_, Table<T>>,
        import: Import<'_>,
        wanted: TableType,
    ) -> Result<TableSlot<T>, LinkError>
    where
        Option<T>: WasmType,
    {
        let given = match source {
            Source::Given(table) => Extern::Table(T::into_any(table)),
            Source::Named(imports) => imports.require(import.module, import.name)?.clone(),
        };
        if let Extern::Table(any) = &given
            && let Some(table) = T::from_any(any)
            && TableType::of(&table).matches(wanted)
        {
            self.join(import, table.store())?;
            return Ok(table.into_slot());
        }
        Err(import.incompatible(wanted.to_string(), &given))
    }

    /// A global: the one given, or the one of that name.
    ///
    /// # Errors
    /// When there is none, or its type does not fit, or it is in another store.
    pub fn global<T: SharedGlobalType>(
        &mut self,
        source: Source<'_, Global<T>>,
        module: &str,
        name: &str,
        mutable: bool,
    ) -> Result<Global<T>, LinkError> {
        self.global_of_type(source, module, name, mutable, None)
    }

    /// A global of a type that the Rust type doesn't tell all of.
    ///
    /// # Errors
    /// As [`Resolver::global`].
    pub fn global_of_type<T: SharedGlobalType>(
        &mut self,
        source: Source<'_, Global<T>>,
        module: &str,
        name: &str,
        mutable: bool,
        wanted: Option<ReferenceType>,
    ) -> Result<Global<T>, LinkError> {
        let fits = |global: &Global<T>| {
            let own = in_full(global.reference(), T::TYPE);
            let wanted = in_full(wanted, T::TYPE);
            global.is_mutable() == mutable
                && if mutable {
                    own.equals(wanted)
                } else {
                    own.matches(wanted)
                }
        };
        let import = Import { module, name };
        let incompatible = |got: String| {
            import.error(LinkReason::IncompatibleType(
                describe_global(T::TYPE, mutable),
                got,
            ))
        };
        match source {
            Source::Given(global) if global.is_mutable() == mutable => Ok(global),
            Source::Given(global) => {
                Err(incompatible(describe_global(T::TYPE, global.is_mutable())))
            }
            Source::Named(imports) => match imports.require(module, name)? {
                Extern::Global(shared) => match T::from_any(shared.global()) {
                    Some(global) if fits(&global) => {
                        self.join(import, shared.store())?;
                        Ok(global)
                    }
                    _ => Err(incompatible(Extern::Global(shared.clone()).describe())),
                },
                other => Err(incompatible(other.describe())),
            },
        }
    }
}

/// Where an import comes from: the host gave the thing itself, or things by name.
#[derive(Debug)]
pub enum Source<'a, T> {
    /// The thing.
    Given(T),
    /// A set to find it in.
    Named(&'a Imports),
}

#[derive(Clone, Copy)]
struct Import<'a> {
    module: &'a str,
    name: &'a str,
}

impl Import<'_> {
    fn error(self, reason: LinkReason) -> LinkError {
        LinkError {
            module: self.module.to_string(),
            name: self.name.to_string(),
            reason,
        }
    }

    fn incompatible(self, expected: String, got: &Extern) -> LinkError {
        self.error(LinkReason::IncompatibleType(expected, got.describe()))
    }
}
