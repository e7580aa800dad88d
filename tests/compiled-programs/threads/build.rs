fn main() {
    wasm2rs::Builder::new("wasm/threads.wasm").build();
}
