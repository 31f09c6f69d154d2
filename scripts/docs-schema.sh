# shellcheck shell=bash
# Provides the provider's schema to tfplugindocs. The scripts that generate and check docs/ source this file after workspace.sh.

# shellcheck disable=SC2034,SC2154 # The scripts that source this file use or set these variables.
# The groups of pages in the Registry's sidebar, except for the guides.
subcategories='Authentication,Event subscriptions,Knowledge Models,Reports,Users and groups'

# write_docs_schema FILE: writes the schema of bin/terraform-provider-celonis.
write_docs_schema() {
  # tfplugindocs looks up the schema only under this address.
  local address=registry.terraform.io/hashicorp/celonis
  install_provider "$address"
  mkdir "$work/schema"
  require_provider "$address" >"$work/schema/main.tf"
  "$cli" -chdir="$work/schema" init -no-color >"$work/init.log" || { cat "$work/init.log"; return 1; }
  "$cli" -chdir="$work/schema" providers schema -json | go run ./internal/docsschema >"$1"
}
