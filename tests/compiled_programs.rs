//! Programs of ours that compilers of others make modules of, which want more of their host than
//! WASI: translated, compiled, run, and compared with what the same source does elsewhere. See
//! `compiled-programs/`. Without a test harness, so that a skip is seen.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use wasm2rs_tests::scratch::{Scratch, describe, project};

/// How often the threads are run: what goes wrong between them seldom does so at once.
const RUNS: usize = 20;

/// The compiler of MoonBit, and the file in its package.
const MOONBIT: &str = "@moonbit/moonc-worker@0.1.202605123";
const MOONBIT_FILE: &str = "package/moonc-worker.js";

/// Makes a program, or says why it can't be had.
type Make = fn() -> Result<Program, Box<dyn Error>>;

fn main() -> Result<(), Box<dyn Error>> {
    let programs: [(&str, Make); 2] = [("threads", threads), ("gc", gc)];
    for (name, make) in programs {
        let program = match make() {
            Ok(program) => program,
            Err(reason) if std::env::var_os("REQUIRE_COMPILERS").is_some() => return Err(reason),
            Err(reason) => {
                println!("\nSKIPPED compiled_programs {name}: {reason}\n");
                continue;
            }
        };
        for _ in 0..program.runs {
            let output = program.scratch.cargo(&["run", "--quiet", "--release"])?;
            assert!(output.status.success(), "{}", describe(&output));
            let output = String::from_utf8_lossy(&output.stdout);
            assert_eq!(output, program.expected, "{name}");
        }
        println!("{name} does what it does elsewhere");
    }
    Ok(())
}

/// A program that is ready to be translated.
struct Program {
    scratch: Scratch,
    expected: String,
    runs: usize,
}

/// Threads in C, over a shared memory; and the same with threads of this machine.
fn threads() -> Result<Program, Box<dyn Error>> {
    let scratch = scratch(
        "threads",
        &[
            (
                "build.rs",
                include_str!("compiled-programs/threads/build.rs"),
            ),
            (
                "src/main.rs",
                include_str!("compiled-programs/threads/main.rs"),
            ),
            (
                "threads.c",
                include_str!("compiled-programs/threads/threads.c"),
            ),
        ],
    )?;
    let here = scratch.directory();
    // In two steps, because clang runs whatever `wasm-opt` it finds when it is to link.
    #[rustfmt::skip]
    run("clang-19", here, &[
        "--target=wasm32-unknown-unknown", "-O2", "-Wall", "-Werror", "-matomics",
        "-mbulk-memory", "-pthread", "-ffreestanding", "-c", "threads.c", "-o", "threads.o",
    ])?;
    #[rustfmt::skip]
    run("wasm-ld-19", here, &[
        "--no-entry", "--import-memory", "--shared-memory", "--max-memory=16777216",
        "--export=__stack_pointer", "--export=__heap_base", "--export=__wasm_init_tls",
        "--export=__tls_size", "--export=__tls_align", "threads.o", "-o", "wasm/threads.wasm",
    ])?;
    let native = ["-O2", "-pthread", "threads.c", "-o", "native"];
    run("clang-19", here, &native)?;
    Ok(Program {
        expected: run("./native", here, &[])?,
        scratch,
        runs: RUNS,
    })
}

/// A language whose compiler makes types of the collector's; and the same as JavaScript.
fn gc() -> Result<Program, Box<dyn Error>> {
    let scratch = scratch(
        "gc",
        &[
            ("build.rs", include_str!("compiled-programs/gc/build.rs")),
            ("src/main.rs", include_str!("compiled-programs/gc/main.rs")),
            (
                "program.mbt",
                include_str!("compiled-programs/gc/program.mbt"),
            ),
            (
                "compile.cjs",
                include_str!("compiled-programs/gc/compile.cjs"),
            ),
        ],
    )?;
    let here = scratch.directory();
    if !here.join(MOONBIT_FILE).exists() {
        println!("fetching {MOONBIT}");
        // npm compares what it gets with the registry's checksums.
        let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
        let archive = run(npm, here, &["pack", "--silent", MOONBIT])?;
        run("tar", here, &["xzf", archive.trim()])?;
    }
    let arguments = ["compile.cjs", MOONBIT_FILE, "program.mbt", "wasm"];
    Ok(Program {
        expected: run("node", here, &arguments)?,
        scratch,
        runs: 1,
    })
}

/// A package of its own that depends on this project as anybody's would.
fn scratch(name: &str, files: &[(&str, &str)]) -> Result<Scratch, Box<dyn Error>> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let name = format!("compiled-{name}");
    let root = project();
    let manifest = format!(
        "[package]\nname = {name:?}\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [workspace]\n\n\
         [dependencies]\nwasm2rs-support = {{ path = {:?} }}\n\n\
         [build-dependencies]\nwasm2rs = {{ path = {:?}, default-features = false }}\n",
        root.join("runtime-support"),
        root.join("wasm2rs")
    );
    let scratch = Scratch::new(directory, &name, &manifest)?;
    for (file, text) in files {
        scratch.write(file, text)?;
    }
    fs::create_dir_all(scratch.directory().join("wasm"))?;
    Ok(scratch)
}

/// Runs a program, and gives what it prints.
fn run(program: &str, directory: &Path, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(directory);
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("can't run {program}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout)?);
    }
    Err(format!("{program} failed: {}", describe(&output)).into())
}
