//! Runs the threads of a C program, each with an instance of its own, and prints what it found.
#![forbid(unsafe_code)]

use std::sync::Barrier;
use std::thread;

use wasm2rs_support::SharedMemory;

mod threads {
    include!(concat!(env!("OUT_DIR"), "/threads.rs"));
}

const THREADS: i32 = 4;
const STACK: i32 = 1 << 16;

struct Host(SharedMemory);

impl threads::Env for Host {
    fn memory(&mut self) -> SharedMemory {
        self.0.clone()
    }
}

/// An instance with a stack and thread-local storage of its own, as a C library would set up. All
/// may be made at the same time: the module sees to it that one of them writes its data.
fn instance(memory: &SharedMemory, index: i32) -> threads::Instance<Host> {
    let mut instance = threads::Instance::new(Host(memory.clone())).expect("an instance");
    let bottom = (instance.heap_base() + STACK - 1) / STACK * STACK + index * STACK;
    instance.set_stack_pointer(bottom + STACK);
    assert!(instance.tls_size() > 0 && instance.tls_align() <= 16);
    instance.wasm_init_tls(bottom).expect("no trap");
    instance
}

fn main() {
    let memory = SharedMemory::new(2 + 2 * THREADS as u32, 256).expect("a memory");
    let barrier = Barrier::new(THREADS as usize);
    let done: i32 = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|index| {
                let (memory, barrier) = (&memory, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    let mut instance = instance(memory, index);
                    instance.work(index, THREADS).expect("no trap")
                })
            })
            .collect();
        let done = threads.into_iter().map(|thread| thread.join());
        done.map(|done| done.expect("no panic")).sum()
    });
    println!("done {done}");
    let mut last = instance(&memory, THREADS);
    for which in 0..8 {
        println!(
            "{which} {}",
            last.answer(which).expect("no trap").cast_unsigned()
        );
    }
}
