//! Everything that is shown of a module.

use std::collections::HashMap;
use std::path::Path;

use wasmparser::types::{EntityType, Types};
use wasmparser::{
    ExternalKind, FunctionBody, KnownCustom, Name, Operator, Parser, Payload, TypeRef, Validator,
};

use super::{proposals, types};
use crate::features::{Proposal, recognised};
use crate::module;
use crate::native::{Estimate, Failure};
use crate::{Error, wasi};

/// What is known of a module.
pub struct Survey {
    /// The file.
    pub file: String,
    /// Its size, in the binary format.
    pub bytes: u64,
    /// What the module calls itself.
    pub name: Option<String>,
    /// What made it: the language, the tool.
    pub producers: Vec<String>,
    /// Whether it can be translated.
    pub supported: bool,
    /// What is not supported, if something isn't.
    pub refused: Option<String>,
    /// What it needs beyond the first version of WebAssembly.
    pub proposals: Vec<&'static Proposal>,
    pub imports: Vec<Import>,
    pub exports: Vec<Export>,
    pub memories: Vec<String>,
    pub sections: Vec<Section>,
    pub imported_functions: u32,
    pub defined_functions: u32,
    /// The largest, largest first.
    pub largest: Vec<Function>,
    /// The one with the deepest nesting.
    pub deepest: Option<Function>,
    pub estimate: Estimate,
}

pub struct Import {
    pub module: String,
    pub name: String,
    pub kind: &'static str,
    pub type_text: String,
    /// Whether the support crate has it, as part of WASI.
    pub wasi: bool,
}

pub struct Export {
    pub name: String,
    pub kind: &'static str,
    pub type_text: String,
}

pub struct Section {
    pub name: String,
    pub bytes: u64,
    /// How many things are in it, where it has things.
    pub count: Option<u32>,
}

#[derive(Clone)]
pub struct Function {
    pub index: u32,
    pub name: String,
    pub bytes: u64,
    /// Its locals, without its parameters.
    pub locals: u64,
    /// How deeply its blocks are nested.
    pub nesting: u32,
}

impl Survey {
    /// Looks through a module that needs not be supported, but valid.
    ///
    /// # Errors
    /// When it is not.
    pub fn new(wasm: &[u8], input: &Path, largest: usize) -> Result<Survey, Failure> {
        let decoded = module::decode(wasm);
        let supported = decoded.is_ok();
        let refused = match decoded {
            Ok(_) => None,
            Err(Error::Unsupported { proposal, .. }) => Some(proposal),
            Err(error) => return Err(Failure::of_module(input, error)),
        };
        let invalid = |error: wasmparser::BinaryReaderError| {
            let (message, offset) = (error.message().to_string(), error.offset());
            Failure::of_module(
                input,
                Error::Invalid {
                    message,
                    offset,
                    function: None,
                },
            )
        };
        let mut validator = Validator::new_with_features(recognised());
        let types = validator.validate_all(wasm).map_err(invalid)?;
        let mut surveyor = Surveyor::new(&types);
        for payload in Parser::new(0).parse_all(wasm) {
            payload
                .and_then(|payload| surveyor.payload(&payload))
                .map_err(invalid)?;
        }
        let code = surveyor
            .sections
            .iter()
            .filter(|section| section.name == "code");
        let estimate = Estimate::of_code(code.map(|section| section.bytes).sum());
        let (functions, deepest) = surveyor.functions(largest);
        Ok(Survey {
            file: input.display().to_string(),
            bytes: wasm.len() as u64,
            supported,
            refused,
            proposals: proposals::needed(wasm),
            imported_functions: surveyor.imported_functions,
            defined_functions: surveyor.bodies.len() as u32,
            largest: functions,
            deepest,
            estimate,
            name: surveyor.name,
            producers: surveyor.producers,
            imports: surveyor.imports,
            exports: surveyor.exports,
            memories: surveyor.memories,
            sections: surveyor.sections,
        })
    }

    /// What the module can be used as, in words.
    pub fn kind(&self) -> &'static str {
        let foreign = self.imports.iter().any(|import| !import.wasi);
        let wasi = self.imports.iter().any(|import| import.wasi);
        let exports = |name: &str| self.exports.iter().any(|export| export.name == name);
        match (exports("_start"), foreign, wasi) {
            (true, false, _) => "a WASI program",
            (true, true, _) => "a program that needs more of its host than WASI",
            (false, true, _) => "a library that needs things of its host",
            (false, false, true) => "a library that needs WASI",
            (false, false, false) => "a library that needs nothing",
        }
    }
}

