//! Typed references, structures, arrays, casts (specification: *Instructions, Reference
//! Instructions*, *Aggregate Instructions*).

use wasmparser::{AbstractHeapType, HeapType, Operator, RefType, UnpackedIndex};

use super::function::Lowerer;
use super::stack::{Operand, Reason};
use super::tree::{
    Cast, CastTarget, Effects, Expression, ObjectRead, ObjectWrite, Statement, Unary,
};
use crate::Error;
use crate::module::{Definition, Storage, ValueType};

/// Reads the object that an operand refers to, by way of the context.
const READS_OBJECT: Effects = Effects {
    reads_memory: true,
    reads_globals: false,
    reads_tables: true,
    reads_locals: false,
    traps: true,
};

const TRAPS: Effects = Effects {
    reads_memory: false,
    reads_globals: false,
    reads_tables: false,
    reads_locals: false,
    traps: true,
};

/// Uses the context, and nothing that changes.
const USES_CONTEXT: Effects = Effects {
    reads_memory: false,
    reads_globals: false,
    reads_tables: true,
    reads_locals: false,
    traps: false,
};

impl Lowerer<'_> {
    /// Lowers an instruction on references; gives `false` for any other.
    pub(super) fn reference(&mut self, operator: &Operator<'_>) -> Result<bool, Error> {
        use ObjectRead::*;
        use ObjectWrite::*;
        let any = ValueType::AnyRef;
        match *operator {
            Operator::RefAsNonNull => {
                let reference = self.pop()?;
                let (value_type, (reference, facts)) = (reference.value_type, reference.split());
                let expression = Expression::Object(AsNonNull, vec![reference]);
                self.push(Operand::of(expression, value_type, TRAPS, [facts]));
            }
            Operator::RefEq => self.read(RefEq, 2, ValueType::I32, Effects::default())?,
            Operator::RefI31 => self.read(I31New, 1, any, Effects::default())?,
            Operator::I31GetS => self.read(I31Get { signed: true }, 1, ValueType::I32, TRAPS)?,
            Operator::I31GetU => self.read(I31Get { signed: false }, 1, ValueType::I32, TRAPS)?,
            Operator::ExternConvertAny => {
                self.read(ExternConvertAny, 1, ValueType::ExternRef, USES_CONTEXT)?;
            }
            Operator::AnyConvertExtern => self.write(AnyConvertExtern, 1, Some(any))?,
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
                struct_type_index: type_index,
                field_index: field,
            } => self.write(StructSet { type_index, field }, 2, None)?,
            Operator::StructNew { struct_type_index } => {
                let fields = match &self.module.definitions[struct_type_index as usize].kind {
                    Definition::Struct(fields) => fields.len(),
                    _ => return Err(Error::Internal("a structure that is none".to_string())),
                };
                self.write(StructNew(struct_type_index), fields, Some(any))?;
            }
            Operator::StructNewDefault { struct_type_index } => {
                self.write(StructNewDefault(struct_type_index), 0, Some(any))?;
            }
            Operator::ArrayGet { array_type_index } | Operator::ArrayGetU { array_type_index } => {
                self.array_get(array_type_index, false)?;
            }
            Operator::ArrayGetS { array_type_index } => self.array_get(array_type_index, true)?,
            Operator::ArrayLen => self.read(ArrayLen, 1, ValueType::I32, READS_OBJECT)?,
            Operator::ArraySet { array_type_index } => {
                self.write(ArraySet(array_type_index), 3, None)?;
            }
            Operator::ArrayNew { array_type_index } => {
                self.write(ArrayNew(array_type_index), 2, Some(any))?;
            }
            Operator::ArrayNewDefault { array_type_index } => {
                self.write(ArrayNewDefault(array_type_index), 1, Some(any))?;
            }
            Operator::ArrayNewFixed {
                array_type_index,
                array_size,
            } => self.write(
                ArrayNewFixed(array_type_index),
                array_size as usize,
                Some(any),
            )?,
            Operator::ArrayNewData {
                array_type_index: type_index,
                array_data_index: segment,
            } => self.write(
                ArrayNewData {
                    type_index,
                    segment,
                },
                2,
                Some(any),
            )?,
            Operator::ArrayNewElem {
                array_type_index: type_index,
                array_elem_index: segment,
            } => self.write(
                ArrayNewElem {
                    type_index,
                    segment,
                },
                2,
                Some(any),
            )?,
            Operator::ArrayFill { array_type_index } => {
                self.write(ArrayFill(array_type_index), 4, None)?;
            }
            Operator::ArrayCopy {
                array_type_index_dst: to,
                ..
            } => self.write(ArrayCopy(to), 5, None)?,
            Operator::ArrayInitData {
                array_type_index: type_index,
                array_data_index: segment,
            } => self.write(
                ArrayInitData {
                    type_index,
                    segment,
                },
                4,
                None,
            )?,
            Operator::ArrayInitElem {
                array_type_index: type_index,
                array_elem_index: segment,
            } => self.write(
                ArrayInitElem {
                    type_index,
                    segment,
                },
                4,
                None,
            )?,
            Operator::RefTestNonNull { hty } => self.test(hty, false)?,
            Operator::RefTestNullable { hty } => self.test(hty, true)?,
            Operator::RefCastNonNull { hty } => self.cast(hty, false)?,
            Operator::RefCastNullable { hty } => self.cast(hty, true)?,
            Operator::BrOnNull { relative_depth } => {
                let reference = self.named_reference()?;
                let is_null = Expression::IsNull(Box::new(reference.expression.clone()));
                self.push(Operand::constant(is_null, ValueType::I32));
                self.branch_if(relative_depth)?;
                self.push(reference);
            }
            Operator::BrOnNonNull { relative_depth } => {
                let reference = self.named_reference()?;
                let is_null = Expression::IsNull(Box::new(reference.expression.clone()));
                self.push(reference);
                self.push(Operand::constant(not(is_null), ValueType::I32));
                self.branch_if(relative_depth)?;
                self.pop()?;
            }
            Operator::BrOnCast {
                relative_depth,
                to_ref_type,
                ..
            } => self.branch_on_cast(relative_depth, to_ref_type, true)?,
            Operator::BrOnCastFail {
                relative_depth,
                to_ref_type,
                ..
            } => self.branch_on_cast(relative_depth, to_ref_type, false)?,
            Operator::CallRef { type_index } => self.call_ref(type_index)?,
            Operator::ReturnCallRef { type_index } => {
                let type_index = self.module.type_indices[type_index as usize];
                let params = self.module.types[type_index as usize].params.len();
                let (args, function) = self.indirect_args(params)?;
                self.emit(Statement::ReturnCallRef {
                    type_index,
                    function,
                    args,
                });
                self.unreachable();
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Pushes what reads so many operands.
    fn read(
        &mut self,
        op: ObjectRead,
        operands: usize,
        result: ValueType,
        effects: Effects,
    ) -> Result<(), Error> {
        let operands = self.stack.pop_many(operands);
        let (expressions, facts): (Vec<_>, Vec<_>) =
            operands.into_iter().map(Operand::split).unzip();
        let expression = Expression::Object(op, expressions);
        self.push(Operand::of(expression, result, effects, facts));
        Ok(())
    }

    /// Emits what makes or changes an object.
    fn write(
        &mut self,
        op: ObjectWrite,
        operands: usize,
        result: Option<ValueType>,
    ) -> Result<(), Error> {
        let operands = self.stack.pop_many(operands);
        let operands = operands.into_iter().map(|operand| operand.expression);
        let operands = operands.collect();
        self.settle(Reason::Memory);
        let result = result.map(|value_type| self.result(value_type));
        self.emit(Statement::Object {
            op,
            operands,
            result,
        });
        Ok(())
    }

    fn struct_get(&mut self, type_index: u32, field: u32, signed: bool) -> Result<(), Error> {
        let Definition::Struct(fields) = &self.module.definitions[type_index as usize].kind else {
            return Err(Error::Internal("a structure that is none".to_string()));
        };
        let value_type = fields[field as usize].storage.value_type();
        let op = ObjectRead::StructGet {
            type_index,
            field,
            signed,
        };
        self.read(op, 1, value_type, READS_OBJECT)
    }

    fn array_get(&mut self, type_index: u32, signed: bool) -> Result<(), Error> {
        let value_type = self.element(type_index)?.value_type();
        let op = ObjectRead::ArrayGet { type_index, signed };
        self.read(op, 2, value_type, READS_OBJECT)
    }

    fn element(&self, type_index: u32) -> Result<Storage, Error> {
        match &self.module.definitions[type_index as usize].kind {
            Definition::Array(field) => Ok(field.storage),
            _ => Err(Error::Internal("an array that is none".to_string())),
        }
    }

    /// What a cast to a heap type looks for.
    fn cast_to(&self, heap_type: HeapType, nullable: bool) -> Result<Cast, Error> {
        let reference = RefType::new(true, heap_type)
            .ok_or_else(|| Error::Internal("a heap type out of range".to_string()))?;
        let target = match heap_type {
            HeapType::Concrete(UnpackedIndex::Module(index)) => CastTarget::Type(index),
            HeapType::Abstract { ty, .. } => match ty {
                AbstractHeapType::Eq => CastTarget::Eq,
                AbstractHeapType::I31 => CastTarget::I31,
                AbstractHeapType::Struct => CastTarget::Struct,
                AbstractHeapType::Array => CastTarget::Array,
                AbstractHeapType::None
                | AbstractHeapType::NoFunc
                | AbstractHeapType::NoExtern
                | AbstractHeapType::NoExn => CastTarget::Nothing,
                _ => CastTarget::Anything,
            },
            _ => return Err(Error::Internal("a cast to another type".to_string())),
        };
        Ok(Cast {
            target,
            nullable,
            hierarchy: self.module.reference_type(reference)?,
        })
    }

    fn test(&mut self, heap_type: HeapType, nullable: bool) -> Result<(), Error> {
        let cast = self.cast_to(heap_type, nullable)?;
        self.read(ObjectRead::RefTest(cast), 1, ValueType::I32, USES_CONTEXT)
    }

    fn cast(&mut self, heap_type: HeapType, nullable: bool) -> Result<(), Error> {
        let cast = self.cast_to(heap_type, nullable)?;
        let effects = Effects {
            traps: true,
            ..USES_CONTEXT
        };
        self.read(ObjectRead::RefCast(cast), 1, cast.hierarchy, effects)
    }

    /// The reference on top, with a name.
    fn named_reference(&mut self) -> Result<Operand, Error> {
        let reference = self.pop()?;
        if reference.effects.traps {
            self.settle(Reason::Trap);
        }
        if let Expression::Temp(_) = reference.expression {
            return Ok(reference);
        }
        let temp = self.body.new_temp(reference.value_type, false);
        self.emit(Statement::Temp(temp, reference.expression));
        Ok(Operand::temp(temp, reference.value_type))
    }

    fn branch_on_cast(&mut self, depth: u32, to: RefType, success: bool) -> Result<(), Error> {
        let cast = self.cast_to(to.heap_type(), to.is_nullable())?;
        let reference = self.named_reference()?;
        let operands = vec![reference.expression.clone()];
        let test = Expression::Object(ObjectRead::RefTest(cast), operands);
        self.push(reference);
        let condition = if success { test } else { not(test) };
        self.push(Operand::leaf(condition, ValueType::I32, USES_CONTEXT));
        self.branch_if(depth)
    }

    fn call_ref(&mut self, type_index: u32) -> Result<(), Error> {
        let module = self.module;
        let type_index = module.type_indices[type_index as usize];
        let function_type = &module.types[type_index as usize];
        let (args, function) = self.indirect_args(function_type.params.len())?;
        let handler = self.handler();
        let results = self.call_results(function_type);
        self.emit(Statement::CallRef {
            type_index,
            function,
            args,
            results,
            handler,
        });
        Ok(())
    }
}

fn not(condition: Expression) -> Expression {
    Expression::Unary(Unary::I32Eqz, Box::new(condition))
}
