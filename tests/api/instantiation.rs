//! What happens while an instance is made.

use std::error::Error;

use wasm2rs_support::{HostError, InstantiationError, TrapKind};

mod start {
    include_module!("modules/start.wat");
}
mod data_beyond {
    include_module!("modules/data_beyond.wat");
}
mod data_empty_beyond {
    include_module!("modules/data_empty_beyond.wat");
}
mod elements_beyond {
    include_module!("modules/elements_beyond.wat");
}

/// The kind of the trap that making an instance ended in.
#[track_caller]
fn trap<T>(made: Result<T, InstantiationError>) -> TrapKind {
    match made {
        Ok(_) => panic!("it must not be made"),
        Err(InstantiationError::Trap(trap)) => trap.kind(),
        Err(error) => panic!("not a trap: {error}"),
    }
}

/// What the start function is answered with.
struct Host {
    answer: Result<u8, &'static str>,
    asked: Vec<i32>,
}

impl Host {
    fn new(answer: Result<u8, &'static str>) -> Host {
        Host {
            answer,
            asked: Vec::new(),
        }
    }
}

impl start::Env for Host {
    fn start(caller: &mut start::Caller<'_, Self>, number: i32) -> Result<(), HostError> {
        caller.asked.push(number);
        // The instance is there already, as far as it has come.
        assert_eq!(caller.instance().started(), 1);
        match caller.answer {
            Ok(byte) => Ok(caller.memory().write(8, &[byte])?),
            Err(message) => Err(HostError::message(message)),
        }
    }
}

#[test]
fn the_start_function_runs_once_after_the_segments() {
    let mut instance = start::Instance::new(Host::new(Ok(1))).expect("an instance");
    assert_eq!(instance.host().asked, [42]);
    assert_eq!(instance.started(), 1);
    assert_eq!(instance.memory().data()[8], 1);
}

#[test]
fn a_start_function_that_traps_or_fails() {
    assert_eq!(
        trap(start::Instance::new(Host::new(Ok(13)))),
        TrapKind::Unreachable
    );
    let error = start::Instance::new(Host::new(Err("no"))).expect_err("it must not be made");
    assert_eq!(error.to_string(), "host error: no");
    assert!(
        error
            .source()
            .is_some_and(|source| source.to_string() == "host error: no")
    );
}

#[test]
fn segments_beyond_the_end() {
    assert_eq!(
        trap(data_beyond::Instance::new(())),
        TrapKind::MemoryOutOfBounds
    );
    assert_eq!(
        trap(data_empty_beyond::Instance::new(())),
        TrapKind::MemoryOutOfBounds
    );
    assert_eq!(
        trap(elements_beyond::Instance::new(())),
        TrapKind::TableOutOfBounds
    );
}

#[test]
fn failing_often_leaves_nothing_behind() {
    // Each takes a reservation of gigabytes: were they kept, addresses would run out.
    for _ in 0..if cfg!(miri) { 5 } else { 50_000 } {
        assert_eq!(
            trap(data_beyond::Instance::new(())),
            TrapKind::MemoryOutOfBounds
        );
    }
}
