//! Functions that tail calls lead back to run in *steps*: such a call gives its arguments and a
//! function to go on with to a loop at the bottom of the chain, so that the stack stays as it is.
//!
//! A function `f` of this kind becomes three: `f_step`, its body, which ends with a result or with
//! the next step; `f_next`, the step that takes the arguments from where the caller put them; and
//! `f` itself, for all other callers, which runs steps until there is a result.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::function::Writer;
use super::statement::checked;
use super::{Plan, global_field, memory_parameter, numbered, parameters, signature};
use crate::lower::tree::Expression;
use crate::module::ValueType;

/// The type of the steps to an outcome.
fn next_type(memory: &TokenStream, outcome: &TokenStream) -> TokenStream {
    quote!(fn(&mut Context<State>, #memory) -> Step<State, #outcome>)
}

/// Goes on with a function that a reference leads to.
fn next_reference(type_index: u32) -> Ident {
    numbered("next_reference_", type_index)
}

impl Plan<'_> {
    /// Whether any function runs in steps.
    pub(super) fn has_steps(&self) -> bool {
        self.facts.functions.iter().any(|function| function.steps)
    }

    /// How many arguments of each type wait for the next step at most.
    pub(super) fn waiting(&self) -> [usize; ValueType::ALL.len()] {
        let stepping = self.facts.functions.iter().enumerate();
        let functions = stepping
            .filter(|(_, function)| function.steps)
            .map(|(index, _)| &self.module.functions[index].type_index);
        let types = self.facts.stepping_types.iter().enumerate();
        let types = types.filter(|(_, steps)| **steps);
        let types = types
            .map(|(index, _)| index)
            .chain(functions.map(|&index| index as usize));
        types.fold([0; ValueType::ALL.len()], |mut most, index| {
            for (place, most) in most.iter_mut().enumerate() {
                let params = &self.module.types[index].params;
                let same = params.iter().filter(|&&param| param as usize == place);
                *most = (*most).max(same.count());
            }
            most
        })
    }

    /// The three functions of one that runs in steps.
    pub(super) fn step_items(
        &self,
        index: u32,
        parameters_declared: &TokenStream,
        body: &TokenStream,
    ) -> TokenStream {
        let params = &self.module.function_type(index).params;
        let (declared, names) = parameters(params);
        let name = self.names.function(index);
        let (step, next) = (format_ident!("{name}_step"), self.next_name(index));
        let (result, result_type) = (self.function_arrow(index), self.function_outcome(index));
        let waiting = waiting_arguments(params);
        let memory = memory_parameter(self.module);
        let facts = &self.facts.functions[index as usize];
        let check = facts.recursive.then(|| quote!(check_stack(c);));
        quote! {
            #[inline(never)]
            pub fn #name(c: &mut Context<State>, m: #memory, #(#declared),*) #result {
                #check
                let first = #step(c, m, #(#names),*);
                run_steps(c, m, first)
            }
            pub fn #step #parameters_declared -> Step<State, #result_type> #body
            #[inline(never)]
            pub fn #next(c: &mut Context<State>, m: #memory) -> Step<State, #result_type> {
                #(let #names = #waiting;)*
                #step(c, m, #(#names),*)
            }
        }
    }

    fn next_name(&self, function: u32) -> Ident {
        let name = self.names.function(function);
        format_ident!("{name}_next")
    }

    /// The path of a function's next step, from the root module.
    fn next_path(&self, function: u32) -> TokenStream {
        self.path_to(function, &self.next_name(function))
    }

    /// The entry of a function, with its next step if it has one.
    pub(super) fn with_next(&self, function: u32, entry: TokenStream) -> TokenStream {
        if !self.facts.functions[function as usize].steps {
            return entry;
        }
        let next_type = next_type(
            &memory_parameter(self.module),
            &self.function_outcome(function),
        );
        let path = self.next_path(function);
        quote!(#entry.with_next::<#next_type>(#path))
    }

    /// The fields for functions in later parts that tail calls lead to: types, and values.
    pub(super) fn upward_steps(&self) -> impl Iterator<Item = (Ident, TokenStream, TokenStream)> {
        let functions = self.layout.upward.iter().copied();
        let stepping = functions.filter(|&function| self.facts.functions[function as usize].steps);
        stepping.map(|function| {
            let next_type = next_type(
                &memory_parameter(self.module),
                &self.function_outcome(function),
            );
            (
                numbered("next", function),
                next_type,
                self.next_path(function),
            )
        })
    }

    /// What tail calls by reference with a type use.
    pub(super) fn step_signature(&self, index: u32, visible: &TokenStream) -> Option<TokenStream> {
        if !self.facts.stepping_types[index as usize] {
            return None;
        }
        let params = &self.module.types[index as usize].params;
        let name = next_reference(index);
        let (call, signature) = (
            signature::call_reference(index),
            signature::signature(index),
        );
        let result_type = self.type_outcome(index);
        let memory = memory_parameter(self.module);
        let next_type = next_type(&memory, &result_type);
        let waiting = waiting_arguments(params);
        let (_, names) = parameters(params);
        Some(quote! {
            #[inline(always)]
            #visible fn #name(
                c: &mut Context<State>,
                m: #memory,
                f: FuncRef,
            ) -> Step<State, #result_type> {
                match f.next::<State, #signature, #next_type>(c) {
                    Some(next) => Step::Next(next),
                    None => {
                        #(let #names = #waiting;)*
                        Step::Done(#call(c, m, f, #(#names),*))
                    }
                }
            }
        })
    }
}

