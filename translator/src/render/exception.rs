//! Exceptions as Rust: what throws, what hands on, and what functions give that may do either.
//!
//! In a module that catches exceptions, a function that may end in one gives a `Result` whose error
//! says no more than that there is one; the exception lies in the context. Where nothing is caught,
//! exceptions leave as traps do, and functions are what they are without.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::function::Writer;
use super::{Plan, arrow, memory_parameter, results_type, signature};
use crate::lower::tree::{Expression, Handler};
use crate::module::{FunctionType, ValueType};

/// The type of what may be an exception instead.
fn fallible(results: &[ValueType], throws: bool) -> TokenStream {
    let results = results_type(results);
    if throws {
        quote!(Result<#results, Thrown>)
    } else {
        results
    }
}

fn fallible_arrow(results: &[ValueType], throws: bool) -> TokenStream {
    if throws {
        let outcome = fallible(results, true);
        quote!(-> #outcome)
    } else {
        arrow(results)
    }
}

impl Plan<'_> {
    /// Whether calls by reference with a type may end in an exception.
    pub(super) fn type_throws(&self, type_index: u32) -> bool {
        self.facts.throws.types[type_index as usize]
    }

    /// Whether a call of a function may. An imported one is called as its type says.
    pub(super) fn call_throws(&self, function: u32) -> bool {
        let imported = self.module.functions[function as usize].import.is_some();
        if imported {
            self.type_throws(self.module.functions[function as usize].type_index)
        } else {
            self.facts.throws.functions[function as usize]
        }
    }

    /// What calls by reference with a type give.
    pub(super) fn type_outcome(&self, type_index: u32) -> TokenStream {
        let results = &self.module.types[type_index as usize].results;
        fallible(results, self.type_throws(type_index))
    }

    /// The same as `-> T`, or nothing.
    pub(super) fn type_arrow(&self, type_index: u32) -> TokenStream {
        let results = &self.module.types[type_index as usize].results;
        fallible_arrow(results, self.type_throws(type_index))
    }

    /// What a function gives.
    pub(super) fn function_outcome(&self, function: u32) -> TokenStream {
        let results = &self.module.function_type(function).results;
        fallible(results, self.call_throws(function))
    }

    /// The same as `-> T`, or nothing.
    pub(super) fn function_arrow(&self, function: u32) -> TokenStream {
        let results = &self.module.function_type(function).results;
        fallible_arrow(results, self.call_throws(function))
    }

    /// The type of a pointer to a function that takes context and memory.
    pub(super) fn function_pointer(&self, function: u32) -> TokenStream {
        let type_index = self.module.functions[function as usize].type_index;
        if self.call_throws(function) == self.type_throws(type_index) {
            let signature = signature::signature(type_index);
            return quote!(#signature);
        }
        let FunctionType { params, .. } = self.module.function_type(function);
        let params = params.iter().map(|&param| super::rust_type(param));
        let (memory, arrow) = (memory_parameter(self.module), self.function_arrow(function));
        quote!(fn(&mut Context<State>, #memory, #(#params),*) #arrow)
    }

    /// A call that leads out of the module: an exception leaves as a trap does.
    pub(super) fn leading_out(&self, call: TokenStream, throws: bool) -> TokenStream {
        if throws {
            quote!({ let result = #call; uncaught(c, result) })
        } else {
            call
        }
    }
}

impl Writer<'_> {
    /// A value as what the function gives.
    pub(super) fn outcome(&self, value: TokenStream) -> TokenStream {
        let value = if self.throws {
            quote!(Ok(#value))
        } else {
            value
        };
        if self.steps {
            quote!(Step::Done(#value))
        } else {
            value
        }
    }

    /// Goes where exceptions go.
    pub(super) fn leave(&mut self, handler: Handler) -> TokenStream {
        let leave = self.leave_expression(handler);
        quote!(#leave;)
    }

    fn leave_expression(&mut self, handler: Handler) -> TokenStream {
        match handler {
            Some(target) => self.target(target),
            None if self.throws && self.steps => quote!(return Step::Done(Err(Thrown))),
            None if self.throws => quote!(return Err(Thrown)),
            // There is none, whatever the type says.
            None => quote!(unreachable()),
        }
    }

    /// The value of a call, `throws` saying that it gives a `Result`.
    pub(super) fn handled(
        &mut self,
        call: TokenStream,
        throws: bool,
        handler: Handler,
    ) -> TokenStream {
        if !throws {
            return call;
        }
        let leave = self.leave_expression(handler);
        if handler.is_none() && self.throws && !self.steps {
            // Not `?`: LLVM takes both ways for as likely, and jumps on the one without exceptions.
            return quote!(match #call { Ok(value) => value, Err(_) => { cold_path(); #leave } });
        }
        quote!(match #call { Ok(value) => value, Err(_) => #leave })
    }

    /// What a tail call gives, as what this function gives.
    pub(super) fn return_outcome(&self, call: TokenStream, throws: bool) -> TokenStream {
        let call = match (throws, self.throws) {
            (false, true) => quote!(Ok(#call)),
            (true, false) => quote!(match #call { Ok(value) => value, Err(_) => unreachable() }),
            _ => call,
        };
        if self.steps {
            quote!(return Step::Done(#call);)
        } else {
            quote!(return #call;)
        }
    }

    pub(super) fn throw(&mut self, tag: u32, args: &[Expression], handler: Handler) -> TokenStream {
        let params = self.plan.module.tag_params(tag);
        let values: Vec<_> = args
            .iter()
            .zip(params)
            .map(|(arg, &param)| {
                let (value, variant) = (self.expression(arg), super::raw_value(param));
                quote!(#variant(#value))
            })
            .collect();
        let tag = Literal::u32_unsuffixed(tag);
        if !self.plan.facts.catches {
            return quote!(throw_out(c, c.s.tags[#tag], &[#(#values),*]););
        }
        let leave = self.leave(handler);
        quote!(throw(c, c.s.tags[#tag], &[#(#values),*]); #leave)
    }

    pub(super) fn throw_ref(&mut self, exception: &Expression, handler: Handler) -> TokenStream {
        let exception = self.expression(exception);
        if !self.plan.facts.catches {
            return quote!(rethrow_out(c, #exception););
        }
        let leave = self.leave(handler);
        quote!(rethrow(c, #exception); #leave)
    }
}
