//! An Extism plugin by the toolkit's crate.
use extism_pdk::*;

/// How many vowels the text has, and how many all texts had so far, as JSON.
#[plugin_fn]
pub fn count_vowels(text: String) -> FnResult<String> {
    let vowels = config::get("vowels")?.unwrap_or("aeiouAEIOU".to_string());
    let count = text
        .chars()
        .filter(|&letter| vowels.contains(letter))
        .count() as u64;
    let before = var::get::<u64>("total")?.unwrap_or(0);
    let total = before + count;
    var::set("total", total)?;
    info!("{count} vowels");
    Ok(format!(
        r#"{{"count":{count},"total":{total},"vowels":"{vowels}"}}"#
    ))
}

#[plugin_fn]
pub fn fail(text: String) -> FnResult<String> {
    Err(WithReturnCode::new(
        Error::msg(format!("no {text} today")),
        3,
    ))
}
