//! A validated module, as the rest of the translator reads it.

mod decode;
mod names;
mod validate;

pub use decode::{decode, value_type as decode_value_type};
#[cfg(feature = "cli")]
pub use validate::uses_vectors;

use wasmparser::FunctionBody;

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
}

impl ValueType {
    /// All of them.
    pub const ALL: [ValueType; 7] = [
        ValueType::I32,
        ValueType::I64,
        ValueType::F32,
        ValueType::F64,
        ValueType::V128,
        ValueType::FuncRef,
        ValueType::ExternRef,
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
    pub minimum: u32,
    pub maximum: Option<u32>,
    pub import: Option<Import>,
    /// What every element starts with, if not null.
    pub init: Option<ConstExpr>,
}

/// A memory; sizes in pages of 64 KiB.
#[derive(Debug)]
pub struct Memory {
    pub minimum: u32,
    pub maximum: Option<u32>,
    pub import: Option<Import>,
}

/// A global.
#[derive(Debug)]
pub struct Global {
    pub value_type: ValueType,
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
}

/// A constant expression, in the order of its instructions.
#[derive(Clone, Debug, PartialEq)]
pub struct ConstExpr(pub Vec<ConstOp>);

impl ConstExpr {
    /// The `i32` it is, if it is just that.
    pub fn as_i32(&self) -> Option<i32> {
        match self.0[..] {
            [ConstOp::I32Const(value)] => Some(value),
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
    /// The function types, each once.
    pub types: Vec<FunctionType>,
    /// For each type index of the module, its place in `types`.
    pub type_indices: Vec<u32>,
    pub functions: Vec<Function<'a>>,
    pub tables: Vec<Table>,
    pub memories: Vec<Memory>,
    pub globals: Vec<Global>,
    pub exports: Vec<Export>,
    pub start: Option<u32>,
    pub elements: Vec<ElementSegment>,
    pub data: Vec<DataSegment<'a>>,
    /// What the module calls itself, in its name section.
    pub name: Option<String>,
}

impl Module<'_> {
    /// The type of a function.
    pub fn function_type(&self, function: u32) -> &FunctionType {
        &self.types[self.functions[function as usize].type_index as usize]
    }

    /// How many functions are imported; they have the first indices.
    pub fn imported_functions(&self) -> u32 {
        self.functions
            .iter()
            .take_while(|function| function.import.is_some())
            .count() as u32
    }
}
