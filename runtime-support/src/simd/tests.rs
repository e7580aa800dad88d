//! Each instruction in the form in use against the portable form, on random and special operands.

use core::hint::black_box;
use core::ops::Deref;
use std::vec::Vec;

use super::{V128, lanes, portable};

with_relaxed!(reference: portable);

/// xorshift64*, Vigna 2016.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[(self.next() % list.len() as u64) as usize]
    }
}

/// Numbers around which instructions change what they do.
const F32: [f32; 26] = [
    0.0,
    -0.0,
    0.5,
    -0.5,
    1.5,
    -1.5,
    2.5,
    -0.3,
    0.7,
    1.0,
    8388607.5,
    -8388608.0,
    8388609.0,
    2147483520.0,
    2147483648.0,
    -2147483648.0,
    -2147483904.0,
    4294967040.0,
    4294967296.0,
    1e30,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
    f32::MIN_POSITIVE,
    1e-45,
    f32::MAX,
];
const F64: [f64; 28] = [
    0.0,
    -0.0,
    0.5,
    -0.5,
    1.5,
    -2.5,
    -0.3,
    0.7,
    2147483647.0,
    2147483647.5,
    2147483648.0,
    -2147483648.0,
    -2147483648.9,
    -2147483649.0,
    4294967295.0,
    4294967295.9,
    4294967296.0,
    4503599627370495.5,
    -4503599627370496.0,
    4503599627370497.0,
    1e39,
    1e300,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    5e-324,
    1e-40,
    3.4028235677973366e38,
];

/// An operand.
trait Operand: Copy {
    fn sample(random: &mut Random) -> Self;
}

impl Operand for i32 {
    fn sample(random: &mut Random) -> i32 {
        random.next() as i32 >> random.of(&[0, 8, 24, 28])
    }
}

impl Operand for i64 {
    fn sample(random: &mut Random) -> i64 {
        random.next() as i64 >> random.of(&[0, 32])
    }
}

impl Operand for f32 {
    fn sample(random: &mut Random) -> f32 {
        let bits = f32::from_bits(random.next() as u32);
        let special = random.of(&F32);
        random.of(&[special, bits])
    }
}

impl Operand for f64 {
    fn sample(random: &mut Random) -> f64 {
        let bits = f64::from_bits(random.next());
        let special = random.of(&F64);
        random.of(&[special, bits])
    }
}

impl Operand for V128 {
    fn sample(random: &mut Random) -> V128 {
        match random.next() % 8 {
            0 => V128::from([(); 2].map(|()| random.next())),
            1 => V128::from([(); 16].map(|()| {
                let any = random.next() as u8;
                random.of(&[0, 1, 0x7f, 0x80, 0x81, 0xff, 15, 16, any])
            })),
            2 => V128::from([(); 8].map(|()| {
                let any = random.next() as u16;
                random.of(&[
                    0, 1, 0x7f, 0xff80, 0x100, 0x7fff, 0x8000, 0x8001, 0xffff, any,
                ])
            })),
            3 => V128::from([(); 4].map(|()| {
                let any = random.next() as u32;
                random.of(&[
                    0,
                    1,
                    0x7fff,
                    0x8000,
                    0xffff,
                    0x10000,
                    0xffff_8000,
                    0x7fff_ffff,
                    0x8000_0000,
                    0xffff_ffff,
                    any,
                ])
            })),
            4 => V128::from([(); 2].map(|()| {
                let any = random.next();
                random.of(&[
                    0,
                    1,
                    u64::MAX,
                    1 << 63,
                    (1 << 63) - 1,
                    1 << 32,
                    0xffff_ffff,
                    any,
                ])
            })),
            5 | 6 => V128::from([(); 4].map(|()| f32::sample(random))),
            _ => V128::from([(); 2].map(|()| f64::sample(random))),
        }
    }
}

/// A result: whether it is the same as that of the reference.
trait Outcome: Copy + core::fmt::Debug {
    fn same(self, reference: Self, shape: &str) -> bool;
}

macro_rules! outcomes {
    ($($type:ty)*) => {$(
        impl Outcome for $type {
            fn same(self, reference: $type, _: &str) -> bool {
                self.to_le_bytes() == reference.to_le_bytes()
            }
        }
    )*};
}
outcomes! { i32 i64 f32 f64 }

impl Outcome for V128 {
    fn same(self, reference: V128, shape: &str) -> bool {
        // What is a quiet NaN there has to be one here.
        match shape {
            "f32x4" => {
                let (ours, theirs): ([u32; 4], [u32; 4]) = (self.into(), reference.into());
                const QUIET: u32 = 0x7fc0_0000;
                ours.iter().zip(theirs).all(|(&ours, theirs)| {
                    ours == theirs || (ours & QUIET == QUIET && theirs & QUIET == QUIET)
                })
            }
            "f64x2" => {
                let (ours, theirs): ([u64; 2], [u64; 2]) = (self.into(), reference.into());
                const QUIET: u64 = 0x7ff8 << 48;
                ours.iter().zip(theirs).all(|(&ours, theirs)| {
                    ours == theirs || (ours & QUIET == QUIET && theirs & QUIET == QUIET)
                })
            }
            _ => self == reference,
        }
    }
}

/// The names of those whose results are wrong, with an example.
#[derive(Default)]
struct Wrong(Vec<std::string::String>);

