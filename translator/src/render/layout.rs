//! Which function goes where: units of bounded size, so that rustc compiles them side by side, and
//! crates of bounded size, so that no run of rustc takes more memory than there is.
//!
//! Where there are several crates, the functions are in *parts*. Those of a module of middling size
//! are a *chain*: each part calls those before it directly. A large module's parts are
//! *independent*: they call each other by way of a table, so that what changes in one is no reason
//! to compile another again; and where one ends and the next begins is found by what is in the
//! functions around, so that it doesn't move when a function elsewhere changes.

use std::collections::BTreeSet;

use crate::analysis::Facts;
use crate::module::Module;

/// Bytes of code in a unit. rustc makes object files by modules, so one module would be compiled
/// by one thread; and what a unit takes to translate is held in memory at once.
const UNIT_SIZE: u32 = 48 << 10;

/// Bytes of code in a part of a chain. rustc takes about 0.8 GB for a MB.
const CRATE_SIZE: u32 = 640 << 10;

/// Modules with more code are independent parts. They are slower (CPython by a quarter), so it is for
/// those that nobody wants to wait for again.
const CHAIN_SIZE: u64 = 16 << 20;

/// The least and the most code of an independent part, and what comes to the least on average. One
/// function may be more than the most.
const PART_SIZES: (u32, u32, u32) = (96 << 10, 320 << 10, 64 << 10);

/// A module of the output.
#[derive(Debug)]
pub struct Unit {
    /// Its functions, by index.
    pub functions: Vec<u32>,
    /// The bytes of their code.
    pub size: u32,
    /// The part it is in, where the output is several crates.
    pub part: u32,
    /// Which of the units of its part it is.
    pub number: u32,
}

