//! The plugins that are compiled in.

pub mod allocation {
    wasm2rs_support::include_wasm!("guests/allocation.wat");
}
pub mod assembly_script {
    wasm2rs_support::include_wasm!("guests/assembly_script.wat");
}
pub mod extism {
    wasm2rs_support::include_wasm!("guests/extism.wat");
}
pub mod opa {
    wasm2rs_support::include_wasm!("guests/opa.wat");
}
pub mod proxy_wasm {
    wasm2rs_support::include_wasm!("guests/proxy_wasm.wat");
}
pub mod wapc {
    wasm2rs_support::include_wasm!("guests/wapc.wat");
}
