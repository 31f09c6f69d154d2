#!/usr/bin/env bash
# Runs tests/*.tftest.hcl with the built provider against the simulator, as a user would with terraform test or tofu test. Run make build
# and make simulator first.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/workspace.sh"

install_provider "${released_addresses[@]}"
start_simulator -models 137
# Work on a copy, because init writes to the working folder. Some tests use an example as a module.
cp -R "$root/tests" "$root/examples" "$work"
cd "$work/tests"
# Create a configuration if there is none. Without one, init does not install the providers that the tests require.
[ -n "$(find . -maxdepth 1 -name '*.tf')" ] ||
  require_provider celonis-community/celonis >main.tf

"$cli" init -no-color >init.log || {
  cat init.log
  add_counts 0 1
  exit 1
}
status=0
"$cli" test -no-color | tee test.log || status=$?

# Run the script from the guide. It starts its own simulated team.
mkdir "$work/path"
ln -s "$cli" "$work/path/terraform"
(cd "$work/examples/guides/testing_a_module" && PATH="$work/path:$root/bin:$PATH" TF_CLI_ARGS=-no-color bash test.sh) | tee -a test.log || status=$?

read -r passed failed < <(awk '/[0-9]+ passed, [0-9]+ failed/ { passed += $(NF - 3); failed += $(NF - 1) } END { print passed + 0, failed + 0 }' test.log)
add_counts "$passed" "$failed"
[ "$passed" != 0 ] || status=1
exit "$status"
