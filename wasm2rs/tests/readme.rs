//! The README's table of proposals is what `features` declares.
#![forbid(unsafe_code)]

#[test]
fn proposals_are_those_declared() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    let Ok(readme) = std::fs::read_to_string(path) else {
        // The crate alone, as published, has no README of the workspace beside it.
        return;
    };
    let table = wasm2rs::features::table();
    assert!(
        readme.contains(&table),
        "the table of proposals in README.md is out of date; it should be:\n\n{table}"
    );
}
