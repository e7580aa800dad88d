//! A survey as aligned text.

use std::fmt::Write;

use super::survey::Survey;
use crate::native::{bytes, time};

/// How long a name may be before its middle is left out.
const NAME_LENGTH: usize = 60;

/// The survey for people.
pub fn text(survey: &Survey) -> String {
    let mut text = String::new();
    header(&mut text, survey);
    let rows = survey.proposals.iter().map(|proposal| {
        let supported = if proposal.supported {
            "supported"
        } else {
            "NOT SUPPORTED YET"
        };
        let part_of = match proposal.version {
            "" => "no version yet".to_string(),
            "next" => "after WebAssembly 3.0".to_string(),
            version => format!("WebAssembly {version}"),
        };
        [proposal.name.to_string(), part_of, supported.to_string()]
    });
    section(
        &mut text,
        "Needs",
        "nothing beyond the first version of WebAssembly",
        rows.collect(),
    );
    let rows = survey.imports.iter().map(|import| {
        let from = if import.wasi { "WASI" } else { "the host" };
        let name = format!("{} {}", shown(&import.module), shown(&import.name));
        [
            name,
            import.kind.to_string(),
            import.type_text.clone(),
            from.to_string(),
        ]
    });
    section(&mut text, "Imports", "none", rows.collect());
    let rows = survey.exports.iter().map(|export| {
        [
            shown(&export.name),
            export.kind.to_string(),
            export.type_text.clone(),
        ]
    });
    section(&mut text, "Exports", "none", rows.collect());
    let rows = survey.sections.iter().map(|section| {
        let count = section
            .count
            .map(|count| count.to_string())
            .unwrap_or_default();
        [shown(&section.name), count, section.bytes.to_string()]
    });
    let head = [["section", "count", "bytes"].map(String::from)];
    section(
        &mut text,
        "Sections",
        "none",
        head.into_iter().chain(rows).collect(),
    );
    let rows = survey.largest.iter().map(|function| {
        [
            shown(&function.name),
            function.index.to_string(),
            function.bytes.to_string(),
            function.locals.to_string(),
            function.nesting.to_string(),
        ]
    });
    if !survey.largest.is_empty() {
        let head = [["function", "index", "bytes", "locals", "nesting"].map(String::from)];
        let rows = head.into_iter().chain(rows).collect();
        section(&mut text, "Largest functions", "none", rows);
    }
    text
}

fn header(text: &mut String, survey: &Survey) {
    let _ = write!(text, "{}: {}", survey.file, survey.kind());
    if let Some(name) = &survey.name {
        let _ = write!(text, ", called `{}`", shown(name));
    }
    text.push_str("\n\n");
    let mut rows = vec![
        ["size".to_string(), bytes(survey.bytes)],
        [
            "code".to_string(),
            format!(
                "{} in {} functions; {} more are imported",
                bytes(survey.estimate.code),
                survey.defined_functions,
                survey.imported_functions
            ),
        ],
    ];
    rows.extend(
        survey
            .memories
            .iter()
            .map(|memory| ["memory".to_string(), memory.clone()]),
    );
    if let Some(deepest) = survey
        .deepest
        .as_ref()
        .filter(|deepest| deepest.nesting > 0)
    {
        let name = shown(&deepest.name);
        rows.push([
            "deepest nesting".to_string(),
            format!("{} blocks, in `{name}`", deepest.nesting),
        ]);
    }
    if !survey.producers.is_empty() {
        rows.push(["made by".to_string(), survey.producers.join(", ")]);
    }
    rows.push([
        "building it".to_string(),
        format!(
            "about {} of one core and {:.1} GB of memory (rough estimate)",
            time(survey.estimate.seconds),
            survey.estimate.gigabytes
        ),
    ]);
    let verdict = if survey.supported {
        "yes".to_string()
    } else {
        let missing: Vec<_> = survey.proposals.iter().filter(|it| !it.supported).collect();
        let mut missing: Vec<_> = missing.iter().map(|proposal| proposal.name).collect();
        if missing.is_empty() {
            missing.extend(survey.refused.as_deref());
        }
        format!("no: {} not supported yet", missing.join(", "))
    };
    rows.push(["can be translated".to_string(), verdict]);
    align(text, &rows);
}

/// A title and a table, or what there is instead.
fn section<const N: usize>(text: &mut String, title: &str, none: &str, rows: Vec<[String; N]>) {
    let _ = writeln!(text, "\n{title}");
    if rows.is_empty() {
        let _ = writeln!(text, "  {none}");
    }
    align(text, &rows);
}

/// Writes rows with their columns below each other; columns of numbers end below each other.
fn align<const N: usize>(text: &mut String, rows: &[[String; N]]) {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: [usize; N] = std::array::from_fn(|column| width(column).unwrap_or(0));
    let numeric: [bool; N] = std::array::from_fn(|column| {
        let digits = |row: &[String; N]| row[column].chars().all(|digit| digit.is_ascii_digit());
        rows.len() > 1 && rows.iter().skip(1).all(digits)
    });
    for row in rows {
        let mut line = String::from(" ");
        for (column, cell) in row.iter().enumerate() {
            let padding = " ".repeat(widths[column] - cell.chars().count());
            let _ = match numeric[column] {
                true => write!(line, " {padding}{cell} "),
                false => write!(line, " {cell}{padding} "),
            };
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

/// A name without what would upset a terminal, and not too long.
fn shown(name: &str) -> String {
    let name = name.escape_debug().to_string();
    let length = name.chars().count();
    if length <= NAME_LENGTH {
        return name;
    }
    let half = NAME_LENGTH / 2;
    let start: String = name.chars().take(half).collect();
    let end: String = name.chars().skip(length - half + 1).collect();
    format!("{start}…{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let mut text = String::new();
        let rows = [["name", "bytes"], ["a", "1000"], ["bcdef", "7"]];
        align(&mut text, &rows.map(|row| row.map(String::from)));
        assert_eq!(text, "  name   bytes\n  a       1000\n  bcdef      7\n");
    }

    #[test]
    fn long_names_lose_their_middle() {
        let name = shown(&format!("start{}end", "x".repeat(1000)));
        assert_eq!(name.chars().count(), NAME_LENGTH);
        assert!(name.starts_with("start") && name.ends_with("end"));
        assert_eq!(shown("a\u{1b}b"), "a\\u{1b}b");
    }
}
