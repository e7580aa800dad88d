//! From the body of a function to its code.
//!
//! Operands have slots, each its own by how many are below it. A `local.get` or a constant is not
//! carried out where it stands: the operand says which local or number it is, and whoever uses it reads
//! that. Before a local changes, and before control goes ways that meet again, operands that are that
//! local are copied to their slots.

mod branch;
mod exception;
mod instruction;
mod operand;
mod reference;

use alloc::vec::Vec;

use wasmparser::{BlockType, Operator};

use super::code::{Builder, Catch, Code, Fix, List};
use super::control;
use super::error::Unexpected;
use super::module::{Expression, Inner};
use super::slot::{Width, slots};
use crate::value::{FunctionType, ValueType};

/// Slots are named by 16 bits.
const MAX_SLOTS: u32 = 1 << 16;

/// An operand.
#[derive(Clone, Copy, Debug)]
struct Entry {
    value: Operand,
    width: Width,
    /// Its own slot.
    slot: u16,
}

/// Where an operand's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operand {
    /// In its own slot.
    Here,
    /// In the slot of a local.
    Local(u16),
    /// It is this number.
    Constant(u64),
}

/// A block that is open.
struct Label {
    kind: Kind,
    /// How many operands there were below its parameters.
    height: usize,
    /// The slot that its results begin at, and its parameters.
    slot: u32,
    params: &'static [ValueType],
    results: &'static [ValueType],
    /// The branches to it, unless it is a loop.
    fixes: Vec<Fix>,
}

enum Kind {
    Function,
    Block,
    /// It begins here.
    Loop(u32),
    /// With the branch that is taken if the condition is zero.
    If(Fix),
    Else,
    /// A body whose exceptions are caught: where it begins, and what is caught.
    TryTable(u32, Vec<wasmparser::Catch>),
    /// The same of the legacy kind, in the body.
    Try(u32),
    /// In one of its clauses; where the body began and ended.
    Catching(u32, u32),
}

/// The instruction that came last.
#[derive(Clone, Copy)]
struct Last {
    place: u32,
    /// The slot of its result.
    slot: u16,
    comparison: Option<(&'static super::numeric::Comparison, bool)>,
}

/// The translation of one function.
struct Translator<'m> {
    module: &'m Inner,
    function_type: FunctionType,
    code: Builder,
    /// The slot and the width of each local.
    locals: Vec<(u16, Width)>,
    operands: Vec<Entry>,
    /// The operands that are locals, by their places, a few.
    deferred: Vec<usize>,
    /// The slot of the next operand.
    top: u32,
    labels: Vec<Label>,
    /// While nothing can be reached: how many blocks were opened meanwhile.
    skipped: Option<u32>,
    last: Option<Last>,
    /// Instructions before this place are left as they are: others may lead here.
    barrier: u32,
    /// Whether the function rethrows (of the legacy kind); `None` if nobody has looked.
    rethrows: Option<bool>,
    body: u32,
}

/// The code of a function that is not imported.
///
/// # Errors
/// When it takes more slots than there are names for; or validation has let something through.
pub(super) fn translate(module: &Inner, body: u32) -> Result<Code, Unexpected> {
    let type_index = module.type_of(module.imported + body)?;
    let function_type = module.function_type(type_index);
    let mut translator = Translator::new(module, function_type, body);
    translator.function()?;
    let has_regions = translator.code.has_regions();
    let code = translator.code.finish().ok_or(Unexpected)?;
    if has_regions {
        module
            .catches
            .store(true, core::sync::atomic::Ordering::Relaxed);
    }
    Ok(code)
}

/// The code of a constant expression.
///
/// # Errors
/// As [`translate`].
pub(super) fn expression(
    module: &Inner,
    expression: &Expression,
    value_type: ValueType,
) -> Result<Code, Unexpected> {
    let function_type = FunctionType {
        params: &[],
        results: value_type.as_slice(),
    };
    let mut translator = Translator::new(module, function_type, u32::MAX);
    translator.open_function();
    for operator in module.expression(expression).get_operators_reader() {
        translator.operator(&operator?)?;
    }
    translator.code.finish().ok_or(Unexpected)
}

