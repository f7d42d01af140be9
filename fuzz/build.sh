#!/usr/bin/env bash
# Builds the targets with coverage for libFuzzer, on stable: the flags are those of cargo-fuzz without a sanitizer, which
# our own code, free of `unsafe`, needs least. Prints the program's path. Needs a C++ compiler.
#
#   fuzz/build.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
host=$(rustc -vV | sed -n 's/^host: //p')
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1"
# With a target named, build scripts and macros are built without the flags.
cargo build --release --target "$host" >&2
echo "${CARGO_TARGET_DIR:-$PWD/target}/$host/release/sampan-fuzz"
