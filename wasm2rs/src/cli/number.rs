//! Arguments of functions on the command line.

use crate::module::{FunctionType, ValueType};
use crate::native::{Argument, Failure};

/// Reads the arguments of the function `name` by its type.
///
/// # Errors
/// When they are too few or too many, or one is not of its type.
pub fn arguments(
    name: &str,
    function_type: &FunctionType,
    words: &[String],
) -> Result<Vec<Argument>, Failure> {
    let params = &function_type.params;
    if params.len() != words.len() {
        let message = format!(
            "`{name}` takes {}, {} given",
            count(params.len()),
            if words.len() == 1 {
                "1 is".to_string()
            } else {
                format!("{} are", words.len())
            },
        );
        let types: Vec<_> = params.iter().map(|&param| type_name(param)).collect();
        return Err(Failure::new(message).help(format!("its parameters: ({})", types.join(", "))));
    }
    let pairs = params.iter().zip(words).enumerate();
    let arguments = pairs.map(|(index, (&param, word))| {
        argument(param, word).ok_or_else(|| {
            let message = format!(
                "argument {} of `{name}` is no {}: `{word}`",
                index + 1,
                type_name(param)
            );
            Failure::new(message).help(match param {
                ValueType::I32 | ValueType::I64 => {
                    "integers are decimal (-5) or hexadecimal (0xff), and fit their type"
                }
                ValueType::F32 | ValueType::F64 => "numbers are like 1.5, -2e10, inf or nan",
                ValueType::V128 => "vectors are the number of their bits, like 0xff or 255",
                ValueType::FuncRef | ValueType::ExternRef | ValueType::ExnRef => {
                    "references can't be given on the command line; call it from Rust"
                }
            })
        })
    });
    arguments.collect()
}

fn count(params: usize) -> String {
    match params {
        0 => "no arguments".to_string(),
        1 => "1 argument".to_string(),
        count => format!("{count} arguments"),
    }
}

/// The type's name in the text format.
pub fn type_name(value_type: ValueType) -> &'static str {
    match value_type {
        ValueType::I32 => "i32",
        ValueType::I64 => "i64",
        ValueType::F32 => "f32",
        ValueType::F64 => "f64",
        ValueType::V128 => "v128",
        ValueType::FuncRef => "funcref",
        ValueType::ExternRef => "externref",
        ValueType::ExnRef => "exnref",
    }
}

fn argument(value_type: ValueType, word: &str) -> Option<Argument> {
    let bits = match value_type {
        ValueType::I32 => {
            let number = integer(word)?;
            let fits = (i128::from(i32::MIN)..=i128::from(u32::MAX)).contains(&number);
            fits.then_some(u128::from(number as u32))?
        }
        ValueType::I64 => {
            let number = integer(word)?;
            let fits = (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&number);
            fits.then_some(u128::from(number as u64))?
        }
        ValueType::F32 => u128::from(word.parse::<f32>().ok()?.to_bits()),
        ValueType::F64 => u128::from(word.parse::<f64>().ok()?.to_bits()),
        ValueType::V128 => match word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
            Some(digits) if digits.starts_with('+') => return None,
            Some(digits) => u128::from_str_radix(digits, 16).ok()?,
            None => word.parse().ok()?,
        },
        ValueType::FuncRef | ValueType::ExternRef | ValueType::ExnRef => return None,
    };
    Some(Argument {
        value_type: type_name(value_type),
        bits,
    })
}

/// An integer, signed or not, decimal or hexadecimal.
fn integer(word: &str) -> Option<i128> {
    let (negative, digits) = match word.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, word.strip_prefix('+').unwrap_or(word)),
    };
    // `parse` would take a second sign.
    if digits.starts_with(['-', '+']) {
        return None;
    }
    let number = match digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"))
    {
        Some(digits) if digits.starts_with(['-', '+']) => return None,
        Some(digits) => i128::from_str_radix(digits, 16).ok()?,
        None => digits.parse().ok()?,
    };
    Some(if negative { -number } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_read_by_type() {
        let bits = |value_type, word| argument(value_type, word).map(|argument| argument.bits);
        assert_eq!(bits(ValueType::I32, "-1"), Some(0xffff_ffff));
        assert_eq!(bits(ValueType::I32, "4294967295"), Some(0xffff_ffff));
        assert_eq!(bits(ValueType::I32, "4294967296"), None);
        assert_eq!(bits(ValueType::I32, "0x10"), Some(16));
        assert_eq!(bits(ValueType::I32, "-0x10"), Some(0xffff_fff0));
        assert_eq!(bits(ValueType::I64, "-9223372036854775808"), Some(1 << 63));
        assert_eq!(bits(ValueType::I64, "-9223372036854775809"), None);
        for word in ["", "-", "--1", "+-1", "0x", "0x-1", "1.0", "a", " 1"] {
            assert_eq!(bits(ValueType::I64, word), None, "{word:?}");
        }
    }

    #[test]
    fn floats_are_read_by_type() {
        let bits = |value_type, word| argument(value_type, word).map(|argument| argument.bits);
        assert_eq!(
            bits(ValueType::F32, "1.5"),
            Some(u128::from(1.5f32.to_bits()))
        );
        assert_eq!(
            bits(ValueType::F64, "-inf"),
            Some(u128::from(f64::NEG_INFINITY.to_bits()))
        );
        assert_eq!(bits(ValueType::F64, "one"), None);
        assert_eq!(bits(ValueType::FuncRef, "0"), None);
    }

    #[test]
    fn vectors_are_read_as_numbers() {
        let bits = |word| argument(ValueType::V128, word).map(|argument| argument.bits);
        assert_eq!(bits("0xffffffffffffffffffffffffffffffff"), Some(u128::MAX));
        assert_eq!(bits("10"), Some(10));
        for word in [
            "",
            "-1",
            "0x",
            "0x+1",
            "0x100000000000000000000000000000000",
        ] {
            assert_eq!(bits(word), None, "{word:?}");
        }
    }
}
