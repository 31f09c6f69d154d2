#!/usr/bin/env bash
# Runs the Go tests, including acceptance tests, with the race detector. The tests use only the simulator, so the script unsets all CELONIS_
# variables except CELONIS_OPENAPI_DIR. Go does not repeat the tests of a package that passed if neither its code nor the files and variables
# that it reads have changed since. To run all tests, add -count=1.
#
# With "programs", runs the tests that only run built programs: the code blocks of the documentation, and interrupted applies. The race
# detector would not observe these programs.
#
# With "real", runs only the tests named TestAccReal…, against the team in the CELONIS_ variables.
#
# With "cli", runs only the tests that need a CLI, which are named TestAcc…, without the race detector. The results of other tests do not
# depend on the CLI, and neither do data races, which the run of all tests detects.
#
# With "one", runs the provider's tests that match a regular expression, and the tests that compare all objects with the README, the
# examples and the golden copy. This mode does not use the race detector. Use it while you work on a single object.
#
# usage: scripts/go-tests.sh [real|cli|programs|one REGEXP] [go test argument...]
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/workspace.sh"
cd "$root"

mode=
case ${1:-} in real | cli | programs | one) mode=$1; shift ;; esac

compiler=$(go env CC)
[[ $mode =~ ^(one|cli|programs)$ ]] || command -v "${compiler%% *}" >/dev/null || {
  echo "The race detector needs a C compiler, but ${compiler%% *} is not installed (Debian: apt-get install gcc libc6-dev)." >&2
  exit 1
}

programs=(./internal/docscheck ./internal/soak)
packages=()
while read -r package; do packages+=("$package"); done < <(go list ./... | grep -v -e '/internal/docscheck$' -e '/internal/soak$')
race=-race
case $mode in
  programs)
    race=
    packages=("${programs[@]}")
    # Go would not notice that the programs have changed.
    set -- -count 1 "$@"
    ;;
  cli)
    race=
    packages=(./internal/provider "${programs[@]}")
    set -- -run '^TestAcc' -count 1 "$@"
    ;;
  one)
    packages=(./internal/provider)
    [ -n "${1:-}" ] || { echo "Specify the tests, for example: make test-one RUN=Permissions" >&2; exit 1; }
    go test -list "${1%%/*}" ./internal/provider | grep -q '^Test' || { echo "No test in internal/provider matches $1." >&2; exit 1; }
    expression="$1|EveryObject|EveryAttribute|READMELists|Golden|NamedLikeSecrets"
    shift
    set -- -run "$expression" "$@"
    ;;
esac

if [ "$mode" = real ]; then
  [ -n "${CELONIS_URL:-}${CELONIS_TEAM:-}" ] || { echo "Set CELONIS_URL and credentials to test against a real team." >&2; exit 1; }
  set -- -run '^TestAccReal' -count 1 "$@"
else
  openapi=${CELONIS_OPENAPI_DIR:-}
  unset "${!CELONIS_@}"
  [ -z "$openapi" ] || export CELONIS_OPENAPI_DIR=$openapi
fi

export TF_ACC=1 TF_ACC_TERRAFORM_PATH=$cli
# The tests read the version, so Go repeats them after an update of the CLI.
TF_ACC_CLI_VERSION=$("$cli" version | sed -n 1p)
export TF_ACC_CLI_VERSION
# The tests serve the provider under this address, so that examples that specify the full source work unchanged.
export TF_ACC_PROVIDER_NAMESPACE=celonis-community
[[ $TF_ACC_CLI_VERSION != *OpenTofu* ]] || export TF_ACC_PROVIDER_HOST=registry.opentofu.org

if [ "$mode" = one ]; then
  go test -count 1 "$@" "${packages[@]}"
  exit
fi

[ -z "$race" ] || export CGO_ENABLED=1
# Use more parallel tests than there are processors, because tests that run a CLI spend part of their time waiting.
parallel=$((2 * $(getconf _NPROCESSORS_ONLN)))
gotestsum=$(scripts/tool.sh gotestsum)
status=0
# go vet is disabled here, because make lint already runs it on all packages.
"$gotestsum" --format pkgname --hide-summary skipped --jsonfile "$work/tests.json" -- \
  ${race:+"$race"} -vet off -parallel "$parallel" -timeout 40m "$@" "${packages[@]}" || status=$?
"$gotestsum" tool slowest --jsonfile "$work/tests.json" --threshold 1s --num 10 2>/dev/null >>"${SLOWEST_TESTS:-/dev/null}" || true

counts() { awk -v action="\"Action\":\"$1\"" '/"Test":/ && index($0, action) { n++ } END { print n + 0 }' "$work/tests.json"; }
passed=$(counts pass)
failed=$(counts fail)
# A package that does not compile fails without reporting a failed test.
[ "$status" = 0 ] || [ "$failed" != 0 ] || failed=1
add_counts "$passed" "$failed"
exit "$status"
