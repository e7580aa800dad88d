//! es-module-lexer since it has vectors: finds more, and hands exports over in memory.

use wasm2rs_support::Trap;

mod module {
    wasm2rs_support::include_wasm!("wasm/es_lexer_simd.wasm");
}
use module::Instance;

/// What is found in the source, a line for each; or where the error is.
fn lex(instance: &mut Instance<()>, source: &str) -> Result<Result<String, i32>, Trap> {
    // It works on UTF-16.
    let units: Vec<u16> = source.encode_utf16().collect();
    let end = instance.heap_base().cast_unsigned() as usize + 4 * (units.len() + 1) + 16;
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
    let mut found = String::new();
    while instance.ri()? != 0 {
        found += &format!(
            "import is={} ie={} it={} ai={} id={} ip={} ss={} se={}\n",
            instance.is()?,
            instance.ie()?,
            instance.it()?,
            instance.ai()?,
            instance.id()?,
            instance.ip()?,
            instance.ss()?,
            instance.se()?,
        );
    }
    loop {
        let export = instance.re()?;
        if export == 0 {
            break;
        }
        let memory = instance.memory();
        let fields = memory.read(export.cast_unsigned(), 26)?;
        let number = |at: usize| {
            let bytes = fields[at..at + 4].try_into().expect("four bytes");
            i32::from_le_bytes(bytes)
        };
        // Places in the source, of which 0 is none.
        let places = [0, 4, 8, 12, 16].map(|at| match number(at) {
            0 => "-1".to_string(),
            pointer => ((pointer - place) / 2).to_string(),
        });
        found += &format!(
            "export {} {} {} {}\n",
            places.join(" "),
            number(20),
            fields[24],
            fields[25]
        );
    }
    found += &format!("facade {} module {}\n", instance.f()?, instance.ms()?);
    Ok(Ok(found))
}

/// Sources, and what Node found in them.
const CASES: [(&str, Result<&str, i32>); 3] = [
    (
        "import {a as b} from 'x';import('y/'+z);export const q=1;export {b as default, c as \"s \
         t\"};import.meta.url;",
        Ok("import is=22 ie=23 it=1 ai=-1 id=-1 ip=1 ss=0 se=24\n\
            import is=32 ie=38 it=2 ai=-1 id=31 ip=0 ss=25 se=39\n\
            import is=91 ie=102 it=3 ai=-1 id=-2 ip=0 ss=91 se=102\n\
            export 53 54 53 54 40 -1 1 0\n\
            export 70 77 8 9 57 0 2 0\n\
            export 84 89 79 80 57 -1 1 0\n\
            facade 0 module 1\n"),
    ),
    (
        "export * from 'k'; import d, * as n from \"m\" with {type:'json'}; x = `t${await \
         import(`u`)}`;",
        Ok("import is=15 ie=16 it=8 ai=-1 id=-1 ip=1 ss=0 se=17\n\
            import is=42 ie=43 it=1 ai=50 id=-1 ip=1 ss=19 se=63\n\
            import is=86 ie=89 it=2 ai=-1 id=85 ip=1 ss=79 se=90\n\
            export 7 8 -1 -1 0 0 3 0\n\
            facade 0 module 1\n"),
    ),
    ("import {", Err(8)),
];

pub fn check() {
    let mut instance = Instance::new(()).expect("an instance");
    instance.initialize().expect("no trap");
    for (source, expected) in CASES {
        let found = lex(&mut instance, source).expect("no trap");
        assert_eq!(found, expected.map(str::to_string), "{source}");
    }
    // More than fits the memory that it starts with, and what vectors skip by the sixteen.
    let text = "lorem ipsum ".repeat(20_000);
    let found = lex(
        &mut instance,
        &format!("const s = \"{text}\"; export default s"),
    );
    let expected = "export 240021 240028 -1 -1 240014 -1 1 0\nfacade 0 module 1\n";
    assert_eq!(found.expect("no trap").as_deref(), Ok(expected));
    let found = lex(&mut instance, &format!("/*{text}*/ // {text}\nimport 'y'"));
    let expected = "import is=480017 ie=480018 it=1 ai=-1 id=-1 ip=1 ss=480009 se=480019\n\
                    facade 1 module 1\n";
    assert_eq!(found.expect("no trap").as_deref(), Ok(expected));
}
