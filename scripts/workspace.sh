# shellcheck shell=bash
# Prepares the environment for other scripts, which source this file. Sets $work to a temporary folder, which is removed on exit, $root to
# the repository's folder, and $cli to the path of the CLI. The user's own CLI settings have no effect, and the CLI downloads nothing.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
simulator=
clean_up() {
  [ -z "$simulator" ] || kill "$simulator" 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# shellcheck disable=SC2034 # The scripts that source this file use the variable.
cli=$("$root/scripts/terraform.sh")

. "$root/scripts/provider-mirror.sh"

unset TF_WORKSPACE TF_DATA_DIR TF_PLUGIN_CACHE_DIR TF_REATTACH_PROVIDERS "${!TF_CLI_ARGS@}"
export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1 TF_INPUT=0
export TF_CLI_CONFIG_FILE=$work/cli.tfrc
# Use only this mirror, which is empty at first, so that init does not send requests to a registry.
mkdir "$work/mirror"
cat >"$TF_CLI_CONFIG_FILE" <<RC
provider_installation {
  filesystem_mirror {
    path = "$work/mirror"
  }
}
RC

# install_provider ADDRESS...: makes init install bin/terraform-provider-celonis under these addresses, as if it had been released.
install_provider() {
  fill_mirror "$work/mirror" "$@"
}

# require_provider SOURCE: prints the block that a configuration needs to use the provider.
require_provider() {
  printf 'terraform {\n  required_providers {\n    celonis = {\n      source = "%s"\n    }\n  }\n}\n' "$1"
}

# start_simulator ARGUMENT...: starts a simulated team on this machine, and replaces all CELONIS_ variables with those for this team.
start_simulator() {
  unset "${!CELONIS_@}"
  "$root/bin/celonis-simulator" -address 127.0.0.1:0 -env-file "$work/simulator.env" "$@" >"$work/simulator.log" 2>&1 &
  simulator=$!
  local tries=0
  until [ -s "$work/simulator.env" ]; do
    if ! kill -0 "$simulator" 2>/dev/null || [ $((tries += 1)) -gt 150 ]; then
      echo "the simulator did not start:" >&2
      cat "$work/simulator.log" >&2
      return 1
    fi
    sleep 0.2
  done
  # shellcheck source=/dev/null
  . "$work/simulator.env"
}

# add_counts PASSED FAILED: records test results for scripts/count.sh.
add_counts() {
  [ -z "${TEST_COUNTS:-}" ] || echo "$1 $2" >>"$TEST_COUNTS"
}
