//! Translates a guest, `guest.wasm`, and fits it to the interface that a host is written for: the
//! traits of `interface.wat`'s code, which have a function for all that guests may import. A guest
//! imports some of them.

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;

use quote::{ToTokens, quote};
use syn::{FnArg, Item, ItemMod, ItemTrait, Pat, TraitItem};

fn main() -> Result<(), Box<dyn Error>> {
    let output = env::var_os("OUT_DIR").ok_or("no OUT_DIR")?;
    let output = Path::new(&output);
    wasm2rs::Builder::new("guest.wasm").build();
    wasm2rs::Builder::new("interface.wat").build();
    let wanted = traits(&output.join("interface.rs"))?;
    let imported = traits(&output.join("guest.rs"))?;
    let mut adapters = quote! {
        #[allow(warnings)]
        mod module {
            include!(concat!(env!("OUT_DIR"), "/guest.rs"));
        }
        pub use module::{Caller, Instance, InstanceMut};
        #[allow(unused_imports)]
        use wasm2rs_support::*;
    };
    for interface in &wanted {
        adapters.extend(interface.to_token_stream());
        let name = &interface.ident;
        let Some(imports) = imported.iter().find(|imports| imports.ident == *name) else {
            continue;
        };
        let forwarded = imports.items.iter().filter_map(|item| {
            let TraitItem::Fn(function) = item else {
                return None;
            };
            let signature = &function.sig;
            let function = &signature.ident;
            let arguments = signature.inputs.iter().map(|argument| match argument {
                FnArg::Receiver(_) => quote!(self),
                FnArg::Typed(argument) => match &*argument.pat {
                    Pat::Ident(name) => name.ident.to_token_stream(),
                    other => other.to_token_stream(),
                },
            });
            Some(quote!(#signature { <T as #name>::#function(#(#arguments),*) }))
        });
        adapters.extend(quote! {
            impl<T: #name> module::#name for T { #(#forwarded)* }
        });
    }
    fs::write(output.join("adapters.rs"), adapters.to_string())?;
    Ok(())
}

/// The traits for imports in the code of a module.
fn traits(path: &Path) -> Result<Vec<ItemTrait>, Box<dyn Error>> {
    let file = syn::parse_file(&fs::read_to_string(path)?)?;
    let inner = file.items.into_iter().find_map(|item| match item {
        Item::Mod(ItemMod {
            content: Some((_, items)),
            ..
        }) => Some(items),
        _ => None,
    });
    let items = inner.ok_or("no module in the generated code")?;
    Ok(items
        .into_iter()
        .filter_map(|item| match item {
            // `Imports` is the sum of the others.
            Item::Trait(item) if item.ident != "Imports" => Some(item),
            _ => None,
        })
        .collect())
}
