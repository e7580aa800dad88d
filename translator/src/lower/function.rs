//! One function: its control structure. What single instructions do is in `instruction`.

use std::collections::BTreeSet;

use wasmparser::{BlockType, BrTable, Catch, Operator};

use super::exception::{Legacy, Pad};
use super::flatten;
use super::stack::{Operand, Reason, Stack};
use super::tree::{Body, Expression, Label, ListId, Statement, Target, TempId};
use crate::Error;
use crate::module::{FunctionType, Module, ValueType};

/// Lowers a defined function.
///
/// # Errors
/// [`Error::Internal`] for what validation should have refused.
pub fn lower(module: &Module<'_>, function: u32) -> Result<Body, Error> {
    let scan = Scan::new(module, function)?;
    let mut lowerer = Lowerer::new(module, function, scan)?;
    let body = module.functions[function as usize]
        .body
        .as_ref()
        .ok_or_else(no_body)?;
    let mut operators = body.get_operators_reader().map_err(internal)?;
    let hints = module.branch_hints.get(&function);
    while !operators.eof() {
        let (operator, offset) = operators.read_with_offset().map_err(internal)?;
        lowerer.hint = hints.and_then(|hints| hints.get(&(offset - body.range().start)).copied());
        lowerer.operator(&operator)?;
    }
    let mut body = lowerer.body;
    flatten::flatten(&mut body);
    Ok(body)
}

pub(super) fn internal(error: wasmparser::BinaryReaderError) -> Error {
    Error::Internal(format!(
        "{} (at offset {:#x})",
        error.message(),
        error.offset()
    ))
}

fn no_body() -> Error {
    Error::Internal("a function without a body".to_string())
}

/// What has to be known of a function before its first instruction is lowered.
#[derive(Debug, Default)]
struct Scan {
    /// For each block, loop and if, in order: whether something branches to it.
    targeted: Vec<bool>,
    /// For each local: whether it is ever read.
    read: Vec<bool>,
    /// Whether it calls itself in tail position.
    repeats: bool,
    /// The legacy `try` blocks, by the number of the block, whose exceptions are thrown again.
    rethrown: BTreeSet<usize>,
}

impl Scan {
    fn new(module: &Module<'_>, function: u32) -> Result<Scan, Error> {
        let mut scan = Scan::default();
        let mut open: Vec<Option<usize>> = vec![None];
        let body = module.functions[function as usize]
            .body
            .as_ref()
            .ok_or_else(no_body)?;
        let mut operators = body.get_operators_reader().map_err(internal)?;
        while !operators.eof() {
            let mut target = |depth: u32| {
                if let Some(Some(block)) = open.iter().rev().nth(depth as usize) {
                    scan.targeted[*block] = true;
                }
            };
            match operators.read().map_err(internal)? {
                Operator::Br { relative_depth }
                | Operator::BrIf { relative_depth }
                | Operator::BrOnNull { relative_depth }
                | Operator::BrOnNonNull { relative_depth }
                | Operator::BrOnCast { relative_depth, .. }
                | Operator::BrOnCastFail { relative_depth, .. } => target(relative_depth),
                Operator::BrTable { targets } => {
                    target(targets.default());
                    for depth in targets.targets() {
                        target(depth.map_err(internal)?);
                    }
                }
                ref operator @ (Operator::Block { .. }
                | Operator::Loop { .. }
                | Operator::If { .. }
                | Operator::Try { .. }
                | Operator::TryTable { .. }) => {
                    if let Operator::TryTable { try_table } = operator {
                        for catch in &try_table.catches {
                            target(catch_label(catch));
                        }
                    }
                    open.push(Some(scan.targeted.len()));
                    scan.targeted.push(false);
                }
                Operator::End | Operator::Delegate { .. } => {
                    open.pop();
                }
                Operator::Rethrow { relative_depth } => {
                    let block = open.iter().rev().nth(relative_depth as usize);
                    scan.rethrown.extend(block.copied().flatten());
                }
                Operator::ReturnCall { function_index } => {
                    scan.repeats |= function_index == function;
                }
                Operator::LocalGet { local_index } => {
                    let local = local_index as usize;
                    if scan.read.len() <= local {
                        scan.read.resize(local + 1, false);
                    }
                    scan.read[local] = true;
                }
                _ => {}
            }
        }
        Ok(scan)
    }
}

