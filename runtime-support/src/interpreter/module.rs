//! Modules: bytes that were validated, and what they declare.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;
use core::sync::atomic::AtomicBool;

use wasmparser::{
    BinaryReader, ConstExpr, DataKind, ElementItems, ElementKind, ExternalKind, FunctionBody,
    Parser, Payload, TableInit, TypeRef, ValType, WasmFeatures,
};

use super::code::Code;
use super::error::{LoadError, Unexpected};
use super::once::Once;
use super::provided::DescribedType;
use super::slot::Width;
use super::types::Types;
use super::validate;
use crate::gc::ReferenceType;
use crate::memory::MemoryType;
use crate::value::{FunctionType, ValueType};

/// A WebAssembly module, validated and ready to be instantiated
/// (specification: *Execution, Modules*).
///
/// Cloning gives another handle to it. Its functions are prepared when they are called for the first
/// time, once for all instances.
#[derive(Clone)]
pub struct Module(Arc<Inner>);

/// What a module imports or exports (specification: *External Types*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExternType {
    /// A function.
    Func(FunctionType),
    /// A memory, shared ones included.
    Memory(MemoryType),
    /// A table of elements of this type.
    Table(ValueType),
    /// A global.
    Global {
        /// The type of its value.
        value_type: ValueType,
        /// Whether it can change.
        mutable: bool,
    },
    /// A tag, for exceptions that carry values of these types.
    Tag(&'static [ValueType]),
}

/// Something that a module imports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportType<'a> {
    /// The name of where it comes from.
    pub module: &'a str,
    /// Its name there.
    pub name: &'a str,
    /// What it is.
    pub ty: ExternType,
}

/// Something that a module exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportType<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it is.
    pub ty: ExternType,
}

pub(super) struct Inner {
    bytes: Arc<[u8]>,
    pub(super) types: Types,
    pub(super) imports: Vec<Import>,
    /// The type index of each function, imported ones first.
    pub(super) functions: Vec<u32>,
    /// How many functions are imported.
    pub(super) imported: u32,
    /// The bodies of the others.
    pub(super) bodies: Vec<Body>,
    pub(super) tables: Vec<Table>,
    pub(super) memories: Vec<MemoryType>,
    pub(super) globals: Vec<Global>,
    /// Where each global is: its place among the public ones, or its first slot.
    places: Vec<(u32, Width, bool)>,
    /// The type index of each tag.
    pub(super) tags: Vec<u32>,
    pub(super) exports: Vec<(String, Entity)>,
    by_name: BTreeMap<String, usize>,
    pub(super) elements: Vec<ElementSegment>,
    pub(super) data: Vec<DataSegment>,
    pub(super) start: Option<u32>,
    /// Whether functions were prepared that catch exceptions.
    pub(super) catches: AtomicBool,
}

/// Something imported.
pub(super) struct Import {
    pub(super) module: String,
    pub(super) name: String,
    pub(super) entity: Entity,
}

/// Something by its kind and index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entity {
    Function(u32),
    Table(u32),
    Memory(u32),
    Global(u32),
    Tag(u32),
}

pub(super) struct Body {
    range: Range<u32>,
    pub(super) code: Once<Code>,
}

#[derive(Clone)]
pub(super) struct Table {
    pub(super) element: ValueType,
    pub(super) reference: Option<ReferenceType>,
    pub(super) table64: bool,
    pub(super) minimum: u64,
    pub(super) maximum: Option<u64>,
    /// What its elements start with, if not null.
    pub(super) init: Option<Expression>,
}

#[derive(Clone)]
pub(super) struct Global {
    pub(super) value_type: ValueType,
    pub(super) reference: Option<ReferenceType>,
    pub(super) mutable: bool,
    /// Of one that isn't imported.
    pub(super) init: Option<Expression>,
    /// Whether it is imported or exported.
    pub(super) public: bool,
}

