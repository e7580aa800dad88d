//! cjs-module-lexer: finds what a CommonJS module exports, without running it.

use wasm2rs_support::Trap;

mod module {
    wasm2rs_support::include_wasm!("wasm/cjs_lexer.wasm");
}
use module::Instance;

/// What is found in the source, each with its kind; or the error's number and its place.
fn lex(instance: &mut Instance<()>, source: &str) -> Result<Result<Vec<String>, (i32, i32)>, Trap> {
    // It works on UTF-16.
    let units: Vec<u16> = source.encode_utf16().collect();
    let length = units.len() as i32;
    let end = instance.heap_base().cast_unsigned() as usize + 4 * (units.len() + 1);
    let mut memory = instance.memory();
    let missing = end.saturating_sub(memory.data().len()).div_ceil(1 << 16);
    if missing > 0 {
        memory.grow(missing as u32).expect("room");
    }
    drop(memory);
    let place = instance.sa(length + 1)?;
    let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    instance.memory().write(place.cast_unsigned(), &bytes)?;

    let error = instance.parseCJS(place, length, 0, 0, 0, 0)?;
    if error != 0 {
        return Ok(Err((error, instance.e()?)));
    }
    let text =
        |start: i32, end: i32| String::from_utf16_lossy(&units[start as usize..end as usize]);
    let mut found = Vec::new();
    while instance.rre()? != 0 {
        found.push(format!(
            "reexport {}",
            text(instance.res()?, instance.ree()?)
        ));
    }
    while instance.ru()? != 0 {
        found.push(format!("unsafe {}", text(instance.us()?, instance.ue()?)));
    }
    while instance.re()? != 0 {
        found.push(format!("export {}", text(instance.es()?, instance.ee()?)));
    }
    Ok(Ok(found))
}

pub fn check() {
    let mut instance = Instance::new(()).expect("an instance");
    let mut assert_found = |source: &str, expected: Result<&[&str], (i32, i32)>| {
        let found = lex(&mut instance, source).expect("no trap");
        let found = found.as_deref().map_err(|error| *error);
        assert_eq!(
            found.map(|found| found.iter().map(String::as_str).collect::<Vec<_>>()),
            expected.map(<[&str]>::to_vec),
            "{source}"
        );
    };
    assert_found(
        "exports.a=1;module.exports={b,c:d};__exportStar(require('e'),exports);\
         Object.defineProperty(exports,'__esModule',{value:true})",
        Ok(&[
            "reexport 'e'",
            "export a",
            "export b",
            "export c",
            "export '__esModule'",
        ]),
    );
    assert_found(
        "\"use strict\";Object.keys(_x).forEach(function(k){if(k==='default')return;\
         exports[k]=_x[k]});exports['q r']=/}/;module.exports=require(\"./z\")",
        Ok(&["reexport \"./z\"", "export 'q r'"]),
    );
    assert_found("a(b)) ]", Err((8, 4)));
    assert_found("import x from 'y'", Err((6, 7)));
    // More than fits the memory that it starts with.
    let long = format!("{}exports.last=1", "/* filler */".repeat(100_000));
    assert_found(&long, Ok(&["export last"]));
}
