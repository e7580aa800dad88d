"""Runs a module that was compiled before by Wasmtime, and writes how much processor time that took,
so that neither Python's start nor the compiling is counted.

    wasmtime_run.py compile MODULE COMPILED
    wasmtime_run.py run COMPILED TIMES NAME [ARGUMENT...]
    wasmtime_run.py call COMPILED TIMES EXPORT NUMBER

`run` runs a program's `_start`, and writes user and system time. `call` calls an export of a module
without imports, prints its result, and writes the time and the most memory in KiB.
"""

import resource
import sys
from pathlib import Path

import wasmtime


def engine():
    """One that has everything that modules here use."""
    config = wasmtime.Config()
    config.wasm_threads = True
    config.shared_memory = True
    config.wasm_exceptions = True
    config.wasm_function_references = True
    config.wasm_gc = True
    return wasmtime.Engine(config)


def main():
    what, source, target, *arguments = sys.argv[1:]
    if what == "compile":
        module = wasmtime.Module.from_file(engine(), source)
        Path(target).write_bytes(bytes(module.serialize()))
        return 0
    if what == "call":
        return call(source, target, *arguments)
    return run(source, target, arguments)


def run(source, target, arguments):
    """Runs a program."""
    own = engine()
    module = wasmtime.Module.deserialize_file(own, source)
    linker = wasmtime.Linker(own)
    linker.define_wasi()
    store = wasmtime.Store(own)
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


def call(source, target, name, number):
    """Calls an export."""
    own = engine()
    module = wasmtime.Module.deserialize_file(own, source)
    store = wasmtime.Store(own)
    before = resource.getrusage(resource.RUSAGE_SELF)
    instance = wasmtime.Instance(store, module, [])
    result = instance.exports(store)[name](store, int(number))
    after = resource.getrusage(resource.RUSAGE_SELF)
    time = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    Path(target).write_text(f"{time} {after.ru_maxrss - before.ru_maxrss}")
    print(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
