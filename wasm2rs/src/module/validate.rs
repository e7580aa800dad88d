//! Validation, and saying by name what a module uses that is not supported.

use wasmparser::{Validator, WasmFeatures};

use crate::Error;
use crate::features::{PROPOSALS, recognised, supported};

/// Checks that `bytes` are a valid module that uses supported proposals only.
pub fn validate(bytes: &[u8]) -> Result<(), Error> {
    check_kind(bytes)?;
    let Err(error) = try_features(bytes, supported()) else { return Ok(()) };
    match try_features(bytes, recognised()) {
        Ok(()) => Err(unsupported(bytes, &error)),
        // Of two reasons the one with everything switched on names the real mistake.
        Err(invalid) => Err(Error::Invalid {
            message: invalid.message().to_string(),
            offset: invalid.offset(),
            function: None,
        }),
    }
}

fn try_features(bytes: &[u8], features: WasmFeatures) -> Result<(), wasmparser::BinaryReaderError> {
    Validator::new_with_features(features).validate_all(bytes).map(drop)
}

/// What stops being valid when it is switched off is what the module uses.
fn unsupported(bytes: &[u8], error: &wasmparser::BinaryReaderError) -> Error {
    let mut names = Vec::new();
    let mut offset = error.offset();
    for proposal in PROPOSALS.iter().filter(|proposal| !proposal.supported) {
        if let Err(error) = try_features(bytes, recognised() - proposal.features) {
            if names.is_empty() {
                offset = error.offset();
            }
            names.push(proposal.name);
        }
    }
    if names.is_empty() {
        // Several that each can stand in for another; wasmparser's own words say which.
        return Error::Unsupported { proposal: error.message().to_string(), offset };
    }
    Error::Unsupported { proposal: names.join(", "), offset }
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
