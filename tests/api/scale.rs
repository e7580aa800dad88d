//! Many segments and globals are data, not items.

use wasm2rs_tests::generate::{SEGMENTS, globals_sum, segment};

mod segments {
    include!(concat!(env!("OUT_DIR"), "/segments.rs"));
}

#[test]
fn many_segments_and_globals() {
    let mut instance = segments::Instance::new(()).expect("an instance");
    let all = |instance: &mut segments::Instance<()>, passive: bool| {
        let memory = instance.memory();
        for index in 0..SEGMENTS {
            let there = memory.read(index * 16, 2).expect("there");
            let expected = if index % 100 == 99 && !passive {
                [0, 0]
            } else {
                segment(index)
            };
            assert_eq!(there, expected, "{index}");
        }
    };
    all(&mut instance, false);
    instance.init(0).expect("no trap");
    all(&mut instance, true);
    assert_eq!(instance.globals().expect("no trap"), globals_sum());
}
