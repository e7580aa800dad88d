//! The state of an instance: globals, tables, segments, and how they start.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::constant::literal;
use super::{
    Plan, elements_field, first_form, global_field, ident, is_ordinary, memory_type, numbered,
    reference_type, signature, tables_field, type_name,
};
use crate::Error;
use crate::analysis::Facts;
use crate::module::{ExportKind, MemoryType, Module, SegmentMode, ValueType};

/// Where things of the module are kept in the state.
#[derive(Debug)]
pub struct StatePlan {
    globals: Vec<GlobalPlace>,
    tables: Vec<u32>,
    dropped_data: Vec<u32>,
    elements: Vec<u32>,
    /// The functions that have entries: the imported ones, then the others referred to.
    pub entries: Vec<u32>,
    entry_of: Vec<u32>,
}

/// Where a global is kept.
#[derive(Debug, Clone, Copy)]
pub struct GlobalPlace {
    /// Its place among the globals of its type that are kept likewise.
    pub place: u32,
    /// Whether others can change it.
    pub shared: bool,
}

impl StatePlan {
    pub fn new(module: &Module<'_>, facts: &Facts) -> StatePlan {
        let mut exported = vec![false; module.globals.len()];
        for export in &module.exports {
            if let ExportKind::Global(index) = export.kind {
                exported[index as usize] = true;
            }
        }
        let mut counts = [[0u32; 2]; ValueType::ALL.len()];
        let globals = module
            .globals
            .iter()
            .zip(exported)
            .map(|(global, exported)| {
                let shared = global.mutable && (exported || global.import.is_some());
                let count = &mut counts[global.value_type as usize][usize::from(shared)];
                *count += 1;
                GlobalPlace {
                    place: *count - 1,
                    shared,
                }
            });
        let globals = globals.collect();
        let mut counts = [0u32; ValueType::ALL.len()];
        let tables = module.tables.iter().map(|table| {
            let count = &mut counts[table.element as usize];
            *count += 1;
            *count - 1
        });
        let tables = tables.collect();
        let mut counts = [0u32; ValueType::ALL.len()];
        let elements = module
            .elements
            .iter()
            .zip(&facts.used_elements)
            .map(|(segment, &used)| {
                let count = &mut counts[segment.element as usize];
                *count += u32::from(used);
                (*count).saturating_sub(1)
            });
        let elements = elements.collect();
        let mut dropped = 0u32;
        let dropped_data = facts.used_data.iter().map(|&used| {
            dropped += u32::from(used);
            dropped.saturating_sub(1)
        });
        let dropped_data = dropped_data.collect();
        let mut entries = Vec::new();
        let mut entry_of = vec![u32::MAX; module.functions.len()];
        for (index, function) in module.functions.iter().enumerate() {
            if function.import.is_some() || facts.functions[index].referenced {
                entry_of[index] = entries.len() as u32;
                entries.push(index as u32);
            }
        }
        StatePlan {
            globals,
            tables,
            dropped_data,
            elements,
            entries,
            entry_of,
        }
    }

    /// Where global `index` is kept.
    pub fn global(&self, index: u32) -> GlobalPlace {
        self.globals[index as usize]
    }

    /// The place of table `index` among those of its type.
    pub fn table(&self, index: u32) -> u32 {
        self.tables[index as usize]
    }

    /// The place of the flag that says whether a data segment is dropped.
    pub fn dropped_data(&self, segment: u32) -> u32 {
        self.dropped_data[segment as usize]
    }

    /// The place of a kept element segment among those of its type.
    pub fn elements(&self, segment: u32) -> u32 {
        self.elements[segment as usize]
    }

    /// The place of a function in `FUNCTIONS`.
    pub fn entry(&self, function: u32) -> u32 {
        self.entry_of[function as usize]
    }
}

