//! One function as Rust.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::{Plan, expression, memory_name, memory_parameter, numbered, other_memories, rust_type};
use crate::lower::tree::{Body, TempId};
use crate::module::ValueType;

/// Functions with more code than this are not inlined: it saves rustc a third of its time, and
/// the module's own compiler has inlined what was worth it.
const INLINE_SIZE: u32 = 200;

/// Writes the parts of one function.
pub struct Writer<'a> {
    pub plan: &'a Plan<'a>,
    pub body: &'a Body,
    pub unit: u32,
    pub recursive: bool,
    /// Whether it runs in steps: tail calls lead back to it.
    pub steps: bool,
    /// Whether it may end in an exception.
    pub throws: bool,
    /// What has to be declared at the top.
    used_temps: BTreeSet<u32>,
    used_locals: BTreeSet<u32>,
    used_regions: BTreeSet<u32>,
    /// Memories other than 0.
    used_memories: BTreeSet<u32>,
    /// The regions being written, and the segment of each that is.
    pub regions: Vec<(u32, u32)>,
}

/// The function `index`, lowered to `body`, as an item.
pub fn function(plan: &Plan<'_>, index: u32, body: &Body) -> TokenStream {
    let facts = &plan.facts.functions[index as usize];
    let function_type = plan.module.function_type(index);
    let mut writer = Writer {
        plan,
        body,
        unit: plan.layout.unit_of(index),
        recursive: facts.recursive && !facts.steps,
        steps: facts.steps,
        throws: plan.facts.throws.functions[index as usize],
        used_temps: BTreeSet::new(),
        used_locals: BTreeSet::new(),
        used_regions: BTreeSet::new(),
        used_memories: BTreeSet::new(),
        regions: Vec::new(),
    };
    let statements = writer.function_body();
    let params = function_type.params.len();
    let declared_params = function_type
        .params
        .iter()
        .enumerate()
        .map(|(local, &value_type)| {
            let name = expression::local_name(local as u32);
            let value_type = rust_type(value_type);
            quote!(mut #name: #value_type)
        });
    let receivers = receivers(plan, facts.uses_context, facts.uses_memory);
    let locals = (params as u32..body.locals.len() as u32)
        .filter(|local| writer.used_locals.contains(local))
        .map(|local| {
            let (name, zero) = (
                expression::local_name(local),
                zero(body.locals[local as usize]),
            );
            quote!(let mut #name = #zero;)
        });
    let temps = writer.used_temps.iter().map(|&temp| {
        let (name, zero) = (
            numbered("t", temp),
            zero(body.temps[temp as usize].value_type),
        );
        quote!(let mut #name = #zero;)
    });
    let regions = writer.used_regions.iter().map(|&region| {
        let state = numbered("s", region);
        quote!(let mut #state = 0u32;)
    });
    let memories = other_memories(plan.module, &writer.used_memories);
    if facts.steps {
        let declared: Vec<_> = declared_params.collect();
        let memory = memory_parameter(plan.module);
        return plan.step_items(
            index,
            &quote!((c: &mut Context<State>, m: #memory, #(#declared),*)),
            &quote!({
                #memories
                #(#locals)*
                #(#temps)*
                #(#regions)*
                #statements
            }),
        );
    }
    let check = facts.recursive.then(|| quote!(check_stack(c);));
    let inline = (facts.size > INLINE_SIZE).then(|| quote!(#[inline(never)]));
    // Rust's own convention passes vectors by way of memory, C's in registers.
    let (lint, convention) = match function_type.has_vectors() {
        true => (
            quote!(#[allow(improper_ctypes_definitions)]),
            quote!(extern "C-unwind"),
        ),
        false => (TokenStream::new(), TokenStream::new()),
    };
    let name = plan.names.function(index);
    let result = plan.function_arrow(index);
    quote! {
        #inline
        #lint
        pub #convention fn #name(#(#receivers,)* #(#declared_params),*) #result {
            #check
            #memories
            #(#locals)*
            #(#temps)*
            #(#regions)*
            #statements
        }
    }
}

/// The parameters in front of the module's own.
pub fn receivers(plan: &Plan<'_>, context: bool, memory: bool) -> Vec<TokenStream> {
    let mut receivers = Vec::new();
    if context {
        receivers.push(quote!(c: &mut Context<State>));
    }
    if memory {
        let memory = memory_parameter(plan.module);
        receivers.push(quote!(m: #memory));
    }
    receivers
}

fn zero(value_type: ValueType) -> TokenStream {
    match value_type {
        ValueType::I32 => quote!(0i32),
        ValueType::I64 => quote!(0i64),
        ValueType::F32 => quote!(0.0f32),
        ValueType::F64 => quote!(0.0f64),
        ValueType::V128 => quote!(V128::ZERO),
        ValueType::FuncRef => quote!(None::<FuncRef>),
        ValueType::ExternRef => quote!(None::<ExternRef>),
        ValueType::ExnRef => quote!(None::<ExnRef>),
        ValueType::AnyRef => quote!(None::<AnyRef>),
    }
}

impl Writer<'_> {
    pub fn local(&mut self, local: u32) -> TokenStream {
        self.used_locals.insert(local);
        expression::local_name(local)
    }

    pub fn temp(&mut self, temp: TempId) -> TokenStream {
        if self.is_hoisted(temp) {
            self.used_temps.insert(temp.0);
        }
        let name = numbered("t", temp.0);
        quote!(#name)
    }

    pub fn is_hoisted(&self, temp: TempId) -> bool {
        self.body.temps[temp.0 as usize].hoisted
    }

    /// The variable that says which segment of a region is next.
    pub fn region_state(&mut self, region: u32) -> Ident {
        self.used_regions.insert(region);
        numbered("s", region)
    }

    pub fn memory(&mut self, memory: u32) -> Ident {
        if memory > 0 {
            self.used_memories.insert(memory);
        }
        memory_name(memory)
    }

    pub fn table(&self, table: u32) -> TokenStream {
        self.plan.table_name(table)
    }
}
