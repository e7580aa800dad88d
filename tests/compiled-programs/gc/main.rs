//! Prints what a MoonBit program answers.
#![forbid(unsafe_code)]

use std::fmt::Display;

use wasm2rs_support::{Trap, TrapKind};

mod program {
    include!(concat!(env!("OUT_DIR"), "/gc.rs"));
}
use program::Instance;

type Function<T> = fn(&mut Instance<()>, i32) -> Result<T, Trap>;

fn show<T: Display>(
    instance: &mut Instance<()>,
    name: &str,
    function: Function<T>,
    numbers: &[i32],
) {
    for number in numbers {
        match function(instance, *number) {
            Ok(answer) => println!("{name} {number} {answer}"),
            Err(trap) => {
                assert_eq!(trap.kind(), TrapKind::ArrayOutOfBounds);
                println!("{name} {number} trap");
            }
        }
    }
}

fn main() {
    let mut instance = Instance::new(()).expect("an instance");
    show(&mut instance, "trees", Instance::trees, &[0, 1, 10, 16]);
    show(
        &mut instance,
        "closures",
        Instance::closures,
        &[0, 7, 100_000],
    );
    show(&mut instance, "shapes", Instance::shapes, &[0, 7, 1000]);
    show(&mut instance, "errors", Instance::errors, &[0, 7, 1000]);
    show(&mut instance, "rings", Instance::rings, &[0, 7, 500]);
    show(&mut instance, "bounds", Instance::bounds, &[0, 3, 4, -1]);
    println!("text {}", instance.text().expect("no trap"));
}
