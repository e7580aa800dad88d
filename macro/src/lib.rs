//! `include_wasm!`: a WebAssembly module as Rust code at the place where it is named.
//!
//! Use it through `wasm2rs_support::include_wasm`, where it is documented by example.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::quote;
use syn::LitStr;

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
/// The crate is compiled again when the file changes. A file that is missing, or not a module
/// that can be translated, is a compile error.
#[proc_macro]
pub fn include_wasm(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let path = match syn::parse::<LitStr>(input) {
        Ok(path) => path,
        Err(error) => {
            let message = "expected the path of a WebAssembly module, relative to the crate's \
                           root: include_wasm!(\"module.wasm\")";
            return syn::Error::new(error.span(), message)
                .into_compile_error()
                .into();
        }
    };
    match include(&path.value()) {
        Ok(items) => items.into(),
        Err(message) => syn::Error::new(path.span(), message)
            .into_compile_error()
            .into(),
    }
}

fn include(name: &str) -> Result<TokenStream, String> {
    let root = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let path: PathBuf = Path::new(&root).join(name);
    let wasm = wasm2rs::read_module(&path).map_err(|error| error.to_string())?;
    let translation = wasm2rs::Translation::new(&wasm)
        .map_err(|error| format!("`{name}`: {error}"))?
        .origin(name);
    let items = translation
        .tokens()
        .map_err(|error| format!("`{name}`: {error}"))?;
    let tracked = path
        .to_str()
        .ok_or_else(|| format!("`{name}`: the path is not Unicode"))?;
    Ok(quote! {
        #items
        // So that cargo knows what the code was made from.
        const _: &[u8] = include_bytes!(#tracked);
    })
}
