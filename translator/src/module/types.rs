//! The type section: function, structure and array types, and what makes types of different modules
//! the same (specification: *Types, Recursive Types*; *Conventions, Rolling and Unrolling*).

use wasmparser::{
    AbstractHeapType, CompositeInnerType, FieldType, HeapType, PackedIndex, RecGroup, RefType,
    StorageType, SubType, UnpackedIndex, ValType,
};

use super::{FunctionType, Module, ValueType};
use crate::Error;

/// A type of the type section.
#[derive(Debug)]
pub struct TypeDefinition {
    pub kind: Definition,
    /// Equal for types that are the same, in whatever modules.
    pub identity: u128,
    /// The types it is declared to be a subtype of, directly and indirectly, the nearest first.
    pub supertypes: Vec<u32>,
}

/// What a type is.
#[derive(Debug)]
pub enum Definition {
    Function,
    Struct(Vec<Field>),
    Array(Field),
}

/// A field of a structure, or what an array holds.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    pub storage: Storage,
}

/// How a field is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    I8,
    I16,
    Value(ValueType),
}

impl Storage {
    /// The type of the values that go in and come out.
    pub fn value_type(self) -> ValueType {
        match self {
            Storage::I8 | Storage::I16 => ValueType::I32,
            Storage::Value(value_type) => value_type,
        }
    }

    /// How many bytes it takes. References to what is outside of the heap are numbers there.
    pub fn size(self) -> u32 {
        match self {
            Storage::I8 => 1,
            Storage::I16 => 2,
            Storage::Value(value_type) => match value_type {
                ValueType::I64 | ValueType::F64 => 8,
                ValueType::V128 | ValueType::ExternRef => 16,
                _ => 4,
            },
        }
    }
}

/// The bytes in front of an object's fields.
pub const HEADER: u32 = 8;

impl Definition {
    /// Where each field of a structure lies, and how many bytes it has in all.
    pub fn offsets(&self) -> (Vec<u32>, u32) {
        let Definition::Struct(fields) = self else {
            return (Vec::new(), HEADER);
        };
        let mut end = HEADER;
        let offsets = fields.iter().map(|field| {
            let size = field.storage.size();
            let place = end.next_multiple_of(size.min(8));
            end = place + size;
            place
        });
        let offsets = offsets.collect();
        (offsets, end.next_multiple_of(8))
    }
}

