//! The type section, and the identities by which types of different modules are told to be the same
//! (specification: *Types, Recursive Types*; *Conventions, Rolling and Unrolling*). The translator
//! computes the same.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::UnsafeCell;

use wasmparser::{
    AbstractHeapType, CompositeInnerType, FieldType, HeapType, PackedIndex, RecGroup, RefType,
    StorageType, SubType, UnpackedIndex, ValType,
};

use super::error::Unexpected;
use super::host;
use super::run;
use super::state::State;
use crate::function::{FunctionEntry, hash, identity_of, plain_identity};
use crate::gc::{self, Layout, ReferenceType, TypeInfo};
use crate::memory::Spin;
use crate::value::{FunctionType, ValueType};

/// What is known of a type, once for all modules that have it. Never freed, because references to
/// functions may be kept for any time.
pub(super) struct Interned {
    pub(super) info: TypeInfo,
    /// Of a function type: the entry that all interpreted functions of the type have.
    pub(super) entry: Option<FunctionEntry>,
    /// And the one that closures have.
    closure: Option<FunctionEntry>,
    /// Whether it is a function type that its parameters and results tell all of.
    pub(super) plain: bool,
}

impl Interned {
    /// The parameters and results; none of what is no function type.
    pub(super) fn function_type(&self) -> FunctionType {
        let none = FunctionType {
            params: &[],
            results: &[],
        };
        self.entry
            .as_ref()
            .map_or(none, FunctionEntry::function_type)
    }
}

/// A type of a module.
pub(super) struct Type {
    pub(super) interned: &'static Interned,
    /// The fields of a structure, or what an array holds.
    pub(super) fields: Vec<Field>,
}

/// A field of a structure, or what an array holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub(super) storage: Storage,
    /// In bytes from the object's address; of an array 0.
    pub(super) offset: u32,
}

/// How a field is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Storage {
    I8,
    I16,
    Value(ValueType),
}

impl Storage {
    /// The type of the values that go in and come out.
    pub(super) fn value_type(self) -> ValueType {
        match self {
            Storage::I8 | Storage::I16 => ValueType::I32,
            Storage::Value(value_type) => value_type,
        }
    }