/// The units, and the unit of each function.
#[derive(Debug)]
pub struct Layout {
    pub units: Vec<Unit>,
    /// How many crates the functions are spread over; none when all is one crate.
    pub parts: u32,
    /// Whether the parts call each other by way of a table only.
    pub independent: bool,
    unit_of: Vec<u32>,
    /// Functions that are called by way of the table: from a part before their own, or, where parts
    /// are independent, from any other.
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
            independent: false,
        }
    }

    /// Everything in one crate, in the module's order.
    pub fn one_crate(module: &Module<'_>, facts: &Facts) -> Layout {
        let functions = 0..module.functions.len() as u32;
        Layout::new(module, facts, functions, 0, |_, _| false)
    }

    /// A chain, in the order of the call graph: most calls lead to the same crate or one before it,
    /// which rustc sees; or independent parts, in the order of the module, where those that call
    /// each other are near each other as well. Calls that go through the table need the context.
    pub fn many_crates(module: &Module<'_>, facts: &mut Facts) -> Layout {
        Layout::in_parts(module, facts, code_size(facts) > CHAIN_SIZE)
    }

    fn in_parts(module: &Module<'_>, facts: &mut Facts, independent: bool) -> Layout {
        let mut layout = if independent {
            let functions = 0..module.functions.len() as u32;
            Layout::new(module, facts, functions, 1, |function, size| {
                is_boundary(module, facts, function, size)
            })
        } else {
            Layout::new(module, facts, callees_first(facts), 1, |function, size| {
                size > 0 && size + facts.functions[function as usize].size > CRATE_SIZE
            })
        };
        layout.independent = independent;
        let mut callers = BTreeSet::new();
        for (caller, callees) in facts.callees.iter().enumerate() {
            let caller = caller as u32;
            for &callee in callees {
                if module.functions[callee as usize].import.is_none()
                    && !layout.reaches(layout.part_of(caller), layout.part_of(callee))
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
        code_size(facts) > u64::from(CRATE_SIZE) * 3 / 2
    }

    /// Whether functions of the part `from` see those of the part `to`.
    pub fn reaches(&self, from: u32, to: u32) -> bool {
        to == from || (to < from && !self.independent)
    }

    fn new(
        module: &Module<'_>,
        facts: &Facts,
        order: impl IntoIterator<Item = u32>,
        parts: u32,
        // Whether a part that has so many bytes ends before a function.
        ends: impl Fn(u32, u32) -> bool,
    ) -> Layout {
        let unit_of = vec![0; module.functions.len()];
        let mut layout = Layout {
            units: Vec::new(),
            parts,
            independent: false,
            unit_of,
            upward: BTreeSet::new(),
        };
        let mut part_size = 0;
        for function in order {
            if module.functions[function as usize].import.is_some() {
                continue;
            }
            let size = facts.functions[function as usize].size;
            if ends(function, part_size) {
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
                last => {
                    let number = match last {
                        Some(unit) if unit.part == part => unit.number + 1,
                        _ => 0,
                    };
                    layout.units.push(Unit {
                        functions: vec![function],
                        size,
                        part,
                        number,
                    });
                }
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

fn code_size(facts: &Facts) -> u64 {
    let sizes = facts.functions.iter();
    sizes.map(|function| u64::from(function.size)).sum()
}

/// Whether an independent part that has `size` bytes ends before a function. That depends on the
/// function, by its name if it has one, so that the parts after a change begin where they did.
fn is_boundary(module: &Module<'_>, facts: &Facts, function: u32, size: u32) -> bool {
    let (least, most, extra) = PART_SIZES;
    let own = facts.functions[function as usize].size;
    if size < least.min(most.saturating_sub(own)) || size == 0 {
        return false;
    }
    if size.saturating_add(own) > most {
        return true;
    }
    let defined = &module.functions[function as usize];
    let identity = match (&defined.name, &defined.body) {
        (Some(name), _) => name.as_bytes(),
        (None, Some(body)) => body.as_bytes(),
        (None, None) => &[],
    };
    // FNV-1a, and of that the bits that are mixed best.
    let hash = identity
        .iter()
        .fold(0xCBF2_9CE4_8422_2325u64, |hash, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
    hash >> 40 < (u64::from(own) << 24) / u64::from(extra)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A module of functions that drop constants, one function for each number: what is dropped,
    /// and how often.
    fn module(functions: &[(u8, usize)]) -> Vec<u8> {
        fn number(mut value: usize, bytes: &mut Vec<u8>) {
            while value >= 0x80 {
                bytes.push(value as u8 | 0x80);
                value >>= 7;
            }
            bytes.push(value as u8);
        }
        fn section(id: u8, contents: &[u8], wasm: &mut Vec<u8>) {
            wasm.push(id);
            number(contents.len(), wasm);
            wasm.extend(contents);
        }
        let (mut declared, mut code) = (Vec::new(), Vec::new());
        number(functions.len(), &mut declared);
        number(functions.len(), &mut code);
        for &(value, times) in functions {
            declared.push(0);
            number(times * 3 + 2, &mut code);
            code.push(0);
            for _ in 0..times {
                code.extend([0x41, value & 0x3F, 0x1A]);
            }
            code.push(0x0B);
        }
        let mut wasm = b"\0asm\x01\0\0\0".to_vec();
        section(1, &[1, 0x60, 0, 0], &mut wasm);
        section(3, &declared, &mut wasm);
        section(10, &code, &mut wasm);
        wasm
    }

    /// The functions of each part.
    fn parts(functions: &[(u8, usize)]) -> Vec<Vec<u32>> {
        let wasm = module(functions);
        let module = crate::module::decode(&wasm).unwrap();
        let mut facts = Facts::new(&module).unwrap();
        let layout = Layout::in_parts(&module, &mut facts, true);
        let mut parts = vec![Vec::new(); layout.parts as usize];
        for unit in &layout.units {
            assert!(unit.size <= UNIT_SIZE || unit.functions.len() == 1);
            parts[unit.part as usize].extend(&unit.functions);
        }
        parts
    }

    #[test]
    fn parts_stay_where_they_are_when_a_function_changes() {
        let mut functions: Vec<_> = (0..2000usize)
            .map(|index| ((index * 37 % 61) as u8, 300 + index * 7919 % 700))
            .collect();
        // One that is more than a part may be.
        functions[500].1 = 200_000;
        let before = parts(&functions);
        assert!(before.len() > 12, "{}", before.len());
        for part in &before {
            let code: usize = part
                .iter()
                .map(|&it| functions[it as usize].1 * 3 + 2)
                .sum();
            assert!(code <= PART_SIZES.1 as usize || part == &[500]);
        }
        functions[1000] = (62, 950);
        let after = parts(&functions);
        let moved = before.iter().filter(|part| !after.contains(part)).count();
        assert!(moved <= 3, "{moved} of {}", before.len());
    }
}
