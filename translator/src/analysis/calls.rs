//! Who calls whom, and what follows from it: which functions can recurse, which need the context
//! or the memory, and which cannot trap.

use std::collections::BTreeMap;

use wasmparser::Operator;

use super::throws::Throws;
use crate::Error;
use crate::lower::regular;
use crate::module::{ConstOp, ExportKind, Items, Module, SegmentMode};

/// What is known of one function.
#[derive(Debug, Clone, Copy, Default)]
pub struct FunctionFacts {
    /// It is handed the context.
    pub uses_context: bool,
    /// It is handed memory 0; it gets others from the context.
    pub uses_memory: bool,
    /// It may end in a trap.
    pub can_trap: bool,
    /// It may be entered again before it returns.
    pub recursive: bool,
    /// It is referred to: from a table, by `ref.func`, or as an export.
    pub referenced: bool,
    /// Tail calls lead from it back to it, by way of others: it runs in steps.
    pub steps: bool,
    /// How many bytes its body has.
    pub size: u32,
    /// How many direct calls name it.
    pub calls: u32,
}

impl FunctionFacts {
    /// It reaches a memory.
    fn uses(&mut self, memory: u32) {
        if memory == 0 {
            self.uses_memory = true;
        } else {
            self.uses_context = true;
        }
    }
}

/// What is known of the functions of a module.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    pub functions: Vec<FunctionFacts>,
    /// Direct calls, from each function, each callee once.
    pub callees: Vec<Vec<u32>>,
    /// For each function type: whether tail calls by reference lead from its functions back to them.
    pub stepping_types: Vec<bool>,
    /// Whether objects are made or looked at.
    pub uses_heap: bool,
    /// Whether exceptions are caught anywhere in the module.
    pub catches: bool,
    /// What may end in an exception, if so.
    pub throws: Throws,
    /// Element segments that `table.init` or `elem.drop` name.
    pub used_elements: Vec<bool>,
    /// Data segments that `memory.init` or `data.drop` name.
    pub used_data: Vec<bool>,
}

impl Facts {
    /// Reads every body once.
    ///
    /// # Errors
    /// [`Error::Internal`] for what validation should have refused.
    pub fn new(module: &Module<'_>) -> Result<Facts, Error> {
        let count = module.functions.len();
        let mut facts = Facts {
            functions: vec![FunctionFacts::default(); count],
            callees: vec![Vec::new(); count],
            stepping_types: Vec::new(),
            uses_heap: module.has_objects(),
            catches: false,
            throws: Throws::none(module),
            used_elements: vec![false; module.elements.len()],
            used_data: vec![false; module.data.len()],
        };
        facts.find_references(module);
        // The node of a type stands for "some function of this type that is referred to"; that of
        // the host for "something exported", which the host may call back.
        let host = count + module.types.len();
        let mut edges: Vec<Vec<u32>> = vec![Vec::new(); host + 1];
        let mut tail_edges: Vec<Vec<u32>> = vec![Vec::new(); host];
        for index in 0..count {
            facts.scan(module, index, &mut edges[index], &mut tail_edges[index])?;
        }
        for (index, function) in module.functions.iter().enumerate() {
            if facts.functions[index].referenced {
                edges[count + function.type_index as usize].push(index as u32);
                tail_edges[count + function.type_index as usize].push(index as u32);
                edges[host].push(index as u32);
            }
            if function.import.is_some() {
                edges[index].push(host as u32);
            }
        }
        for (index, recursive) in in_cycles(&edges).into_iter().take(count).enumerate() {
            let function = &mut facts.functions[index];
            if recursive && module.functions[index].import.is_none() {
                function.recursive = true;
                function.uses_context = true;
                function.can_trap = true;
            }
        }
        let mut stepping = in_cycles(&tail_edges);
        facts.stepping_types = stepping.split_off(count);
        for (index, steps) in stepping.into_iter().enumerate() {
            if steps && module.functions[index].import.is_none() {
                let function = &mut facts.functions[index];
                function.steps = true;
                function.uses_context = true;
                function.uses_memory = true;
            }
        }
        facts.spread();
        if facts.catches {
            facts.throws = Throws::new(module, &facts)?;
        }
        Ok(facts)
    }

    fn find_references(&mut self, module: &Module<'_>) {
        let mut refer = |op: &ConstOp| {
            if let ConstOp::RefFunc(function) = op {
                self.functions[*function as usize].referenced = true;
            }
        };
        for segment in &module.elements {
            if let Items::Expressions(items) = &segment.items {
                items.iter().flat_map(|item| &item.0).for_each(&mut refer);
            }
        }
        let tables = module.tables.iter().filter_map(|table| table.init.as_ref());
        let globals = module
            .globals
            .iter()
            .filter_map(|global| global.init.as_ref());
        tables
            .chain(globals)
            .flat_map(|init| &init.0)
            .for_each(&mut refer);
        for segment in &module.elements {
            if let (Items::Functions(functions), false) = (
                &segment.items,
                matches!(segment.mode, SegmentMode::Declared),
            ) {
                for &function in functions {
                    self.functions[function as usize].referenced = true;
                }
            }
        }
        for export in &module.exports {
            if let ExportKind::Function(function) = export.kind {
                self.functions[function as usize].referenced = true;
            }
        }
    }

