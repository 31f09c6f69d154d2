#!/usr/bin/env bash
# Runs each property test with many random cases, and tests all combinations of the fault matrix. make test runs only a
# sample of both.
#
# usage: scripts/prove.sh [random cases per property, default 1000]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

find internal -name '*_property_test.go' -exec dirname {} \; | sort -u | while read -r folder; do
  names=$(sed -n 's/^func \(Test[A-Za-z]*\)(t \*testing\.T).*/\1/p' "$folder"/*_property_test.go | paste -sd '|' -)
  go test -timeout 60m -run "^($names)\$" "./$folder" -rapid.checks="${1:-1000}" </dev/null
done

go test -timeout 30m -run '^(TestFaultMatrix|TestNoFaultRevealsASecret)$' ./internal/client -whole-matrix