struct Surveyor<'a> {
    types: &'a Types,
    name: Option<String>,
    producers: Vec<String>,
    imports: Vec<Import>,
    exports: Vec<Export>,
    memories: Vec<String>,
    sections: Vec<Section>,
    imported_functions: u32,
    names: HashMap<u32, String>,
    bodies: Vec<Function>,
}

impl<'a> Surveyor<'a> {
    fn new(types: &'a Types) -> Surveyor<'a> {
        Surveyor {
            types,
            name: None,
            producers: Vec::new(),
            imports: Vec::new(),
            exports: Vec::new(),
            memories: Vec::new(),
            sections: Vec::new(),
            imported_functions: 0,
            names: HashMap::new(),
            bodies: Vec::new(),
        }
    }

    fn payload(&mut self, payload: &Payload<'_>) -> wasmparser::Result<()> {
        let section = match payload {
            Payload::TypeSection(section) => Some(("types", Some(section.count()))),
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    self.import(&import?);
                }
                Some(("imports", Some(self.imports.len() as u32)))
            }
            Payload::FunctionSection(section) => Some(("functions", Some(section.count()))),
            Payload::TableSection(section) => Some(("tables", Some(section.count()))),
            Payload::MemorySection(section) => {
                for memory in section.clone() {
                    self.memories.push(types::memory(&memory?));
                }
                Some(("memories", Some(section.count())))
            }
            Payload::TagSection(section) => Some(("tags", Some(section.count()))),
            Payload::GlobalSection(section) => Some(("globals", Some(section.count()))),
            Payload::ExportSection(section) => {
                for export in section.clone() {
                    self.export(&export?);
                }
                Some(("exports", Some(section.count())))
            }
            Payload::StartSection { .. } => Some(("start", None)),
            Payload::ElementSection(section) => Some(("elements", Some(section.count()))),
            Payload::DataCountSection { .. } => Some(("data count", None)),
            Payload::DataSection(section) => Some(("data", Some(section.count()))),
            Payload::CodeSectionStart { count, .. } => Some(("code", Some(*count))),
            Payload::CodeSectionEntry(body) => {
                self.body(body)?;
                None
            }
            Payload::CustomSection(section) => {
                self.custom(&section.as_known());
                let bytes = section.range().end - section.range().start;
                let name = format!("custom: {}", section.name().escape_debug());
                self.sections.push(Section {
                    name,
                    bytes,
                    count: None,
                });
                None
            }
            _ => None,
        };
        if let (Some((name, count)), Some((_, range))) = (section, payload.as_section()) {
            let bytes = range.end - range.start;
            self.sections.push(Section {
                name: name.to_string(),
                bytes,
                count,
            });
        }
        Ok(())
    }

    fn import(&mut self, import: &wasmparser::Import<'_>) {
        let types = self.types.as_ref();
        let entity = match import.ty {
            TypeRef::Func(index) => EntityType::Func(types.core_type_at_in_module(index)),
            TypeRef::FuncExact(index) => EntityType::FuncExact(types.core_type_at_in_module(index)),
            TypeRef::Table(table) => EntityType::Table(table),
            TypeRef::Memory(memory) => EntityType::Memory(memory),
            TypeRef::Global(global) => EntityType::Global(global),
            TypeRef::Tag(tag) => EntityType::Tag(types.core_type_at_in_module(tag.func_type_idx)),
        };
        if let EntityType::Func(_) | EntityType::FuncExact(_) = entity {
            let name = format!("{}.{}", import.module, import.name);
            self.names.entry(self.imported_functions).or_insert(name);
            self.imported_functions += 1;
        }
        let (kind, type_text) = types::entity(types, entity);
        self.imports.push(Import {
            module: import.module.to_string(),
            name: import.name.to_string(),
            kind,
            type_text,
            wasi: self.is_wasi(import, entity),
        });
    }

    fn is_wasi(&self, import: &wasmparser::Import<'_>, entity: EntityType) -> bool {
        let EntityType::Func(id) = entity else {
            return false;
        };
        let function = self.types[id].unwrap_func();
        let value_types = |types: &[wasmparser::ValType]| {
            types
                .iter()
                .map(|&it| match it {
                    wasmparser::ValType::I32 => Some(module::ValueType::I32),
                    wasmparser::ValType::I64 => Some(module::ValueType::I64),
                    // WASI has no others.
                    _ => None,
                })
                .collect::<Option<Vec<_>>>()
        };
        match (
            value_types(function.params()),
            value_types(function.results()),
        ) {
            (Some(params), Some(results)) => {
                let function_type = module::FunctionType { params, results };
                wasi::is_known(import.module, import.name, &function_type)
            }
            _ => false,
        }
    }

    fn export(&mut self, export: &wasmparser::Export<'_>) {
        let types = self.types.as_ref();
        let entity = match export.kind {
            ExternalKind::Func => EntityType::Func(types.core_function_at(export.index)),
            ExternalKind::FuncExact => EntityType::FuncExact(types.core_function_at(export.index)),
            ExternalKind::Table => EntityType::Table(types.table_at(export.index)),
            ExternalKind::Memory => EntityType::Memory(types.memory_at(export.index)),
            ExternalKind::Global => EntityType::Global(types.global_at(export.index)),
            ExternalKind::Tag => EntityType::Tag(types.tag_at(export.index)),
        };
        if let ExternalKind::Func | ExternalKind::FuncExact = export.kind {
            self.names
                .entry(export.index)
                .or_insert_with(|| export.name.to_string());
        }
        let (kind, type_text) = types::entity(types, entity);
        self.exports.push(Export {
            name: export.name.to_string(),
            kind,
            type_text,
        });
    }

    fn body(&mut self, body: &FunctionBody<'_>) -> wasmparser::Result<()> {
        let mut locals = 0;
        for local in body.get_locals_reader()? {
            locals += u64::from(local?.0);
        }
        let (mut depth, mut nesting) = (0u32, 0);
        for operator in body.get_operators_reader()? {
            match operator? {
                Operator::Block { .. }
                | Operator::Loop { .. }
                | Operator::If { .. }
                | Operator::Try { .. }
                | Operator::TryTable { .. } => {
                    depth += 1;
                    nesting = nesting.max(depth);
                }
                Operator::End | Operator::Delegate { .. } => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        let bytes = body.range().end - body.range().start;
        let index = self.imported_functions + self.bodies.len() as u32;
        self.bodies.push(Function {
            index,
            name: String::new(),
            bytes,
            locals,
            nesting,
        });
        Ok(())
    }

    fn custom(&mut self, section: &KnownCustom<'_>) {
        match section {
            KnownCustom::Name(names) => {
                for name in names.clone().map_while(Result::ok) {
                    match name {
                        Name::Module { name, .. } => self.name = Some(name.to_string()),
                        Name::Function(names) => {
                            // These are better than the exports'.
                            let names = names.into_iter().map_while(Result::ok);
                            self.names.extend(
                                names.map(|naming| (naming.index, naming.name.to_string())),
                            );
                        }
                        _ => {}
                    }
                }
            }
            KnownCustom::Producers(fields) => {
                for field in fields.clone().into_iter().map_while(Result::ok) {
                    for value in field.values.into_iter().map_while(Result::ok) {
                        let text = format!("{} {}", value.name, value.version);
                        self.producers.push(text.trim().to_string());
                    }
                }
            }
            _ => {}
        }
    }

    /// The largest functions, and the one that is nested most deeply.
    fn functions(&mut self, largest: usize) -> (Vec<Function>, Option<Function>) {
        let names = &self.names;
        let named = |function: &Function| {
            let name = names.get(&function.index).cloned();
            let name = name.unwrap_or_else(|| format!("function {}", function.index));
            Function {
                name,
                ..function.clone()
            }
        };
        let deepest = self
            .bodies
            .iter()
            .max_by_key(|function| function.nesting)
            .map(named);
        let mut sorted: Vec<_> = self.bodies.iter().collect();
        sorted.sort_by_key(|function| std::cmp::Reverse(function.bytes));
        (
            sorted.into_iter().take(largest).map(named).collect(),
            deepest,
        )
    }
}
