//! source-map's module, written in Rust: reads mappings and calls back for each.

use wasm2rs_support::{HostError, Trap};

mod module {
    include!(concat!(env!("OUT_DIR"), "/mappings.rs"));
}
use module::{Caller, Instance};

/// The mappings that were called back with: ten numbers each.
type Mappings = Vec<[i32; 10]>;

struct Host(Mappings);

impl module::Env for Host {
    #[allow(clippy::too_many_arguments, reason = "the module asks for as many")]
    fn mapping_callback(
        caller: &mut Caller<'_, Self>,
        generated_line: i32,
        generated_column: i32,
        has_last_column: i32,
        last_column: i32,
        has_original: i32,
        source: i32,
        original_line: i32,
        original_column: i32,
        has_name: i32,
        name: i32,
    ) -> Result<(), HostError> {
        caller.0.push([
            generated_line,
            generated_column,
            has_last_column,
            last_column,
            has_original,
            source,
            original_line,
            original_column,
            has_name,
            name,
        ]);
        Ok(())
    }
}

/// Hands over mappings in their text form; gives a pointer, or 0 when they are wrong.
fn parse(instance: &mut Instance<Host>, text: &str) -> Result<i32, Trap> {
    let place = instance.allocate_mappings(text.len() as i32)?;
    instance
        .memory()
        .write(place.cast_unsigned(), text.as_bytes())?;
    instance.parse_mappings(place)
}

fn take(instance: &mut Instance<Host>) -> Mappings {
    std::mem::take(&mut instance.host().0)
}

pub fn check() {
    let mut instance = Instance::new(Host(Vec::new())).expect("an instance");
    let text = "AAAA,SAASA,IAAIC,EAAGC,GACd,OAAOD,EAAIC";
    let mappings = parse(&mut instance, text).expect("no trap");
    assert_ne!(mappings, 0);
    assert_eq!(instance.get_last_error().expect("no trap"), 0);

    instance.by_generated_location(mappings).expect("no trap");
    let all = [
        [0, 0, 0, 0, 1, 0, 0, 0, 0, 0],
        [0, 9, 0, 0, 1, 0, 0, 9, 1, 0],
        [0, 13, 0, 0, 1, 0, 0, 13, 1, 1],
        [0, 15, 0, 0, 1, 0, 0, 16, 1, 2],
        [0, 18, 0, 0, 1, 0, 1, 2, 0, 0],
        [0, 25, 0, 0, 1, 0, 1, 9, 1, 1],
        [0, 27, 0, 0, 1, 0, 1, 13, 1, 2],
    ];
    assert_eq!(take(&mut instance), all);

    // Where the twelfth column came from, or what is nearest below it.
    instance
        .original_location_for(mappings, 0, 12, 1)
        .expect("no trap");
    assert_eq!(take(&mut instance), [all[1]]);
    instance.free_mappings(mappings).expect("no trap");

    assert_eq!(parse(&mut instance, "A!A").expect("no trap"), 0);
    assert_eq!(instance.get_last_error().expect("no trap"), 4);
}
