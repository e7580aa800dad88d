"""What `main.rs` does, in Wasmtime: prints the same.

    python oracle.py zeroperl.wasm DIRECTORY

where DIRECTORY has `prog.pl` and a file `dev/null`, and Perl sees it as `/` and as `/w`.
"""

import sys

import wasmtime

module, directory = sys.argv[1:]
engine = wasmtime.Engine()
linker = wasmtime.Linker(engine)
linker.define_wasi()
store = wasmtime.Store(engine)
wasi = wasmtime.WasiConfig()
wasi.argv = ["zeroperl"]
wasi.preopen_dir(directory, "/")
wasi.preopen_dir(directory, "/w")
wasi.inherit_stdout()
wasi.inherit_stderr()
store.set_wasi(wasi)


def host(which, count, arguments):
    value = int.from_bytes(memory.read(store, arguments, arguments + 4), "little")
    return perl["zeroperl_new_int"](store, 2 * integer(value))


def integer(value):
    place = perl["malloc"](store, 4)
    assert perl["zeroperl_to_int"](store, value, place)
    return int.from_bytes(memory.read(store, place, place + 4), "little")


def text(string):
    data = string.encode() + b"\0"
    place = perl["malloc"](store, len(data))
    memory.write(store, data, place)
    return place


i32 = wasmtime.ValType.i32()
linker.define_func("env", "call_host_function", wasmtime.FuncType([i32] * 3, [i32]), host)
perl = linker.instantiate(store, wasmtime.Module.from_file(engine, module)).exports(store)
memory = perl["memory"]
perl["_initialize"](store)
assert perl["zeroperl_init"](store) == 0
perl["zeroperl_register_function"](store, 1, text("twice"))
SCALAR = 1
with open(f"{directory}/prog.pl") as file:
    program = file.read()
for code in (program, "die q(on purpose)", "print qq(still there\\n)"):
    status = perl["zeroperl_eval"](store, text(code), SCALAR, 0, 0)
    perl["zeroperl_flush"](store)
    error = perl["zeroperl_last_error"](store)
    end = memory.read(store, error, error + 300).find(b"\0") if status else 0
    print(status, bytes(memory.read(store, error, error + end)), flush=True)
