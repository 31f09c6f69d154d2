#!/usr/bin/env bash
# Formats examples/ and tests/ and writes docs/ from the provider's schema, examples/ and templates/. Needs make build.
# With "check" it then fails, with the difference, if that changed anything.
#
# usage: scripts/generate-docs.sh [check]
#
# Always with the OpenTofu of tools/, unless TF_ACC_TERRAFORM_PATH names another command: what a schema says depends on
# the version that prints it (Terraform before 1.12 leaves resource identities out), and docs/ must not.
set -euo pipefail
TF_ACC_TERRAFORM_PATH=${TF_ACC_TERRAFORM_PATH:-$("$(dirname "${BASH_SOURCE[0]}")/tool.sh" opentofu)}
export TF_ACC_TERRAFORM_PATH
. "$(dirname "${BASH_SOURCE[0]}")/workspace.sh"
. "$root/scripts/docs-schema.sh"
cd "$root"

mkdir -p docs "$work/before"
cp -R docs examples tests "$work/before"

for folder in examples tests; do "$cli" fmt -recursive "$folder"; done

write_docs_schema "$work/schema.json"

echo "writing docs/ from the schema, examples/ and templates/ (about half a minute)"
"$(scripts/tool.sh tfplugindocs)" generate --provider-name celonis --providers-schema "$work/schema.json" >"$work/docs.log" 2>&1 ||
  { cat "$work/docs.log"; exit 1; }

if [ "${1:-}" = check ]; then
  for folder in docs examples tests; do
    diff -ru "$work/before/$folder" "$folder" || stale=yes
  done
  [ -z "${stale:-}" ] || { echo "What is committed was not up to date: commit what make generate writes." >&2; exit 1; }
fi
