//! Tests of the numeric instructions, NaNs to the bit.
//!
//! Each operation is tried on numbers LLVM knows and on numbers it doesn't.

use core::hint::black_box;

use super::portable;
use super::*;
use crate::trap::{TrapKind, catch};

fn kind<R>(f: impl FnOnce() -> R) -> TrapKind {
    catch(f).err().expect("a trap").kind()
}

const F32_SIGNALLING: u32 = 0x7fa0_1234;
/// The bit that quiet NaNs have. The rest of them is the processor's choice.
const F32_QUIET: u32 = 0x0040_0000;
const F64_SIGNALLING: u64 = 0xfff4_0000_1234_5678;
const F64_QUIET: u64 = 0x0008_0000_0000_0000;

#[test]
fn divisions() {
    assert_eq!(
        kind(|| i32_div_s(1, black_box(0))),
        TrapKind::IntegerDivideByZero
    );
    assert_eq!(kind(|| i32_div_u(1, 0)), TrapKind::IntegerDivideByZero);
    assert_eq!(kind(|| i32_rem_s(1, 0)), TrapKind::IntegerDivideByZero);
    assert_eq!(kind(|| i32_rem_u(1, 0)), TrapKind::IntegerDivideByZero);
    assert_eq!(
        kind(|| i32_div_s(i32::MIN, black_box(-1))),
        TrapKind::IntegerOverflow
    );
    assert_eq!(kind(|| i64_div_s(1, 0)), TrapKind::IntegerDivideByZero);
    assert_eq!(
        kind(|| i64_div_u(1, black_box(0))),
        TrapKind::IntegerDivideByZero
    );
    assert_eq!(kind(|| i64_rem_s(1, 0)), TrapKind::IntegerDivideByZero);
    assert_eq!(kind(|| i64_rem_u(1, 0)), TrapKind::IntegerDivideByZero);
    assert_eq!(kind(|| i64_div_s(i64::MIN, -1)), TrapKind::IntegerOverflow);
    assert_eq!(i32_rem_s(black_box(i32::MIN), black_box(-1)), 0);
    assert_eq!(i64_rem_s(black_box(i64::MIN), black_box(-1)), 0);
    assert_eq!(
        (i32_div_s(-7, 2), i32_rem_s(-7, 2), i32_rem_s(7, -2)),
        (-3, -1, 1)
    );
    assert_eq!((i32_div_u(-7, 2), i32_rem_u(-7, 10)), (0x7fff_fffc, 9));
    assert_eq!((i64_div_s(-7, 2), i64_rem_s(-7, 2)), (-3, -1));
    assert_eq!(
        (i64_div_u(-7, 2), i64_rem_u(-7, 10)),
        (0x7fff_ffff_ffff_fffc, 9)
    );
    assert_eq!(
        (i32_div_u(i32::MIN, -1), i32_rem_u(i32::MIN, -1)),
        (0, i32::MIN)
    );
}

/// The truncation `$name` gives each `$result` for its `$number`, and traps for what is just beyond.
macro_rules! truncates {
    ($name:ident: $($number:expr => $result:expr),*; beyond $($beyond:expr),*) => {
        $(
            assert_eq!($name(black_box($number)), $result);
            assert_eq!($name($number), $result);
        )*
        for beyond in [$($beyond),*] {
            assert_eq!(kind(|| $name(black_box(beyond))), TrapKind::IntegerOverflow, "{beyond}");
        }
        let infinity = black_box(1.0 / 0.0);
        assert_eq!(kind(|| $name(infinity)), TrapKind::IntegerOverflow);
        assert_eq!(kind(|| $name(-infinity)), TrapKind::IntegerOverflow);
        assert_eq!(kind(|| $name(infinity - infinity)), TrapKind::InvalidConversionToInteger);
        assert_eq!(kind(|| $name(-(infinity - infinity))), TrapKind::InvalidConversionToInteger);
    };
}

