"""Runs a process and says what it took; and looks at modules."""

import os
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass


@dataclass
class Run:
    """What a process did and took, its children included."""

    status: int
    stdout: bytes
    stderr: bytes
    wall: float
    user: float
    system: float
    # Of the largest single process among it and its children, in bytes.
    peak: int


def run(command, program=None, stdin=b"", cwd=None, env=None, timeout=None):
    """Runs `command`; with `program` that executable, whatever the command calls it."""
    # Files and not pipes: nobody has to read while the process runs, which would cost it time.
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, \
            tempfile.TemporaryFile() as err:
        given.write(stdin)
        given.seek(0)
        begin = time.perf_counter()
        process = subprocess.Popen(
            [str(word) for word in command], executable=program and str(program),
            stdin=given, stdout=out, stderr=err, cwd=cwd, env=env)
        status, usage = _wait(process, timeout)
        wall = time.perf_counter() - begin
        out.seek(0)
        err.seek(0)
        # Linux counts in KiB, macOS in bytes.
        unit = 1 if os.uname().sysname == "Darwin" else 1024
        return Run(status, out.read(), err.read(), wall, usage.ru_utime, usage.ru_stime,
                   usage.ru_maxrss * unit)


def _wait(process, timeout):
    """Waits with `wait4`, which tells of this process alone what it used."""
    killer = threading.Timer(timeout, process.kill) if timeout else None
    if killer:
        killer.start()
    _, status, usage = os.wait4(process.pid, 0)
    if killer:
        killer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage


def wasm_functions(path):
    """How many functions a module defines, and how many bytes its code section has."""
    data = path.read_bytes()
    functions = code = 0

    def number(at):
        value = shift = 0
        while True:
            byte = data[at]
            value |= (byte & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if byte < 0x80:
                return value, at

    at = 8
    while at < len(data):
        section = data[at]
        size, at = number(at + 1)
        if section == 3:
            functions, _ = number(at)
        elif section == 10:
            code = size
        at += size
    return functions, code
