//! What the tests of the example ask its own guest.

use crate::Error;
use crate::extism::{Level, Plugin};

pub fn built_in() -> Result<(), Error> {
    check(Plugin::built_in)
}

pub fn loaded(wasm: &[u8]) -> Result<(), Error> {
    check(|config| Plugin::load(wasm, config))
}

fn check(plugin: impl Fn(&[(&str, &str)]) -> Result<Plugin, Error>) -> Result<(), Error> {
    let plain = &mut plugin(&[])?;
    let count = |plugin: &mut Plugin, text: &str| {
        let output = plugin.call("count_vowels", text.as_bytes())?;
        Ok::<_, Error>(String::from_utf8(output)?)
    };
    assert_eq!(
        count(plain, "Hello, World!")?,
        r#"{"count":3,"total":3,"vowels":"aeiouAEIOU"}"#
    );
    // The toolkit for Rust has a log that the example uses.
    let log = plain.take_log();
    assert!(log.is_empty() || log == [(Level::Info, "3 vowels".to_string())]);
    assert_eq!(
        count(plain, &"a".repeat(10_000))?,
        r#"{"count":10000,"total":10003,"vowels":"aeiouAEIOU"}"#
    );
    for length in 0..100 {
        count(plain, &"x".repeat(length))?;
    }
    if plain.has("fail") {
        let error = plain.call("fail", b"bread").expect_err("it fails");
        assert_eq!(error.to_string(), "no bread today");
    }
    assert_eq!(
        count(&mut plugin(&[("vowels", "xyz")])?, "lazy fox")?,
        r#"{"count":3,"total":3,"vowels":"xyz"}"#
    );
    Ok(())
}