impl Plan<'_> {
    /// `State`, and what the support crate has to know of it.
    pub(super) fn state_items(&self) -> TokenStream {
        let module = self.module;
        let visible = self.visible();
        let own = ValueType::ALL.map(|value_type| {
            let count = module.globals.iter().zip(&self.state.globals);
            let count =
                count.filter(|(global, place)| global.value_type == value_type && !place.shared);
            Literal::usize_unsuffixed(count.count())
        });
        let tables = ValueType::REFERENCES.map(|element| {
            let tables = module.tables.iter();
            let count = tables.filter(|table| table.element == element).count();
            let (field, element) = (tables_field(element), reference_type(element));
            let count = Literal::usize_unsuffixed(count);
            quote!(#visible #field: [TableSlot<#element>; #count])
        });
        let elements = ValueType::REFERENCES.map(|element| {
            let segments = module.elements.iter().zip(&self.facts.used_elements);
            let kept = segments.filter(|(segment, used)| **used && segment.element == element);
            let count = Literal::usize_unsuffixed(kept.count());
            let (field, element) = (elements_field(element), reference_type(element));
            quote!(#visible #field: [Box<[Option<#element>]>; #count])
        });
        let table_views = ValueType::REFERENCES.map(|element| {
            let (field, element) = (tables_field(element), reference_type(element));
            quote!(fn #field(&self) -> &[TableSlot<#element>] { &self.#field })
        });
        let tags = Literal::usize_unsuffixed(module.tags.len());
        let types = self.facts.uses_heap.then(|| {
            let count = Literal::usize_unsuffixed(module.definitions.len());
            quote!(#visible types: [u32; #count],)
        });
        let roots = self.facts.uses_heap.then(|| {
            let waiting = self.has_steps().then(|| quote!(self.waiting.roots(mark);));
            let fields = [ValueType::ExternRef, ValueType::ExnRef, ValueType::AnyRef];
            let fields = fields.map(elements_field);
            quote! {
                fn roots(&self, mark: &mut dyn FnMut(AnyRef)) {
                    self.globals.roots(mark);
                    #waiting
                    #(self.#fields.iter().for_each(|elements| elements.roots(mark));)*
                }
            }
        });
        let dropped = self.facts.used_data.iter().filter(|used| **used).count();
        let dropped = Literal::usize_unsuffixed(dropped);
        let exports = self.exports();
        let exports_count = Literal::usize_unsuffixed(module.exports.len());
        let form = first_form(module);
        let imports = self.imported_functions();
        let upward = self.layout.upward.iter().map(|&function| {
            let name = numbered("f", function);
            let pointer = self.function_pointer(function);
            quote!(pub #name: #pointer)
        });
        let upward_steps = self
            .upward_steps()
            .map(|(name, next_type, _)| quote!(pub #name: #next_type));
        let waiting = self.has_steps().then(|| {
            let counts = self.waiting().map(Literal::usize_unsuffixed);
            quote!(#visible waiting: Globals<#(#counts),*>,)
        });
        quote! {
            #[doc(hidden)]
            pub struct State {
                #visible globals: Globals<#(#own),*>,
                #visible shared: SharedGlobals,
                #(#tables,)*
                #(#elements,)*
                #visible tags: [Tag; #tags],
                #visible dropped_data: [bool; #dropped],
                #visible imports: ImportedFunctions,
                #visible linked: Vec<Option<FuncRef>>,
                #visible functions: &'static [FunctionEntry],
                #visible upward: &'static Upward,
                #waiting
                #types
            }
            #imports
            #visible struct Upward { #(#upward,)* #(#upward_steps),* }
            #visible static EXPORTS: [Export; #exports_count] = [#(#exports),*];
            impl ModuleState for State {
                type Memory = #form;
                const EXPORTS: &'static [Export] = &EXPORTS;
                fn functions(&self) -> &'static [FunctionEntry] {
                    self.functions
                }
                fn linked(&self) -> &[Option<FuncRef>] {
                    &self.linked
                }
                #(#table_views)*
                fn tags(&self) -> &[Tag] {
                    &self.tags
                }
                #roots
                fn shared_globals(&self) -> &SharedGlobals {
                    &self.shared
                }
                fn global(&self, value_type: ValueType, place: usize) -> RawValue {
                    self.globals.get(value_type, place)
                }
            }
        }
    }

    /// What makes a state, and what instantiation does with it.
    pub(super) fn start_items(&self) -> Result<TokenStream, Error> {
        let new = self.new_state();
        let initialize = self.initialize()?;
        let functions = self.entries();
        let count = Literal::usize_unsuffixed(functions.len());
        let upward = self.layout.upward.iter().map(|&function| {
            let name = numbered("f", function);
            let code = self.full_code(function, self.call_throws(function));
            quote!(#name: #code)
        });
        let upward_steps = self
            .upward_steps()
            .map(|(name, _, path)| quote!(#name: #path));
        Ok(quote! {
            #new
            #initialize
            static FUNCTIONS: [FunctionEntry; #count] = [#(#functions),*];
            static UPWARD: Upward = Upward { #(#upward,)* #(#upward_steps),* };
        })
    }

    /// A defined function in the form that takes context and memory, and gives a `Result` if
    /// `throws`.
    fn full_code(&self, function: u32, throws: bool) -> TokenStream {
        let path = self.path(function);
        let params = self.module.function_type(function).params.len();
        let args: Vec<_> = (0..params).map(|place| numbered("a", place)).collect();
        let facts = &self.facts.functions[function as usize];
        if throws && !self.call_throws(function) {
            let context = facts.uses_context.then(|| quote!(c,));
            let memory = facts.uses_memory.then(|| quote!(m,));
            return quote!(|c, m, #(#args),*| Ok(#path(#context #memory #(#args),*)));
        }
        // A function with vectors has C's calling convention, which a closure has not.
        let is_plain = !self.module.function_type(function).has_vectors();
        match (facts.uses_context, facts.uses_memory) {
            (true, true) if is_plain => quote!(#path),
            (true, true) => quote!(|c, m, #(#args),*| #path(c, m, #(#args),*)),
            (true, false) => quote!(|c, _, #(#args),*| #path(c, #(#args),*)),
            (false, true) => quote!(|_, m, #(#args),*| #path(m, #(#args),*)),
            (false, false) => quote!(|_, _, #(#args),*| #path(#(#args),*)),
        }
    }

    /// The entry of each function that can be referred to.
    fn entries(&self) -> Vec<TokenStream> {
        let entries = self.state.entries.iter().map(|&index| {
            let function = &self.module.functions[index as usize];
            let entry = signature::entry(function.type_index);
            let params = self.module.function_type(index).params.len();
            let args: Vec<_> = (0..params).map(|place| numbered("a", place)).collect();
            if function.import.is_some() {
                let import = numbered("f", index);
                let entry =
                    quote!(#entry(|c, m, #(#args),*| (c.s.imports.#import)(c, m, #(#args),*)));
                return self.with_type(index, entry);
            }
            let code = self.full_code(index, self.type_throws(function.type_index));
            let entry = self.with_next(index, quote!(#entry(#code)));
            self.with_type(index, entry)
        });
        entries.collect()
    }

    /// The path of a defined function from the root module.
    pub(super) fn path(&self, function: u32) -> TokenStream {
        self.path_to(function, &self.names.function(function))
    }

    /// The path from the root module of what is called `name` beside a defined function.
    pub(super) fn path_to(&self, function: u32, name: &Ident) -> TokenStream {
        let unit = numbered("u", self.layout.unit_of(function));
        if self.layout.parts == 0 {
            return quote!(#unit::#name);
        }
        let part = numbered("part", self.layout.part_of(function));
        quote!(#part::#unit::#name)
    }

    fn exports(&self) -> Vec<TokenStream> {
        let exports = self.module.exports.iter().map(|export| {
            let name = &export.name;
            let kind = match export.kind {
                ExportKind::Function(index) => {
                    let entry = Literal::u32_unsuffixed(self.state.entry(index));
                    quote!(ExportKind::Function(#entry))
                }
                ExportKind::Memory(index) => {
                    let index = Literal::u32_unsuffixed(index);
                    quote!(ExportKind::Memory(#index))
                }
                ExportKind::Table(index) => {
                    let place = Literal::u32_unsuffixed(self.state.table(index));
                    match self.module.tables[index as usize].element {
                        ValueType::FuncRef => quote!(ExportKind::FuncTable(#place)),
                        ValueType::ExnRef => quote!(ExportKind::ExnTable(#place)),
                        ValueType::AnyRef => quote!(ExportKind::AnyTable(#place)),
                        _ => quote!(ExportKind::ExternTable(#place)),
                    }
                }
                ExportKind::Tag(index) => {
                    let index = Literal::u32_unsuffixed(index);
                    quote!(ExportKind::Tag(#index))
                }
                ExportKind::Global(index) => {
                    let GlobalPlace { place, shared } = self.state.global(index);
                    let place = Literal::u32_unsuffixed(place);
                    let value_type = type_name(self.module.globals[index as usize].value_type);
                    let place = quote!(GlobalPlace {
                        value_type: #value_type, place: #place, shared: #shared
                    });
                    match self.module.globals[index as usize].reference {
                        Some(reference) => {
                            let reference = self.reference_in_full(reference);
                            quote!(ExportKind::TypedGlobal(#place, #reference))
                        }
                        None => quote!(ExportKind::Global(#place)),
                    }
                }
            };
            quote!(Export { name: #name, kind: #kind })
        });
        exports.collect()
    }

    /// The function that makes a state of what is imported; `Externs` is in `imports`.
    fn new_state(&self) -> TokenStream {
        let module = self.module;
        let mut own: [Vec<TokenStream>; ValueType::ALL.len()] = Default::default();
        let mut shared: [Vec<TokenStream>; ValueType::ALL.len()] = Default::default();
        for (index, global) in module.globals.iter().enumerate() {
            let place = self.state.globals[index];
            let imported = global.import.is_some();
            let name = numbered("global", index);
            let init = global.init.as_ref().and_then(literal);
            let init = init.unwrap_or_else(|| zero(global.value_type));
            let value = match (place.shared, imported) {
                (true, true) => quote!(externs.#name),
                (true, false) => match global.reference {
                    Some(reference) => {
                        let reference = self.reference_in_full(reference);
                        quote!(Global::of_type(#init, true, #reference))
                    }
                    None => quote!(Global::new(#init, true)),
                },
                (false, true) => quote!(externs.#name.get()),
                (false, false) => init,
            };
            let places = if place.shared { &mut shared } else { &mut own };
            places[global.value_type as usize].push(value);
        }
        let fields = ValueType::ALL.map(global_field);
        let own = own.map(|values| quote!([#(#values),*]));
        let shared = shared.map(|values| quote!(vec![#(#values),*]));
        let tables = ValueType::REFERENCES.map(|element| {
            let tables = module.tables.iter().enumerate();
            let tables = tables.filter(|(_, table)| table.element == element);
            let tables = tables.map(|(index, table)| {
                if table.import.is_some() {
                    let name = numbered("table", index);
                    return quote!(externs.#name);
                }
                let (minimum, maximum) = limits(table.minimum, table.maximum);
                let new = ident(if table.table64 { "new64" } else { "new" });
                let reference = table.reference.map(|reference| {
                    let reference = self.reference_in_full(reference);
                    quote!(.with_elements(#reference))
                });
                quote!(TableSlot::#new(#minimum, #maximum)? #reference)
            });
            let field = tables_field(element);
            quote!(#field: [#(#tables),*])
        });
        let elements = ValueType::REFERENCES.map(elements_field);
        let tags = module.tags.iter().enumerate().map(|(index, tag)| {
            if tag.import.is_some() {
                let name = numbered("tag", index);
                return quote!(externs.#name);
            }
            let params = module.types[tag.type_index as usize].params.iter();
            let params = params.map(|&param| type_name(param));
            let info = self
                .tag_type(tag.declared_type)
                .map(|info| quote!(.of_type(#info)));
            quote!(Tag::new(&[#(#params),*]) #info)
        });
        let memories = module.memories.iter().enumerate().map(|(index, memory)| {
            let shared = memory.memory_type.shared;
            if memory.import.is_some() {
                let name = numbered("memory", index);
                let in_store = shared.then(|| quote!(.in_store(store)));
                return quote!(externs.#name #in_store);
            }
            if is_ordinary(memory.memory_type) {
                let MemoryType {
                    minimum, maximum, ..
                } = memory.memory_type;
                let (minimum, maximum) = limits(minimum, maximum);
                return quote!(Memory::new(store, #minimum, #maximum)?);
            }
            let memory_type = memory_type(memory.memory_type);
            if shared {
                return quote!(SharedMemory::of_type(#memory_type)?.in_store(store));
            }
            quote!(Memory::of_type(store, #memory_type)?)
        });
        let dropped = self
            .facts
            .used_data
            .iter()
            .enumerate()
            .filter(|(_, used)| **used);
        let dropped = dropped
            .map(|(segment, _)| matches!(module.data[segment].mode, SegmentMode::Active { .. }));
        let dropped: Vec<_> = dropped.collect();
        let waiting = self.has_steps().then(|| {
            let counts = self.waiting().map(Literal::usize_unsuffixed);
            let zeros = ValueType::ALL.map(zero);
            quote!(waiting: Globals { #(#fields: [#zeros; #counts]),* },)
        });
        let type_numbers = self
            .facts
            .uses_heap
            .then(|| quote!(types: object_types(store, &TYPES)?,));
        let externs = if self.imports.externs.is_empty() {
            quote!(_)
        } else {
            quote!(externs)
        };
        quote! {
            fn new_state(
                store: &Store,
                imports: ImportedFunctions,
                linked: Vec<Option<FuncRef>>,
                #externs: Externs,
            ) -> Result<(Vec<Memory>, State), InstantiationError> {
                let memories = vec![#(#memories),*];
                let state = State {
                    globals: Globals { #(#fields: #own),* },
                    shared: SharedGlobals { #(#fields: #shared),* },
                    #(#tables,)*
                    #(#elements: core::array::from_fn(|_| no_elements()),)*
                    tags: [#(#tags),*],
                    dropped_data: [#(#dropped),*],
                    imports,
                    linked,
                    functions: &FUNCTIONS,
                    upward: &UPWARD,
                    #waiting
                    #type_numbers
                };
                Ok((memories, state))
            }
        }
    }

    /// The place of a table.
    pub(super) fn table_name(&self, table: u32) -> TokenStream {
        let field = tables_field(self.module.tables[table as usize].element);
        let place = Literal::u32_unsuffixed(self.state.table(table));
        quote!(c.s.#field[#place])
    }
}

pub(super) fn limits(minimum: u64, maximum: Option<u64>) -> (Literal, TokenStream) {
    let maximum = match maximum {
        Some(maximum) => {
            let maximum = Literal::u64_unsuffixed(maximum);
            quote!(Some(#maximum))
        }
        None => quote!(None),
    };
    (Literal::u64_unsuffixed(minimum), maximum)
}

fn zero(value_type: ValueType) -> TokenStream {
    match value_type {
        ValueType::I32 | ValueType::I64 => quote!(0),
        ValueType::F32 | ValueType::F64 => quote!(0.0),
        ValueType::V128 => quote!(V128::ZERO),
        ValueType::FuncRef | ValueType::ExternRef | ValueType::ExnRef | ValueType::AnyRef => {
            quote!(None)
        }
    }
}