/// Where each argument waits.
fn waiting_arguments(params: &[ValueType]) -> Vec<TokenStream> {
    let mut counts = [0; ValueType::ALL.len()];
    let places = params.iter().map(|&param| {
        let count = &mut counts[param as usize];
        let (field, place) = (global_field(param), Literal::usize_unsuffixed(*count));
        *count += 1;
        quote!(c.s.waiting.#field[#place])
    });
    places.collect()
}

impl Writer<'_> {
    /// A call in place of this function.
    pub(super) fn return_call(&mut self, function: u32, args: &[Expression]) -> TokenStream {
        let plan = self.plan;
        if !(self.steps && plan.facts.functions[function as usize].steps) {
            let args: Vec<_> = args.iter().map(|arg| self.expression(arg)).collect();
            let call = self.call(function, &args);
            return self.return_outcome(call, plan.call_throws(function));
        }
        let put = self.wait(&plan.module.function_type(function).params, args);
        let path = self.path_from_here(function, &plan.next_name(function));
        let path = path.unwrap_or_else(|| {
            let next = numbered("next", function);
            quote!(c.s.upward.#next)
        });
        quote!(#put return Step::Next(#path);)
    }

    /// A call by way of a table in place of this function.
    pub(super) fn return_call_indirect(
        &mut self,
        table: u32,
        type_index: u32,
        declared_type: Option<u32>,
        index: &Expression,
        args: &[Expression],
    ) -> TokenStream {
        let plan = self.plan;
        let place = Literal::u32_unsuffixed(plan.state.table(table));
        if !(self.steps && plan.facts.stepping_types[type_index as usize]) {
            let args: Vec<_> = args.iter().map(|arg| self.expression(arg)).collect();
            let index = self.table_index(table, index);
            let call = signature::call_indirect(type_index);
            let call = match declared_type {
                Some(declared) => {
                    let call = signature::call_reference(type_index);
                    let function = checked(&place, &index, declared);
                    quote!({ let f = #function; #call(c, m, f, #(#args),*) })
                }
                None => quote!(#call::<#place>(c, m, #(#args,)* #index)),
            };
            return self.return_outcome(call, plan.type_throws(type_index));
        }
        let put = self.wait(&plan.module.types[type_index as usize].params, args);
        let index = self.table_index(table, index);
        let next = next_reference(type_index);
        let function = match declared_type {
            Some(declared) => checked(&place, &index, declared),
            None => quote!(c.s.func_tables[#place].function(#index)),
        };
        quote! {
            #put
            let f = #function;
            return #next(c, m, f);
        }
    }

    /// A call by a reference in place of this function.
    pub(super) fn return_call_ref(
        &mut self,
        type_index: u32,
        function: &Expression,
        args: &[Expression],
    ) -> TokenStream {
        let plan = self.plan;
        if !(self.steps && plan.facts.stepping_types[type_index as usize]) {
            let args: Vec<_> = args.iter().map(|arg| self.expression(arg)).collect();
            let function = self.expression(function);
            let call = signature::call_reference(type_index);
            let call = quote!(#call(c, m, function_of(#function), #(#args),*));
            return self.return_outcome(call, plan.type_throws(type_index));
        }
        let put = self.wait(&plan.module.types[type_index as usize].params, args);
        let function = self.expression(function);
        let next = next_reference(type_index);
        quote!(#put return #next(c, m, function_of(#function));)
    }

    /// Puts arguments where the next step takes them.
    fn wait(&mut self, params: &[ValueType], args: &[Expression]) -> TokenStream {
        let places = waiting_arguments(params);
        let args: Vec<_> = args.iter().map(|arg| self.expression(arg)).collect();
        quote!(#(#places = #args;)*)
    }
}
