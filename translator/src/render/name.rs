//! Names: readable, unique, and valid in Rust, whatever the module calls things.

use std::collections::HashSet;

use proc_macro2::Ident;

use super::ident;
use crate::module::Module;

/// The names of a module's functions in Rust.
#[derive(Debug)]
pub struct Names {
    functions: Vec<String>,
}

/// No more of a name is kept: mangled C++ names have thousands of characters.
const MAX_LENGTH: usize = 48;

impl Names {
    pub fn new(module: &Module<'_>) -> Names {
        let functions = module
            .functions
            .iter()
            .enumerate()
            .map(|(index, function)| {
                let name = function.name.as_deref().map(readable).unwrap_or_default();
                // The index makes it unique, and no keyword ends in a number after `_`.
                if name.is_empty() {
                    format!("f{index}")
                } else {
                    format!("{name}_{index}")
                }
            });
        Names {
            functions: functions.collect(),
        }
    }

    pub fn function(&self, index: u32) -> Ident {
        ident(&self.functions[index as usize])
    }
}

/// The letters, digits and underscores of a name, in the manner of Rust's functions: not starting
/// with a digit, other characters runs of which become one `_`. Empty when nothing is left.
fn readable(name: &str) -> String {
    let mut readable = String::new();
    for character in name.chars() {
        if readable.len() >= MAX_LENGTH {
            break;
        }
        if character.is_ascii_alphanumeric() {
            readable.push(character);
        } else if !readable.ends_with('_') {
            readable.push('_');
        }
    }
    let readable = readable.trim_matches('_');
    if readable.starts_with(|first: char| first.is_ascii_digit()) {
        return format!("n{readable}");
    }
    readable.to_string()
}

/// Names that the user sees, given out once each.
#[derive(Debug, Default)]
pub struct Unique {
    taken: HashSet<String>,
    reserved: &'static [&'static str],
}

impl Unique {
    /// None of `reserved` will be given out.
    pub fn without(reserved: &'static [&'static str]) -> Unique {
        Unique {
            taken: HashSet::new(),
            reserved,
        }
    }

    /// A method name for what the module calls `name`.
    pub fn method(&mut self, name: &str) -> String {
        let mut base = readable(name);
        if base.is_empty() {
            base = "unnamed".to_string();
        }
        self.give(base)
    }

    /// A type name for what the module calls `name`.
    pub fn type_name(&mut self, name: &str) -> String {
        let words = readable(name);
        let mut base = String::new();
        for word in words.split('_').filter(|word| !word.is_empty()) {
            let (first, rest) = word.split_at(1);
            base.push_str(&first.to_ascii_uppercase());
            base.push_str(rest);
        }
        if base.is_empty() {
            base = "Unnamed".to_string();
        }
        self.give(base)
    }

    fn give(&mut self, mut base: String) -> String {
        if is_keyword(&base) || self.reserved.contains(&&*base) {
            base.push('_');
        }
        let mut name = base.clone();
        let mut number = 2;
        while !self.taken.insert(name.clone()) {
            name = format!("{}_{number}", base.trim_end_matches('_'));
            number += 1;
        }
        name
    }
}

fn is_keyword(name: &str) -> bool {
    // syn doesn't know edition 2024's.
    name == "gen" || syn::parse_str::<syn::Ident>(name).is_err()
}
