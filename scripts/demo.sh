#!/usr/bin/env bash
# Demonstrates the provider: runs init, plan, apply and output in examples/demo, against the team in CELONIS_URL or CELONIS_TEAM,
# or against a simulated team if neither variable is set. Run make build and make simulator first.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/workspace.sh"

install_provider "${released_addresses[@]}"
if [ -n "${CELONIS_URL:-}${CELONIS_TEAM:-}" ]; then
  echo "Reading the team ${CELONIS_URL:-$CELONIS_TEAM}."
else
  start_simulator -models 137
  echo "CELONIS_URL was not set. This is a simulated team at $CELONIS_URL."
fi

[ -t 1 ] || export TF_CLI_ARGS=-no-color
cp -R "$root/examples" "$work"
cd "$work/examples/demo"
# Create a lock file first, as in a real repository, so that init does not print a warning.
"$cli" providers lock -fs-mirror "$work/mirror" >/dev/null

run() {
  printf '\n$ %s\n' "$(basename "$cli") $*"
  "$cli" "$@"
}
run init
run plan
run apply -auto-approve
run output
