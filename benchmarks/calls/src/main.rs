//! What it costs to call in and out of a module, and to make an instance of one.
//!
//! `cargo run --release --manifest-path benchmarks/calls/Cargo.toml`
#![forbid(unsafe_code)]

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use wasm2rs_support::{Extern, HostError, Imports, Trap, Value};

mod calls {
    wasm2rs_support::include_wasm!("wasm/calls.wat");
}
mod other {
    wasm2rs_support::include_wasm!("wasm/other.wat");
}
mod empty {
    wasm2rs_support::include_wasm!("wasm/empty.wat");
}
mod large {
    wasm2rs_support::include_wasm!("wasm/large.wat");
}

/// How long a batch of calls runs: long beside the clock's resolution, short beside what the
/// scheduler gives, so that among many batches there are some that nobody interrupted.
const BATCH: Duration = Duration::from_millis(5);

/// How many batches are timed.
const BATCHES: usize = 60;

/// How often a loop inside the module goes round at each call of it.
const ROUNDS: i32 = 1000;

/// A host as small as the functions of the module.
struct Host {
    calls: u64,
}

impl calls::Host for Host {
    fn next(caller: &mut calls::Caller<'_, Self>, x: i32) -> Result<i32, HostError> {
        caller.calls += 1;
        if x < 0 {
            return Err(HostError::new("negative"));
        }
        Ok(x & 0xFF)
    }
}

#[inline(never)]
fn plain(x: i32) -> i32 {
    x.wrapping_add(1)
}

/// Times `f`, which does something `per_call` times, and prints a line of the table.
fn row(name: &str, per_call: i32, mut f: impl FnMut()) {
    let mut batch = |count: u64| {
        let begin = Instant::now();
        for _ in 0..count {
            f();
        }
        begin.elapsed()
    };
    let mut count = 1;
    while batch(count) < BATCH {
        count *= 2;
    }
    let mut times: Vec<f64> = (0..BATCHES)
        .map(|_| batch(count).as_nanos() as f64 / count as f64 / f64::from(per_call))
        .collect();
    times.sort_by(f64::total_cmp);
    println!("| {name:<55} | {:>10.2} | {:>10.2} |", times[0], times[BATCHES / 2]);
}

fn trapped<T>(result: Result<T, Trap>) -> Trap {
    match result {
        Ok(_) => panic!("that should have been a trap"),
        Err(trap) => trap,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut instance = calls::Instance::new(Host { calls: 0 })?;
    println!("| {:<55} | ns, least | ns, median |", "");
    println!("| {:-<55} | ---------: | ---------: |", "");

    row("a Rust function, not inlined", 1, || {
        black_box(plain(black_box(1)));
    });
    row("export that can't trap", 1, || {
        black_box(instance.add_one(black_box(1)).ok());
    });
    row("export that can't trap and needs the instance", 1, || {
        black_box(instance.count(black_box(1)).ok());
    });
    row("export that can trap", 1, || {
        black_box(instance.load(black_box(16)).ok());
    });
    let func = instance.func("load").ok_or("no such export")?;
    row("the same through an untyped handle", 1, || {
        black_box(func.call(&[Value::I32(black_box(16))]).ok());
    });
    row("the same by its name", 1, || {
        black_box(instance.call("load", &[Value::I32(black_box(16))]).ok());
    });

    row("host function, called from inside", ROUNDS, || {
        black_box(instance.loop_host(ROUNDS).ok());
    });
    row("call_indirect, one function", ROUNDS, || {
        black_box(instance.loop_indirect(ROUNDS, 0).ok());
    });
    row("call_indirect, two functions by turns", ROUNDS, || {
        black_box(instance.loop_indirect_mixed(ROUNDS, 0).ok());
    });
    // A store is shared from here on, as it has to be where two instances are linked.
    let store = instance.store().clone();
    let mut imports = Imports::new();
    let table = instance.export("table").ok_or("no such export")?;
    imports.define("calls", "table", table);
    let mut other = other::Instance::link(&store, &imports)?;
    row("call_indirect, a function of another instance", ROUNDS, || {
        black_box(instance.loop_indirect(ROUNDS, 2).ok());
    });
    row("call_indirect, two functions of another instance", ROUNDS, || {
        black_box(instance.loop_indirect_mixed(ROUNDS, 2).ok());
    });
    let three = other.func("three").ok_or("no such export")?;
    imports.define("host", "next", Extern::Func(three));
    let mut linked = calls::Instance::link(&store, &imports)?;
    row("import that another instance exports", ROUNDS, || {
        black_box(linked.loop_host(ROUNDS).ok());
    });
    row("export that can trap, in a shared store", 1, || {
        black_box(linked.load(black_box(16)).ok());
    });

    row("trap: unreachable", 1, || {
        black_box(trapped(instance.unreachable()));
    });
    row("trap: division by zero", 1, || {
        black_box(trapped(instance.divide(black_box(0))));
    });
    row("trap: memory out of bounds", 1, || {
        black_box(trapped(instance.load(black_box(-4))));
    });
    row("trap: error of a host function", 1, || {
        black_box(trapped(instance.fail()));
    });
    row("trap: stack overflow", 1, || {
        black_box(trapped(instance.recurse(black_box(0))));
    });

    row("instance without memory, made and dropped", 1, || {
        black_box(empty::Instance::new(()).is_ok());
    });
    row("instance with 1 page, a table, data; made and dropped", 1, || {
        black_box(calls::Instance::new(Host { calls: 0 }).is_ok());
    });
    row("instance with 16 pages, a table, data; made and dropped", 1, || {
        black_box(large::Instance::new(()).is_ok());
    });
    Ok(())
}
