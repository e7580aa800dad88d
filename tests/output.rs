//! The generated source: what it looks like, that it is the same each time, and that it is safe.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use wasm2rs::{CrateOptions, Support, Translation, read_module};

/// The small modules whose translations are kept, each beside its own.
fn snapshots() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots");
    let files = fs::read_dir(directory).expect("the snapshots");
    let mut paths: Vec<_> = files
        .map(|file| file.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "wat"))
        .collect();
    paths.sort();
    paths
}

fn source(path: &Path) -> String {
    let wasm = read_module(path).expect("a module");
    let name = path.file_name().expect("a name").to_string_lossy();
    let translation = Translation::new(&wasm).expect("a supported module");
    translation.origin(&name).source().expect("Rust")
}

/// A change of the output is seen in review: `UPDATE_SNAPSHOTS=1 cargo test -p wasm2rs-tests`
/// writes the files anew.
#[test]
fn snapshots_are_up_to_date() {
    let update = std::env::var_os("UPDATE_SNAPSHOTS").is_some();
    let paths = snapshots();
    assert!(
        paths.len() >= 12,
        "only {} snapshots were found",
        paths.len()
    );
    let mut changed = Vec::new();
    for path in paths {
        let source = source(&path);
        let kept = path.with_extension("rs");
        if update {
            fs::write(&kept, &source).expect("the snapshot is written");
        } else if fs::read_to_string(&kept).ok().as_deref() != Some(&source) {
            changed.push(kept);
        }
    }
    assert!(
        changed.is_empty(),
        "the translations differ from what is kept in {changed:#?}; look at them with \
         UPDATE_SNAPSHOTS=1 and `git diff`"
    );
}

#[test]
fn nothing_generated_is_unsafe() {
    for path in snapshots() {
        let source = source(&path);
        assert!(
            source.contains("#[forbid(unsafe_code)]"),
            "{}",
            path.display()
        );
        let rest = source.replace("forbid(unsafe_code)", "");
        assert!(!rest.contains("unsafe"), "{}", path.display());
    }
}

#[test]
fn the_same_module_gives_the_same_source() {
    for path in snapshots() {
        assert_eq!(source(&path), source(&path), "{}", path.display());
    }
}

/// The files of a translation, as crates, by their paths.
fn crates(wasm: &[u8], directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let _ = fs::remove_dir_all(directory);
    let options = CrateOptions {
        name: "guest".to_string(),
        support: Support::Registry,
    };
    let translation = Translation::new(wasm).expect("a supported module");
    translation
        .write_crates(directory, &options)
        .expect("the crates are written");
    let mut files = BTreeMap::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(inner) = directories.pop() {
        for file in fs::read_dir(inner).expect("a directory") {
            let path = file.expect("a file").path();
            if path.is_dir() {
                directories.push(path);
            } else {
                let name = path.strip_prefix(directory).expect("below the directory");
                files.insert(name.to_owned(), fs::read(&path).expect("the file"));
            }
        }
    }
    files
}

/// A module large enough for several crates, each function calling the one before and the one
/// behind, so that calls go through every kind of border.
fn large_module() -> Vec<u8> {
    let count = 1200;
    let mut text = String::from("(module (memory 1)\n");
    for index in 0..count {
        text.push_str(&format!(
            "(func $f{index} (param i32) (result i32) (local i64)\n"
        ));
        for step in 0..100 {
            text.push_str(&format!(
                "(local.set 1 (i64.add (local.get 1) (i64.load offset={step} (local.get 0))))\n"
            ));
        }
        let (before, behind) = ((index + count - 1) % count, (index + 1) % count);
        text.push_str(&format!(
            "(if (i64.eqz (local.get 1)) (then (return (call $f{before} (i32.const {index})))))\n\
             (call $f{behind} (i32.wrap_i64 (local.get 1))))\n"
        ));
    }
    text.push_str("(export \"f\" (func $f0)))");
    wasm2rs::parse_text(&text).expect("a module")
}

#[test]
fn the_same_module_gives_the_same_crates() {
    let wasm = large_module();
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("same-crates");
    let first = crates(&wasm, &directory.join("first"));
    let second = crates(&wasm, &directory.join("second"));
    assert!(
        first.contains_key(Path::new("guest-part1/src/lib.rs")),
        "several crates"
    );
    assert!(first == second, "the files differ");
}
