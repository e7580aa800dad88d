
use wasm2rs_support::SharedMemory;
use wasm2rs_support::wasi::WasiHost;
use wasm2rs_support::wasi_threads::WasiThreads;

/// What each thread of the module has.
struct Host {
    wasi: Wasi,
    memory: SharedMemory,
    #[allow(dead_code, reason = "not every module that could starts threads")]
    threads: WasiThreads,
}

fn surround(wasi: Wasi) -> Result<Host, String> {
    let memory = SharedMemory::new(/* limits */).map_err(|error| error.to_string())?;
    Ok(Host { wasi, memory, threads: WasiThreads::of_process() })
}

impl WasiHost for Host {
    fn wasi(&mut self) -> &mut Wasi {
        &mut self.wasi
    }
}

impl module::Env for Host {
    fn memory(&mut self) -> SharedMemory {
        self.memory.clone()
    }
}
