"""Runs a WASI command in Wasmtime, and says how long that took without starting Python.

    python wasmtime_run.py compile MODULE COMPILED
    python wasmtime_run.py run COMPILED TIME [--dir HOST::GUEST] ARGUMENT...

The file `TIME` gets the seconds from the compiled module to the program's end.
"""

import sys
import time

import wasmtime


def engine():
    config = wasmtime.Config()
    for feature in ("wasm_exceptions", "wasm_tail_call", "wasm_function_references", "wasm_gc"):
        setattr(config, feature, True)
    return wasmtime.Engine(config)


def compile_module(module, compiled):
    with open(compiled, "wb") as file:
        file.write(wasmtime.Module.from_file(engine(), module).serialize())


def run(compiled, time_file, arguments):
    wasi = wasmtime.WasiConfig()
    while arguments[:1] == ["--dir"]:
        host, guest = arguments[1].split("::")
        wasi.preopen_dir(host, guest)
        arguments = arguments[2:]
    wasi.argv = arguments
    wasi.inherit_stdin()
    wasi.inherit_stdout()
    wasi.inherit_stderr()
    status = 0
    begin = time.perf_counter()
    shared = engine()
    module = wasmtime.Module.deserialize_file(shared, compiled)
    linker = wasmtime.Linker(shared)
    linker.define_wasi()
    store = wasmtime.Store(shared)
    store.set_wasi(wasi)
    start = linker.instantiate(store, module).exports(store)["_start"]
    try:
        start(store)
    except wasmtime.ExitTrap as end:
        status = end.code
    ended = time.perf_counter()
    with open(time_file, "w") as file:
        file.write(f"{ended - begin}\n")
    sys.exit(status)


if __name__ == "__main__":
    if sys.argv[1] == "compile":
        compile_module(*sys.argv[2:4])
    else:
        run(sys.argv[2], sys.argv[3], sys.argv[4:])
