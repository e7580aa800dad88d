"""Has modules translated and compiled: programs by `wasm2rs build`, libraries by cargo."""

import os
import shutil

from measure import run
from programs import Program
from toolchain import REPOSITORY, Failed, say

TEMPLATES = REPOSITORY / "tests/real-programs"

# As `wasm2rs build` compiles.
PROFILE = "[profile.release]\ncodegen-units = 16\nstrip = true\n"

# Types as a trace has them. What is not null and what is an object is to the script what any
# reference is, and to the program that plays it: the module between turns one into the other.
RUST_TYPES = {"i": "i32", "l": "i64", "f": "f32", "d": "f64", "x": "Option<ExternRef>"}
VARIANTS = {"i": "I32", "l": "I64", "f": "F32", "d": "F64", "x": "ExternRef"}
WAT_TYPES = {"i": "i32", "l": "i64", "f": "f32", "d": "f64", "x": "externref",
             "X": "(ref extern)", "a": "anyref", "A": "(ref array)", "W": "(ref null $i16)"}
PLAIN = str.maketrans("XaAW", "xxxx")
TO_SCRIPT = {letter: "(extern.convert_any {})" for letter in "aAW"}
FROM_SCRIPT = {"X": "(ref.as_non_null {})", "a": "(any.convert_extern {})"}


