#!/usr/bin/env bash
# Formats examples/ and tests/, and generates docs/ from the provider's schema, examples/ and templates/. Run make
# build first. With "check", the script prints the differences, and fails if anything has changed.
#
# usage: scripts/generate-docs.sh [check]
#
# Uses the OpenTofu version pinned in tools/ unless TF_ACC_TERRAFORM_PATH specifies another command. The schema that the CLI prints
# depends on the CLI's version (Terraform before 1.12 omits resource identities), but docs/ must not depend on it.
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

echo "writing docs/ from the schema, examples/ and templates/ (about 30 seconds)"
"$(scripts/tool.sh tfplugindocs)" generate --provider-name celonis --providers-schema "$work/schema.json" >"$work/docs.log" 2>&1 ||
  { cat "$work/docs.log"; exit 1; }

if [ "${1:-}" = check ]; then
  for folder in docs examples tests; do
    diff -ru "$work/before/$folder" "$folder" || stale=yes
  done
  [ -z "${stale:-}" ] || { echo "The generated files are out of date: run make generate and commit the result." >&2; exit 1; }
fi
