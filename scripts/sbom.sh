#!/usr/bin/env bash
# Writes the software bill of materials of a Go binary as CycloneDX JSON. It lists the binary's modules with their versions and
# checksums, and depends only on the binary. goreleaser runs this script for each binary.
#
# usage: scripts/sbom.sh BINARY DOCUMENT VERSION
set -euo pipefail
binary=$(realpath "${1:?usage: scripts/sbom.sh BINARY DOCUMENT VERSION}")
document=${2:?usage: scripts/sbom.sh BINARY DOCUMENT VERSION}
version=${3:?usage: scripts/sbom.sh BINARY DOCUMENT VERSION}
tool=$("$(dirname "${BASH_SOURCE[0]}")/tool.sh" cyclonedx-gomod)
"$tool" bin -json -noserial -notimestamp -version "$version" -output "$document" "$binary"
