fn main() {
    let a: Vec<_> = std::env::args().collect();
    let wasm = wasm2rs::read_module(a[1].as_ref()).unwrap();
    let t = wasm2rs::Translation::new(&wasm).unwrap_or_else(|e| panic!("{e}"));
    if a[2].ends_with(".rs") {
        t.write_file(a[2].as_ref()).unwrap()
    } else {
        let names = t
            .write_crates(
                a[2].as_ref(),
                &wasm2rs::CrateOptions {
                    name: "guest".into(),
                    support: wasm2rs::Support::Path("/work/main/runtime-support".into()),
                },
            )
            .unwrap();
        for n in names {
            println!("{n}");
        }
    }
}
