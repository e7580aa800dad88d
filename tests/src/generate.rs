//! Modules too large to be written by hand, and what they have to answer.
//!
//! The build script makes the modules and the tests compute the answers, so both include this
//! file.

#![allow(dead_code, reason = "of the two that include it each uses a part")]

use std::fmt::Write;

/// How deep blocks are nested, and how many targets their `br_table` has.
pub const BLOCKS: u32 = 5_000;
/// How deep loops are nested.
pub const LOOPS: u32 = 1_000;
/// How deep `if`s are nested.
pub const IFS: u32 = 1_000;
/// How deep blocks with results are nested.
pub const VALUES: u32 = 1_500;
/// How many parameters a function has.
pub const PARAMETERS: u32 = 91;
/// How many data segments a module has.
pub const SEGMENTS: u32 = 20_000;
/// How many globals a module has.
pub const GLOBALS: u32 = 10_000;
/// How many bytes the long name has.
pub const LONG_NAME: usize = 5_000;

/// Deep nesting of every kind.
pub fn deep() -> String {
    format!(
        "(module $deep\n{}{}{}{}{})",
        switch(),
        falling(),
        loops(),
        ifs(),
        values()
    )
}

/// A switch as compilers write it: a block for each case, the table in the innermost.
fn switch() -> String {
    let mut text = "(func (export \"switch\") (param i32) (result i32)\n".to_string();
    for _ in 0..=BLOCKS {
        text.push_str("block ");
    }
    text.push_str("\nlocal.get 0\nbr_table");
    for target in 0..=BLOCKS {
        let _ = write!(text, " {target}");
    }
    for case in 0..BLOCKS {
        let _ = write!(text, "\nend i32.const {} return", answer_of_case(case));
    }
    text.push_str("\nend i32.const -1)\n");
    text
}

fn answer_of_case(case: u32) -> u32 {
    case * 7 + 3
}

/// What `switch` answers.
pub fn switched(case: u32) -> i32 {
    if case < BLOCKS {
        answer_of_case(case).cast_signed()
    } else {
        -1
    }
}

/// The same, but each case falls through to the next.
fn falling() -> String {
    let mut text = "(func (export \"fall\") (param i32) (result i32) (local i32)\n".to_string();
    for _ in 0..=BLOCKS {
        text.push_str("block ");
    }
    text.push_str("\nlocal.get 0\nbr_table");
    for target in 0..=BLOCKS {
        let _ = write!(text, " {target}");
    }
    for case in 0..BLOCKS {
        let _ = write!(
            text,
            "\nend local.get 1 i32.const 31 i32.mul i32.const {case} i32.add local.set 1"
        );
    }
    text.push_str("\nend local.get 1)\n");
    text
}

/// What `fall` answers.
pub fn fallen(case: u32) -> i32 {
    let sum = (case..BLOCKS).fold(0_u32, |sum, case| sum.wrapping_mul(31).wrapping_add(case));
    sum.cast_signed()
}

/// Loops in loops, which count how often they begin. In the innermost a table says which to
/// repeat, until that happened often enough.
fn loops() -> String {
    let mut text =
        "(func (export \"loops\") (param $times i32) (result i32) (local $count i32)\n".to_string();
    for _ in 0..LOOPS {
        text.push_str("loop local.get $count i32.const 1 i32.add local.set $count\n");
    }
    text.push_str(
        "local.get $times i32.eqz if local.get $count return end\n\
         local.get $times i32.const 1 i32.sub local.set $times\n",
    );
    let _ = write!(
        text,
        "local.get $count i32.const {LOOPS} i32.rem_u br_table"
    );
    // The innermost is 0; the last is for what does not occur.
    for target in 0..LOOPS {
        let _ = write!(text, " {target}");
    }
    text.push_str(" 0\n");
    for _ in 0..LOOPS {
        text.push_str("end ");
    }
    text.push_str("unreachable)\n");
    text
}

/// What `loops` answers.
pub fn looped(times: u32) -> i32 {
    let mut count = LOOPS;
    for _ in 0..times {
        // Repeating loop n from the innermost begins n others in it.
        count += count % LOOPS + 1;
    }
    count.cast_signed()
}

/// `if`s in `if`s, one for each bit pattern that goes on.
fn ifs() -> String {
    let mut text = "(func (export \"ifs\") (param i32) (result i32)\n".to_string();
    for depth in 0..IFS {
        let _ = writeln!(
            text,
            "local.get 0 i32.const {depth} i32.gt_u if (result i32)"
        );
    }
    text.push_str("i32.const 1000000\n");
    for depth in (0..IFS).rev() {
        let _ = writeln!(text, "i32.const 1 i32.add else i32.const {} end", depth * 3);
    }
    text.push_str(")\n");
    text
}

/// What `ifs` answers.
pub fn chosen(value: u32) -> i32 {
    let depth = value.min(IFS);
    let inner = if depth == IFS { 1_000_000 } else { depth * 3 };
    (inner + depth).cast_signed()
}

/// Blocks with a result in each other, which a branch leaves early.
fn values() -> String {
    let mut text = "(func (export \"values\") (param i32) (result i64)\n".to_string();
    for _ in 0..VALUES {
        text.push_str("block (result i64) ");
    }
    text.push_str("\ni64.const 1\n");
    for depth in 0..VALUES {
        // Leaves two blocks at once where there are two.
        let out = u32::from(depth + 1 < VALUES);
        let _ = writeln!(
            text,
            "local.get 0 i32.const {depth} i32.eq br_if {out} i64.const 3 i64.mul i64.const 1 \
             i64.add end"
        );
    }
    text.push_str(")\n");
    text
}

/// What `values` answers.
pub fn valued(leave: u32) -> i64 {
    let mut value = 1_i64;
    let mut depth = 0;
    while depth < VALUES {
        if depth == leave {
            // The rest of this block is left out, and that of the next.
            depth += 2;
            continue;
        }
        value = value.wrapping_mul(3).wrapping_add(1);
        depth += 1;
    }
    value
}

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
