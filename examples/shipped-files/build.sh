#!/bin/sh
# Makes render.wasm from render.c, as ./../raytracer/build.sh does its own.
set -eu
cd "$(dirname "$0")"
${CC:-clang-19} --target="${TARGET:-wasm32-wasi}" -O2 -s -Wall -Wextra render.c -o render.wasm