/// A constant expression, by where it is in the bytes.
#[derive(Clone, Debug)]
pub(super) struct Expression(Range<u32>);

pub(super) enum Mode {
    Passive,
    Declared,
    /// In this table or memory, from this place on.
    Active(u32, Expression),
}

pub(super) struct ElementSegment {
    pub(super) mode: Mode,
    pub(super) element: ValueType,
    pub(super) items: Items,
}

pub(super) enum Items {
    Functions(Vec<u32>),
    Expressions(Vec<Expression>),
}

pub(super) struct DataSegment {
    pub(super) mode: Mode,
    range: Range<u32>,
}

/// Functions that are larger, or modules, are refused.
const MAX_BYTES: usize = u32::MAX as usize;

impl Module {
    /// Validates a module in the binary format. With `std`, several threads take part in it.
    ///
    /// # Errors
    /// When it is not valid, or uses a proposal that is not supported.
    pub fn new(bytes: impl Into<Arc<[u8]>>) -> Result<Module, LoadError> {
        let bytes: Arc<[u8]> = bytes.into();
        if bytes.len() > MAX_BYTES {
            return Err(LoadError::new("the module is larger than 4 GiB", 0));
        }
        validate::validate(&bytes)?;
        let mut inner = Inner::new(bytes.clone());
        for payload in Parser::new(0).parse_all(&bytes) {
            let payload = payload.map_err(|error| LoadError::invalid(&error))?;
            inner
                .add(&payload)
                .map_err(|Unexpected| LoadError::new("the module is too complicated", 0))?;
        }
        inner.complete();
        Ok(Module(Arc::new(inner)))
    }

    /// What it imports, in its order.
    pub fn imports(&self) -> impl Iterator<Item = ImportType<'_>> {
        self.0.imports.iter().map(|import| ImportType {
            module: &import.module,
            name: &import.name,
            ty: self.0.extern_type(import.entity),
        })
    }

    /// What it exports, in its order.
    pub fn exports(&self) -> impl Iterator<Item = ExportType<'_>> {
        self.0.exports.iter().map(|(name, entity)| ExportType {
            name,
            ty: self.0.extern_type(*entity),
        })
    }

    /// The export called `name`.
    pub fn export(&self, name: &str) -> Option<ExportType<'_>> {
        let &index = self.0.by_name.get(name)?;
        let (name, entity) = &self.0.exports[index];
        Some(ExportType {
            name,
            ty: self.0.extern_type(*entity),
        })
    }

    pub(super) fn inner(&self) -> &Arc<Inner> {
        &self.0
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Module")
            .field("functions", &self.0.functions.len())
            .finish_non_exhaustive()
    }
}

fn range(range: Range<u64>) -> Range<u32> {
    range.start as u32..range.end as u32
}

fn expression(expression: &ConstExpr<'_>) -> Expression {
    Expression(range(expression.get_binary_reader().range()))
}

impl Inner {
    fn new(bytes: Arc<[u8]>) -> Inner {
        Inner {
            bytes,
            types: Types::default(),
            imports: Vec::new(),
            functions: Vec::new(),
            imported: 0,
            bodies: Vec::new(),
            tables: Vec::new(),
            memories: Vec::new(),
            globals: Vec::new(),
            places: Vec::new(),
            tags: Vec::new(),
            exports: Vec::new(),
            by_name: BTreeMap::new(),
            elements: Vec::new(),
            data: Vec::new(),
            start: None,
            catches: AtomicBool::new(false),
        }
    }