/// The label of a clause of `try_table`, as a depth outside of it.
fn catch_label(catch: &Catch) -> u32 {
    match *catch {
        Catch::One { label, .. }
        | Catch::OneRef { label, .. }
        | Catch::All { label }
        | Catch::AllRef { label } => label,
    }
}

/// An open block.
pub(super) struct Frame {
    pub kind: Kind,
    /// Where branches to it go, and the temps that carry what they bring.
    pub label: Option<Label>,
    pub branch_temps: Vec<TempId>,
    /// What its end leaves on the stack.
    pub result_types: Vec<ValueType>,
    pub result_temps: Vec<TempId>,
    /// The stack below its parameters.
    pub height: usize,
    /// The list its statements go to, and the one it stands in.
    pub list: ListId,
    pub outer: ListId,
    /// Whether the rest of it can't be reached.
    pub unreachable: bool,
}

pub(super) enum Kind {
    Function,
    Block,
    Loop,
    /// In its first arm, with the condition and the parameters for the second.
    If {
        condition: Expression,
        params: Vec<Operand>,
        hint: Option<bool>,
    },
    /// In its second arm.
    Else {
        condition: Expression,
        then: ListId,
        then_unreachable: bool,
    },
    /// With its clauses.
    TryTable {
        pad: Pad,
        catches: Vec<Catch>,
    },
    /// A `try` of the legacy proposal.
    Try {
        pad: Pad,
        legacy: Legacy,
    },
}

/// The state of lowering one function.
pub(super) struct Lowerer<'m> {
    pub module: &'m Module<'m>,
    pub body: Body,
    pub stack: Stack,
    pub list: ListId,
    function: u32,
    function_type: &'m FunctionType,
    /// The loop around all of it, where it calls itself in tail position.
    repeat: Option<Label>,
    pub frames: Vec<Frame>,
    scan: Scan,
    blocks: usize,
    /// How many blocks are open inside unreachable code.
    skipped: u32,
    /// Whether the instruction's branch is likely to be taken, if the module says so.
    hint: Option<bool>,
}

impl<'m> Lowerer<'m> {
    fn new(module: &'m Module<'m>, function: u32, scan: Scan) -> Result<Self, Error> {
        let function_type = module.function_type(function);
        let mut body = Body::default();
        body.locals.extend(&function_type.params);
        let code = module.functions[function as usize]
            .body
            .as_ref()
            .ok_or_else(no_body)?;
        for local in code.get_locals_reader().map_err(internal)? {
            let (count, value_type) = local.map_err(internal)?;
            let value_type = module.value_type(value_type)?;
            body.locals
                .extend(std::iter::repeat_n(value_type, count as usize));
        }
        let mut list = body.new_list();
        let repeat = scan.repeats.then(|| body.new_label());
        if let Some(label) = repeat {
            let inner = body.new_list();
            let repeated = Statement::Loop { label, body: inner };
            body.lists[list.0 as usize].push(repeated);
            list = inner;
        }
        for &result in &function_type.results {
            let temp = body.new_temp(result, true);
            body.return_temps.push(temp);
        }
        let frame = Frame {
            kind: Kind::Function,
            label: None,
            branch_temps: body.return_temps.clone(),
            result_types: function_type.results.clone(),
            result_temps: Vec::new(),
            height: 0,
            list,
            outer: list,
            unreachable: false,
        };
        Ok(Lowerer {
            module,
            body,
            stack: Stack::default(),
            list,
            function,
            function_type,
            repeat,
            frames: vec![frame],
            scan,
            blocks: 0,
            skipped: 0,
            hint: None,
        })
    }

    /// Whether a local is ever read.
    pub fn is_read(&self, local: u32) -> bool {
        self.scan.read.get(local as usize).copied().unwrap_or(false)
    }

    pub fn emit(&mut self, statement: Statement) {
        self.body.lists[self.list.0 as usize].push(statement);
    }

    pub fn settle(&mut self, reason: Reason) {
        self.stack.settle(reason, &mut self.body, self.list);
    }

    pub fn push(&mut self, operand: Operand) {
        self.stack.push(operand, &mut self.body, self.list);
    }

