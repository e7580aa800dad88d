//! The interface of a module as a trait, and what runs another module with the same interface:
//! loaded at run time, and interpreted.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::instance::Methods;
use super::{Plan, ident, memory_type, parameters, type_name};
use crate::module::{Export, ExportKind, FunctionType};

impl Plan<'_> {
    /// The trait `Exports`, the type `Loaded`, and what they need. `methods` are those of exports.
    pub(super) fn loaded_items(&self, methods: &Methods) -> TokenStream {
        let Methods {
            declared,
            of_instance,
            of_loaded,
            ..
        } = methods;
        let constructors = self.load();
        let by_name = quote! {
            fn export(&mut self, name: &str) -> Option<Extern>
            where
                H: Send,
            {
                self.0.export(name)
            }
            fn func(&mut self, name: &str) -> Option<Func>
            where
                H: Send,
            {
                self.0.func(name)
            }
            fn call(&mut self, name: &str, args: &[Value]) -> Result<Vec<Value>, CallError>
            where
                H: Send,
            {
                self.0.call(name, args)
            }
        };
        let exports = self.module.exports.iter().map(|export| {
            let (name, extern_type) = (&export.name, self.extern_type(export));
            quote!((#name, #extern_type))
        });
        let functions = self.dynamic_hosts();
        let externs = self.given_externs();
        quote! {
            /// What the module exports, however it runs: compiled into the program as
            /// [`Instance`], or loaded at run time as [`Loaded`].
            pub trait Exports<H: 'static>: core::fmt::Debug {
                /// The instance, as host functions see it.
                fn as_mut(&mut self) -> InstanceMut<'_>;
                /// The host.
                fn host(&mut self) -> HostMut<'_, H>;
                /// The export called `name`, as a handle that can be kept and imported
                /// elsewhere. A loaded module may have more exports than the interface.
                fn export(&mut self, name: &str) -> Option<Extern>
                where
                    H: Send;
                /// The function exported as `name`.
                fn func(&mut self, name: &str) -> Option<Func>
                where
                    H: Send;
                /// Calls the function exported as `name`.
                fn call(
                    &mut self,
                    name: &str,
                    args: &[Value],
                ) -> Result<Vec<Value>, CallError>
                where
                    H: Send;
                #declared
            }
            impl<H: 'static> Exports<H> for Instance<H> {
                fn as_mut(&mut self) -> InstanceMut<'_> {
                    InstanceMut(self.0.as_mut())
                }
                fn host(&mut self) -> HostMut<'_, H> {
                    self.0.host()
                }
                #by_name
                #of_instance
            }
            impl<H: 'static> Exports<H> for Loaded<H> {
                fn as_mut(&mut self) -> InstanceMut<'_> {
                    InstanceMut(self.0.as_mut())
                }
                fn host(&mut self) -> HostMut<'_, H> {
                    self.0.host()
                }
                #by_name
                #of_loaded
            }
            #constructors
            fn interface() -> Vec<(&'static str, loaded::ExternType)> {
                vec![#(#exports),*]
            }
            fn parts<H: Imports>(host: &mut H) -> loaded::Parts {
                loaded::Parts {
                    exports: interface(),
                    functions: dynamic_hosts::<H>(),
                    externs: externs(host),
                }
            }
            fn dynamic_hosts<H: Imports>() -> Vec<loaded::HostFunction> {
                vec![#(#functions),*]
            }
            fn externs<H: Imports>(
                host: &mut H,
            ) -> Vec<(&'static str, &'static str, loaded::Given)> {
                vec![#(#externs),*]
            }
        }
    }

    /// What makes instances where the module itself is interpreted.
    pub(super) fn embedded(&self) -> TokenStream {
        let sends = self.imports_externs().then(|| quote!(where H: Send));
        let new = ident(if self.imports_externs() {
            "instance_beside"
        } else {
            "instance"
        });
        quote! {
            /// The state is the interpreter's.
            #[doc(hidden)]
            pub struct State;
            static MODULE: loaded::Embedded = loaded::Embedded::new(DATA);
            impl<H: Imports> Instance<H> {
                /// Makes an instance.
                ///
                /// # Errors
                /// When an import does not fit, a memory can't be had, or a segment or the start
                /// function traps.
                pub fn new(mut host: H) -> Result<Self, InstantiationError>
                #sends
                {
                    let parts = parts(&mut host);
                    MODULE.#new(host, &parts).map(Instance)
                }
                /// Makes an instance in a store that it shares with others.
                ///
                /// # Errors
                /// As [`Instance::new`].
                pub fn new_in(store: &Store, mut host: H) -> Result<Self, InstantiationError>
                where
                    H: Send,
                {
                    let parts = parts(&mut host);
                    MODULE.instance_in(store, host, &parts).map(Instance)
                }
            }
            impl Instance<Linked> {
                /// Makes an instance whose imports are found by name, all of them in `store`.
                ///
                /// # Errors
                /// When an import is missing or does not fit; else as [`Instance::new`].
                pub fn link(
                    store: &Store,
                    imports: &::wasm2rs_support::Imports,
                ) -> Result<Self, InstantiationError> {
                    MODULE.link(store, imports, interface()).map(Instance)
                }
            }
        }
    }

    fn load(&self) -> TokenStream {
        // Who shares memories, tables or globals is in their store.
        let sends = self.imports_externs().then(|| quote!(where H: Send));
        let new = ident(if self.imports_externs() {
            "beside"
        } else {
            "new"
        });
        quote! {
            /// An instance of a module that has this interface and was loaded at run time. It is
            /// interpreted.
            pub struct Loaded<H: 'static>(loaded::Instance<State, H>);
            impl<H: 'static> core::fmt::Debug for Loaded<H> {
                fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                    f.debug_struct("Loaded").finish_non_exhaustive()
                }
            }
            /// Loads a module that has to have this interface, and makes an instance of it.
            ///
            /// # Errors
            /// When it is no valid module, when an export of the interface is missing or of another
            /// type, when it imports what the interface does not; else as [`Instance::new`].
            pub fn load<H: Imports>(
                wasm: &[u8],
                host: H,
            ) -> Result<Loaded<H>, InstantiationError>
            #sends
            {
                Loaded::new(&::wasm2rs_support::interpreter::Module::new(wasm)?, host)
            }
            impl<H: Imports> Loaded<H> {
                /// Makes an instance of a module that was loaded before.
                ///
                /// # Errors
                /// As [`load`].
                pub fn new(
                    module: &::wasm2rs_support::interpreter::Module,
                    mut host: H,
                ) -> Result<Self, InstantiationError>
                #sends
                {
                    let parts = parts(&mut host);
                    loaded::Instance::#new(module, host, &parts).map(Loaded)
                }
                /// Makes an instance in a store that it shares with others.
                ///
                /// # Errors
                /// As [`load`].
                pub fn new_in(
                    store: &Store,
                    module: &::wasm2rs_support::interpreter::Module,
                    mut host: H,
                ) -> Result<Self, InstantiationError>
                where
                    H: Send,
                {
                    let parts = parts(&mut host);
                    loaded::Instance::new_in(store, module, host, &parts).map(Loaded)
                }
            }
        }
    }

    /// The type of an export.
    fn extern_type(&self, export: &Export) -> TokenStream {
        match export.kind {
            ExportKind::Function(index) => {
                let function_type = self.described(index);
                quote!(loaded::ExternType::Function(#function_type))
            }
            ExportKind::Memory(index) => {
                let memory_type = memory_type(self.module.memories[index as usize].memory_type);
                quote!(loaded::ExternType::Memory(#memory_type))
            }
            ExportKind::Table(index) => {
                let table = &self.module.tables[index as usize];
                let (element, table64) = (type_name(table.element), table.table64);
                let reference = self.optional_reference(table.reference);
                quote!(loaded::ExternType::Table {
                    element: #element, table64: #table64, reference: #reference
                })
            }
            ExportKind::Global(index) => {
                let global = &self.module.globals[index as usize];
                let (value_type, mutable) = (type_name(global.value_type), global.mutable);
                let reference = self.optional_reference(global.reference);
                quote!(loaded::ExternType::Global {
                    value_type: #value_type, mutable: #mutable, reference: #reference
                })
            }
            ExportKind::Tag(index) => {
                let tag = &self.module.tags[index as usize];
                let params = self.module.types[tag.type_index as usize].params.iter();
                let params = params.map(|&param| type_name(param));
                let info = match self.tag_type(tag.declared_type) {
                    Some(info) => quote!(Some(#info)),
                    None => quote!(None),
                };
                quote!(loaded::ExternType::Tag { params: &[#(#params),*], info: #info })
            }
        }
    }

    /// The type of a function.
    fn described(&self, index: u32) -> TokenStream {
        let FunctionType { params, results } = self.module.function_type(index);
        let params = params.iter().map(|&param| type_name(param));
        let results = results.iter().map(|&result| type_name(result));
        let info = self.tag_type(self.module.functions[index as usize].declared_type);
        let info = info.map_or_else(|| quote!(None), |info| quote!(Some(#info)));
        quote!(loaded::DescribedType {
            function_type: FunctionType { params: &[#(#params),*], results: &[#(#results),*] },
            info: #info,
        })
    }

    /// For each imported function, how an interpreted module calls the host's.
    fn dynamic_hosts(&self) -> Vec<TokenStream> {
        let imported = 0..self.module.imported_functions();
        let functions = imported.filter_map(|index| {
            let import = self.module.functions[index as usize].import.as_ref()?;
            if self.needs_compiled_code(index) {
                return None;
            }
            let FunctionType { params, results } = self.module.function_type(index);
            let (_, names) = parameters(params);
            let places = (0..params.len()).map(Literal::usize_unsuffixed);
            let call = self.host_call(index);
            let give = match results.len() {
                0 => quote!(),
                1 => quote!(give(results, 0, result);),
                count => {
                    let places: Vec<_> = (0..count).map(Literal::usize_unsuffixed).collect();
                    quote!(#(give(results, #places, result.#places);)*)
                }
            };
            let (module, name) = (&import.module, &import.name);
            let function_type = self.described(index);
            Some(quote!(loaded::HostFunction {
                module: #module,
                name: #name,
                described: #function_type,
                code: |call, args, results| {
                    #(let #names = argument(args, #places);)*
                    let result = call.host::<State, H, Exported, _>(|caller| #call)?;
                    #give
                    Ok(())
                },
            }))
        });
        functions.collect()
    }

    /// Everything that the host gives for imports that are no functions.
    fn given_externs(&self) -> Vec<TokenStream> {
        let externs = self.imports.externs.iter().map(|imported| {
            let (module, name) = (&imported.import.module, &imported.import.name);
            let given = self.given_extern(imported, &quote!(host));
            quote!((#module, #name, loaded::given(#given)))
        });
        externs.collect()
    }
}
