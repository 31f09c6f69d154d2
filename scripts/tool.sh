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
  mkdir -p "$folder"
  # Two targets that need the same tool must not build it twice. Without flock, they do, which does no harm.
  if command -v flock >/dev/null; then
    exec 9>"$folder/.lock"
    flock -n 9 || { echo "waiting for the other build of $name $version" >&2; flock 9; }
  fi
fi

if [ ! -x "$folder/$binary" ]; then
  case $name in
    opentofu) time='about five minutes' ;;
    goreleaser | golangci-lint) time='about three minutes' ;;
    *) time='less than a minute' ;;
  esac
  echo "building $name $version: once, $time on two cores" >&2
  ldflags='-s -w'
  # As its release builds do: without it, OpenTofu calls itself a development version.
  [ "$name" != opentofu ] || ldflags+=' -X github.com/opentofu/opentofu/version.dev=no'
  # Under another name first, so that nobody ever runs half a binary.
  go build -mod=readonly -ldflags "$ldflags" -o "$folder/.$binary.$$" tool
  mv -f "$folder/.$binary.$$" "$folder/$binary"
fi
echo "$folder/$binary"
