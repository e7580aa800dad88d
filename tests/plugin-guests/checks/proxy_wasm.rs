//! What the tests of the example ask its own guest.

use crate::Error;
use crate::proxy_wasm::{Filter, Message, Verdict};

pub fn check() -> Result<(), Error> {
    let mut filter = Filter::built_in("wasm2rs")?;
    let stream = filter.open()?;
    let refused = filter.open()?;
    let request = Message::new(&[(":method", "GET"), (":path", "/plugins")], b"");
    let mut marked = request.clone();
    marked
        .headers
        .push(("x-filtered-by".to_string(), "wasm2rs".to_string()));
    assert_eq!(filter.request(stream, request)?, Verdict::Continue(marked));
    assert_eq!(filter.take_log(), [(2, "#2 /plugins".to_string())]);
    assert_eq!(
        filter.request(refused, Message::new(&[("X-Forbidden", "")], b""))?,
        Verdict::Respond {
            status: 403,
            response: Message::new(&[("content-type", "text/plain")], b"forbidden"),
        }
    );
    let response = Message::new(
        &[
            (":status", "200"),
            ("server", "secret/1.0"),
            ("x-headers", "?"),
        ],
        b"hello",
    );
    let Verdict::Continue(response) = filter.response(stream, response)? else {
        panic!("it must go on");
    };
    assert_eq!(response.header("server"), None);
    assert_eq!(response.header("x-headers"), Some("3"));
    assert_eq!(response.body, b"HELLO");
    filter.close(stream)?;
    filter.close(refused)?;
    assert!(Filter::built_in("").is_err());
    Ok(())
}
