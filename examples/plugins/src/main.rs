//! Runs the plugins that are compiled in, or one from a file.
#![forbid(unsafe_code)]

use std::env;
use std::fs;

use example_plugins::proxy_wasm::Message;
use example_plugins::{Error, allocation, assembly_script, extism, opa, proxy_wasm, wapc};

const USAGE: &str = "\
usage: example-plugins                                   what is compiled in
       example-plugins wapc FILE OPERATION PAYLOAD       a waPC guest
       example-plugins extism FILE FUNCTION INPUT        an Extism plugin
       example-plugins opa FILE RULE INPUT [DATA]        a policy; input and data are JSON";

fn main() -> Result<(), Error> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => all()?,
        ["wapc", file, operation, payload] => {
            let plugin = wapc::Plugin::load(&fs::read(file)?, Box::new(echo))?;
            call_wapc(plugin, operation, payload)?;
        }
        ["extism", file, function, input] => {
            let plugin = extism::Plugin::load(&fs::read(file)?, &[])?;
            call_extism(plugin, function, input)?;
        }
        ["opa", file, rule, input, ref data @ ..] => {
            let mut policy = opa::Policy::load(&fs::read(file)?, Vec::new())?;
            if let Some(data) = data.first() {
                policy.set_data(data)?;
            }
            println!("{}", policy.evaluate(rule, input)?);
        }
        _ => return Err(USAGE.into()),
    }
    Ok(())
}

/// Every plugin that is compiled in.
fn all() -> Result<(), Error> {
    println!("{}", allocation::Greeter::built_in()?.greeting("malloc")?);
    let mut greeter = assembly_script::Greeter::built_in()?;
    println!("{}", greeter.greet("AssemblyScript")?);
    call_wapc(wapc::Plugin::built_in(Box::new(echo))?, "ask", "waPC")?;
    let plugin = extism::Plugin::built_in(&[])?;
    call_extism(plugin, "count_vowels", "Hello, Extism!")?;

    let mut filter = proxy_wasm::Filter::built_in("wasm2rs")?;
    let stream = filter.open()?;
    let request = Message::new(&[(":method", "GET"), (":path", "/")], b"");
    println!("{:?}", filter.request(stream, request)?);

    let granted: opa::Builtin = Box::new(|arguments| match arguments {
        [input, data] => Some(data.contains(input.as_str()).to_string()),
        _ => None,
    });
    let mut policy = opa::Policy::built_in(vec![("example.granted", granted)])?;
    policy.set_data(r#"{"users":["alice"]}"#)?;
    println!("{}", policy.evaluate("example/allow", r#""alice""#)?);
    Ok(())
}

/// Answers calls of waPC guests.
fn echo(call: wapc::Call<'_>) -> Result<Vec<u8>, String> {
    Ok(call.payload.to_vec())
}

fn call_wapc(mut plugin: wapc::Plugin, operation: &str, payload: &str) -> Result<(), Error> {
    let answer = plugin.call(operation, payload.as_bytes());
    for line in plugin.take_log() {
        eprintln!("log: {line}");
    }
    println!("{}", String::from_utf8_lossy(&answer?));
    Ok(())
}

fn call_extism(mut plugin: extism::Plugin, function: &str, input: &str) -> Result<(), Error> {
    let output = plugin.call(function, input.as_bytes());
    for (level, line) in plugin.take_log() {
        eprintln!("{level:?}: {line}");
    }
    println!("{}", String::from_utf8_lossy(&output?));
    Ok(())
}
