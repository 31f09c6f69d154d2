#!/usr/bin/env bash
# Checks that the release binary depends only on the commit. Builds HEAD twice with goreleaser, in two clones under different paths, and
# compares the SHA-256 checksums. The second build starts with an empty build cache. Like releases, both builds use the Go toolchain that
# go.mod selects.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

goreleaser=$("$root/scripts/tool.sh" goreleaser)
toolchain=$("$root/scripts/toolchain.sh")
if ! GOTOOLCHAIN=$toolchain go version >/dev/null 2>&1; then
  echo "$toolchain cannot be downloaded here. This check uses $(go env GOVERSION) instead; releases never do." >&2
  toolchain=local
fi
sum() { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi; }

# build FOLDER: builds the binary in a clone at FOLDER and prints its SHA-256 checksum.
build() {
  mkdir -p "$(dirname "$1")"
  git clone -q "$root" "$1"
  (cd "$1" && GOTOOLCHAIN=$toolchain "$goreleaser" build --id provider --snapshot --clean --single-target --output built >build.log 2>&1) ||
    { cat "$1/build.log" >&2; return 1; }
  sum <"$1/built"
}

first=$(build "$work/one")
second=$(GOCACHE=$work/cache build "$work/two/deeper")
go version "$work/one/built" | sed 's/.*: /Go version    /'
echo "first build   $first"
echo "second build  $second"
[ "$first" = "$second" ] || { echo "The build is not reproducible." >&2; exit 1; }
