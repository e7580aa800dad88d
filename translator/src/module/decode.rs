//! From bytes to [`Module`].

use wasmparser::{
    BinaryReaderError, ElementItems, ElementKind, Operator, Parser, Payload, RefType, TableInit,
    TypeRef, ValType,
};

use super::{
    ConstExpr, ConstOp, DataSegment, ElementSegment, Export, ExportKind, Function, Global, Import,
    Items, Memory, MemoryType, Module, SegmentMode, Table, Tag, ValueType, hints, names, validate,
};
use crate::Error;

/// Validates and decodes a module.
///
/// # Errors
/// When it is not a module, not valid, or uses what is not supported.
pub fn decode(bytes: &[u8]) -> Result<Module<'_>, Error> {
    validate::validate(bytes)?;
    let mut decoder = Decoder::default();
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(invalid)?;
        decoder.payload(&payload)?;
        if let Payload::CustomSection(_) = payload {
            decoder.custom_sections.push(payload);
        }
    }
    let mut module = decoder.module;
    module.bytes = bytes;
    for section in &decoder.custom_sections {
        names::read(&mut module, section);
        hints::read(&mut module, section);
    }
    names::complete(&mut module);
    Ok(module)
}

#[derive(Default)]
struct Decoder<'a> {
    module: Module<'a>,
    bodies: usize,
    custom_sections: Vec<Payload<'a>>,
}

impl<'a> Decoder<'a> {
    fn payload(&mut self, payload: &Payload<'a>) -> Result<(), Error> {
        let module = &mut self.module;
        match payload {
            Payload::TypeSection(section) => {
                for group in section.clone() {
                    module.add_types(&group.map_err(invalid)?)?;
                }
            }
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    let import = import.map_err(invalid)?;
                    let origin = Some(Import {
                        module: import.module.to_string(),
                        name: import.name.to_string(),
                    });
                    match import.ty {
                        TypeRef::Func(index) | TypeRef::FuncExact(index) => {
                            let type_index = module.type_indices[index as usize];
                            module.functions.push(Function {
                                type_index,
                                declared_type: index,
                                import: origin,
                                body: None,
                                name: None,
                            });
                        }
                        TypeRef::Table(table) => {
                            let table = table_of(module, &table, origin)?;
                            module.tables.push(table);
                        }
                        TypeRef::Memory(memory) => module.memories.push(memory_of(&memory, origin)),
                        TypeRef::Global(global) => {
                            let value_type = module.value_type(global.content_type)?;
                            module.globals.push(Global {
                                value_type,
                                reference: in_full(global.content_type),
                                mutable: global.mutable,
                                import: origin,
                                init: None,
                            });
                        }
                        TypeRef::Tag(tag) => module.tags.push(Tag {
                            type_index: module.type_indices[tag.func_type_idx as usize],
                            declared_type: tag.func_type_idx,
                            import: origin,
                        }),
                    }
                }
            }
            Payload::FunctionSection(section) => {
                for index in section.clone() {
                    let declared_type = index.map_err(invalid)?;
                    module.functions.push(Function {
                        type_index: module.type_indices[declared_type as usize],
                        declared_type,
                        import: None,
                        body: None,
                        name: None,
                    });
                }
            }
            Payload::TableSection(section) => {
                for table in section.clone() {
                    let table = table.map_err(invalid)?;
                    let mut decoded = table_of(module, &table.ty, None)?;
                    if let TableInit::Expr(init) = &table.init {
                        decoded.init = Some(const_expr(module, init)?);
                    }
                    module.tables.push(decoded);
                }
            }
            Payload::MemorySection(section) => {
                for memory in section.clone() {
                    module
                        .memories
                        .push(memory_of(&memory.map_err(invalid)?, None));
                }
            }
            Payload::GlobalSection(section) => {
                for global in section.clone() {
                    let global = global.map_err(invalid)?;
                    let value_type = module.value_type(global.ty.content_type)?;
                    let init = Some(const_expr(module, &global.init_expr)?);
                    module.globals.push(Global {
                        value_type,
                        reference: in_full(global.ty.content_type),
                        mutable: global.ty.mutable,
                        import: None,
                        init,
                    });
                }
            }
            Payload::TagSection(section) => {
                for tag in section.clone() {
                    let tag = tag.map_err(invalid)?;
                    module.tags.push(Tag {
                        type_index: module.type_indices[tag.func_type_idx as usize],
                        declared_type: tag.func_type_idx,
                        import: None,
                    });
                }
            }
            Payload::ExportSection(section) => {
                for export in section.clone() {
                    let export = export.map_err(invalid)?;
                    let kind = match export.kind {
                        wasmparser::ExternalKind::Func | wasmparser::ExternalKind::FuncExact => {
                            ExportKind::Function(export.index)
                        }
                        wasmparser::ExternalKind::Table => ExportKind::Table(export.index),
                        wasmparser::ExternalKind::Memory => ExportKind::Memory(export.index),
                        wasmparser::ExternalKind::Global => ExportKind::Global(export.index),
                        wasmparser::ExternalKind::Tag => ExportKind::Tag(export.index),
                    };
                    module.exports.push(Export {
                        name: export.name.to_string(),
                        kind,
                    });
                }
            }
            Payload::StartSection { func, .. } => module.start = Some(*func),
            Payload::ElementSection(section) => {
                for element in section.clone() {
                    let element = element.map_err(invalid)?;
                    let segment = element_segment(module, element)?;
                    module.elements.push(segment);
                }
            }
            Payload::DataSection(section) => {
                for data in section.clone() {
                    let data = data.map_err(invalid)?;
                    let mode = match data.kind {
                        wasmparser::DataKind::Passive => SegmentMode::Passive,
                        wasmparser::DataKind::Active {
                            memory_index,
                            offset_expr,
                        } => {
                            let offset = const_expr(module, &offset_expr)?;
                            SegmentMode::Active {
                                index: memory_index,
                                offset,
                            }
                        }
                    };
                    module.data.push(DataSegment {
                        mode,
                        data: data.data,
                    });
                }
            }
            Payload::CodeSectionEntry(body) => {
                let index = module.imported_functions() as usize + self.bodies;
                self.bodies += 1;
                module.functions[index].body = Some(body.clone());
            }
            _ => {}
        }
        Ok(())
    }
}

