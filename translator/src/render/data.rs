//! The blob: segments and element indices as bytes, because rustc takes long over items.

use std::collections::HashMap;

use super::state::StatePlan;
use crate::analysis::Facts;
use crate::module::{ConstExpr, ConstOp, Items, Module, SegmentMode};

/// Bytes that go into the program as they are, and where in them things lie.
#[derive(Debug, Default)]
pub struct Blob {
    pub bytes: Vec<u8>,
    /// Where each data segment lies.
    pub data: Vec<(u32, u32)>,
    /// Where each element segment lies that is a list of functions: little-endian places in
    /// `FUNCTIONS`, `u32::MAX` for null.
    pub elements: HashMap<usize, (u32, u32)>,
    /// What has to be written to memory at the start, in order.
    pub initial: Vec<Initial>,
}

/// Active data segments.
#[derive(Debug)]
pub enum Initial {
    /// A run of segments of one memory at constant addresses: where the table of them lies
    /// (address, position and length of each, little-endian), and how many they are.
    Table {
        memory: u32,
        position: u32,
        count: u32,
    },
    /// A segment whose address must be computed.
    Computed { segment: usize },
}

impl Blob {
    /// A module as it is.
    pub fn embedded(wasm: &[u8]) -> Blob {
        Blob {
            bytes: wasm.to_vec(),
            ..Blob::default()
        }
    }

    pub fn new(module: &Module<'_>, facts: &Facts, state: &StatePlan) -> Blob {
        let mut blob = Blob::default();
        for (index, segment) in module.data.iter().enumerate() {
            let needed =
                matches!(segment.mode, SegmentMode::Active { .. }) || facts.used_data[index];
            let bytes = if needed { segment.data } else { &[] };
            let place = (blob.bytes.len() as u32, bytes.len() as u32);
            blob.bytes.extend_from_slice(bytes);
            blob.data.push(place);
        }
        blob.tabulate(module);
        for (index, segment) in module.elements.iter().enumerate() {
            let active = matches!(segment.mode, SegmentMode::Active { .. });
            if let Some(functions) = functions(&segment.items)
                && (active || facts.used_elements[index])
            {
                let position = blob.bytes.len() as u32;
                for function in &functions {
                    let entry = function.map_or(u32::MAX, |function| state.entry(function));
                    blob.bytes.extend_from_slice(&entry.to_le_bytes());
                }
                blob.elements
                    .insert(index, (position, functions.len() as u32 * 4));
            }
        }
        blob
    }

    fn tabulate(&mut self, module: &Module<'_>) {
        let mut run: Vec<[u32; 3]> = Vec::new();
        let mut memory = 0;
        for (segment, data) in module.data.iter().enumerate() {
            let SegmentMode::Active { index, offset } = &data.mode else {
                continue;
            };
            if *index != memory {
                self.end_run(memory, &mut run);
                memory = *index;
            }
            match offset.as_address() {
                Some(address) => {
                    let (position, length) = self.data[segment];
                    run.push([address, position, length]);
                }
                None => {
                    self.end_run(memory, &mut run);
                    self.initial.push(Initial::Computed { segment });
                }
            }
        }
        self.end_run(memory, &mut run);
    }

    fn end_run(&mut self, memory: u32, run: &mut Vec<[u32; 3]>) {
        if run.is_empty() {
            return;
        }
        let position = self.bytes.len() as u32;
        let count = run.len() as u32;
        for number in run.drain(..).flatten() {
            self.bytes.extend_from_slice(&number.to_le_bytes());
        }
        self.initial.push(Initial::Table {
            memory,
            position,
            count,
        });
    }
}

/// The functions of a segment, if it is only functions and nulls.
pub fn functions(items: &Items) -> Option<Vec<Option<u32>>> {
    match items {
        Items::Functions(functions) => Some(functions.iter().copied().map(Some).collect()),
        Items::Expressions(items) => items
            .iter()
            .map(|ConstExpr(ops)| match ops[..] {
                [ConstOp::RefFunc(function)] => Some(Some(function)),
                [ConstOp::RefNull(_)] => Some(None),
                _ => None,
            })
            .collect(),
    }
}
