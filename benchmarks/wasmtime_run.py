"""Runs a module that was compiled before by Wasmtime, and writes how much processor time its
`_start` took, so that neither Python's start nor the compiling is counted.

    wasmtime_run.py compile MODULE COMPILED
    wasmtime_run.py run COMPILED TIMES NAME [ARGUMENT...]
"""

import resource
import sys
from pathlib import Path

import wasmtime


def main():
    engine = wasmtime.Engine()
    what, source, target, *arguments = sys.argv[1:]
    if what == "compile":
        module = wasmtime.Module.from_file(engine, source)
        Path(target).write_bytes(bytes(module.serialize()))
        return 0
    module = wasmtime.Module.deserialize_file(engine, source)
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    store = wasmtime.Store(engine)
    wasi = wasmtime.WasiConfig()
    wasi.argv = arguments
    wasi.inherit_stdin()
    wasi.inherit_stdout()
    wasi.inherit_stderr()
    store.set_wasi(wasi)
    before = resource.getrusage(resource.RUSAGE_SELF)
    instance = linker.instantiate(store, module)
    try:
        instance.exports(store)["_start"](store)
        status = 0
    except wasmtime.ExitTrap as exit_:
        status = exit_.code
    after = resource.getrusage(resource.RUSAGE_SELF)
    user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
    Path(target).write_text(f"{user} {system}")
    return status


if __name__ == "__main__":
    sys.exit(main())
