//! What the tests of the example ask its own guest. Toolkits word errors differently.

use crate::Error;
use crate::wapc::{Call, Plugin};

pub fn check() -> Result<(), Error> {
    let mut plugin = Plugin::built_in(Box::new(|call| {
        let Call {
            binding,
            namespace,
            operation,
            payload,
        } = call;
        match String::from_utf8_lossy(payload).as_ref() {
            "nothing" => Err("there is nothing".to_string()),
            text => Ok(format!("{binding}/{namespace}/{operation}: {text}").into_bytes()),
        }
    }))?;
    assert_eq!(plugin.call("hello", b"waPC")?, b"Hello, waPC!");
    assert_eq!(plugin.take_log(), ["greeting waPC"]);
    let long = "long ".repeat(50_000);
    let answer = plugin.call("hello", long.as_bytes())?;
    assert_eq!(answer, format!("Hello, {long}!").into_bytes());
    assert_eq!(
        plugin.call("ask", b"something")?,
        b"the host says: binding/sample/ask: something"
    );
    let mut fails = |operation: &str, payload: &[u8], words: &str| {
        let error = plugin.call(operation, payload).expect_err("it fails");
        assert!(error.to_string().contains(words), "{error}");
    };
    fails("ask", b"nothing", "there is nothing");
    fails("fail", b"", "on purpose");
    fails("dance", b"", "dance");
    assert_eq!(plugin.call("hello", b"you")?, b"Hello, you!");
    Ok(())
}
