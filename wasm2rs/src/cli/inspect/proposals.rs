//! Which proposals a module needs.

use wasmparser::{Validator, WasmFeatures};

use crate::features::{PROPOSALS, Proposal, recognised};

/// The proposals without which the module, valid with all of them, would not be.
///
/// They are switched off by groups, and one by one only in groups that matter: most modules need
/// few, and large ones take a while to validate.
pub fn needed(wasm: &[u8]) -> Vec<&'static Proposal> {
    let mut needed = Vec::new();
    search(wasm, PROPOSALS, &mut needed);
    needed
}

fn search(wasm: &[u8], group: &'static [Proposal], needed: &mut Vec<&'static Proposal>) {
    let off = group.iter().fold(WasmFeatures::empty(), |off, proposal| {
        off | proposal.features
    });
    let mut validator = Validator::new_with_features(recognised() - off);
    if group.is_empty() || validator.validate_all(wasm).is_ok() {
        return;
    }
    if let [proposal] = group {
        needed.push(proposal);
        return;
    }
    let (first, second) = group.split_at(group.len() / 2);
    search(wasm, first, needed);
    search(wasm, second, needed);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needed_by(text: &str) -> Vec<&'static str> {
        let wasm = crate::parse_text(text).unwrap();
        needed(&wasm).iter().map(|proposal| proposal.name).collect()
    }

    #[test]
    fn proposals_are_told_by_what_breaks() {
        assert!(needed_by("(module)").is_empty());
        assert_eq!(
            needed_by(
                "(module (memory 1) (func (param i32) (result i32 i32)
                    (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))
                    (i32.extend8_s (local.get 0)) (local.get 0)))"
            ),
            ["sign extension", "multi-value", "bulk memory"]
        );
        assert_eq!(needed_by("(module (func (return_call 0)))"), ["tail calls"]);
        assert!(needed_by("(module (memory i64 1))").contains(&"64-bit memory"));
    }
}
