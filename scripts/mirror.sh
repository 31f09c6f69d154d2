#!/usr/bin/env bash
# Creates bin/mirror, from which terraform init installs the provider as version 0.1.0, and prints the export statement for the CLI
# configuration. Run make build first. The mirror contains the build for this platform, or the archives for all platforms if make snapshot has
# built them from the same sources. init still installs all other providers from their registries, and all other settings in an existing CLI
# configuration remain in effect.
#
# usage: eval "$(scripts/mirror.sh)"
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/scripts/provider-mirror.sh"

mirror=$root/bin/mirror
if snapshot_is_current; then
  fill_mirror_from_snapshot "$mirror" "${released_addresses[@]}"
  echo "bin/mirror contains the archives of the snapshot in dist/." >&2
else
  fill_mirror "$mirror" "${released_addresses[@]}"
  echo "bin/mirror contains the build for this platform. To include the archives for all platforms, run make snapshot first." >&2
fi

quoted=$(printf '"%s", ' "${released_addresses[@]}")
addresses="[${quoted%, }]"
installation=$(
  cat <<RC
provider_installation {
  filesystem_mirror {
    path    = "$mirror"
    include = $addresses
  }
  direct {
    exclude = $addresses
  }
}
RC
)

configuration=$root/bin/mirror.tfrc
# Include the user's own CLI configuration, unless TF_CLI_CONFIG_FILE already refers to the file from an earlier run, which includes it.
if ! [ "${TF_CLI_CONFIG_FILE:-}" -ef "$configuration" ]; then
  existing=
  for file in "${TF_CLI_CONFIG_FILE:-}" ~/.tofurc ~/.terraformrc; do
    [ ! -f "$file" ] || { existing=$file; break; }
  done

  if [ -n "$existing" ] && grep -q '^[[:space:]]*provider_installation' "$existing"; then
    printf '%s already contains a provider_installation block, so nothing was changed. Copy the filesystem_mirror block below into your block, and the exclude argument into your direct block:\n\n%s\n' "$existing" "$installation" >&2
    exit 1
  fi

  umask 077 # The configuration may contain credentials.
  {
    [ -z "$existing" ] || cat "$existing"
    printf '%s\n' "$installation"
  } >"$configuration"
fi
printf 'export TF_CLI_CONFIG_FILE=%q\n' "$configuration"
