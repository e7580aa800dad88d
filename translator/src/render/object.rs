//! Objects, casts and typed references as Rust.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;
use wasmparser::{HeapType, RefType, UnpackedIndex};

use super::function::Writer;
use super::{Plan, elements_field, ident, reference_type, rust_type};
use crate::analysis::Facts;
use crate::lower::tree::{Cast, CastTarget, Expression, ObjectRead, ObjectWrite, TempId};
use crate::module::{Definition, Module, Storage, TypeDefinition, ValueType};

/// The type that stands for how a field is kept.
fn storage_type(storage: Storage, signed: bool) -> TokenStream {
    match (storage, signed) {
        (Storage::I8, true) => quote!(i8),
        (Storage::I8, false) => quote!(u8),
        (Storage::I16, true) => quote!(i16),
        (Storage::I16, false) => quote!(u16),
        (Storage::Value(value_type), _) if value_type.is_reference() => reference_type(value_type),
        (Storage::Value(value_type), _) => rust_type(value_type),
    }
}

fn hexadecimal(number: u128) -> TokenStream {
    format!("{number:#034x}").parse().unwrap_or_default()
}

/// Whether types are told apart by more than parameters and results.
pub(super) fn has_types(module: &Module<'_>, facts: &Facts) -> bool {
    facts.uses_heap || !module.has_plain_functions() || module.has_references_in_full()
}

