//! What instantiation does once the state is there (specification: *Instantiation*).

use std::collections::BTreeSet;

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::constant::literal;
use super::data::Initial;
use super::state::GlobalPlace;
use super::{
    Plan, elements_field, global_field, memory_name, memory_parameter, numbered, other_memories,
};
use crate::Error;
use crate::module::{Items, SegmentMode, ValueType};

impl Plan<'_> {
    /// What instantiation does once the state is there (specification: *Instantiation*).
    pub(super) fn initialize(&self) -> Result<TokenStream, Error> {
        let module = self.module;
        let mut steps = TokenStream::new();
        for (index, global) in module.globals.iter().enumerate() {
            let Some(init) = global.init.as_ref().filter(|init| literal(init).is_none()) else {
                continue;
            };
            let value = self.const_expr(init)?;
            let GlobalPlace { place, shared } = self.state.global(index as u32);
            let (field, place) = (
                global_field(global.value_type),
                Literal::u32_unsuffixed(place),
            );
            steps.extend(if shared {
                quote!(let value = #value; c.s.shared.#field[#place].set(value);)
            } else {
                quote!(c.s.globals.#field[#place] = #value;)
            });
        }
        for (index, table) in module.tables.iter().enumerate() {
            let Some(init) = &table.init else { continue };
            let value = self.const_expr(init)?;
            let name = self.table_name(index as u32);
            steps.extend(quote!(let value = #value; #name.fill(0, value, #name.size());));
        }
        for (index, segment) in module.elements.iter().enumerate() {
            if self.facts.used_elements[index] && matches!(segment.mode, SegmentMode::Passive) {
                let values = self.element_values(index)?;
                let field = elements_field(segment.element);
                let place = Literal::u32_unsuffixed(self.state.elements(index as u32));
                steps.extend(quote!(c.s.#field[#place] = #values;));
            }
        }
        for (index, segment) in module.elements.iter().enumerate() {
            let SegmentMode::Active {
                index: table,
                offset,
            } = &segment.mode
            else {
                continue;
            };
            let mut offset = self.const_expr(offset)?;
            if module.tables[*table as usize].table64 {
                offset = quote!(narrow(#offset));
            }
            let table_name = self.table_name(*table);
            steps.extend(match self.blob.elements.get(&index) {
                Some(&(position, length)) if segment.element == ValueType::FuncRef => {
                    let place = Literal::u32_unsuffixed(self.state.table(*table));
                    let position = Literal::u32_unsuffixed(position);
                    let length = Literal::u32_unsuffixed(length);
                    quote! {
                        let offset = #offset;
                        init_table(c, #place, offset, segment(DATA, #position, #length, false));
                    }
                }
                _ => {
                    // An array, because a trap would leak a box.
                    let values = self.element_expressions(index)?;
                    quote!(let values = [#(#values),*]; init_elements(&#table_name, #offset, &values);)
                }
            });
        }
        let mut used = BTreeSet::new();
        for initial in &self.blob.initial {
            steps.extend(match *initial {
                Initial::Table {
                    memory,
                    position,
                    count,
                } => {
                    used.insert(memory);
                    let memory = memory_name(memory);
                    let position = Literal::u32_unsuffixed(position);
                    let count = Literal::u32_unsuffixed(count);
                    quote!(init_memory(#memory, DATA, #position, #count);)
                }
                Initial::Computed { segment } => {
                    let SegmentMode::Active { index, offset } = &module.data[segment].mode else {
                        continue;
                    };
                    used.insert(*index);
                    let memory = memory_name(*index);
                    let offset = self.const_expr(offset)?;
                    let (position, length) = self.blob.data[segment];
                    let position = Literal::u32_unsuffixed(position);
                    let size = Literal::i32_unsuffixed(length.cast_signed());
                    let length = Literal::u32_unsuffixed(length);
                    quote! {
                        let offset = #offset;
                        #memory.init(segment(DATA, #position, #length, false), offset, 0, #size);
                    }
                }
            });
        }
        if let Some(start) = module.start {
            let call = if module.functions[start as usize].import.is_some() {
                let import = numbered("f", start);
                quote!((c.s.imports.#import)(c, m))
            } else {
                let path = self.path(start);
                let facts = &self.facts.functions[start as usize];
                let context = facts.uses_context.then(|| quote!(c,));
                let memory = facts.uses_memory.then(|| quote!(m,));
                quote!(#path(#context #memory))
            };
            let call = self.leading_out(call, self.call_throws(start));
            steps.extend(quote!(#call;));
        }
        used.remove(&0);
        let memories = other_memories(module, &used);
        let parameter = memory_parameter(module);
        Ok(quote! {
            fn initialize(c: &mut Context<State>, m: #parameter) {
                #memories
                #steps
            }
        })
    }

    /// The values of an element segment, as a boxed slice.
    fn element_values(&self, index: usize) -> Result<TokenStream, Error> {
        let segment = &self.module.elements[index];
        if let (ValueType::FuncRef, Some((position, length))) =
            (segment.element, self.blob.elements.get(&index))
        {
            let position = Literal::u32_unsuffixed(*position);
            let length = Literal::u32_unsuffixed(*length);
            return Ok(quote!(elements(c, segment(DATA, #position, #length, false))));
        }
        let values = self.element_expressions(index)?;
        Ok(quote!(boxed([#(#values),*])))
    }

    /// The values of an element segment of expressions.
    fn element_expressions(&self, index: usize) -> Result<Vec<TokenStream>, Error> {
        match &self.module.elements[index].items {
            Items::Expressions(items) => items.iter().map(|item| self.const_expr(item)).collect(),
            Items::Functions(_) => Err(Error::Internal(
                "functions that are no functions".to_string(),
            )),
        }
    }
}
