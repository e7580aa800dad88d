//! Instructions that are not control.

use wasmparser::Operator;

use super::{Last, Operand, Translator};
use crate::interpreter::access::{self, Access, access};
use crate::interpreter::control;
use crate::interpreter::error::Unexpected;
use crate::interpreter::numeric::{Comparison, Integer, Numeric, numeric};
use crate::interpreter::slot::Width;
use crate::interpreter::table;

/// The halves of a number, for the last two operands of a word.
pub(super) fn halves(number: u32) -> [u16; 2] {
    [number as u16, (number >> 16) as u16]
}

impl Translator<'_> {
    /// Translates an instruction that is reached and is not control.
    pub(super) fn instruction(&mut self, operator: &Operator<'_>) -> Result<(), Unexpected> {
        match *operator {
            Operator::Nop => {}
            Operator::Unreachable => {
                self.emit(control::unreachable, [0; 4]);
                self.unreachable();
            }
            Operator::I32Const { value } => {
                self.push_constant(i64::from(value).cast_unsigned())?;
            }
            Operator::I64Const { value } => self.push_constant(value.cast_unsigned())?,
            Operator::F32Const { value } => self.push_constant(value.bits().into())?,
            Operator::F64Const { value } => self.push_constant(value.bits())?,
            Operator::V128Const { value } => {
                let bits = u128::from_le_bytes(*value.bytes());
                let data = [bits as u64, (bits >> 64) as u64];
                self.emit_result_data(control::constant_vector, [0; 3], data, Width::Two)?;
            }
            Operator::LocalGet { local_index } => self.push_local(local_index)?,
            Operator::LocalSet { local_index } => self.local_set(local_index)?,
            Operator::LocalTee { local_index } => {
                self.local_set(local_index)?;
                self.push_local(local_index)?;
            }
            Operator::Drop => {
                self.pop()?;
            }
            Operator::Select | Operator::TypedSelect { .. } => self.select()?,
            Operator::Br { relative_depth } => self.branch(relative_depth)?,
            Operator::BrIf { relative_depth } => {
                let condition = self.condition()?;
                self.branch_if(condition, relative_depth)?;
            }
            Operator::BrTable { ref targets } => self.branch_table(targets)?,
            Operator::Return => {
                self.ret()?;
                self.unreachable();
            }
            Operator::Call { function_index } => self.call(function_index)?,
            Operator::CallIndirect {
                type_index,
                table_index,
            } => self.call_indirect(type_index, table_index)?,
            Operator::CallRef { type_index } => self.call_ref(type_index)?,
            Operator::ReturnCall { function_index } => self.return_call(function_index)?,
            Operator::ReturnCallIndirect {
                type_index,
                table_index,
            } => self.return_call_indirect(type_index, table_index)?,
            Operator::ReturnCallRef { type_index } => self.return_call_ref(type_index)?,
            Operator::Throw { tag_index } => self.throw(tag_index)?,
            Operator::ThrowRef => self.throw_ref()?,
            Operator::Rethrow { relative_depth } => self.rethrow(relative_depth)?,
            Operator::GlobalGet { global_index } => self.global_get(global_index)?,
            Operator::GlobalSet { global_index } => self.global_set(global_index)?,
            Operator::MemorySize { mem } => {
                let [c, d] = halves(mem);
                self.emit_result(access::size, [0, c, d], Width::One)?;
            }
            Operator::MemoryGrow { mem } => {
                let [delta] = self.pop_sources()?;
                let [c, d] = halves(mem);
                self.emit_result(access::grow, [delta, c, d], Width::One)?;
            }
            Operator::MemoryFill { mem } => {
                let [to, value, count] = self.pop_sources()?;
                self.emit_data(access::fill, [to, value, count, 0], [mem.into()]);
            }
            Operator::MemoryCopy { dst_mem, src_mem } => {
                let [to, from, count] = self.pop_sources()?;
                let data = u64::from(dst_mem) | u64::from(src_mem) << 32;
                self.emit_data(access::copy, [to, from, count, 0], [data]);
            }
            Operator::MemoryInit { data_index, mem } => {
                let [to, from, count] = self.pop_sources()?;
                let data = u64::from(mem) | u64::from(data_index) << 32;
                self.emit_data(access::init, [to, from, count, 0], [data]);
            }
            Operator::DataDrop { data_index } => {
                let [c, d] = halves(data_index);
                self.emit(access::drop_data, [0, 0, c, d]);
            }
            Operator::AtomicFence { .. } => self.emit(access::fence, [0; 4]),
            Operator::TableGet { table } => {
                let [index] = self.pop_sources()?;
                let element = self.module.tables.get(table as usize).ok_or(Unexpected)?;
                let width = Width::of(element.element);
                let [c, d] = halves(table);
                self.emit_result(table::get, [index, c, d], width)?;
            }
            Operator::TableSet { table } => {
                let [index, value] = self.pop_sources()?;
                let [c, d] = halves(table);
                self.emit(table::set, [index, value, c, d]);
            }
            Operator::TableSize { table } => {
                let [c, d] = halves(table);
                self.emit_result(table::size, [0, c, d], Width::One)?;
            }
            Operator::TableGrow { table } => {
                let [value, delta] = self.pop_sources()?;
                let data = [table.into()];
                self.emit_result_data(table::grow, [value, delta, 0], data, Width::One)?;
            }
            Operator::TableFill { table } => {
                let [to, value, count] = self.pop_sources()?;
                self.emit_data(table::fill, [to, value, count, 0], [table.into()]);
            }
            Operator::TableCopy {
                dst_table,
                src_table,
            } => {
                let [to, from, count] = self.pop_sources()?;
                let data = u64::from(dst_table) | u64::from(src_table) << 32;
                self.emit_data(table::copy, [to, from, count, 0], [data]);
            }
            Operator::TableInit { elem_index, table } => {
                let [to, from, count] = self.pop_sources()?;
                let data = u64::from(table) | u64::from(elem_index) << 32;
                self.emit_data(table::init, [to, from, count, 0], [data]);
            }
            Operator::ElemDrop { elem_index } => {
                let [c, d] = halves(elem_index);
                self.emit(table::drop_elements, [0, 0, c, d]);
            }
            ref operator => {
                if let Some(numeric) = numeric(operator) {
                    return self.numeric(numeric, operator);
                }
                if let Some((access, memarg, lane)) = access(operator) {
                    return self.access(access, &memarg, lane);
                }
                return self.reference(operator);
            }
        }
        Ok(())
    }

    pub(super) fn numeric(
        &mut self,
        numeric: Numeric,
        operator: &Operator<'_>,
    ) -> Result<(), Unexpected> {
        match numeric {
            Numeric::Plain(handler, operands, width) => {
                let mut slots = [0; 3];
                for slot in slots.iter_mut().take(operands).rev() {
                    *slot = self.pop_source()?;
                }
                self.emit_result(handler, slots, width)
            }
            Numeric::Integer(integer) => self.integer(integer),
            Numeric::Comparison(comparison) => self.comparison(comparison),
            Numeric::Zero(comparison) => {
                self.push_constant(0)?;
                self.comparison(comparison)
            }
            Numeric::Lane(handler, operands, width) => {
                let mut slots = [0; 3];
                for slot in slots.iter_mut().take(operands).rev() {
                    *slot = self.pop_source()?;
                }
                slots[2] = lane(operator).into();
                self.emit_result(handler, slots, width)
            }
            Numeric::Shuffle(handler) => {
                let Operator::I8x16Shuffle { lanes } = operator else {
                    return Err(Unexpected);
                };
                let places = u128::from_le_bytes(*lanes);
                let [a, b] = self.pop_sources()?;
                let data = [places as u64, (places >> 64) as u64];
                self.emit_result_data(handler, [a, b, 0], data, Width::Two)
            }
            Numeric::Wide(handler, operands) => {
                let mut slots = [0; 4];
                for slot in slots.iter_mut().take(operands).rev() {
                    *slot = self.pop_source()?;
                }
                let [a, b, c, more] = slots;
                let low = self.push(Width::One)?;
                self.push(Width::One)?;
                self.emit_data(handler, [low, a, b, c], [more.into()]);
                Ok(())
            }
        }
    }

    fn integer(&mut self, integer: &'static Integer) -> Result<(), Unexpected> {
        let (mut b, mut a) = (self.pop()?, self.pop()?);
        if integer.commutes
            && let (Operand::Constant(_), false) =
                (a.value, matches!(b.value, Operand::Constant(_)))
        {
            core::mem::swap(&mut a, &mut b);
        }
        if let Operand::Constant(value) = b.value
            && let Ok(number) = i32::try_from(value.cast_signed())
        {
            let (integer, number) = match (integer.negated, number.checked_neg()) {
                (Some(negated), Some(number)) => (negated, number),
                _ => (integer, number),
            };
            let a = self.source(a);
            let [c, d] = halves(number.cast_unsigned());
            return self.emit_result(integer.immediate, [a, c, d], Width::One);
        }
        if let Operand::Constant(value) = b.value {
            let a = self.source(a);
            return self.emit_result_data(integer.wide, [a, 0, 0], [value], Width::One);
        }
        let (a, b) = (self.source(a), self.source(b));
        self.emit_result(integer.slots, [a, b, 0], Width::One)
    }

    fn comparison(&mut self, comparison: &'static Comparison) -> Result<(), Unexpected> {
        let (mut comparison, mut b, mut a) = (comparison, self.pop()?, self.pop()?);
        if let (Operand::Constant(_), false, Some(exchanged)) = (
            a.value,
            matches!(b.value, Operand::Constant(_)),
            comparison.exchanged,
        ) {
            core::mem::swap(&mut a, &mut b);
            comparison = exchanged;
        }
        let (operands, handler, immediate) = match (b.value, &comparison.immediate) {
            (Operand::Constant(value), Some(immediate))
                if i32::try_from(value.cast_signed()).is_ok() =>
            {
                let [c, d] = halves(value as u32);
                ([self.source(a), c, d], immediate.value, true)
            }
            _ => {
                let (a, b) = (self.source(a), self.source(b));
                ([a, b, 0], comparison.slots, false)
            }
        };
        let place = self.code.place();
        self.emit_result(handler, operands, Width::One)?;
        if let Some(Last { slot, .. }) = self.last {
            self.last = Some(Last {
                place,
                slot,
                comparison: Some((comparison, immediate)),
            });
        }
        Ok(())
    }

    fn access(
        &mut self,
        access: Access,
        memarg: &wasmparser::MemArg,
        lane: u8,
    ) -> Result<(), Unexpected> {
        let index = match memarg.target {
            wasmparser::MemArgTarget::Memory(index) => index,
            wasmparser::MemArgTarget::Array(_) => return Err(Unexpected),
        };
        let memory = self.module.memories.get(index as usize).ok_or(Unexpected)?;
        let shared = usize::from(memory.is_shared());
        let ordinary =
            index == 0 && !memory.is_shared() && !memory.is_memory64() && memory.page_size() > 1;
        let offset = memarg.offset;
        let fast = u32::try_from(offset).ok().filter(|_| ordinary);
        let [c, d] = halves(fast.unwrap_or(index));
        let data = [offset, u64::from(index)];
        match access {
            Access::Load(handler, others, width) => {
                let [address] = self.pop_sources()?;
                match fast {
                    Some(_) => self.emit_result(handler, [address, c, d], width),
                    None => self.emit_result_data(others[shared], [address, c, d], [offset], width),
                }
            }
            Access::Store(handler, constant, others) => {
                let value = self.pop()?;
                if let (Operand::Constant(number), Some(_), Some(constant)) =
                    (value.value, fast, constant)
                    && let Ok(number) = i16::try_from(number.cast_signed())
                {
                    let [address] = self.pop_sources()?;
                    self.emit(constant, [address, number.cast_unsigned(), c, d]);
                    return Ok(());
                }
                let value = self.source(value);
                let [address] = self.pop_sources()?;
                match fast {
                    Some(_) => self.emit(handler, [address, value, c, d]),
                    None => self.emit_data(others[shared], [address, value, c, d], [offset]),
                }
                Ok(())
            }
            Access::LoadLane(others) => {
                let [address, vector] = self.pop_sources()?;
                let operands = [address, vector, lane.into()];
                self.emit_result_data(others[shared], operands, data, Width::Two)
            }
            Access::StoreLane(others) => {
                let [address, vector] = self.pop_sources()?;
                self.emit_data(others[shared], [address, vector, lane.into(), 0], data);
                Ok(())
            }
            Access::Atomic(others, operands, result) => {
                let mut slots = [0; 3];
                for slot in slots.iter_mut().take(operands).rev() {
                    *slot = self.pop_source()?;
                }
                match result {
                    Some(width) => self.emit_result_data(others[shared], slots, data, width),
                    None => {
                        let [a, b, c] = slots;
                        self.emit_data(others[shared], [0, a, b, c], data);
                        Ok(())
                    }
                }
            }
        }
    }

    fn select(&mut self) -> Result<(), Unexpected> {
        let condition = self.pop_source()?;
        let otherwise = self.pop_source()?;
        let entry = self.pop()?;
        let width = entry.width;
        let then = self.source(entry);
        let handler = match width {
            Width::One => control::select,
            Width::Two => control::select_two,
        };
        self.emit_result(handler, [then, otherwise, condition], width)
    }

    fn global_get(&mut self, index: u32) -> Result<(), Unexpected> {
        let (place, width, shared) = self.module.global_place(index)?;
        let [c, d] = halves(place);
        let handler = match (shared, width) {
            (true, _) => control::shared_get,
            (false, Width::One) => control::global_get,
            (false, Width::Two) => control::global_get_two,
        };
        self.emit_result(handler, [0, c, d], width)
    }

    fn global_set(&mut self, index: u32) -> Result<(), Unexpected> {
        let (place, width, shared) = self.module.global_place(index)?;
        let value = self.pop_source()?;
        let [c, d] = halves(place);
        let handler = match (shared, width) {
            (true, _) => control::shared_set,
            (false, Width::One) => control::global_set,
            (false, Width::Two) => control::global_set_two,
        };
        self.emit(handler, [value, 0, c, d]);
        Ok(())
    }
}

/// The lane in an instruction.
fn lane(operator: &Operator<'_>) -> u8 {
    match *operator {
        Operator::I8x16ExtractLaneS { lane }
        | Operator::I8x16ExtractLaneU { lane }
        | Operator::I8x16ReplaceLane { lane }
        | Operator::I16x8ExtractLaneS { lane }
        | Operator::I16x8ExtractLaneU { lane }
        | Operator::I16x8ReplaceLane { lane }
        | Operator::I32x4ExtractLane { lane }
        | Operator::I32x4ReplaceLane { lane }
        | Operator::I64x2ExtractLane { lane }
        | Operator::I64x2ReplaceLane { lane }
        | Operator::F32x4ExtractLane { lane }
        | Operator::F32x4ReplaceLane { lane }
        | Operator::F64x2ExtractLane { lane }
        | Operator::F64x2ReplaceLane { lane } => lane,
        _ => 0,
    }
}
