#!/usr/bin/env bash
# Compiles everything, tests too, with exactly the oldest Rust that Cargo.toml
# states (`rust-version`). Cargo.lock holds to it: resolver 3 picks versions of
# dependencies that this Rust compiles.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
rustup toolchain install "$version" --profile minimal
cargo "+$version" check --workspace --all-targets --locked