    fn scan(
        &mut self,
        module: &Module<'_>,
        index: usize,
        edges: &mut Vec<u32>,
        tail_edges: &mut Vec<u32>,
    ) -> Result<(), Error> {
        let count = module.functions.len() as u32;
        let Some(body) = &module.functions[index].body else {
            let facts = &mut self.functions[index];
            facts.uses_context = true;
            facts.uses_memory = true;
            facts.can_trap = true;
            return Ok(());
        };
        let mut facts = self.functions[index];
        let range = body.range();
        facts.size = (range.end - range.start) as u32;
        let mut callees = BTreeMap::new();
        let mut operators = body.get_operators_reader().map_err(internal)?;
        while !operators.eof() {
            match operators.read().map_err(internal)? {
                Operator::Call { function_index } => {
                    *callees.entry(function_index).or_insert(0u32) += 1;
                }
                // One to itself is a loop.
                Operator::ReturnCall { function_index } if function_index != index as u32 => {
                    *callees.entry(function_index).or_insert(0u32) += 1;
                    tail_edges.push(function_index);
                }
                ref call @ (Operator::CallIndirect { type_index, .. }
                | Operator::CallRef { type_index }
                | Operator::ReturnCallRef { type_index }
                | Operator::ReturnCallIndirect { type_index, .. }) => {
                    facts.uses_context = true;
                    facts.uses_memory = true;
                    facts.can_trap = true;
                    let node = count + module.type_indices[type_index as usize];
                    edges.push(node);
                    if let Operator::ReturnCallIndirect { .. } | Operator::ReturnCallRef { .. } =
                        call
                    {
                        tail_edges.push(node);
                    }
                }
                Operator::TryTable { try_table } => {
                    let catches = !try_table.catches.is_empty();
                    self.catches |= catches;
                    facts.uses_context |= catches;
                }
                Operator::Try { .. } => self.catches = true,
                Operator::Throw { .. } | Operator::ThrowRef | Operator::Rethrow { .. } => {
                    facts.uses_context = true;
                    facts.can_trap = true;
                }
                Operator::Catch { .. } | Operator::CatchAll => facts.uses_context = true,
                Operator::RefFunc { function_index } => {
                    facts.uses_context = true;
                    self.functions[function_index as usize].referenced = true;
                }
                Operator::GlobalGet { global_index } => {
                    facts.uses_context |=
                        module.globals[global_index as usize].constant().is_none();
                }
                Operator::GlobalSet { .. }
                | Operator::TableSize { .. }
                | Operator::TableGrow { .. } => {
                    facts.uses_context = true;
                }
                Operator::TableGet { .. }
                | Operator::TableSet { .. }
                | Operator::TableFill { .. }
                | Operator::TableCopy { .. } => {
                    facts.uses_context = true;
                    facts.can_trap = true;
                }
                Operator::TableInit { elem_index, .. } => {
                    facts.uses_context = true;
                    facts.can_trap = true;
                    self.used_elements[elem_index as usize] = true;
                }
                Operator::ElemDrop { elem_index } => {
                    facts.uses_context = true;
                    self.used_elements[elem_index as usize] = true;
                }
                Operator::MemoryInit { data_index, mem } => {
                    facts.uses_context = true;
                    facts.uses(mem);
                    facts.can_trap = true;
                    self.used_data[data_index as usize] = true;
                }
                Operator::DataDrop { data_index } => {
                    facts.uses_context = true;
                    self.used_data[data_index as usize] = true;
                }
                Operator::MemorySize { mem } | Operator::MemoryGrow { mem } => facts.uses(mem),
                Operator::MemoryFill { mem } => {
                    facts.uses(mem);
                    facts.can_trap = true;
                }
                Operator::MemoryCopy { dst_mem, src_mem } => {
                    facts.uses(dst_mem);
                    facts.uses(src_mem);
                    facts.can_trap = true;
                }
                Operator::Unreachable
                | Operator::RefAsNonNull
                | Operator::I31GetS
                | Operator::I31GetU => facts.can_trap = true,
                Operator::ArrayNewData {
                    array_data_index, ..
                }
                | Operator::ArrayInitData {
                    array_data_index, ..
                } => {
                    self.used_data[array_data_index as usize] = true;
                    self.uses_heap = true;
                    facts.uses_context = true;
                    facts.can_trap = true;
                }
                Operator::ArrayNewElem {
                    array_elem_index, ..
                }
                | Operator::ArrayInitElem {
                    array_elem_index, ..
                } => {
                    self.used_elements[array_elem_index as usize] = true;
                    self.uses_heap = true;
                    facts.uses_context = true;
                    facts.can_trap = true;
                }
                Operator::StructNew { .. }
                | Operator::StructNewDefault { .. }
                | Operator::StructGet { .. }
                | Operator::StructGetS { .. }
                | Operator::StructGetU { .. }
                | Operator::StructSet { .. }
                | Operator::ArrayNew { .. }
                | Operator::ArrayNewDefault { .. }
                | Operator::ArrayNewFixed { .. }
                | Operator::ArrayGet { .. }
                | Operator::ArrayGetS { .. }
                | Operator::ArrayGetU { .. }
                | Operator::ArraySet { .. }
                | Operator::ArrayLen
                | Operator::ArrayFill { .. }
                | Operator::ArrayCopy { .. }
                | Operator::AnyConvertExtern
                | Operator::ExternConvertAny
                | Operator::RefTestNonNull { .. }
                | Operator::RefTestNullable { .. }
                | Operator::RefCastNonNull { .. }
                | Operator::RefCastNullable { .. }
                | Operator::BrOnCast { .. }
                | Operator::BrOnCastFail { .. } => {
                    self.uses_heap = true;
                    facts.uses_context = true;
                    facts.can_trap = true;
                }
                other => {
                    if let Some(regular) = regular(&other) {
                        if let Some(memory) = regular.memory() {
                            facts.uses(memory);
                        }
                        facts.can_trap |= regular.traps();
                    }
                }
            }
        }
        // A function may have marked itself as referenced meanwhile.
        facts.referenced |= self.functions[index].referenced;
        self.functions[index] = facts;
        for (&callee, &times) in &callees {
            self.functions[callee as usize].calls += times;
        }
        edges.extend(callees.keys());
        self.callees[index] = callees.into_keys().collect();
        Ok(())
    }

