//! Values and types as tools see them, and the bare form that crosses into generated code.

use core::fmt;

use crate::exception::{Exception, ExnRef};
use crate::function::{Func, FuncRef};
use crate::simd::V128;

/// A value type (specification: *Syntax, Types, Value Types*).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ValueType {
    /// A 32-bit integer.
    I32,
    /// A 64-bit integer.
    I64,
    /// A 32-bit IEEE 754 number.
    F32,
    /// A 64-bit IEEE 754 number.
    F64,
    /// A vector of 128 bits.
    V128,
    /// A function or null.
    FuncRef,
    /// A value of the host's or null.
    ExternRef,
    /// An exception or null.
    ExnRef,
}

impl ValueType {
    /// A list of this type alone.
    pub(crate) fn as_slice(self) -> &'static [ValueType] {
        match self {
            ValueType::I32 => &[ValueType::I32],
            ValueType::I64 => &[ValueType::I64],
            ValueType::F32 => &[ValueType::F32],
            ValueType::F64 => &[ValueType::F64],
            ValueType::V128 => &[ValueType::V128],
            ValueType::FuncRef => &[ValueType::FuncRef],
            ValueType::ExternRef => &[ValueType::ExternRef],
            ValueType::ExnRef => &[ValueType::ExnRef],
        }
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ValueType::I32 => "i32",
            ValueType::I64 => "i64",
            ValueType::F32 => "f32",
            ValueType::F64 => "f64",
            ValueType::V128 => "v128",
            ValueType::FuncRef => "funcref",
            ValueType::ExternRef => "externref",
            ValueType::ExnRef => "exnref",
        })
    }
}

/// A function type: what a function takes and what it gives
/// (specification: *Syntax, Types, Function Types*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunctionType {
    /// The types of the parameters.
    pub params: &'static [ValueType],
    /// The types of the results.
    pub results: &'static [ValueType],
}

impl fmt::Display for FunctionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, types: &[ValueType]| {
            f.write_str("(")?;
            for (i, value_type) in types.iter().enumerate() {
                write!(f, "{}{value_type}", if i == 0 { "" } else { ", " })?;
            }
            f.write_str(")")
        };
        list(f, self.params)?;
        f.write_str(" -> ")?;
        list(f, self.results)
    }
}

/// An opaque number of the host's, passed through WebAssembly as an `externref`.
///
/// WebAssembly can hold it, compare it with null and hand it back, nothing else. What the number
/// stands for (an index, a key) is the host's affair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ExternRef(pub u64);

/// A value as the untyped view of an instance takes and gives it.
///
/// Floating-point numbers compare by their bits in [`Value::same_bits`]; `PartialEq` is left out
/// because a NaN would not equal itself.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Value {
    /// An `i32`.
    I32(i32),
    /// An `i64`.
    I64(i64),
    /// An `f32`.
    F32(f32),
    /// An `f64`.
    F64(f64),
    /// A `v128`.
    V128(V128),
    /// A `funcref`.
    FuncRef(Option<Func>),
    /// An `externref`.
    ExternRef(Option<ExternRef>),
    /// An `exnref`.
    ExnRef(Option<Exception>),
}

impl Value {
    /// The type of the value.
    pub fn value_type(&self) -> ValueType {
        match self {
            Value::I32(_) => ValueType::I32,
            Value::I64(_) => ValueType::I64,
            Value::F32(_) => ValueType::F32,
            Value::F64(_) => ValueType::F64,
            Value::V128(_) => ValueType::V128,
            Value::FuncRef(_) => ValueType::FuncRef,
            Value::ExternRef(_) => ValueType::ExternRef,
            Value::ExnRef(_) => ValueType::ExnRef,
        }
    }

    /// Whether both are of one type and have the same bits.
    pub fn same_bits(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::I32(a), Value::I32(b)) => a == b,
            (Value::I64(a), Value::I64(b)) => a == b,
            (Value::F32(a), Value::F32(b)) => a.to_bits() == b.to_bits(),
            (Value::F64(a), Value::F64(b)) => a.to_bits() == b.to_bits(),
            (Value::V128(a), Value::V128(b)) => a == b,
            (Value::FuncRef(a), Value::FuncRef(b)) => match (a, b) {
                (None, None) => true,
                (Some(a), Some(b)) => a.same(b),
                _ => false,
            },
            (Value::ExternRef(a), Value::ExternRef(b)) => a == b,
            (Value::ExnRef(a), Value::ExnRef(b)) => match (a, b) {
                (None, None) => true,
                (Some(a), Some(b)) => a.same(b),
                _ => false,
            },
            _ => false,
        }
    }
}

macro_rules! value_from {
    ($($variant:ident($rust:ty)),*) => {$(
        impl From<$rust> for Value {
            fn from(value: $rust) -> Value {
                Value::$variant(value)
            }
        }
    )*};
}
value_from!(
    I32(i32),
    I64(i64),
    F32(f32),
    F64(f64),
    V128(V128),
    ExternRef(Option<ExternRef>)
);

/// A value on its way into or out of generated code: plain bits without ownership.
#[derive(Clone, Copy, Debug)]
pub enum RawValue {
    /// An `i32`.
    I32(i32),
    /// An `i64`.
    I64(i64),
    /// An `f32`.
    F32(f32),
    /// An `f64`.
    F64(f64),
    /// A `v128`.
    V128(V128),
    /// A `funcref`.
    FuncRef(Option<FuncRef>),
    /// An `externref`.
    ExternRef(Option<ExternRef>),
    /// An `exnref`.
    ExnRef(Option<ExnRef>),
}

/// A Rust type that stands for a value type.
pub trait WasmType: Copy + 'static {
    /// The value type.
    const TYPE: ValueType;
    /// What a local of the type starts with.
    const ZERO: Self;
    /// The value, or [`WasmType::ZERO`] when `raw` is of another type.
    fn from_raw(raw: RawValue) -> Self;
    /// The value as plain bits.
    fn into_raw(self) -> RawValue;
}

macro_rules! wasm_type {
    ($($rust:ty, $variant:ident, $zero:expr;)*) => {$(
        impl WasmType for $rust {
            const TYPE: ValueType = ValueType::$variant;
            const ZERO: Self = $zero;
            fn from_raw(raw: RawValue) -> Self {
                match raw {
                    RawValue::$variant(value) => value,
                    _ => Self::ZERO,
                }
            }
            fn into_raw(self) -> RawValue {
                RawValue::$variant(self)
            }
        }
    )*};
}
wasm_type! {
    i32, I32, 0;
    i64, I64, 0;
    f32, F32, 0.0;
    f64, F64, 0.0;
    V128, V128, V128::ZERO;
    Option<FuncRef>, FuncRef, None;
    Option<ExternRef>, ExternRef, None;
    Option<ExnRef>, ExnRef, None;
}