fn element_segment(
    module: &Module<'_>,
    element: wasmparser::Element<'_>,
) -> Result<ElementSegment, Error> {
    let mode = match element.kind {
        ElementKind::Passive => SegmentMode::Passive,
        ElementKind::Declared => SegmentMode::Declared,
        ElementKind::Active {
            table_index,
            offset_expr,
        } => SegmentMode::Active {
            index: table_index.unwrap_or(0),
            offset: const_expr(module, &offset_expr)?,
        },
    };
    let (element, items) = match element.items {
        ElementItems::Functions(functions) => {
            let functions = functions
                .into_iter()
                .collect::<Result<_, _>>()
                .map_err(invalid)?;
            (ValueType::FuncRef, Items::Functions(functions))
        }
        ElementItems::Expressions(reference, expressions) => {
            let mut items = Vec::new();
            for expression in expressions {
                items.push(const_expr(module, &expression.map_err(invalid)?)?);
            }
            let element = module.reference_type(reference)?;
            (element, Items::Expressions(items))
        }
    };
    Ok(ElementSegment {
        mode,
        element,
        items,
    })
}

fn table_of(
    module: &Module<'_>,
    table: &wasmparser::TableType,
    import: Option<Import>,
) -> Result<Table, Error> {
    Ok(Table {
        element: module.reference_type(table.element_type)?,
        reference: in_full(ValType::Ref(table.element_type)),
        table64: table.table64,
        minimum: table.initial,
        maximum: table.maximum,
        import,
        init: None,
    })
}

