#!/usr/bin/env python3
"""Real programs, as others published them or made by other compilers, translated by wasm2rs and
compared with what they do elsewhere. See README.md beside this file."""

import argparse
import hashlib
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

# Nothing is to be left in the source tree.
sys.dont_write_bytecode = True

from build import Builder  # noqa: E402
from hosted import HOSTED, Hosted  # noqa: E402
from libraries import LIBRARIES, Library  # noqa: E402
from measure import run, wasm_functions  # noqa: E402
from oracle import Wasmtime, record  # noqa: E402
from programs import PROGRAMS  # noqa: E402
from toolchain import REPOSITORY, Failed, Missing, Toolchain, build_wasm2rs, say  # noqa: E402

# A program that hangs is to be a failure and not a hang; far from what any of them needs.
HANGS_AFTER = 300

# Runs of which the fastest is taken for the time to start.
STARTS = 5


@dataclass
class Row:
    """A line of the table: bytes and seconds."""

    name: str
    wasm: int = None
    functions: int = None
    translating: float = None
    compiling: float = None
    wall: float = None
    peak: int = None
    binary: int = None
    start: float = None
    other_start: float = None
    run: float = None
    other_run: float = None
    result: str = ""
    failed: bool = False


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="NAME", action="append",
                        help="only this program; may be given again")
    parser.add_argument("--work", metavar="DIR", type=Path,
                        default=REPOSITORY / "target/real-programs",
                        help="where downloads and builds go; DIR/wasm/NAME.wasm is used when it "
                             "is there [default: target/real-programs]")
    parser.add_argument("--wasm2rs", metavar="PATH", type=Path,
                        help="this command instead of one built from the repository")
    parser.add_argument("--jobs", metavar="N", help="how many processes may compile at a time")
    parser.add_argument("--keep-cache", action="store_true",
                        help="use what the last run built; the times of building mean nothing then")
    parser.add_argument("--no-wasmtime", action="store_true",
                        help="don't run the programs in Wasmtime")
    arguments = parser.parse_args()

    programs = [*PROGRAMS, *HOSTED, *LIBRARIES]
    names = [program.name for program in programs]
    for name in arguments.only or []:
        if name not in names:
            parser.error(f"no program `{name}`; there are {', '.join(names)}")
    try:
        wasm2rs = arguments.wasm2rs or build_wasm2rs()
        tools = Toolchain(arguments.work)
        builder = Builder(wasm2rs.resolve(), tools.work, arguments.jobs, arguments.keep_cache)
        # Everything that can be missing is found out before the builds, which take long.
        if arguments.only:
            selected = [program for program in programs if program.name in arguments.only]
        else:
            selected = [program for program in programs if getattr(program, "unasked", True)]
        ready = [(program, *obtain(program, tools)) for program in selected]
        builder.prepare(selected)
    except (Failed, Missing) as error:
        sys.exit(f"error: {error}")
    wasmtime = None
    if not arguments.no_wasmtime:
        try:
            wasmtime = Wasmtime(tools)
        except (Failed, Missing) as error:
            say(f"not compared with Wasmtime: {error}")

    rows = []
    for program, modules, why_not in ready:
        row = Row(program.name)
        rows.append(row)
        if why_not:
            row.result = f"skipped: {why_not}"
            continue
        row.wasm = sum(wasm.stat().st_size for wasm in modules.values())
        row.functions = sum(wasm_functions(wasm)[0] for wasm in modules.values())
        try:
            if isinstance(program, Library):
                check_library(program, modules["module"], builder, tools, row)
            elif isinstance(program, Hosted):
                check_hosted(program, modules, builder, tools.work, row)
            else:
                check_program(program, modules["module"], builder, wasmtime, tools.work, row)
        except (Failed, Missing) as error:
            row.failed = True
            row.result = "FAILED"
            say(f"{program.name}: {error}")
    show(rows)
    failed = sum(row.failed for row in rows)
    skipped = sum(row.result.startswith("skipped") for row in rows)
    print(f"{len(rows) - failed - skipped} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0)


def obtain(program, tools):
    """The modules of a program by the names of their crates, and the reason if there is one."""
    directory = tools.work / "wasm"
    directory.mkdir(exist_ok=True)
    modules = {}
    for crate in program.modules if isinstance(program, Hosted) else ["module"]:
        name = program.name if crate == "module" else f"{program.name}-{crate}"
        wasm = modules[crate] = directory / f"{name}.wasm"
        if wasm.exists():
            continue
        say(f"{program.name}: making {wasm.name}")
        partial = directory / f"{name}.partial"
        try:
            if isinstance(program, Hosted):
                program.make(tools, partial, crate)
            else:
                program.make(tools, partial)
        except Missing as error:
            return {}, f"there is no {error}"
        partial.rename(wasm)
    return modules, None


def check_library(library, wasm, builder, tools, row):
    """Writes down what a script and the module do, and plays it again."""
    trace, printed, row.other_start, row.other_run = record(library, wasm, tools)
    expected = library.expected()
    if printed != expected:
        raise Failed(f"the script prints something else: {difference(printed, expected)}")
    replay = builder.library(library, wasm, trace, row)
    result = run([replay, trace], timeout=HANGS_AFTER)
    if result.status != 0:
        raise Failed(f"not as it was in Node: {result.stderr.decode(errors='replace').strip()}")
    row.start, row.run = map(float, result.stdout.split())
    row.result = "passed"


def check_hosted(program, modules, builder, work, row):
    """Builds a program in Rust around modules, and runs it."""
    executable = builder.hosted(program, modules, row)
    directory = work / "run" / program.name
    directory_of(program.case, directory)
    for name in program.empty:
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).touch()
    wrong, row.run = run_case(program, program.case, directory,
                              lambda given: run(program.case.arguments, executable, **given))
    for what in wrong:
        say(f"{program.name}: {what}")
    row.failed = bool(wrong)
    row.result = "FAILED" if wrong else "passed"


