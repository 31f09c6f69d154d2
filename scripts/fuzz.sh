#!/usr/bin/env bash
# Runs every fuzz test for some time, one after the other.
#
# usage: scripts/fuzz.sh [duration of each, default 30s]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# go test -list prints the names of a package's tests and then "ok" and the package.
go test -list '^Fuzz' ./... | awk '/^Fuzz/ { names[n++] = $1 } /^ok/ { for (i = 0; i < n; i++) print $2, names[i]; n = 0 }' |
  while read -r package name; do
    echo "== $name ($package)"
    # Without a limit, minimising one interesting input may take up to a minute, which is the whole time.
    go test -run '^$' -fuzz "^$name\$" -fuzztime "${1:-30s}" -fuzzminimizetime 20x "$package" </dev/null
  done
