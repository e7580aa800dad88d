//! Vectors through every door.

use wasm2rs_support::{
    CallError, Extern, Global, HostError, SharedGlobal, Store, TrapKind, V128, Value, ValueType,
};

use crate::kind;

mod vectors {
    include_module!("modules/vectors.wat");
}

struct Host {
    shared: Global<V128>,
}

impl vectors::Env for Host {
    fn twist(_: &mut vectors::Caller<'_, Self>, a: V128, b: i32) -> Result<(V128, i64), HostError> {
        let lanes: [i32; 4] = a.into();
        Ok((
            lanes.map(|lane| lane.rotate_left(16) ^ b).into(),
            lanes[0].into(),
        ))
    }

    fn double(caller: &mut vectors::Caller<'_, Self>, a: V128, b: V128) -> Result<V128, HostError> {
        // Called back, with vectors too.
        let sum = caller.instance().add(a, a)?;
        Ok(caller.instance().add(sum, b)?)
    }

    fn fixed(&mut self) -> Global<V128> {
        Global::new(V128::from([0.5f32, -0.0, 2.0, f32::INFINITY]), false)
    }

    fn shared(&mut self) -> Global<V128> {
        self.shared.clone()
    }
}

fn instance() -> vectors::Instance<Host> {
    let shared = Global::new(V128::from([7u64, 8]), true);
    vectors::Instance::new(Host { shared }).expect("an instance")
}

const A: V128 = V128::from_bits(0x00000004_00000003_00000002_00000001);
const B: V128 = V128::from_bits(0x000000ff_fffffffe_00000010_7fffffff);

#[test]
fn typed_calls() {
    let mut instance = instance();
    let sum = V128::from([i32::MIN, 0x12, 1, 0x103]);
    assert_eq!(instance.add(A, B).expect("no trap"), sum);
    assert_eq!(instance.indirect(A, B, 0).expect("no trap"), sum);
    assert_eq!(
        instance.indirect(A, B, 1).expect("no trap"),
        V128::from([i32::MIN + 1, 0x14, 4, 0x107])
    );
    let places = V128::from([4u8, 0, 16, 255, 8, 8, 8, 8, 12, 0, 0, 0, 15, 1, 2, 3]);
    let bytes = [2u8, 1, 0, 0, 3, 3, 3, 3, 4, 1, 1, 1, 0, 0, 0, 0];
    assert_eq!(
        instance.indirect(A, places, 2).expect("no trap"),
        bytes.into()
    );
    assert_eq!(instance.own().expect("no trap"), places);
    assert_eq!(instance.memory().data()[32..48], <[u8; 16]>::from(A));
    let (twisted, first, lane, doubled) = instance.twice(A, 1).expect("no trap");
    assert_eq!(twisted, V128::from([0x10001, 0x20001, 0x30001, 0x40001]));
    assert_eq!((first, lane), (1, f32::from_bits(0x10001)));
    assert_eq!(doubled, V128::from([0x10003, 0x20005, 0x30007, 0x40009]));
    let three = V128::from([3i64, -3]);
    assert_eq!(
        instance.product(three, 5).expect("no trap"),
        V128::from([243i64, -243])
    );
    assert_eq!(
        instance
            .recursive(V128::from([1i16; 8]), 1000)
            .expect("no trap"),
        V128::from([1000i16; 8])
    );
    // Miri has no stack that could end.
    if !cfg!(miri) {
        assert_eq!(kind(instance.recursive(A, -1)), TrapKind::StackOverflow);
    }
}

#[test]
fn calls_by_name() {
    let mut instance = instance();
    let results = instance
        .call("twice", &[A.into(), Value::I32(1)])
        .expect("no trap");
    let expected = [
        Value::V128(V128::from([0x10001, 0x20001, 0x30001, 0x40001])),
        Value::I64(1),
        Value::F32(f32::from_bits(0x10001)),
        Value::V128(V128::from([0x10003, 0x20005, 0x30007, 0x40009])),
    ];
    assert_eq!(results.len(), expected.len());
    for (result, expected) in results.iter().zip(&expected) {
        assert!(result.same_bits(expected), "{result:?}, not {expected:?}");
    }
    assert!(matches!(
        instance.call("own", &[Value::I32(1)]),
        Err(CallError::Arguments { expected: [], .. })
    ));
    assert!(matches!(
        instance.call("times_one", &[Value::I64(1)]),
        Err(CallError::Arguments {
            expected: [ValueType::V128],
            ..
        })
    ));
    assert_eq!(ValueType::V128.to_string(), "v128");
}

#[test]
fn globals() {
    let mut instance = instance();
    assert_eq!(
        <[f32; 4]>::from(instance.copy()),
        [0.5, -0.0, 2.0, f32::INFINITY]
    );
    let constant = 0x7ff4_0000_0000_0000_3ff8_0000_0000_0000;
    assert_eq!(instance.constant().to_bits(), constant);
    assert_eq!(instance.shared(), V128::from([7u64, 8]));
    instance.set_shared(A);
    assert_eq!(instance.host().shared.get(), A);
    let Some(Extern::Global(shared)) = instance.export("shared") else {
        panic!("a global");
    };
    shared.set(&Value::V128(B)).expect("a vector");
    assert_eq!(instance.shared(), B);
    assert!(shared.set(&Value::I64(1)).is_err());
    let made = SharedGlobal::with_value(&Store::new(), &A.into(), true).expect("a global");
    assert!(made.get().same_bits(&Value::V128(A)));
}

#[test]
fn traps() {
    let mut instance = instance();
    let end = 1 << 16;
    instance.touch(end - 16).expect("no trap");
    instance.touch_splat(end - 1).expect("no trap");
    instance.touch_lane(end - 8).expect("no trap");
    for result in [
        instance.touch(end - 15),
        instance.touch_splat(end),
        instance.touch_lane(end - 7),
        instance.touch_lane(-1),
        instance.store_beyond(end - 7),
    ] {
        assert_eq!(kind(result), TrapKind::MemoryOutOfBounds);
    }
}

/// A signalling NaN becomes quiet, though LLVM would take `x * 1` for `x`.
#[test]
fn arithmetic_makes_nans_quiet() {
    let mut instance = instance();
    let signalling = V128::from([0x7fa0_0000u32; 4]);
    let quiet = |vector: V128| <[u32; 4]>::from(vector).map(|bits| bits & 0x7fc0_0000);
    assert_eq!(
        quiet(instance.times_one(signalling).expect("no trap")),
        [0x7fc0_0000; 4]
    );
    assert_eq!(
        quiet(instance.there_and_back(signalling).expect("no trap")),
        [0x7fc0_0000, 0x7fc0_0000, 0, 0]
    );
    let signalling = V128::from([0x7ff4u64 << 48; 2]);
    let result = instance.times_splat(signalling).expect("no trap");
    assert_eq!(
        <[u64; 2]>::from(result).map(|bits| bits >> 51 & 0xfff),
        [0xfff; 2]
    );
}