fn memory_of(memory: &wasmparser::MemoryType, import: Option<Import>) -> Memory {
    Memory {
        memory_type: MemoryType {
            minimum: memory.initial,
            maximum: memory.maximum,
            memory64: memory.memory64,
            // Validation lets no other size through.
            single_bytes: memory.page_size_log2 == Some(0),
            shared: memory.shared,
        },
        import,
    }
}

fn const_expr(module: &Module<'_>, expr: &wasmparser::ConstExpr<'_>) -> Result<ConstExpr, Error> {
    let mut ops = Vec::new();
    for operator in expr.get_operators_reader() {
        ops.push(match operator.map_err(invalid)? {
            Operator::I32Const { value } => ConstOp::I32Const(value),
            Operator::I64Const { value } => ConstOp::I64Const(value),
            Operator::F32Const { value } => ConstOp::F32Const(value.bits()),
            Operator::F64Const { value } => ConstOp::F64Const(value.bits()),
            Operator::V128Const { value } => {
                ConstOp::V128Const(u128::from_le_bytes(*value.bytes()))
            }
            Operator::RefNull { hty } => {
                let reference = RefType::new(true, hty).ok_or_else(|| unexpected("a type"))?;
                ConstOp::RefNull(module.reference_type(reference)?)
            }
            Operator::RefFunc { function_index } => ConstOp::RefFunc(function_index),
            Operator::GlobalGet { global_index } => ConstOp::GlobalGet(global_index),
            Operator::I32Add => ConstOp::I32Add,
            Operator::I32Sub => ConstOp::I32Sub,
            Operator::I32Mul => ConstOp::I32Mul,
            Operator::I64Add => ConstOp::I64Add,
            Operator::I64Sub => ConstOp::I64Sub,
            Operator::I64Mul => ConstOp::I64Mul,
            Operator::StructNew { struct_type_index } => ConstOp::StructNew(struct_type_index),
            Operator::StructNewDefault { struct_type_index } => {
                ConstOp::StructNewDefault(struct_type_index)
            }
            Operator::ArrayNew { array_type_index } => ConstOp::ArrayNew(array_type_index),
            Operator::ArrayNewDefault { array_type_index } => {
                ConstOp::ArrayNewDefault(array_type_index)
            }
            Operator::ArrayNewFixed {
                array_type_index,
                array_size,
            } => ConstOp::ArrayNewFixed(array_type_index, array_size),
            Operator::RefI31 => ConstOp::RefI31,
            Operator::AnyConvertExtern => ConstOp::AnyConvertExtern,
            Operator::ExternConvertAny => ConstOp::ExternConvertAny,
            Operator::End => break,
            other => return Err(unexpected(&format!("{other:?} in a constant expression"))),
        });
    }
    Ok(ConstExpr(ops))
}

/// The memory that a load or store is about.
pub fn memory_index(memarg: &wasmparser::MemArg) -> u32 {
    match memarg.target {
        wasmparser::MemArgTarget::Memory(memory) => memory,
        // What reaches into arrays is of a proposal that is not supported.
        wasmparser::MemArgTarget::Array(_) => 0,
    }
}

/// A reference type that is not the widest of its kind.
fn in_full(value_type: ValType) -> Option<RefType> {
    let ValType::Ref(reference) = value_type else {
        return None;
    };
    let widest = [
        RefType::FUNCREF,
        RefType::EXTERNREF,
        RefType::EXNREF,
        RefType::ANYREF,
    ];
    (!widest.contains(&reference)).then_some(reference)
}

/// What validation should have refused.
fn unexpected(what: &str) -> Error {
    Error::Internal(format!("{what} got through validation"))
}

fn invalid(error: BinaryReaderError) -> Error {
    Error::Invalid {
        message: error.message().to_string(),
        offset: error.offset(),
        function: None,
    }
}
