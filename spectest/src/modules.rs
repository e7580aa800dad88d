//! The modules that scripts instantiate, each once however often it occurs.

use std::collections::{BTreeMap, HashMap, HashSet};

use wasm2rs::{Error, Translation};
use wasmparser::{Parser, Payload, Validator, WasmFeatures};

/// A module that is to be compiled.
#[derive(Debug)]
pub struct Accepted {
    /// By what generated sources and commands name it. Made from the contents, so that it stays
    /// what it is when other modules come or go.
    pub key: u64,
    /// What it imports.
    pub imports: Vec<Import>,
}

/// The two names of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The module's.
    pub module: String,
    /// The thing's.
    pub name: String,
}

/// What the translator says to a module.
#[derive(Debug)]
pub enum Answer {
    /// It is valid and supported.
    Accepted(Accepted),
    /// It is valid and needs these proposals. It would import this.
    Unsupported(String, Vec<Import>),
    /// It is no valid module.
    Refused(String),
    /// The translator made a mistake.
    Broken(String),
}

/// All modules that have to be compiled.
#[derive(Debug, Default)]
pub struct Modules {
    answers: HashMap<Vec<u8>, Answer>,
    keys: HashSet<u64>,
}

/// Whether the translator takes a module, without planning to compile it.
pub fn ask(wasm: &[u8]) -> Answer {
    let answer = std::panic::catch_unwind(|| match Translation::new(wasm) {
        Ok(_) => Answer::Accepted(Accepted {
            key: 0,
            imports: Vec::new(),
        }),
        Err(Error::Unsupported { proposal, .. }) => Answer::Unsupported(proposal, imports(wasm)),
        Err(error @ (Error::Invalid { .. } | Error::NotAModule(_))) => {
            Answer::Refused(error.to_string())
        }
        Err(error) => Answer::Broken(error.to_string()),
    });
    answer.unwrap_or_else(|_| Answer::Broken("the translator panicked".to_string()))
}

impl Modules {
    /// Plans to compile a module, if the translator takes it.
    pub fn add(&mut self, wasm: &[u8]) -> &Answer {
        if !self.answers.contains_key(wasm) {
            let answer = match ask(wasm) {
                Answer::Accepted(_) => Answer::Accepted(Accepted {
                    key: self.key(wasm),
                    imports: imports(wasm),
                }),
                other => other,
            };
            self.answers.insert(wasm.to_vec(), answer);
        }
        &self.answers[wasm]
    }

    /// A key that no other module has.
    fn key(&mut self, wasm: &[u8]) -> u64 {
        // FNV-1a.
        let mut key = wasm.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        while !self.keys.insert(key) {
            key = key.wrapping_add(1);
        }
        key
    }

    /// The modules to compile, by key.
    pub fn accepted(&self) -> BTreeMap<u64, &[u8]> {
        let accepted = self
            .answers
            .iter()
            .filter_map(|(wasm, answer)| match answer {
                Answer::Accepted(Accepted { key, .. }) => Some((*key, wasm.as_slice())),
                _ => None,
            });
        accepted.collect()
    }
}

/// What a valid module imports.
fn imports(wasm: &[u8]) -> Vec<Import> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        if let Ok(Payload::ImportSection(section)) = payload {
            let imports = section.into_imports().filter_map(Result::ok);
            found.extend(imports.map(|import| Import {
                module: import.module.to_string(),
                name: import.name.to_string(),
            }));
        }
    }
    found
}

/// Whether a valid module would not be valid without these features.
pub fn needs(wasm: &[u8], features: WasmFeatures) -> bool {
    let without = wasm2rs::features::recognised() - features;
    let mut validator = Validator::new_with_features(without);
    validator.validate_all(wasm).is_err()
}

/// The names of what a valid module exports.
pub fn exports(wasm: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        if let Ok(Payload::ExportSection(section)) = payload {
            names.extend(
                section
                    .into_iter()
                    .filter_map(Result::ok)
                    .map(|e| e.name.to_string()),
            );
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wasm(text: &str) -> Vec<u8> {
        wasm2rs::parse_text(text).unwrap()
    }

    #[test]
    fn answers() {
        let mut modules = Modules::default();
        let imported = wasm(r#"(import "a" "f" (func)) (import "b" "g" (func))"#);
        assert!(matches!(
            modules.add(&imported),
            Answer::Accepted(Accepted { imports, .. })
                if imports.len() == 2 && imports[1].module == "b" && imports[1].name == "g"
        ));
        modules.add(&imported);
        modules.add(&wasm("(func)"));
        assert_eq!(modules.accepted().len(), 2);
        assert!(matches!(
            ask(&wasm("(func (result i32))")),
            Answer::Refused(_)
        ));
        assert!(matches!(ask(b"\0asm"), Answer::Refused(_)));
    }

    #[test]
    fn what_is_not_supported_has_a_declared_name() {
        use wasm2rs::features::PROPOSALS;
        let unsupported = PROPOSALS.iter().find(|proposal| !proposal.supported);
        let threads = wasm("(memory 1 1 shared)");
        if unsupported.is_some_and(|proposal| proposal.name == "threads") {
            assert!(matches!(ask(&threads), Answer::Unsupported(name, _) if name == "threads"));
        }
    }
}
