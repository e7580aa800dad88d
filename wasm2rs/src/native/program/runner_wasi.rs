
use wasm2rs_support::wasi::Wasi;

type Host = Wasi;

fn host(request: &Request) -> Result<Host, String> {
    let mut wasi = Wasi::builder().args(&request.arguments).inherit_stdio();
    for (name, value) in &request.environment {
        wasi = wasi.env(name, value);
    }
    for (host, guest) in &request.directories {
        wasi = wasi.preopened_dir(host, guest).map_err(|error| error.to_string())?;
    }
    Ok(wasi.build())
}