    fn add(&mut self, payload: &Payload<'_>) -> Result<(), Unexpected> {
        match payload {
            Payload::TypeSection(section) => {
                for group in section.clone() {
                    self.types.add(&group?)?;
                }
            }
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    let import = import?;
                    let entity = self.import(import.ty)?;
                    self.imports.push(Import {
                        module: import.module.to_string(),
                        name: import.name.to_string(),
                        entity,
                    });
                }
            }
            Payload::FunctionSection(section) => {
                for index in section.clone() {
                    self.functions.push(index?);
                }
            }
            Payload::TableSection(section) => {
                for table in section.clone() {
                    let table = table?;
                    let init = match &table.init {
                        TableInit::Expr(init) => Some(expression(init)),
                        TableInit::RefNull => None,
                    };
                    let table = self.table(&table.ty, init)?;
                    self.tables.push(table);
                }
            }
            Payload::MemorySection(section) => {
                for memory in section.clone() {
                    self.memories.push(memory_type(&memory?));
                }
            }
            Payload::GlobalSection(section) => {
                for global in section.clone() {
                    let global = global?;
                    let init = Some(expression(&global.init_expr));
                    let global = self.global(global.ty.content_type, global.ty.mutable, init)?;
                    self.globals.push(global);
                }
            }
            Payload::TagSection(section) => {
                for tag in section.clone() {
                    self.tags.push(tag?.func_type_idx);
                }
            }
            Payload::ExportSection(section) => {
                for export in section.clone() {
                    let export = export?;
                    let entity = match export.kind {
                        ExternalKind::Func | ExternalKind::FuncExact => {
                            Entity::Function(export.index)
                        }
                        ExternalKind::Table => Entity::Table(export.index),
                        ExternalKind::Memory => Entity::Memory(export.index),
                        ExternalKind::Global => Entity::Global(export.index),
                        ExternalKind::Tag => Entity::Tag(export.index),
                    };
                    self.exports.push((export.name.to_string(), entity));
                }
            }
            Payload::StartSection { func, .. } => self.start = Some(*func),
            Payload::ElementSection(section) => {
                for element in section.clone() {
                    let element = self.element_segment(element?)?;
                    self.elements.push(element);
                }
            }
            Payload::DataSection(section) => {
                for data in section.clone() {
                    let data = data?;
                    let mode = match data.kind {
                        DataKind::Passive => Mode::Passive,
                        DataKind::Active {
                            memory_index,
                            offset_expr,
                        } => Mode::Active(memory_index, expression(&offset_expr)),
                    };
                    // The bytes are the segment's last.
                    let end = data.range.end as u32;
                    self.data.push(DataSegment {
                        mode,
                        range: end - data.data.len() as u32..end,
                    });
                }
            }
            Payload::CodeSectionEntry(body) => self.bodies.push(Body {
                range: range(body.range()),
                code: Once::new(),
            }),
            _ => {}
        }
        Ok(())
    }

    fn import(&mut self, ty: TypeRef) -> Result<Entity, Unexpected> {
        Ok(match ty {
            TypeRef::Func(index) | TypeRef::FuncExact(index) => {
                self.functions.push(index);
                self.imported += 1;
                Entity::Function(self.functions.len() as u32 - 1)
            }
            TypeRef::Table(table) => {
                let table = self.table(&table, None)?;
                self.tables.push(table);
                Entity::Table(self.tables.len() as u32 - 1)
            }
            TypeRef::Memory(memory) => {
                self.memories.push(memory_type(&memory));
                Entity::Memory(self.memories.len() as u32 - 1)
            }
            TypeRef::Global(global) => {
                let global = self.global(global.content_type, global.mutable, None)?;
                self.globals.push(global);
                Entity::Global(self.globals.len() as u32 - 1)
            }
            TypeRef::Tag(tag) => {
                self.tags.push(tag.func_type_idx);
                Entity::Tag(self.tags.len() as u32 - 1)
            }
        })
    }

    fn table(
        &self,
        table: &wasmparser::TableType,
        init: Option<Expression>,
    ) -> Result<Table, Unexpected> {
        Ok(Table {
            element: self.types.hierarchy(table.element_type.heap_type())?,
            reference: self.types.in_full(ValType::Ref(table.element_type))?,
            table64: table.table64,
            minimum: table.initial,
            maximum: table.maximum,
            init,
        })
    }

    fn global(
        &self,
        content_type: ValType,
        mutable: bool,
        init: Option<Expression>,
    ) -> Result<Global, Unexpected> {
        Ok(Global {
            value_type: self.types.value_type(content_type)?,
            reference: self.types.in_full(content_type)?,
            mutable,
            public: init.is_none(),
            init,
        })
    }

    fn element_segment(
        &self,
        element: wasmparser::Element<'_>,
    ) -> Result<ElementSegment, Unexpected> {
        let mode = match element.kind {
            ElementKind::Passive => Mode::Passive,
            ElementKind::Declared => Mode::Declared,
            ElementKind::Active {
                table_index,
                offset_expr,
            } => Mode::Active(table_index.unwrap_or(0), expression(&offset_expr)),
        };
        let (element, items) = match element.items {
            ElementItems::Functions(functions) => {
                let functions = functions.into_iter().collect::<Result<_, _>>()?;
                (ValueType::FuncRef, Items::Functions(functions))
            }
            ElementItems::Expressions(reference, expressions) => {
                let expressions = expressions
                    .into_iter()
                    .map(|it| it.map(|it| expression(&it)));
                let element = self.types.hierarchy(reference.heap_type())?;
                let expressions = expressions.collect::<Result<_, _>>()?;
                (element, Items::Expressions(expressions))
            }
        };
        Ok(ElementSegment {
            mode,
            element,
            items,
        })
    }

    fn complete(&mut self) {
        for (index, (name, entity)) in self.exports.iter().enumerate() {
            self.by_name.insert(name.clone(), index);
            if let Entity::Global(global) = entity
                && let Some(global) = self.globals.get_mut(*global as usize)
            {
                global.public = true;
            }
        }
        let (mut slots, mut public) = (0, 0);
        for global in &self.globals {
            let width = Width::of(global.value_type);
            let (place, more) = if global.public {
                (&mut public, 1)
            } else {
                (&mut slots, width.slots())
            };
            self.places.push((*place, width, global.public));
            *place += more;
        }
    }

    /// Where a global is: its place among the public ones, or its first slot; how many slots it
    /// takes; whether it is a public one.
    pub(super) fn global_place(&self, index: u32) -> Result<(u32, Width, bool), Unexpected> {
        self.places.get(index as usize).copied().ok_or(Unexpected)
    }

    /// The export called `name`.
    pub(super) fn export(&self, name: &str) -> Option<Entity> {
        let &index = self.by_name.get(name)?;
        Some(self.exports.get(index)?.1)
    }

    /// The type index of a function.
    pub(super) fn type_of(&self, function: u32) -> Result<u32, Unexpected> {
        self.functions
            .get(function as usize)
            .copied()
            .ok_or(Unexpected)
    }

    /// The type of a function.
    pub(super) fn described(&self, function: u32) -> DescribedType {
        let type_index = self.functions.get(function as usize);
        let found = type_index.and_then(|&index| self.types.list.get(index as usize));
        DescribedType {
            function_type: self.function_type(type_index.copied().unwrap_or(u32::MAX)),
            info: found.map(|found| &found.interned.info),
        }
    }

    /// The parameters and results of functions of a type.
    pub(super) fn function_type(&self, type_index: u32) -> FunctionType {
        let none = FunctionType {
            params: &[],
            results: &[],
        };
        let found = self.types.list.get(type_index as usize);
        found.map_or(none, |it| it.interned.function_type())
    }

    /// The type of an import or export, as interfaces have it.
    pub(super) fn described_extern(&self, entity: Entity) -> super::loaded::ExternType {
        use super::loaded::ExternType;
        match entity {
            Entity::Function(index) => ExternType::Function(self.described(index)),
            Entity::Table(index) => {
                let table = &self.tables[index as usize];
                ExternType::Table {
                    element: table.element,
                    table64: table.table64,
                    reference: table.reference,
                }
            }
            Entity::Memory(index) => ExternType::Memory(self.memories[index as usize]),
            Entity::Global(index) => {
                let global = &self.globals[index as usize];
                ExternType::Global {
                    value_type: global.value_type,
                    mutable: global.mutable,
                    reference: global.reference,
                }
            }
            Entity::Tag(index) => {
                let type_index = self.tags[index as usize];
                let found = &self.types.list[type_index as usize];
                ExternType::Tag {
                    params: self.function_type(type_index).params,
                    info: Some(&found.interned.info),
                }
            }
        }
    }

    fn extern_type(&self, entity: Entity) -> ExternType {
        match entity {
            Entity::Function(index) => {
                let type_index = self.functions[index as usize];
                ExternType::Func(self.function_type(type_index))
            }
            Entity::Table(index) => ExternType::Table(self.tables[index as usize].element),
            Entity::Memory(index) => ExternType::Memory(self.memories[index as usize]),
            Entity::Global(index) => {
                let global = &self.globals[index as usize];
                ExternType::Global {
                    value_type: global.value_type,
                    mutable: global.mutable,
                }
            }
            Entity::Tag(index) => {
                let type_index = self.tags[index as usize];
                ExternType::Tag(self.function_type(type_index).params)
            }
        }
    }

    fn bytes(&self, range: &Range<u32>) -> &[u8] {
        let range = range.start as usize..range.end as usize;
        self.bytes.get(range).unwrap_or(&[])
    }

    /// The bytes of a data segment.
    pub(super) fn data(&self, index: u32) -> &[u8] {
        let segment = self.data.get(index as usize);
        segment.map_or(&[], |segment| self.bytes(&segment.range))
    }

    /// The body of a function that is not imported, by its place among these.
    pub(super) fn body(&self, index: u32) -> Result<FunctionBody<'_>, Unexpected> {
        let body = self.bodies.get(index as usize).ok_or(Unexpected)?;
        Ok(FunctionBody::new(self.reader(&body.range)))
    }

    /// A constant expression.
    pub(super) fn expression(&self, expression: &Expression) -> ConstExpr<'_> {
        ConstExpr::new(self.reader(&expression.0))
    }

    fn reader(&self, range: &Range<u32>) -> BinaryReader<'_> {
        BinaryReader::new_features(self.bytes(range), range.start.into(), features())
    }
}

