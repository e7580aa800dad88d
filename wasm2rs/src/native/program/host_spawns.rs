
impl module::Wasi for Host {
    fn thread_spawn(
        caller: &mut module::Caller<'_, Self>,
        argument: i32,
    ) -> Result<i32, wasm2rs_support::HostError> {
        let host = Host {
            wasi: caller.wasi.for_thread(),
            memory: caller.memory.clone(),
            threads: caller.threads.clone(),
        };
        Ok(caller.threads.spawn(move |number| {
            let arguments = [number, argument].map(wasm2rs_support::Value::I32);
            Instance::new(host)?.call("wasi_thread_start", &arguments)?;
            Ok(())
        }))
    }
}
