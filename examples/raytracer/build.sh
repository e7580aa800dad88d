#!/bin/sh
# Makes raytracer.wasm from raytracer.c. Needed only after changing the source: the module is
# committed, so that trying wasm2rs takes nothing but Rust.
#
# Any clang that knows WebAssembly will do, with wasi-libc and compiler-rt for it, for example
# Debian's clang-19, lld-19, libclang-rt-19-dev-wasm32 and wasi-libc, or the WASI SDK:
#
#     CC=/opt/wasi-sdk/bin/clang ./build.sh
set -eu
cd "$(dirname "$0")"
${CC:-clang-19} --target="${TARGET:-wasm32-wasi}" -O2 -s -Wall -Wextra raytracer.c -lm -o raytracer.wasm
