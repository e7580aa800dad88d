//! Deep nesting gives the right answers, by the build script's way and by the macro's.

use wasm2rs_tests::deep::{Depths, FULL, SOME};

mod built {
    include!(concat!(env!("OUT_DIR"), "/deep.rs"));
}
mod included {
    include!(concat!(env!("OUT_DIR"), "/deep_macro.rs"));
}

/// What the build script made the module with.
const DEPTHS: Depths = if cfg!(full_depth) { FULL } else { SOME };

/// Some of the numbers up to a bit beyond `count`.
fn samples(count: u32) -> impl Iterator<Item = u32> {
    let special = [1, count - 2, count - 1, count, count + 1, u32::MAX];
    (0..count).step_by(37).chain(special)
}

macro_rules! check {
    ($module:ident) => {
        let mut instance = $module::Instance::new(()).expect("an instance");
        for case in 0..DEPTHS.blocks + 10 {
            let answer = instance.switch(case.cast_signed()).expect("no trap");
            assert_eq!(answer, DEPTHS.switched(case), "{case}");
        }
        for case in samples(DEPTHS.cases) {
            let answer = instance.fall(case.cast_signed()).expect("no trap");
            assert_eq!(answer, DEPTHS.fallen(case), "{case}");
        }
        for times in [0_u32, 1, 2, 17, 5000] {
            let answer = instance.loops(times.cast_signed()).expect("no trap");
            assert_eq!(answer, DEPTHS.looped(times), "{times}");
        }
        for value in samples(DEPTHS.ifs) {
            let answer = instance.ifs(value.cast_signed()).expect("no trap");
            assert_eq!(answer, DEPTHS.chosen(value), "{value}");
        }
        for leave in samples(DEPTHS.values) {
            let answer = instance.values(leave.cast_signed()).expect("no trap");
            assert_eq!(answer, DEPTHS.valued(leave), "{leave}");
        }
    };
}

#[test]
fn by_the_build_script() {
    check!(built);
}

#[test]
fn by_the_macro() {
    check!(included);
}