    fn size(self) -> u32 {
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
const HEADER: u32 = 8;

/// The types of a module.
#[derive(Default)]
pub(super) struct Types {
    pub(super) list: Vec<Type>,
    /// What the types of the group that is being added are.
    group: Vec<ValueType>,
}

impl Types {
    /// The type with an index.
    pub(super) fn get(&self, index: u32) -> Result<&Type, Unexpected> {
        self.list.get(index as usize).ok_or(Unexpected)
    }

    /// The value type of what a type is written as.
    pub(super) fn value_type(&self, value_type: ValType) -> Result<ValueType, Unexpected> {
        Ok(match value_type {
            ValType::I32 => ValueType::I32,
            ValType::I64 => ValueType::I64,
            ValType::F32 => ValueType::F32,
            ValType::F64 => ValueType::F64,
            ValType::V128 => ValueType::V128,
            ValType::Ref(reference) => self.hierarchy(reference.heap_type())?,
        })
    }

    /// The value type of references to what has a heap type.
    pub(super) fn hierarchy(&self, heap_type: HeapType) -> Result<ValueType, Unexpected> {
        use AbstractHeapType::*;
        match heap_type {
            HeapType::Abstract { shared: false, ty } => match ty {
                Func | NoFunc => Ok(ValueType::FuncRef),
                Extern | NoExtern => Ok(ValueType::ExternRef),
                Exn | NoExn => Ok(ValueType::ExnRef),
                Any | Eq | I31 | Struct | Array | None => Ok(ValueType::AnyRef),
                Cont | NoCont => Err(Unexpected),
            },
            HeapType::Concrete(UnpackedIndex::Module(index)) => {
                let index = index as usize;
                match self.list.get(index) {
                    Some(it) if it.interned.entry.is_some() => Ok(ValueType::FuncRef),
                    Some(_) => Ok(ValueType::AnyRef),
                    Option::None => {
                        let place = index.wrapping_sub(self.list.len());
                        self.group.get(place).copied().ok_or(Unexpected)
                    }
                }
            }
            _ => Err(Unexpected),
        }
    }

    /// A reference type in full, where its value type doesn't tell all of it.
    pub(super) fn in_full(&self, value_type: ValType) -> Result<Option<ReferenceType>, Unexpected> {
        let ValType::Ref(reference) = value_type else {
            return Ok(None);
        };
        let widest = [
            RefType::FUNCREF,
            RefType::EXTERNREF,
            RefType::EXNREF,
            RefType::ANYREF,
        ];
        if widest.contains(&reference) {
            return Ok(None);
        }
        let heap = match reference.heap_type() {
            HeapType::Concrete(UnpackedIndex::Module(index)) => {
                gc::HeapType::Type(&self.get(index)?.interned.info)
            }
            HeapType::Abstract { ty, .. } => match ty {
                AbstractHeapType::Func => gc::HeapType::Func,
                AbstractHeapType::NoFunc => gc::HeapType::NoFunc,
                AbstractHeapType::Extern => gc::HeapType::Extern,
                AbstractHeapType::NoExtern => gc::HeapType::NoExtern,
                AbstractHeapType::Exn => gc::HeapType::Exn,
                AbstractHeapType::NoExn => gc::HeapType::NoExn,
                AbstractHeapType::Any => gc::HeapType::Any,
                AbstractHeapType::Eq => gc::HeapType::Eq,
                AbstractHeapType::I31 => gc::HeapType::I31,
                AbstractHeapType::Struct => gc::HeapType::Struct,
                AbstractHeapType::Array => gc::HeapType::Array,
                AbstractHeapType::None => gc::HeapType::None,
                AbstractHeapType::Cont | AbstractHeapType::NoCont => return Err(Unexpected),
            },
            _ => return Err(Unexpected),
        };
        Ok(Some(ReferenceType {
            nullable: reference.is_nullable(),
            heap,
        }))
    }

    fn value_types(&self, types: &[ValType]) -> Result<Vec<ValueType>, Unexpected> {
        types.iter().map(|&it| self.value_type(it)).collect()
    }

    fn storage(&self, field: &FieldType) -> Result<Storage, Unexpected> {
        Ok(match field.element_type {
            StorageType::I8 => Storage::I8,
            StorageType::I16 => Storage::I16,
            StorageType::Val(value_type) => Storage::Value(self.value_type(value_type)?),
        })
    }

    /// Adds the types of a recursion group.
    pub(super) fn add(&mut self, group: &RecGroup) -> Result<(), Unexpected> {
        let first = self.list.len() as u32;
        let types: Vec<&SubType> = group.types().collect();
        self.group = types
            .iter()
            .map(|it| match &it.composite_type.inner {
                CompositeInnerType::Func(_) => ValueType::FuncRef,
                _ => ValueType::AnyRef,
            })
            .collect();
        let whole = self.canonical(first, &types)?;
        let identity = |place: usize| hash(&format!("{place} of {whole:032x}"));
        let mut made: Vec<(Shape, Vec<u128>)> = Vec::new();
        for sub_type in &types {
            let mut supertypes = Vec::new();
            if let Some(index) = sub_type.supertype_idxs.first() {
                let index = module_index(first, *index)?;
                match index.checked_sub(first) {
                    Some(place) => {
                        supertypes.push(identity(place as usize));
                        let (_, more) = made.get(place as usize).ok_or(Unexpected)?;
                        supertypes.extend(more);
                    }
                    None => {
                        let info = &self.get(index)?.interned.info;
                        supertypes.push(info.identity);
                        supertypes.extend(info.supertypes);
                    }
                }
            }
            let shape = match &sub_type.composite_type.inner {
                CompositeInnerType::Func(function) => Shape::Function(
                    self.value_types(function.params())?,
                    self.value_types(function.results())?,
                ),
                CompositeInnerType::Array(array) => Shape::Array(self.storage(&array.0)?),
                CompositeInnerType::Struct(structure) => {
                    let fields = structure.fields.iter().map(|field| self.storage(field));
                    Shape::Struct(fields.collect::<Result<_, _>>()?)
                }
                CompositeInnerType::Cont(_) => return Err(Unexpected),
            };
            made.push((shape, supertypes));
        }
        for (place, (shape, supertypes)) in made.into_iter().enumerate() {
            self.list
                .push(shape.into_type(identity(place), &supertypes));
        }
        Ok(())
    }

    /// A recursion group as a number that is equal for groups that are the same: references inside
    /// of it by place, references out of it by identity.
    fn canonical(&self, first: u32, types: &[&SubType]) -> Result<u128, Unexpected> {
        let mut text = String::new();
        let reference = |index: u32| match self.list.get(index as usize) {
            Some(it) => format!("#{:032x}", it.interned.info.identity),
            None => format!("${}", index.wrapping_sub(first)),
        };
        let value = |value_type: ValType| -> Result<String, Unexpected> {
            let ValType::Ref(it) = value_type else {
                return Ok(value_type.to_string());
            };
            let heap_type = match it.heap_type() {
                HeapType::Abstract { ty, .. } => format!("{ty:?}"),
                HeapType::Concrete(UnpackedIndex::Module(index)) => reference(index),
                HeapType::Concrete(UnpackedIndex::RecGroup(place)) => format!("${place}"),
                _ => return Err(Unexpected),
            };
            let nullable = if it.is_nullable() { "null " } else { "" };
            Ok(format!("(ref {nullable}{heap_type})"))
        };
        let field = |field: &FieldType| -> Result<String, Unexpected> {
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
                text.push_str(&reference(module_index(first, *index)?));
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
                CompositeInnerType::Cont(_) => return Err(Unexpected),
            }
            text.push_str("))");
        }
        Ok(hash(&text))
    }
}

/// The index in the module that a reference in a type is to.
fn module_index(first: u32, index: PackedIndex) -> Result<u32, Unexpected> {
    match index.unpack() {
        UnpackedIndex::Module(index) => Ok(index),
        UnpackedIndex::RecGroup(place) => Ok(first + place),
        _ => Err(Unexpected),
    }
}

/// What a type is made of.
#[derive(PartialEq)]
enum Shape {
    Function(Vec<ValueType>, Vec<ValueType>),
    Struct(Vec<Storage>),
    Array(Storage),
}

impl Shape {
    fn into_type(self, identity: u128, supertypes: &[u128]) -> Type {
        let mut fields = Vec::new();
        match &self {
            Shape::Function(..) => {}
            Shape::Array(storage) => fields.push(Field {
                storage: *storage,
                offset: 0,
            }),
            Shape::Struct(storages) => {
                let mut end = HEADER;
                for &storage in storages {
                    let offset = end.next_multiple_of(storage.size().min(8));
                    end = offset + storage.size();
                    fields.push(Field { storage, offset });
                }
            }
        }
        let interned = intern(self, identity, supertypes, &fields);
        Type { interned, fields }
    }
}

/// All types that were ever seen, by identity.
struct Registry {
    lock: Spin,
    types: UnsafeCell<BTreeMap<u128, (Shape, &'static Interned)>>,
}

// SAFETY: `types` is touched only by `intern`, while it holds the lock.
unsafe impl Sync for Registry {}

static REGISTRY: Registry = Registry {
    lock: Spin::new(),
    types: UnsafeCell::new(BTreeMap::new()),
};

/// The one of its identity and shape.
fn intern(
    shape: Shape,
    identity: u128,
    supertypes: &[u128],
    fields: &[Field],
) -> &'static Interned {
    let _lock = REGISTRY.lock.lock();
    // SAFETY: the lock is held, and nothing below comes here.
    let types = unsafe { &mut *REGISTRY.types.get() };
    if let Some((same, interned)) = types.get(&identity)
        && *same == shape
    {
        return interned;
    }
    let is_any = |field: &&Field| field.storage == Storage::Value(ValueType::AnyRef);
    let layout = match &shape {
        Shape::Function(..) => Layout::Function,
        Shape::Struct(_) => {
            let references = fields.iter().filter(is_any).map(|field| field.offset);
            let end = fields
                .last()
                .map_or(HEADER, |last| last.offset + last.storage.size());
            Layout::Struct {
                size: end.next_multiple_of(8),
                references: leak(references.collect()),
            }
        }
        Shape::Array(storage) => Layout::Array {
            element: storage.size(),
            references: *storage == Storage::Value(ValueType::AnyRef),
        },
    };
    let function_type = match &shape {
        Shape::Function(params, results) => Some(FunctionType {
            params: leak(params.clone()),
            results: leak(results.clone()),
        }),
        _ => None,
    };
    let info = |layout| TypeInfo {
        identity,
        supertypes: leak(supertypes.to_vec()),
        layout,
    };
    let entries = function_type.map(|function_type| {
        let info: &'static TypeInfo = Box::leak(Box::new(info(Layout::Function)));
        // SAFETY: `run::invoke` is for ports of interpreted instances, `host::invoke` for those of
        // closures.
        unsafe {
            (
                FunctionEntry::untyped::<State>(run::invoke, function_type, info),
                FunctionEntry::untyped::<host::State>(host::invoke, function_type, info),
            )
        }
    });
    let (entry, closure) = entries.unzip();
    let interned: &'static Interned = Box::leak(Box::new(Interned {
        info: info(layout),
        plain: function_type.is_some_and(|it| plain_identity(it) == identity),
        entry,
        closure,
    }));
    // Of two different ones with one identity, which are made to be so, the first is kept.
    types.entry(identity).or_insert((shape, interned));
    interned
}

fn leak<T>(list: Vec<T>) -> &'static [T] {
    if list.is_empty() {
        return &[];
    }
    Box::leak(list.into_boxed_slice())
}

/// The entry of closures with these parameters and results.
pub(super) fn closure(params: &[ValueType], results: &[ValueType]) -> &'static FunctionEntry {
    let identity = identity_of(params, results);
    let shape = Shape::Function(params.to_vec(), results.to_vec());
    let interned = intern(shape, identity, &[], &[]);
    match &interned.closure {
        Some(entry) => entry,
        None => unreachable!("a function type without an entry"),
    }
}
