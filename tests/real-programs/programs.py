"""The programs, how each becomes a `.wasm` file, and what each has to print."""

import hashlib
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from toolchain import PYTHON_WASI, Failed

CASES = Path(__file__).resolve().parent / "cases"

# So that it is not another program that is tested when the package changes under its version.
PYTHON_SHA256 = "e5dc5a398b07b54ea8fdb503bf68fb583d533f10ec3f930963e02b9505f7a763"


@dataclass
class Case:
    """A run of a program, in a directory that it sees as `/w`."""

    # What it is called by first, as it sees it.
    arguments: list
    status: int = 0
    # Files of `cases/PROGRAM`; none: empty.
    stdin: str = None
    stdout: str = None
    stderr: str = None
    # Files put into the directory before.
    inputs: list = field(default_factory=list)
    # What must be in it afterwards besides: by name, a file of `cases/PROGRAM` or a SHA-256.
    produces: dict = field(default_factory=dict)
    # Goes on in the directory of the case before.
    same_directory: bool = False


@dataclass
class Program:
    """A WASI command and its cases."""

    name: str
    make: Callable
    cases: list
    # The least that the program can do, for the time it takes to start.
    start: list
    # Its directory in `cases`, if it is not called like the program.
    directory: str = None

    def files(self):
        """Where its inputs and expected outputs are."""
        return CASES / (self.directory or self.name)


def cpython(tools, output):
    source = tools.npm(PYTHON_WASI) / "dist/python.wasm"
    if hashlib.sha256(source.read_bytes()).hexdigest() != PYTHON_SHA256:
        raise Failed(f"{source} is not the file that it was")
    shutil.copy(source, output)


def quickjs(tools, output):
    source = tools.crate("rquickjs-sys") / "quickjs"
    files = ["qjs.c", "quickjs.c", "quickjs-libc.c", "libregexp.c", "libunicode.c", "dtoa.c",
             "gen/repl.c", "gen/standalone.c"]
    tools.c_to_wasm(
        ["-O2", "-w", "-D_GNU_SOURCE", "-D_WASI_EMULATED_PROCESS_CLOCKS", "-D_WASI_EMULATED_SIGNAL",
         "-Wl,-z,stack-size=1048576", *files,
         "-lwasi-emulated-process-clocks", "-lwasi-emulated-signal", "-lm"],
        output, cwd=source)


def sqlite(tools, output):
    tools.sqlite_to_wasm(CASES / "sqlite/sqlmain.c", "-O2", output)


def lua(tools, output):
    source = tools.crate("lua-src") / "lua-5.4.9"
    # Its errors are `longjmp`, which clang makes legacy exceptions of.
    tools.c_to_wasm(
        ["-O2", "-w", "-mllvm", "-wasm-enable-sjlj", "-D_WASI_EMULATED_SIGNAL",
         "-D_WASI_EMULATED_PROCESS_CLOCKS", "-Wl,-z,stack-size=1048576", "-I", source,
         CASES / "lua/luamain.c", *sorted(source.glob("*.c")), "-lsetjmp", "-lm",
         "-lwasi-emulated-signal", "-lwasi-emulated-process-clocks"],
        output)


def lua_exnref(tools, output):
    legacy = output.with_suffix(".legacy")
    lua(tools, legacy)
    tools.exceptions_of_today(legacy, output)
    legacy.unlink()


def rust(tools, output):
    tools.rust_to_wasm(CASES / "rust", "rsapp", output)


def go(tools, output):
    tools.go_to_wasm(CASES / "go/hello.go", output)


def c(tools, output):
    tools.c_to_wasm(["-O2", "-w", CASES / "c/hello.c"], output)


def cxx(tools, output):
    tools.c_to_wasm(["-O2", "-fno-exceptions", CASES / "cxx/hello.cc"], output, cxx=True)


def cxx_exceptions(tools, output):
    own = CASES / "cxx-exceptions"
    # The sysroot's libraries can't throw, so the program brings what can.
    tools.c_to_wasm(["-O2", "-fwasm-exceptions", own / "thrown.cc", own / "runtime.cc"], output,
                    cxx=True)


def zig(tools, output):
    tools.zig_to_wasm(CASES / "zig/hello.zig", output, "ReleaseSmall")


def zig_safe(tools, output):
    tools.zig_to_wasm(CASES / "zig/hello.zig", output, "ReleaseSafe")


# What Lua prints that clang compiled for Linux.
LUA_CASES = [
    Case(["lua", "/w/prog.lua", "one", "two"], status=1, stdout="prog.stdout", stderr="prog.stderr",
         inputs=["prog.lua"]),
]

PROGRAMS = [
    Program("c", c, start=["c"], cases=[
        Case(["c", "arg"], status=2, stdout="hello.stdout", produces={"out.txt": "out.txt"}),
    ]),
    Program("cxx", cxx, start=["cxx"], cases=[
        Case(["cxx"], stdout="hello.stdout"),
    ]),
    # What it prints that clang compiled for Linux.
    Program("cxx-exceptions", cxx_exceptions, start=["cxx"], cases=[
        Case(["cxx"], stdout="thrown.stdout"),
    ]),
    Program("zig", zig, start=["zig"], cases=[
        Case(["zig"], stderr="hello.stderr"),
    ]),
    # The same with bounds checks and the texts of its panics.
    Program("zig-safe", zig_safe, start=["zig"], directory="zig", cases=[
        Case(["zig"], stderr="hello.stderr"),
    ]),
    Program("rust", rust, start=["rsapp"], cases=[
        Case(["rsapp"], stdin="input.json", stdout="input.stdout"),
        Case(["rsapp", "/w/z.bin"], stdin="input.json", stdout="path.stdout",
             produces={"z.bin": "z.bin"}),
        Case(["rsapp"], status=3, stdin="bad.json", stderr="bad.stderr"),
    ]),
    Program("go", go, start=["go"], cases=[
        Case(["go", "a", "b"], stdout="hello.stdout"),
    ]),
    Program("lua", lua, start=["lua"], cases=LUA_CASES),
    # The same with the exceptions of WebAssembly 3.0.
    Program("lua-exnref", lua_exnref, start=["lua"], directory="lua", cases=LUA_CASES),
    Program("quickjs", quickjs, start=["qjs", "--eval", "0"], cases=[
        Case(["qjs", "/w/prog.js"], stdout="prog.stdout", inputs=["prog.js"]),
    ]),
    Program("sqlite", sqlite, start=["sqlite", ":memory:", "select 1"], cases=[
        # Ends with a query of a column that does not exist.
        Case(["sqlite", "/w/x.db"], status=1, stdin="q.sql", stdout="q.stdout", stderr="q.stderr",
             produces={"x.db": "6a521a14abadd4a413d242d0eb1d05e52f5e9dff694f575e63183d8f6a7b3662"}),
        Case(["sqlite", "/w/x.db", "select count(*) from t"], stdout="count.stdout",
             produces={"x.db": "6a521a14abadd4a413d242d0eb1d05e52f5e9dff694f575e63183d8f6a7b3662"},
             same_directory=True),
    ]),
    Program("cpython", cpython, start=["python", "-c", "pass"], cases=[
        Case(["python", "/w/prog.py"], status=7, stdout="prog.stdout", stderr="prog.stderr",
             inputs=["prog.py"]),
        Case(["python", "-"], stdin="stdin.py", stdout="stdin.stdout"),
    ]),
]