class Builder:
    """Builds modules, with a cache that this run alone uses."""

    def __init__(self, wasm2rs, work, jobs, keep_cache):
        self.wasm2rs = wasm2rs
        self.command = [wasm2rs, "build", "--quiet", "--cache-dir", work / "cache"]
        self.target = work / "target"
        self.cargo = ["cargo", "build", "--release", "--quiet", "--target-dir", self.target]
        if jobs:
            self.command += ["--jobs", jobs]
            self.cargo += ["--jobs", jobs]
        self.programs = work / "programs"
        self.programs.mkdir(exist_ok=True)
        self.libraries = work / "libraries"
        if not keep_cache:
            # What is found there would be built in no time.
            shutil.rmtree(work / "cache", ignore_errors=True)
            shutil.rmtree(self.target, ignore_errors=True)

    def prepare(self, programs):
        """Builds the support crate, which all share, so that none of them pays for it."""
        libraries = [program for program in programs if not isinstance(program, Program)]
        if len(libraries) < len(programs):
            say("building the support crate for programs")
            # `(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
            #    (func (export "_start")) (memory (export "memory") 1))`
            empty = self.programs / "empty.wasm"
            empty.write_bytes(
                b"\0asm\1\0\0\0\1\x08\2\x60\1\x7f\0\x60\0\0\2\x24\1\x16wasi_snapshot_preview1"
                b"\x09proc_exit\0\0\3\2\1\1\5\3\1\0\1\7\x13\2\6_start\0\1\6memory\2\0"
                b"\x0a\4\1\2\0\x0b")
            self._run([*self.command, empty, "-o", self.programs / "empty"])
        if libraries:
            say("building the support crate for libraries")
            empty = self.libraries / "empty"
            remake(empty)
            trace = empty / "trace"
            trace.write_text("function - -\n")
            wat = empty / "module.wat"
            wat.write_text("(module)")
            self._translate(wat, empty / "module")
            self._write_replay(empty, "empty", trace)
            self._compile(empty)

    def program(self, program, wasm, row):
        """Builds a WASI command, and gives its path."""
        say(f"{program.name}: building")
        self._translate(wasm, self.programs / f"{program.name}.crate", row)
        shutil.rmtree(self.programs / f"{program.name}.crate")
        executable = self.programs / program.name
        result = self._run([*self.command, wasm, "-o", executable, "--dir", ".::/w"])
        row.compiling = result.user + result.system - row.translating
        row.wall, row.peak = result.wall, result.peak
        row.binary = executable.stat().st_size
        say(f"  {row.wall:.0f} s, {row.compiling:.0f} s of processor time")
        return executable

    def library(self, library, wasm, trace, row):
        """Builds what plays a trace, and gives its path."""
        say(f"{library.name}: building")
        directory = self.libraries / library.name
        remake(directory)
        translated = self._translate(wasm, directory / "module", row)
        self._write_replay(directory, library.name, trace)
        return self._package(library.name, directory, [translated], row)

    def hosted(self, program, modules, row):
        """Builds a program in Rust around modules, and gives its path."""
        say(f"{program.name}: building")
        directory = self.libraries / program.name
        remake(directory)
        row.translating = 0
        translated = [self._translate(wasm, directory / crate, row)
                      for crate, wasm in modules.items()]
        source = (program.files() / "main.rs").read_text()
        write_package(directory, program.name, list(modules), {"main.rs": source}, {})
        return self._package(program.name, directory, translated, row)

    def _package(self, name, directory, translated, row):
        """Compiles a package, and gives the path of its program."""
        result = self._compile(directory)
        row.compiling = result.user + result.system
        row.wall = result.wall + sum(one.wall for one in translated)
        row.peak = max(one.peak for one in (result, *translated))
        executable = self.target / "release" / package(name)
        row.binary = executable.stat().st_size
        say(f"  {row.wall:.0f} s, {row.compiling:.0f} s of processor time")
        return executable

    def _write_replay(self, directory, name, trace):
        """The package that plays a trace again, but for the module.

        A host is a type with a function for each import. For the one here, which knows of the
        module no more than the trace says, a small module stands between: it imports functions
        called `f0`, `f1` and so on, and exports them, to be linked by any other name.
        """
        functions = []
        with trace.open() as file:
            for line in file:
                if line.startswith("function "):
                    functions.append([text.strip("-") for text in line.split()[1:]])
        # There is a trait to implement only if something is imported.
        functions = functions or [["", ""]]
        imported, defined, methods = [], [], []
        for number, (parameters, results) in enumerate(functions):
            imported.append(f'  (import "host" "f{number}" (func $f{number}'
                            f'{signature(parameters.translate(PLAIN), results.translate(PLAIN))}))')
            given = "".join(" " + TO_SCRIPT.get(letter, "{}").format(f"(local.get {place})")
                            for place, letter in enumerate(parameters))
            body = FROM_SCRIPT.get(results, "{}").format(f"(call $f{number}{given})")
            defined.append(f'  (func (export "f{number}"){signature(parameters, results)} {body})')
            methods.append(method(number, parameters.translate(PLAIN), results.translate(PLAIN)))
        types = []
        if any("W" in parameters for parameters, _ in functions):
            types.append("  (type $i16 (array (mut i16)))")
        wat = ["(module", *types, *imported, *defined, ")"]
        (directory / "src").mkdir()
        bridge = directory / "bridge.wat"
        bridge.write_text("\n".join(wat) + "\n")
        self._translate(bridge, directory / "src/wasm.rs")
        source = (TEMPLATES / "replay/bridge.rs").read_text()
        sources = {
            "main.rs": (TEMPLATES / "replay/main.rs").read_text(),
            "bridge.rs": source.replace("    // METHODS\n", "\n".join(methods)),
        }
        write_package(directory, name, ["module"], sources, {"crc32fast": "1"})

    def _translate(self, module, output, row=None):
        result = self._run([self.wasm2rs, "translate", "--quiet", module, "-o", output])
        if row:
            row.translating = (row.translating or 0) + result.user + result.system
        return result

    def _compile(self, directory):
        # As `wasm2rs build` does where there are vectors.
        flags = "-C target-cpu=x86-64-v2" if os.uname().machine == "x86_64" else ""
        return self._run([*self.cargo, "--manifest-path", directory / "Cargo.toml"],
                         env={**os.environ, "RUSTFLAGS": flags})

    def _run(self, command, env=None):
        result = run(command, env=env)
        if result.status != 0:
            tail = "\n".join(result.stderr.decode(errors="replace").splitlines()[-40:])
            raise Failed(f"`{' '.join(map(str, command))}` failed:\n{tail}")
        return result


def write_package(directory, name, modules, sources, dependencies):
    """A package in `directory` with `sources`, which uses translated modules beside it."""
    lines = [f'[package]\nname = "{package(name)}"\nversion = "0.0.0"\nedition = "2024"\n',
             "[workspace]\n", PROFILE, "[dependencies]",
             f'wasm2rs-support = {{ path = "{REPOSITORY}/runtime-support", features = ["wasi"] }}']
    lines += [f'{module} = {{ path = "{module}" }}' for module in modules]
    lines += [f'{crate} = "{version}"' for crate, version in dependencies.items()]
    (directory / "src").mkdir(parents=True, exist_ok=True)
    (directory / "Cargo.toml").write_text("\n".join(lines) + "\n")
    for source, content in sources.items():
        (directory / "src" / source).write_text(content)


def signature(parameters, results):
    """A function's type as text."""
    types = "".join(f" (param {WAT_TYPES[letter]})" for letter in parameters)
    return types + "".join(f" (result {WAT_TYPES[letter]})" for letter in results)


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


def package(name):
    """A program's name, as cargo wants it."""
    return name.replace(".", "-")


def remake(directory):
    """An empty directory."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
