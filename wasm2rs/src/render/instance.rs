//! The typed interface of a module: `Instance`, and the view for calling back.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::name::Unique;
use super::{
    Plan, Take, ident, numbered, parameters, reference_prefix, reference_type, results_type,
    rust_type,
};
use crate::Error;
use crate::module::{Export, ExportKind, FunctionType};

/// What exports must not be called like: methods of `Instance`, and those of the prelude's traits
/// that take any value and so would be found before them.
const TAKEN: &[&str] = &[
    "new", "new_in", "link", "host", "store", "export", "func", "call", "exports", "as_mut",
    "into", "try_into",
];

/// How many exports share one `impl`: large modules have tens of thousands.
const METHODS: usize = 500;

/// Methods for exports: of `InstanceMut`, and of `Instance`.
#[derive(Default)]
struct Methods {
    views: TokenStream,
    owned: TokenStream,
}

impl Methods {
    /// Adds what is the same for both.
    fn both(&mut self, method: &TokenStream) {
        self.views.extend(method.clone());
        self.owned.extend(method.clone());
    }
}

impl Plan<'_> {
    pub(super) fn instance_items(&self, take: Take<'_>) -> Result<(), Error> {
        let construct = self.constructors();
        take(quote! {
            /// An instance of the module, with its host.
            pub struct Instance<H: 'static>(instance::Instance<State, H>);
            impl<H: 'static> core::fmt::Debug for Instance<H> {
                fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                    f.debug_struct("Instance").finish_non_exhaustive()
                }
            }
            /// The instance, as host functions call it back.
            pub struct InstanceMut<'a>(instance::InstanceMut<'a, State>);
            impl<'a> From<instance::InstanceMut<'a, State>> for InstanceMut<'a> {
                fn from(inner: instance::InstanceMut<'a, State>) -> Self {
                    InstanceMut(inner)
                }
            }
            /// What a host function gets of the instance that calls it. It dereferences to the
            /// host.
            pub type Caller<'a, H> = instance::Caller<'a, State, H, Exported>;
            #[doc(hidden)]
            pub struct Exported;
            impl View<State> for Exported {
                type Exports<'a> = InstanceMut<'a>;
            }
            #construct
            impl<H: 'static> Instance<H> {
                /// The instance, as host functions see it.
                #[inline]
                pub fn as_mut(&mut self) -> InstanceMut<'_> {
                    InstanceMut(self.0.as_mut())
                }
                /// The host.
                pub fn host(&mut self) -> HostMut<'_, H> {
                    self.0.host()
                }
            }
            impl<H: Send + 'static> Instance<H> {
                /// The store the instance is in.
                pub fn store(&self) -> &Store {
                    self.0.store()
                }
                /// The names of all exports, in the module's order.
                pub fn exports(&self) -> impl Iterator<Item = &'static str> + use<H> {
                    EXPORTS.iter().map(|export| export.name)
                }
                /// The export called `name`, as a handle that can be kept and imported elsewhere.
                pub fn export(&mut self, name: &str) -> Option<Extern> {
                    self.0.export(name)
                }
                /// The function exported as `name`.
                pub fn func(&mut self, name: &str) -> Option<Func> {
                    self.0.func(name)
                }
                /// Calls the function exported as `name`.
                pub fn call(&mut self, name: &str, args: &[Value]) -> Result<Vec<Value>, CallError> {
                    self.0.call(name, args)
                }
            }
        })?;
        let mut unique = Unique::without(TAKEN);
        for exports in self.module.exports.chunks(METHODS) {
            let mut methods = Methods::default();
            for export in exports {
                self.export(export, &mut unique, &mut methods);
            }
            let Methods { views, owned } = methods;
            take(quote! {
                impl<H: 'static> Instance<H> {
                    #owned
                }
                impl InstanceMut<'_> {
                    #views
                }
            })?;
        }
        Ok(())
    }

    /// The methods of one export.
    fn export(&self, export: &Export, unique: &mut Unique, methods: &mut Methods) {
        let method = ident(&unique.method(&export.name));
        let doc = format!(" The export `{}`.", export.name.escape_debug());
        match export.kind {
            ExportKind::Function(index) => self.function(index, &method, &doc, methods),
            ExportKind::Memory(index)
                if self.module.memories[index as usize].memory_type.shared =>
            {
                let index = Literal::u32_unsuffixed(index);
                methods.both(&quote! {
                    #[doc = #doc]
                    pub fn #method(&mut self) -> SharedMemory {
                        self.0.shared_memory(#index)
                    }
                });
            }
            ExportKind::Memory(index) => {
                let index = Literal::u32_unsuffixed(index);
                methods.both(&quote! {
                    #[doc = #doc]
                    pub fn #method(&mut self) -> MemoryMut<'_> {
                        self.0.memory(#index)
                    }
                });
            }
            ExportKind::Global(index) => {
                let setter = ident(&unique.method(&format!("set_{method}")));
                self.global(index, &method, &setter, &doc, methods);
            }
            ExportKind::Tag(index) => self.tag(index, &method, &doc, methods),
            ExportKind::Table(index) => {
                let place = Literal::u32_unsuffixed(self.state.table(index));
                let element = self.module.tables[index as usize].element;
                let table = reference_type(element);
                let getter = numbered(reference_prefix(element), "_table");
                methods.owned.extend(quote! {
                    #[doc = #doc]
                    pub fn #method(&mut self) -> Table<#table>
                    where
                        H: Send,
                    {
                        self.0.#getter(#place)
                    }
                });
            }
        }
    }

    /// The methods of an exported tag.
    fn tag(&self, index: u32, method: &Ident, doc: &str, methods: &mut Methods) {
        let index = Literal::u32_unsuffixed(index);
        methods.views.extend(quote! {
            #[doc = #doc]
            pub fn #method(&mut self) -> Tag {
                self.0.enter_infallible(|c, _| c.s.tags[#index])
            }
        });
        methods.owned.extend(quote! {
            #[doc = #doc]
            pub fn #method(&mut self) -> Tag {
                self.as_mut().#method()
            }
        });
    }

    fn constructors(&self) -> TokenStream {
        let resolve = self.resolve_externs(true);
        let resolve_named = self.resolve_externs(false);
        let functions = self.resolve_functions();
        let count = Literal::usize_unsuffixed(self.module.imported_functions() as usize);
        // Who shares memories, tables or globals is in their store.
        let new = if self.imports_externs() {
            quote! {
                /// Makes an instance, in the store of what it imports.
                ///
                /// # Errors
                /// When an import does not fit, a memory can't be had, or a segment or the start
                /// function traps.
                pub fn new(mut host: H) -> Result<Self, InstantiationError>
                where
                    H: Send,
                {
                    let mut resolver = Resolver::new(None);
                    let externs = #resolve;
                    let store = resolver.into_store();
                    start(instance::Instance::new_in(&store, host, |store| {
                        new_state(store, functions_of_host::<H>(), vec![None; #count], externs)
                    })?)
                }
            }
        } else {
            quote! {
                /// Makes an instance, with a store of its own.
                ///
                /// # Errors
                /// When a memory can't be had, or a segment or the start function traps.
                pub fn new(host: H) -> Result<Self, InstantiationError> {
                    start(instance::Instance::new(host, |store| {
                        new_state(store, functions_of_host::<H>(), vec![None; #count], Externs {})
                    })?)
                }
            }
        };
        let mutable = self.imports_externs().then(|| quote!(mut));
        quote! {
            impl<H: Imports> Instance<H> {
                #new
                /// Makes an instance in a store that it shares with others.
                ///
                /// # Errors
                /// As [`Instance::new`].
                pub fn new_in(store: &Store, #mutable host: H) -> Result<Self, InstantiationError>
                where
                    H: Send,
                {
                    let mut resolver = Resolver::new(Some(store.clone()));
                    let externs = #resolve;
                    drop(resolver);
                    start(instance::Instance::new_in(store, host, |store| {
                        new_state(store, functions_of_host::<H>(), vec![None; #count], externs)
                    })?)
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
                    let mut resolver = Resolver::new(Some(store.clone()));
                    let linked = #functions;
                    let externs = #resolve_named;
                    drop((resolver, imports));
                    start(instance::Instance::new_in(store, Linked, |store| {
                        new_state(store, functions_linked(), linked, externs)
                    })?)
                }
            }
            fn start<H>(
                mut inner: instance::Instance<State, H>,
            ) -> Result<Instance<H>, InstantiationError> {
                inner.as_mut().enter(initialize)?;
                Ok(Instance(inner))
            }
        }
    }

    fn function(&self, index: u32, method: &Ident, doc: &str, methods: &mut Methods) {
        let FunctionType { params, results } = self.module.function_type(index);
        let (declared, names) = parameters(params);
        let result = results_type(results);
        let facts = &self.facts.functions[index as usize];
        let call = if self.module.functions[index as usize].import.is_some() {
            let import = numbered("f", index);
            quote!((c.s.imports.#import)(c, m, #(#names),*))
        } else {
            let path = self.path(index);
            let context = facts.uses_context.then(|| quote!(c,));
            let memory = facts.uses_memory.then(|| quote!(m,));
            quote!(#path(#context #memory #(#names),*))
        };
        let call = self.leading_out(call, self.call_throws(index));
        let body = match (facts.can_trap, facts.uses_context || facts.uses_memory) {
            (true, _) => quote!(self.0.enter(|c, m| #call)),
            (false, true) => quote!(Ok(self.0.enter_infallible(|c, m| #call))),
            (false, false) => quote!(Ok(#call)),
        };
        methods.views.extend(quote! {
            #[doc = #doc]
            #[inline]
            pub fn #method(&mut self, #(#declared),*) -> Result<#result, Trap> {
                #body
            }
        });
        methods.owned.extend(quote! {
            #[doc = #doc]
            #[inline]
            pub fn #method(&mut self, #(#declared),*) -> Result<#result, Trap> {
                self.as_mut().#method(#(#names),*)
            }
        });
    }

    fn global(&self, index: u32, method: &Ident, setter: &Ident, doc: &str, methods: &mut Methods) {
        let global = &self.module.globals[index as usize];
        let value_type = rust_type(global.value_type);
        let field = super::global_field(global.value_type);
        let place = self.state.global(index);
        let number = Literal::u32_unsuffixed(place.place);
        let read = if place.shared {
            quote!(c.s.shared.#field[#number].get())
        } else {
            quote!(c.s.globals.#field[#number])
        };
        methods.views.extend(quote! {
            #[doc = #doc]
            pub fn #method(&mut self) -> #value_type {
                self.0.enter_infallible(|c, _| #read)
            }
        });
        methods.owned.extend(quote! {
            #[doc = #doc]
            pub fn #method(&mut self) -> #value_type {
                self.as_mut().#method()
            }
        });
        if place.shared {
            methods.views.extend(quote! {
                #[doc = #doc]
                pub fn #setter(&mut self, value: #value_type) {
                    self.0.enter_infallible(|c, _| c.s.shared.#field[#number].set(value))
                }
            });
            methods.owned.extend(quote! {
                #[doc = #doc]
                pub fn #setter(&mut self, value: #value_type) {
                    self.as_mut().#setter(value)
                }
            });
        }
    }
}
