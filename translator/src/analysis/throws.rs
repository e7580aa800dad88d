//! Which functions may end in an exception, in modules that catch any.
//!
//! Where nothing is caught, an exception leaves as traps do, and costs the others nothing.

use wasmparser::{Catch, Operator};

use super::Facts;
use crate::Error;
use crate::module::{ExportKind, Module, ValueType};

/// What may throw.
#[derive(Debug, Clone, Default)]
pub struct Throws {
    /// By function: whether calling it may end in an exception that it hands on.
    pub functions: Vec<bool>,
    /// By place in [`Module::types`]: whether calls by reference may.
    pub types: Vec<bool>,
}

impl Throws {
    /// For a module in which nothing is caught.
    pub fn none(module: &Module<'_>) -> Throws {
        Throws {
            functions: vec![false; module.functions.len()],
            types: vec![false; module.types.len()],
        }
    }

    /// For a module in which something is caught; of `facts`, the references are used.
    ///
    /// # Errors
    /// [`Error::Internal`] for what validation should have refused.
    pub fn new(module: &Module<'_>, facts: &Facts) -> Result<Throws, Error> {
        let (count, types) = (module.functions.len(), module.types.len());
        // The node of a type stands for "whatever has the type and is referred to".
        let thrown = (count + types) as u32;
        let mut callers: Vec<Vec<u32>> = vec![Vec::new(); count + types + 1];
        for (index, function) in module.functions.iter().enumerate() {
            let node = index as u32;
            let type_node = count as u32 + function.type_index;
            match &function.import {
                Some(import) => {
                    let own_type = &module.types[function.type_index as usize];
                    if !crate::wasi::is_known(&import.module, &import.name, own_type) {
                        callers[thrown as usize].push(node);
                        // It is called by a pointer of the type.
                        callers[thrown as usize].push(type_node);
                    }
                }
                None => {
                    for callee in escaping(module, index, count as u32, thrown)? {
                        callers[callee as usize].push(node);
                    }
                }
            }
            if facts.functions[index].referenced {
                callers[index].push(type_node);
            }
        }
        if takes_references(module) {
            callers[thrown as usize].extend((count..count + types).map(|node| node as u32));
        }
        let mut throws = vec![false; count + types + 1];
        let mut work = vec![thrown];
        while let Some(node) = work.pop() {
            if !std::mem::replace(&mut throws[node as usize], true) {
                work.append(&mut callers[node as usize]);
            }
        }
        throws.truncate(count + types);
        let types = throws.split_off(count);
        Ok(Throws {
            functions: throws,
            types,
        })
    }
}

/// Whether references to functions of elsewhere may come in.
fn takes_references(module: &Module<'_>) -> bool {
    let is_func = |value_type: &ValueType| *value_type == ValueType::FuncRef;
    let tables = module.tables.iter().any(|table| table.import.is_some());
    let globals = module.globals.iter();
    let mut globals =
        globals.filter(|global| global.import.is_some() && is_func(&global.value_type));
    let imports = module.functions.iter().enumerate();
    let mut imports = imports.filter(|(_, function)| function.import.is_some());
    let results = |index: usize| module.function_type(index as u32).results.iter();
    let exported = module.exports.iter().any(|export| match export.kind {
        ExportKind::Table(_) => true,
        ExportKind::Global(index) => is_func(&module.globals[index as usize].value_type),
        ExportKind::Function(index) => module.function_type(index).params.iter().any(is_func),
        _ => false,
    });
    tables || exported || globals.next().is_some() || imports.any(|(i, _)| results(i).any(is_func))
}

/// An open block.
enum Open {
    Other,
    /// Exceptions of its body are looked at: all are caught, or those with these tags.
    TryTable {
        all: bool,
        tags: Vec<u32>,
    },
    /// In its body.
    Try,
    /// Behind its body, from which these were called.
    Caught {
        body: Vec<u32>,
        all: bool,
    },
}

/// The nodes that a function calls with nothing around the call that catches everything.
fn escaping(
    module: &Module<'_>,
    function: usize,
    first_type: u32,
    thrown: u32,
) -> Result<Vec<u32>, Error> {
    let Some(body) = &module.functions[function].body else {
        return Ok(Vec::new());
    };
    let mut open = vec![Open::Other];
    // What is called in each open body, the function's own first.
    let mut called: Vec<Vec<u32>> = vec![Vec::new()];
    let internal = |error: wasmparser::BinaryReaderError| Error::Internal(error.to_string());
    let mut operators = body.get_operators_reader().map_err(internal)?;
    while !operators.eof() {
        let callee = match operators.read().map_err(internal)? {
            Operator::Call { function_index } => Some(function_index),
            Operator::CallIndirect { type_index, .. } | Operator::CallRef { type_index } => {
                Some(first_type + module.type_indices[type_index as usize])
            }
            // The handlers around it are left before the call.
            Operator::ReturnCall { function_index } => {
                called[0].push(function_index);
                None
            }
            Operator::ReturnCallIndirect { type_index, .. }
            | Operator::ReturnCallRef { type_index } => {
                called[0].push(first_type + module.type_indices[type_index as usize]);
                None
            }
            Operator::Throw { tag_index } => {
                let caught = open.iter().any(|open| match open {
                    Open::TryTable { all, tags } => *all || tags.contains(&tag_index),
                    _ => false,
                });
                (!caught).then_some(thrown)
            }
            Operator::ThrowRef | Operator::Rethrow { .. } => Some(thrown),
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                open.push(Open::Other);
                None
            }
            Operator::TryTable { try_table } => {
                let catches_all =
                    |catch: &Catch| matches!(catch, Catch::All { .. } | Catch::AllRef { .. });
                let all = try_table.catches.iter().any(catches_all);
                let tags = try_table.catches.iter().filter_map(|catch| match *catch {
                    Catch::One { tag, .. } | Catch::OneRef { tag, .. } => Some(tag),
                    _ => None,
                });
                let tags = tags.collect();
                open.push(Open::TryTable { all, tags });
                called.push(Vec::new());
                None
            }
            Operator::Try { .. } => {
                open.push(Open::Try);
                called.push(Vec::new());
                None
            }
            ref catch @ (Operator::Catch { .. } | Operator::CatchAll) => {
                let catches_all = matches!(catch, Operator::CatchAll);
                match open.last_mut() {
                    Some(Open::Caught { all, .. }) => *all |= catches_all,
                    Some(body_open) => {
                        *body_open = Open::Caught {
                            body: called.pop().unwrap_or_default(),
                            all: catches_all,
                        };
                    }
                    None => {}
                }
                None
            }
            Operator::Delegate { .. } => {
                // Past any number of handlers; to be sure, past all.
                open.pop();
                let body = called.pop().unwrap_or_default();
                called[0].extend(body);
                None
            }
            Operator::End => {
                let escaped = match open.pop() {
                    Some(Open::TryTable { all, .. }) => {
                        let body = called.pop().unwrap_or_default();
                        if all { Vec::new() } else { body }
                    }
                    Some(Open::Try) => called.pop().unwrap_or_default(),
                    Some(Open::Caught { body, all: false }) => body,
                    _ => Vec::new(),
                };
                if let Some(around) = called.last_mut() {
                    around.extend(escaped);
                }
                None
            }
            _ => None,
        };
        if let (Some(callee), Some(around)) = (callee, called.last_mut()) {
            around.push(callee);
        }
    }
    let mut escaping = called.swap_remove(0);
    escaping.sort_unstable();
    escaping.dedup();
    Ok(escaping)
}
