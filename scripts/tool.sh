#!/usr/bin/env bash
# Prints the path of a pinned tool. <name> is one of the folders in tools/. Builds the tool first if this version has not been built
# yet. Requires only Go, does not install anything, and stores the binaries in the user's cache folder.
#
# usage: scripts/tool.sh <name>
set -euo pipefail

name=${1:?usage: scripts/tool.sh <name>}
cd "$(dirname "${BASH_SOURCE[0]}")/../tools/$name"
# Build the tool for this machine, regardless of the caller's target platform.
unset GOOS GOARCH
export GOWORK=off

read -r version binary < <(go list -f '{{.Module.Version}} {{.Target}}' tool)
binary=$(basename "$binary")
folder=${XDG_CACHE_HOME:-$HOME/.cache}/terraform-provider-celonis/$name-$version/$(go env GOVERSION)-$(cksum <go.sum | cut -d' ' -f1)

if [ ! -x "$folder/$binary" ]; then
  mkdir -p "$folder"
  # Prevent two targets from building the same tool at the same time. If flock is not installed, both build the tool, which is
  # harmless.
  if command -v flock >/dev/null; then
    exec 9>"$folder/.lock"
    flock -n 9 || { echo "waiting for another build of $name $version" >&2; flock 9; }
  fi
fi

if [ ! -x "$folder/$binary" ]; then
  case $name in
    opentofu) time='about five minutes' ;;
    goreleaser | golangci-lint) time='about three minutes' ;;
    *) time='less than a minute' ;;
  esac
  echo "building $name $version (once, $time on two cores)" >&2
  ldflags='-s -w'
  # Without this flag, which OpenTofu's release builds also set, OpenTofu reports a development version.
  [ "$name" != opentofu ] || ldflags+=' -X github.com/opentofu/opentofu/version.dev=no'
  # Build under a temporary name first, so that no other process runs an incomplete binary.
  go build -mod=readonly -ldflags "$ldflags" -o "$folder/.$binary.$$" tool
  mv -f "$folder/.$binary.$$" "$folder/$binary"
fi
echo "$folder/$binary"
