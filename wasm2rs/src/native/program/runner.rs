
use std::ffi::OsString;

use wasm2rs_support::Value;

/// What `wasm2rs run` says in the arguments.
#[derive(Default)]
struct Request {
    /// `--dir HOST GUEST`: directories to grant.
    directories: Vec<(OsString, String)>,
    /// `--read-only-dir HOST GUEST`: directories to grant for reading only.
    read_only_directories: Vec<(OsString, String)>,
    /// `--tcp-listen ADDRESS`: where to listen for connections.
    listeners: Vec<String>,
    /// `--env NAME VALUE`: the environment.
    environment: Vec<(OsString, OsString)>,
    /// `--call NAME`: a function, instead of the program's start.
    function: Option<String>,
    /// `--value TYPE:BITS`: an argument of the function, its bits in hexadecimal.
    values: Vec<Value>,
    /// After `--`: the arguments of the program, its name first.
    arguments: Vec<OsString>,
}

impl Request {
    fn read() -> Option<Request> {
        let mut request = Request::default();
        let mut words = std::env::args_os().skip(1);
        let string = |word: Option<OsString>| word?.into_string().ok();
        loop {
            match words.next()?.to_str()? {
                "--dir" => request.directories.push((words.next()?, string(words.next())?)),
                "--read-only-dir" => {
                    let directory = (words.next()?, string(words.next())?);
                    request.read_only_directories.push(directory);
                }
                "--tcp-listen" => request.listeners.push(string(words.next())?),
                "--env" => request.environment.push((words.next()?, words.next()?)),
                "--call" => request.function = Some(string(words.next())?),
                "--value" => request.values.push(value(&string(words.next())?)?),
                "--" => break,
                _ => return None,
            }
        }
        request.arguments = words.collect();
        Some(request)
    }
}

fn value(word: &str) -> Option<Value> {
    let (value_type, bits) = word.split_once(':')?;
    let bits = u128::from_str_radix(bits, 16).ok()?;
    Some(match value_type {
        "i32" => Value::I32(bits as i32),
        "i64" => Value::I64(bits as i64),
        "f32" => Value::F32(f32::from_bits(bits as u32)),
        "f64" => Value::F64(f64::from_bits(bits as u64)),
        "v128" => Value::V128(bits.into()),
        _ => return None,
    })
}

/// A result, as Wasmtime prints it.
fn show(value: &Value) -> String {
    match value {
        Value::I32(value) => value.to_string(),
        Value::I64(value) => value.to_string(),
        Value::F32(value) => value.to_string(),
        Value::F64(value) => value.to_string(),
        Value::V128(value) => format!("{:#x}", value.to_bits()),
        Value::FuncRef(None) => "<null funcref>".to_string(),
        Value::FuncRef(Some(_)) => "<funcref>".to_string(),
        Value::ExternRef(None) => "<null externref>".to_string(),
        _ => "<externref>".to_string(),
    }
}

fn program() -> Result<i32, String> {
    let request = Request::read().ok_or("this program is for `wasm2rs run` to start")?;
    let host = host(&request)?;
    call(host, |instance| {
        let Some(function) = &request.function else {
            return instance.call("_start", &[]).map(drop);
        };
        // A library has this called before all else.
        if instance.exports().any(|name| name == "_initialize") {
            instance.call("_initialize", &[])?;
        }
        let results = instance.call(function, &request.values)?;
        let mut output = std::io::stdout().lock();
        for result in &results {
            // Whoever does not read on knows why.
            let _ = writeln!(output, "{}", show(result));
        }
        Ok(())
    })
}
