#!/usr/bin/env python3
"""Real programs, as others published them or made by other compilers, built with `wasm2rs build`
and compared with what they print elsewhere. See README.md beside this file."""

import argparse
import hashlib
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

# Nothing is to be left in the source tree.
sys.dont_write_bytecode = True

from measure import run, wasm_functions  # noqa: E402
from programs import PROGRAMS  # noqa: E402
from toolchain import REPOSITORY, Failed, Missing, Toolchain, build_wasm2rs, say  # noqa: E402

# A program that hangs is to be a failure and not a hang; far from what any of them needs.
HANGS_AFTER = 300

# Runs of which the fastest is taken for the time to start.
STARTS = 5


@dataclass
class Row:
    """A line of the table."""

    name: str
    wasm: int = None
    functions: int = None
    wall: float = None
    cpu: float = None
    peak: int = None
    binary: int = None
    start: float = None
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
    arguments = parser.parse_args()

    names = [program.name for program in PROGRAMS]
    for name in arguments.only or []:
        if name not in names:
            parser.error(f"no program `{name}`; there are {', '.join(names)}")
    try:
        wasm2rs = arguments.wasm2rs or build_wasm2rs()
        tools = Toolchain(arguments.work)
        builder = Builder(wasm2rs.resolve(), tools.work, arguments)
        # Everything that can be missing is found out before the builds, which take long.
        selected = [p for p in PROGRAMS if not arguments.only or p.name in arguments.only]
        ready = [(program, *obtain(program, tools)) for program in selected]
        builder.prepare()
    except (Failed, Missing) as error:
        sys.exit(f"error: {error}")

    rows = []
    for program, wasm, why_not in ready:
        row = Row(program.name)
        rows.append(row)
        if wasm is None:
            row.result = f"skipped: {why_not}"
            continue
        row.wasm = wasm.stat().st_size
        row.functions, _ = wasm_functions(wasm)
        try:
            check(program, builder.build(program, wasm, row), tools.work, row)
        except Failed as error:
            row.failed = True
            row.result = "FAILED"
            say(f"{program.name}: {error}")
    show(rows)
    failed = sum(row.failed for row in rows)
    skipped = sum(row.result.startswith("skipped") for row in rows)
    print(f"{len(rows) - failed - skipped} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0)


def obtain(program, tools):
    """The module of a program, or none and the reason."""
    directory = tools.work / "wasm"
    directory.mkdir(exist_ok=True)
    wasm = directory / f"{program.name}.wasm"
    if wasm.exists():
        return wasm, None
    say(f"{program.name}: making {wasm.name}")
    partial = directory / f"{program.name}.partial"
    try:
        program.make(tools, partial)
    except Missing as error:
        return None, f"there is no {error}"
    partial.rename(wasm)
    return wasm, None


class Builder:
    """`wasm2rs build`, with a cache that this run alone uses."""

    def __init__(self, wasm2rs, work, arguments):
        self.command = [wasm2rs, "build", "--quiet", "--cache-dir", work / "cache"]
        if arguments.jobs:
            self.command += ["--jobs", arguments.jobs]
        self.programs = work / "programs"
        self.programs.mkdir(exist_ok=True)
        if not arguments.keep_cache:
            # What is found there would be built in no time.
            shutil.rmtree(work / "cache", ignore_errors=True)

    def prepare(self):
        """Builds the support crate, which all programs share, so that none of them pays for it."""
        # `(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
        #    (func (export "_start")) (memory (export "memory") 1))`
        empty = self.programs / "empty.wasm"
        empty.write_bytes(
            b"\0asm\1\0\0\0\1\x08\2\x60\1\x7f\0\x60\0\0\2\x24\1\x16wasi_snapshot_preview1"
            b"\x09proc_exit\0\0\3\2\1\1\5\3\1\0\1\7\x13\2\6_start\0\1\6memory\2\0\x0a\4\1\2\0\x0b")
        say("building the support crate")
        result = run([*self.command, empty, "-o", self.programs / "empty"])
        if result.status != 0:
            raise Failed(f"wasm2rs build: {result.stderr.decode(errors='replace')}")
        say(f"  {result.wall:.0f} s, {result.user + result.system:.0f} s of processor time")

    def build(self, program, wasm, row):
        """Builds a program, and gives its path."""
        say(f"{program.name}: building")
        executable = self.programs / program.name
        result = run([*self.command, wasm, "-o", executable, "--dir", ".::/w"])
        if result.status != 0:
            raise Failed(f"wasm2rs build: {result.stderr.decode(errors='replace')}")
        row.wall, row.cpu, row.peak = result.wall, result.user + result.system, result.peak
        row.binary = executable.stat().st_size
        say(f"  {row.wall:.0f} s, {row.cpu:.0f} s of processor time")
        return executable


def check(program, executable, work, row):
    """Runs the cases of a program, and times its start."""
    directory = work / "run" / program.name
    passed = 0
    for number, case in enumerate(program.cases, 1):
        if not case.same_directory:
            shutil.rmtree(directory, ignore_errors=True)
            directory.mkdir(parents=True)
        wrong = run_case(program, case, executable, directory)
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


def run_case(program, case, executable, directory):
    """What is not as it should be; nothing when all is."""
    own = program.files()

    def content(name):
        return (own / name).read_bytes() if name else b""

    for name in case.inputs:
        shutil.copy(own / name, directory)
    # With an empty environment and in its directory, so that it is the same everywhere.
    result = run(case.arguments, executable, stdin=content(case.stdin), cwd=directory, env={},
                 timeout=HANGS_AFTER)
    wrong = []
    if result.status != case.status:
        wrong.append(f"status {result.status}, expected {case.status}")
    for name in ("stdout", "stderr"):
        got, expected = getattr(result, name), content(getattr(case, name))
        if got != expected:
            wrong.append(f"{name} differs: {difference(got, expected)}")
    found = {path.name for path in directory.rglob("*")}
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
    return wrong


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
        return f"{value:.0f} s"

    heading = ["program", "wasm", "functions", "build", "processor", "peak memory", "binary",
               "start", "result"]
    table = [[
        row.name,
        cell(row.wasm, size),
        cell(row.functions, str),
        cell(row.wall, seconds),
        cell(row.cpu, seconds),
        cell(row.peak, lambda peak: f"{peak / 1e6:.0f} MB"),
        cell(row.binary, size),
        cell(row.start, lambda start: f"{start * 1e3:.1f} ms"),
        row.result,
    ] for row in rows]
    widths = [max(len(line[column]) for line in [heading, *table]) for column in range(len(heading))]
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
