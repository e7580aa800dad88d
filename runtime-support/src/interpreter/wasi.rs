//! WASI for instances whose imports are found by name.

use alloc::sync::Arc;
use alloc::vec::Vec;
use std::sync::{Mutex, PoisonError};

use crate::error::InstantiationError;
use crate::export::{Extern, Imports};
use crate::function::Func;
use crate::store::Store;
use crate::trap::HostError;
use crate::value::Value;
use crate::wasi::{Wasi, WasiFunction, WasiMemory, snapshot_preview1, snapshot0};

impl Wasi {
    /// Defines all functions of WASI preview 1 for instances of a store, among them interpreted ones,
    /// which find their imports by name. All of those share this guest's state.
    ///
    /// ```
    /// use wasm2rs_support::wasi::Wasi;
    /// use wasm2rs_support::{Imports, Store};
    ///
    /// let store = Store::new();
    /// let mut imports = Imports::new();
    /// Wasi::builder().arg("program").build().define(&store, &mut imports)?;
    /// assert!(imports.get("wasi_snapshot_preview1", "fd_write").is_some());
    /// # Ok::<(), wasm2rs_support::InstantiationError>(())
    /// ```
    ///
    /// # Errors
    /// When there is no room for them.
    pub fn define(self, store: &Store, imports: &mut Imports) -> Result<(), InstantiationError> {
        let wasi = Arc::new(Mutex::new(self));
        for (module, functions) in [
            ("wasi_snapshot_preview1", snapshot_preview1::FUNCTIONS),
            ("wasi_unstable", snapshot0::FUNCTIONS),
        ] {
            for function in functions {
                let function = closure(store, function, wasi.clone())?;
                imports.define(module, function.0, Extern::Func(function.1));
            }
        }
        Ok(())
    }
}

fn closure(
    store: &Store,
    function: &'static WasiFunction,
    wasi: Arc<Mutex<Wasi>>,
) -> Result<(&'static str, Func), InstantiationError> {
    let (params, results) = (function.params, function.results);
    let func = Func::new(store, params, results, move |caller, args, results| {
        let args: Vec<u64> = args.iter().map(bits).collect();
        // What a panic left is as good as what any error leaves.
        let mut wasi = wasi.lock().unwrap_or_else(PoisonError::into_inner);
        let code = match caller.shared_memory() {
            Some(shared) => function.call(&mut wasi, &mut WasiMemory::from(shared), &args)?,
            None => {
                let message = "a function of WASI was called by what has no memory";
                let mut memory = caller.memory().ok_or_else(|| HostError::message(message))?;
                let mut memory = WasiMemory::from(memory.data_mut());
                function.call(&mut wasi, &mut memory, &args)?
            }
        };
        if let Some(result) = results.first_mut() {
            *result = Value::I32(code);
        }
        Ok(())
    })?;
    Ok((function.name, func))
}

fn bits(value: &Value) -> u64 {
    match *value {
        Value::I32(value) => value.cast_unsigned().into(),
        Value::I64(value) => value.cast_unsigned(),
        _ => 0,
    }
}
