//! Branches, calls and returns.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::{Entry, Kind, Operand, Translator};
use crate::interpreter::code::{Fix, Handler, Plain};
use crate::interpreter::control;
use crate::interpreter::error::Unexpected;
use crate::interpreter::numeric::{Comparison, I32Ne};
use crate::interpreter::slot::{Width, slots};
use crate::value::{FunctionType, ValueType};

/// What a branch depends on.
#[derive(Clone, Copy)]
pub(super) struct Condition {
    comparison: &'static Comparison,
    a: u16,
    /// A slot, or a number.
    b: u16,
    immediate: bool,
    /// Whether it is the opposite.
    negated: bool,
}

impl Condition {
    /// That the lower half of a slot is not zero.
    pub(super) fn not_zero(slot: u16) -> Condition {
        Condition {
            comparison: &I32Ne,
            a: slot,
            b: 0,
            immediate: true,
            negated: false,
        }
    }

    pub(super) fn not(self) -> Condition {
        Condition {
            negated: !self.negated,
            ..self
        }
    }
}

impl Translator<'_> {
    /// Takes the last operand as a condition; the comparison that it came of is taken back.
    pub(super) fn condition(&mut self) -> Result<Condition, Unexpected> {
        let entry = self.pop()?;
        if let Some(last) = self.last
            && entry.value == Operand::Here
            && last.slot == entry.slot
            && last.place >= self.barrier
            && let Some((comparison, immediate)) = last.comparison
        {
            let operands = self.code.take_last().ok_or(Unexpected)?;
            self.last = None;
            let [_, a, b, d] = operands;
            let number = u32::from(b) | u32::from(d) << 16;
            let small = i16::try_from(number.cast_signed());
            match (immediate, small) {
                (false, _) => {
                    return Ok(Condition {
                        comparison,
                        a,
                        b,
                        immediate,
                        negated: false,
                    });
                }
                (true, Ok(small)) => {
                    return Ok(Condition {
                        comparison,
                        a,
                        b: small.cast_unsigned(),
                        immediate,
                        negated: false,
                    });
                }
                (true, Err(_)) => {
                    let immediate = comparison.immediate.as_ref().ok_or(Unexpected)?;
                    self.emit(immediate.value, operands);
                }
            }
        }
        Ok(Condition::not_zero(self.source(entry)))
    }

    /// Emits a jump if the condition holds.
    pub(super) fn jump_if(&mut self, condition: Condition) -> Result<Fix, Unexpected> {
        let Condition {
            comparison,
            a,
            b,
            immediate,
            negated,
        } = condition;
        let handlers = match (&comparison.immediate, immediate) {
            (Some(immediate), true) => (immediate.jump, immediate.jump_unless),
            (None, true) => return Err(Unexpected),
            (_, false) => (comparison.jump, comparison.jump_unless),
        };
        let handler = if negated { handlers.1 } else { handlers.0 };
        self.last = None;
        Ok(self.code.jump(handler, a, b))
    }

    pub(super) fn jump_unless(&mut self, condition: Condition) -> Result<Fix, Unexpected> {
        self.jump_if(condition.not())
    }

    pub(super) fn jump(&mut self) -> Result<Fix, Unexpected> {
        self.last = None;
        Ok(self.code.jump(control::jump, 0, 0))
    }

    /// The place of the label at a depth.
    pub(super) fn label_at(&self, depth: u32) -> Result<usize, Unexpected> {
        let last = self.labels.len().checked_sub(1).ok_or(Unexpected)?;
        last.checked_sub(depth as usize).ok_or(Unexpected)
    }

    /// The types of what a branch to a label carries.
    pub(super) fn carried(&self, label: usize) -> &'static [ValueType] {
        let label = &self.labels[label];
        match label.kind {
            Kind::Loop(_) => label.params,
            _ => label.results,
        }
    }

    /// Lets a jump lead to a label, which is not the function.
    pub(super) fn lead(&mut self, fix: Fix, label: usize) {
        match self.labels[label].kind {
            Kind::Loop(place) => self.code.bind(fix, place),
            _ => self.labels[label].fixes.push(fix),
        }
    }

    /// Whether the last operands are in the slots from one on.
    fn in_place(&self, count: usize, slot: u32) -> bool {
        let first = self.operands.len() - count;
        let here = |entry: &Entry| entry.value == Operand::Here;
        count == 0 || (self.slot_of(first) == slot && self.operands[first..].iter().all(here))
    }

    /// Copies the last operands to the slots from one on, which is not above them. They stay.
    pub(super) fn move_top(&mut self, count: usize, slot: u32) -> Result<(), Unexpected> {
        let first = self.operands.len().checked_sub(count).ok_or(Unexpected)?;
        if count == 1 {
            let entry = self.operands[first];
            self.emit_copy(slot as u16, entry);
            return Ok(());
        }
        self.settle_top(count)?;
        self.copy_many(slot, self.slot_of(first), self.top - self.slot_of(first));
        Ok(())
    }

    /// Copies so many slots.
    pub(super) fn copy_many(&mut self, to: u32, from: u32, count: u32) {
        let (to, from) = (to as u16, from as u16);
        match count {
            _ if to == from => {}
            0 => {}
            1 => self.emit(control::copy, [to, from, 0, 0]),
            count => self.emit(control::copy_many, [to, from, count as u16, 0]),
        }
    }

    /// `br`
    pub(super) fn branch(&mut self, depth: u32) -> Result<(), Unexpected> {
        let label = self.label_at(depth)?;
        self.go_to(label)?;
        self.unreachable();
        Ok(())
    }

    /// Emits a branch to a label, with the last operands.
    fn go_to(&mut self, label: usize) -> Result<(), Unexpected> {
        if label == 0 {
            return self.ret();
        }
        let count = self.carried(label).len();
        self.move_top(count, self.labels[label].slot)?;
        let fix = self.jump()?;
        self.lead(fix, label);
        Ok(())
    }

    /// `br_if`, and others that branch on a condition; the operands stay.
    pub(super) fn branch_if(&mut self, condition: Condition, depth: u32) -> Result<(), Unexpected> {
        let label = self.label_at(depth)?;
        let count = self.carried(label).len();
        if count > 1 {
            self.settle_top(count)?;
        }
        if label != 0 && self.in_place(count, self.labels[label].slot) {
            let fix = self.jump_if(condition)?;
            self.lead(fix, label);
            return Ok(());
        }
        let over = self.jump_unless(condition)?;
        self.go_to(label)?;
        self.set_barrier();
        self.code.bind(over, self.code.place());
        Ok(())
    }

    /// `br_table`
    pub(super) fn branch_table(
        &mut self,
        targets: &wasmparser::BrTable<'_>,
    ) -> Result<(), Unexpected> {
        let index = self.pop_source()?;
        let mut labels = Vec::new();
        for depth in targets.targets() {
            labels.push(self.label_at(depth?)?);
        }
        labels.push(self.label_at(targets.default())?);
        // All carry as many.
        let count = self.carried(labels[0]).len();
        self.settle_top(count)?;
        let fixes: Vec<Fix> = self
            .code
            .table(control::jump_table, index, labels.len() as u32)
            .collect();
        self.last = None;
        let mut stubs = BTreeMap::new();
        for (fix, label) in fixes.into_iter().zip(labels) {
            if label != 0 && self.in_place(count, self.labels[label].slot) {
                self.lead(fix, label);
                continue;
            }
            let place = match stubs.get(&label) {
                Some(&place) => place,
                None => {
                    let place = self.code.place();
                    self.go_to(label)?;
                    stubs.insert(label, place);
                    place
                }
            };
            self.code.bind(fix, place);
        }
        self.unreachable();
        Ok(())
    }

    /// Emits a return of the last operands; they stay.
    pub(super) fn ret(&mut self) -> Result<(), Unexpected> {
        let results = self.function_type.results;
        match results {
            [] => self.emit(control::ret, [0; 4]),
            [one] if Width::of(*one) == Width::One => {
                let entry = *self.operands.last().ok_or(Unexpected)?;
                let slot = self.source(entry);
                self.emit(control::ret_one, [slot, 0, 0, 0]);
            }
            _ => {
                self.move_top(results.len(), 0)?;
                self.emit(control::ret, [0; 4]);
            }
        }
        Ok(())
    }

    /// Brings arguments to their slots; gives the first.
    pub(super) fn arguments(&mut self, params: &[ValueType]) -> Result<u16, Unexpected> {
        self.settle_top(params.len())?;
        let first = self.operands.len() - params.len();
        Ok(self.slot_of(first) as u16)
    }

    /// Takes arguments away, and pushes the results of a call.
    pub(super) fn called(&mut self, function_type: FunctionType) -> Result<(), Unexpected> {
        let FunctionType { params, results } = function_type;
        let height = self.operands.len().checked_sub(params.len());
        self.truncate(height.ok_or(Unexpected)?);
        self.push_all(results)?;
        self.last = None;
        Ok(())
    }

    /// A function by its index: its type, and its place if it is not imported.
    pub(super) fn callee(&self, function: u32) -> Result<(FunctionType, Option<u32>), Unexpected> {
        let type_index = self.module.type_of(function)?;
        let place = function.checked_sub(self.module.imported);
        Ok((self.module.function_type(type_index), place))
    }

    /// `call`
    pub(super) fn call(&mut self, function: u32) -> Result<(), Unexpected> {
        let (function_type, place) = self.callee(function)?;
        let slot = self.arguments(function_type.params)?;
        let (handler, number): (Handler<Plain>, u32) = match place {
            Some(place) => (control::call, place),
            None => (control::call_import, function),
        };
        self.emit(handler, [slot, 0, number as u16, (number >> 16) as u16]);
        self.called(function_type)
    }

    /// `return_call`
    pub(super) fn return_call(&mut self, function: u32) -> Result<(), Unexpected> {
        let (function_type, place) = self.callee(function)?;
        let slot = self.arguments(function_type.params)?;
        self.copy_many(0, slot.into(), slots(function_type.params));
        let (handler, number): (Handler<Plain>, u32) = match place {
            Some(place) => (control::return_call, place),
            None => (control::return_call_import, function),
        };
        self.emit(handler, [0, 0, number as u16, (number >> 16) as u16]);
        self.unreachable();
        Ok(())
    }

    /// What a call through a table needs to know.
    fn table_data(&self, type_index: u32, table: u32) -> Result<(u64, bool), Unexpected> {
        let tables = &self.module.tables;
        let declared = tables.get(table as usize).ok_or(Unexpected)?;
        // Its place among the tables of functions.
        let before = tables.iter().take(table as usize);
        let place = before
            .filter(|before| before.element == declared.element)
            .count();
        Ok((place as u64 | u64::from(type_index) << 32, declared.table64))
    }

    /// `call_indirect`
    pub(super) fn call_indirect(&mut self, type_index: u32, table: u32) -> Result<(), Unexpected> {
        let function_type = self.module.function_type(type_index);
        let (data, table64) = self.table_data(type_index, table)?;
        let index = self.pop_source()?;
        let slot = self.arguments(function_type.params)?;
        let operands = [slot, index, table64.into(), 0];
        self.emit_data(control::call_indirect, operands, [data]);
        self.called(function_type)
    }

    /// `return_call_indirect`
    pub(super) fn return_call_indirect(
        &mut self,
        type_index: u32,
        table: u32,
    ) -> Result<(), Unexpected> {
        let function_type = self.module.function_type(type_index);
        let (data, table64) = self.table_data(type_index, table)?;
        let index = self.pop_source()?;
        let slot = self.arguments(function_type.params)?;
        // Above the arguments.
        let kept = self.top as u16;
        let operands = [kept, index, table64.into(), 0];
        self.emit_data(control::find_indirect, operands, [data]);
        self.return_by_reference(slot, kept, function_type)
    }

    fn return_by_reference(
        &mut self,
        slot: u16,
        reference: u16,
        function_type: FunctionType,
    ) -> Result<(), Unexpected> {
        let count = slots(function_type.params);
        let operands = [slot, reference, 0, 0];
        self.emit_data(control::return_call_ref, operands, [count.into()]);
        self.unreachable();
        Ok(())
    }

    /// `call_ref`
    pub(super) fn call_ref(&mut self, type_index: u32) -> Result<(), Unexpected> {
        let function_type = self.module.function_type(type_index);
        let reference = self.pop_source()?;
        let slot = self.arguments(function_type.params)?;
        self.emit(control::call_ref, [slot, reference, 0, 0]);
        self.called(function_type)
    }

    /// `return_call_ref`
    pub(super) fn return_call_ref(&mut self, type_index: u32) -> Result<(), Unexpected> {
        let function_type = self.module.function_type(type_index);
        let reference = self.pop_source()?;
        let slot = self.arguments(function_type.params)?;
        self.return_by_reference(slot, reference, function_type)
    }
}
