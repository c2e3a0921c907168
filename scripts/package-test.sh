#!/usr/bin/env bash
# Runs the judge of an archive where there is nothing else: in a root file system
# that holds the unpacked archive and a stored case, without network.
#
#   sudo scripts/package-test.sh target/package/candor-VERSION-MACHINE.tar.gz
set -euo pipefail
archive=$(realpath "$1")
cd "$(dirname "$0")/.."
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

(cd "$(dirname "$archive")" && sha256sum --check --quiet "$(basename "$archive").sha256")
tar --extract --file "$archive" --directory "$root" --strip-components=1
(cd "$root" && sha256sum --check --quiet SHA256SUMS)
cp -r tests/golden "$root/case"

inside() { unshare --net chroot "$root" "$@"; }
for program in responder requester judge; do
  inside "/$program" --version
  test -s "$root/man/$program.1"
done
judge=(/judge verify-bundle --commitment /case/commitment.json --request /case/request --bundle /case/bundle)

# The stored case lacks a document that was withheld: verified, but incomplete.
code=0
report=$(inside "${judge[@]}") || code=$?
echo "$report"
[ "$code" = 3 ]
grep -q "^VERIFIED BUT INCOMPLETE" <<< "$report"

# One changed bit in a proof.
proof=$(find "$root/case/bundle/data/proofs" -type f | head -1)
printf '\x01' | dd of="$proof" bs=1 seek=100 conv=notrunc status=none
code=0
inside "${judge[@]}" > /dev/null || code=$?
[ "$code" = 1 ]

size=$(stat -c %s "$root/judge")
[ "$size" -lt 15000000 ]
echo "passed; the judge's program has $size bytes"
