"""Modules that are libraries, each with a script that uses it as its package means it to be used.

What the script and the module do to each other is written down in Node and played again with the
module that wasm2rs made. See `replay`.
"""

import platform
import re
import shutil
from base64 import b64decode
from dataclasses import dataclass
from typing import Callable

from programs import CASES
from toolchain import Failed, Missing, find, run

# Both draw text.
FONT = "dejavu-fonts-ttf@2.37.3"


@dataclass
class Library:
    """A module, and a script in `cases/NAME/drive.mjs` with what it prints beside it."""

    name: str
    # What the script needs from npm.
    packages: list
    # Where the module is in that, or how it is made of it.
    module: object
    # Gives the Node that it needs, if not any.
    node: Callable = None
    # Left out unless it is asked for by name.
    unasked: bool = True

    def install(self, tools):
        """Where the script finds its packages."""
        return tools.npm_install(f"{self.name}-script", self.packages)

    def make(self, tools, output):
        """Writes the module."""
        directory = self.install(tools)
        if callable(self.module):
            self.module(directory, output)
        else:
            shutil.copy(directory / "node_modules" / self.module, output)

    def script(self):
        """The script."""
        return CASES / self.name / "drive.mjs"

    def expected(self):
        """What the script prints."""
        return self.script().with_suffix(".stdout").read_bytes()


def libsodium(directory, output):
    text = (directory / "node_modules/libsodium/dist/modules/libsodium.js").read_text("latin-1")
    found = re.search(r"AGFzbQ[A-Za-z0-9+/]+={0,2}", text)
    if found is None:
        raise Failed("there is no module in libsodium.js")
    output.write_bytes(b64decode(found.group()))


def assemblyscript(directory, output):
    node = find("node", "apt-get install nodejs")
    # The compiler names files as they were given.
    shutil.copy(CASES / "assemblyscript/module.ts", directory)
    run([node, "node_modules/assemblyscript/bin/asc.js", "module.ts", "-O2", "--exportRuntime",
         "-o", output], cwd=directory)


def newer_node(tools):
    """The Node that npm has, for this system."""
    system = {"Linux": "linux", "Darwin": "darwin"}.get(platform.system())
    processor = {"x86_64": "x64", "aarch64": "arm64", "arm64": "arm64"}.get(platform.machine())
    if system is None or processor is None:
        raise Missing("Node 24 for this system on npm")
    package = f"node-{system}-{processor}@24.21.0"
    return tools.npm(package) / "bin/node"


LIBRARIES = [
    Library("brotli", ["brotli-wasm@3.0.1"], "brotli-wasm/pkg.node/brotli_wasm_bg.wasm"),
    Library("libsodium", ["libsodium-wrappers@0.8.4", "libsodium@0.8.4"], libsodium),
    Library("zstd", ["@bokuweb/zstd-wasm@0.0.27"], "@bokuweb/zstd-wasm/dist/common/zstd.wasm"),
    Library("tiktoken", ["tiktoken@1.0.22"], "tiktoken/tiktoken_bg.wasm"),
    Library("assemblyscript", ["assemblyscript@0.28.20"], assemblyscript),
    Library("sql.js", ["sql.js@1.16.0"], "sql.js/dist/sql-wasm.wasm"),
    Library("quickjs-emscripten",
            ["quickjs-emscripten-core@0.32.0", "@jitl/quickjs-wasmfile-release-sync@0.32.0"],
            "@jitl/quickjs-wasmfile-release-sync/dist/emscripten-module.wasm"),
    Library("wasmoon", ["wasmoon@1.16.0"], "wasmoon/dist/glue.wasm"),
    Library("harfbuzz", ["harfbuzzjs@1.6.4", FONT], "harfbuzzjs/dist/harfbuzz.wasm"),
    Library("gofmt", ["@wasm-fmt/gofmt@0.7.3"], "@wasm-fmt/gofmt/gofmt.wasm"),
    Library("zigfmt", ["@wasm-fmt/zig_fmt@0.15.2"], "@wasm-fmt/zig_fmt/zig_fmt.wasm"),
    Library("rollup", ["@rollup/wasm-node@4.68.4", "sql.js@1.16.0"],
            "@rollup/wasm-node/dist/wasm-node/bindings_wasm_bg.wasm"),
    Library("resvg", ["@resvg/resvg-wasm@2.6.2", FONT], "@resvg/resvg-wasm/index_bg.wasm"),
    # Node 20 has no objects that are collected. rustc takes more than 20 GB for it: too much for
    # whoever does not expect it.
    Library("dart", ["@wasm-fmt/dart_fmt@0.4.0"], "@wasm-fmt/dart_fmt/dart_fmt.wasm", newer_node,
            unasked=False),
    Library("mupdf", ["mupdf@1.28.1"], "mupdf/dist/mupdf-wasm.wasm"),
]
