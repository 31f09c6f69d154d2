# shellcheck shell=bash
# Sourced by the scripts that generate and check docs/, after workspace.sh: what tfplugindocs needs to know about the provider.

# shellcheck disable=SC2034 # used where this file is sourced
# The sidebar of the Registry: the pages of objects are in one of these. Guides are below the heading Guides.
subcategories='Authentication,Event subscriptions,Knowledge Models,Reports,Users and groups'

# write_docs_schema FILE: writes the schema of bin/terraform-provider-celonis.
write_docs_schema() {
  # The only address under which tfplugindocs looks a schema up.
  local address=registry.terraform.io/hashicorp/celonis
  install_provider "$address"
  mkdir "$work/schema"
  require_provider "$address" >"$work/schema/main.tf"
  "$cli" -chdir="$work/schema" init -no-color >"$work/init.log" || { cat "$work/init.log"; return 1; }
  "$cli" -chdir="$work/schema" providers schema -json | go run ./internal/docsschema >"$1"
}
