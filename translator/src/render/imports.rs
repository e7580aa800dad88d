//! What a module imports: the traits its host implements, and how host and links are called.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;
use wasmparser::RefType;

use super::name::Unique;
use super::state::limits;
use super::{
    Plan, Take, ident, is_ordinary, memory_parameter, memory_type, numbered, parameters,
    reference_type, results_type, rust_type, signature, type_name,
};
use crate::Error;
use crate::emscripten::{self, Invoke};
use crate::module::{FunctionType, Import, MemoryType, Module, ValueType};

/// The names of what the user implements.
#[derive(Debug)]
pub struct ImportPlan {
    /// A trait for each module imported from, but for WASI's, in order of the module names.
    traits: Vec<ImportTrait>,
    /// Whether functions of WASI are imported that the support crate has.
    wasi: bool,
    /// Where the host gives each imported function: the trait and the method.
    functions: Vec<Provider>,
    /// The imported things that are not functions.
    pub externs: Vec<ImportedExtern>,
}

#[derive(Debug)]
struct ImportTrait {
    module: String,
    name: String,
    methods: Vec<Method>,
}

#[derive(Debug)]
struct Method {
    name: String,
    import: Import,
    signature: MethodKind,
}

#[derive(Debug, PartialEq)]
enum MethodKind {
    Function(FunctionType),
    Extern(ExternKind),
}

#[derive(Debug)]
enum Provider {
    Method {
        import_trait: usize,
        method: usize,
    },
    /// A function of WASI, of this version.
    Wasi(crate::wasi::Version),
    /// A function of emscripten's that needs no host.
    Emscripten(emscripten::Known),
}

