//! Items as text for people.

use proc_macro2::TokenStream;

use crate::Error;

/// The items as rustfmt would nearly have them.
///
/// # Errors
/// [`Error::Internal`] when the items are not Rust.
pub fn format(items: TokenStream) -> Result<String, Error> {
    let file: syn::File = syn::parse2(items)
        .map_err(|error| Error::Internal(format!("generated code is not Rust: {error}")))?;
    Ok(prettyplease::unparse(&file))
}
