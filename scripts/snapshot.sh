#!/usr/bin/env bash
# Builds the unsigned archives of a release into dist/. The version is the next patch version after the last tag, such as 0.1.1-next.
#
# usage: scripts/snapshot.sh [goreleaser argument...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# In a repository without a remote, goreleaser does not read the commit, so the archives would contain neither the commit's id
# nor its time.
if [ -z "$(git remote 2>/dev/null)" ]; then
  export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=remote.origin.url
  export GIT_CONFIG_VALUE_0=https://github.com/celonis-community/terraform-provider-celonis
fi
exec "$(scripts/tool.sh goreleaser)" release --snapshot --clean --skip=sign,publish "$@"
