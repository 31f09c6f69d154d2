#!/usr/bin/env bash
# Runs the fuzz tests sequentially, each for a limited time.
#
# usage: scripts/fuzz.sh [duration of each test, default 30s]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# go test -list prints the names of a package's tests, followed by "ok" and the package.
go test -list '^Fuzz' ./... | awk '/^Fuzz/ { names[n++] = $1 } /^ok/ { for (i = 0; i < n; i++) print $2, names[i]; n = 0 }' |
  while read -r package name; do
    echo "== $name ($package)"
    # Without a limit, minimising a single interesting input may take up to a minute, which is more than the whole test should take.
    go test -run '^$' -fuzz "^$name\$" -fuzztime "${1:-30s}" -fuzzminimizetime 20x "$package" </dev/null
  done
