# shellcheck shell=bash
# Functions for other scripts, which source this file. They put the provider into a filesystem mirror, from which init installs it. $root
# must be the repository's folder.

# shellcheck disable=SC2034,SC2154 # The scripts that source this file use or set these variables.
# The provider's addresses in the Terraform and OpenTofu registries.
released_addresses=(registry.terraform.io/celonis-community/celonis registry.opentofu.org/celonis-community/celonis)

# The provider's version in the mirror. It satisfies every version constraint in examples/, regardless of the last tag.
mirrored_version=0.1.0

# fill_mirror FOLDER ADDRESS...: puts bin/terraform-provider-celonis into a mirror under these addresses, as if it had been released.
fill_mirror() {
  local mirror=$1 address folder
  shift
  for address in "$@"; do
    folder=$mirror/$address/${mirrored_version}/$(go env GOOS)_$(go env GOARCH)
    mkdir -p "$folder"
    rm -f "$mirror/$address"/*.zip
    # Copy to a temporary name first, because a CLI may still be running the old program.
    cp "$root/bin/terraform-provider-celonis" "$folder/.new"
    mv -f "$folder/.new" "$folder/terraform-provider-celonis_v${mirrored_version}"
  done
}

# snapshot_is_current: succeeds if dist/ contains a complete snapshot of the current sources.
snapshot_is_current() {
  local commit
  commit=$(git -C "$root" rev-parse HEAD 2>/dev/null) &&
    grep -qs "\"commit\":\"$commit\"" "$root/dist/metadata.json" &&
    compgen -G "$root/dist/*_SHA256SUMS" >/dev/null &&
    [ -z "$(git -C "$root" status --porcelain)" ]
}

# fill_mirror_from_snapshot FOLDER ADDRESS...: puts the archives in dist/ into a mirror, for all platforms of a release.
fill_mirror_from_snapshot() {
  local mirror=$1 address archive platform
  shift
  for address in "$@"; do
    rm -rf "${mirror:?}/$address"
    mkdir -p "$mirror/$address"
    for archive in "$root"/dist/terraform-provider-celonis_*.zip; do
      platform=$(sed -E 's/.*_([a-z0-9]+_[a-z0-9]+)\.zip$/\1/' <<<"$archive")
      cp "$archive" "$mirror/$address/terraform-provider-celonis_${mirrored_version}_$platform.zip"
    done
  done
}