impl Plan<'_> {
    /// See [`has_types`].
    pub(super) fn has_types(&self) -> bool {
        has_types(self.module, &self.facts)
    }

    /// The static with what is known of each type.
    pub(super) fn type_items(&self, visible: &TokenStream) -> Option<TokenStream> {
        if !self.has_types() {
            return None;
        }
        let types = self.module.definitions.iter().map(|it| self.type_info(it));
        let count = Literal::usize_unsuffixed(self.module.definitions.len());
        Some(quote!(#visible static TYPES: [TypeInfo; #count] = [#(#types),*];))
    }

    fn type_info(&self, definition: &TypeDefinition) -> TokenStream {
        let identity = hexadecimal(definition.identity);
        let supertypes = definition.supertypes.iter();
        let supertypes =
            supertypes.map(|&index| hexadecimal(self.module.definitions[index as usize].identity));
        let is_any = |storage: Storage| storage == Storage::Value(ValueType::AnyRef);
        let layout = match &definition.kind {
            Definition::Function => quote!(Layout::Function),
            Definition::Struct(fields) => {
                let (offsets, size) = definition.kind.offsets();
                let references = fields.iter().zip(&offsets);
                let references = references.filter(|(field, _)| is_any(field.storage));
                let references = references.map(|(_, &offset)| Literal::u32_unsuffixed(offset));
                let size = Literal::u32_unsuffixed(size);
                quote!(Layout::Struct { size: #size, references: &[#(#references),*] })
            }
            Definition::Array(field) => {
                let element = Literal::u32_unsuffixed(field.storage.size());
                let references = is_any(field.storage);
                quote!(Layout::Array { element: #element, references: #references })
            }
        };
        quote!(TypeInfo { identity: #identity, supertypes: &[#(#supertypes),*], layout: #layout })
    }

    /// The entry of a function, with its type if parameters and results don't tell all of it.
    pub(super) fn with_type(&self, function: u32, entry: TokenStream) -> TokenStream {
        if !self.has_types() {
            return entry;
        }
        let declared = self.module.functions[function as usize].declared_type;
        let declared = Literal::u32_unsuffixed(declared);
        quote!(#entry.of_type(&TYPES[#declared]))
    }

    /// A tag, with its type if its parameters don't tell all of it; and the type.
    pub(super) fn tag_type(&self, declared: u32) -> Option<TokenStream> {
        self.has_types().then(|| {
            let declared = Literal::u32_unsuffixed(declared);
            quote!(&TYPES[#declared])
        })
    }

    /// A reference type that is told in full.
    pub(super) fn reference_in_full(&self, reference: RefType) -> TokenStream {
        let nullable = reference.is_nullable();
        let heap = match reference.heap_type() {
            HeapType::Concrete(UnpackedIndex::Module(index)) => {
                let index = Literal::u32_unsuffixed(index);
                quote!(HeapType::Type(&TYPES[#index]))
            }
            HeapType::Abstract { ty, .. } => {
                let name = ident(&format!("{ty:?}"));
                quote!(HeapType::#name)
            }
            // Validation has let nothing else through.
            _ => quote!(HeapType::Any),
        };
        quote!(ReferenceType { nullable: #nullable, heap: #heap })
    }

    /// The same, where there is more to tell.
    pub(super) fn optional_reference(&self, reference: Option<RefType>) -> TokenStream {
        match reference {
            Some(reference) => {
                let reference = self.reference_in_full(reference);
                quote!(Some(#reference))
            }
            None => quote!(None),
        }
    }

    /// The type of an array's elements, or the type and offset of a structure's field.
    fn storage(&self, type_index: u32, field: u32) -> (Storage, u32) {
        let kind = &self.module.definitions[type_index as usize].kind;
        match kind {
            Definition::Struct(fields) => {
                let (offsets, _) = kind.offsets();
                (fields[field as usize].storage, offsets[field as usize])
            }
            Definition::Array(field) => (field.storage, 0),
            // Validation has seen to it.
            Definition::Function => (Storage::I8, 0),
        }
    }

    fn type_number(type_index: u32) -> TokenStream {
        let index = Literal::u32_unsuffixed(type_index);
        quote!(c.s.types[#index])
    }

    /// A new structure with these fields, or with zeros.
    pub(super) fn new_struct(
        &self,
        type_index: u32,
        values: Option<&[TokenStream]>,
    ) -> TokenStream {
        let kind = &self.module.definitions[type_index as usize].kind;
        let (offsets, size) = kind.offsets();
        let (number, size) = (Plan::type_number(type_index), Literal::u32_unsuffixed(size));
        let new = quote!(c.new_struct(#number, #size));
        let (Some(values), Definition::Struct(fields)) = (values, kind) else {
            return new;
        };
        if values.is_empty() {
            return new;
        }
        let sets = fields
            .iter()
            .zip(&offsets)
            .zip(values)
            .map(|((field, &offset), value)| {
                let storage = storage_type(field.storage, false);
                let offset = Literal::u32_unsuffixed(offset);
                quote!(c.set::<#storage>(object, #offset, #value);)
            });
        // Values first: one may be an object itself.
        quote!({ let object = #new; #(#sets)* object })
    }

    /// A new array of so many elements, all the same, or zeros.
    pub(super) fn new_array(
        &self,
        type_index: u32,
        value: Option<&TokenStream>,
        length: &TokenStream,
    ) -> TokenStream {
        let (storage, _) = self.storage(type_index, 0);
        let (storage, number) = (storage_type(storage, false), Plan::type_number(type_index));
        match value {
            Some(value) => quote!(c.new_array_of::<#storage>(#number, #value, #length)),
            None => quote!(c.new_array::<#storage>(#number, #length)),
        }
    }

    /// A new array with these elements.
    pub(super) fn new_array_fixed(&self, type_index: u32, values: &[TokenStream]) -> TokenStream {
        let (storage, _) = self.storage(type_index, 0);
        let length = Literal::usize_unsuffixed(values.len());
        let new = self.new_array(type_index, None, &quote!(#length));
        let storage = storage_type(storage, false);
        let sets = values.iter().enumerate().map(|(place, value)| {
            let place = Literal::usize_unsuffixed(place);
            quote!(c.array_set::<#storage>(object, #place, #value);)
        });
        quote!({ let object = #new; #(#sets)* object })
    }
}

impl Writer<'_> {
    fn operands(&mut self, operands: &[Expression]) -> Vec<TokenStream> {
        operands
            .iter()
            .map(|operand| self.expression(operand))
            .collect()
    }

    /// What is read, as an expression that binds like a call.
    pub(super) fn object_read(&mut self, op: ObjectRead, operands: &[Expression]) -> TokenStream {
        let values = self.operands(operands);
        match op {
            ObjectRead::AsNonNull => quote!(non_null(#(#values),*)),
            ObjectRead::RefEq => quote!(same_reference(#(#values),*)),
            ObjectRead::I31New => quote!(Some(AnyRef::i31(#(#values),*))),
            ObjectRead::I31Get { signed: true } => quote!(i31_get_s(#(#values),*)),
            ObjectRead::I31Get { signed: false } => quote!(i31_get_u(#(#values),*)),
            ObjectRead::ExternConvertAny => quote!(c.externalize(#(#values),*)),
            ObjectRead::ArrayLen => quote!(c.array_len(#(#values),*)),
            ObjectRead::StructGet {
                type_index,
                field,
                signed,
            } => {
                let (storage, offset) = self.plan.storage(type_index, field);
                let storage = storage_type(storage, signed);
                let offset = Literal::u32_unsuffixed(offset);
                quote!(c.get::<#storage>(#(#values,)* #offset))
            }
            ObjectRead::ArrayGet { type_index, signed } => {
                let (storage, _) = self.plan.storage(type_index, 0);
                let storage = storage_type(storage, signed);
                quote!(c.array_get::<#storage>(#(#values),*))
            }
            ObjectRead::RefTest(cast) => {
                let test = test(cast, &values[0]);
                quote!(i32::from(#test))
            }
            ObjectRead::RefCast(cast) => {
                let value = &values[0];
                match cast.hierarchy {
                    ValueType::AnyRef => {
                        let (target, nullable) = (target(cast.target), cast.nullable);
                        quote!(c.cast(#value, #target, #nullable))
                    }
                    _ => {
                        let test = test(cast, &quote!(reference));
                        quote!({
                            let reference = #value;
                            if !#test { cast_failure(); }
                            reference
                        })
                    }
                }
            }
        }
    }

    /// A test as a truth value.
    pub(super) fn object_test(&mut self, cast: Cast, operand: &Expression) -> TokenStream {
        let value = self.expression(operand);
        test(cast, &value)
    }

    pub(super) fn object_write(
        &mut self,
        op: ObjectWrite,
        operands: &[Expression],
        result: Option<TempId>,
    ) -> TokenStream {
        let values = self.operands(operands);
        let plan = self.plan;
        let element = |type_index| storage_type(plan.storage(type_index, 0).0, false);
        let code = match op {
            ObjectWrite::AnyConvertExtern => quote!(c.internalize(#(#values),*)),
            ObjectWrite::StructNew(type_index) => plan.new_struct(type_index, Some(&values)),
            ObjectWrite::StructNewDefault(type_index) => plan.new_struct(type_index, None),
            ObjectWrite::StructSet { type_index, field } => {
                let (storage, offset) = plan.storage(type_index, field);
                let storage = storage_type(storage, false);
                let offset = Literal::u32_unsuffixed(offset);
                let (object, value) = (&values[0], &values[1]);
                quote!(c.set::<#storage>(#object, #offset, #value))
            }
            ObjectWrite::ArrayNew(type_index) => {
                plan.new_array(type_index, Some(&values[0]), &values[1])
            }
            ObjectWrite::ArrayNewDefault(type_index) => {
                plan.new_array(type_index, None, &values[0])
            }
            ObjectWrite::ArrayNewFixed(type_index) => plan.new_array_fixed(type_index, &values),
            ObjectWrite::ArrayNewData {
                type_index,
                segment,
            } => {
                let (storage, number) = (element(type_index), Plan::type_number(type_index));
                let data = self.data(segment);
                quote!(c.new_array_data::<#storage>(#number, #data, #(#values),*))
            }
            ObjectWrite::ArrayNewElem {
                type_index,
                segment,
            } => {
                let (storage, number) = (element(type_index), Plan::type_number(type_index));
                let (field, place) = self.elements_place(segment);
                quote!(c.new_array_elem::<#storage>(#number, |c| &c.s.#field[#place], #(#values),*))
            }
            ObjectWrite::ArraySet(type_index) => {
                let storage = element(type_index);
                quote!(c.array_set::<#storage>(#(#values),*))
            }
            ObjectWrite::ArrayFill(type_index) => {
                let storage = element(type_index);
                quote!(c.array_fill::<#storage>(#(#values),*))
            }
            ObjectWrite::ArrayCopy(type_index) => {
                let storage = element(type_index);
                quote!(c.array_copy::<#storage>(#(#values),*))
            }
            ObjectWrite::ArrayInitData {
                type_index,
                segment,
            } => {
                let (storage, data) = (element(type_index), self.data(segment));
                let [object, start, from, length] = &values[..] else {
                    return TokenStream::new();
                };
                quote!(c.array_init_data::<#storage>(#object, #start, #data, #from, #length))
            }
            ObjectWrite::ArrayInitElem {
                type_index,
                segment,
            } => {
                let storage = element(type_index);
                let (field, place) = self.elements_place(segment);
                let [object, start, from, length] = &values[..] else {
                    return TokenStream::new();
                };
                quote! {
                    c.array_init_elem::<#storage>(
                        #object, #start, &c.s.#field[#place], #from, #length
                    )
                }
            }
        };
        match result {
            Some(result) => self.bind(result, code),
            None => quote!(#code;),
        }
    }

    /// The bytes of a data segment, as long as it is there.
    fn data(&mut self, segment: u32) -> TokenStream {
        let (position, length) = self.plan.blob.data[segment as usize];
        let position = Literal::u32_unsuffixed(position);
        let length = Literal::u32_unsuffixed(length);
        let dropped = self.dropped(segment);
        quote!(segment(DATA, #position, #length, #dropped))
    }

    fn elements_place(&self, segment: u32) -> (Ident, Literal) {
        let field = elements_field(self.plan.module.elements[segment as usize].element);
        (
            field,
            Literal::u32_unsuffixed(self.plan.state.elements(segment)),
        )
    }
}

fn target(target: CastTarget) -> TokenStream {
    match target {
        CastTarget::Anything => quote!(CastTarget::Anything),
        CastTarget::Nothing => quote!(CastTarget::Nothing),
        CastTarget::Eq => quote!(CastTarget::Eq),
        CastTarget::I31 => quote!(CastTarget::I31),
        CastTarget::Struct => quote!(CastTarget::Struct),
        CastTarget::Array => quote!(CastTarget::Array),
        CastTarget::Type(index) => {
            let number = Plan::type_number(index);
            quote!(CastTarget::Type(#number))
        }
    }
}

/// Whether a reference is what a cast looks for.
fn test(cast: Cast, value: &TokenStream) -> TokenStream {
    let nullable = ident(if cast.nullable { "true" } else { "false" });
    match (cast.hierarchy, cast.target) {
        (ValueType::AnyRef, to) => {
            let target = target(to);
            quote!(c.is_a(#value, #target, #nullable))
        }
        (ValueType::FuncRef, CastTarget::Type(index)) => {
            let index = Literal::u32_unsuffixed(index);
            quote!(function_is_a(#value, Some(&TYPES[#index]), #nullable))
        }
        (_, CastTarget::Nothing) if cast.nullable => quote!(#value.is_none()),
        (_, CastTarget::Nothing) => quote!({ #value; false }),
        _ if cast.nullable => quote!({ #value; true }),
        _ => quote!(#value.is_some()),
    }
}
