//! Which proposals are supported: the one declaration that decoding, the README's table and the
//! test suite's skips are made from.

use wasmparser::WasmFeatures;

/// A WebAssembly proposal that wasmparser recognises.
#[derive(Clone, Copy, Debug)]
pub struct Proposal {
    /// Its name, as a person says it.
    pub name: &'static str,
    /// wasmparser's switches for it.
    pub features: WasmFeatures,
    /// Whether modules that use it are translated.
    pub supported: bool,
    /// The version of WebAssembly it is part of, where it is finished.
    pub version: &'static str,
}

const fn proposal(
    name: &'static str,
    features: WasmFeatures,
    supported: bool,
    version: &'static str,
) -> Proposal {
    Proposal {
        name,
        features,
        supported,
        version,
    }
}

/// Every proposal, finished ones first.
pub const PROPOSALS: &[Proposal] = &[
    proposal("mutable globals", WasmFeatures::MUTABLE_GLOBAL, true, "1.0"),
    proposal("sign extension", WasmFeatures::SIGN_EXTENSION, true, "2.0"),
    proposal(
        "saturating conversions",
        WasmFeatures::SATURATING_FLOAT_TO_INT,
        true,
        "2.0",
    ),
    proposal("multi-value", WasmFeatures::MULTI_VALUE, true, "2.0"),
    proposal(
        "bulk memory",
        WasmFeatures::BULK_MEMORY.union(WasmFeatures::BULK_MEMORY_OPT),
        true,
        "2.0",
    ),
    proposal(
        "reference types",
        WasmFeatures::REFERENCE_TYPES.union(WasmFeatures::CALL_INDIRECT_OVERLONG),
        true,
        "2.0",
    ),
    proposal("SIMD", WasmFeatures::SIMD, true, "2.0"),
    proposal(
        "extended constants",
        WasmFeatures::EXTENDED_CONST,
        true,
        "3.0",
    ),
    proposal("tail calls", WasmFeatures::TAIL_CALL, true, "3.0"),
    proposal("exception handling", WasmFeatures::EXCEPTIONS, true, "3.0"),
    proposal("multiple memories", WasmFeatures::MULTI_MEMORY, true, "3.0"),
    proposal("64-bit memory", WasmFeatures::MEMORY64, true, "3.0"),
    // It is a custom section alone.
    proposal("branch hinting", WasmFeatures::empty(), true, "3.0"),
    proposal("relaxed SIMD", WasmFeatures::RELAXED_SIMD, true, "3.0"),
    proposal(
        "typed function references",
        WasmFeatures::FUNCTION_REFERENCES,
        true,
        "3.0",
    ),
    proposal("garbage collection", WasmFeatures::GC, true, "3.0"),
    proposal("threads", WasmFeatures::THREADS, true, "next"),
    proposal(
        "wide arithmetic",
        WasmFeatures::WIDE_ARITHMETIC,
        true,
        "next",
    ),
    proposal(
        "custom page sizes",
        WasmFeatures::CUSTOM_PAGE_SIZES,
        true,
        "next",
    ),
    proposal(
        "compact imports",
        WasmFeatures::COMPACT_IMPORTS,
        true,
        "next",
    ),
    proposal(
        "legacy exception handling",
        WasmFeatures::LEGACY_EXCEPTIONS,
        true,
        "",
    ),
    proposal(
        "custom descriptors",
        WasmFeatures::CUSTOM_DESCRIPTORS,
        false,
        "",
    ),
    proposal("stack switching", WasmFeatures::STACK_SWITCHING, false, ""),
    proposal(
        "shared-everything threads",
        WasmFeatures::SHARED_EVERYTHING_THREADS,
        false,
        "",
    ),
    proposal("memory control", WasmFeatures::MEMORY_CONTROL, false, ""),
    proposal(
        "acquire-release atomics",
        WasmFeatures::ACQUIRE_RELEASE_ATOMICS,
        false,
        "",
    ),
    proposal(
        "multibyte array access",
        WasmFeatures::MULTIBYTE_ARRAY_ACCESS,
        false,
        "",
    ),
];

/// What modules may use to be translated.
pub fn supported() -> WasmFeatures {
    PROPOSALS
        .iter()
        .filter(|proposal| proposal.supported)
        .fold(base(), |features, proposal| features | proposal.features)
}

/// Everything wasmparser can validate.
pub fn recognised() -> WasmFeatures {
    PROPOSALS
        .iter()
        .fold(base(), |features, proposal| features | proposal.features)
}

/// Not proposals: floats themselves, and the types that references need.
fn base() -> WasmFeatures {
    WasmFeatures::FLOATS | WasmFeatures::GC_TYPES
}

/// The table of proposals for the README, as Markdown.
pub fn table() -> String {
    let mut table = String::from("| proposal | part of | supported |\n|---|---|---|\n");
    for Proposal {
        name,
        supported,
        version,
        ..
    } in PROPOSALS
    {
        let supported = if *supported { "yes" } else { "not yet" };
        let version = if version.is_empty() { "–" } else { version };
        table.push_str(&format!("| {name} | {version} | {supported} |\n"));
    }
    table
}
