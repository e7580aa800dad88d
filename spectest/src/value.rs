//! What scripts expect of values.

use std::fmt;

use spectest_runner::{Any, Value};
use wast::core::{AbstractHeapType, HeapType, NanPattern, V128Pattern, WastArgCore, WastRetCore};
use wast::token::{F32, F64};
use wast::{WastArg, WastRet};

/// What a result has to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    /// Just this, bit for bit.
    Exactly(Value),
    /// `nan:canonical` of an `f32`: the quiet bit alone, and any sign.
    CanonicalNan32,
    /// `nan:arithmetic` of an `f32`: the quiet bit, and any others.
    ArithmeticNan32,
    /// `nan:canonical` of an `f64`.
    CanonicalNan64,
    /// `nan:arithmetic` of an `f64`.
    ArithmeticNan64,
    /// A vector of patterns for `f32` or `f64`, the lowest lane first.
    Lanes(Vec<Pattern>),
    /// A null reference of any type.
    Null,
    /// Any function.
    Function,
    /// Any value of the host's.
    Host,
    /// A reference to anything, but null.
    Anything,
    /// One of these.
    Either(Vec<Pattern>),
    /// Something that this suite does not know how to look at.
    Unknown(String),
}

impl Pattern {
    /// From the parser's form.
    pub fn new(result: &WastRet<'_>) -> Pattern {
        match result {
            WastRet::Core(core) => Pattern::core(core),
            other => Pattern::Unknown(format!("{other:?}")),
        }
    }

    fn core(result: &WastRetCore<'_>) -> Pattern {
        match result {
            WastRetCore::I32(value) => Pattern::Exactly(Value::I32(value.cast_unsigned())),
            WastRetCore::I64(value) => Pattern::Exactly(Value::I64(value.cast_unsigned())),
            WastRetCore::F32(pattern) => Pattern::f32(pattern),
            WastRetCore::F64(pattern) => Pattern::f64(pattern),
            WastRetCore::V128(pattern) => Pattern::v128(pattern),
            WastRetCore::RefNull(None) => Pattern::Null,
            WastRetCore::RefNull(Some(heap_type)) => match null(heap_type) {
                Some(value) => Pattern::Exactly(value),
                // Of a type of the module's own; which, the call has told.
                None => Pattern::Null,
            },
            WastRetCore::RefExtern(Some(key)) => {
                Pattern::Exactly(Value::ExternRef(Some(u64::from(*key))))
            }
            WastRetCore::RefExtern(None) => Pattern::Host,
            WastRetCore::RefFunc(_) => Pattern::Function,
            WastRetCore::Either(cases) => {
                Pattern::Either(cases.iter().map(Pattern::core).collect())
            }
            WastRetCore::RefHost(key) => {
                Pattern::Exactly(Value::AnyRef(Any::Host(u64::from(*key))))
            }
            WastRetCore::RefAny => Pattern::Anything,
            WastRetCore::RefEq => Pattern::Either(vec![
                Pattern::Exactly(Value::AnyRef(Any::I31)),
                Pattern::Exactly(Value::AnyRef(Any::Struct)),
                Pattern::Exactly(Value::AnyRef(Any::Array)),
            ]),
            WastRetCore::RefArray => Pattern::Exactly(Value::AnyRef(Any::Array)),
            WastRetCore::RefStruct => Pattern::Exactly(Value::AnyRef(Any::Struct)),
            WastRetCore::RefI31 => Pattern::Exactly(Value::AnyRef(Any::I31)),
            other => Pattern::Unknown(format!("{other:?}")),
        }
    }

    fn f32(pattern: &NanPattern<F32>) -> Pattern {
        match pattern {
            NanPattern::CanonicalNan => Pattern::CanonicalNan32,
            NanPattern::ArithmeticNan => Pattern::ArithmeticNan32,
            NanPattern::Value(value) => Pattern::Exactly(Value::F32(value.bits)),
        }
    }

    fn f64(pattern: &NanPattern<F64>) -> Pattern {
        match pattern {
            NanPattern::CanonicalNan => Pattern::CanonicalNan64,
            NanPattern::ArithmeticNan => Pattern::ArithmeticNan64,
            NanPattern::Value(value) => Pattern::Exactly(Value::F64(value.bits)),
        }
    }

