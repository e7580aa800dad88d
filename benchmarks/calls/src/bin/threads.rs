//! What shared memories and atomic instructions cost, beside the same in Rust and on a memory that
//! is not shared.
//!
//! `cargo run --release --manifest-path benchmarks/calls/Cargo.toml --bin threads`
#![forbid(unsafe_code)]

use std::error::Error;
use std::hint::black_box;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use wasm2rs_support::SharedMemory;

mod threads {
    wasm2rs_support::include_wasm!("wasm/threads.wat");
}
mod unshared {
    wasm2rs_support::include_wasm!("wasm/unshared.wat");
}
mod importing {
    wasm2rs_support::include_wasm!("wasm/importing.wat");
}

/// How often a loop goes round at each call.
const ROUNDS: i32 = 10_000;

/// How many calls are timed. The least counts: nobody interrupted it.
const CALLS: usize = 2_000;

struct Host(SharedMemory);

impl importing::Env for Host {
    fn memory(&mut self) -> SharedMemory {
        self.0.clone()
    }
}

/// The least time of a call of `f`, in ns for each of the things it does.
fn least(times: usize, things: f64, mut f: impl FnMut()) -> f64 {
    let time = |_| {
        let begin = Instant::now();
        f();
        begin.elapsed().as_nanos() as f64 / things
    };
    (0..times).map(time).fold(f64::INFINITY, f64::min)
}

