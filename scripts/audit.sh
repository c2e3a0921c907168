#!/usr/bin/env bash
# Checks all dependencies: licences and sources against deny.toml, and versions
# against the advisories of RustSec.
#
#   scripts/audit.sh
#
# Needs cargo-deny: cargo install --locked cargo-deny. Licences and sources need no
# network. The advisories are fetched; without them the script fails.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! cargo deny --version >/dev/null 2>&1; then
  echo "cargo-deny is missing: cargo install --locked cargo-deny" >&2
  exit 2
fi
cargo deny --locked --offline check licenses bans sources
cargo deny --locked check advisories