    fn v128(pattern: &V128Pattern) -> Pattern {
        let bytes = |bytes: Vec<u8>| {
            let bits = bytes
                .iter()
                .rev()
                .fold(0, |bits, &byte| bits << 8 | u128::from(byte));
            Pattern::Exactly(Value::V128(bits))
        };
        match pattern {
            V128Pattern::I8x16(lanes) => {
                bytes(lanes.iter().flat_map(|lane| lane.to_le_bytes()).collect())
            }
            V128Pattern::I16x8(lanes) => {
                bytes(lanes.iter().flat_map(|lane| lane.to_le_bytes()).collect())
            }
            V128Pattern::I32x4(lanes) => {
                bytes(lanes.iter().flat_map(|lane| lane.to_le_bytes()).collect())
            }
            V128Pattern::I64x2(lanes) => {
                bytes(lanes.iter().flat_map(|lane| lane.to_le_bytes()).collect())
            }
            V128Pattern::F32x4(lanes) => Pattern::Lanes(lanes.iter().map(Pattern::f32).collect()),
            V128Pattern::F64x2(lanes) => Pattern::Lanes(lanes.iter().map(Pattern::f64).collect()),
        }
    }

    /// Whether `value` is what is expected.
    pub fn matches(&self, value: &Value) -> bool {
        match (self, *value) {
            (Pattern::Exactly(expected), _) => expected == value,
            (Pattern::CanonicalNan32, Value::F32(bits)) => bits & 0x7fff_ffff == 0x7fc0_0000,
            (Pattern::ArithmeticNan32, Value::F32(bits)) => bits & 0x7fc0_0000 == 0x7fc0_0000,
            (Pattern::CanonicalNan64, Value::F64(bits)) => bits & (u64::MAX >> 1) == QUIET_NAN_64,
            (Pattern::ArithmeticNan64, Value::F64(bits)) => bits & QUIET_NAN_64 == QUIET_NAN_64,
            (Pattern::Lanes(lanes), Value::V128(bits)) => {
                lanes.iter().enumerate().all(|(index, lane)| {
                    let width = 128 / lanes.len();
                    let bits = bits >> (index * width);
                    // The lanes are the low bits of what is left.
                    #[allow(clippy::cast_possible_truncation)]
                    let value = if width == 32 {
                        Value::F32(bits as u32)
                    } else {
                        Value::F64(bits as u64)
                    };
                    lane.matches(&value)
                })
            }
            (Pattern::Null, Value::FuncRef { null }) => null,
            (Pattern::Null, Value::ExternRef(reference)) => reference.is_none(),
            (Pattern::Null, Value::ExnRef { null }) => null,
            (Pattern::Null, Value::AnyRef(any)) => any == Any::Null,
            (Pattern::Anything, Value::AnyRef(any)) => any != Any::Null,
            (Pattern::Function, Value::FuncRef { null }) => !null,
            (Pattern::Host, Value::ExternRef(reference)) => reference.is_some(),
            (Pattern::Either(patterns), _) => patterns.iter().any(|pattern| pattern.matches(value)),
            _ => false,
        }
    }
}

const QUIET_NAN_64: u64 = 0x7ff8_0000_0000_0000;

/// The null that a script writes `ref.null` with this type.
fn null(heap_type: &HeapType<'_>) -> Option<Value> {
    let HeapType::Abstract { shared: false, ty } = heap_type else {
        return None;
    };
    match ty {
        AbstractHeapType::Func | AbstractHeapType::NoFunc => Some(Value::FuncRef { null: true }),
        AbstractHeapType::Extern | AbstractHeapType::NoExtern => Some(Value::ExternRef(None)),
        AbstractHeapType::Exn | AbstractHeapType::NoExn => Some(Value::ExnRef { null: true }),
        AbstractHeapType::Any
        | AbstractHeapType::Eq
        | AbstractHeapType::I31
        | AbstractHeapType::Struct
        | AbstractHeapType::Array
        | AbstractHeapType::None => Some(Value::AnyRef(Any::Null)),
        _ => None,
    }
}

/// An argument of a call.
///
/// # Errors
/// What it is, when this suite has no such value.
pub fn argument(argument: &WastArg<'_>) -> Result<Value, String> {
    let WastArg::Core(core) = argument else {
        return Err(format!("{argument:?}"));
    };
    Ok(match core {
        WastArgCore::I32(value) => Value::I32(value.cast_unsigned()),
        WastArgCore::I64(value) => Value::I64(value.cast_unsigned()),
        WastArgCore::F32(value) => Value::F32(value.bits),
        WastArgCore::F64(value) => Value::F64(value.bits),
        WastArgCore::V128(value) => Value::V128(u128::from_le_bytes(value.to_le_bytes())),
        WastArgCore::RefNull(heap_type) => {
            null(heap_type).ok_or_else(|| format!("null of {heap_type:?}"))?
        }
        WastArgCore::RefExtern(key) => Value::ExternRef(Some(u64::from(*key))),
        WastArgCore::RefHost(key) => Value::AnyRef(Any::Host(u64::from(*key))),
    })
}

