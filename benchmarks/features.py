#!/usr/bin/env python3
"""Times vectors, exceptions, objects and atomics in modules translated by wasm2rs against Wasmtime,
in one run. See README.md beside this file."""

import argparse
import os
import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path

import run
from run import HERE, Failed, Missing, Toolchain, measure, say, toolchain

MODULES = HERE / "features"


@dataclass
class Kernel:
    """An export, and what to give it so that it runs for about half a second."""

    module: str
    name: str
    times: int


KERNELS = [
    Kernel("simd", "blake3", 20_000),
    Kernel("simd", "gather", 20_000),
    Kernel("simd", "hex", 200_000),
    Kernel("simd", "matrix", 2_000),
    Kernel("simd", "image", 30_000),
    Kernel("exceptions", "throw_1", 20_000_000),
    Kernel("exceptions", "throw_10", 10_000_000),
    Kernel("exceptions", "cleanup_10", 5_000_000),
    Kernel("exceptions", "happy", 10_000),
    Kernel("exceptions", "happy_without", 10_000),
    Kernel("gc", "short", 100_000_000),
    Kernel("gc", "short_global", 100_000_000),
    Kernel("gc", "trees", 100),
    Kernel("gc", "array", 2_000),
    Kernel("gc", "tests", 100_000),
    Kernel("gc", "casts", 100_000),
    Kernel("atomics", "add", 50_000_000),
    Kernel("atomics", "cmpxchg", 50_000_000),
    Kernel("atomics", "store_load", 50_000_000),
]

# Where Wasmtime takes much longer for as much work, it gets less of it: one part of so many.
FEWER = {"throw_1": 10, "throw_10": 10, "cleanup_10": 10}

WASMTIME = "Wasmtime"

# The columns of wasm2rs by what `target-cpu` the program is built for: what `wasm2rs build` takes
# for modules with vectors by itself, and the processor at hand, as Wasmtime does.
PROCESSORS = ["x86-64-v2", "native"] if os.uname().machine == "x86_64" else ["native"]

MAIN = """//! Calls an export: MODULE, NAME, and how often.
#![forbid(unsafe_code)]

use wasm2rs_support::Value;

%(modules)s
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, module, name, times] = &arguments[..] else {
        return Err("MODULE NAME TIMES".into());
    };
    let times = [Value::I32(times.parse()?)];
    let results = match &module[..] {
%(arms)s
        _ => return Err("no such module".into()),
    };
    match results[..] {
        [Value::I64(sum)] => println!("{sum}"),
        _ => return Err("another result".into()),
    }
    // The most memory: what the system says of a process counts that of its parent, too.
    for line in std::fs::read_to_string("/proc/self/status").unwrap_or_default().lines() {
        if let Some(peak) = line.strip_prefix("VmHWM:") {
            eprintln!("{}", peak.trim().trim_end_matches(" kB"));
        }
    }
    Ok(())
}
"""


@dataclass
class Times:
    """What the runs of a kernel took."""

    # Seconds of the processor's time, the system's included.
    time: list = field(default_factory=list)
    # KiB
    peak: int = 0
    # Each run did one part of so many.
    scale: int = 1

    def median(self):
        return statistics.median(self.time) * self.scale


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="NAME", action="append",
                        help="only this module or kernel; may be given again")
    parser.add_argument("--rounds", metavar="N", type=int, default=5, help="[default: 5]")
    parser.add_argument("--work", metavar="DIR", type=Path,
                        default=run.REPOSITORY / "target/benchmarks",
                        help="where builds go [default: target/benchmarks]")
    parser.add_argument("--downloads", metavar="DIR", type=Path,
                        default=run.REPOSITORY / "target/real-programs",
                        help="where downloads go [default: target/real-programs]")
    parser.add_argument("--target-cpu", metavar="NAME", action="append",
                        help=f"what to build for; may be given again [default: "
                             f"{' and '.join(PROCESSORS)}]")
    arguments = parser.parse_args()
    wanted = arguments.only or [kernel.module for kernel in KERNELS]
    kernels = [k for k in KERNELS if k.module in wanted or k.name in wanted]
    processors = arguments.target_cpu or PROCESSORS
    try:
        tools = Toolchain(arguments.downloads)
        work = arguments.work.resolve() / "features"
        work.mkdir(parents=True, exist_ok=True)
        modules = build_modules(tools, work, dict.fromkeys(kernel.module for kernel in kernels))
        variants = {f"wasm2rs {name}": build_program(modules, work, name) for name in processors}
        variants |= in_wasmtime(tools, modules, work)
        results = {}
        for kernel in kernels:
            say(f"running {kernel.name}")
            results[kernel.name] = run_kernel(kernel, variants, arguments.rounds)
    except Missing as error:
        sys.exit(f"error: there is no {error}")
    except Failed as error:
        sys.exit(f"error: {error}")
    show(results, list(variants))
    run.describe(tools, None)


