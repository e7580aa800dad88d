//! A waPC guest, by the toolkit's crate: greets, counts by the host, fails.
use wapc_guest::prelude::*;

#[no_mangle]
pub extern "C" fn wapc_init() {
    register_function("hello", hello);
    register_function("ask", ask);
    register_function("fail", fail);
}

fn hello(payload: &[u8]) -> CallResult {
    let name = std::str::from_utf8(payload)?;
    console_log(&format!("greeting {name}"));
    Ok(format!("Hello, {name}!").into_bytes())
}

/// Hands the payload on to the host, and back what it says.
fn ask(payload: &[u8]) -> CallResult {
    let mut answer = b"the host says: ".to_vec();
    answer.extend(host_call("binding", "sample", "ask", payload)?);
    Ok(answer)
}

fn fail(_: &[u8]) -> CallResult {
    Err("on purpose".into())
}
