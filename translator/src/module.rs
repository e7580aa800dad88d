//! A validated module, as the rest of the translator reads it.

mod decode;
mod hints;
mod names;
mod types;
mod validate;

pub use decode::{decode, memory_index};
pub use types::{Definition, Storage, TypeDefinition};
pub use validate::uses_vectors;

use std::collections::HashMap;

use wasmparser::{FunctionBody, RefType};

use crate::lower::tree::Expression;

/// A value type (specification: *Syntax, Types, Value Types*).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ValueType {
    I32,
    I64,
    F32,
    F64,
    V128,
    FuncRef,
    ExternRef,
    ExnRef,
    AnyRef,
}

impl ValueType {
    /// All of them.
    pub const ALL: [ValueType; 9] = [
        ValueType::I32,
        ValueType::I64,
        ValueType::F32,
        ValueType::F64,
        ValueType::V128,
        ValueType::FuncRef,
        ValueType::ExternRef,
        ValueType::ExnRef,
        ValueType::AnyRef,
    ];

    /// Whether it is a reference.
    pub fn is_reference(self) -> bool {
        ValueType::REFERENCES.contains(&self)
    }

    /// Those that tables hold.
    pub const REFERENCES: [ValueType; 4] = [
        ValueType::FuncRef,
        ValueType::ExternRef,
        ValueType::ExnRef,
        ValueType::AnyRef,
    ];
}

/// A function type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FunctionType {
    pub params: Vec<ValueType>,
    pub results: Vec<ValueType>,
}

impl FunctionType {
    /// Whether vectors are among what it takes or gives.
    pub fn has_vectors(&self) -> bool {
        let mut types = self.params.iter().chain(&self.results);
        types.any(|&value_type| value_type == ValueType::V128)
    }
}

/// Where an import comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    pub module: String,
    pub name: String,
}

/// A function, imported or defined.
#[derive(Debug)]
pub struct Function<'a> {
    /// Its place in [`Module::types`].
    pub type_index: u32,
    /// The type index it is declared with.
    pub declared_type: u32,
    pub import: Option<Import>,
    /// Its body, if it is defined here.
    pub body: Option<FunctionBody<'a>>,
    /// A name for people, from the name section or an export.
    pub name: Option<String>,
}

/// A table.
#[derive(Debug)]
pub struct Table {
    pub element: ValueType,
    /// The type of its elements, where `element` doesn't tell all of it.
    pub reference: Option<RefType>,
    /// Whether its indices have 64 bits.
    pub table64: bool,
    pub minimum: u64,
    pub maximum: Option<u64>,
    pub import: Option<Import>,
    /// What every element starts with, if not null.
    pub init: Option<ConstExpr>,
}

/// A memory.
#[derive(Debug)]
pub struct Memory {
    pub memory_type: MemoryType,
    pub import: Option<Import>,
}

/// The type of a memory; limits are in its pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryType {
    pub minimum: u64,
    pub maximum: Option<u64>,
    /// Whether its addresses have 64 bits.
    pub memory64: bool,
    /// Whether its pages are single bytes, instead of 64 KiB (proposal *custom page sizes*).
    pub single_bytes: bool,
    /// Whether threads share it (proposal *threads*).
    pub shared: bool,
}

impl MemoryType {
    /// The type of addresses.
    pub fn address(self) -> ValueType {
        if self.memory64 {
            ValueType::I64
        } else {
            ValueType::I32
        }
    }
}

impl Table {
    /// The type of indices.
    pub fn index(&self) -> ValueType {
        if self.table64 {
            ValueType::I64
        } else {
            ValueType::I32
        }
    }
}

/// A global.
#[derive(Debug)]
pub struct Global {
    pub value_type: ValueType,
    /// Its type, where `value_type` doesn't tell all of it.
    pub reference: Option<RefType>,
    pub mutable: bool,
    pub import: Option<Import>,
    /// Its initial value, if it is defined here.
    pub init: Option<ConstExpr>,
}

impl Global {
    /// Its value, if it has the same one in every instance.
    pub fn constant(&self) -> Option<Expression> {
        match (self.mutable, &self.init) {
            (false, Some(ConstExpr(ops))) => match ops[..] {
                [ConstOp::I32Const(value)] => Some(Expression::I32(value)),
                [ConstOp::I64Const(value)] => Some(Expression::I64(value)),
                [ConstOp::F32Const(bits)] => Some(Expression::F32(bits)),
                [ConstOp::F64Const(bits)] => Some(Expression::F64(bits)),
                [ConstOp::V128Const(bits)] => Some(Expression::V128(bits)),
                [ConstOp::RefNull(value_type)] => Some(Expression::Null(value_type)),
                _ => None,
            },
            _ => None,
        }
    }
}