#[test]
fn truncations() {
    truncates!(i32_trunc_f32_s: 1.9 => 1, -1.9 => -1, -0.0 => 0, -2147483648.0 => i32::MIN,
        2147483520.0 => 2147483520; beyond 2147483648.0, -2147483904.0);
    truncates!(i32_trunc_f32_u: 1.9 => 1, -0.9 => 0, 4294967040.0 => -256, 2147483648.0 => i32::MIN;
        beyond 4294967296.0, -1.0);
    truncates!(i32_trunc_f64_s: 1.9 => 1, 2147483647.9 => i32::MAX, -2147483648.9 => i32::MIN;
        beyond 2147483648.0, -2147483649.0);
    truncates!(i32_trunc_f64_u: -0.99 => 0, 4294967295.9 => -1; beyond 4294967296.0, -1.0);
    truncates!(i64_trunc_f32_s: -1.9 => -1, -9223372036854775808.0 => i64::MIN,
        9223371487098961920.0 => 9223371487098961920; beyond 9223372036854775808.0, -9223373136366403584.0);
    truncates!(i64_trunc_f32_u: -0.9 => 0, 18446742974197923840.0 => -1099511627776,
        9223372036854775808.0 => i64::MIN; beyond 18446744073709551616.0, -1.0);
    truncates!(i64_trunc_f64_s: -1.9 => -1, -9223372036854775808.0 => i64::MIN,
        9223372036854774784.0 => 9223372036854774784; beyond 9223372036854775808.0, -9223372036854777856.0);
    truncates!(i64_trunc_f64_u: -0.9 => 0, 18446744073709549568.0 => -2048,
        9223372036854775808.0 => i64::MIN; beyond 18446744073709551616.0, -1.0);
}

/// Checks operations on one number: those that compute make a NaN quiet; those on the sign do not.
macro_rules! on_nans {
    ($float:ident, $signalling:ident, $quiet:ident;
     $nearest:ident $ceil:ident $floor:ident $trunc:ident $sqrt:ident
     $min:ident $max:ident $abs:ident $neg:ident $copysign:ident) => {
        let sign = $float::to_bits(-0.0);
        for signalling in [
            $float::from_bits($signalling),
            black_box($float::from_bits($signalling)),
        ] {
            for (name, result) in [
                ("nearest", $nearest(signalling)),
                ("ceil", $ceil(signalling)),
                ("floor", $floor(signalling)),
                ("trunc", $trunc(signalling)),
                ("sqrt", $sqrt(signalling)),
                ("portable nearest", portable::$nearest(signalling)),
                ("portable ceil", portable::$ceil(signalling)),
                ("portable floor", portable::$floor(signalling)),
                ("portable trunc", portable::$trunc(signalling)),
                ("portable sqrt", portable::$sqrt(signalling)),
                ("min", $min(signalling, 1.0)),
                ("min", $min(-0.0, signalling)),
                ("min", $min(signalling, black_box(signalling))),
                ("max", $max(signalling, 1.0)),
                ("max", $max(0.0, signalling)),
                ("max", $max(black_box(signalling), signalling)),
                ("* 1", signalling * opaque(1.0)),
                ("- 0", signalling - opaque(0.0)),
                ("+ -0", signalling + opaque(-0.0)),
                ("/ 1", signalling / opaque(1.0)),
            ] {
                assert!(
                    result.is_nan() && result.to_bits() & $quiet == $quiet,
                    "{name}"
                );
            }
            assert_eq!($abs(signalling).to_bits(), $signalling & !sign);
            assert_eq!($neg(signalling).to_bits(), $signalling ^ sign);
            assert_eq!($copysign(signalling, 1.0).to_bits(), $signalling & !sign);
            assert_eq!($copysign(signalling, -1.0).to_bits(), $signalling | sign);
            assert_eq!(
                $copysign(1.0, -signalling).is_sign_negative(),
                $signalling & sign == 0
            );
        }
        // Canonical NaNs stay canonical.
        let canonical = black_box($float::NAN);
        for result in [
            $nearest(canonical),
            $ceil(canonical),
            $floor(canonical),
            $trunc(canonical),
            $sqrt(canonical),
            $min(canonical, 1.0),
            $max(1.0, canonical),
            $min(canonical, canonical),
        ] {
            assert_eq!(result.to_bits() & !sign, $float::NAN.to_bits() & !sign);
        }
        assert_eq!(
            $sqrt(black_box(-1.0)).to_bits() & !sign,
            $float::NAN.to_bits() & !sign
        );
        assert_eq!(
            portable::$sqrt(black_box(-1.0)).to_bits() & !sign,
            $float::NAN.to_bits() & !sign
        );
    };
}

#[test]
fn nans_f32() {
    use opaque_f32 as opaque;
    on_nans!(f32, F32_SIGNALLING, F32_QUIET;
        f32_nearest f32_ceil f32_floor f32_trunc f32_sqrt f32_min f32_max f32_abs f32_neg f32_copysign);
}

#[test]
fn nans_f64() {
    use opaque_f64 as opaque;
    on_nans!(f64, F64_SIGNALLING, F64_QUIET;
        f64_nearest f64_ceil f64_floor f64_trunc f64_sqrt f64_min f64_max f64_abs f64_neg f64_copysign);
}

