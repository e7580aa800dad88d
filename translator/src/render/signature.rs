//! For each function type, how its functions are called by table, from elsewhere and by tools.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::{Plan, Take, arrow, memory_parameter, numbered, parameters, results_type, type_name};
use crate::Error;
use crate::module::FunctionType;

/// The type of functions of a type, as their own instance calls them.
pub fn signature(type_index: u32) -> Ident {
    numbered("Signature", type_index)
}

/// Makes the entry of a function of a type.
pub fn entry(type_index: u32) -> Ident {
    numbered("entry_", type_index)
}

/// Calls a function by a reference.
pub fn call_reference(type_index: u32) -> Ident {
    numbered("call_reference_", type_index)
}

/// Calls a function by a place in a table.
pub fn call_indirect(type_index: u32) -> Ident {
    numbered("call_indirect_", type_index)
}

/// The items of all types.
pub fn items(plan: &Plan<'_>, take: Take<'_>) -> Result<(), Error> {
    let visible = plan.visible();
    let memory = memory_parameter(plan.module);
    for (index, function_type) in plan.module.types.iter().enumerate() {
        let mut items = item(plan, index as u32, function_type, &visible, &memory);
        items.extend(plan.step_signature(index as u32, &visible));
        take(items)?;
    }
    Ok(())
}

fn item(
    plan: &Plan<'_>,
    index: u32,
    function_type: &FunctionType,
    visible: &TokenStream,
    memory: &TokenStream,
) -> TokenStream {
    let FunctionType { params, results } = function_type;
    let (signature, entry) = (signature(index), entry(index));
    let (call_reference, call_indirect) = (call_reference(index), call_indirect(index));
    let foreign = numbered("Foreign", index);
    let foreign_call = numbered("foreign_", index);
    let dynamic = numbered("dynamic_", index);
    let untyped = numbered("untyped_", index);
    let (declared, names) = parameters(params);
    let types: Vec<_> = params
        .iter()
        .map(|&param| super::rust_type(param))
        .collect();
    let (result, result_type) = (arrow(results), results_type(results));
    let from_raw: Vec<_> = (0..params.len())
        .map(|place| {
            let place = Literal::usize_unsuffixed(place);
            quote!(argument(args, #place))
        })
        .collect();
    let throws = plan.type_throws(index);
    let outcome = plan.type_arrow(index);
    let call = plan.leading_out(quote!(f(c, m, #(#names),*)), throws);
    let dynamic_call = plan.leading_out(quote!(f(c, m, #(#from_raw),*)), throws);
    let call_foreign = quote! {
        let (f, x) = f.foreign::<State, #foreign>(c, #untyped);
        f(x, #(#names),*)
    };
    // Another instance's exceptions come out as traps do.
    let call_foreign = if throws {
        quote!(catching(c, |c| { #call_foreign }))
    } else {
        call_foreign
    };
    let param_types = params.iter().map(|&param| type_name(param));
    let result_types = results.iter().map(|&result| type_name(result));
    let result_types: Vec<_> = result_types.collect();
    let param_types: Vec<_> = param_types.collect();
    let (count, call_untyped) = (
        Literal::usize_unsuffixed(results.len()),
        quote! {
            x.call(
                FunctionType { params: &[#(#param_types),*], results: &[#(#result_types),*] },
                &[#(raw(#names)),*],
                &mut results,
            );
        },
    );
    let untyped_results = match results.len() {
        0 => quote!(),
        1 => quote!(argument(&results, 0)),
        count => {
            let places = (0..count).map(Literal::usize_unsuffixed);
            quote!((#(argument(&results, #places)),*))
        }
    };
    let give = match results.len() {
        0 => quote!(),
        1 => quote!(give(results, 0, result);),
        count => {
            let places: Vec<_> = (0..count).map(Literal::usize_unsuffixed).collect();
            quote!(#(give(results, #places, result.#places);)*)
        }
    };
    quote! {
        #visible type #signature = fn(&mut Context<State>, #memory, #(#types),*) #outcome;
        type #foreign = fn(Foreign<'_>, #(#types),*) #result;
        fn #foreign_call(x: Foreign<'_>, #(#declared),*) #result {
            x.enter::<State, #signature, #result_type>(|c, m, f| #call)
        }
        fn #untyped(x: Foreign<'_>, #(#declared),*) #result {
            let mut results = no_values::<#count>();
            #call_untyped
            #untyped_results
        }
        fn #dynamic(
            c: &mut Context<State>,
            m: #memory,
            f: #signature,
            args: &[RawValue],
            results: &mut [RawValue],
        ) {
            let result = #dynamic_call;
            #give
        }
        #visible const fn #entry(f: #signature) -> FunctionEntry {
            FunctionEntry::new::<State, #signature, #foreign>(
                f,
                #foreign_call,
                #dynamic,
                FunctionType { params: &[#(#param_types),*], results: &[#(#result_types),*] },
            )
        }
        #[inline(always)]
        #visible fn #call_reference(
            c: &mut Context<State>,
            m: #memory,
            f: FuncRef,
            #(#declared),*
        ) #outcome {
            match f.code::<State, #signature>(c) {
                Some(f) => f(c, m, #(#names),*),
                None => {
                    #call_foreign
                }
            }
        }
        #[inline(always)]
        #visible fn #call_indirect<const TABLE: usize>(
            c: &mut Context<State>,
            m: #memory,
            #(#declared,)*
            index: i32,
        ) #outcome {
            let f = c.s.func_tables[TABLE].function(index);
            #call_reference(c, m, f, #(#names),*)
        }
    }
}
