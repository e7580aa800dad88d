
use wasm2rs_support::wasi::Wasi;

fn host(request: &Request) -> Result<Host, String> {
    surround(wasi(request)?)
}

fn wasi(request: &Request) -> Result<Wasi, String> {
    let mut wasi = Wasi::builder().args(&request.arguments).inherit_stdio();
    for (name, value) in &request.environment {
        wasi = wasi.env(name, value);
    }
    for (host, guest) in &request.directories {
        wasi = wasi.preopened_dir(host, guest).map_err(|error| error.to_string())?;
    }
    for (host, guest) in &request.read_only_directories {
        let given = wasi.preopened_dir_read_only(host, guest);
        wasi = given.map_err(|error| error.to_string())?;
    }
    for address in &request.listeners {
        let listener = std::net::TcpListener::bind(address);
        let listener = listener.map_err(|error| format!("cannot listen at {address}: {error}"))?;
        wasi = wasi.tcp_listener(listener);
    }
    Ok(wasi.build())
}