#[test]
fn conversions_make_nans_quiet() {
    for x in [
        f32::from_bits(F32_SIGNALLING),
        black_box(f32::from_bits(F32_SIGNALLING)),
    ] {
        assert_eq!(f64_promote_f32(x).to_bits() & F64_QUIET, F64_QUIET);
        assert_eq!(
            f32_demote_f64(f64_promote_f32(x)).to_bits() & F32_QUIET,
            F32_QUIET
        );
    }
    for x in [
        f64::from_bits(F64_SIGNALLING),
        black_box(f64::from_bits(F64_SIGNALLING)),
    ] {
        assert_eq!(f32_demote_f64(x).to_bits() & F32_QUIET, F32_QUIET);
    }
    assert_eq!(f32_demote_f64(1e300), f32::INFINITY);
    assert_eq!(f32_demote_f64(black_box(1.0 + 1e-9)), 1.0);
    assert_eq!(f64_promote_f32(0.1), 0.10000000149011612);
}

#[test]
fn least_and_greatest() {
    for (a, b) in [
        (1.0, 2.0),
        (-0.0, 0.0),
        (-1.0, 1.0),
        (f64::NEG_INFINITY, f64::INFINITY),
        (0.5, 0.5),
    ] {
        let (x, y) = (black_box(a), black_box(b));
        for (x, y) in [(x, y), (y, x)] {
            assert_eq!(f64_min(x, y).to_bits(), a.to_bits());
            assert_eq!(f64_max(x, y).to_bits(), b.to_bits());
            assert_eq!(f32_min(x as f32, y as f32).to_bits(), (a as f32).to_bits());
            assert_eq!(f32_max(x as f32, y as f32).to_bits(), (b as f32).to_bits());
        }
    }
}

/// Many numbers: all exponents, with some fractions, and those around whole numbers.
macro_rules! numbers {
    ($float:ident, $bits:ident, $fraction:literal) => {{
        let mut random: u64 = 1;
        let exponents = 0..(1 as $bits) << ($bits::BITS - 1 - $fraction);
        let exponents = exponents.step_by(if cfg!(miri) { 29 } else { 1 });
        let around = (-40..40).map(|i| i as $float / 8.0);
        exponents
            .flat_map(move |exponent| {
                let fractions: [$bits; 8] = core::array::from_fn(|i| {
                    random = random
                        .wrapping_mul(6364136223846793005)
                        .wrapping_add(1442695040888963407);
                    match i {
                        0 => 0,
                        1 => (1 << $fraction) - 1,
                        2 => 1,
                        _ => (random >> 11) as $bits & ((1 << $fraction) - 1),
                    }
                });
                fractions
                    .into_iter()
                    .map(move |fraction| $float::from_bits((exponent << $fraction) | fraction))
            })
            .flat_map(|x| [x, -x])
            .chain(around)
    }};
}

#[test]
fn the_portable_forms_agree_with_the_library() {
    for x in numbers!(f32, u32, 23).filter(|x| !x.is_nan()) {
        for (ours, portable, library) in [
            (
                f32_nearest(x),
                portable::f32_nearest(x),
                x.round_ties_even(),
            ),
            (f32_ceil(x), portable::f32_ceil(x), x.ceil()),
            (f32_floor(x), portable::f32_floor(x), x.floor()),
            (f32_trunc(x), portable::f32_trunc(x), x.trunc()),
            (
                f32_sqrt(x.abs()),
                portable::f32_sqrt(x.abs()),
                x.abs().sqrt(),
            ),
        ] {
            assert_eq!(
                (ours.to_bits(), portable.to_bits()),
                (library.to_bits(), library.to_bits()),
                "{x}"
            );
        }
    }
    for x in numbers!(f64, u64, 52).filter(|x| !x.is_nan()) {
        for (ours, portable, library) in [
            (
                f64_nearest(x),
                portable::f64_nearest(x),
                x.round_ties_even(),
            ),
            (f64_ceil(x), portable::f64_ceil(x), x.ceil()),
            (f64_floor(x), portable::f64_floor(x), x.floor()),
            (f64_trunc(x), portable::f64_trunc(x), x.trunc()),
            (
                f64_sqrt(x.abs()),
                portable::f64_sqrt(x.abs()),
                x.abs().sqrt(),
            ),
        ] {
            assert_eq!(
                (ours.to_bits(), portable.to_bits()),
                (library.to_bits(), library.to_bits()),
                "{x}"
            );
        }
    }
}
