//! Validation, and saying by name what a module uses that is not supported.

use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef, Validator, WasmFeatures};

use crate::Error;
use crate::features::{PROPOSALS, recognised, supported};

/// Checks that `bytes` are a valid module that uses supported proposals only.
pub fn validate(bytes: &[u8]) -> Result<(), Error> {
    check_kind(bytes)?;
    let Err(error) = try_features(bytes, supported()) else {
        return Ok(());
    };
    match try_features(bytes, recognised()) {
        Ok(()) => Err(unsupported(bytes, &error)),
        // Of two reasons the one with everything switched on names the real mistake.
        Err(invalid) => Err(Error::Invalid {
            message: invalid.message().to_string(),
            offset: invalid.offset(),
            function: function_at(bytes, invalid.offset()),
        }),
    }
}

/// Whether a valid module uses vectors.
pub fn uses_vectors(bytes: &[u8]) -> bool {
    let vectors = WasmFeatures::SIMD | WasmFeatures::RELAXED_SIMD;
    try_features(bytes, supported() - vectors).is_err()
}

fn try_features(bytes: &[u8], features: WasmFeatures) -> Result<(), wasmparser::BinaryReaderError> {
    Validator::new_with_features(features)
        .validate_all(bytes)
        .map(drop)
}

/// Names the proposals without which the module is not valid, and where the first is used.
fn unsupported(bytes: &[u8], error: &wasmparser::BinaryReaderError) -> Error {
    let mut features = recognised();
    let mut names = Vec::new();
    let mut offset = error.offset();
    // Newer ones first: where two can stand in for each other, the older is what it uses. Features
    // that turn out not to be needed stay off for the rest.
    for proposal in PROPOSALS
        .iter()
        .rev()
        .filter(|proposal| !proposal.supported)
    {
        match try_features(bytes, features - proposal.features) {
            Ok(()) => features -= proposal.features,
            Err(error) => {
                offset = error.offset();
                names.push(proposal.name);
            }
        }
    }
    names.reverse();
    Error::Unsupported {
        proposal: names.join(", "),
        offset,
    }
}

/// What the function at an offset is called: by its name, else by its index. The module is broken
/// somewhere; what can be read is read.
fn function_at(bytes: &[u8], offset: u64) -> Option<String> {
    let mut next = 0;
    let mut found = None;
    for payload in Parser::new(0).parse_all(bytes).map_while(Result::ok) {
        match payload {
            Payload::ImportSection(section) => {
                let imports = section.into_imports().map_while(Result::ok);
                next += imports
                    .filter(|import| matches!(import.ty, TypeRef::Func(_)))
                    .count() as u32;
            }
            Payload::CodeSectionEntry(body) => {
                if body.range().contains(&offset) {
                    found = Some(next);
                }
                next += 1;
            }
            Payload::CustomSection(section) => {
                let (Some(index), KnownCustom::Name(names)) = (found, section.as_known()) else {
                    continue;
                };
                for name in names.into_iter().map_while(Result::ok) {
                    let Name::Function(functions) = name else {
                        continue;
                    };
                    let mut functions = functions.into_iter().map_while(Result::ok);
                    if let Some(naming) = functions.find(|naming| naming.index == index) {
                        return Some(naming.name.to_string());
                    }
                }
            }
            _ => {}
        }
    }
    found.map(|index| format!("function {index}"))
}

/// Says in plain words what an input is that is not even the start of a module.
fn check_kind(bytes: &[u8]) -> Result<(), Error> {
    let what = if bytes.is_empty() {
        "the file is empty"
    } else if bytes.starts_with(b"\0asm") {
        match bytes.get(4..8) {
            Some([1, 0, 0, 0]) => return Ok(()),
            Some([_, 0, 1, 0]) => {
                "it is a component; only core modules are translated (a component's core modules \
                 can be taken out with `wasm-tools component unbundle`)"
            }
            Some(version) => {
                return Err(Error::NotAModule(format!(
                    "unknown binary version {version:02x?}, expected [01, 00, 00, 00]"
                )));
            }
            None => "the file ends within its header",
        }
    } else if b"\0asm".starts_with(bytes) {
        "the file ends within its header"
    } else if std::str::from_utf8(bytes).is_ok() {
        "it is text; WebAssembly text is read from files that end in `.wat`"
    } else {
        "magic header not detected: it does not start with `\\0asm`"
    };
    Err(Error::NotAModule(what.to_string()))
}
