//! The functions of emscripten's that generated code has by itself: `invoke_…`, what it catches,
//! and the notice that memory has grown.

use crate::module::{ExportKind, FunctionType, Import, Module, ValueType};

/// The module they are imported from.
const MODULE: &str = "env";

/// An imported function that needs no host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// `invoke_…`: calls a function of the table, and says so if that was left by `longjmp`.
    Invoke(Invoke),
    /// `_emscripten_throw_longjmp`
    Longjmp,
    /// `emscripten_notify_memory_growth`: nothing has to be done.
    MemoryGrowth,
}

/// What `invoke_…` calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invoke {
    /// The type of the function in the table.
    pub type_index: u32,
    /// The functions of the module, by index, that save and restore its stack pointer.
    pub stack_save: u32,
    /// `(i32) -> ()`
    pub stack_restore: u32,
    /// The one that is told what was thrown: `(i32, i32) -> ()`.
    pub set_threw: u32,
}

/// Which of them an import is, if its type and the module's exports are what they must be. Any
/// other is left to the host.
pub fn known(module: &Module<'_>, import: &Import, function_type: &FunctionType) -> Option<Known> {
    if import.module != MODULE {
        return None;
    }
    let FunctionType { params, results } = function_type;
    match import.name.as_str() {
        "emscripten_throw_longjmp" | "_emscripten_throw_longjmp" => {
            (params.is_empty() && results.is_empty()).then_some(Known::Longjmp)
        }
        "emscripten_notify_memory_growth" => {
            (*params == [ValueType::I32] && results.is_empty()).then_some(Known::MemoryGrowth)
        }
        name => {
            let letters = name.strip_prefix("invoke_")?;
            invoke(module, letters, function_type).map(Known::Invoke)
        }
    }
}

fn invoke(module: &Module<'_>, letters: &str, function_type: &FunctionType) -> Option<Invoke> {
    let (ValueType::I32, params) = function_type.params.split_first()? else {
        return None;
    };
    // The letters of the result, or `v`, and of the parameters.
    let letter = |value_type: &ValueType| match value_type {
        ValueType::I32 => Some('i'),
        ValueType::I64 => Some('j'),
        ValueType::F32 => Some('f'),
        ValueType::F64 => Some('d'),
        _ => None,
    };
    let results = &function_type.results;
    let result = match &results[..] {
        [] => 'v',
        [result] => letter(result)?,
        _ => return None,
    };
    let mut expected = letters.chars();
    if expected.next() != Some(result) || !params.iter().all(|it| letter(it) == expected.next()) {
        return None;
    }
    // The functions are in the module's only table of functions.
    let table = module.tables.first()?;
    if table.element != ValueType::FuncRef || table.table64 || expected.next().is_some() {
        return None;
    }
    let mut types = module.types.iter();
    let type_index = types.position(|it| it.params == params && it.results == *results)?;
    let export = |names: &[&str], params: &[ValueType], results: &[ValueType]| {
        module.exports.iter().find_map(|export| match export.kind {
            ExportKind::Function(index) if names.contains(&&*export.name) => {
                let function_type = module.function_type(index);
                let fits = function_type.params == params && function_type.results == results;
                fits.then_some(index)
            }
            _ => None,
        })
    };
    const I32: ValueType = ValueType::I32;
    Some(Invoke {
        type_index: type_index as u32,
        stack_save: export(&["stackSave", "emscripten_stack_get_current"], &[], &[I32])?,
        stack_restore: export(&["stackRestore", "_emscripten_stack_restore"], &[I32], &[])?,
        set_threw: export(&["setThrew"], &[I32, I32], &[])?,
    })
}

/// Whether a module imports any of them.
pub fn is_used(module: &Module<'_>) -> bool {
    module.functions.iter().any(|function| {
        let import = function.import.as_ref();
        let function_type = &module.types[function.type_index as usize];
        import.is_some_and(|import| known(module, import, function_type).is_some())
    })
}
