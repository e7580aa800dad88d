//! The lowered form of a function: statements with labels, expressions over locals.
//!
//! Bodies of blocks lie in one arena and name each other by index, so that nothing that walks,
//! builds or drops the tree recurses on the nesting of the module's blocks. Expressions are
//! bounded in depth when they are built.

pub use super::regular::{
    AtomicOp, Binary, Extract, LoadLaneOp, LoadOp, Replace, StoreLaneOp, StoreOp, Ternary, Unary,
};
use crate::module::ValueType;

/// A function body.
#[derive(Debug, Default)]
pub struct Body {
    /// The types of the locals, parameters first.
    pub locals: Vec<ValueType>,
    /// The values that statements give names to.
    pub temps: Vec<Temp>,
    /// The arena of statement lists; the first is the function's.
    pub lists: Vec<Vec<Statement>>,
    /// The temps that branches out of the function put its results into.
    pub return_temps: Vec<TempId>,
    /// How many labels there are.
    pub labels: u32,
    /// How many regions there are.
    pub regions: u32,
    /// How deep its blocks nest in the module.
    pub depth: u32,
}

/// A value with a name.
#[derive(Debug, Clone, Copy)]
pub struct Temp {
    pub value_type: ValueType,
    /// Whether it is declared at the top of the function and assigned, instead of bound by `let`
    /// where it is made.
    pub hoisted: bool,
}

/// A place in [`Body::lists`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListId(pub u32);

/// A place in [`Body::temps`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TempId(pub u32);

/// A label, unique in the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(pub u32);

/// What a load or store has besides its operands: in which memory, and how far from the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offset {
    pub memory: u32,
    pub bytes: u64,
}

/// Where a branch goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Behind the block with the label.
    Break(Label),
    /// To the start of the loop with the label.
    Continue(Label),
    /// To a segment of an enclosing region.
    Jump { region: u32, segment: u32 },
    /// Out of the function, with the results in the return temps.
    Return,
}

/// Where exceptions go: to a place in the function, or out of it.
pub type Handler = Option<Target>;

/// A statement.
#[derive(Debug)]
pub enum Statement {
    /// Gives a temp its value.
    Temp(TempId, Expression),
    LocalSet(u32, Expression),
    GlobalSet(u32, Expression),
    /// Evaluates for its traps alone.
    Evaluate(Expression),
    Store {
        op: StoreOp,
        address: Expression,
        offset: Offset,
        value: Expression,
    },
    /// Stores a lane of `value`.
    StoreLane {
        op: StoreLaneOp,
        address: Expression,
        offset: Offset,
        lane: u8,
        value: Expression,
    },
    /// The address, then the other operands.
    Atomic {
        op: AtomicOp,
        offset: Offset,
        args: Vec<Expression>,
        result: Option<TempId>,
    },
    AtomicFence,
    Call {
        function: u32,
        args: Vec<Expression>,
        results: Vec<TempId>,
        handler: Handler,
    },
    CallIndirect {
        table: u32,
        type_index: u32,
        /// The type that the function must have, where that says more than `type_index`.
        declared_type: Option<u32>,
        index: Expression,
        args: Vec<Expression>,
        results: Vec<TempId>,
        handler: Handler,
    },
    CallRef {
        type_index: u32,
        function: Expression,
        args: Vec<Expression>,
        results: Vec<TempId>,
        handler: Handler,
    },
    /// Makes or changes an object.
    Object {
        op: ObjectWrite,
        operands: Vec<Expression>,
        result: Option<TempId>,
    },
    /// Throws a new exception.
    Throw {
        tag: u32,
        args: Vec<Expression>,
        handler: Handler,
    },
    /// Throws the exception that a reference is to.
    ThrowRef {
        exception: Expression,
        handler: Handler,
    },
    /// Hands on the exception that was thrown last.
    Rethrow(Handler),
    /// Arithmetic on 128 bits in two halves.
    Wide {
        op: WideOp,
        args: Vec<Expression>,
        results: Vec<TempId>,
    },
    MemoryGrow {
        memory: u32,
        delta: Expression,
        result: TempId,
    },
    MemoryFill {
        memory: u32,
        to: Expression,
        value: Expression,
        count: Expression,
    },
    MemoryCopy {
        to_memory: u32,
        from_memory: u32,
        to: Expression,
        from: Expression,
        count: Expression,
    },
    MemoryInit {
        segment: u32,
        memory: u32,
        to: Expression,
        from: Expression,
        count: Expression,
    },
    DataDrop(u32),
    TableSet {
        table: u32,
        index: Expression,
        value: Expression,
    },
    TableGrow {
        table: u32,
        value: Expression,
        delta: Expression,
        result: TempId,
    },
    TableFill {
        table: u32,
        to: Expression,
        value: Expression,
        count: Expression,
    },
    TableCopy {
        to_table: u32,
        from_table: u32,
        to: Expression,
        from: Expression,
        count: Expression,
    },
    TableInit {
        segment: u32,
        table: u32,
        to: Expression,
        from: Expression,
        count: Expression,
    },
    ElemDrop(u32),
    /// A list that can be left by `Break`; without a label it is only a list.
    Block {
        label: Option<Label>,
        body: ListId,
    },
    /// A list that is repeated by `Continue` and otherwise left at its end.
    Loop {
        label: Label,
        body: ListId,
    },
    If {
        condition: Expression,
        then: ListId,
        otherwise: Option<ListId>,
    },
    Branch(Target),
    /// What leads here is unlikely (proposal *branch hinting*).
    Cold,
    /// By the value of `index`, to one of `targets`, else to `default`.
    Table {
        index: Expression,
        targets: Vec<Target>,
        default: Target,
    },
    Return(Vec<Expression>),
    /// Calls another function in place of this one.
    ReturnCall {
        function: u32,
        args: Vec<Expression>,
    },
    ReturnCallIndirect {
        table: u32,
        type_index: u32,
        declared_type: Option<u32>,
        index: Expression,
        args: Vec<Expression>,
    },
    ReturnCallRef {
        type_index: u32,
        function: Expression,
        args: Vec<Expression>,
    },
    Unreachable,
    /// A flattened region: segments run in order, each entered by falling into it or by a jump.
    Region(Region),
}

