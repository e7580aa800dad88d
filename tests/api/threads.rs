//! Instances on threads: which may go where, and thousands of them.

use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::{Arc, Barrier};
use std::thread;

use wasm2rs_support::{
    AnyTable, Extern, Func, Global, HostError, Memory, SharedGlobal, Store, Trap, TrapKind, Value,
};

use crate::kind;

mod plain {
    include_module!("modules/plain.wat");
}
mod built_plain {
    include!(concat!(env!("OUT_DIR"), "/built_plain.rs"));
}
mod host {
    include_module!("modules/host.wat");
}

fn assert_send<T: Send>() {}
fn assert_sync<T: Sync>() {}

/// Asks at compile time whether a type is `Send`: the method of the type itself goes before that
/// of the trait, where its bound holds.
struct Asked<T>(PhantomData<T>);

trait NotSend {
    fn is_send(&self) -> bool {
        false
    }
}

impl<T> NotSend for Asked<T> {}

impl<T: Send> Asked<T> {
    fn is_send(&self) -> bool {
        true
    }
}

#[test]
fn an_instance_is_send_when_its_host_is() {
    assert_send::<plain::Instance<()>>();
    assert_send::<host::Instance<Vec<String>>>();
    assert_send::<host::Instance<Box<dyn FnMut() + Send>>>();
    assert_send::<Trap>();
    assert_sync::<Trap>();
    assert_send::<Store>();
    assert_send::<(Func, Memory, AnyTable, SharedGlobal, Extern, Global<i32>)>();

    assert!(Asked::<plain::Instance<()>>(PhantomData).is_send());
    assert!(!Asked::<plain::Instance<Rc<()>>>(PhantomData).is_send());
    assert!(!Asked::<host::Instance<Box<dyn FnMut()>>>(PhantomData).is_send());
    // What is borrowed from an instance stays on the thread.
    assert!(!Asked::<host::InstanceMut<'static>>(PhantomData).is_send());
    assert!(!Asked::<host::Caller<'static, ()>>(PhantomData).is_send());
}

/// A host that stays where it is can be used there.
#[test]
fn hosts_that_are_not_send() {
    struct Host(Rc<str>);
    impl host::Env for Host {
        fn down(_: &mut host::Caller<'_, Self>, _: i32) -> Result<i32, HostError> {
            Ok(0)
        }
        fn last(caller: &mut host::Caller<'_, Self>, _: i32) -> Result<i32, HostError> {
            Ok(i32::try_from(caller.0.len())?)
        }
    }
    let mut instance = host::Instance::new(Host("five!".into())).expect("an instance");
    assert_eq!(instance.go(0, 9).expect("no trap"), 6);
}

#[test]
fn thousands_side_by_side_on_many_threads() {
    const THREADS: i64 = if cfg!(miri) { 3 } else { 16 };
    const EACH: i64 = if cfg!(miri) { 3 } else { 200 };
    // All of them exist at once.
    let barrier = Arc::new(Barrier::new(THREADS as usize));
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let barrier = barrier.clone();
            thread::spawn(move || {
                let mut instances: Vec<_> = (0..EACH)
                    .map(|_| plain::Instance::new(()).expect("an instance"))
                    .collect();
                barrier.wait();
                for round in 1..=3 {
                    for (number, instance) in (0..).zip(&mut instances) {
                        let value = thread * 1000 + number;
                        assert_eq!(instance.add(value).expect("no trap"), value * round);
                    }
                }
                barrier.wait();
                instances
            })
        })
        .collect();
    // Back on this thread, they go on where they were.
    for (thread, instances) in (0..).zip(threads) {
        for (number, mut instance) in (0..).zip(instances.join().expect("no panic")) {
            let value = thread * 1000 + number;
            let place = (value & 0xFFF8) as i32;
            assert_eq!(instance.at(place).expect("no trap"), value);
            assert_eq!(instance.add(1).expect("no trap"), value * 3 + 1);
            assert_eq!(kind(instance.fault()), TrapKind::MemoryOutOfBounds);
        }
    }
}

#[test]
fn an_instance_wanders_from_thread_to_thread() {
    let mut instance = built_plain::Instance::new(()).expect("an instance");
    let rounds = if cfg!(miri) { 3 } else { 20 };
    for round in 1..=rounds {
        instance = thread::spawn(move || {
            assert_eq!(instance.add(1).expect("no trap"), round);
            assert_eq!(kind(instance.fault()), TrapKind::MemoryOutOfBounds);
            instance
        })
        .join()
        .expect("no panic");
    }
    assert_eq!(instance.add(0).expect("no trap"), rounds);
}

/// Two handles to one instance, used by many threads: calls wait for each other.
#[test]
fn one_store_runs_on_one_thread_at_a_time() {
    const THREADS: i64 = if cfg!(miri) { 3 } else { 8 };
    const CALLS: i64 = if cfg!(miri) { 10 } else { 2000 };
    let store = Store::new();
    let mut instance = plain::Instance::new_in(&store, ()).expect("an instance");
    let add = instance.func("add").expect("a function");
    thread::scope(|scope| {
        for _ in 0..THREADS {
            let add = add.clone();
            scope.spawn(move || {
                for _ in 0..CALLS {
                    add.call(&[Value::I64(1)]).expect("no trap");
                }
            });
        }
    });
    assert_eq!(instance.add(0).expect("no trap"), THREADS * CALLS);
}

#[test]
fn instances_without_end() {
    // One after another: what each had is given back.
    for _ in 0..if cfg!(miri) { 5 } else { 50_000 } {
        let mut instance = plain::Instance::new(()).expect("an instance");
        instance.add(1).expect("no trap");
    }
}
