//! References and objects (specification: *Reference Instructions*, *Aggregate Instructions*).

use alloc::vec::Vec;

use wasmparser::{AbstractHeapType, HeapType, Operator, UnpackedIndex};

use super::branch::Condition;
use super::instruction::halves;
use super::{Entry, Translator};
use crate::interpreter::control;
use crate::interpreter::error::Unexpected;
use crate::interpreter::numeric::{Comparison, I32Eq, Numeric};
use crate::interpreter::object::{self, Fields, Target};
use crate::interpreter::slot::Width;
use crate::interpreter::types::Field;
use crate::value::ValueType;

const EQUAL: &Comparison = &I32Eq;

impl Translator<'_> {
    pub(super) fn reference(&mut self, operator: &Operator<'_>) -> Result<(), Unexpected> {
        match *operator {
            Operator::RefNull { hty } => match Width::of(self.module.types.hierarchy(hty)?) {
                Width::One => self.push_constant(0)?,
                Width::Two => {
                    self.emit_result_data(control::constant_vector, [0; 3], [0, 0], Width::Two)?;
                }
            },
            Operator::RefFunc { function_index } => {
                let [c, d] = halves(function_index);
                self.emit_result(control::ref_func, [0, c, d], Width::One)?;
            }
            Operator::RefIsNull => {
                let entry = self.pop()?;
                let slot = self.source(entry);
                let handler = match entry.width {
                    Width::One => control::is_null,
                    Width::Two => control::is_null_two,
                };
                self.emit_result(handler, [slot, 0, 0], Width::One)?;
            }
            Operator::RefAsNonNull => {
                let (_, slot) = self.kept_reference()?;
                let handler = match self.operands.last().map(|entry| entry.width) {
                    Some(Width::Two) => object::check_two,
                    _ => object::check,
                };
                self.emit(handler, [slot, 0, 0, 0]);
            }
            // References are equal if their numbers are.
            Operator::RefEq => self.compare(EQUAL)?,
            Operator::RefI31 => {
                let [number] = self.pop_sources()?;
                self.emit_result(object::i31, [number, 0, 0], Width::One)?;
            }
            Operator::I31GetS => {
                let [reference] = self.pop_sources()?;
                self.emit_result(object::get_s, [reference, 0, 0], Width::One)?;
            }
            Operator::I31GetU => {
                let [reference] = self.pop_sources()?;
                self.emit_result(object::get_u, [reference, 0, 0], Width::One)?;
            }
            Operator::AnyConvertExtern => {
                let [reference] = self.pop_sources()?;
                let top = self.top as u16 + 2;
                self.emit_result(object::internalize, [reference, top, 0], Width::One)?;
            }
            Operator::ExternConvertAny => {
                let [reference] = self.pop_sources()?;
                self.emit_result(object::externalize, [reference, 0, 0], Width::Two)?;
            }
            Operator::StructNew { struct_type_index } => self.struct_new(struct_type_index)?,
            Operator::StructNewDefault { struct_type_index } => {
                let size = self.struct_size(struct_type_index)?;
                let [c, d] = halves(size);
                let operands = [self.top as u16, c, d];
                let data = [struct_type_index.into()];
                self.emit_result_data(object::new_struct, operands, data, Width::One)?;
            }
            Operator::StructGet {
                struct_type_index,
                field_index,
            }
            | Operator::StructGetU {
                struct_type_index,
                field_index,
            } => self.struct_get(struct_type_index, field_index, false)?,
            Operator::StructGetS {
                struct_type_index,
                field_index,
            } => self.struct_get(struct_type_index, field_index, true)?,
            Operator::StructSet {
                struct_type_index,
                field_index,
            } => {
                let field = self.field(struct_type_index, field_index)?;
                let [object, value] = self.pop_sources()?;
                let [c, d] = halves(field.offset);
                let set = object::fields(field.storage, false).set;
                self.emit(set, [object, value, c, d]);
            }
            Operator::ArrayLen => {
                let [object] = self.pop_sources()?;
                self.emit_result(object::len, [object, 0, 0], Width::One)?;
            }
            Operator::ArrayGet { array_type_index } | Operator::ArrayGetU { array_type_index } => {
                self.array_get(array_type_index, false)?;
            }
            Operator::ArrayGetS { array_type_index } => self.array_get(array_type_index, true)?,
            Operator::ArraySet { array_type_index } => {
                let set = self.array(array_type_index)?.0.array_set;
                let [object, index, value] = self.pop_sources()?;
                self.emit(set, [object, index, value, 0]);
            }
            Operator::ArrayNew { array_type_index } => {
                let new = self.array(array_type_index)?.0.new;
                let top = self.top as u16;
                let [value, length] = self.pop_sources()?;
                let data = [array_type_index.into()];
                self.emit_result_data(new, [value, length, top], data, Width::One)?;
            }
            Operator::ArrayNewDefault { array_type_index } => {
                let new = self.array(array_type_index)?.0.new_default;
                let [length] = self.pop_sources()?;
                let data = [array_type_index.into()];
                let operands = [length, 0, self.top as u16];
                self.emit_result_data(new, operands, data, Width::One)?;
            }
            Operator::ArrayNewFixed {
                array_type_index,
                array_size,
            } => self.array_new_fixed(array_type_index, array_size)?,
            Operator::ArrayNewData {
                array_type_index,
                array_data_index,
            } => {
                let new = self.array(array_type_index)?.0.new_data;
                let [start, length] = self.pop_sources()?;
                let data = u64::from(array_type_index) | u64::from(array_data_index) << 32;
                let operands = [start, length, self.top as u16];
                self.emit_result_data(new, operands, [data], Width::One)?;
            }
            Operator::ArrayNewElem {
                array_type_index,
                array_elem_index,
            } => {
                let [new, _] = self.elements(array_elem_index)?;
                let [start, length] = self.pop_sources()?;
                let data = u64::from(array_type_index) | u64::from(array_elem_index) << 32;
                let operands = [start, length, self.top as u16];
                self.emit_result_data(new, operands, [data], Width::One)?;
            }
            Operator::ArrayFill { array_type_index } => {
                let fill = self.array(array_type_index)?.0.fill;
                let [object, start, value, length] = self.pop_sources()?;
                self.emit(fill, [object, start, value, length]);
            }
            Operator::ArrayCopy {
                array_type_index_dst,
                ..
            } => {
                let copy = self.array(array_type_index_dst)?.0.copy;
                let [to, to_start, from, from_start, length] = self.pop_sources()?;
                let operands = [to, to_start, from, from_start];
                self.emit_data(copy, operands, [length.into()]);
            }
            Operator::ArrayInitData {
                array_type_index,
                array_data_index,
            } => {
                let init = self.array(array_type_index)?.0.init_data;
                let operands = self.pop_sources::<4>()?;
                self.emit_data(init, operands, [array_data_index.into()]);
            }
            Operator::ArrayInitElem {
                array_elem_index, ..
            } => {
                let [_, init] = self.elements(array_elem_index)?;
                let operands = self.pop_sources::<4>()?;
                self.emit_data(init, operands, [array_elem_index.into()]);
            }
            Operator::RefTestNonNull { hty } => self.test(hty, false)?,
            Operator::RefTestNullable { hty } => self.test(hty, true)?,
            Operator::RefCastNonNull { hty } => self.cast(hty, false)?,
            Operator::RefCastNullable { hty } => self.cast(hty, true)?,
            Operator::BrOnNull { relative_depth } => {
                let (entry, condition) = self.popped_reference()?;
                self.branch_if(condition.not(), relative_depth)?;
                self.push_again(entry)?;
            }
            Operator::BrOnNonNull { relative_depth } => {
                let (entry, condition) = self.popped_reference()?;
                self.push_again(entry)?;
                self.branch_if(condition, relative_depth)?;
                self.pop()?;
            }
            Operator::BrOnCast {
                relative_depth,
                to_ref_type,
                ..
            } => {
                let (to, nullable) = (to_ref_type.heap_type(), to_ref_type.is_nullable());
                let condition = self.cast_condition(to, nullable)?;
                self.branch_if(condition, relative_depth)?;
            }
            Operator::BrOnCastFail {
                relative_depth,
                to_ref_type,
                ..
            } => {
                let (to, nullable) = (to_ref_type.heap_type(), to_ref_type.is_nullable());
                let condition = self.cast_condition(to, nullable)?;
                self.branch_if(condition.not(), relative_depth)?;
            }
            _ => return Err(Unexpected),
        }
        Ok(())
    }

    fn compare(&mut self, comparison: &'static Comparison) -> Result<(), Unexpected> {
        self.numeric(Numeric::Comparison(comparison), &Operator::RefEq)
    }

    /// The last operand, which stays, and a slot where it can be read.
    fn kept_reference(&mut self) -> Result<(Entry, u16), Unexpected> {
        let entry = self.pop()?;
        let slot = self.source(entry);
        let kept = self.push_again(entry)?;
        Ok((kept, slot))
    }

    /// Pushes an operand that was just taken; one that was a number is in its slot by now.
    fn push_again(&mut self, entry: Entry) -> Result<Entry, Unexpected> {
        let entry = match entry.value {
            super::Operand::Constant(_) => Entry {
                value: super::Operand::Here,
                ..entry
            },
            _ => entry,
        };
        if let super::Operand::Local(_) = entry.value {
            self.deferred.push(self.operands.len());
        }
        self.top += entry.width.slots();
        self.operands.push(entry);
        Ok(entry)
    }

    /// Takes the last operand; and the condition that it is not null.
    fn popped_reference(&mut self) -> Result<(Entry, Condition), Unexpected> {
        let entry = self.pop()?;
        let slot = self.source(entry);
        let slot = match entry.width {
            Width::One => slot,
            // The second slot says whether it is there.
            Width::Two => slot + 1,
        };
        Ok((entry, Condition::not_zero(slot)))
    }

    fn target(&self, heap_type: HeapType) -> Result<(ValueType, Target), Unexpected> {
        let target = match heap_type {
            HeapType::Concrete(UnpackedIndex::Module(index)) => Target::Type(index),
            HeapType::Abstract { ty, .. } => match ty {
                AbstractHeapType::Eq => Target::Eq,
                AbstractHeapType::I31 => Target::I31,
                AbstractHeapType::Struct => Target::Struct,
                AbstractHeapType::Array => Target::Array,
                AbstractHeapType::None
                | AbstractHeapType::NoFunc
                | AbstractHeapType::NoExtern
                | AbstractHeapType::NoExn => Target::Nothing,
                _ => Target::Anything,
            },
            _ => return Err(Unexpected),
        };
        Ok((self.module.types.hierarchy(heap_type)?, target))
    }

    fn test(&mut self, heap_type: HeapType, nullable: bool) -> Result<(), Unexpected> {
        let (hierarchy, target) = self.target(heap_type)?;
        let [reference] = self.pop_sources()?;
        let data = object::cast_data(hierarchy, target, nullable);
        self.emit_result_data(object::test, [reference, 0, 0], [data], Width::One)
    }

    fn cast(&mut self, heap_type: HeapType, nullable: bool) -> Result<(), Unexpected> {
        let (hierarchy, target) = self.target(heap_type)?;
        let (_, slot) = self.kept_reference()?;
        let data = object::cast_data(hierarchy, target, nullable);
        self.emit_data(object::cast, [slot, 0, 0, 0], [data]);
        Ok(())
    }

    /// The condition that the last operand, which stays, is of a type.
    fn cast_condition(
        &mut self,
        heap_type: HeapType,
        nullable: bool,
    ) -> Result<Condition, Unexpected> {
        let (hierarchy, target) = self.target(heap_type)?;
        let (_, slot) = self.kept_reference()?;
        // Above all operands there is always one slot more.
        let result = self.top as u16;
        let data = object::cast_data(hierarchy, target, nullable);
        self.emit_data(object::test, [result, slot, 0, 0], [data]);
        Ok(Condition::not_zero(result))
    }

    fn field(&self, type_index: u32, field: u32) -> Result<Field, Unexpected> {
        let fields = &self.module.types.get(type_index)?.fields;
        fields.get(field as usize).copied().ok_or(Unexpected)
    }

    /// The instructions on arrays of a type, and how elements are kept.
    fn array(&self, type_index: u32) -> Result<(&'static Fields, Field), Unexpected> {
        let field = self.field(type_index, 0)?;
        Ok((object::fields(field.storage, false), field))
    }

    fn elements(
        &self,
        segment: u32,
    ) -> Result<[crate::interpreter::code::Handler<crate::interpreter::code::Data<1>>; 2], Unexpected>
    {
        let segment = self.module.elements.get(segment as usize);
        Ok(object::elements(segment.ok_or(Unexpected)?.element))
    }

    fn struct_size(&self, type_index: u32) -> Result<u32, Unexpected> {
        match self.module.types.get(type_index)?.interned.info.layout {
            crate::gc::Layout::Struct { size, .. } => Ok(size),
            _ => Err(Unexpected),
        }
    }

    fn struct_get(&mut self, type_index: u32, field: u32, signed: bool) -> Result<(), Unexpected> {
        let field = self.field(type_index, field)?;
        let [object] = self.pop_sources()?;
        let [c, d] = halves(field.offset);
        let width = Width::of(field.storage.value_type());
        let get = object::fields(field.storage, signed).get;
        self.emit_result(get, [object, c, d], width)
    }

    fn array_get(&mut self, type_index: u32, signed: bool) -> Result<(), Unexpected> {
        let field = self.field(type_index, 0)?;
        let [object, index] = self.pop_sources()?;
        let width = Width::of(field.storage.value_type());
        let get = object::fields(field.storage, signed).array_get;
        self.emit_result(get, [object, index, 0], width)
    }

    /// `struct.new`: the object is made in the slot above the fields, filled, and brought to its own.
    fn struct_new(&mut self, type_index: u32) -> Result<(), Unexpected> {
        let count = self.module.types.get(type_index)?.fields.len();
        let object = self.top as u16;
        let entries = self.pop_many(count)?;
        let size = self.struct_size(type_index)?;
        let [c, d] = halves(size);
        let data = [type_index.into()];
        self.emit_data(object::new_struct, [object, object, c, d], data);
        for (place, &entry) in entries.iter().enumerate() {
            let field = self.field(type_index, place as u32)?;
            let value = self.source(entry);
            let [c, d] = halves(field.offset);
            let set = object::fields(field.storage, false).set;
            self.emit(set, [object, value, c, d]);
        }
        self.made(&entries, object)
    }

    /// Takes the last operands.
    fn pop_many(&mut self, count: usize) -> Result<Vec<Entry>, Unexpected> {
        let entries: Result<Vec<_>, _> = (0..count).map(|_| self.pop()).collect();
        entries.map(|mut entries| {
            entries.reverse();
            entries
        })
    }

    /// Puts the object in a slot in place of the operands that it was made of.
    fn made(&mut self, entries: &[Entry], object: u16) -> Result<(), Unexpected> {
        if let Some(entry) = entries.first() {
            self.top = entry.slot.into();
        }
        let result = self.push(Width::One)?;
        if result != object {
            self.emit(control::copy, [result, object, 0, 0]);
        }
        Ok(())
    }

    /// `array.new_fixed`: as `struct.new`.
    fn array_new_fixed(&mut self, type_index: u32, count: u32) -> Result<(), Unexpected> {
        let (fields, _) = self.array(type_index)?;
        let object = self.top as u16;
        let entries = self.pop_many(count as usize)?;
        // The length and the places, one after the other, in one slot more.
        let index = object.checked_add(1).ok_or(Unexpected)?;
        if u32::from(index) + 1 >= super::MAX_SLOTS {
            return Err(Unexpected);
        }
        self.emit_constant(index, count.into());
        let data = [type_index.into()];
        self.emit_data(fields.new_default, [object, index, 0, object], data);
        for (place, &entry) in entries.iter().enumerate() {
            let value = self.source(entry);
            self.emit_constant(index, place as u64);
            self.emit(fields.array_set, [object, index, value, 0]);
        }
        self.made(&entries, object)
    }
}
