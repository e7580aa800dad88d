#!/usr/bin/env python3
"""Guests of plugin ecosystems, made by their own toolkits, compiled in and run by the hosts of
`examples/plugins`. See README.md beside this file."""

import argparse
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

# Nothing is to be left in the source tree.
sys.dont_write_bytecode = True

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "real-programs"))

from toolchain import REPOSITORY, Failed, Missing, Toolchain, find, run, say  # noqa: E402

EXAMPLE = REPOSITORY / "examples/plugins"
GUESTS = HERE / "guests"

# The compiler, and the toolkits that are libraries for it.
ASSEMBLY_SCRIPT = ["assemblyscript@0.28.20", "@extism/as-pdk@1.0.0", "@wapc/as-guest@0.3.1"]


@dataclass
class Guest:
    """A guest, and the host that it is for."""

    name: str
    host: str
    make: object


def c(tools, source, output):
    # A library: `_initialize` instead of a main function.
    tools.c_to_wasm(["-O2", "-mexec-model=reactor", "-Wl,--export=malloc", "-Wl,--export=free",
                     GUESTS / source], output)


def rust(tools, package, output):
    program = {"wapc-rust": "wapc_hello", "extism-rust": "count_vowels",
               "proxy-wasm-rust": "filter"}[package]
    tools.rust_to_wasm(GUESTS / package, program, output, target="wasm32-unknown-unknown")


def assembly_script(tools, source, output, options):
    node = find("node", "apt-get install nodejs")
    directory = tools.npm_install("assemblyscript", ASSEMBLY_SCRIPT)
    # The compiler looks for libraries beside the sources.
    shutil.copy(GUESTS / source, directory)
    run([node, "node_modules/assemblyscript/bin/asc.js", source, "-O2", *options, "-o", output],
        cwd=directory)


ALL = [
    Guest("allocation-c", "allocation", lambda tools, output: c(tools, "allocation.c", output)),
    Guest("assembly-script", "assembly_script", lambda tools, output: assembly_script(
        tools, "assembly_script.ts", output, ["--exportRuntime"])),
    Guest("wapc-rust", "wapc", lambda tools, output: rust(tools, "wapc-rust", output)),
    Guest("wapc-assembly-script", "wapc", lambda tools, output: assembly_script(
        tools, "wapc.ts", output, ["--use", "abort=wapc/abort"])),
    Guest("extism-rust", "extism", lambda tools, output: rust(tools, "extism-rust", output)),
    Guest("extism-assembly-script", "extism", lambda tools, output: assembly_script(
        tools, "extism.ts", output, ["--use", "abort=extism/myAbort"])),
    Guest("proxy-wasm-rust", "proxy_wasm",
          lambda tools, output: rust(tools, "proxy-wasm-rust", output)),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="NAME", action="append",
                        help="only this guest; may be given again")
    parser.add_argument("--work", metavar="DIR", type=Path,
                        default=REPOSITORY / "target/plugin-guests",
                        help="where downloads and builds go; DIR/wasm/NAME.wasm is used when it "
                             "is there [default: target/plugin-guests]")
    arguments = parser.parse_args()
    names = [guest.name for guest in ALL]
    for name in arguments.only or []:
        if name not in names:
            parser.error(f"no guest `{name}`; there are {', '.join(names)}")
    tools = Toolchain(arguments.work)
    results = {}
    for guest in ALL:
        if arguments.only and guest.name not in arguments.only:
            continue
        try:
            results[guest.name] = f"passed ({check(guest, tools)} bytes)"
        except Missing as missing:
            results[guest.name] = f"skipped: there is no {missing}"
        except Failed as error:
            say(f"{guest.name}: {error}")
            results[guest.name] = "FAILED"
    for name, result in results.items():
        print(f"{name:24} {result}")
    sys.exit(1 if "FAILED" in results.values() else 0)


def check(guest, tools):
    """Makes a guest and runs it; gives the length of its module."""
    wasm = tools.work / "wasm" / f"{guest.name}.wasm"
    wasm.parent.mkdir(exist_ok=True)
    if not wasm.exists():
        say(f"{guest.name}: making {wasm.name}")
        partial = wasm.with_suffix(".partial")
        guest.make(tools, partial)
        partial.rename(wasm)
    say(f"{guest.name}: building and running the host")
    project = write_project(guest, tools, wasm)
    cargo = find("cargo", "https://rustup.rs")
    environment = {**os.environ, "CARGO_TARGET_DIR": str(tools.work / "target")}
    run([cargo, "run", "--quiet", "--manifest-path", project / "Cargo.toml"], env=environment)
    return wasm.stat().st_size


def write_project(guest, tools, wasm):
    """A program of the example's host, the guest, and what is asked of it."""
    project = tools.work / "programs" / guest.name
    (project / "src").mkdir(parents=True, exist_ok=True)
    (project / "Cargo.toml").write_text(f"""\
[package]
name = "{guest.name}"
version = "0.0.0"
edition = "2024"

[workspace]

[dependencies]
wasm2rs-support = {{ path = "{REPOSITORY / 'runtime-support'}" }}

[build-dependencies]
quote = "1"
syn = {{ version = "3", features = ["full"] }}
wasm2rs = {{ path = "{REPOSITORY / 'wasm2rs'}", default-features = false }}
""")
    shutil.copy(wasm, project / "guest.wasm")
    shutil.copy(EXAMPLE / f"guests/{guest.host}.wat", project / "interface.wat")
    shutil.copy(HERE / "build.rs", project)
    text = (HERE / "main.rs").read_text()
    text = text.replace("ECOSYSTEM", guest.host)
    text = text.replace("HOST", str(EXAMPLE / f"src/{guest.host}.rs"))
    text = text.replace("CHECK", str(HERE / f"checks/{guest.host}.rs"))
    (project / "src/main.rs").write_text(text)
    return project


if __name__ == "__main__":
    main()
