"""What others do with the same modules: Wasmtime with programs, Node with libraries."""

import os
import shutil
import sys
from pathlib import Path

from measure import run
from toolchain import Failed, find, say

WASMTIME = "wasmtime==50.0.1"
HERE = Path(__file__).resolve().parent


class Wasmtime:
    """Wasmtime as a package for Python, so that it comes from where everything comes from."""

    def __init__(self, tools):
        self.package = tools.pip(WASMTIME)
        self.directory = tools.work / "wasmtime"
        self.directory.mkdir(exist_ok=True)

    def _python(self, arguments, env=None, **options):
        return run([sys.executable, HERE / "wasmtime_run.py", *arguments],
                   env={**(env or {}), "PYTHONPATH": str(self.package)}, **options)

    def compile(self, name, wasm):
        """The module compiled, which a run does not pay for; none if Wasmtime can't."""
        compiled = self.directory / f"{name}.cwasm"
        if compiled.exists() and compiled.stat().st_mtime > wasm.stat().st_mtime:
            return compiled
        result = self._python(["compile", wasm, compiled])
        if result.status != 0:
            reason = result.stderr.decode(errors="replace").strip().splitlines()[-1:]
            say(f"{name}: Wasmtime can't compile it: {''.join(reason)}")
            return None
        return compiled

    def run(self, compiled, arguments, cwd, **options):
        """Runs a program in a directory that it sees as `/w`; the time is without Python's."""
        seconds = self.directory / "seconds"
        seconds.unlink(missing_ok=True)
        result = self._python(["run", compiled, seconds, "--dir", ".::/w", *arguments], cwd=cwd,
                              **options)
        if seconds.exists():
            result.wall = float(seconds.read_text())
        return result


def record(library, wasm, tools):
    """Has the script run in Node; gives what it and the module did, what it printed, and the
    seconds to make an instance and in the module after that."""
    directory = library.install(tools)
    node = library.node and library.node(tools) or find("node", "apt-get install nodejs")
    traces = tools.work / "traces"
    traces.mkdir(exist_ok=True)
    trace = traces / f"{library.name}.trace"
    script = directory / f"{library.name}.mjs"
    shutil.copy(library.script(), script)
    environment = {**os.environ, "RECORD_MODULE": str(wasm), "RECORD_TRACE": str(trace)}
    result = run([node, "--experimental-wasm-type-reflection", "-r", HERE / "replay/record.cjs",
                  script], cwd=directory, env=environment)
    if result.status != 0:
        tail = result.stderr.decode(errors="replace").strip().splitlines()[-10:]
        raise Failed("the script failed:\n" + "\n".join(tail))
    with trace.open("rb") as file:
        file.seek(max(0, trace.stat().st_size - 100))
        _, start, inside = file.read().split(b"\n")[-2].split()
    return trace, result.stdout, float(start), float(inside)
