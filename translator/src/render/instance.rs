//! The typed interface of a module: `Instance`, and the view for calling back.

use std::mem;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::name::Unique;
use super::{
    Engine, Plan, Take, ident, numbered, parameters, reference_prefix, reference_type,
    results_type, rust_type,
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

/// Methods for exports.
#[derive(Default)]
pub struct Methods {
    /// Of `InstanceMut`.
    views: TokenStream,
    /// Of `Instance`.
    owned: TokenStream,
    /// Of the trait `Exports`: declared, or through the view.
    pub declared: TokenStream,
    /// Of the trait, as `Instance` has those that are declared only.
    pub of_instance: TokenStream,
    /// The same for `Loaded`.
    pub of_loaded: TokenStream,
}

/// A method of an export that goes through the view.
struct ViewMethod<'a> {
    doc: &'a str,
    /// From the name on, up to the result.
    signature: TokenStream,
    /// The call of it, from the name on.
    call: TokenStream,
    /// What a compiled module does.
    compiled: TokenStream,
    /// What an interpreted one does.
    interpreted: TokenStream,
    /// Whether rustc may inline it.
    inline: bool,
}

/// A method of an export that gives a handle, or a view of a memory.
struct HandleMethod<'a> {
    doc: &'a str,
    /// From the name on, up to the result.
    signature: TokenStream,
    /// What a compiled module does.
    compiled: TokenStream,
    /// What an interpreted one does.
    interpreted: TokenStream,
}

