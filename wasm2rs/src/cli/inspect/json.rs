//! A survey as JSON.

use serde_json::{Value, json};

use super::survey::{Function, Survey};

/// Everything, with names that stay.
pub fn text(survey: &Survey) -> String {
    let proposals = survey.proposals.iter().map(|proposal| {
        json!({
            "name": proposal.name,
            "part_of": (!proposal.version.is_empty()).then_some(proposal.version),
            "supported": proposal.supported,
        })
    });
    let imports = survey.imports.iter().map(|import| {
        json!({
            "module": import.module,
            "name": import.name,
            "kind": import.kind,
            "type": import.type_text,
            "wasi": import.wasi,
        })
    });
    let exports = survey.exports.iter().map(
        |export| json!({ "name": export.name, "kind": export.kind, "type": export.type_text }),
    );
    let sections = survey.sections.iter().map(
        |section| json!({ "name": section.name, "bytes": section.bytes, "count": section.count }),
    );
    let value = json!({
        "file": survey.file,
        "bytes": survey.bytes,
        "name": survey.name,
        "kind": survey.kind(),
        "supported": survey.supported,
        "producers": survey.producers,
        "proposals": proposals.collect::<Vec<_>>(),
        "imports": imports.collect::<Vec<_>>(),
        "exports": exports.collect::<Vec<_>>(),
        "memories": survey.memories,
        "sections": sections.collect::<Vec<_>>(),
        "functions": {
            "imported": survey.imported_functions,
            "defined": survey.defined_functions,
            "largest": survey.largest.iter().map(function).collect::<Vec<_>>(),
            "deepest": survey.deepest.as_ref().map(function),
        },
        "estimate": {
            "rough": true,
            "code_bytes": survey.estimate.code,
            "core_seconds": survey.estimate.seconds.round(),
            "memory_gigabytes": (survey.estimate.gigabytes * 10.0).round() / 10.0,
        },
    });
    format!("{value:#}\n")
}

fn function(function: &Function) -> Value {
    json!({
        "index": function.index,
        "name": function.name,
        "bytes": function.bytes,
        "locals": function.locals,
        "nesting": function.nesting,
    })
}