/// An imported thing that is not a function.
#[derive(Debug)]
pub struct ImportedExtern {
    pub import: Import,
    kind: ExternKind,
    /// Its field in `Externs`.
    field: String,
    import_trait: usize,
    method: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum ExternKind {
    Memory(MemoryType),
    Table {
        element: ValueType,
        table64: bool,
        reference: Option<RefType>,
        minimum: u64,
        maximum: Option<u64>,
    },
    Global {
        value_type: ValueType,
        mutable: bool,
        reference: Option<RefType>,
    },
    Tag {
        type_index: u32,
        declared_type: u32,
    },
}

impl ExternKind {
    /// The Rust type of the handle.
    fn handle(self) -> TokenStream {
        match self {
            ExternKind::Memory(memory_type) if memory_type.shared => quote!(SharedMemory),
            ExternKind::Memory(_) => quote!(Memory),
            ExternKind::Table { element, .. } => {
                let element = reference_type(element);
                quote!(Table<#element>)
            }
            ExternKind::Tag { .. } => quote!(Tag),
            ExternKind::Global { value_type, .. } => {
                let value_type = rust_type(value_type);
                quote!(Global<#value_type>)
            }
        }
    }

    /// The Rust type of what the state keeps.
    fn kept(self) -> TokenStream {
        match self {
            ExternKind::Table { element, .. } => {
                let element = reference_type(element);
                quote!(TableSlot<#element>)
            }
            other => other.handle(),
        }
    }
}

/// Names that a trait of ours must not take.
const TAKEN: &[&str] = &[
    "Instance",
    "InstanceMut",
    "Exports",
    "Loaded",
    "Caller",
    "Imports",
    "State",
    "Context",
    "Mem",
    "FuncRef",
    "ExternRef",
    "Globals",
    "SharedGlobals",
    "TableSlot",
    "Table",
    "Memory",
    "Global",
    "Store",
    "HostError",
    "Trap",
    "TrapKind",
    "FunctionEntry",
    "FunctionType",
    "RawValue",
    "ValueType",
    "WasmType",
    "V128",
    "Export",
    "ExportKind",
    "GlobalPlace",
    "ModuleState",
    "Resolver",
    "Source",
    "Foreign",
    "Externs",
    "ImportedFunctions",
    "Exported",
    "Upward",
    "View",
    "Box",
    "Vec",
    "Option",
    "Result",
    "Some",
    "None",
    "Ok",
    "Err",
    "Sized",
    "Send",
    "Sync",
    "Fn",
    "FnMut",
    "FnOnce",
    "Drop",
    "Clone",
    "Copy",
    "String",
    "MemoryMut",
    "MemoryType",
    "SharedMemory",
    "Shared32",
    "Shared64",
    "SharedExact32",
    "SharedExact64",
    "Ordinary",
    "Paged64",
    "Exact32",
    "Exact64",
    "Linked",
    "LinkError",
    "InstantiationError",
    "WasiHost",
    "Extern",
    "Value",
    "Func",
    "CallError",
    "ExnRef",
    "AnyRef",
    "TypeInfo",
    "Layout",
    "CastTarget",
    "Roots",
    "Tag",
    "Thrown",
    "Step",
    "HostMut",
    "Default",
    "From",
    "Into",
    "Iterator",
    "Self",
];

impl ImportPlan {
    pub fn new(module: &Module<'_>) -> ImportPlan {
        let mut planner = Planner::default();
        let mut functions = Vec::new();
        let mut wasi = false;
        for function in &module.functions {
            let Some(import) = &function.import else {
                break;
            };
            let function_type = &module.types[function.type_index as usize];
            if let Some(version) = crate::wasi::version(&import.module, &import.name, function_type)
            {
                wasi = true;
                functions.push(Provider::Wasi(version));
                continue;
            }
            if let Some(known) = emscripten::known(module, import, function_type) {
                functions.push(Provider::Emscripten(known));
                continue;
            }
            let kind = MethodKind::Function(function_type.clone());
            let (import_trait, method) = planner.method(import, kind);
            functions.push(Provider::Method {
                import_trait,
                method,
            });
        }
        let mut externs = Vec::new();
        let mut add = |import: &Option<Import>, kind: ExternKind, field: String| {
            let Some(import) = import else { return };
            let (import_trait, method) = planner.method(import, MethodKind::Extern(kind));
            externs.push(ImportedExtern {
                import: import.clone(),
                kind,
                field,
                import_trait,
                method,
            });
        };
        for (index, memory) in module.memories.iter().enumerate() {
            let kind = ExternKind::Memory(memory.memory_type);
            add(&memory.import, kind, format!("memory{index}"));
        }
        for (index, table) in module.tables.iter().enumerate() {
            let kind = ExternKind::Table {
                element: table.element,
                table64: table.table64,
                reference: table.reference,
                minimum: table.minimum,
                maximum: table.maximum,
            };
            add(&table.import, kind, format!("table{index}"));
        }
        for (index, global) in module.globals.iter().enumerate() {
            let kind = ExternKind::Global {
                value_type: global.value_type,
                mutable: global.mutable,
                reference: global.reference,
            };
            add(&global.import, kind, format!("global{index}"));
        }
        for (index, tag) in module.tags.iter().enumerate() {
            let type_index = tag.type_index;
            add(
                &tag.import,
                ExternKind::Tag {
                    type_index,
                    declared_type: tag.declared_type,
                },
                format!("tag{index}"),
            );
        }
        ImportPlan {
            traits: planner.finish(),
            wasi,
            functions,
            externs,
        }
    }

    /// The names of the traits.
    pub fn trait_names(&self) -> impl Iterator<Item = Ident> {
        self.traits
            .iter()
            .map(|import_trait| ident(&import_trait.name))
    }
}

#[derive(Default)]
struct Planner {
    traits: Vec<ImportTrait>,
    by_module: BTreeMap<String, usize>,
    names: Vec<Unique>,
}

impl Planner {
    /// The place of the method for an import; what is imported twice has one method.
    fn method(&mut self, import: &Import, signature: MethodKind) -> (usize, usize) {
        let place = *self
            .by_module
            .entry(import.module.clone())
            .or_insert_with(|| {
                self.traits.push(ImportTrait {
                    module: import.module.clone(),
                    name: String::new(),
                    methods: Vec::new(),
                });
                self.names.push(Unique::default());
                self.traits.len() - 1
            });
        let methods = &mut self.traits[place].methods;
        let same = methods
            .iter()
            .position(|method| method.import == *import && method.signature == signature);
        let method = same.unwrap_or_else(|| {
            let name = self.names[place].method(&import.name);
            methods.push(Method {
                name,
                import: import.clone(),
                signature,
            });
            methods.len() - 1
        });
        (place, method)
    }

    fn finish(mut self) -> Vec<ImportTrait> {
        let mut unique = Unique::without(TAKEN);
        for import_trait in &mut self.traits {
            import_trait.name = unique.type_name(&import_trait.module);
        }
        self.traits
    }
}

impl Plan<'_> {
    /// The struct of the functions that calls of imports go to.
    pub(super) fn imported_functions(&self) -> TokenStream {
        let functions = self
            .module
            .functions
            .iter()
            .take(self.imports.functions.len());
        let fields = functions.enumerate().map(|(index, function)| {
            let name = numbered("f", index);
            let signature = signature::signature(function.type_index);
            quote!(pub #name: #signature)
        });
        let visible = self.visible();
        quote!(#visible struct ImportedFunctions { #(#fields),* })
    }

    /// The traits that hosts implement.
    pub(super) fn import_traits(&self, take: Take<'_>) -> Result<(), Error> {
        for description in &self.imports.traits {
            take(import_trait(description))?;
        }
        let names = self
            .imports
            .traits
            .iter()
            .map(|import_trait| ident(&import_trait.name));
        let wasi = self
            .imports
            .wasi
            .then(|| quote!(::wasm2rs_support::wasi::WasiHost));
        let bounds: Vec<_> = names.map(|name| quote!(#name)).chain(wasi).collect();
        take(quote! {
            /// All that an instance needs of its host: every trait of this module, and WASI's
            /// where it is used. Implemented by whatever implements those.
            pub trait Imports: 'static #(+ #bounds)* {}
            impl<T: 'static #(+ #bounds)*> Imports for T {}
        })
    }

    /// The shims that call the host, and the things imported that are no functions.
    pub(super) fn import_items(&self, take: Take<'_>) -> Result<(), Error> {
        for index in 0..self.imports.functions.len() {
            take(self.host_shim(index as u32))?;
        }
        let count = self.imports.functions.len() as u32;
        let fields: Vec<_> = (0..count).map(|index| numbered("f", index)).collect();
        let host_shims = (0..count).map(|index| numbered("host_", index));
        let linked = (0..count).map(|index| {
            let function = &self.module.functions[index as usize];
            let params = self.module.function_type(index).params.len();
            let args: Vec<_> = (0..params).map(|place| numbered("a", place)).collect();
            let call = signature::call_reference(function.type_index);
            let index = Literal::u32_unsuffixed(index);
            quote! {
                |c, m, #(#args),*| match c.s.linked[#index] {
                    Some(f) => #call(c, m, f, #(#args),*),
                    None => unreachable(),
                }
            }
        });
        let extern_fields = self.imports.externs.iter().map(|imported| {
            let (field, kept) = (ident(&imported.field), imported.kind.kept());
            quote!(#field: #kept)
        });
        take(quote! {
            fn functions_of_host<H: Imports>() -> ImportedFunctions {
                ImportedFunctions { #(#fields: #host_shims::<H>),* }
            }
            fn functions_linked() -> ImportedFunctions {
                ImportedFunctions { #(#fields: #linked),* }
            }
            struct Externs { #(#extern_fields),* }
        })
    }

    fn host_shim(&self, index: u32) -> TokenStream {
        let params = &self.module.function_type(index).params;
        let (declared, _) = parameters(params);
        let shim = numbered("host_", index);
        let type_index = self.module.functions[index as usize].type_index;
        let throws = self.type_throws(type_index);
        let outcome = self.type_arrow(type_index);
        let memory = memory_parameter(self.module);
        let call = self.host_call(index);
        let call_host = match (throws, &self.imports.functions[index as usize]) {
            (false, _) => quote!(c.call_host::<H, Exported, _>(|caller| #call)),
            (true, Provider::Wasi(_)) => quote!(Ok(c.call_host::<H, Exported, _>(|caller| #call))),
            (true, Provider::Method { .. } | Provider::Emscripten(_)) => {
                quote!(c.call_host_catching::<H, Exported, _>(|caller| #call))
            }
        };
        quote! {
            fn #shim<H: Imports>(c: &mut Context<State>, _: #memory, #(#declared),*) #outcome {
                #call_host
            }
        }
    }

    /// What calls the host's function for import `index`, with a `caller`, and arguments that are
    /// called as parameters are.
    pub(super) fn host_call(&self, index: u32) -> TokenStream {
        let (_, names) = parameters(&self.module.function_type(index).params);
        match self.imports.functions[index as usize] {
            Provider::Method {
                import_trait,
                method,
            } => {
                let import_trait = &self.imports.traits[import_trait];
                let method = ident(&import_trait.methods[method].name);
                let import_trait = ident(&import_trait.name);
                quote!(<H as #import_trait>::#method(caller, #(#names),*))
            }
            Provider::Wasi(version) => {
                let import = self.module.functions[index as usize].import.as_ref();
                let function = ident(import.map_or("", |import| &import.name));
                let version = ident(version.support_module());
                let call = quote! {
                    let wasi = ::wasm2rs_support::wasi::WasiHost::wasi(host);
                    ::wasm2rs_support::wasi::#version::#function(wasi, &mut memory, #(#names),*)
                };
                let memory = self.module.memories.first();
                if memory.is_some_and(|memory| memory.memory_type.shared) {
                    quote!({
                        let mut memory = caller.shared_memory().into();
                        let host = caller.host();
                        #call
                    })
                } else {
                    quote!({
                        let (host, mut memory) = caller.split();
                        let mut memory = memory.data_mut().into();
                        #call
                    })
                }
            }
            Provider::Emscripten(known) => self.emscripten(known, &names),
        }
    }

    /// What a function of emscripten's does, as an expression of a result.
    fn emscripten(&self, known: emscripten::Known, names: &[Ident]) -> TokenStream {
        let Invoke {
            type_index,
            stack_save,
            stack_restore,
            set_threw,
        } = match known {
            emscripten::Known::Longjmp => {
                return quote!({
                    let _ = caller;
                    ::wasm2rs_support::emscripten::throw_longjmp()
                });
            }
            emscripten::Known::MemoryGrowth => {
                return quote!({
                    let _ = (caller, a0);
                    Ok(())
                });
            }
            emscripten::Known::Invoke(invoke) => invoke,
        };
        let call_indirect = signature::call_indirect(type_index);
        let table = Literal::u32_unsuffixed(self.state.table(0));
        let args = names.iter().skip(1);
        let call = quote!(#call_indirect::<#table>(c, m, #(#args,)* a0));
        let call = self.leading_out(call, self.type_throws(type_index));
        let save = self.call_from_host(stack_save, &[]);
        let restore = self.call_from_host(stack_restore, &[quote!(stack)]);
        let set = self.call_from_host(set_threw, &[quote!(1), quote!(0)]);
        let result = match self.module.types[type_index as usize].results.first() {
            Some(_) => quote!(Default::default()),
            None => quote!(()),
        };
        quote!({
            let mut instance = caller.enter();
            let stack = instance.enter(|c, m| #save)?;
            match instance.enter(|c, m| #call) {
                Ok(result) => Ok(result),
                Err(trap) => {
                    ::wasm2rs_support::emscripten::catch(trap)?;
                    instance.enter(|c, m| #restore)?;
                    instance.enter(|c, m| #set)?;
                    Ok(#result)
                }
            }
        })
    }

    /// A call of a function from outside, where `c` and `m` are at hand.
    fn call_from_host(&self, index: u32, args: &[TokenStream]) -> TokenStream {
        let call = if self.module.functions[index as usize].import.is_some() {
            let import = numbered("f", index);
            quote!((c.s.imports.#import)(c, m, #(#args),*))
        } else {
            let facts = &self.facts.functions[index as usize];
            let path = self.path(index);
            let context = facts.uses_context.then(|| quote!(c,));
            let memory = facts.uses_memory.then(|| quote!(m,));
            quote!(#path(#context #memory #(#args),*))
        };
        self.leading_out(call, self.call_throws(index))
    }

    /// Whether the code that calls the host's function for an import goes into compiled code.
    pub(super) fn needs_compiled_code(&self, index: u32) -> bool {
        let provider = &self.imports.functions[index as usize];
        matches!(provider, Provider::Emscripten(emscripten::Known::Invoke(_)))
    }

    /// What the host `host` gives for something imported that is no function.
    pub(super) fn given_extern(
        &self,
        imported: &ImportedExtern,
        host: &TokenStream,
    ) -> TokenStream {
        let import_trait = &self.imports.traits[imported.import_trait];
        let method = ident(&import_trait.methods[imported.method].name);
        let import_trait = ident(&import_trait.name);
        quote!(<H as #import_trait>::#method(#host))
    }

    /// What resolves the imports that are no functions, from `source`: a host, or named things.
    pub(super) fn resolve_externs(&self, from_host: bool) -> TokenStream {
        let fields = self.imports.externs.iter().map(|imported| {
            let ImportedExtern {
                import,
                kind,
                field,
                ..
            } = imported;
            let field = ident(field);
            let source = if from_host {
                let given = self.given_extern(imported, &quote!(&mut host));
                quote!(Source::Given(#given))
            } else {
                quote!(Source::Named(imports))
            };
            let (module, name) = (&import.module, &import.name);
            let resolved = match *kind {
                ExternKind::Memory(wanted) if is_ordinary(wanted) => {
                    let (minimum, maximum) = limits(wanted.minimum, wanted.maximum);
                    quote!(resolver.memory(#source, #module, #name, #minimum, #maximum)?)
                }
                ExternKind::Memory(wanted) => {
                    let method = ident(if wanted.shared {
                        "shared_memory"
                    } else {
                        "memory_of_type"
                    });
                    let wanted = memory_type(wanted);
                    quote!(resolver.#method(#source, #module, #name, #wanted)?)
                }
                ExternKind::Table {
                    table64,
                    minimum,
                    maximum,
                    reference,
                    ..
                } => {
                    let (minimum, maximum) = limits(minimum, maximum);
                    let method = ident(if table64 { "table64" } else { "table" });
                    let reference = self.optional_reference(reference);
                    quote! {
                        resolver.#method(#source, #module, #name, #minimum, #maximum, #reference)?
                    }
                }
                ExternKind::Tag {
                    type_index,
                    declared_type,
                } => {
                    let info = option(self.tag_type(declared_type));
                    let params = self.module.types[type_index as usize].params.iter();
                    let params = params.map(|&param| type_name(param));
                    quote!(resolver.tag(#source, #module, #name, &[#(#params),*], #info)?)
                }
                ExternKind::Global {
                    mutable, reference, ..
                } => match reference {
                    Some(reference) => {
                        let reference = self.reference_in_full(reference);
                        quote! {
                            resolver.global_of_type(
                                #source, #module, #name, #mutable, Some(#reference)
                            )?
                        }
                    }
                    None => quote!(resolver.global(#source, #module, #name, #mutable)?),
                },
            };
            quote!(#field: #resolved)
        });
        quote!(Externs { #(#fields),* })
    }

    /// The imported functions, found by name.
    pub(super) fn resolve_functions(&self) -> TokenStream {
        let functions = self.module.functions.iter().enumerate();
        let functions = functions.map_while(|(index, function)| {
            let Import { module, name } = function.import.as_ref()?;
            let entry = Literal::usize_unsuffixed(index);
            Some(quote! {
                Some(resolver.function(imports, #module, #name, &FUNCTIONS[#entry])?)
            })
        });
        quote!(vec![#(#functions),*])
    }

    /// Whether something is imported that is shared with others.
    pub(super) fn imports_externs(&self) -> bool {
        !self.imports.externs.is_empty()
    }
}

fn import_trait(import_trait: &ImportTrait) -> TokenStream {
    let doc = format!(" What the module imports from `{}`.", import_trait.module);
    let name = ident(&import_trait.name);
    let methods = import_trait.methods.iter().map(|method| {
        let doc = format!(" `{}`", method.import.name);
        let name = ident(&method.name);
        match &method.signature {
            MethodKind::Function(FunctionType { params, results }) => {
                let (declared, _) = parameters(params);
                let result = results_type(results);
                quote! {
                    #[doc = #doc]
                    fn #name(
                        caller: &mut Caller<'_, Self>, #(#declared),*
                    ) -> Result<#result, HostError>;
                }
            }
            MethodKind::Extern(kind) => {
                let handle = kind.handle();
                quote! {
                    #[doc = #doc]
                    fn #name(&mut self) -> #handle;
                }
            }
        }
    });
    quote! {
        #[doc = #doc]
        pub trait #name: Sized + 'static {
            #(#methods)*
        }
    }
}

/// The expression of an `Option`.
fn option(value: Option<TokenStream>) -> TokenStream {
    match value {
        Some(value) => quote!(Some(#value)),
        None => quote!(None),
    }
}
