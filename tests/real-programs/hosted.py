"""Modules that are libraries, each with a program in Rust that uses it, `cases/NAME/main.rs`."""

import shutil
from dataclasses import dataclass, field

from programs import CASES, Case


@dataclass
class Hosted:
    """A program in Rust around modules from npm."""

    name: str
    # The crate of each module, the package it is in, and the file there.
    modules: dict
    case: Case
    # Empty files that have to be there.
    empty: list = field(default_factory=list)

    def files(self):
        """Where its inputs and expected outputs are."""
        return CASES / self.name

    def make(self, tools, output, crate):
        """Writes a module."""
        package, file = self.modules[crate]
        shutil.copy(tools.npm(package) / file, output)


HOSTED = [
    # A module whose host makes its memory, table and stack, and another that is linked to it. What
    # it prints is what `drive.mjs` beside it printed in Node.
    Hosted("tree-sitter", {
        "tree_sitter": ("web-tree-sitter@0.27.1", "web-tree-sitter.wasm"),
        "grammar": ("tree-sitter-python@0.25.0", "tree-sitter-python.wasm"),
    }, Case(["tree-sitter"], stdout="main.stdout")),
    # A reactor. What it prints is what `oracle.py` beside it printed in Wasmtime.
    Hosted("perl", {"perl": ("@6over3/zeroperl-ts@1.0.10", "dist/esm/zeroperl.wasm")},
           Case(["perl"], stdout="prog.stdout", stderr="prog.stderr", inputs=["prog.pl"],
                produces={"out.txt": "out.txt"}),
           empty=["dev/null"]),
]
