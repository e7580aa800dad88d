//! llhttp, the parser of HTTP in Node and undici: calls back for each piece it finds.

use wasm2rs_support::{HostError, Trap};

mod module {
    include!(concat!(env!("OUT_DIR"), "/llhttp.rs"));
}
use module::{Caller, Instance};

/// What was found, in order.
#[derive(Default)]
struct Log(Vec<String>);

/// Notes a piece of what is being parsed, which lies in the module's memory.
fn piece(
    caller: &mut Caller<'_, Log>,
    kind: &str,
    place: i32,
    length: i32,
) -> Result<i32, HostError> {
    let text = caller
        .memory()
        .read_string(place.cast_unsigned(), length.cast_unsigned())?;
    caller.0.push(format!("{kind}:{text}"));
    Ok(0)
}

impl module::Env for Log {
    fn wasm_on_message_begin(caller: &mut Caller<'_, Self>, _: i32) -> Result<i32, HostError> {
        caller.0.push("begin".to_string());
        Ok(0)
    }

    fn wasm_on_url(
        caller: &mut Caller<'_, Self>,
        _: i32,
        place: i32,
        length: i32,
    ) -> Result<i32, HostError> {
        piece(caller, "url", place, length)
    }

    fn wasm_on_status(
        caller: &mut Caller<'_, Self>,
        _: i32,
        place: i32,
        length: i32,
    ) -> Result<i32, HostError> {
        piece(caller, "status", place, length)
    }

    fn wasm_on_header_field(
        caller: &mut Caller<'_, Self>,
        _: i32,
        place: i32,
        length: i32,
    ) -> Result<i32, HostError> {
        piece(caller, "field", place, length)
    }

    fn wasm_on_header_value(
        caller: &mut Caller<'_, Self>,
        _: i32,
        place: i32,
        length: i32,
    ) -> Result<i32, HostError> {
        piece(caller, "value", place, length)
    }

    fn wasm_on_headers_complete(
        caller: &mut Caller<'_, Self>,
        _: i32,
        status: i32,
        upgrade: i32,
        keep_alive: i32,
    ) -> Result<i32, HostError> {
        caller.0.push(format!("hc:{status}:{upgrade}:{keep_alive}"));
        Ok(0)
    }

    fn wasm_on_body(
        caller: &mut Caller<'_, Self>,
        _: i32,
        place: i32,
        length: i32,
    ) -> Result<i32, HostError> {
        piece(caller, "body", place, length)
    }

    fn wasm_on_message_complete(caller: &mut Caller<'_, Self>, _: i32) -> Result<i32, HostError> {
        caller.0.push("complete".to_string());
        Ok(0)
    }
}

const REQUEST: i32 = 1;
const RESPONSE: i32 = 2;

/// Parses a message; gives the result, the error number, and what was found.
fn parse(instance: &mut Instance<Log>, kind: i32, text: &str) -> Result<(i32, i32, String), Trap> {
    instance.host().0.clear();
    let parser = instance.llhttp_alloc(kind)?;
    let length = text.len() as i32;
    let place = instance.malloc(length)?;
    instance
        .memory()
        .write(place.cast_unsigned(), text.as_bytes())?;
    let result = instance.llhttp_execute(parser, place, length)?;
    let error = instance.llhttp_get_errno(parser)?;
    let found = instance.host().0.join(" | ");
    instance.free(place)?;
    instance.llhttp_free(parser)?;
    Ok((result, error, found))
}

pub fn check() {
    let mut instance = Instance::new(Log::default()).expect("an instance");
    instance.initialize().expect("no trap");
    let messages = [
        (
            RESPONSE,
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello",
            0,
            "begin | status:OK | field:Content-Length | value:5 | field:X-A | value:b | \
             hc:200:0:1 | body:hello | complete",
        ),
        (
            RESPONSE,
            "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nWiki\r\n5\r\n\
             pedia\r\n0\r\n\r\n",
            0,
            "begin | status:Not Found | field:Transfer-Encoding | value:chunked | hc:404:0:1 | \
             body:Wiki | body:pedia | complete",
        ),
        (
            REQUEST,
            "POST /a?b=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
            0,
            "begin | url:/a?b=1 | field:Host | value:x | field:Content-Length | value:3 | \
             hc:0:0:1 | body:abc | complete",
        ),
        (RESPONSE, "HTTP/1.1 2x0 bad\r\n\r\n", 13, "begin"),
    ];
    // Twice, because what is freed is used again.
    for (kind, text, error, found) in messages.iter().chain(&messages) {
        let answer = parse(&mut instance, *kind, text).expect("no trap");
        assert_eq!(answer, (*error, *error, found.to_string()), "{text}");
    }
}
