"""Builds programs around modules that are libraries: in Rust, as their users would."""

import shutil

from measure import run
from toolchain import REPOSITORY, Failed

TEMPLATES = REPOSITORY / "tests/real-programs"

# As `wasm2rs build` compiles.
PROFILE = "[profile.release]\ncodegen-units = 16\nstrip = true\n"

RUST_TYPES = {
    "i": "i32", "l": "i64", "f": "f32", "d": "f64", "x": "Option<ExternRef>", "c": "Option<Func>",
}
WAT_TYPES = {"i": "i32", "l": "i64", "f": "f32", "d": "f64", "x": "externref", "c": "funcref"}
VARIANTS = {"i": "I32", "l": "I64", "f": "F32", "d": "F64", "x": "ExternRef", "c": "FuncRef"}


def translate(wasm2rs, module, output):
    """Translates a module; what that took."""
    result = run([wasm2rs, "translate", "--quiet", module, "-o", output])
    if result.status != 0:
        raise Failed(f"wasm2rs translate: {result.stderr.decode(errors='replace')}")
    return result


def write_package(directory, name, modules, sources, dependencies):
    """A package in `directory` with `sources`, which uses translated modules beside it."""
    lines = [f'[package]\nname = "{name}"\nversion = "0.0.0"\nedition = "2024"\n\n[workspace]\n',
             PROFILE, "[dependencies]",
             f'wasm2rs-support = {{ path = "{REPOSITORY}/runtime-support", features = ["wasi"] }}']
    lines += [f'{module} = {{ path = "{module}" }}' for module in modules]
    lines += [f'{crate} = "{version}"' for crate, version in dependencies.items()]
    (directory / "src").mkdir(parents=True, exist_ok=True)
    (directory / "Cargo.toml").write_text("\n".join(lines) + "\n")
    for source, content in sources.items():
        (directory / "src" / source).write_text(content)


def cargo(directory, target, jobs):
    """Builds a package; what that took."""
    command = ["cargo", "build", "--release", "--quiet", "--manifest-path",
               directory / "Cargo.toml", "--target-dir", target]
    if jobs:
        command += ["--jobs", jobs]
    result = run(command)
    if result.status != 0:
        tail = "\n".join(result.stderr.decode(errors="replace").splitlines()[-40:])
        raise Failed(f"cargo build:\n{tail}")
    return result


def write_replay(wasm2rs, directory, name, trace):
    """The package that plays a trace again, but for the module.

    A host is a type with a function for each import. For the one here, which knows of the module
    no more than the trace says, a small module stands between: it imports functions called `f0`,
    `f1` and so on, and exports them, to be linked by any other name.
    """
    functions = []
    with trace.open() as file:
        for line in file:
            words = line.split()
            if words[0] not in ("extern", "write", "grow"):
                break
            if words[0] == "extern" and words[3] == "function":
                functions.append([text.strip("-") for text in words[4:6]])
    # There is a trait to implement only if something is imported.
    functions = functions or [["", ""]]
    wat, methods = ["(module"], []
    for number, (parameters, results) in enumerate(functions):
        types = "".join(f" (param {WAT_TYPES[letter]})" for letter in parameters)
        types += "".join(f" (result {WAT_TYPES[letter]})" for letter in results)
        wat.append(f'  (import "host" "f{number}" (func $f{number}{types}))')
        methods.append(method(number, parameters, results))
    wat += [f'  (export "f{number}" (func $f{number}))' for number in range(len(functions))]
    (directory / "src").mkdir(parents=True)
    bridge = directory / "bridge.wat"
    bridge.write_text("\n".join(wat) + ")\n")
    translate(wasm2rs, bridge, directory / "src/wasm.rs")
    source = (TEMPLATES / "replay/bridge.rs").read_text()
    sources = {
        "main.rs": (TEMPLATES / "replay/main.rs").read_text(),
        "bridge.rs": source.replace("    // METHODS\n", "\n".join(methods)),
    }
    write_package(directory, name, ["module"], sources, {"crc32fast": "1"})


def method(number, parameters, results):
    """A function of the host."""
    names = [f"a{place}" for place in range(len(parameters))]
    declared = "".join(f", {name}: {RUST_TYPES[letter]}" for name, letter in zip(names, parameters))
    given = ", ".join(f"Value::{VARIANTS[letter]}({name})"
                      for name, letter in zip(names, parameters))
    types = [RUST_TYPES[letter] for letter in results]
    got = [f"Value::{VARIANTS[letter]}(r{place})" for place, letter in enumerate(results)]
    values = [f"r{place}" for place in range(len(results))]
    result, value = ", ".join(types), ", ".join(values)
    if len(results) != 1:
        result, value = f"({result})", f"({value})"
    return f"""\
    fn f{number}(caller: &mut Caller<'_, Self>{declared}) -> Result<{result}, HostError> {{
        match import(caller, {number}, &[{given}])?[..] {{
            [{", ".join(got)}] => Ok({value}),
            _ => Err(HostError::message("the trace gives something else")),
        }}
    }}
"""


def remake(directory):
    """An empty directory."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