def build_modules(tools, work, names):
    """The modules by name: those in C compiled, the others as they are, in text."""
    modules = {}
    for name in names:
        source = MODULES / f"{name}.wat"
        if not source.exists():
            source = work / f"{name}.wasm"
            say(f"building {name}")
            tools.c_to_wasm(["-O3", "-msimd128", "-nostartfiles", "-Wl,--no-entry",
                             MODULES / f"{name}.c"], source)
        modules[name] = source
    return modules


def build_program(modules, work, processor):
    """The command of a program that has all modules in it, translated."""
    say(f"building for {processor}")
    crate = work / "program"
    (crate / "src").mkdir(parents=True, exist_ok=True)
    (crate / "Cargo.toml").write_text(
        '[package]\nname = "features"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n'
        f'[dependencies]\nwasm2rs-support = {{ path = "{run.REPOSITORY}/runtime-support" }}\n')
    (crate / "src/main.rs").write_text(MAIN % {
        "modules": "".join(f'mod {name} {{\n    wasm2rs_support::include_wasm!("{path}");\n}}\n'
                           for name, path in modules.items()),
        "arms": "\n".join(f'        "{name}" => {name}::Instance::new(())?.call(name, &times)?,'
                          for name in modules),
    })
    target = work / f"target-{processor}"
    toolchain.run(["cargo", "build", "--release", "--quiet", "--manifest-path",
                   crate / "Cargo.toml", "--target-dir", target],
                  env={**os.environ, "RUSTFLAGS": f"-C target-cpu={processor}"})

    def command(kernel, parts):
        return [target / "release/features", kernel.module, kernel.name, kernel.times // parts]

    return command, dict(os.environ), None


def in_wasmtime(tools, modules, work):
    """The command that runs a kernel in Wasmtime, compiled before it is timed."""
    times = work / "times"
    script = [sys.executable, HERE / "wasmtime_run.py"]
    try:
        environment = {**os.environ, "PYTHONPATH": str(tools.pip("wasmtime"))}
        for name, source in modules.items():
            toolchain.run([*script, "compile", source, work / f"{name}.cwasm"], env=environment)
    except (Missing, Failed) as error:
        say(f"without Wasmtime: {error}")
        return {}

    def command(kernel, parts):
        return [*script, "call", work / f"{kernel.module}.cwasm", times, kernel.name,
                kernel.times // parts]

    return {WASMTIME: (command, environment, times)}


def run_kernel(kernel, variants, rounds):
    """The times of a kernel in each variant, by turns."""
    parts = FEWER.get(kernel.name, 1)

    def output(name, parts):
        command, environment, _ = variants[name]
        result = measure.run(command(kernel, parts), env=environment)
        if result.status != 0:
            raise Failed(f"{kernel.name}: {name} ended with {result.status}: "
                         f"{result.stderr[-300:]!r}")
        return result

    # All have to agree, for as much of it as the slowest does.
    sums = {name: output(name, parts).stdout for name in variants}
    if len(set(sums.values())) > 1:
        raise Failed(f"{kernel.name}: results differ: {sums}")
    results = {name: Times(scale=parts if name == WASMTIME else 1) for name in variants}
    for _ in range(rounds):
        for name, (_, _, times) in variants.items():
            result = output(name, results[name].scale)
            time, peak = result.user + result.system, result.stderr
            if times:
                time, peak = times.read_text().split()
            results[name].time.append(float(time))
            results[name].peak = max(results[name].peak, int(peak or 0))
    return results


def show(results, names):
    """Prints ratios, and what they are made of."""
    ours = [name for name in names if name != WASMTIME]
    if WASMTIME in names:
        print("\nTimes as fast as Wasmtime (medians; above 1 wasm2rs is faster)\n")
        ratios = {kernel: [times[WASMTIME].median() / times[name].median() for name in ours]
                  for kernel, times in results.items()}
        lines = [[kernel, *(f"{ratio:.2f}" for ratio in row)] for kernel, row in ratios.items()]
        means = [f"{statistics.geometric_mean(column):.2f}" for column in zip(*ratios.values())]
        run.table(["kernel", *ours], [*lines, ["geometric mean", *means]])
    print("\nSeconds of the processor's time, median (least to most), and the most memory\n")
    lines = []
    for kernel, times in results.items():
        for name, taken in times.items():
            least, most = min(taken.time) * taken.scale, max(taken.time) * taken.scale
            lines.append([kernel, name, f"{taken.median():.3f} ({least:.3f} to {most:.3f})",
                          f"{taken.peak / 1024:.1f} MiB"])
    run.table(["kernel", "variant", "time", "memory"], lines)


if __name__ == "__main__":
    main()
