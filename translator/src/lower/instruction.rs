//! What single instructions do, control apart. A new one enters here and in the writer, unless it is
//! one of the regular ones.

use wasmparser::{Operator, RefType};

use super::function::{Lowerer, expressions};
use super::regular::{Regular, regular};
use super::stack::{Operand, OperandFacts, Reason};
use super::tree::{Effects, Expression, Statement, TempId, WideOp};
use crate::Error;
use crate::module::{FunctionType, ValueType};

const NO_EFFECTS: Effects = Effects {
    reads_memory: false,
    reads_globals: false,
    reads_tables: false,
    reads_locals: false,
    traps: false,
};

impl Lowerer<'_> {
    /// Lowers an instruction that is reached and is not control.
    pub(super) fn instruction(&mut self, operator: &Operator<'_>) -> Result<(), Error> {
        if let Some(regular) = regular(operator) {
            return self.regular(regular);
        }
        match *operator {
            Operator::I32Const { value } => {
                self.constant(Expression::I32(value), ValueType::I32);
            }
            Operator::I64Const { value } => {
                self.constant(Expression::I64(value), ValueType::I64);
            }
            Operator::F32Const { value } => {
                self.constant(Expression::F32(value.bits()), ValueType::F32);
            }
            Operator::F64Const { value } => {
                self.constant(Expression::F64(value.bits()), ValueType::F64);
            }
            Operator::V128Const { value } => {
                let bits = u128::from_le_bytes(*value.bytes());
                self.constant(Expression::V128(bits), ValueType::V128);
            }
            Operator::I8x16Shuffle { lanes } => {
                let ([a, b], facts) = self.parts()?;
                let shuffle = Expression::Shuffle(lanes, Box::new((a, b)));
                self.push(Operand::of(shuffle, ValueType::V128, NO_EFFECTS, facts));
            }
            Operator::RefNull { hty } => {
                let reference = RefType::new(true, hty)
                    .ok_or_else(|| Error::Internal("a heap type out of range".to_string()))?;
                let value_type = self.module.reference_type(reference)?;
                self.constant(Expression::Null(value_type), value_type);
            }
            Operator::RefFunc { function_index } => {
                let effects = Effects {
                    reads_tables: true,
                    ..NO_EFFECTS
                };
                let function = Expression::RefFunc(function_index);
                self.push(Operand::leaf(function, ValueType::FuncRef, effects));
            }
            Operator::RefIsNull => {
                let (reference, facts) = self.pop()?.split();
                let is_null = Expression::IsNull(Box::new(reference));
                self.push(Operand::of(is_null, ValueType::I32, NO_EFFECTS, [facts]));
            }
            Operator::Drop => {
                let operand = self.pop()?;
                self.discard(operand);
            }
            Operator::Select | Operator::TypedSelect { .. } => self.select()?,
            Operator::LocalGet { local_index } => {
                let value_type = self.body.locals[local_index as usize];
                self.push(Operand::local(local_index, value_type));
            }
            Operator::LocalSet { local_index } => self.local_set(local_index)?,
            Operator::LocalTee { local_index } => {
                if self.is_read(local_index) {
                    self.local_set(local_index)?;
                    let value_type = self.body.locals[local_index as usize];
                    self.push(Operand::local(local_index, value_type));
                }
            }
            Operator::GlobalGet { global_index } => self.global_get(global_index),
            Operator::GlobalSet { global_index } => {
                let value = self.pop()?;
                self.settle(Reason::Global);
                self.emit(Statement::GlobalSet(global_index, value.expression));
            }
            Operator::Call { function_index } => self.call(function_index),
            Operator::CallIndirect {
                type_index,
                table_index,
            } => {
                self.call_indirect(type_index, table_index)?;
            }
            Operator::ReturnCall { function_index } => self.return_call(function_index),
            Operator::Throw { tag_index } => self.throw(tag_index)?,
            Operator::ThrowRef => {
                let exception = self.pop()?.expression;
                self.settle(Reason::Trap);
                self.throw_ref(exception);
            }
            Operator::ReturnCallIndirect {
                type_index,
                table_index: table,
            } => {
                let declared_type = self.declared_type(type_index);
                let type_index = self.module.type_indices[type_index as usize];
                let params = self.module.types[type_index as usize].params.len();
                let (args, index) = self.indirect_args(params)?;
                self.emit(Statement::ReturnCallIndirect {
                    table,
                    type_index,
                    declared_type,
                    index,
                    args,
                });
                self.unreachable();
            }
            Operator::AtomicFence { .. } => {
                self.settle(Reason::Memory);
                self.emit(Statement::AtomicFence);
            }
            Operator::I64Add128 => self.wide(WideOp::I64Add128, 4),
            Operator::I64Sub128 => self.wide(WideOp::I64Sub128, 4),
            Operator::I64MulWideS => self.wide(WideOp::I64MulWideS, 2),
            Operator::I64MulWideU => self.wide(WideOp::I64MulWideU, 2),
            Operator::MemorySize { mem: memory } => {
                let effects = Effects {
                    reads_memory: true,
                    ..NO_EFFECTS
                };
                let size = Expression::MemorySize(memory);
                self.push(Operand::leaf(size, self.address(memory), effects));
            }
            Operator::MemoryGrow { mem: memory } => {
                let delta = self.pop()?.expression;
                self.settle(Reason::Memory);
                let result = self.result(self.address(memory));
                self.emit(Statement::MemoryGrow {
                    memory,
                    delta,
                    result,
                });
            }
            Operator::MemoryFill { mem: memory } => {
                let [to, value, count] = self.operands(Reason::Memory)?;
                self.emit(Statement::MemoryFill {
                    memory,
                    to,
                    value,
                    count,
                });
            }
            Operator::MemoryCopy {
                dst_mem: to_memory,
                src_mem: from_memory,
            } => {
                let [to, from, count] = self.operands(Reason::Memory)?;
                self.emit(Statement::MemoryCopy {
                    to_memory,
                    from_memory,
                    to,
                    from,
                    count,
                });
            }
            Operator::MemoryInit {
                data_index: segment,
                mem: memory,
            } => {
                let [to, from, count] = self.operands(Reason::Memory)?;
                self.emit(Statement::MemoryInit {
                    segment,
                    memory,
                    to,
                    from,
                    count,
                });
            }
            Operator::DataDrop { data_index } => {
                self.settle(Reason::Trap);
                self.emit(Statement::DataDrop(data_index));
            }
            Operator::TableGet { table } => {
                let (index, facts) = self.pop()?.split();
                let element = Expression::TableGet {
                    table,
                    index: Box::new(index),
                };
                let effects = Effects {
                    reads_tables: true,
                    traps: true,
                    ..NO_EFFECTS
                };
                let value_type = self.module.tables[table as usize].element;
                self.push(Operand::of(element, value_type, effects, [facts]));
            }
            Operator::TableSet { table } => {
                let [index, value] = self.operands(Reason::Table)?;
                self.emit(Statement::TableSet {
                    table,
                    index,
                    value,
                });
            }
            Operator::TableSize { table } => {
                let effects = Effects {
                    reads_tables: true,
                    ..NO_EFFECTS
                };
                let index = self.module.tables[table as usize].index();
                self.push(Operand::leaf(Expression::TableSize(table), index, effects));
            }
            Operator::TableGrow { table } => {
                let [value, delta] = self.operands(Reason::Table)?;
                let result = self.result(self.module.tables[table as usize].index());
                self.emit(Statement::TableGrow {
                    table,
                    value,
                    delta,
                    result,
                });
            }
            Operator::TableFill { table } => {
                let [to, value, count] = self.operands(Reason::Table)?;
                self.emit(Statement::TableFill {
                    table,
                    to,
                    value,
                    count,
                });
            }
            Operator::TableCopy {
                dst_table: to_table,
                src_table: from_table,
            } => {
                let [to, from, count] = self.operands(Reason::Table)?;
                self.emit(Statement::TableCopy {
                    to_table,
                    from_table,
                    to,
                    from,
                    count,
                });
            }
            Operator::TableInit {
                elem_index: segment,
                table,
            } => {
                let [to, from, count] = self.operands(Reason::Table)?;
                self.emit(Statement::TableInit {
                    segment,
                    table,
                    to,
                    from,
                    count,
                });
            }
            Operator::ElemDrop { elem_index } => {
                self.settle(Reason::Trap);
                self.emit(Statement::ElemDrop(elem_index));
            }
            ref other => {
                if !self.reference(other)? {
                    return Err(Error::Internal(format!("{other:?} got through validation")));
                }
            }
        }
        Ok(())
    }

    /// The type of a memory's addresses.
    fn address(&self, memory: u32) -> ValueType {
        self.module.memories[memory as usize].memory_type.address()
    }

    fn constant(&mut self, expression: Expression, value_type: ValueType) {
        self.push(Operand::constant(expression, value_type));
    }

    /// Pops operands for a statement that changes what `reason` says.
    fn operands<const N: usize>(&mut self, reason: Reason) -> Result<[Expression; N], Error> {
        let operands = expressions(self.stack.pop_many(N));
        self.settle(reason);
        operands
            .try_into()
            .map_err(|_| Error::Internal("the operand stack is empty".to_string()))
    }

    /// A temp that a statement about to be emitted fills, pushed as its result.
    pub(super) fn result(&mut self, value_type: ValueType) -> TempId {
        let temp = self.body.new_temp(value_type, false);
        self.push(Operand::temp(temp, value_type));
        temp
    }

    /// Pops operands of an expression.
    fn parts<const N: usize>(
        &mut self,
    ) -> Result<([Expression; N], impl Iterator<Item = OperandFacts> + use<N>), Error> {
        let (parts, facts): (Vec<_>, Vec<_>) = self
            .stack
            .pop_many(N)
            .into_iter()
            .map(Operand::split)
            .unzip();
        let parts = parts
            .try_into()
            .map_err(|_| Error::Internal("the operand stack is empty".to_string()))?;
        Ok((parts, facts.into_iter()))
    }

    fn regular(&mut self, regular: Regular) -> Result<(), Error> {
        let effects = Effects {
            reads_memory: regular.memory().is_some(),
            traps: regular.traps(),
            ..NO_EFFECTS
        };
        let operand = match regular {
            Regular::Unary(op, result) => {
                let ([a], facts) = self.parts()?;
                Operand::of(Expression::Unary(op, Box::new(a)), result, effects, facts)
            }
            Regular::Binary(op, result) => {
                let ([a, b], facts) = self.parts()?;
                let expression = Expression::Binary(op, Box::new((a, b)));
                Operand::of(expression, result, effects, facts)
            }
            Regular::Ternary(op) => {
                let ([a, b, c], facts) = self.parts()?;
                let expression = Expression::Ternary(op, Box::new((a, b, c)));
                Operand::of(expression, ValueType::V128, effects, facts)
            }
            Regular::Extract(op, result, lane) => {
                let ([vector], facts) = self.parts()?;
                let expression = Expression::Extract(op, lane, Box::new(vector));
                Operand::of(expression, result, effects, facts)
            }
            Regular::Replace(op, lane) => {
                let ([vector, value], facts) = self.parts()?;
                let expression = Expression::Replace(op, lane, Box::new((vector, value)));
                Operand::of(expression, ValueType::V128, effects, facts)
            }
            Regular::Load(op, result, offset) => {
                let ([address], facts) = self.parts()?;
                let address = Box::new(address);
                let expression = Expression::Load {
                    op,
                    address,
                    offset,
                };
                Operand::of(expression, result, effects, facts)
            }
            Regular::LoadLane(op, offset, lane) => {
                let ([address, vector], facts) = self.parts()?;
                let expression = Expression::LoadLane {
                    op,
                    operands: Box::new((address, vector)),
                    offset,
                    lane,
                };
                Operand::of(expression, ValueType::V128, effects, facts)
            }
            Regular::Store(op, offset) => {
                let [address, value] = self.operands(Reason::Memory)?;
                self.emit(Statement::Store {
                    op,
                    address,
                    offset,
                    value,
                });
                return Ok(());
            }
            Regular::StoreLane(op, offset, lane) => {
                let [address, value] = self.operands(Reason::Memory)?;
                self.emit(Statement::StoreLane {
                    op,
                    address,
                    offset,
                    lane,
                    value,
                });
                return Ok(());
            }
            Regular::Atomic(op, result, offset, operands) => {
                // Others see when it happens, so nothing that was to be read before may wait.
                let args = expressions(self.stack.pop_many(operands));
                self.settle(Reason::Memory);
                let result = result.map(|value_type| self.result(value_type));
                self.emit(Statement::Atomic {
                    op,
                    offset,
                    args,
                    result,
                });
                return Ok(());
            }
        };
        self.push(operand);
        Ok(())
    }

    /// An instruction with two results is a statement; nothing notices when it runs, unless an
    /// operand traps.
    fn wide(&mut self, op: WideOp, operands: usize) {
        let operands = self.stack.pop_many(operands);
        if operands.iter().any(|operand| operand.effects.traps) {
            self.settle(Reason::Trap);
        }
        let args = expressions(operands);
        let results = vec![self.result(ValueType::I64), self.result(ValueType::I64)];
        self.emit(Statement::Wide { op, args, results });
    }

    /// Evaluates what nobody uses, for the traps in it.
    fn discard(&mut self, operand: Operand) {
        if operand.effects.traps {
            self.settle(Reason::Trap);
            let statement = match operand.value_type {
                // What yields a reference is no load: it traps by itself.
                ValueType::FuncRef
                | ValueType::ExternRef
                | ValueType::ExnRef
                | ValueType::AnyRef => {
                    let temp = self.body.new_temp(operand.value_type, false);
                    Statement::Temp(temp, operand.expression)
                }
                _ => Statement::Evaluate(operand.expression),
            };
            self.emit(statement);
        }
    }

    fn local_set(&mut self, local: u32) -> Result<(), Error> {
        let value = self.pop()?;
        if !self.is_read(local) {
            self.discard(value);
            return Ok(());
        }
        if value.effects.traps {
            self.settle(Reason::Trap);
        }
        self.settle(Reason::Local(local));
        if !matches!(value.expression, Expression::Local(same) if same == local) {
            self.emit(Statement::LocalSet(local, value.expression));
        }
        Ok(())
    }

    fn global_get(&mut self, index: u32) {
        let global = &self.module.globals[index as usize];
        let operand = match global.constant() {
            Some(constant) => Operand::constant(constant, global.value_type),
            None => {
                let effects = Effects {
                    reads_globals: true,
                    ..NO_EFFECTS
                };
                Operand::leaf(Expression::Global(index), global.value_type, effects)
            }
        };
        self.push(operand);
    }

    fn select(&mut self) -> Result<(), Error> {
        // Both values are evaluated, whichever is taken; Rust's `if` evaluates one.
        let height = self.stack.len() - 3;
        let both = self.stack.above(height)[..2]
            .iter()
            .any(|operand| operand.effects.traps);
        let condition = self.pop()?;
        if both {
            self.settle(Reason::Trap);
        }
        let (condition, condition_facts) = condition.split();
        let (otherwise, otherwise_facts) = self.pop()?.split();
        let then = self.pop()?;
        let value_type = then.value_type;
        let (then, then_facts) = then.split();
        let expression = Expression::Select(Box::new((condition, then, otherwise)));
        let facts = [then_facts, otherwise_facts, condition_facts];
        self.push(Operand::of(expression, value_type, NO_EFFECTS, facts));
        Ok(())
    }

    fn call(&mut self, function: u32) {
        let module = self.module;
        let function_type = module.function_type(function);
        let args = self.call_args(function_type.params.len());
        let handler = self.handler();
        let results = self.call_results(function_type);
        self.emit(Statement::Call {
            function,
            args,
            results,
            handler,
        });
    }

    fn call_indirect(&mut self, type_index: u32, table: u32) -> Result<(), Error> {
        let module = self.module;
        let declared_type = self.declared_type(type_index);
        let type_index = module.type_indices[type_index as usize];
        let function_type = &module.types[type_index as usize];
        let (args, index) = self.indirect_args(function_type.params.len())?;
        let handler = self.handler();
        let results = self.call_results(function_type);
        self.emit(Statement::CallIndirect {
            table,
            type_index,
            declared_type,
            index,
            args,
            results,
            handler,
        });
        Ok(())
    }

    /// The type to look for at a call by table, unless parameters and results tell all of it.
    fn declared_type(&self, type_index: u32) -> Option<u32> {
        (!self.module.has_plain_functions()).then_some(type_index)
    }

    /// Pops arguments, and the index above them.
    pub(super) fn indirect_args(
        &mut self,
        params: usize,
    ) -> Result<(Vec<Expression>, Expression), Error> {
        let mut args = self.call_args(params + 1);
        let index = args
            .pop()
            .ok_or_else(|| Error::Internal("the operand stack is empty".to_string()))?;
        Ok((args, index))
    }

    /// Pops arguments. Those that are read through the context get names, because the context is
    /// itself an argument, borrowed for the call.
    pub(super) fn call_args(&mut self, count: usize) -> Vec<Expression> {
        let height = self.stack.len() - count;
        self.stack
            .settle_above(height, &mut self.body, self.list, |operand| {
                operand.effects.reads_globals || operand.effects.reads_tables
            });
        let args = self.stack.pop_many(count);
        self.settle(Reason::Call);
        expressions(args)
    }

    pub(super) fn call_results(&mut self, function_type: &FunctionType) -> Vec<TempId> {
        function_type
            .results
            .iter()
            .map(|&result| self.result(result))
            .collect()
    }
}