impl<'m> Translator<'m> {
    fn new(module: &'m Inner, function_type: FunctionType, body: u32) -> Translator<'m> {
        Translator {
            module,
            function_type,
            code: Builder::new(),
            locals: Vec::new(),
            operands: Vec::new(),
            deferred: Vec::new(),
            top: 0,
            labels: Vec::new(),
            skipped: None,
            last: None,
            barrier: 0,
            rethrows: None,
            body,
        }
    }
}

impl Translator<'_> {
    fn function(&mut self) -> Result<(), Unexpected> {
        let body = self.module.body(self.body)?;
        let FunctionType { params, results } = self.function_type;
        for &param in params {
            self.local(param)?;
        }
        let first = self.top;
        for locals in body.get_locals_reader()? {
            let (count, value_type) = locals?;
            let value_type = self.module.types.value_type(value_type)?;
            for _ in 0..count {
                self.local(value_type)?;
            }
        }
        // Results are where the parameters were.
        if slots(results) >= MAX_SLOTS {
            return Err(Unexpected);
        }
        if first < self.top {
            self.emit(control::zero, [first as u16, self.top as u16, 0, 0]);
        }
        self.open_function();
        let mut reader = body.get_operators_reader()?;
        while !reader.eof() {
            let operator = reader.read()?;
            self.operator(&operator)?;
        }
        if self.labels.is_empty() {
            Ok(())
        } else {
            Err(Unexpected)
        }
    }

    fn open_function(&mut self) {
        self.labels.push(Label {
            kind: Kind::Function,
            height: 0,
            slot: self.top,
            params: self.function_type.params,
            results: self.function_type.results,
            fixes: Vec::new(),
        });
    }

    fn local(&mut self, value_type: ValueType) -> Result<(), Unexpected> {
        let width = Width::of(value_type);
        self.locals.push((self.top as u16, width));
        self.top += width.slots();
        if self.top >= MAX_SLOTS {
            return Err(Unexpected);
        }
        Ok(())
    }

    fn operator(&mut self, operator: &Operator<'_>) -> Result<(), Unexpected> {
        if let Some(depth) = self.skipped {
            match operator {
                Operator::Block { .. }
                | Operator::Loop { .. }
                | Operator::If { .. }
                | Operator::TryTable { .. }
                | Operator::Try { .. } => self.skipped = Some(depth + 1),
                Operator::End | Operator::Delegate { .. } if depth > 0 => {
                    self.skipped = Some(depth - 1);
                }
                Operator::Else
                | Operator::End
                | Operator::Delegate { .. }
                | Operator::Catch { .. }
                | Operator::CatchAll
                    if depth == 0 =>
                {
                    return self.control(operator).map(drop);
                }
                _ => {}
            }
            return Ok(());
        }
        if self.control(operator)? {
            return Ok(());
        }
        self.instruction(operator)
    }

