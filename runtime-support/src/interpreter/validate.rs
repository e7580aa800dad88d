//! Validation (specification: *Validation*), by wasmparser.

use alloc::vec::Vec;

use wasmparser::{
    BinaryReaderError, FuncToValidate, FuncValidatorAllocations, FunctionBody, Parser, Payload,
    ValidPayload, Validator, ValidatorResources,
};

use super::error::LoadError;
use super::module::features;

type Function<'a> = (FuncToValidate<ValidatorResources>, FunctionBody<'a>);

/// Checks that bytes are a module that uses supported proposals only.
pub(super) fn validate(bytes: &[u8]) -> Result<(), LoadError> {
    if bytes.get(4..8) == Some(&[0x0d, 0, 1, 0]) {
        return Err(LoadError::new(
            "it is a component; only core modules can be interpreted",
            4,
        ));
    }
    let mut validator = Validator::new_with_features(features());
    let mut functions = Vec::new();
    let invalid = |error: BinaryReaderError| LoadError::invalid(&error);
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(invalid)?;
        if let Payload::CodeSectionStart { count, .. } = payload {
            // Each takes a byte at least.
            functions.reserve((count as usize).min(bytes.len()));
        }
        if let ValidPayload::Func(function, body) = validator.payload(&payload).map_err(invalid)? {
            functions.push((function, body));
        }
    }
    validate_functions(functions)
}

/// Validates bodies one after the other; of several that are wrong, tells of the first.
fn validate_some<'a>(functions: impl Iterator<Item = Function<'a>>) -> Result<(), LoadError> {
    let mut allocations = FuncValidatorAllocations::default();
    for (function, body) in functions {
        let index = function.index;
        let mut validator = function.into_validator(allocations);
        validator
            .validate(&body)
            .map_err(|error| LoadError::invalid(&error).in_function(index))?;
        allocations = validator.into_allocations();
    }
    Ok(())
}

#[cfg(not(feature = "std"))]
fn validate_functions(functions: Vec<Function<'_>>) -> Result<(), LoadError> {
    validate_some(functions.into_iter())
}

#[cfg(feature = "std")]
fn validate_functions(mut functions: Vec<Function<'_>>) -> Result<(), LoadError> {
    /// Less is not worth a thread: it takes about a millisecond.
    const PART: u64 = 128 << 10;
    let size: u64 = functions
        .iter()
        .map(|(_, body)| body.range().end - body.range().start)
        .sum();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let parts = threads.min((size / PART) as usize);
    if parts <= 1 || cfg!(miri) {
        return validate_some(functions.into_iter());
    }
    // Parts of about the same number of bytes, the first part first.
    let mut groups = Vec::new();
    for part in (1..parts).rev() {
        let mut behind = size / parts as u64 * part as u64;
        let mut split = 0;
        for (place, (_, body)) in functions.iter().enumerate() {
            let length = body.range().end - body.range().start;
            if behind < length {
                split = place;
                break;
            }
            behind -= length;
            split = place + 1;
        }
        groups.push(functions.split_off(split.min(functions.len())));
    }
    groups.push(functions);
    groups.reverse();
    std::thread::scope(|scope| {
        let mut results = Vec::new();
        for group in groups {
            let group = std::sync::Mutex::new(Some(group));
            let group = std::sync::Arc::new(group);
            let take = {
                let group = group.clone();
                move || {
                    let group = group.lock().ok().and_then(|mut group| group.take());
                    validate_some(group.into_iter().flatten())
                }
            };
            let thread = std::thread::Builder::new().spawn_scoped(scope, take.clone());
            results.push(thread.map_err(|_| take));
        }
        // Without a thread to be had, this one does it.
        results.into_iter().try_for_each(|result| match result {
            Ok(thread) => match thread.join() {
                Ok(result) => result,
                Err(payload) => std::panic::resume_unwind(payload),
            },
            Err(take) => take(),
        })
    })
}
