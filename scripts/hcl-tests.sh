#!/usr/bin/env bash
# Runs tests/*.tftest.hcl with the built provider against the simulator, as a user's own terraform test or tofu test would.
# Needs make build.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/workspace.sh"

install_provider "${released_addresses[@]}"
start_simulator -models 137
# A copy, because init writes where it runs. The examples are there for tests that take one as a module.
cp -R "$root/tests" "$root/examples" "$work"
cd "$work/tests"
# Without any configuration beside the tests, init would not look at what the tests need.
[ -n "$(find . -maxdepth 1 -name '*.tf')" ] ||
  require_provider celonis-community/celonis >main.tf

"$cli" init -no-color >init.log || {
  cat init.log
  add_counts 0 1
  exit 1
}
status=0
"$cli" test -no-color | tee test.log || status=$?

summary=$(grep -Eo '[0-9]+ passed, [0-9]+ failed' test.log | tail -n 1 || true)
read -r passed _ failed _ <<<"${summary:-0 passed, 1 failed}"
add_counts "$passed" "$failed"
[ "$passed" != 0 ] || status=1
exit "$status"