fn memory_type(memory: &wasmparser::MemoryType) -> MemoryType {
    let mut memory_type = MemoryType::new(memory.initial, memory.maximum);
    if memory.memory64 {
        memory_type = memory_type.memory64();
    }
    if memory.page_size_log2 == Some(0) {
        memory_type = memory_type.single_bytes();
    }
    if memory.shared {
        memory_type = memory_type.shared();
    }
    memory_type
}

/// What modules may use: what the translator supports (its `features.rs`).
pub(super) fn features() -> WasmFeatures {
    WasmFeatures::FLOATS
        | WasmFeatures::GC_TYPES
        | WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::SATURATING_FLOAT_TO_INT
        | WasmFeatures::MULTI_VALUE
        | WasmFeatures::BULK_MEMORY
        | WasmFeatures::BULK_MEMORY_OPT
        | WasmFeatures::REFERENCE_TYPES
        | WasmFeatures::CALL_INDIRECT_OVERLONG
        | WasmFeatures::SIMD
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::TAIL_CALL
        | WasmFeatures::EXCEPTIONS
        | WasmFeatures::MULTI_MEMORY
        | WasmFeatures::MEMORY64
        | WasmFeatures::RELAXED_SIMD
        | WasmFeatures::FUNCTION_REFERENCES
        | WasmFeatures::GC
        | WasmFeatures::THREADS
        | WasmFeatures::WIDE_ARITHMETIC
        | WasmFeatures::CUSTOM_PAGE_SIZES
        | WasmFeatures::COMPACT_IMPORTS
        | WasmFeatures::LEGACY_EXCEPTIONS
}
