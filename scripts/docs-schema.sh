# shellcheck shell=bash
# Sourced by the scripts that generate and check docs/, after workspace.sh. Provides the provider's schema to tfplugindocs.

# shellcheck disable=SC2034,SC2154 # these are used, or set, where this file is sourced
# The groups of pages in the Registry's sidebar. Guides are in a separate group.
subcategories='Authentication,Event subscriptions,Knowledge Models,Reports,Users and groups'

# write_docs_schema FILE: writes the schema of bin/terraform-provider-celonis.
write_docs_schema() {
  # tfplugindocs looks up the schema only by this address.
  local address=registry.terraform.io/hashicorp/celonis
  install_provider "$address"
  mkdir "$work/schema"
  require_provider "$address" >"$work/schema/main.tf"
  "$cli" -chdir="$work/schema" init -no-color >"$work/init.log" || { cat "$work/init.log"; return 1; }
  "$cli" -chdir="$work/schema" providers schema -json | go run ./internal/docsschema >"$1"
}
