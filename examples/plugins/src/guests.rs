//! The plugins that are compiled in. Others that export the same can be loaded in their place.

pub mod allocation {
    wasm2rs_support::include_wasm!("guests/allocation.wat", engine = both);
}
pub mod assembly_script {
    wasm2rs_support::include_wasm!("guests/assembly_script.wat", engine = both);
}
pub mod extism {
    wasm2rs_support::include_wasm!("guests/extism.wat", engine = both);
}
pub mod opa {
    wasm2rs_support::include_wasm!("guests/opa.wat", engine = both);
}
pub mod proxy_wasm {
    wasm2rs_support::include_wasm!("guests/proxy_wasm.wat", engine = both);
}
pub mod wapc {
    wasm2rs_support::include_wasm!("guests/wapc.wat", engine = both);
}