/// A value as messages show it.
pub struct Shown<'a>(pub &'a Value);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self.0 {
            Value::I32(bits) => write!(f, "i32 {}", bits.cast_signed()),
            Value::I64(bits) => write!(f, "i64 {}", bits.cast_signed()),
            Value::F32(bits) => write!(f, "f32 {} ({bits:#010x})", f32::from_bits(bits)),
            Value::F64(bits) => write!(f, "f64 {} ({bits:#018x})", f64::from_bits(bits)),
            Value::V128(bits) => write!(f, "v128 {bits:#034x}"),
            Value::FuncRef { null: true } => f.write_str("null funcref"),
            Value::FuncRef { null: false } => f.write_str("a function"),
            Value::ExternRef(None) => f.write_str("null externref"),
            Value::ExternRef(Some(key)) => write!(f, "externref {key}"),
            Value::ExnRef { null: true } => f.write_str("null exnref"),
            Value::ExnRef { null: false } => f.write_str("an exception"),
            Value::AnyRef(any) => write!(f, "anyref {any:?}"),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pattern::Exactly(value) => Shown(value).fmt(f),
            Pattern::CanonicalNan32 => f.write_str("f32 nan:canonical"),
            Pattern::ArithmeticNan32 => f.write_str("f32 nan:arithmetic"),
            Pattern::CanonicalNan64 => f.write_str("f64 nan:canonical"),
            Pattern::ArithmeticNan64 => f.write_str("f64 nan:arithmetic"),
            Pattern::Lanes(lanes) => write!(f, "v128 {}", List(lanes)),
            Pattern::Null => f.write_str("null"),
            Pattern::Function => f.write_str("a function"),
            Pattern::Host => f.write_str("an externref"),
            Pattern::Either(patterns) => write!(f, "either {}", List(patterns)),
            Pattern::Anything => f.write_str("a reference"),
            Pattern::Unknown(what) => write!(f, "{what}, which this suite can't judge"),
        }
    }
}

/// Several as messages show them.
pub struct List<'a, T>(pub &'a [T]);

impl<T: fmt::Display> fmt::Display for List<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (index, item) in self.0.iter().enumerate() {
            write!(f, "{}{item}", if index == 0 { "" } else { ", " })?;
        }
        f.write_str("]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nans() {
        let f32s = |pattern: &Pattern| {
            [
                0x7fc0_0000,
                0xffc0_0000,
                0x7fc0_0001,
                0x7fa0_0000,
                0x7f80_0000,
                0,
            ]
            .map(|bits| pattern.matches(&Value::F32(bits)))
        };
        assert_eq!(
            f32s(&Pattern::CanonicalNan32),
            [true, true, false, false, false, false]
        );
        assert_eq!(
            f32s(&Pattern::ArithmeticNan32),
            [true, true, true, false, false, false]
        );
        let f64s = |pattern: &Pattern| {
            [
                0x7ff8 << 48,
                0xfff8 << 48,
                (0x7ff8 << 48) + 1,
                0x7ff4 << 48,
                0x7ff0 << 48,
                0,
            ]
            .map(|bits| pattern.matches(&Value::F64(bits)))
        };
        assert_eq!(
            f64s(&Pattern::CanonicalNan64),
            [true, true, false, false, false, false]
        );
        assert_eq!(
            f64s(&Pattern::ArithmeticNan64),
            [true, true, true, false, false, false]
        );
        assert!(!Pattern::CanonicalNan32.matches(&Value::F64(0x7ff8 << 48)));
    }

    #[test]
    fn values_and_their_types() {
        assert!(!Pattern::Exactly(Value::I32(0)).matches(&Value::I64(0)));
        assert!(!Pattern::Exactly(Value::F32(0)).matches(&Value::F32(1 << 31)));
        assert!(Pattern::Null.matches(&Value::ExternRef(None)));
        assert!(!Pattern::Null.matches(&Value::I32(0)));
        assert!(!Pattern::Function.matches(&Value::FuncRef { null: true }));
        let either = Pattern::Either(vec![Pattern::Null, Pattern::Exactly(Value::I32(1))]);
        assert!(either.matches(&Value::I32(1)) && !either.matches(&Value::I32(2)));
        assert!(!Pattern::Unknown(String::new()).matches(&Value::I32(0)));
        let lanes = Pattern::Lanes(vec![
            Pattern::Exactly(Value::F64(1)),
            Pattern::CanonicalNan64,
        ]);
        assert!(lanes.matches(&Value::V128((0x7ff8 << 112) | 1)));
        assert!(!lanes.matches(&Value::V128(0x7ff8 << 112)));
    }
}
