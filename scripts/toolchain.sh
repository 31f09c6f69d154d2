#!/usr/bin/env bash
# Prints the Go toolchain that releases are built with: the toolchain line of go.mod. With the argument check, fails if the Go
# module proxy has a newer patch release.
#
# usage: scripts/toolchain.sh [check]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

pinned=$(sed -n 's/^toolchain //p' go.mod)
[ -n "$pinned" ] || { echo "go.mod has no toolchain line." >&2; exit 1; }

if [ "${1:-}" = check ]; then
  # Versions look like v0.0.1-go1.26.8.linux-amd64. Release candidates have no second dot.
  series=${pinned%.*}
  newest=$(go list -m -versions golang.org/toolchain | tr ' ' '\n' |
    sed -n "s/^v0\.0\.1-\(${series//./\\.}\.[0-9]*\)\.linux-amd64$/\1/p" | sort -V | tail -n 1)
  [ -n "$newest" ] || { echo "The module proxy lists no toolchain of the series $series." >&2; exit 1; }
  [ "$newest" = "$pinned" ] || {
    echo "go.mod selects $pinned, but $newest is available: go mod edit -toolchain=$newest" >&2
    exit 1
  }
fi

echo "$pinned"
