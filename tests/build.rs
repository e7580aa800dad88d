//! Translates the modules that are made rather than written, in both ways that users have.
#![forbid(unsafe_code)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "src/deep.rs"]
mod deep;
#[path = "src/generate.rs"]
mod generate;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    println!("cargo:rerun-if-changed=src/deep.rs");
    println!("cargo:rerun-if-changed=src/generate.rs");
    // Without optimisation, everything can be as deep as it gets.
    println!("cargo:rustc-check-cfg=cfg(full_depth)");
    let depths = if env::var("OPT_LEVEL").is_ok_and(|level| level == "0") {
        println!("cargo:rustc-cfg=full_depth");
        deep::FULL
    } else {
        deep::SOME
    };
    let modules = [
        ("deep", depths.module()),
        ("parameters", generate::parameters()),
        ("segments", generate::segments()),
        ("long_names", generate::long_names()),
    ];
    for (name, text) in modules {
        let wasm = directory.join(name).with_extension("wasm");
        fs::write(&wasm, wasm2rs::parse_text(&text)?)?;
        wasm2rs::Builder::new(&wasm).build();
    }
    macro_form(&directory, "deep")?;
    let (arguments, _) = generate::arguments();
    let call = format!("instance.many({arguments})\n");
    fs::write(directory.join("many_arguments.rs"), call)?;

    // The simple way, too: text, from the package's own directory, under another name.
    wasm2rs::Builder::new("modules/plain.wat")
        .output(directory.join("built_plain.rs"))
        .build();
    Ok(())
}

/// A file that includes a module by the macro, whose argument has to be written out.
fn macro_form(directory: &Path, name: &str) -> Result<(), Box<dyn Error>> {
    let wasm = directory.join(name).with_extension("wasm");
    let text = format!(
        "wasm2rs_support::include_wasm!({:?});\n",
        wasm.display().to_string()
    );
    Ok(fs::write(directory.join(format!("{name}_macro.rs")), text)?)
}