/// A tag: a kind of exceptions.
#[derive(Debug)]
pub struct Tag {
    /// Its place in [`Module::types`]: the parameters are what such exceptions carry.
    pub type_index: u32,
    /// The type index it is declared with.
    pub declared_type: u32,
    pub import: Option<Import>,
}

/// One instruction of a constant expression (specification: *Constant Expressions*).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ConstOp {
    I32Const(i32),
    I64Const(i64),
    /// By bits, so that NaNs stay what they are.
    F32Const(u32),
    /// By bits.
    F64Const(u64),
    /// By bits, the first lane in the lowest.
    V128Const(u128),
    RefNull(ValueType),
    RefFunc(u32),
    GlobalGet(u32),
    I32Add,
    I32Sub,
    I32Mul,
    I64Add,
    I64Sub,
    I64Mul,
    StructNew(u32),
    StructNewDefault(u32),
    ArrayNew(u32),
    ArrayNewDefault(u32),
    /// With so many elements.
    ArrayNewFixed(u32, u32),
    RefI31,
    AnyConvertExtern,
    ExternConvertAny,
}

/// A constant expression, in the order of its instructions.
#[derive(Clone, Debug, PartialEq)]
pub struct ConstExpr(pub Vec<ConstOp>);

impl ConstExpr {
    /// The address it is, if it is one constant and has no more than 32 bits.
    pub fn as_address(&self) -> Option<u32> {
        match self.0[..] {
            [ConstOp::I32Const(value)] => Some(value.cast_unsigned()),
            [ConstOp::I64Const(value)] => u32::try_from(value).ok(),
            _ => None,
        }
    }
}

/// What becomes of a segment at instantiation.
#[derive(Clone, Debug)]
pub enum SegmentMode {
    /// Written to a table or memory at an offset.
    Active { index: u32, offset: ConstExpr },
    /// Kept for `table.init` or `memory.init`.
    Passive,
    /// Nothing; it only declares that functions are referred to.
    Declared,
}

/// An element segment.
#[derive(Debug)]
pub struct ElementSegment {
    pub mode: SegmentMode,
    pub element: ValueType,
    pub items: Items,
}

/// What an element segment holds.
#[derive(Debug)]
pub enum Items {
    Functions(Vec<u32>),
    Expressions(Vec<ConstExpr>),
}

/// A data segment.
#[derive(Debug)]
pub struct DataSegment<'a> {
    pub mode: SegmentMode,
    pub data: &'a [u8],
}

/// What an export refers to, by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportKind {
    Function(u32),
    Table(u32),
    Memory(u32),
    Global(u32),
    Tag(u32),
}

/// An export.
#[derive(Debug)]
pub struct Export {
    pub name: String,
    pub kind: ExportKind,
}

/// A module that has been validated: every index in it is in range, and every body is well typed.
#[derive(Debug, Default)]
pub struct Module<'a> {
    /// The module itself.
    pub bytes: &'a [u8],
    /// The function types, each once.
    pub types: Vec<FunctionType>,
    /// For each type index of the module, its place in `types` if it is a function type.
    pub type_indices: Vec<u32>,
    /// All types, by type index.
    pub definitions: Vec<TypeDefinition>,
    /// See [`Module::has_plain_functions`].
    typed_functions: bool,
    interned: HashMap<FunctionType, u32>,
    pub functions: Vec<Function<'a>>,
    pub tables: Vec<Table>,
    pub memories: Vec<Memory>,
    pub globals: Vec<Global>,
    pub tags: Vec<Tag>,
    pub exports: Vec<Export>,
    pub start: Option<u32>,
    pub elements: Vec<ElementSegment>,
    pub data: Vec<DataSegment<'a>>,
    /// Which way branches mostly go, where the module says so.
    pub branch_hints: hints::BranchHints,
    /// What the module calls itself, in its name section.
    pub name: Option<String>,
}

impl Module<'_> {
    /// The type of a function.
    pub fn function_type(&self, function: u32) -> &FunctionType {
        &self.types[self.functions[function as usize].type_index as usize]
    }

    /// What exceptions of a tag carry.
    pub fn tag_params(&self, tag: u32) -> &[ValueType] {
        &self.types[self.tags[tag as usize].type_index as usize].params
    }

    /// How many functions are imported; they have the first indices.
    pub fn imported_functions(&self) -> u32 {
        self.functions
            .iter()
            .take_while(|function| function.import.is_some())
            .count() as u32
    }
}
