#!/usr/bin/env bash
# Makes an archive for people without Rust: the three programs, which need nothing
# of the machine they run on, with manual, man pages, shell completions, licences.
#
#   scripts/package.sh [TARGET [OUT]]
#
# TARGET is one of the machine types of `rustc --print target-list`; the default
# is this machine's. Writes OUT/candor-VERSION-MACHINE.tar.gz and the file of its
# digest; OUT is target/package unless given. Run scripts/package-test.sh on it.
#
# The programs are linked statically with musl. glibc can be linked statically too,
# but its licence (LGPL) asks more of whoever hands such a program on. The only C
# and assembler in the programs is blst's, which musl-gcc compiles as it is.
# The judge is built alone, so that it has no code of the other two.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${1:-$(uname -m)-unknown-linux-musl}
build=${CARGO_TARGET_DIR:-target}
out=${2:-$build/package}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
name=candor-$version-${target%%-*}-linux
made=$build/$target/dist

if [ ! -d "$(rustc --print target-libdir --target "$target")" ]; then
  rustup target add "$target"
fi
if [[ $target == *-musl ]] && ! command -v musl-gcc "${target%%-*}-linux-musl-gcc" >/dev/null; then
  apt-get update && apt-get install -y --no-install-recommends musl-tools
fi

# The same bytes wherever it is built: no path of this machine in messages.
home=${CARGO_HOME:-$HOME/.cargo}
export RUSTFLAGS="${RUSTFLAGS:-} -C target-feature=+crt-static --remap-path-prefix=$PWD=candor --remap-path-prefix=$home=cargo"
programs=$(mktemp -d)
trap 'rm -rf "$programs"' EXIT
cargo build --locked --profile dist --target "$target" -p judge
cp "$made/judge" "$programs"
cargo build --locked --profile dist --target "$target" -p responder -p requester -p packaging
cp "$made/responder" "$made/requester" "$programs"

folder=$out/$name
rm -rf "$folder" "$folder.tar.gz" "$folder.tar.gz.sha256"
mkdir -p "$folder"
cp "$programs"/* README.md SECURITY.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE "$folder"
cp -r docs "$folder"
"$made/packaging" pages "$folder"
"$made/packaging" licences "$target" > "$folder/LICENCES-OF-CRATES.txt"
# Rust's standard library is linked too.
cp "$(rustc --print sysroot)/share/doc/rust/COPYRIGHT-library.html" "$folder/LICENCES-OF-RUST.html"
sums=$(cd "$folder" && find . -type f -printf '%P\n' | LC_ALL=C sort | xargs sha256sum)
echo "$sums" > "$folder/SHA256SUMS"

# Likewise: no owner, no time, a fixed order.
tar --create --directory "$out" --sort=name --owner=0 --group=0 --numeric-owner \
  --mode=u=rwX,go=rX --mtime="@${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}" "$name" |
  gzip -9n > "$folder.tar.gz"
(cd "$out" && sha256sum "$name.tar.gz" > "$name.tar.gz.sha256")
wc -c "$folder"/{responder,requester,judge} "$folder.tar.gz"
