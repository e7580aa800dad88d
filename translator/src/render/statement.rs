//! Statements as Rust.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::expression::snake;
use super::function::Writer;
use super::{elements_field, global_field, ident, numbered, signature};
use crate::lower::GROUP;
use crate::lower::tree::{Expression, Label, ListId, Region, Statement, Target, TempId};

impl Writer<'_> {
    /// All statements of the function; its value stands last.
    pub fn function_body(&mut self) -> TokenStream {
        let statements = &self.body.lists[0];
        let Some((Statement::Return(values), before)) = statements.split_last() else {
            // What follows can't be reached, but Rust may not see it.
            let statements = self.statements(statements);
            return quote!(#statements unreachable());
        };
        let before = self.statements(before);
        let value = self.value(values);
        let keep = self.keep_frame();
        quote!(#before #keep #value)
    }

    /// In a function that may recurse, what makes LLVM keep a last call a call.
    fn keep_frame(&self) -> Option<TokenStream> {
        self.recursive.then(|| quote!(keep_frame();))
    }

    fn list(&mut self, list: ListId) -> TokenStream {
        let body = self.body;
        self.statements(&body.lists[list.0 as usize])
    }

    fn statements(&mut self, statements: &[Statement]) -> TokenStream {
        let mut tokens = TokenStream::new();
        for statement in statements {
            tokens.extend(self.statement(statement));
        }
        tokens
    }

    fn results(&mut self, values: &[Expression]) -> TokenStream {
        match values {
            [] => TokenStream::new(),
            [value] => self.expression(value),
            values => {
                let values: Vec<_> = values.iter().map(|value| self.expression(value)).collect();
                quote!((#(#values),*))
            }
        }
    }

    /// The results as the function's value.
    fn value(&mut self, values: &[Expression]) -> TokenStream {
        let value = self.results(values);
        if !self.throws && !self.steps {
            return value;
        }
        let value = if values.is_empty() { quote!(()) } else { value };
        self.outcome(value)
    }

    fn statement(&mut self, statement: &Statement) -> TokenStream {
        match statement {
            Statement::Temp(temp, value) => {
                let value = self.expression(value);
                self.bind(*temp, value)
            }
            Statement::LocalSet(local, value) => {
                let value = self.expression(value);
                let local = self.local(*local);
                quote!(#local = #value;)
            }
            Statement::GlobalSet(index, value) => self.global_set(*index, value),
            Statement::Evaluate(value) => {
                let value = self.expression(value);
                quote!(force(#value);)
            }
            Statement::Store {
                op,
                address,
                offset,
                value,
            } => {
                let store = ident(&snake(&format!("{op:?}")));
                let (address, value) = (self.expression(address), self.expression(value));
                let memory = self.memory(offset.memory);
                let offset = Literal::u64_unsuffixed(offset.bytes);
                quote!(#memory.#store(#address, #offset, #value);)
            }
            Statement::StoreLane {
                op,
                address,
                offset,
                lane,
                value,
            } => {
                let store = ident(&snake(&format!("{op:?}")));
                let (address, value) = (self.expression(address), self.expression(value));
                let memory = self.memory(offset.memory);
                let offset = Literal::u64_unsuffixed(offset.bytes);
                let lane = Literal::u8_unsuffixed(*lane);
                quote!(#memory.#store::<#lane>(#address, #offset, #value);)
            }
            Statement::Atomic {
                op,
                offset,
                args,
                result,
            } => {
                let function = ident(&snake(&format!("{op:?}")));
                let mut args = args
                    .iter()
                    .map(|arg| self.expression(arg))
                    .collect::<Vec<_>>();
                let others = args.split_off(1);
                let memory = self.memory(offset.memory);
                let offset = Literal::u64_unsuffixed(offset.bytes);
                let call = quote!(#memory.#function(#(#args,)* #offset, #(#others),*));
                match result {
                    Some(result) => self.bind(*result, call),
                    None => quote!(#call;),
                }
            }
            Statement::AtomicFence => quote!(atomic_fence();),
            Statement::Call {
                function,
                args,
                results,
                handler,
            } => {
                let args: Vec<_> = args.iter().map(|arg| self.expression(arg)).collect();
                let call = self.call(*function, &args);
                let call = self.handled(call, self.plan.call_throws(*function), *handler);
                self.bind_results(results, call)
            }
            Statement::CallIndirect {
                table,
                type_index,
                declared_type,
                index,
                args,
                results,
                handler,
            } => {
                let args: Vec<_> = args.iter().map(|arg| self.expression(arg)).collect();
                let index = self.table_index(*table, index);
                let call = signature::call_indirect(*type_index);
                let table = Literal::u32_unsuffixed(self.plan.state.table(*table));
                let call = match declared_type {
                    Some(declared) => {
                        let call = signature::call_reference(*type_index);
                        let function = checked(&table, &index, *declared);
                        quote!({ let f = #function; #call(c, m, f, #(#args),*) })
                    }
                    None => quote!(#call::<#table>(c, m, #(#args,)* #index)),
                };
                let call = self.handled(call, self.plan.type_throws(*type_index), *handler);
                self.bind_results(results, call)
            }
            Statement::CallRef {
                type_index,
                function,
                args,
                results,
                handler,
            } => {
                let args: Vec<_> = args.iter().map(|arg| self.expression(arg)).collect();
                let function = self.expression(function);
                let call = signature::call_reference(*type_index);
                let call = quote!(#call(c, m, function_of(#function), #(#args),*));
                let call = self.handled(call, self.plan.type_throws(*type_index), *handler);
                self.bind_results(results, call)
            }
            Statement::Object {
                op,
                operands,
                result,
            } => self.object_write(*op, operands, *result),
            Statement::ReturnCallRef {
                type_index,
                function,
                args,
            } => self.return_call_ref(*type_index, function, args),
            Statement::Throw { tag, args, handler } => self.throw(*tag, args, *handler),
            Statement::ThrowRef { exception, handler } => self.throw_ref(exception, *handler),
            Statement::Rethrow(handler) => self.leave(*handler),
            Statement::Wide { op, args, results } => {
                let args: Vec<_> = args.iter().map(|arg| self.expression(arg)).collect();
                let function = ident(&snake(&format!("{op:?}")));
                self.bind_results(results, quote!(numeric::#function(#(#args),*)))
            }
            Statement::MemoryGrow {
                memory,
                delta,
                result,
            } => {
                let (memory, delta) = (self.memory(*memory), self.expression(delta));
                self.bind(*result, quote!(#memory.grow(#delta)))
            }
            Statement::MemoryFill {
                memory,
                to,
                value,
                count,
            } => {
                let memory = self.memory(*memory);
                let [to, value, count] = self.three(to, value, count);
                quote!(#memory.fill(#to, #value, #count);)
            }
            Statement::MemoryCopy {
                to_memory,
                from_memory,
                to,
                from,
                count,
            } => {
                let (same, to_memory) = (to_memory == from_memory, self.memory(*to_memory));
                let from_memory = self.memory(*from_memory);
                let [to, from, count] = self.three(to, from, count);
                if same {
                    quote!(#to_memory.copy(#to, #from, #count);)
                } else {
                    quote!(#to_memory.copy_from(#to, #from_memory, #from, #count);)
                }
            }
            Statement::MemoryInit {
                segment,
                memory,
                to,
                from,
                count,
            } => {
                let memory = self.memory(*memory);
                let [to, from, count] = self.three(to, from, count);
                let (position, length) = self.plan.blob.data[*segment as usize];
                let position = Literal::u32_unsuffixed(position);
                let length = Literal::u32_unsuffixed(length);
                let dropped = self.dropped(*segment);
                quote! {
                    #memory.init(segment(DATA, #position, #length, #dropped), #to, #from, #count);
                }
            }
            Statement::DataDrop(segment) => {
                let dropped = self.dropped(*segment);
                quote!(#dropped = true;)
            }
            Statement::TableSet {
                table,
                index,
                value,
            } => {
                let index = self.table_index(*table, index);
                let (table, value) = (self.table(*table), self.expression(value));
                quote!(#table.set(#index, #value);)
            }
            Statement::TableGrow {
                table,
                value,
                delta,
                result,
            } => {
                let (name, value) = (self.table(*table), self.expression(value));
                let delta = self.table_index(*table, delta);
                let cast = self.is_table64(*table).then(|| quote!(as i64));
                self.bind(*result, quote!(#name.grow(#value, #delta) #cast))
            }
            Statement::TableFill {
                table,
                to,
                value,
                count,
            } => {
                let (name, value) = (self.table(*table), self.expression(value));
                let (to, count) = (
                    self.table_index(*table, to),
                    self.table_index(*table, count),
                );
                quote!(#name.fill(#to, #value, #count);)
            }
            Statement::TableCopy {
                to_table,
                from_table,
                to,
                from,
                count,
            } => {
                let (to, from) = (
                    self.table_index(*to_table, to),
                    self.table_index(*from_table, from),
                );
                // Its type is the narrower of the two.
                let narrower = if self.is_table64(*to_table) {
                    from_table
                } else {
                    to_table
                };
                let count = self.table_index(*narrower, count);
                let (to_table, from_table) = (self.table(*to_table), self.table(*from_table));
                quote!(#to_table.copy_from(#to, &#from_table, #from, #count);)
            }
            Statement::TableInit {
                segment,
                table,
                to,
                from,
                count,
            } => {
                let to = self.table_index(*table, to);
                let (from, count) = (self.expression(from), self.expression(count));
                let (table, elements) = (self.table(*table), self.elements(*segment));
                quote!(#table.init(#to, &#elements, #from, #count);)
            }
            Statement::ElemDrop(segment) => {
                let elements = self.elements(*segment);
                quote!(drop_elements(&mut #elements);)
            }
            Statement::Block { label: None, body } => self.list(*body),
            Statement::Block {
                label: Some(label),
                body,
            } => {
                let (label, body) = (label_name(*label), self.list(*body));
                quote!(#label: { #body })
            }
            Statement::Loop { label, body } => {
                let (label, body) = (label_name(*label), self.list(*body));
                quote!(#label: loop { #body })
            }
            Statement::If {
                condition,
                then,
                otherwise,
            } => {
                let condition = self.condition(condition);
                let then = self.list(*then);
                match otherwise {
                    Some(otherwise) => {
                        let otherwise = self.list(*otherwise);
                        quote!(if #condition { #then } else { #otherwise })
                    }
                    None => quote!(if #condition { #then }),
                }
            }
            Statement::Branch(target) => self.branch(*target),
            Statement::Cold => quote!(cold_path();),
            Statement::Table {
                index,
                targets,
                default,
            } => self.branch_table(index, targets, *default),
            Statement::ReturnCall { function, args } => self.return_call(*function, args),
            Statement::ReturnCallIndirect {
                table,
                type_index,
                declared_type,
                index,
                args,
            } => self.return_call_indirect(*table, *type_index, *declared_type, index, args),
            Statement::Return(values) => {
                let value = self.value(values);
                let keep = self.keep_frame();
                quote!(#keep return #value;)
            }
            Statement::Unreachable => quote!(unreachable();),
            Statement::Region(region) => self.region(region),
        }
    }

    fn three(&mut self, a: &Expression, b: &Expression, c: &Expression) -> [TokenStream; 3] {
        [self.expression(a), self.expression(b), self.expression(c)]
    }

    /// Gives a temp its value: where it is made, or where it is declared.
    pub(super) fn bind(&mut self, temp: TempId, value: TokenStream) -> TokenStream {
        let name = self.temp(temp);
        if self.is_hoisted(temp) {
            quote!(#name = #value;)
        } else {
            quote!(let #name = #value;)
        }
    }

    fn bind_results(&mut self, results: &[TempId], call: TokenStream) -> TokenStream {
        match results {
            [] => quote!(#call;),
            [result] => self.bind(*result, call),
            results if results.iter().any(|&result| self.is_hoisted(result)) => {
                // Some are declared above; they are assigned from names of the moment.
                let names: Vec<_> = results
                    .iter()
                    .map(|result| numbered("r", result.0))
                    .collect();
                let moves: Vec<_> = results
                    .iter()
                    .zip(&names)
                    .map(|(&result, name)| self.bind(result, quote!(#name)))
                    .collect();
                quote!(let (#(#names),*) = #call; #(#moves)*)
            }
            results => {
                let names: Vec<_> = results.iter().map(|&result| self.temp(result)).collect();
                quote!(let (#(#names),*) = #call;)
            }
        }
    }

    pub(super) fn call(&mut self, function: u32, args: &[TokenStream]) -> TokenStream {
        if self.plan.module.functions[function as usize]
            .import
            .is_some()
        {
            let import = numbered("f", function);
            return quote!((c.s.imports.#import)(c, m, #(#args),*));
        }
        let Some(path) = self.path_from_here(function, &self.plan.names.function(function)) else {
            let upward = numbered("f", function);
            return quote!((c.s.upward.#upward)(c, m, #(#args),*));
        };
        let facts = &self.plan.facts.functions[function as usize];
        let context = facts.uses_context.then(|| quote!(c,));
        let memory = facts.uses_memory.then(|| quote!(m,));
        quote!(#path(#context #memory #(#args),*))
    }

    /// The path of what is called `name` beside a defined function, as the function being written
    /// sees it; none if that is in a later part.
    pub(super) fn path_from_here(&self, function: u32, name: &Ident) -> Option<TokenStream> {
        let layout = &self.plan.layout;
        let unit = layout.unit_of(function);
        let own_part = layout.units[self.unit as usize].part;
        match layout.units[unit as usize].part.cmp(&own_part) {
            Ordering::Greater => None,
            Ordering::Less => Some(self.plan.path_to(function, name)),
            Ordering::Equal if unit != self.unit => {
                let unit = numbered("u", unit);
                Some(quote!(#unit::#name))
            }
            Ordering::Equal => Some(quote!(#name)),
        }
    }

    fn global_set(&mut self, index: u32, value: &Expression) -> TokenStream {
        let value_type = self.plan.module.globals[index as usize].value_type;
        let place = self.plan.state.global(index);
        let (field, number) = (
            global_field(value_type),
            Literal::u32_unsuffixed(place.place),
        );
        let value = self.expression(value);
        if place.shared {
            quote!(c.s.shared.#field[#number].set(#value);)
        } else {
            quote!(c.s.globals.#field[#number] = #value;)
        }
    }

    pub(super) fn dropped(&self, segment: u32) -> TokenStream {
        let place = Literal::u32_unsuffixed(self.plan.state.dropped_data(segment));
        quote!(c.s.dropped_data[#place])
    }

    fn elements(&self, segment: u32) -> TokenStream {
        let field = elements_field(self.plan.module.elements[segment as usize].element);
        let place = Literal::u32_unsuffixed(self.plan.state.elements(segment));
        quote!(c.s.#field[#place])
    }

    fn branch(&mut self, target: Target) -> TokenStream {
        let target = self.target(target);
        quote!(#target;)
    }

    pub(super) fn target(&mut self, target: Target) -> TokenStream {
        match target {
            Target::Break(label) => {
                let label = label_name(label);
                quote!(break #label)
            }
            Target::Continue(label) => {
                let label = label_name(label);
                quote!(continue #label)
            }
            Target::Return => {
                let temps = self.body.return_temps.clone();
                let values: Vec<_> = temps.into_iter().map(Expression::Temp).collect();
                let value = self.value(&values);
                match self.keep_frame() {
                    Some(keep) => quote!({ #keep return #value }),
                    None => quote!(return #value),
                }
            }
            Target::Jump { region, segment } => self.jump(region, segment),
        }
    }

    /// To a segment of a region: out of the blocks of its group, or by way of the variable.
    fn jump(&mut self, region: u32, segment: u32) -> TokenStream {
        let here = self
            .regions
            .iter()
            .rev()
            .find(|(id, _)| *id == region)
            .map(|&(_, here)| here);
        let here = here.unwrap_or(0);
        let group = segment / GROUP as u32;
        if segment > here && group == here / GROUP as u32 {
            let label = segment_label(region, segment);
            return quote!(break #label);
        }
        let state = self.region_state(region);
        let number = Literal::u32_unsuffixed(segment);
        let leave = if segment > here {
            let label = group_label(region, here / GROUP as u32);
            quote!(break #label)
        } else {
            let label = region_label(region);
            quote!(continue #label)
        };
        quote!({ #state = #number; #leave })
    }

    fn branch_table(
        &mut self,
        index: &Expression,
        targets: &[Target],
        default: Target,
    ) -> TokenStream {
        let index = self.expression(index);
        // One arm for each place to go, in the order of its first case.
        let mut arms: Vec<(Target, Vec<Literal>)> = Vec::new();
        let mut arm_of: BTreeMap<String, usize> = BTreeMap::new();
        for (case, &target) in targets.iter().enumerate() {
            if target == default {
                continue;
            }
            let arm = *arm_of.entry(format!("{target:?}")).or_insert_with(|| {
                arms.push((target, Vec::new()));
                arms.len() - 1
            });
            arms[arm].1.push(Literal::usize_unsuffixed(case));
        }
        let arms: Vec<_> = arms
            .into_iter()
            .map(|(target, cases)| {
                let target = self.target(target);
                quote!(#(#cases)|* => #target,)
            })
            .collect();
        let default = self.target(default);
        if arms.is_empty() {
            return quote!(force(#index); #default;);
        }
        quote!(match #index { #(#arms)* _ => #default, })
    }

    fn region(&mut self, region: &Region) -> TokenStream {
        let state = self.region_state(region.id);
        let mut groups = TokenStream::new();
        let count = region.segments.len();
        for (group, segments) in region.segments.chunks(GROUP).enumerate() {
            let first = (group * GROUP) as u32;
            let last = first + segments.len() as u32 - 1;
            // Innermost: where to start in the group.
            let starts = (first + 1..=last).map(|segment| {
                let label = segment_label(region.id, segment);
                let number = Literal::u32_unsuffixed(segment);
                quote!(#number => break #label,)
            });
            let mut nested = quote!(match #state { #(#starts)* _ => {} });
            for (place, &segment) in segments.iter().enumerate() {
                let number = first + place as u32;
                self.regions.push((region.id, number));
                let statements = self.list(segment);
                self.regions.pop();
                nested = if number == last {
                    quote!(#nested #statements)
                } else {
                    let label = segment_label(region.id, number + 1);
                    quote!(#label: { #nested #statements })
                };
            }
            let label = group_label(region.id, group as u32);
            let next = (last as usize + 1 < count).then(|| {
                let next = Literal::u32_unsuffixed(last + 1);
                quote!(#state = #next;)
            });
            let last = Literal::u32_unsuffixed(last);
            groups.extend(quote!(#label: { if #state <= #last { #nested #next } }));
        }
        let label = region_label(region.id);
        quote! {
            #state = 0;
            #label: loop { #groups break; }
        }
    }
}

/// The function that a table has at an index, if it is of a type.
pub(super) fn checked(table: &Literal, index: &TokenStream, declared: u32) -> TokenStream {
    let declared = Literal::u32_unsuffixed(declared);
    quote!(checked_function(c.s.func_tables[#table].function(#index), &TYPES[#declared]))
}

fn label_name(label: Label) -> TokenStream {
    lifetime(&format!("b{}", label.0))
}

fn segment_label(region: u32, segment: u32) -> TokenStream {
    lifetime(&format!("s{region}_{segment}"))
}

fn group_label(region: u32, group: u32) -> TokenStream {
    lifetime(&format!("g{region}_{group}"))
}

fn region_label(region: u32) -> TokenStream {
    lifetime(&format!("r{region}"))
}

fn lifetime(name: &str) -> TokenStream {
    let name: Ident = ident(name);
    let mut tokens = TokenStream::new();
    tokens.extend([
        proc_macro2::TokenTree::Punct(proc_macro2::Punct::new('\'', proc_macro2::Spacing::Joint)),
        proc_macro2::TokenTree::Ident(name),
    ]);
    tokens
}
