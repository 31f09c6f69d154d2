# shellcheck shell=bash
# Sourced by the other scripts: how the built provider gets into a filesystem mirror, from which init installs it. $root is the repository.

# shellcheck disable=SC2034 # used where this file is sourced
# The provider's address in the registries of Terraform and of OpenTofu.
released_addresses=(registry.terraform.io/celonis-community/celonis registry.opentofu.org/celonis-community/celonis)

# fill_mirror FOLDER ADDRESS...: puts bin/terraform-provider-celonis into a mirror under these addresses, as if it had been released.
fill_mirror() {
  local mirror=$1 version address folder
  shift
  version=v0.1.0 # What every version constraint in examples/ admits, whatever the last tag is.
  for address in "$@"; do
    folder=$mirror/$address/${version#v}/$(go env GOOS)_$(go env GOARCH)
    mkdir -p "$folder"
    # Under another name first: a CLI may be running the old one.
    cp "$root/bin/terraform-provider-celonis" "$folder/.new"
    mv -f "$folder/.new" "$folder/terraform-provider-celonis_$version"
  done
}