impl Methods {
    fn add(&mut self, engine: Engine, method: &ViewMethod<'_>) {
        let ViewMethod {
            doc,
            signature,
            call,
            compiled,
            interpreted,
            inline,
        } = method;
        let inline = inline.then(|| quote!(#[inline]));
        let body = match engine {
            Engine::Compiled => quote!(#compiled),
            Engine::Interpreted => quote!(#interpreted),
            Engine::Both => quote! {
                if self.0.is_interpreted() {
                    return #interpreted;
                }
                #compiled
            },
        };
        self.views.extend(quote! {
            #[doc = #doc]
            #inline
            pub fn #signature {
                #body
            }
        });
        self.owned.extend(quote! {
            #[doc = #doc]
            #inline
            pub fn #signature {
                self.as_mut().#call
            }
        });
        self.declared.extend(quote! {
            #[doc = #doc]
            fn #signature {
                self.as_mut().#call
            }
        });
    }

    /// Adds a method to everything but the view.
    fn add_handle(&mut self, engine: Engine, method: &HandleMethod<'_>) {
        let HandleMethod {
            doc,
            signature,
            compiled,
            interpreted,
        } = method;
        let own = match engine {
            Engine::Compiled | Engine::Both => compiled,
            Engine::Interpreted => interpreted,
        };
        self.owned.extend(quote! {
            #[doc = #doc]
            pub fn #signature {
                #own
            }
        });
        self.declared.extend(quote! {
            #[doc = #doc]
            fn #signature;
        });
        self.of_instance.extend(quote!(fn #signature { #own }));
        self.of_loaded
            .extend(quote!(fn #signature { #interpreted }));
    }
}

impl Plan<'_> {
    pub(super) fn instance_items(&self, take: Take<'_>) -> Result<(), Error> {
        let (inner, construct) = match self.engine {
            Engine::Compiled | Engine::Both => (quote!(instance), self.constructors()),
            Engine::Interpreted => (quote!(loaded), self.embedded()),
        };
        let names = match self.engine {
            Engine::Compiled | Engine::Both => quote!(EXPORTS.iter().map(|export| export.name)),
            Engine::Interpreted => quote!(interface().into_iter().map(|(name, _)| name)),
        };
        take(quote! {
            /// An instance of the module, with its host.
            pub struct Instance<H: 'static>(#inner::Instance<State, H>);
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
                    #names
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
        let mut methods = Methods::default();
        for (index, exports) in self.module.exports.chunks(METHODS).enumerate() {
            for (place, export) in exports.iter().enumerate() {
                self.export(export, index * METHODS + place, &mut unique, &mut methods);
            }
            let (views, owned) = (mem::take(&mut methods.views), mem::take(&mut methods.owned));
            take(quote! {
                impl<H: 'static> Instance<H> {
                    #owned
                }
                impl InstanceMut<'_> {
                    #views
                }
            })?;
        }
        if self.engine != Engine::Compiled {
            take(self.loaded_items(&methods))?;
        }
        Ok(())
    }

    /// The methods of one export, which is at `place` among all.
    fn export(&self, export: &Export, place: usize, unique: &mut Unique, methods: &mut Methods) {
        let method = ident(&unique.method(&export.name));
        let doc = format!(" The export `{}`.", export.name.escape_debug());
        let own_place = Literal::usize_unsuffixed(place);
        match export.kind {
            ExportKind::Function(index) => {
                let method = self.function(index, &own_place, &method, &doc);
                methods.add(self.engine, &method);
            }
            ExportKind::Memory(index) => {
                let shared = self.module.memories[index as usize].memory_type.shared;
                let (result, getter) = if shared {
                    (quote!(SharedMemory), ident("shared_memory"))
                } else {
                    (quote!(MemoryMut<'_>), ident("memory"))
                };
                let index = Literal::u32_unsuffixed(index);
                let get = match self.engine {
                    Engine::Compiled => quote!(self.0.#getter(#index)),
                    Engine::Both | Engine::Interpreted => quote! {
                        let place = self.0.memory_place(#own_place, #index);
                        self.0.#getter(place)
                    },
                };
                methods.views.extend(quote! {
                    #[doc = #doc]
                    pub fn #method(&mut self) -> #result {
                        #get
                    }
                });
                methods.add_handle(
                    self.engine,
                    &HandleMethod {
                        doc: &doc,
                        signature: quote!(#method(&mut self) -> #result),
                        compiled: quote!(self.0.#getter(#index)),
                        interpreted: quote!(self.0.#getter(#own_place)),
                    },
                );
            }
            ExportKind::Global(index) => {
                let setter = ident(&unique.method(&format!("set_{method}")));
                self.global(index, &own_place, [&method, &setter], &doc, methods);
            }
            ExportKind::Tag(index) => {
                let index = Literal::u32_unsuffixed(index);
                methods.add(
                    self.engine,
                    &ViewMethod {
                        doc: &doc,
                        signature: quote!(#method(&mut self) -> Tag),
                        call: quote!(#method()),
                        compiled: quote!(self.0.enter_infallible(|c, _| c.s.tags[#index])),
                        interpreted: quote!(self.0.interpreted_tag(#own_place)),
                        inline: false,
                    },
                );
            }
            ExportKind::Table(index) => {
                let place = Literal::u32_unsuffixed(self.state.table(index));
                let element = self.module.tables[index as usize].element;
                let table = reference_type(element);
                let getter = numbered(reference_prefix(element), "_table");
                methods.add_handle(
                    self.engine,
                    &HandleMethod {
                        doc: &doc,
                        signature: quote!(#method(&mut self) -> Table<#table> where H: Send),
                        compiled: quote!(self.0.#getter(#place)),
                        interpreted: quote!(self.0.table::<#table>(#own_place)),
                    },
                );
            }
        }
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

    /// The method of an exported function.
    fn function<'d>(
        &self,
        index: u32,
        place: &Literal,
        method: &Ident,
        doc: &'d str,
    ) -> ViewMethod<'d> {
        let FunctionType { params, results } = self.module.function_type(index);
        let (declared, names) = parameters(params);
        let result = results_type(results);
        let count = Literal::usize_unsuffixed(results.len());
        let places = (0..results.len()).map(Literal::usize_unsuffixed);
        let given = places.map(|place| quote!(argument(&r, #place)));
        let given = match results.len() {
            1 => quote!(#(#given)*),
            _ => quote!((#(#given),*)),
        };
        let interpreted = quote! {
            self.0
                .interpreted_call::<#count>(#place, &[#(#names.into_raw()),*])
                .map(|r| #given)
        };
        ViewMethod {
            doc,
            signature: quote!(#method(&mut self, #(#declared),*) -> Result<#result, Trap>),
            call: quote!(#method(#(#names),*)),
            compiled: self.compiled_call(index, &names),
            interpreted,
            inline: true,
        }
    }

    /// The call of a compiled function from outside.
    fn compiled_call(&self, index: u32, names: &[Ident]) -> TokenStream {
        if self.engine == Engine::Interpreted {
            return TokenStream::new();
        }
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
        match (facts.can_trap, facts.uses_context || facts.uses_memory) {
            (true, _) => quote!(self.0.enter(|c, m| #call)),
            (false, true) => quote!(Ok(self.0.enter_infallible(|c, m| #call))),
            (false, false) => quote!(Ok(#call)),
        }
    }

    /// The methods of an exported global: the getter, and the setter if others may change it.
    fn global(
        &self,
        index: u32,
        own_place: &Literal,
        [getter, setter]: [&Ident; 2],
        doc: &str,
        methods: &mut Methods,
    ) {
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
        methods.add(
            self.engine,
            &ViewMethod {
                doc,
                signature: quote!(#getter(&mut self) -> #value_type),
                call: quote!(#getter()),
                compiled: quote!(self.0.enter_infallible(|c, _| #read)),
                interpreted: quote!(self.0.interpreted_global(#own_place)),
                inline: false,
            },
        );
        if place.shared {
            methods.add(
                self.engine,
                &ViewMethod {
                    doc,
                    signature: quote!(#setter(&mut self, value: #value_type)),
                    call: quote!(#setter(value)),
                    compiled: quote! {
                        self.0.enter_infallible(|c, _| c.s.shared.#field[#number].set(value))
                    },
                    interpreted: quote!(self.0.interpreted_set_global(#own_place, value)),
                    inline: false,
                },
            );
        }
    }
}
