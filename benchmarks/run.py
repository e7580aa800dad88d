#!/usr/bin/env python3
"""Times programs built with `wasm2rs build` against the same C compiled natively, and against
Wasmtime, in one run. See README.md beside this file."""

import argparse
import datetime
import math
import os
import platform
import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Nothing is to be left in the source tree.
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "tests/real-programs"))

import measure  # noqa: E402
import toolchain  # noqa: E402
from toolchain import REPOSITORY, Failed, Missing, Toolchain, say  # noqa: E402

PROGRAMS = HERE / "programs"

# The WebAssembly has no vector instructions; without these flags the native program has.
SCALAR = ["-fno-vectorize", "-fno-slp-vectorize"]

# Programs by name: the source, and what the compiler is told besides.
SOURCES = {
    # Where the processor multiplies and adds in one step the checksums would be others.
    "cmark": ("cmark.c", ["-ffp-contract=off"]),
    # With the same allocator on both sides, and with each C library's own: glibc's natively,
    # dlmalloc in WebAssembly.
    "alloc": ("alloc.c", ["-DOWN_MALLOC"]),
    "alloc-libc": ("alloc.c", []),
    "sqlite": (None, []),
}


@dataclass
class Benchmark:
    """A run of a program of about a second."""

    name: str
    program: str
    arguments: list = field(default_factory=list)
    # Files in `programs`. Without the expected output it has to end with `PASS`.
    stdin: str = None
    stdout: str = None


BENCHMARKS = [
    Benchmark("cmark", "cmark", stdout="cmark.expected"),
    Benchmark("alloc", "alloc", stdout="alloc.expected"),
    Benchmark("alloc-libc", "alloc-libc", stdout="alloc.expected"),
    Benchmark("sqlite", "sqlite", [":memory:"], stdin="sqlite.sql", stdout="sqlite.expected"),
]

# The five parts of cmark by themselves: to see where time goes, and not in the mean.
KERNELS = [
    Benchmark(f"cmark {name}", "cmark", ["1800", str(1 << bit)])
    for bit, name in enumerate(["list", "matrix", "state", "interp", "fft"])
]

NATIVE, NATIVE_SCALAR = "native", "native, no SIMD"
GUARDED, CHECKED, WASMTIME = "wasm2rs guarded", "wasm2rs checked", "Wasmtime"


@dataclass
class Variant:
    """One of the forms of a program, and what its runs took."""

    command: list
    environment: dict = field(default_factory=lambda: dict(os.environ))
    # Where the process writes its own times, if not all of it is to be counted.
    times: Path = None
    user: list = field(default_factory=list)
    system: list = field(default_factory=list)

    def run(self, benchmark):
        """Runs it once, and takes note of the processor's time."""
        stdin = (PROGRAMS / benchmark.stdin).read_bytes() if benchmark.stdin else b""
        result = measure.run([*self.command, *benchmark.arguments], stdin=stdin,
                             env=self.environment)
        if benchmark.stdout:
            right = result.stdout == (PROGRAMS / benchmark.stdout).read_bytes()
        else:
            right = result.stdout.endswith(b"PASS\n")
        if result.status != 0 or not right:
            raise Failed(f"{benchmark.name}: {self.command[0]} ended with {result.status} and "
                         f"printed {result.stdout[-300:]!r} {result.stderr[-300:]!r}")
        user, system = result.user, result.system
        if self.times:
            user, system = map(float, self.times.read_text().split())
        self.user.append(user)
        self.system.append(system)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="NAME", action="append",
                        help="only this benchmark; may be given again")
    parser.add_argument("--kernels", action="store_true",
                        help="the five parts of cmark by themselves, too")
    parser.add_argument("--rounds", metavar="N", type=int, default=5, help="[default: 5]")
    parser.add_argument("--work", metavar="DIR", type=Path,
                        default=REPOSITORY / "target/benchmarks",
                        help="where builds go [default: target/benchmarks]")
    parser.add_argument("--downloads", metavar="DIR", type=Path,
                        default=REPOSITORY / "target/real-programs",
                        help="where downloads go [default: target/real-programs, as those of "
                             "tests/real-programs]")
    parser.add_argument("--wasm2rs", metavar="PATH", type=Path,
                        help="this command instead of one built from the repository")
    arguments = parser.parse_args()

    benchmarks = BENCHMARKS + (KERNELS if arguments.kernels else [])
    if arguments.only:
        benchmarks = [b for b in BENCHMARKS + KERNELS if b.name in arguments.only]
        if len(benchmarks) < len(set(arguments.only)):
            parser.error("there are " + ", ".join(b.name for b in BENCHMARKS + KERNELS))
    try:
        tools = Toolchain(arguments.downloads)
        # Asked for first: without it there is nothing to compare with.
        tools.clang()
        wasm2rs = (arguments.wasm2rs or toolchain.build_wasm2rs()).resolve()
        results = run_all(benchmarks, tools, wasm2rs, arguments)
    except Missing as error:
        sys.exit(f"error: there is no {error}")
    except Failed as error:
        sys.exit(f"error: {error}")
    show(results)
    describe(tools, wasm2rs)


