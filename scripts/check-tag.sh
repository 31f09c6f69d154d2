#!/usr/bin/env bash
# Fails unless a tag can be released. The tag must be a version, its commit must be on main, and the changelog must contain a section for the
# version.
#
# usage: scripts/check-tag.sh vX.Y.Z
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tag=${1:?usage: scripts/check-tag.sh vX.Y.Z}
main=${RELEASE_BRANCH:-origin/main}
fail() { echo "$tag cannot be released: $1" >&2; exit 1; }

[[ $tag =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || fail "the tag is not a version such as v1.2.3 or v1.2.3-rc.1."
commit=$(git rev-parse --verify -q "$tag^{commit}") || fail "the tag does not exist."
git merge-base --is-ancestor "$commit" "$main" || fail "commit ${commit:0:12} is not on $main."
version=${tag#v}
# A release candidate uses the section of the final release.
section="## [${version%%-*}]"
git show "$commit:CHANGELOG.md" | awk -v section="$section" 'index($0, section) == 1 { found = 1 } END { exit !found }' || fail "CHANGELOG.md does not contain the section \"$section\"."
echo "$tag: commit ${commit:0:12} is on $main, and the changelog contains its section."
