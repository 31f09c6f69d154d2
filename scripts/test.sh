#!/usr/bin/env bash
# Runs the Go tests and the .tftest.hcl tests, and prints the slowest Go tests and the total number of tests. Run make build and make
# simulator first. If -run selects Go tests, the .tftest.hcl tests do not run. If the environment contains TF_ACC=1 and the address of a
# team, also runs the read-only tests against that team.
#
# usage: scripts/test.sh [cli] [go test argument...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

all_counts=${TEST_COUNTS:-/dev/null}
TEST_COUNTS=$(mktemp)
SLOWEST_TESTS=$(mktemp)
trap 'rm -f "$TEST_COUNTS" "$SLOWEST_TESTS"' EXIT
export TEST_COUNTS SLOWEST_TESTS

real=${TF_ACC:+${CELONIS_URL:-}${CELONIS_TEAM:-}}
status=0
scripts/go-tests.sh "$@" || status=1
case " $*" in
  *" -run"*) echo "Skipping the .tftest.hcl tests, because -run selects Go tests." ;;
  *) scripts/hcl-tests.sh || status=1 ;;
esac
[ -z "$real" ] || scripts/go-tests.sh real || status=1

if [ -s "$SLOWEST_TESTS" ]; then
  echo "The slowest tests:"
  sed 's/^/  /' "$SLOWEST_TESTS"
fi
cat "$TEST_COUNTS" >>"$all_counts"
scripts/count.sh "$TEST_COUNTS"
exit "$status"