fn row(name: &str, native: f64, shared: f64, unshared: f64) {
    let ratio = |time: f64| {
        if time.is_nan() {
            "".to_string()
        } else {
            format!("{:.2}", time / native)
        }
    };
    println!(
        "| {name:<44} | {native:>9.3} | {:>6} | {:>8} |",
        ratio(shared),
        ratio(unshared)
    );
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut shared = threads::Instance::new(())?;
    let mut unshared = unshared::Instance::new(())?;
    println!("| {:<44} | Rust, ns | shared | unshared |", "");
    println!("| {:-<44} | -------: | -----: | -------: |", "");
    let rounds = f64::from(ROUNDS);

    let (number, small) = (AtomicU64::new(0), AtomicU32::new(0));
    let native = least(CALLS, rounds, || {
        for _ in 0..black_box(ROUNDS) {
            black_box(number.fetch_add(1, Ordering::SeqCst));
        }
    });
    let wasm = least(CALLS, rounds, || shared.count(ROUNDS).expect("no trap"));
    row(
        "i64.atomic.rmw.add",
        native,
        wasm,
        least(CALLS, rounds, || unshared.count(ROUNDS).expect("no trap")),
    );

    let native = least(CALLS, rounds, || {
        for _ in 0..black_box(ROUNDS) {
            black_box(number.fetch_or(1, Ordering::SeqCst));
        }
    });
    let wasm = least(CALLS, rounds, || shared.or(ROUNDS).expect("no trap"));
    row(
        "i64.atomic.rmw.or",
        native,
        wasm,
        least(CALLS, rounds, || unshared.or(ROUNDS).expect("no trap")),
    );

    let native = least(CALLS, rounds, || {
        let mut old = 0u32;
        for _ in 0..black_box(ROUNDS) {
            let (Ok(found) | Err(found)) = small.compare_exchange(
                old,
                old.wrapping_add(1),
                Ordering::SeqCst,
                Ordering::SeqCst,
            );
            old = found;
        }
        black_box(old);
    });
    let wasm = least(CALLS, rounds, || {
        shared.compare_exchange(ROUNDS).expect("no trap")
    });
    let own = least(CALLS, rounds, || {
        unshared.compare_exchange(ROUNDS).expect("no trap")
    });
    row("i32.atomic.rmw.cmpxchg", native, wasm, own);

    let native = least(CALLS, rounds, || {
        for i in 0..black_box(ROUNDS) {
            small.store(i as u32, Ordering::SeqCst);
        }
    });
    let wasm = least(CALLS, rounds, || shared.put(ROUNDS).expect("no trap"));
    row(
        "i32.atomic.store",
        native,
        wasm,
        least(CALLS, rounds, || unshared.put(ROUNDS).expect("no trap")),
    );

    // Plain accesses. Rust's are those that threads may make of what they share: relaxed atomics.
    let numbers: Vec<AtomicU64> = (0..1 << 17).map(AtomicU64::new).collect();
    let count = numbers.len() as f64;
    let end = numbers.len() as i32 * 8;
    let sum = |numbers: &[AtomicU64]| -> u64 {
        numbers
            .iter()
            .map(|number| number.load(Ordering::Relaxed))
            .fold(0, u64::wrapping_add)
    };
    let native = least(CALLS, count, || {
        black_box(sum(black_box(&numbers)));
    });
    let wasm = least(CALLS, count, || {
        black_box(shared.sum(0, black_box(end)).expect("no trap"));
    });
    let own = least(CALLS, count, || {
        black_box(unshared.sum(0, black_box(end)).expect("no trap"));
    });
    row("sum of a MiB, i64.load", native, wasm, own);

    let table: Vec<AtomicU32> = (0..1 << 18).map(AtomicU32::new).collect();
    let native = least(CALLS, rounds, || {
        let mut at = 0;
        for i in (1..=black_box(ROUNDS)).rev() {
            at = table[((at & 0xf_fff8) / 4) as usize].load(Ordering::Relaxed);
            table[((i & 0xf_fff8) / 4 + 1) as usize].store(at, Ordering::Relaxed);
        }
        black_box(at);
    });
    let wasm = least(CALLS, rounds, || {
        black_box(shared.chase(ROUNDS).expect("no trap"));
    });
    let own = least(CALLS, rounds, || {
        black_box(unshared.chase(ROUNDS).expect("no trap"));
    });
    row("load and store by turns", native, wasm, own);

    for bytes in [16, 256, 4096, 1 << 20] {
        let source = vec![1u8; bytes];
        let mut destination = vec![0u8; bytes];
        let calls = (1 << 20) / bytes;
        let native = least(CALLS / 10, calls as f64, || {
            for _ in 0..calls {
                black_box(&mut destination).copy_from_slice(black_box(&source));
            }
        });
        let wasm = least(CALLS / 10, calls as f64, || {
            for _ in 0..calls {
                shared.copy(bytes as i32).expect("no trap");
            }
        });
        let own = least(CALLS / 10, calls as f64, || {
            for _ in 0..calls {
                unshared.copy(bytes as i32).expect("no trap");
            }
        });
        row(
            &format!("memory.copy of {bytes} bytes, with the call"),
            native,
            wasm,
            own,
        );
    }

    // Two threads: each sums its half, thirty times.
    const TIMES: i32 = 30;
    let half = numbers.len() / 2;
    let native = least(CALLS / 20, f64::from(TIMES) * count, || {
        thread::scope(|scope| {
            for part in [&numbers[..half], &numbers[half..]] {
                scope.spawn(move || {
                    for _ in 0..TIMES {
                        black_box(sum(black_box(part)));
                    }
                });
            }
        });
    });
    let memory = SharedMemory::new(32, 32)?;
    let mut instances = [
        importing::Instance::new(Host(memory.clone()))?,
        importing::Instance::new(Host(memory))?,
    ];
    let wasm = least(CALLS / 20, f64::from(TIMES) * count, || {
        thread::scope(|scope| {
            for (number, instance) in instances.iter_mut().enumerate() {
                scope.spawn(move || {
                    let from = (number * half * 8) as i32;
                    for _ in 0..TIMES {
                        black_box(
                            instance
                                .sum(from, from + (half * 8) as i32)
                                .expect("no trap"),
                        );
                    }
                });
            }
        });
    });
    row("sum of a MiB by two threads", native, wasm, f64::NAN);
    Ok(())
}
