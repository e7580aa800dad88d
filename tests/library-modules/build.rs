//! Translates two of the modules; the others are included by the macro.

fn main() {
    wasm2rs::Builder::new("wasm/llhttp.wasm").build();
    wasm2rs::Builder::new("wasm/mappings.wasm").build();
}