impl Module<'_> {
    /// The value type, one of those that validation with the supported proposals lets through.
    ///
    /// References are told apart by their hierarchy alone.
    ///
    /// # Errors
    /// [`Error::Internal`] for what validation should have refused.
    pub fn value_type(&self, value_type: ValType) -> Result<ValueType, Error> {
        Ok(match value_type {
            ValType::I32 => ValueType::I32,
            ValType::I64 => ValueType::I64,
            ValType::F32 => ValueType::F32,
            ValType::F64 => ValueType::F64,
            ValType::Ref(reference) => self.reference_type(reference)?,
            ValType::V128 => ValueType::V128,
        })
    }

    /// The value type of a reference.
    ///
    /// # Errors
    /// As [`Module::value_type`].
    pub fn reference_type(&self, reference: RefType) -> Result<ValueType, Error> {
        use AbstractHeapType::*;
        match reference.heap_type() {
            HeapType::Abstract { shared: false, ty } => match ty {
                Func | NoFunc => Ok(ValueType::FuncRef),
                Extern | NoExtern => Ok(ValueType::ExternRef),
                Exn | NoExn => Ok(ValueType::ExnRef),
                Any | Eq | I31 | Struct | Array | None => Ok(ValueType::AnyRef),
                Cont | NoCont => Err(unexpected("a continuation")),
            },
            HeapType::Concrete(UnpackedIndex::Module(index)) => {
                match self.definitions.get(index as usize) {
                    Some(definition) => Ok(definition.kind.value_type()),
                    Option::None => Err(unexpected("a type that is not defined")),
                }
            }
            _ => Err(unexpected(&reference.to_string())),
        }
    }

    fn value_types(&self, types: &[ValType]) -> Result<Vec<ValueType>, Error> {
        types.iter().map(|&it| self.value_type(it)).collect()
    }

    fn field(&self, field: &FieldType) -> Result<Field, Error> {
        let storage = match field.element_type {
            StorageType::I8 => Storage::I8,
            StorageType::I16 => Storage::I16,
            StorageType::Val(value_type) => Storage::Value(self.value_type(value_type)?),
        };
        Ok(Field { storage })
    }

    /// Whether there are types of objects.
    pub fn has_objects(&self) -> bool {
        let mut types = self.definitions.iter();
        types.any(|definition| !matches!(definition.kind, Definition::Function))
    }

    /// Whether a table or global has a type that [`ValueType`] doesn't tell all of.
    pub fn has_references_in_full(&self) -> bool {
        self.tables.iter().any(|table| table.reference.is_some())
            || self.globals.iter().any(|global| global.reference.is_some())
    }

    /// Whether all function types are told apart by their parameters and results as [`ValueType`]s
    /// have them, so that nothing else needs to be compared at a call.
    pub fn has_plain_functions(&self) -> bool {
        !self.typed_functions
    }

    /// Adds the types of a recursion group.
    ///
    /// # Errors
    /// As [`Module::value_type`].
    pub(super) fn add_types(&mut self, group: &RecGroup) -> Result<(), Error> {
        let first = self.definitions.len() as u32;
        let types: Vec<&SubType> = group.types().collect();
        let whole = canonical(self, first, &types)?;
        // Kinds first: types of a group refer to each other.
        for (place, sub_type) in types.iter().enumerate() {
            let kind = match &sub_type.composite_type.inner {
                CompositeInnerType::Func(_) => Definition::Function,
                CompositeInnerType::Array(_) => Definition::Array(Field {
                    storage: Storage::I8,
                }),
                CompositeInnerType::Struct(_) => Definition::Struct(Vec::new()),
                CompositeInnerType::Cont(_) => return Err(unexpected("a continuation type")),
            };
            let mut supertypes = Vec::new();
            if let Some(index) = sub_type.supertype_idxs.first() {
                let index = module_index(first, *index)?;
                supertypes.push(index);
                if let Some(supertype) = self.definitions.get(index as usize) {
                    supertypes.extend(&supertype.supertypes);
                }
            }
            self.definitions.push(TypeDefinition {
                kind,
                identity: hash(&format!("{place} of {whole:032x}")),
                supertypes,
            });
            self.typed_functions |= matches!(
                self.definitions[first as usize + place].kind,
                Definition::Function
            ) && !(types.len() == 1 && is_plain(sub_type));
        }
        for (place, sub_type) in types.iter().enumerate() {
            let mut interned = u32::MAX;
            let kind = match &sub_type.composite_type.inner {
                CompositeInnerType::Func(function) => {
                    let function_type = FunctionType {
                        params: self.value_types(function.params())?,
                        results: self.value_types(function.results())?,
                    };
                    interned = self.intern(function_type);
                    Definition::Function
                }
                CompositeInnerType::Array(array) => Definition::Array(self.field(&array.0)?),
                CompositeInnerType::Struct(structure) => {
                    let fields = structure.fields.iter().map(|field| self.field(field));
                    Definition::Struct(fields.collect::<Result<_, _>>()?)
                }
                CompositeInnerType::Cont(_) => return Err(unexpected("a continuation type")),
            };
            self.definitions[first as usize + place].kind = kind;
            self.type_indices.push(interned);
        }
        Ok(())
    }

    /// The place of a function type in [`Module::types`].
    fn intern(&mut self, function_type: FunctionType) -> u32 {
        let next = self.types.len() as u32;
        let place = *self.interned.entry(function_type.clone()).or_insert(next);
        if place == next {
            self.types.push(function_type);
        }
        place
    }
}

impl Definition {
    /// The type of references to what has this type.
    pub fn value_type(&self) -> ValueType {
        match self {
            Definition::Function => ValueType::FuncRef,
            Definition::Struct(_) | Definition::Array(_) => ValueType::AnyRef,
        }
    }
}

