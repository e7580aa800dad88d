fn main() {
    wasm2rs::Builder::new("wasm/gc.wasm").build();
}