impl Deref for Wrong {
    type Target = [std::string::String];
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

macro_rules! compare {
    ($(
        $shape:ident { $($name:ident $op:ident($($param:ty),+) -> $result:ty;)* }
        lanes $lanes:literal {
            $($lane:ident $lane_op:ident($($lane_param:ty),+) -> $lane_result:ty;)*
        }
        $(+ $other:ident)?
    )*) => {{
        let mut wrong = Wrong::default();
        let mut random = Random(1);
        let mut count = 0;
        $($(
            count += 1;
            for _ in 0..if cfg!(miri) { 10 } else { 20_000 } {
                let operands = black_box(($(<$param as Operand>::sample(&mut random),)+));
                let ours: $result = apply!(super::$shape::$name, operands, $($param),+);
                let theirs: $result = apply!(reference::$shape::$name, operands, $($param),+);
                if !ours.same(theirs, stringify!($shape)) {
                    wrong.0.push(std::format!(
                        "{}.{}{operands:x?}: {ours:x?}, not {theirs:x?}",
                        stringify!($shape), stringify!($name),
                    ));
                    break;
                }
            }
        )*)*
        (count, wrong)
    }};
}

macro_rules! apply {
    ($function:path, $operands:ident, $a:ty) => {
        $function($operands.0)
    };
    ($function:path, $operands:ident, $a:ty, $b:ty) => {
        $function($operands.0, $operands.1)
    };
    ($function:path, $operands:ident, $a:ty, $b:ty, $c:ty) => {
        $function($operands.0, $operands.1, $operands.2)
    };
}

#[test]
fn all_forms_give_the_same() {
    let (count, wrong) = instructions!(compare);
    // 256, less those with lanes, those that touch memory, and `v128.const`.
    assert_eq!(count, 256 - 15 - 22 - 1);
    assert!(wrong.is_empty(), "{:#?}", &*wrong);
}

#[test]
fn numbers_that_are_canonical_nans_stay_canonical() {
    let canonical = V128::from([f32::NAN; 4]);
    let magnitude = |vector: V128| <[u32; 4]>::from(vector).map(|bits| bits & (u32::MAX >> 1));
    let one = V128::from([1.0f32; 4]);
    for result in [
        super::f32x4::min(black_box(canonical), one),
        super::f32x4::max(one, black_box(canonical)),
        super::f32x4::nearest(black_box(canonical)),
        super::f32x4::trunc(black_box(canonical)),
        super::f32x4::sqrt(black_box(canonical)),
        super::f32x4::add(black_box(canonical), one),
    ] {
        assert_eq!(magnitude(result), magnitude(canonical));
    }
    let canonical = V128::from([f64::NAN; 2]);
    let magnitude = |vector: V128| <[u64; 2]>::from(vector).map(|bits| bits & (u64::MAX >> 1));
    let one = V128::from([1.0f64; 2]);
    for result in [
        super::f64x2::min(black_box(canonical), one),
        super::f64x2::max(one, black_box(canonical)),
        super::f64x2::nearest(black_box(canonical)),
        super::f64x2::trunc(black_box(canonical)),
        super::f64x2::sqrt(black_box(canonical)),
        super::f64x2::add(black_box(canonical), one),
    ] {
        assert_eq!(magnitude(result), magnitude(canonical));
    }
}

#[test]
fn lanes_and_conversions() {
    let bytes: [u8; 16] = core::array::from_fn(|place| place as u8 + 0x7c);
    let vector = V128::from(bytes);
    assert_eq!(vector.to_bits(), u128::from_le_bytes(bytes));
    assert_eq!(V128::from_bits(vector.to_bits()), vector);
    assert_eq!(<[u8; 16]>::from(vector), bytes);
    assert_eq!(super::i8x16::extract_lane_s::<3>(vector), 0x7f);
    assert_eq!(super::i8x16::extract_lane_s::<4>(vector), -0x80);
    assert_eq!(super::i8x16::extract_lane_u::<4>(vector), 0x80);
    assert_eq!(
        super::i16x8::extract_lane_s::<2>(vector),
        0x8180u16 as i16 as i32
    );
    assert_eq!(super::i16x8::extract_lane_u::<2>(vector), 0x8180);
    assert_eq!(super::i32x4::extract_lane::<0>(vector), 0x7f7e_7d7c);
    assert_eq!(
        super::i64x2::extract_lane::<1>(vector).to_le_bytes(),
        bytes[8..]
    );
    let replaced = super::i16x8::replace_lane::<7>(vector, 0x12_3456);
    assert_eq!(super::i16x8::extract_lane_u::<7>(replaced), 0x3456);
    assert_eq!(
        super::f32x4::extract_lane::<2>(super::f32x4::replace_lane::<2>(vector, 1.5)),
        1.5
    );
    assert_eq!(
        super::f64x2::extract_lane::<1>(super::f64x2::splat(-2.5)),
        -2.5
    );
    let shuffled = super::i8x16::shuffle::<0x100d_0c0b_0a09_0807_0605_0403_0201_001f>(
        vector,
        super::v128::not(vector),
    );
    let expected: [u8; 16] = core::array::from_fn(|place| match place {
        0 => !bytes[15],
        15 => !bytes[0],
        _ => bytes[place - 1],
    });
    assert_eq!(shuffled, V128::from(expected));
    assert_eq!(
        std::format!("{:?}", V128::from([1u8; 16])),
        "V128(0x01010101010101010101010101010101)"
    );
}
