
use wasm2rs_support::wasi::Wasi;

/// The directories that the program was given when it was built: where they are, and what it
/// calls them. Those that are relative are so to where it is started.
const DIRECTORIES: &[(&str, &str)] = &[/* directories */];

/// More of them, as `HOST` or `HOST::GUEST`, with `;` between.
const VARIABLE: &str = "WASM2RS_DIRS";

fn host() -> Result<Host, String> {
    surround(wasi()?)
}

fn wasi() -> Result<Wasi, String> {
    let mut wasi = Wasi::builder().args(std::env::args_os()).inherit_env().inherit_stdio();
    for (host, guest) in DIRECTORIES {
        wasi = wasi.preopened_dir(host, *guest).map_err(|error| error.to_string())?;
    }
    if let Some(more) = std::env::var_os(VARIABLE) {
        let more = more.to_str().ok_or_else(|| format!("{VARIABLE} is not UTF-8"))?;
        for directory in more.split(';').filter(|directory| !directory.is_empty()) {
            let (host, guest) = directory.split_once("::").unwrap_or((directory, directory));
            let given = wasi.preopened_dir(host, guest);
            wasi = given.map_err(|error| format!("{VARIABLE}: {error}"))?;
        }
    }
    Ok(wasi.build())
}