    /// These functions will be handed context and memory, and so will their callers.
    pub fn require_both(&mut self, functions: impl IntoIterator<Item = u32>) {
        for function in functions {
            let function = &mut self.functions[function as usize];
            function.uses_context = true;
            function.uses_memory = true;
        }
        self.spread();
    }

    /// What a callee needs or does, its callers need or do.
    fn spread(&mut self) {
        let mut callers: Vec<Vec<u32>> = vec![Vec::new(); self.functions.len()];
        for (caller, callees) in self.callees.iter().enumerate() {
            for &callee in callees {
                callers[callee as usize].push(caller as u32);
            }
        }
        let mut work: Vec<u32> = (0..self.functions.len() as u32).collect();
        while let Some(callee) = work.pop() {
            let facts = self.functions[callee as usize];
            for &caller in &callers[callee as usize] {
                let function = &mut self.functions[caller as usize];
                let before = (
                    function.uses_context,
                    function.uses_memory,
                    function.can_trap,
                );
                function.uses_context |= facts.uses_context;
                function.uses_memory |= facts.uses_memory;
                function.can_trap |= facts.can_trap;
                if before
                    != (
                        function.uses_context,
                        function.uses_memory,
                        function.can_trap,
                    )
                {
                    work.push(caller);
                }
            }
        }
    }
}

fn internal(error: wasmparser::BinaryReaderError) -> Error {
    Error::Internal(error.to_string())
}

/// For each node whether some way leads from it back to it (Tarjan's components, without
/// recursion).
fn in_cycles(edges: &[Vec<u32>]) -> Vec<bool> {
    const NEW: u32 = u32::MAX;
    let count = edges.len();
    let mut cyclic = vec![false; count];
    let mut order = vec![NEW; count];
    let mut low = vec![0u32; count];
    let mut on_stack = vec![false; count];
    let mut component = Vec::new();
    let mut next = 0;
    for root in 0..count {
        if order[root] != NEW {
            continue;
        }
        let mut visits = vec![(root, 0usize)];
        while let Some(&mut (node, ref mut edge)) = visits.last_mut() {
            if *edge == 0 {
                order[node] = next;
                low[node] = next;
                next += 1;
                component.push(node);
                on_stack[node] = true;
            }
            let target = edges[node].get(*edge).map(|&target| target as usize);
            *edge += 1;
            match target {
                Some(target) if order[target] == NEW => visits.push((target, 0)),
                Some(target) => {
                    cyclic[node] |= target == node;
                    if on_stack[target] {
                        low[node] = low[node].min(order[target]);
                    }
                }
                None => {
                    visits.pop();
                    if let Some(&(parent, _)) = visits.last() {
                        low[parent] = low[parent].min(low[node]);
                    }
                    if low[node] == order[node] {
                        let start = component.iter().rposition(|&member| member == node);
                        let members = component.split_off(start.unwrap_or(0));
                        let several = members.len() > 1;
                        for member in members {
                            on_stack[member] = false;
                            cyclic[member] |= several;
                        }
                    }
                }
            }
        }
    }
    cyclic
}
