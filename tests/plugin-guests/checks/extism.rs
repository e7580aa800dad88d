//! What the tests of the example ask its own guest.

use crate::Error;
use crate::extism::{Level, Plugin};

pub fn check() -> Result<(), Error> {
    let mut plugin = Plugin::built_in(&[])?;
    let mut count = |plugin: &mut Plugin, text: &str| {
        let output = plugin.call("count_vowels", text.as_bytes())?;
        Ok::<_, Error>(String::from_utf8(output)?)
    };
    assert_eq!(
        count(&mut plugin, "Hello, World!")?,
        r#"{"count":3,"total":3,"vowels":"aeiouAEIOU"}"#
    );
    // The toolkit for Rust has a log that the example uses.
    let log = plugin.take_log();
    assert!(log.is_empty() || log == [(Level::Info, "3 vowels".to_string())]);
    assert_eq!(
        count(&mut plugin, &"a".repeat(10_000))?,
        r#"{"count":10000,"total":10003,"vowels":"aeiouAEIOU"}"#
    );
    for length in 0..100 {
        count(&mut plugin, &"x".repeat(length))?;
    }
    if plugin.has("fail") {
        let error = plugin.call("fail", b"bread").expect_err("it fails");
        assert_eq!(error.to_string(), "no bread today");
    }
    let mut plugin = Plugin::built_in(&[("vowels", "xyz")])?;
    assert_eq!(
        count(&mut plugin, "lazy fox")?,
        r#"{"count":3,"total":3,"vowels":"xyz"}"#
    );
    Ok(())
}
