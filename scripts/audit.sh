#!/usr/bin/env bash
# Checks all dependencies: licences and sources against deny.toml, and versions
# against the advisories of RustSec.
#
#   scripts/audit.sh
#
# The licences are checked by our own program, without network; its tests do the
# same. The rest needs cargo-deny (cargo install --locked cargo-deny) and, for the
# advisories, the network. What could not be checked makes the script fail.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo run --quiet --locked -p packaging -- check
echo "licences ok"
if ! cargo deny --version >/dev/null 2>&1; then
  echo "sources and advisories were not checked: cargo-deny is missing" >&2
  exit 2
fi
cargo deny --locked --offline check licenses bans sources
cargo deny --locked check advisories
