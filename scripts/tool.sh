#!/usr/bin/env bash
# Prints the path of a pinned tool, one of the folders in tools/. Builds it first where this version has not been built
# yet: only Go is needed, nothing is installed, and the binaries stay in the user's cache folder.
#
# usage: scripts/tool.sh <name>
set -euo pipefail

name=${1:?usage: scripts/tool.sh <name>}
cd "$(dirname "${BASH_SOURCE[0]}")/../tools/$name"
# The tool is for this machine, whatever the caller builds for.
unset GOOS GOARCH
export GOWORK=off

read -r version binary < <(go list -f '{{.Module.Version}} {{.Target}}' tool)
binary=$(basename "$binary")
folder=${XDG_CACHE_HOME:-$HOME/.cache}/terraform-provider-celonis/$name-$version/$(go env GOVERSION)-$(cksum <go.sum | cut -d' ' -f1)

if [ ! -x "$folder/$binary" ]; then
  echo "building $name $version (once)" >&2
  ldflags='-s -w'
  # As its release builds do: without it, OpenTofu calls itself a development version.
  [ "$name" != opentofu ] || ldflags+=' -X github.com/opentofu/opentofu/version.dev=no'
  mkdir -p "$folder"
  # Under another name first, so that nobody ever runs half a binary.
  go build -mod=readonly -ldflags "$ldflags" -o "$folder/.$binary.$$" tool
  mv -f "$folder/.$binary.$$" "$folder/$binary"
fi
echo "$folder/$binary"
