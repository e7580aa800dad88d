//! es-module-lexer: finds the imports and exports of an ES module, without running it.

use wasm2rs_support::Trap;

mod module {
    wasm2rs_support::include_wasm!("wasm/es_lexer.wasm");
}
use module::Instance;

/// What is found in a source.
#[derive(Debug, PartialEq)]
struct Found {
    /// Each import: its specifier, its kind, where its statement starts and ends.
    imports: Vec<(String, i32, i32, i32)>,
    /// Each export: its name, and that of the local it exports.
    exports: Vec<(String, Option<String>)>,
    /// Whether there is nothing but imports and exports, and whether there is any module syntax.
    facade: bool,
    module_syntax: bool,
}

/// What is found; or where the error is.
fn lex(instance: &mut Instance<()>, source: &str) -> Result<Result<Found, i32>, Trap> {
    // It works on UTF-16.
    let units: Vec<u16> = source.encode_utf16().collect();
    let end = instance.heap_base().cast_unsigned() as usize + 4 * (units.len() + 1);
    let mut memory = instance.memory();
    let missing = end.saturating_sub(memory.data().len()).div_ceil(1 << 16);
    if missing > 0 {
        memory.grow(missing as u32).expect("room");
    }
    drop(memory);
    let place = instance.sa(units.len() as i32)?;
    let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    instance.memory().write(place.cast_unsigned(), &bytes)?;

    if instance.parse()? == 0 {
        return Ok(Err(instance.e()?));
    }
    let text =
        |start: i32, end: i32| String::from_utf16_lossy(&units[start as usize..end as usize]);
    let mut imports = Vec::new();
    while instance.ri()? != 0 {
        let specifier = text(instance.is()?, instance.ie()?);
        imports.push((specifier, instance.it()?, instance.ss()?, instance.se()?));
    }
    let mut exports = Vec::new();
    while instance.re()? != 0 {
        let local = match instance.els()? {
            ..0 => None,
            start => Some(text(start, instance.ele()?)),
        };
        exports.push((text(instance.es()?, instance.ee()?), local));
    }
    Ok(Ok(Found {
        imports,
        exports,
        facade: instance.f()? != 0,
        module_syntax: instance.ms()? != 0,
    }))
}

pub fn check() {
    let mut instance = Instance::new(()).expect("an instance");
    let mut assert_found = |source: &str,
                            imports: &[(&str, i32, i32, i32)],
                            exports: &[(&str, Option<&str>)],
                            module_syntax: bool| {
        let owned = imports.iter().copied();
        let imports = owned.map(|(name, kind, start, end)| (name.to_string(), kind, start, end));
        let exports = exports
            .iter()
            .map(|&(name, local)| (name.to_string(), local.map(str::to_string)));
        let expected = Found {
            imports: imports.collect(),
            exports: exports.collect(),
            facade: false,
            module_syntax,
        };
        let found = lex(&mut instance, source).expect("no trap");
        assert_eq!(found, Ok(expected), "{source}");
    };
    assert_found(
        "import a from 'b'; import * as c from \"d\"; export const e = 1; export { f as g }; \
         import('h' + 1); import.meta.url",
        &[
            ("b", 1, 0, 17),
            ("d", 1, 19, 41),
            ("'h' + 1", 2, 82, 97),
            ("import.meta", 3, 99, 110),
        ],
        &[("e", Some("e")), ("g", Some("f"))],
        true,
    );
    assert_found(
        "export default function k(){} export * from './x.js'; import json from './j.json' with \
         { type: 'json' };",
        &[("./x.js", 1, 30, 52), ("./j.json", 1, 54, 103)],
        &[("default", Some("k"))],
        true,
    );
    assert_found(
        "const s = `${import('t')}`; /re[/]g/.test('import q from r')",
        &[("'t'", 2, 13, 24)],
        &[],
        false,
    );
    // More than fits the memory that it starts with.
    let long = format!("{}export const last = 1", "/* filler */".repeat(100_000));
    assert_found(&long, &[], &[("last", Some("last"))], true);
    for (source, place) in [("import from", 10), ("export { a", 10), ("`${", 0)] {
        let found = lex(&mut instance, source).expect("no trap");
        assert_eq!(found, Err(place), "{source}");
    }
}
