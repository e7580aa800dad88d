fn main() {
    let a: Vec<_> = std::env::args().collect();
    let wasm = wasm2rs::read_module(a[1].as_ref()).unwrap();
    let t = wasm2rs::Translation::new(&wasm).unwrap_or_else(|e| panic!("{e}"));
    if a[2].ends_with(".rs") { t.write_file(a[2].as_ref()).unwrap() } else { t.write_crate(a[2].as_ref()).unwrap() }
}