def run_all(benchmarks, tools, wasm2rs, arguments):
    """The variants of each benchmark, by its name, with their times."""
    work = arguments.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    programs = {}
    for name in dict.fromkeys(benchmark.program for benchmark in benchmarks):
        say(f"building {name}")
        programs[name] = build(name, tools, wasm2rs, work)
    results = {}
    for benchmark in benchmarks:
        say(f"running {benchmark.name}")
        variants = {
            name: Variant(variant.command, variant.environment, variant.times)
            for name, variant in programs[benchmark.program].items()
        }
        # By turns: whatever else the machine does meanwhile falls on all of them.
        for _ in range(arguments.rounds):
            for variant in variants.values():
                variant.run(benchmark)
        results[benchmark.name] = variants
    return results


def build(name, tools, wasm2rs, work):
    """All variants of a program."""
    wasm, native, scalar = work / f"{name}.wasm", work / f"{name}.native", work / f"{name}.scalar"
    source, flags = SOURCES[name]
    if source is None:
        # The one that the acceptance cases use.
        source = REPOSITORY / "tests/real-programs/cases/sqlite/sqlmain.c"
        tools.sqlite_to_wasm(source, "-O2", wasm)
        tools.sqlite_to_native(source, ["-O2"], native)
        tools.sqlite_to_native(source, ["-O2", *SCALAR], scalar)
    else:
        words = ["-O2", *flags, PROGRAMS / source, "-lm"]
        tools.c_to_wasm(words, wasm)
        tools.c_to_native(words, native)
        tools.c_to_native([*SCALAR, *words], scalar)
    return {
        NATIVE: Variant([native]),
        NATIVE_SCALAR: Variant([scalar]),
        GUARDED: translated(wasm2rs, wasm, work, "guarded", ""),
        # To rustc a feature is this flag, and the support crate is the only one here to have it.
        CHECKED: translated(wasm2rs, wasm, work, "checked", '--cfg feature="checked"'),
        **in_wasmtime(name, tools, wasm, work),
    }


def translated(wasm2rs, wasm, work, mode, flags):
    """The program that `wasm2rs build` makes."""
    program = wasm.with_suffix(f".{mode}")
    # A cache for each mode: at a change of flags cargo would build everything again.
    environment = {
        **os.environ,
        "RUSTFLAGS": f"{os.environ.get('RUSTFLAGS', '')} {flags}".strip(),
        "WASM2RS_CACHE_DIR": str(work / f"cache-{mode}"),
    }
    toolchain.run([wasm2rs, "build", "--quiet", wasm, "-o", program], env=environment)
    return Variant([program])


def in_wasmtime(name, tools, wasm, work):
    """The program in Wasmtime, compiled before it is timed."""
    try:
        environment = {**os.environ, "PYTHONPATH": str(tools.pip("wasmtime"))}
        script = [sys.executable, HERE / "wasmtime_run.py"]
        compiled, times = wasm.with_suffix(".cwasm"), work / "times"
        toolchain.run([*script, "compile", wasm, compiled], env=environment)
    except (Missing, Failed) as error:
        say(f"without Wasmtime: {error}")
        return {}
    return {WASMTIME: Variant([*script, "run", compiled, times, name], environment, times)}


def show(results):
    """Prints the ratios, and the times they are made of."""
    names = list(dict.fromkeys(name for variants in results.values() for name in variants))
    others = [name for name in names if name != NATIVE]

    def ratio(variants, name):
        return statistics.median(variants[name].user) / statistics.median(variants[NATIVE].user)

    print("\nUser time, native = 1.00 (medians)\n")
    lines = []
    for benchmark, variants in results.items():
        lines.append([benchmark, *(f"{ratio(variants, name):.2f}" for name in others)])
    counted = [results[b.name] for b in BENCHMARKS if b.name in results]
    if counted:
        means = []
        for name in others:
            logarithms = [math.log(ratio(variants, name)) for variants in counted]
            means.append(f"{math.exp(statistics.mean(logarithms)):.2f}")
        lines.append(["geometric mean", *means])
    table(["program", *others], lines)

    print("\nSeconds of user time, median (least to most), and of system time, median\n")
    lines = []
    for benchmark, variants in results.items():
        for name, variant in variants.items():
            user = (f"{statistics.median(variant.user):.3f} "
                    f"({min(variant.user):.3f} to {max(variant.user):.3f})")
            lines.append([benchmark, name, user, f"{statistics.median(variant.system):.3f}"])
    table(["program", "variant", "user", "system"], lines)


def table(heading, lines):
    """Prints a table."""
    widths = [max(len(line[column]) for line in [heading, *lines]) for column in range(len(heading))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    for line in [heading, rule, *lines]:
        cells = [line[0].ljust(widths[0])]
        cells += [text.rjust(width) for text, width in zip(line[1:], widths[1:])]
        print("| " + " | ".join(cells) + " |")


def describe(tools, wasm2rs):
    """Prints what was measured, and on what."""

    def version(*command):
        try:
            return toolchain.run(command).splitlines()[0]
        except Failed:
            return "unknown"

    processor = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                processor = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    load = os.getloadavg()[0]
    print(f"\n{datetime.date.today()}, {processor}, {os.cpu_count()} processors, "
          f"{platform.system()} {platform.release()}, load {load:.1f}")
    print(version(tools.clang()[0], "--version"))
    print(version("rustc", "--version"))
    if wasm2rs:
        print(version(wasm2rs, "--version"))
    distribution = list(Path(tools.work).glob("pip-wasmtime/wasmtime-*.dist-info"))
    if distribution:
        print("wasmtime " + distribution[0].name.split("-")[1].removesuffix(".dist"))


if __name__ == "__main__":
    main()