def check_program(program, wasm, builder, wasmtime, work, row):
    """Builds a program, runs its cases, and times its start; in Wasmtime too."""
    executable = builder.program(program, wasm, row)
    directory = work / "run" / program.name
    passed = 0
    row.run = 0
    for number, case in enumerate(program.cases, 1):
        directory_of(case, directory)
        wrong, seconds = run_case(program, case, directory,
                                  lambda given: run(case.arguments, executable, **given))
        row.run += seconds
        passed += not wrong
        for what in wrong:
            say(f"{program.name}: case {number} (`{' '.join(case.arguments)}`): {what}")
    row.failed = passed < len(program.cases)
    row.result = f"{passed} of {len(program.cases)} cases" if row.failed else "passed"
    shutil.rmtree(directory)
    directory.mkdir()
    starts = [run(program.start, executable, cwd=directory, env={}, timeout=HANGS_AFTER)
              for _ in range(STARTS)]
    row.start = min(result.wall for result in starts)

    compiled = wasmtime and wasmtime.compile(program.name, wasm)
    if not compiled:
        return
    row.other_run = 0
    for number, case in enumerate(program.cases, 1):
        directory_of(case, directory)
        wrong, seconds = run_case(program, case, directory,
                                  lambda given: wasmtime.run(compiled, case.arguments, **given))
        row.other_run += seconds
        for what in wrong:
            say(f"{program.name}: case {number} in Wasmtime: {what}")
    starts = [wasmtime.run(compiled, program.start, cwd=directory, env={}, timeout=HANGS_AFTER)
              for _ in range(STARTS)]
    row.other_start = min(result.wall for result in starts)


def directory_of(case, directory):
    """Makes the directory that a case runs in."""
    if not case.same_directory:
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)


def run_case(program, case, directory, start):
    """What is not as it should be, nothing when all is; and how long it took."""
    own = program.files()

    def content(name):
        return (own / name).read_bytes() if name else b""

    for name in case.inputs:
        shutil.copy(own / name, directory)
    # With an empty environment and in its directory, so that it is the same everywhere.
    result = start(dict(stdin=content(case.stdin), cwd=directory, env={}, timeout=HANGS_AFTER))
    wrong = []
    if result.status != case.status:
        wrong.append(f"status {result.status}, expected {case.status}")
    for name in ("stdout", "stderr"):
        got, expected = getattr(result, name), content(getattr(case, name))
        if got != expected:
            wrong.append(f"{name} differs: {difference(got, expected)}")
    found = {path.name for path in directory.iterdir() if path.is_file()}
    for name in sorted(found - set(case.inputs) - set(case.produces)):
        wrong.append(f"unexpected file {name}")
    for name, expected in case.produces.items():
        if name not in found:
            wrong.append(f"no file {name}")
            continue
        got = (directory / name).read_bytes()
        if (own / expected).is_file():
            same = got == content(expected)
        else:
            same = hashlib.sha256(got).hexdigest() == expected
        if not same:
            wrong.append(f"file {name} differs")
    return wrong, result.wall


def difference(got, expected):
    """The first line that differs."""
    lines = zip(got.splitlines() + [b""], expected.splitlines() + [b""])
    for number, (one, other) in enumerate(lines, 1):
        if one != other:
            return f"line {number} is {one!r}, expected {other!r}"
    return f"{len(got)} bytes, expected {len(expected)}"


def show(rows):
    """Prints the table."""

    def cell(value, text):
        return "" if value is None else text(value)

    def size(value):
        return f"{value / 1e6:.2f} MB" if value < 1e7 else f"{value / 1e6:.1f} MB"

    def seconds(value):
        return f"{value:.0f} s" if value >= 10 else f"{value:.1f} s"

    def milliseconds(value):
        return f"{value * 1e3:.0f} ms" if value >= 1 else f"{value * 1e3:.1f} ms"

    heading = ["program", "wasm", "functions", "translating", "rustc", "build", "peak memory",
               "binary", "start", "there", "run", "there", "result"]
    table = [[
        row.name,
        cell(row.wasm, size),
        cell(row.functions, str),
        cell(row.translating, seconds),
        cell(row.compiling, seconds),
        cell(row.wall, seconds),
        cell(row.peak, lambda peak: f"{peak / 1e6:.0f} MB"),
        cell(row.binary, size),
        cell(row.start, milliseconds),
        cell(row.other_start, milliseconds),
        cell(row.run, milliseconds),
        cell(row.other_run, milliseconds),
        row.result,
    ] for row in rows]
    lines = [heading, *table]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heading))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:-1]), "-" * widths[-1]]
    print()
    for line in [heading, rule, *table]:
        first, *middle, last = zip(line, widths)
        cells = [first[0].ljust(first[1]), *(text.rjust(width) for text, width in middle),
                 last[0].ljust(last[1])]
        print("| " + " | ".join(cells) + " |")
    print()


if __name__ == "__main__":
    main()