    pub fn pop(&mut self) -> Result<Operand, Error> {
        self.stack
            .pop()
            .ok_or_else(|| Error::Internal("the operand stack is empty".to_string()))
    }

    pub(super) fn frame(&mut self) -> &mut Frame {
        self.frames
            .last_mut()
            .expect("the function's own frame is open until its end")
    }

    /// What follows can't be reached.
    pub fn unreachable(&mut self) {
        let frame = self.frame();
        frame.unreachable = true;
        let height = frame.height;
        self.stack.truncate(height);
    }

    fn operator(&mut self, operator: &Operator<'_>) -> Result<(), Error> {
        if self.frames.is_empty() {
            return Ok(());
        }
        if self.frame().unreachable {
            return self.skip(operator);
        }
        match operator {
            Operator::Nop => Ok(()),
            Operator::Unreachable => {
                self.settle(Reason::Trap);
                self.emit(Statement::Unreachable);
                self.unreachable();
                Ok(())
            }
            Operator::Block { blockty } => self.block(*blockty),
            Operator::Loop { blockty } => self.start_loop(*blockty),
            Operator::If { blockty } => self.start_if(*blockty),
            Operator::Else => self.start_else(),
            Operator::TryTable { try_table } => self.start_try_table(try_table),
            Operator::Try { blockty } => self.start_try(*blockty),
            Operator::Catch { tag_index } => self.start_catch(Some(*tag_index)),
            Operator::CatchAll => self.start_catch(None),
            Operator::Delegate { relative_depth } => self.delegate(*relative_depth),
            Operator::Rethrow { relative_depth } => self.rethrow(*relative_depth),
            Operator::End => self.end(),
            Operator::Br { relative_depth } => {
                let target = self.branch(*relative_depth)?;
                self.emit(target);
                self.unreachable();
                Ok(())
            }
            Operator::BrIf { relative_depth } => self.branch_if(*relative_depth),
            Operator::BrTable { targets } => self.branch_table(targets),
            Operator::Return => {
                let depth = self.frames.len() as u32 - 1;
                let target = self.branch(depth)?;
                self.emit(target);
                self.unreachable();
                Ok(())
            }
            other => self.instruction(other),
        }
    }

