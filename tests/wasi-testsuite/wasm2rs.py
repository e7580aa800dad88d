"""Runs the tests of WebAssembly/wasi-testsuite with `wasm2rs run`: an adapter for its runner."""

import os
import shlex
import subprocess
from typing import Dict, List, Optional, Tuple

# The command, with options for `run` after it if need be: WASM2RS="wasm2rs run --profile dev".
WASM2RS = shlex.split(os.getenv("WASM2RS", "wasm2rs run"), posix=os.name != "nt")


def get_name() -> str:
    return "wasm2rs"


def get_version() -> str:
    result = subprocess.run(
        [WASM2RS[0], "--version"], encoding="UTF-8", capture_output=True, check=True
    )
    return result.stdout.split()[-1]


def get_wasi_versions() -> List[str]:
    return ["wasm32-wasip1"]


def get_wasi_worlds() -> List[str]:
    return ["wasi:cli/command"]


def get_timeout_seconds() -> float:
    # The first run of a test compiles it.
    return 600


def compute_argv(
    test_path: str,
    args_env_root: Tuple[List[str], Dict[str, str], Optional[str]],
    proposals: List[str],
    wasi_world: str,
    wasi_version: str,
) -> List[str]:
    args, env, root = args_env_root
    argv = [*WASM2RS, "--quiet"]
    for name, value in env.items():
        argv += ["--env", f"{name}={value}"]
    if root:
        argv += ["--dir", f"{root}::/"]
    return argv + [test_path, "--", *args]