    /// Carries out what opens, divides and closes blocks; gives `false` for any other instruction.
    fn control(&mut self, operator: &Operator<'_>) -> Result<bool, Unexpected> {
        match operator {
            Operator::Block { blockty } => self.open(*blockty, |_| Kind::Block)?,
            Operator::Loop { blockty } => {
                self.open(*blockty, Kind::Loop)?;
            }
            Operator::If { blockty } => {
                let condition = self.condition()?;
                self.settle_for(*blockty)?;
                let fix = self.jump_unless(condition)?;
                self.open(*blockty, |_| Kind::If(fix))?;
            }
            Operator::Else => self.start_else()?,
            Operator::End => self.end()?,
            Operator::TryTable { try_table } => self.open(try_table.ty, |place| {
                Kind::TryTable(place, try_table.catches.clone())
            })?,
            Operator::Try { blockty } => self.open(*blockty, Kind::Try)?,
            Operator::Catch { tag_index } => self.start_catch(Some(*tag_index))?,
            Operator::CatchAll => self.start_catch(None)?,
            Operator::Delegate { relative_depth } => self.delegate(*relative_depth)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn block_type(&self, block_type: BlockType) -> Result<FunctionType, Unexpected> {
        Ok(match block_type {
            BlockType::Empty => FunctionType {
                params: &[],
                results: &[],
            },
            BlockType::Type(value_type) => FunctionType {
                params: &[],
                results: self.module.types.value_type(value_type)?.as_slice(),
            },
            BlockType::FuncType(index) => self.module.function_type(index),
        })
    }

    /// Copies to their slots what has to be there before a block.
    fn settle_for(&mut self, block_type: BlockType) -> Result<(), Unexpected> {
        let params = self.block_type(block_type)?.params.len();
        self.settle_locals();
        self.settle_top(params)
    }

    fn open(
        &mut self,
        block_type: BlockType,
        kind: impl FnOnce(u32) -> Kind,
    ) -> Result<(), Unexpected> {
        self.settle_for(block_type)?;
        let FunctionType { params, results } = self.block_type(block_type)?;
        let height = self
            .operands
            .len()
            .checked_sub(params.len())
            .ok_or(Unexpected)?;
        self.set_barrier();
        self.labels.push(Label {
            kind: kind(self.code.place()),
            height,
            slot: self.slot_of(height),
            params,
            results,
            fixes: Vec::new(),
        });
        Ok(())
    }

    /// The slot of the operand at a place, or of the next one.
    fn slot_of(&self, place: usize) -> u32 {
        self.operands
            .get(place)
            .map_or(self.top, |entry| entry.slot.into())
    }

    /// Others may lead here.
    fn set_barrier(&mut self) {
        self.barrier = self.code.place();
        self.last = None;
    }

    fn label(&mut self) -> Result<&mut Label, Unexpected> {
        self.labels.last_mut().ok_or(Unexpected)
    }

    /// Takes all operands away above a place.
    fn truncate(&mut self, height: usize) {
        self.top = self.slot_of(height);
        self.operands.truncate(height);
        while self.deferred.last().is_some_and(|&place| place >= height) {
            self.deferred.pop();
        }
    }

    /// Pushes operands of such types, which are in their slots.
    fn push_all(&mut self, types: &[ValueType]) -> Result<(), Unexpected> {
        for &value_type in types {
            self.push(Width::of(value_type))?;
        }
        Ok(())
    }

    /// Moves the results of a block, which is falling through, to their slots.
    fn finish_body(&mut self) -> Result<(), Unexpected> {
        if self.skipped.is_some() {
            return Ok(());
        }
        let label = self.label()?;
        let (slot, count) = (label.slot, label.results.len());
        self.move_top(count, slot)
    }

    fn start_else(&mut self) -> Result<(), Unexpected> {
        self.finish_body()?;
        if self.skipped.is_none() {
            let fix = self.jump()?;
            self.label()?.fixes.push(fix);
        }
        self.skipped = None;
        self.set_barrier();
        let place = self.code.place();
        let label = self.label()?;
        let Kind::If(fix) = core::mem::replace(&mut label.kind, Kind::Else) else {
            return Err(Unexpected);
        };
        let (height, params) = (label.height, label.params);
        self.code.bind(fix, place);
        self.truncate(height);
        self.push_all(params)
    }

    fn end(&mut self) -> Result<(), Unexpected> {
        if matches!(self.label()?.kind, Kind::Function) {
            if self.skipped.is_none() {
                self.ret()?;
            }
            self.labels.pop();
            self.skipped = Some(0);
            return Ok(());
        }
        self.finish_body()?;
        let reachable = self.skipped.is_none();
        self.skipped = None;
        let mut label = self.labels.pop().ok_or(Unexpected)?;
        match label.kind {
            // Without an `else`, the results are the parameters, which are in place.
            Kind::If(fix) => label.fixes.push(fix),
            Kind::TryTable(start, ref catches) if !catches.is_empty() => {
                let catches = catches.clone();
                self.end_try_table(start, &catches, &mut label, reachable)?;
            }
            // A `try` without clauses catches nothing.
            _ => {}
        }
        self.close(label)
    }

    /// Behind a block: its branches lead here, and its results are there.
    fn close(&mut self, label: Label) -> Result<(), Unexpected> {
        self.set_barrier();
        let place = self.code.place();
        for fix in label.fixes {
            self.code.bind(fix, place);
        }
        self.truncate(label.height);
        self.push_all(label.results)
    }

    /// From here to the end of the block nothing is reached.
    fn unreachable(&mut self) {
        self.skipped = Some(0);
        self.last = None;
    }
}

/// Something that is caught, without where it goes on.
fn catch(tag: Option<u32>, values: Option<u16>, reference: Option<u16>) -> Catch {
    Catch {
        tag,
        values,
        reference,
        target: 0,
    }
}

/// The list of so many catches from a place on.
fn list(first: u32, count: usize) -> List {
    List::Catches(first, count as u32)
}