    /// Passes over what can't be reached, up to the end of its block.
    fn skip(&mut self, operator: &Operator<'_>) -> Result<(), Error> {
        match operator {
            Operator::Block { .. }
            | Operator::Loop { .. }
            | Operator::If { .. }
            | Operator::Try { .. }
            | Operator::TryTable { .. } => {
                self.skipped += 1;
                self.blocks += 1;
                Ok(())
            }
            Operator::Else if self.skipped == 0 => self.start_else(),
            Operator::Catch { tag_index } if self.skipped == 0 => {
                self.start_catch(Some(*tag_index))
            }
            Operator::CatchAll if self.skipped == 0 => self.start_catch(None),
            Operator::Delegate { relative_depth } if self.skipped == 0 => {
                self.delegate(*relative_depth)
            }
            Operator::End if self.skipped == 0 => self.end(),
            Operator::End | Operator::Delegate { .. } => {
                self.skipped -= 1;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn block_type(
        &self,
        block_type: BlockType,
    ) -> Result<(Vec<ValueType>, Vec<ValueType>), Error> {
        Ok(match block_type {
            BlockType::Empty => (Vec::new(), Vec::new()),
            BlockType::Type(value_type) => (Vec::new(), vec![self.module.value_type(value_type)?]),
            BlockType::FuncType(index) => {
                let place = self.module.type_indices[index as usize];
                let FunctionType { params, results } = &self.module.types[place as usize];
                (params.clone(), results.clone())
            }
        })
    }

    /// Whether something branches to the block that begins now.
    pub(super) fn next_is_targeted(&mut self) -> bool {
        self.blocks += 1;
        self.scan.targeted[self.blocks - 1]
    }

    /// Whether the exception that the block which began last catches is thrown again.
    pub(super) fn last_is_rethrown(&self) -> bool {
        self.scan.rethrown.contains(&(self.blocks - 1))
    }

    pub(super) fn temps(&mut self, types: &[ValueType]) -> Vec<TempId> {
        types
            .iter()
            .map(|&value_type| self.body.new_temp(value_type, true))
            .collect()
    }

    /// The stack as it must be where a block begins.
    pub(super) fn settle_for_block(&mut self) {
        self.settle(Reason::All);
        self.stack.carry(&mut self.body);
    }

    pub(super) fn block(&mut self, block_type: BlockType) -> Result<(), Error> {
        let (params, result_types) = self.block_type(block_type)?;
        let outer = self.list;
        let mut frame = Frame {
            kind: Kind::Block,
            label: None,
            branch_temps: Vec::new(),
            result_temps: Vec::new(),
            height: self.stack.len() - params.len(),
            list: outer,
            outer,
            unreachable: false,
            result_types,
        };
        if self.next_is_targeted() {
            self.settle_for_block();
            frame.label = Some(self.body.new_label());
            frame.result_temps = self.temps(&frame.result_types);
            frame.branch_temps = frame.result_temps.clone();
            frame.list = self.body.new_list();
            self.list = frame.list;
        }
        self.frames.push(frame);
        Ok(())
    }

    fn start_loop(&mut self, block_type: BlockType) -> Result<(), Error> {
        let (params, result_types) = self.block_type(block_type)?;
        let targeted = self.next_is_targeted();
        let outer = self.list;
        let height = self.stack.len() - params.len();
        let mut frame = Frame {
            kind: Kind::Loop,
            label: None,
            branch_temps: Vec::new(),
            result_temps: Vec::new(),
            height,
            list: outer,
            outer,
            unreachable: false,
            result_types,
        };
        if targeted {
            self.settle_for_block();
            frame.label = Some(self.body.new_label());
            frame.branch_temps = self.temps(&params);
            let values = self.stack.pop_many(params.len());
            self.assign(&frame.branch_temps, values);
            frame.list = self.body.new_list();
            frame.result_temps = self.temps(&frame.result_types);
            self.list = frame.list;
            for (&temp, &value_type) in frame.branch_temps.iter().zip(&params) {
                self.push(Operand::temp(temp, value_type));
            }
        }
        self.frames.push(frame);
        Ok(())
    }

    fn start_if(&mut self, block_type: BlockType) -> Result<(), Error> {
        let (params, result_types) = self.block_type(block_type)?;
        let targeted = self.next_is_targeted();
        let condition = self.pop()?;
        if condition.effects.traps {
            self.settle(Reason::Trap);
        }
        self.settle_for_block();
        let height = self.stack.len() - params.len();
        let params = self.stack.above(height).to_vec();
        let result_temps = self.temps(&result_types);
        let outer = self.list;
        let list = self.body.new_list();
        let label = targeted.then(|| self.body.new_label());
        self.list = list;
        self.frames.push(Frame {
            kind: Kind::If {
                condition: condition.expression,
                params,
                hint: self.hint,
            },
            label,
            branch_temps: result_temps.clone(),
            result_types,
            result_temps,
            height,
            list,
            outer,
            unreachable: false,
        });
        self.cold_if(self.hint == Some(false));
        Ok(())
    }

    /// Says that what follows in this list is unlikely.
    fn cold_if(&mut self, unlikely: bool) {
        if unlikely {
            self.emit(Statement::Cold);
        }
    }

    fn start_else(&mut self) -> Result<(), Error> {
        self.finish_arm();
        let list = self.body.new_list();
        self.list = list;
        let frame = self.frame();
        let then = frame.list;
        let kind = std::mem::replace(&mut frame.kind, Kind::Block);
        let Kind::If {
            condition,
            params,
            hint,
        } = kind
        else {
            return Err(Error::Internal("else without if".to_string()));
        };
        frame.kind = Kind::Else {
            condition,
            then,
            then_unreachable: frame.unreachable,
        };
        frame.list = list;
        frame.unreachable = false;
        let height = frame.height;
        self.stack.truncate(height);
        for param in params {
            self.push(param);
        }
        self.cold_if(hint == Some(true));
        Ok(())
    }

    /// Brings the results of a block's straight end to where its branches bring theirs.
    pub(super) fn finish_arm(&mut self) {
        let frame = self.frame();
        if frame.unreachable {
            return;
        }
        let temps = frame.result_temps.clone();
        let values = self.stack.pop_many(temps.len());
        self.settle(Reason::Trap);
        self.assign(&temps, values);
    }

    fn end(&mut self) -> Result<(), Error> {
        if self.frames.len() == 1 {
            if !self.frame().unreachable {
                let results = self.function_type.results.len();
                let values = self.stack.pop_many(results);
                self.settle(Reason::Trap);
                self.emit(Statement::Return(expressions(values)));
            }
            self.frames.clear();
            return Ok(());
        }
        // An `if` without `else` has one that passes its parameters on.
        if let Kind::If { .. } = self.frame().kind {
            self.start_else()?;
        }
        if self.frame().result_temps.len() == self.frame().result_types.len() {
            self.finish_arm();
        }
        let frame = self.frames.pop().expect("more than one frame is open");
        self.list = frame.outer;
        let Frame {
            label,
            list,
            unreachable,
            height,
            ..
        } = frame;
        let mut reachable = !unreachable;
        match frame.kind {
            Kind::TryTable { pad, catches } => {
                self.stack.truncate(height);
                self.end_try_table(label, list, unreachable, &pad, &catches)?;
                reachable = true;
            }
            Kind::Try { pad, legacy } => {
                self.end_try(label, list, unreachable, &pad, &legacy);
                reachable = true;
            }
            Kind::Block if label.is_some() => {
                self.emit(Statement::Block { label, body: list });
                reachable = true;
            }
            Kind::Loop if label.is_some() => {
                let label = label.expect("just looked");
                if reachable {
                    // A loop is left at its end; saying so here keeps the writer simple.
                    self.body.lists[list.0 as usize].push(Statement::Branch(Target::Break(label)));
                }
                self.emit(Statement::Loop { label, body: list });
            }
            Kind::Else {
                condition,
                then,
                then_unreachable,
            } => {
                let otherwise = (!self.body.lists[list.0 as usize].is_empty()).then_some(list);
                let statement = Statement::If {
                    condition,
                    then,
                    otherwise,
                };
                if label.is_some() {
                    let body = self.body.new_list();
                    self.body.lists[body.0 as usize].push(statement);
                    self.emit(Statement::Block { label, body });
                    reachable = true;
                } else {
                    self.emit(statement);
                    reachable |= !then_unreachable;
                }
            }
            // One that nothing branches to: its statements already stand in the outer list, and
            // its results are on the stack.
            _ => {
                if !reachable {
                    self.unreachable();
                }
                return Ok(());
            }
        }
        self.stack.truncate(height);
        if reachable {
            for (&temp, &value_type) in frame.result_temps.iter().zip(&frame.result_types) {
                self.push(Operand::temp(temp, value_type));
            }
        } else {
            self.unreachable();
        }
        Ok(())
    }

    /// A call in tail position; one of the function itself goes back to its start.
    pub(super) fn return_call(&mut self, function: u32) {
        let params = self.module.function_type(function).params.len();
        match self.repeat {
            Some(label) if function == self.function => {
                let values = self.stack.pop_many(params);
                self.settle(Reason::Trap);
                let values: Vec<_> = values.into_iter().map(|value| self.named(value)).collect();
                for (local, value) in values.into_iter().enumerate() {
                    self.emit(Statement::LocalSet(local as u32, value));
                }
                for local in params as u32..self.body.locals.len() as u32 {
                    if self.is_read(local) {
                        let zero = Expression::zero(self.body.locals[local as usize]);
                        self.emit(Statement::LocalSet(local, zero));
                    }
                }
                self.emit(Statement::Branch(Target::Continue(label)));
            }
            _ => {
                let args = self.call_args(params);
                self.emit(Statement::ReturnCall { function, args });
            }
        }
        self.unreachable();
    }

    /// Gives each temp its value, all at once: a value may read a temp that is being assigned.
    pub(super) fn assign(&mut self, temps: &[TempId], values: Vec<Operand>) {
        debug_assert_eq!(temps.len(), values.len());
        let values: Vec<Expression> = if values.len() > 1 {
            values.into_iter().map(|value| self.named(value)).collect()
        } else {
            expressions(values)
        };
        for (&temp, value) in temps.iter().zip(values) {
            if !matches!(value, Expression::Temp(same) if same == temp) {
                self.emit(Statement::Temp(temp, value));
            }
        }
    }

    /// The value under a name of its own, unless it is a constant.
    fn named(&mut self, value: Operand) -> Expression {
        match value.expression {
            Expression::Temp(temp) if !self.body.temps[temp.0 as usize].hoisted => value.expression,
            Expression::I32(_)
            | Expression::I64(_)
            | Expression::F32(_)
            | Expression::F64(_)
            | Expression::V128(_)
            | Expression::Null(_) => value.expression,
            expression => {
                let temp = self.body.new_temp(value.value_type, false);
                self.emit(Statement::Temp(temp, expression));
                Expression::Temp(temp)
            }
        }
    }

    pub(super) fn target(&self, depth: u32) -> (Target, Vec<TempId>) {
        let place = self.frames.len() - 1 - depth as usize;
        let frame = &self.frames[place];
        let target = match (&frame.kind, frame.label) {
            (Kind::Loop, Some(label)) => Target::Continue(label),
            (_, Some(label)) => Target::Break(label),
            (_, None) => Target::Return,
        };
        (target, frame.branch_temps.clone())
    }

    /// Pops what the target takes and goes there.
    pub(super) fn branch(&mut self, depth: u32) -> Result<Statement, Error> {
        let (target, temps) = self.target(depth);
        let values = self.stack.pop_many(temps.len());
        self.settle(Reason::Trap);
        if target == Target::Return {
            return Ok(Statement::Return(expressions(values)));
        }
        self.assign(&temps, values);
        Ok(Statement::Branch(target))
    }

    pub(super) fn branch_if(&mut self, depth: u32) -> Result<(), Error> {
        let condition = self.pop()?;
        self.settle(Reason::Trap);
        let (_, temps) = self.target(depth);
        let height = self.stack.len() - temps.len();
        // The values are used on both ways: by the branch, and by what follows.
        self.stack
            .settle_above(height, &mut self.body, self.list, |_| true);
        let values = self.stack.above(height).to_vec();
        let outer = self.list;
        let then = self.body.new_list();
        self.list = then;
        self.cold_if(self.hint == Some(false));
        let statement = self.branch(depth)?;
        self.emit(statement);
        let otherwise = (self.hint == Some(true)).then(|| self.body.new_list());
        if let Some(otherwise) = otherwise {
            self.list = otherwise;
            self.cold_if(true);
        }
        self.list = outer;
        for value in values {
            self.push(value);
        }
        self.emit(Statement::If {
            condition: condition.expression,
            then,
            otherwise,
        });
        Ok(())
    }

    fn branch_table(&mut self, table: &BrTable<'_>) -> Result<(), Error> {
        let mut index = self.pop()?;
        let (default, temps) = self.target(table.default());
        let mut targets = Vec::with_capacity(table.len() as usize);
        for depth in table.targets() {
            targets.push(self.target(depth.map_err(internal)?).0);
        }
        if temps.is_empty() {
            self.settle(Reason::Trap);
            self.emit(Statement::Table {
                index: index.expression,
                targets,
                default,
            });
            self.unreachable();
            return Ok(());
        }
        // Targets with values are rare; each gets its own `if`.
        self.hint = None;
        self.settle(Reason::All);
        let index_temp = self.body.new_temp(ValueType::I32, false);
        index.expression = match index.expression {
            constant @ (Expression::I32(_) | Expression::Temp(_)) => constant,
            expression => {
                self.emit(Statement::Temp(index_temp, expression));
                Expression::Temp(index_temp)
            }
        };
        for (place, depth) in table.targets().enumerate() {
            let depth = depth.map_err(internal)?;
            let condition = Expression::Binary(
                super::tree::Binary::I32Eq,
                Box::new((index.expression.clone(), Expression::I32(place as i32))),
            );
            self.push(Operand::constant(condition, ValueType::I32));
            self.branch_if(depth)?;
        }
        let statement = self.branch(table.default())?;
        self.emit(statement);
        self.unreachable();
        Ok(())
    }
}

/// The expressions of operands.
pub(super) fn expressions(operands: Vec<Operand>) -> Vec<Expression> {
    operands
        .into_iter()
        .map(|operand| operand.expression)
        .collect()
}
