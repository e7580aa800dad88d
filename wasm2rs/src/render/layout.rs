//! Which function goes where: units of bounded size, so that rustc compiles them side by side.

use crate::analysis::Facts;
use crate::module::Module;

/// Bytes of code in a unit. rustc makes object files by modules, so one module would be compiled
/// by one thread; and what a unit takes to translate is held in memory at once.
const UNIT_SIZE: u32 = 48 << 10;

/// A module of the output.
#[derive(Debug)]
pub struct Unit {
    /// Its functions, by index.
    pub functions: Vec<u32>,
    /// The bytes of their code.
    pub size: u32,
}

/// The units, and the unit of each function.
#[derive(Debug)]
pub struct Layout {
    pub units: Vec<Unit>,
    unit_of: Vec<u32>,
}

impl Layout {
    pub fn new(module: &Module<'_>, facts: &Facts) -> Layout {
        let mut units: Vec<Unit> = Vec::new();
        let mut unit_of = vec![0; module.functions.len()];
        for (index, function) in module.functions.iter().enumerate() {
            if function.import.is_some() {
                continue;
            }
            let size = facts.functions[index].size;
            match units.last_mut() {
                Some(unit) if unit.size + size <= UNIT_SIZE => {
                    unit.functions.push(index as u32);
                    unit.size += size;
                }
                _ => units.push(Unit { functions: vec![index as u32], size }),
            }
            unit_of[index] = units.len() as u32 - 1;
        }
        Layout { units, unit_of }
    }

    /// The unit a defined function is in.
    pub fn unit_of(&self, function: u32) -> u32 {
        self.unit_of[function as usize]
    }
}
