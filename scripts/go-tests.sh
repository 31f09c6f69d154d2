#!/usr/bin/env bash
# Runs the Go tests, acceptance tests included, under the race detector. They see no team but the simulator, unless
# "real" is asked for: then only the tests named TestAccReal run, against the team that the CELONIS_ variables name. Of these
# variables, the one with the folder of the vendor's OpenAPI files always counts.
#
# With "cli", only the packages run whose tests drive a CLI: the others do the same whichever CLI there is.
#
# usage: scripts/go-tests.sh [real|cli] [go test argument...]
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/workspace.sh"
cd "$root"

compiler=$(go env CC)
command -v "${compiler%% *}" >/dev/null || {
  echo "The race detector needs a C compiler, and ${compiler%% *} is not installed (Debian: apt-get install gcc libc6-dev)." >&2
  exit 1
}

packages=(./...)
if [ "${1:-}" = cli ]; then
  shift
  packages=(./internal/provider ./internal/docscheck)
fi

if [ "${1:-}" = real ]; then
  shift
  [ -n "${CELONIS_URL:-}${CELONIS_TEAM:-}" ] || { echo "Set CELONIS_URL and credentials to test against a real team." >&2; exit 1; }
  set -- -run '^TestAccReal' "$@"
else
  openapi=${CELONIS_OPENAPI_DIR:-}
  unset "${!CELONIS_@}"
  [ -z "$openapi" ] || export CELONIS_OPENAPI_DIR=$openapi
fi

export CGO_ENABLED=1 TF_ACC=1 TF_ACC_TERRAFORM_PATH=$cli
# The address under which the tests serve the provider, so that examples with their full source work as they are.
export TF_ACC_PROVIDER_NAMESPACE=celonis-community
[[ $("$cli" version) != *OpenTofu* ]] || export TF_ACC_PROVIDER_HOST=registry.opentofu.org

gotestsum=$(scripts/tool.sh gotestsum)
status=0
"$gotestsum" --format pkgname --hide-summary skipped --jsonfile "$work/tests.json" -- \
  -race -count 1 -timeout 40m "$@" "${packages[@]}" || status=$?

counts() { awk -v action="\"Action\":\"$1\"" '/"Test":/ && index($0, action) { n++ } END { print n + 0 }' "$work/tests.json"; }
passed=$(counts pass)
failed=$(counts fail)
# A package that does not compile fails without naming a test.
[ "$status" = 0 ] || [ "$failed" != 0 ] || failed=1
add_counts "$passed" "$failed"
exit "$status"
