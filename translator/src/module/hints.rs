//! Which way branches mostly go: the custom section `metadata.code.branch_hint`
//! (specification: *Custom Sections, Branch Hints*).

use std::collections::HashMap;

use wasmparser::{BinaryReaderError, BranchHintSectionReader, KnownCustom, Payload};

use super::Module;

/// For each function, by index, for each hinted instruction, by its distance from the start of the
/// function's body: whether its branch is likely to be taken.
pub type BranchHints = HashMap<u32, HashMap<u64, bool>>;

/// Takes the hints from a custom section. A broken section is as good as none: hints change
/// nothing that can be observed, and the specification has such errors ignored.
pub fn read(module: &mut Module<'_>, payload: &Payload<'_>) {
    let Payload::CustomSection(section) = payload else {
        return;
    };
    let KnownCustom::BranchHints(hints) = section.as_known() else {
        return;
    };
    if let Ok(hints) = collect(hints) {
        module.branch_hints = hints;
    }
}

fn collect(section: BranchHintSectionReader<'_>) -> Result<BranchHints, BinaryReaderError> {
    let mut hints = BranchHints::new();
    for function in section {
        let function = function?;
        let of_function = hints.entry(function.func).or_default();
        for hint in function.hints {
            let hint = hint?;
            of_function.insert(hint.func_offset.into(), hint.taken);
        }
    }
    Ok(hints)
}

#[cfg(test)]
mod tests {
    use super::super::decode;

    /// A module with a section of these bytes.
    fn hints(section: &[u8]) -> super::BranchHints {
        let mut wasm = crate::parse_text("(module (func (br_if 0 (i32.const 0))))").unwrap();
        let name = b"metadata.code.branch_hint";
        let mut custom = vec![name.len() as u8];
        custom.extend(name);
        custom.extend(section);
        // Custom sections may stand anywhere.
        let mut whole = wasm.drain(..8).collect::<Vec<_>>();
        whole.extend([0, custom.len() as u8]);
        whole.extend(custom);
        whole.extend(wasm);
        decode(&whole).unwrap().branch_hints
    }

    #[test]
    fn hints_are_read_and_broken_sections_are_not() {
        let read = hints(&[1, 0, 1, 3, 1, 1]);
        assert!(read[&0][&3]);
        assert!(hints(&[]).is_empty());
        assert!(hints(&[1, 0, 1, 3, 1, 2]).is_empty());
        assert!(hints(&[2, 0, 1, 3, 1, 1]).is_empty());
        // Of functions and instructions that there are not.
        assert_eq!(hints(&[1, 77, 1, 99, 1, 0]).len(), 1);
    }
}
