#!/usr/bin/env bash
# Prints the Go toolchain for releases, which the toolchain line in go.mod specifies. With the check argument, fails if the Go module
# proxy offers a newer patch release.
#
# usage: scripts/toolchain.sh [check]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

pinned=$(sed -n 's/^toolchain //p' go.mod)
[ -n "$pinned" ] || { echo "go.mod does not contain a toolchain line." >&2; exit 1; }

if [ "${1:-}" = check ]; then
  # Versions have the format v0.0.1-go1.26.8.linux-amd64. The pattern ignores release candidates such as go1.27rc1, which do not contain a
  # second dot.
  series=${pinned%.*}
  newest=$(go list -m -versions golang.org/toolchain | tr ' ' '\n' |
    sed -n "s/^v0\.0\.1-\(${series//./\\.}\.[0-9]*\)\.linux-amd64$/\1/p" | sort -V | tail -n 1)
  [ -n "$newest" ] || { echo "The module proxy does not list any toolchain for $series." >&2; exit 1; }
  [ "$newest" = "$pinned" ] || {
    echo "go.mod selects $pinned, but $newest is available. Run: go mod edit -toolchain=$newest" >&2
    exit 1
  }
fi

echo "$pinned"
