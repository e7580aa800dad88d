//! Which function goes where: units of bounded size, so that rustc compiles them side by side, and
//! crates of bounded size, so that no run of rustc takes more memory than there is.

use std::collections::BTreeSet;

use crate::analysis::Facts;
use crate::module::Module;

/// Bytes of code in a unit. rustc makes object files by modules, so one module would be compiled
/// by one thread; and what a unit takes to translate is held in memory at once.
const UNIT_SIZE: u32 = 48 << 10;

/// Bytes of code in a crate. rustc takes about 1.2 GB for a MB.
const CRATE_SIZE: u32 = 640 << 10;

/// A module of the output.
#[derive(Debug)]
pub struct Unit {
    /// Its functions, by index.
    pub functions: Vec<u32>,
    /// The bytes of their code.
    pub size: u32,
    /// The part it is in, where the output is several crates.
    pub part: u32,
}

/// The units, and the unit of each function.
#[derive(Debug)]
pub struct Layout {
    pub units: Vec<Unit>,
    /// How many crates the functions are spread over; none when all is one crate.
    pub parts: u32,
    unit_of: Vec<u32>,
    /// Functions that are called from a part before their own, by way of a table.
    pub upward: BTreeSet<u32>,
}

impl Layout {
    /// Nothing, for nothing is compiled.
    pub fn empty() -> Layout {
        Layout {
            units: Vec::new(),
            parts: 0,
            unit_of: Vec::new(),
            upward: BTreeSet::new(),
        }
    }

    /// Everything in one crate, in the module's order.
    pub fn one_crate(module: &Module<'_>, facts: &Facts) -> Layout {
        let functions = 0..module.functions.len() as u32;
        Layout::new(module, facts, functions, u32::MAX, 0)
    }

    /// Crates in the order of the call graph: most calls lead to the same crate or one before it,
    /// which rustc sees; the others go through a table, and their callers need the context.
    pub fn many_crates(module: &Module<'_>, facts: &mut Facts) -> Layout {
        let order = callees_first(facts);
        let mut layout = Layout::new(module, facts, order, CRATE_SIZE, 1);
        let mut callers = BTreeSet::new();
        for (caller, callees) in facts.callees.iter().enumerate() {
            let caller = caller as u32;
            for &callee in callees {
                if module.functions[callee as usize].import.is_none()
                    && layout.part_of(callee) > layout.part_of(caller)
                {
                    layout.upward.insert(callee);
                    callers.insert(caller);
                }
            }
        }
        facts.require_both(callers);
        layout
    }

    /// Whether a module is too large for one crate.
    pub fn wants_many(facts: &Facts) -> bool {
        facts
            .functions
            .iter()
            .map(|function| u64::from(function.size))
            .sum::<u64>()
            > u64::from(CRATE_SIZE) * 3 / 2
    }

    fn new(
        module: &Module<'_>,
        facts: &Facts,
        order: impl IntoIterator<Item = u32>,
        crate_size: u32,
        parts: u32,
    ) -> Layout {
        let unit_of = vec![0; module.functions.len()];
        let mut layout = Layout {
            units: Vec::new(),
            parts,
            unit_of,
            upward: BTreeSet::new(),
        };
        let mut part_size = 0;
        for function in order {
            if module.functions[function as usize].import.is_some() {
                continue;
            }
            let size = facts.functions[function as usize].size;
            if part_size > 0 && size > crate_size.saturating_sub(part_size) {
                layout.parts += 1;
                part_size = 0;
            }
            part_size = part_size.saturating_add(size);
            let part = layout.parts.saturating_sub(1);
            match layout.units.last_mut() {
                Some(unit) if unit.part == part && unit.size + size <= UNIT_SIZE => {
                    unit.functions.push(function);
                    unit.size += size;
                }
                _ => layout.units.push(Unit {
                    functions: vec![function],
                    size,
                    part,
                }),
            }
            layout.unit_of[function as usize] = layout.units.len() as u32 - 1;
        }
        layout
    }

    /// The unit a defined function is in.
    pub fn unit_of(&self, function: u32) -> u32 {
        self.unit_of[function as usize]
    }

    /// The part a defined function is in.
    pub fn part_of(&self, function: u32) -> u32 {
        self.units[self.unit_of(function) as usize].part
    }
}

/// All functions, each behind those it calls, as far as there are no cycles.
fn callees_first(facts: &Facts) -> Vec<u32> {
    let count = facts.functions.len();
    let mut seen = vec![false; count];
    let mut order = Vec::with_capacity(count);
    for root in 0..count {
        if std::mem::replace(&mut seen[root], true) {
            continue;
        }
        let mut visits = vec![(root, 0)];
        while let Some((function, callee)) = visits.last_mut() {
            match facts.callees[*function].get(*callee) {
                Some(&next) => {
                    *callee += 1;
                    if !std::mem::replace(&mut seen[next as usize], true) {
                        visits.push((next as usize, 0));
                    }
                }
                None => {
                    order.push(*function as u32);
                    visits.pop();
                }
            }
        }
    }
    order
}
