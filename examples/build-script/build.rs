fn main() {
    wasm2rs::Builder::new("cipher.wat").build();
}
