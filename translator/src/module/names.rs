//! Names for people: from the name section, else from exports.

use wasmparser::{KnownCustom, Name, Payload};

use super::{ExportKind, Module};

/// Takes the names of the module and its functions from a custom section. A broken name section
/// is as good as none: the specification has such errors ignored.
pub fn read(module: &mut Module<'_>, payload: &Payload<'_>) {
    let Payload::CustomSection(section) = payload else {
        return;
    };
    let KnownCustom::Name(names) = section.as_known() else {
        return;
    };
    for name in names {
        match name {
            Ok(Name::Module { name, .. }) => module.name = Some(name.to_string()),
            Ok(Name::Function(names)) => {
                for naming in names.into_iter().flatten() {
                    if let Some(function) = module.functions.get_mut(naming.index as usize) {
                        function.name = Some(naming.name.to_string());
                    }
                }
            }
            Ok(_) => {}
            Err(_) => return,
        }
    }
}

/// Functions without a name are called what they are exported or imported as.
pub fn complete(module: &mut Module<'_>) {
    for export in &module.exports {
        if let ExportKind::Function(index) = export.kind {
            let function = &mut module.functions[index as usize];
            function.name.get_or_insert_with(|| export.name.clone());
        }
    }
    for function in &mut module.functions {
        if let (None, Some(import)) = (&function.name, &function.import) {
            function.name = Some(import.name.clone());
        }
    }
}
