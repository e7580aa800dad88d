//! Modules too large to be written by hand, and what they have to answer.
//!
//! The build script makes the modules and the tests compute the answers, so both include this
//! file.

#![allow(dead_code, reason = "of the two that include it each uses a part")]

use std::fmt::Write;

/// How many parameters a function has.
pub const PARAMETERS: u32 = 91;
/// How many data segments a module has.
pub const SEGMENTS: u32 = 20_000;
/// How many globals a module has.
pub const GLOBALS: u32 = 10_000;
/// How many bytes the long name has.
pub const LONG_NAME: usize = 5_000;

/// The type of a parameter of `many`.
fn parameter_type(place: u32) -> &'static str {
    ["i32", "i64", "f32", "f64"][place as usize % 4]
}

/// A function with many parameters, of all types, called directly and through a table.
pub fn parameters() -> String {
    let mut params = String::new();
    let mut gets = String::new();
    let mut sum = "f64.const 0\n".to_string();
    for place in 0..PARAMETERS {
        let value_type = parameter_type(place);
        let _ = write!(params, " {value_type}");
        let _ = write!(gets, "local.get {place} ");
        let convert = match value_type {
            "i32" => "f64.convert_i32_s",
            "i64" => "f64.convert_i64_s",
            "f32" => "f64.promote_f32",
            _ => "",
        };
        let _ = writeln!(
            sum,
            "local.get {place} {convert} f64.const {place} f64.mul f64.add"
        );
    }
    format!(
        "(module $parameters\n(type $many (func (param{params}) (result f64)))\n\
         (table funcref (elem $many))\n\
         (func $many (export \"many\") (type $many) {sum})\n\
         (func (export \"direct\") (type $many) {gets} call $many)\n\
         (func (export \"indirect\") (type $many) {gets} i32.const 0 call_indirect (type $many)))"
    )
}

/// The arguments of `many` as Rust, each three times its place, and what it answers to them.
pub fn arguments() -> (String, f64) {
    let mut arguments = String::new();
    let mut sum = 0.0;
    for place in 0..PARAMETERS {
        let point = if parameter_type(place).starts_with('f') {
            ".0"
        } else {
            ""
        };
        let _ = write!(arguments, "{}{point}, ", place * 3);
        sum += f64::from(place * 3) * f64::from(place);
    }
    (arguments, sum)
}

/// Data in many segments, some of them passive, and many globals.
pub fn segments() -> String {
    let mut text = "(module $segments\n(memory (export \"memory\") 8)\n".to_string();
    for index in 0..SEGMENTS {
        let (byte, other) = (index % 251, index % 241);
        let _ = if index % 100 == 99 {
            writeln!(text, "(data $p{index} \"\\{byte:02x}\\{other:02x}\")")
        } else {
            writeln!(
                text,
                "(data (i32.const {}) \"\\{byte:02x}\\{other:02x}\")",
                index * 16
            )
        };
    }
    let mut sum = "i64.const 0\n".to_string();
    for index in 0..GLOBALS {
        let mutable = if index % 3 == 0 { "(mut i64)" } else { "i64" };
        let _ = writeln!(text, "(global $g{index} {mutable} (i64.const {index}))");
        let _ = writeln!(
            sum,
            "global.get $g{index} i64.const {} i64.mul i64.add",
            index % 7
        );
    }
    let _ = writeln!(text, "(func (export \"globals\") (result i64)\n{sum})");
    text.push_str("(func (export \"init\") (param i32)\n");
    for index in (99..SEGMENTS).step_by(100) {
        let _ = writeln!(
            text,
            "i32.const {} i32.const 0 i32.const 2 memory.init $p{index}",
            index * 16
        );
    }
    text.push_str("))\n");
    text
}

/// What is in memory at the place of a segment.
pub fn segment(index: u32) -> [u8; 2] {
    [(index % 251) as u8, (index % 241) as u8]
}

/// What `globals` answers.
pub fn globals_sum() -> i64 {
    (0..i64::from(GLOBALS))
        .map(|index| index * (index % 7))
        .sum()
}

/// Exports and functions with names of several thousand bytes, which begin alike.
pub fn long_names() -> String {
    let name = "long ".repeat(LONG_NAME / 5);
    format!(
        "(module ${0}\n\
         (func (@name \"{name}1\") (export \"{name}1\") (result i32) (i32.const 1))\n\
         (func (@name \"{name}2\") (export \"{name}2\") (result i32) (i32.const 2)))",
        "long-".repeat(LONG_NAME / 5)
    )
}