/// A piece of a function whose blocks were too deep to be nested in Rust.
#[derive(Debug)]
pub struct Region {
    pub id: u32,
    pub segments: Vec<ListId>,
}

/// An expression without side effects other than traps.
#[derive(Debug, Clone)]
pub enum Expression {
    I32(i32),
    I64(i64),
    /// By bits.
    F32(u32),
    /// By bits.
    F64(u64),
    /// By bits, the first lane in the lowest.
    V128(u128),
    Null(ValueType),
    Local(u32),
    Temp(TempId),
    Global(u32),
    Unary(Unary, Box<Expression>),
    Binary(Binary, Box<(Expression, Expression)>),
    Ternary(Ternary, Box<(Expression, Expression, Expression)>),
    /// A lane of a vector.
    Extract(Extract, u8, Box<Expression>),
    /// A vector, but for one lane.
    Replace(Replace, u8, Box<(Expression, Expression)>),
    /// Bytes of two vectors.
    Shuffle([u8; 16], Box<(Expression, Expression)>),
    Load {
        op: LoadOp,
        address: Box<Expression>,
        offset: Offset,
    },
    /// A vector, but for one lane, which is loaded. The address, then the vector.
    LoadLane {
        op: LoadLaneOp,
        operands: Box<(Expression, Expression)>,
        offset: Offset,
        lane: u8,
    },
    /// `condition`, then the value if it is not zero, then the value if it is.
    Select(Box<(Expression, Expression, Expression)>),
    MemorySize(u32),
    TableSize(u32),
    TableGet {
        table: u32,
        index: Box<Expression>,
    },
    RefFunc(u32),
    IsNull(Box<Expression>),
    /// Whether the exception that was thrown last has the tag.
    IsCaught(u32),
    /// A value of the exception that was thrown last.
    Thrown {
        place: u32,
        value_type: ValueType,
    },
    /// A reference to the exception that was thrown last.
    CaughtReference,
    /// What is read of an object, or of a reference itself.
    Object(ObjectRead, Vec<Expression>),
}

/// An instruction on references that changes nothing. Types are type indices.
#[derive(Debug, Clone, Copy)]
pub enum ObjectRead {
    AsNonNull,
    RefEq,
    RefTest(Cast),
    RefCast(Cast),
    I31New,
    I31Get {
        signed: bool,
    },
    ExternConvertAny,
    StructGet {
        type_index: u32,
        field: u32,
        signed: bool,
    },
    ArrayGet {
        type_index: u32,
        signed: bool,
    },
    ArrayLen,
}

/// An instruction that makes or changes an object. Types are type indices.
#[derive(Debug, Clone, Copy)]
pub enum ObjectWrite {
    AnyConvertExtern,
    StructNew(u32),
    StructNewDefault(u32),
    StructSet {
        type_index: u32,
        field: u32,
    },
    ArrayNew(u32),
    ArrayNewDefault(u32),
    ArrayNewFixed(u32),
    ArrayNewData {
        type_index: u32,
        segment: u32,
    },
    ArrayNewElem {
        type_index: u32,
        segment: u32,
    },
    ArraySet(u32),
    ArrayFill(u32),
    /// To an array of this type.
    ArrayCopy(u32),
    ArrayInitData {
        type_index: u32,
        segment: u32,
    },
    ArrayInitElem {
        type_index: u32,
        segment: u32,
    },
}

/// What a cast looks for.
#[derive(Debug, Clone, Copy)]
pub struct Cast {
    pub target: CastTarget,
    /// Whether null will do.
    pub nullable: bool,
    /// The type of reference it is about.
    pub hierarchy: ValueType,
}

/// What a reference must be to, if it is not null.
#[derive(Debug, Clone, Copy)]
pub enum CastTarget {
    Anything,
    Nothing,
    Eq,
    I31,
    Struct,
    Array,
    /// Something of this type.
    Type(u32),
}

impl Expression {
    /// What a local of a type starts with.
    pub fn zero(value_type: ValueType) -> Expression {
        match value_type {
            ValueType::I32 => Expression::I32(0),
            ValueType::I64 => Expression::I64(0),
            ValueType::F32 => Expression::F32(0),
            ValueType::F64 => Expression::F64(0),
            ValueType::V128 => Expression::V128(0),
            ValueType::FuncRef | ValueType::ExternRef | ValueType::ExnRef | ValueType::AnyRef => {
                Expression::Null(value_type)
            }
        }
    }
}

/// An instruction with two results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WideOp {
    I64Add128,
    I64Sub128,
    I64MulWideS,
    I64MulWideU,
}

/// What evaluating an expression depends on or does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effects {
    pub reads_memory: bool,
    pub reads_globals: bool,
    pub reads_tables: bool,
    pub reads_locals: bool,
    pub traps: bool,
}

impl Effects {
    /// Both together.
    pub fn union(self, other: Effects) -> Effects {
        Effects {
            reads_memory: self.reads_memory | other.reads_memory,
            reads_globals: self.reads_globals | other.reads_globals,
            reads_tables: self.reads_tables | other.reads_tables,
            reads_locals: self.reads_locals | other.reads_locals,
            traps: self.traps | other.traps,
        }
    }
}