/// Whether a type, alone in its group, is a function type of the kind that there was before typed
/// references.
fn is_plain(sub_type: &SubType) -> bool {
    let CompositeInnerType::Func(function) = &sub_type.composite_type.inner else {
        return false;
    };
    let plain = |value_type: &ValType| match value_type {
        ValType::Ref(reference) => {
            [RefType::FUNCREF, RefType::EXTERNREF, RefType::EXNREF].contains(reference)
        }
        _ => true,
    };
    sub_type.is_final
        && sub_type.supertype_idxs.is_empty()
        && function
            .params()
            .iter()
            .chain(function.results())
            .all(plain)
}

/// A recursion group as a number that is equal for groups that are the same: references inside of
/// it by place, references out of it by identity.
fn canonical(module: &Module<'_>, first: u32, types: &[&SubType]) -> Result<u128, Error> {
    let mut text = String::new();
    let reference = |index: u32| -> Result<String, Error> {
        Ok(match module.definitions.get(index as usize) {
            Some(definition) => format!("#{:032x}", definition.identity),
            None => format!("${}", index - first),
        })
    };
    let value = |value_type: ValType| -> Result<String, Error> {
        let ValType::Ref(it) = value_type else {
            return Ok(value_type.to_string());
        };
        let heap_type = match it.heap_type() {
            HeapType::Abstract { ty, .. } => format!("{ty:?}"),
            HeapType::Concrete(UnpackedIndex::Module(index)) => reference(index)?,
            HeapType::Concrete(UnpackedIndex::RecGroup(place)) => format!("${place}"),
            _ => return Err(unexpected(&it.to_string())),
        };
        let nullable = if it.is_nullable() { "null " } else { "" };
        Ok(format!("(ref {nullable}{heap_type})"))
    };
    let field = |field: &FieldType| -> Result<String, Error> {
        let storage = match field.element_type {
            StorageType::I8 => "i8".to_string(),
            StorageType::I16 => "i16".to_string(),
            StorageType::Val(value_type) => value(value_type)?,
        };
        let mutable = if field.mutable { "mut " } else { "" };
        Ok(format!("{mutable}{storage}"))
    };
    for sub_type in types {
        text.push_str(if sub_type.is_final { "(final" } else { "(sub" });
        if let Some(index) = sub_type.supertype_idxs.first() {
            text.push_str(&reference(module_index(first, *index)?)?);
        }
        match &sub_type.composite_type.inner {
            CompositeInnerType::Func(function) => {
                text.push_str("(func");
                for &param in function.params() {
                    text.push_str(&format!(" {}", value(param)?));
                }
                text.push_str(" ->");
                for &result in function.results() {
                    text.push_str(&format!(" {}", value(result)?));
                }
            }
            CompositeInnerType::Array(array) => {
                text.push_str(&format!("(array {}", field(&array.0)?));
            }
            CompositeInnerType::Struct(structure) => {
                text.push_str("(struct");
                for it in &structure.fields {
                    text.push_str(&format!(" {}", field(it)?));
                }
            }
            CompositeInnerType::Cont(_) => return Err(unexpected("a continuation type")),
        }
        text.push_str("))");
    }
    Ok(hash(&text))
}

/// The index in the module that a reference in a type is to.
fn module_index(first: u32, index: PackedIndex) -> Result<u32, Error> {
    match index.unpack() {
        UnpackedIndex::Module(index) => Ok(index),
        UnpackedIndex::RecGroup(place) => Ok(first + place),
        #[allow(
            unreachable_patterns,
            reason = "there are more with wasmparser's validation"
        )]
        _ => Err(unexpected("a type of the validator's")),
    }
}

/// FNV-1a of 128 bits. Two types that share a number by accident would be confused, which is a
/// wrong answer and no more.
fn hash(text: &str) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    text.bytes().fold(OFFSET, |hash, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(PRIME)
    })
}

/// What validation should have refused.
fn unexpected(what: &str) -> Error {
    Error::Internal(format!("{what} got through validation"))
}
