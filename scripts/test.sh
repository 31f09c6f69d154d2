#!/usr/bin/env bash
# Runs the Go tests and the .tftest.hcl tests, and closes with a count of all of them. Needs make build.
# With TF_ACC=1 and the address of a team in the environment, the tests that only read from a real team follow.
#
# usage: scripts/test.sh [cli] [go test argument...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

all_counts=${TEST_COUNTS:-/dev/null}
TEST_COUNTS=$(mktemp)
trap 'rm -f "$TEST_COUNTS"' EXIT
export TEST_COUNTS

real=${TF_ACC:+${CELONIS_URL:-}${CELONIS_TEAM:-}}
status=0
scripts/go-tests.sh "$@" || status=1
scripts/hcl-tests.sh || status=1
[ -z "$real" ] || scripts/go-tests.sh real || status=1

cat "$TEST_COUNTS" >>"$all_counts"
scripts/count.sh "$TEST_COUNTS"
exit "$status"
