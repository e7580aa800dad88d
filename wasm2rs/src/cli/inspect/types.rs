//! Types as people read them, those of unsupported proposals too.

use wasmparser::types::{CoreTypeId, EntityType, TypesRef};
use wasmparser::{GlobalType, MemoryType, TableType, ValType};

/// The kind of an import or export, and its type.
pub fn entity(types: TypesRef<'_>, entity: EntityType) -> (&'static str, String) {
    match entity {
        EntityType::Func(id) | EntityType::FuncExact(id) => ("function", function(types, id)),
        EntityType::Tag(id) => ("tag", function(types, id)),
        EntityType::Table(table_type) => ("table", table(&table_type)),
        EntityType::Memory(memory_type) => ("memory", memory(&memory_type)),
        EntityType::Global(global_type) => ("global", global(&global_type)),
    }
}

fn function(types: TypesRef<'_>, id: CoreTypeId) -> String {
    let function = types[id].unwrap_func();
    let params = list(function.params());
    match function.results() {
        [] => format!("({params})"),
        [result] => format!("({params}) -> {result}"),
        results => format!("({params}) -> ({})", list(results)),
    }
}

fn list(types: &[ValType]) -> String {
    types
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

/// A memory's size, in pages and in bytes.
pub fn memory(memory: &MemoryType) -> String {
    let page = 1u128 << memory.page_size_log2.unwrap_or(16).min(64);
    let mut text = format!("{} pages", limits(memory.initial, memory.maximum));
    let bytes = u128::from(memory.initial).saturating_mul(page);
    text.push_str(&format!(
        " ({})",
        crate::native::bytes(bytes.try_into().unwrap_or(u64::MAX))
    ));
    if page != 1 << 16 {
        text.push_str(&format!(" of {page} bytes"));
    }
    for (is, word) in [(memory.memory64, "64-bit"), (memory.shared, "shared")] {
        if is {
            text.push_str(&format!(", {word}"));
        }
    }
    text
}

fn table(table: &TableType) -> String {
    let wide = if table.table64 { ", 64-bit" } else { "" };
    format!(
        "{} {}{wide}",
        limits(table.initial, table.maximum),
        table.element_type
    )
}

fn global(global: &GlobalType) -> String {
    let mutable = if global.mutable { "mutable " } else { "" };
    let shared = if global.shared { "shared " } else { "" };
    format!("{shared}{mutable}{}", global.content_type)
}

fn limits(minimum: u64, maximum: Option<u64>) -> String {
    match maximum {
        Some(maximum) if maximum == minimum => minimum.to_string(),
        Some(maximum) => format!("{minimum} to {maximum}"),
        None => format!("{minimum} or more"),
    }
}
