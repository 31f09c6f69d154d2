#!/usr/bin/env bash
# Installs the provider as a user without access to a registry would, with terraform and with the OpenTofu version pinned in tools/.
# Builds a snapshot of HEAD for this platform, creates a mirror from it, and runs init without and with a lock file. Then applies
# examples/demo against a simulated team, and checks that init rejects a changed archive. Run make simulator first.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/workspace.sh"
cd "$root"

fail() { echo "$1" >&2; exit 1; }

# Build the archive as for a release, but only for this platform and without SBOMs.
clone=$work/clone
git clone -q "$root" "$clone"
sed -E "s/goos: (&[a-z]+ )?\[.*/goos: \1[$(go env GOOS)]/; s/goarch: (&[a-z]+ )?\[.*/goarch: \1['$(go env GOARCH)']/" \
  .goreleaser.yml >"$work/goreleaser.yml"
"$clone/scripts/snapshot.sh" --config "$work/goreleaser.yml" --skip=sbom >"$work/snapshot.log" 2>&1 ||
  { cat "$work/snapshot.log" >&2; fail "The snapshot cannot be built."; }

# With an empty home folder, the user's own CLI configuration has no effect.
mkdir "$work/home"
(unset TF_CLI_CONFIG_FILE && HOME=$work/home "$clone/scripts/mirror.sh" >"$work/variables")
# shellcheck source=/dev/null
. "$work/variables"
mirror=$clone/bin/mirror
for address in "${released_addresses[@]}"; do
  archive=terraform-provider-celonis_${mirrored_version}_$(go env GOOS)_$(go env GOARCH).zip
  [ "$(ls "$mirror/$address")" = "$archive" ] || fail "$mirror/$address must contain only $archive, but contains $(ls "$mirror/$address")"
done

start_simulator -models 137
export TF_CLI_ARGS=-no-color
commands=("$cli" "$(scripts/tool.sh opentofu)")
[ "${commands[0]}" != "${commands[1]}" ] || unset 'commands[1]'

install_and_apply() { # CLI
  "$1" init && cp .terraform.lock.hcl first.hcl && rm -r .terraform &&
    "$1" init -lockfile=readonly && cmp first.hcl .terraform.lock.hcl &&
    "$1" apply -auto-approve
}
hashes=
for command in "${commands[@]}"; do
  cp -R examples/demo "$work/$(basename "$command")"
  cd "$work/$(basename "$command")"
  install_and_apply "$command" >log 2>&1 || { cat log >&2; fail "$command failed to install the provider from the mirror or to apply the demo."; }
  hash=$(grep -o 'h1:[^"]*' .terraform.lock.hcl)
  echo "$("$command" version | head -n 1): installed $hash from the mirror, and applied the demo"
  [ "${hashes:=$hash}" = "$hash" ] || fail "The lock files of Terraform and OpenTofu contain different checksums."
  cd "$root"
done

# Change each archive so that it is still valid, but contains the program under a different name.
for archive in "$mirror"/*/*/*/*.zip; do
  LC_ALL=C sed -i.bak 's/terraform-provider-celonis_v/terraform-provider-celonis_w/g' "$archive"
  ! cmp -s "$archive" "$archive.bak" || fail "The check did not change $archive."
done
for command in "${commands[@]}"; do
  cd "$work/$(basename "$command")"
  rm -r .terraform
  ! "$command" init >log 2>&1 || fail "$command installed an archive that does not match the lock file."
  grep -q 'checksums previously recorded' log || { cat log >&2; fail "$command rejected a changed archive, but not because of its checksum."; }
  cd "$root"
done
echo "Each CLI rejects a changed archive."
