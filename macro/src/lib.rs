//! `include_wasm!`: a WebAssembly module as Rust code at the place where it is named.
//!
//! Use it through `wasm2rs_support::include_wasm`, where it is documented by example.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Ident, LitStr, Token};
use wasm2rs_translator::Engine;

/// Translates a WebAssembly module and puts the Rust code in place of the macro.
///
/// The path is relative to the root of the crate, the directory of its `Cargo.toml`. A file that
/// ends in `.wat` is read as text. The items are best given a module of their own:
///
/// ```ignore
/// mod add {
///     wasm2rs_support::include_wasm!("wasm/add.wasm");
/// }
/// let mut instance = add::Instance::new(())?;
/// assert_eq!(instance.add(1, 2)?, 3);
/// ```
///
/// What runs the module can be chosen. Any engine but `compiled` needs the feature `interpreter` of
/// `wasm2rs-support`:
///
/// | `include_wasm!("module.wasm", engine = …)` | |
/// |---|---|
/// | `compiled` | the module is translated and compiled: the default |
/// | `both` | the same, and other modules with its interface can be loaded at run time |
/// | `interpreted` | the module is embedded as it is, and interpreted |
/// | `interpreted_in_debug` | the same where `debug_assertions` are on, as in the profile `dev`; else `both` |
///
/// The crate is compiled again when the file changes. A file that is missing, or not a module
/// that can be translated, is a compile error.
#[proc_macro]
pub fn include_wasm(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let Arguments { path, engines } = match syn::parse(input) {
        Ok(arguments) => arguments,
        Err(error) => return error.into_compile_error().into(),
    };
    match include(&path.value(), engines) {
        Ok(items) => items.into(),
        Err(message) => syn::Error::new(path.span(), message)
            .into_compile_error()
            .into(),
    }
}

/// Which engine, with debug assertions and without.
type Engines = [Engine; 2];

/// What the macro is given.
struct Arguments {
    path: LitStr,
    engines: Engines,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Arguments> {
        let path = input.parse().map_err(|error| {
            let message = "expected the path of a WebAssembly module, relative to the crate's \
                           root: include_wasm!(\"module.wasm\")";
            syn::Error::new(error.span(), message)
        })?;
        let mut engines = [Engine::Compiled; 2];
        if input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            let expected = "expected `engine = compiled`, `both`, `interpreted` or \
                            `interpreted_in_debug`";
            let key: Ident = input
                .parse()
                .map_err(|error| syn::Error::new(error.span(), expected))?;
            input.parse::<Token![=]>()?;
            let value: Ident = input
                .parse()
                .map_err(|error| syn::Error::new(error.span(), expected))?;
            engines = match (key.to_string().as_str(), value.to_string().as_str()) {
                ("engine", "compiled") => [Engine::Compiled; 2],
                ("engine", "both") => [Engine::Both; 2],
                ("engine", "interpreted") => [Engine::Interpreted; 2],
                ("engine", "interpreted_in_debug") => [Engine::Interpreted, Engine::Both],
                _ => return Err(syn::Error::new(key.span(), expected)),
            };
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(Arguments { path, engines })
    }
}

fn include(name: &str, engines: Engines) -> Result<TokenStream, String> {
    let root = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let path: PathBuf = Path::new(&root).join(name);
    let wasm = wasm2rs_translator::read_module(&path).map_err(|error| error.to_string())?;
    let items = |engine| {
        wasm2rs_translator::Translation::new(&wasm)
            .and_then(|translation| translation.origin(name).engine(engine).tokens())
            .map_err(|error| format!("`{name}`: {error}"))
    };
    let [debug, release] = engines;
    let items = if debug == release {
        items(debug)?
    } else {
        let (debug, release) = (items(debug)?, items(release)?);
        quote! {
            #[cfg(debug_assertions)]
            mod debug { #debug }
            #[cfg(debug_assertions)]
            pub use debug::*;
            #[cfg(not(debug_assertions))]
            mod release { #release }
            #[cfg(not(debug_assertions))]
            pub use release::*;
        }
    };
    let tracked = path
        .to_str()
        .ok_or_else(|| format!("`{name}`: the path is not Unicode"))?;
    Ok(quote! {
        #items
        // So that cargo knows what the code was made from.
        const _: &[u8] = include_bytes!(#tracked);
    })
}
