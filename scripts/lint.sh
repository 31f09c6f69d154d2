#!/usr/bin/env bash
# Runs all static checks, even if one of them fails, and reports all findings. Run make build first.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/workspace.sh"
. "$root/scripts/docs-schema.sh"
cd "$root"

status=0
check() {
  echo "-- $1"
  shift
  "$@" || status=1
}

nothing_from() { # COMMAND...: fails if the command prints anything
  local output
  output=$("$@") || true
  [ -z "$output" ] || { echo "$output"; return 1; }
}

tidy() {
  local module bad=0
  for module in . tools/*/; do
    [ -f "$module/go.mod" ] || continue
    # Skip these two: the tests of goreleaser and OpenTofu import modules that are not required to build the programs.
    case $module in tools/goreleaser/ | tools/opentofu/) continue ;; esac
    (cd "$module" && go mod tidy -diff) || bad=1
  done
  return "$bad"
}

scripts_parse() {
  local script bad=0
  for script in scripts/*.sh .ci/run; do bash -n "$script" || bad=1; done
  ! command -v shellcheck >/dev/null || shellcheck -x scripts/*.sh .ci/run || bad=1
  ! command -v node >/dev/null || for script in tools/peers/*.mjs; do node --check "$script" || bad=1; done
  return "$bad"
}

verified() {
  local output
  output=$(go mod verify 2>&1) || { echo "$output"; return 1; }
}

formatted() {
  local folder bad=0
  for folder in examples tests; do "$cli" fmt -check -diff -recursive "$folder" || bad=1; done
  return "$bad"
}

docs_valid() {
  local schema=$work/schema.json
  # If a schema is specified, tfplugindocs neither builds the provider nor downloads Terraform.
  write_docs_schema "$schema" || return 1
  "$(scripts/tool.sh tfplugindocs)" validate --provider-name celonis --providers-schema "$schema" \
    --allowed-resource-subcategories "$subcategories" >"$work/docs.log" 2>&1 || { cat "$work/docs.log"; return 1; }
}

# The scripts and CONTRIBUTING refer to tests by name. If a test has been renamed, go test matches no test but still succeeds.
named_tests() {
  local name bad=0
  while read -r name; do
    grep -rqE "^func $name" --include='*_test.go' internal cmd || { echo "The test $name does not exist."; bad=1; }
  done < <(grep -ohE '\bTest[A-Z][A-Za-z]+' scripts/*.sh CONTRIBUTING.md | sort -u)
  return "$bad"
}

check gofmt nothing_from gofmt -l cmd internal main.go
check 'go vet' go vet ./...
check golangci-lint "$(scripts/tool.sh golangci-lint)" run
check 'go mod tidy' tidy
check 'no replaced modules' nothing_from grep -n '^replace' go.mod
check 'go mod verify' verified
check 'terraform fmt' formatted
check documentation docs_valid
check 'named tests' named_tests
check links go test -vet off ./internal/docscheck -run '^(TestLinksResolve|TestFilesInInlineCodeExist)$'
check workflows "$(scripts/tool.sh actionlint)"
check 'workflow of the guide' "$(scripts/tool.sh actionlint)" examples/guides/running_in_ci/github-actions.yml
check scripts scripts_parse
check 'paths of one machine' nothing_from git grep --untracked -nIE \
  -e '(^|[^[:alnum:]_.}-])/(home|root|work)/[[:alnum:]_.]' -e "^.*$(printf %s "$root" | sed 's/[][\.*^$+?(){}|]/\\&/g')/"
exit $status
