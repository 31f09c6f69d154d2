#!/usr/bin/env bash
# Runs the tests of the client against a SCIM server that others wrote, tools/scim-server, which runs for as long. It needs Node.js with
# npm; the packages are installed once into the user's cache folder, as the lock file has them.
#
# usage: scripts/scim-peer.sh [go test argument...]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

for program in node npm; do
  command -v "$program" >/dev/null || {
    echo "The SCIM server needs Node.js from 18 on with npm, and $program is not installed (Debian: apt-get install nodejs npm)." >&2
    exit 1
  }
done

work=$(mktemp -d)
server=
clean_up() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

lock=$(cat tools/scim-server/package.json tools/scim-server/package-lock.json | cksum | cut -d' ' -f1)
folder=${XDG_CACHE_HOME:-$HOME/.cache}/terraform-provider-celonis/scim-server/$lock
if [ ! -d "$folder" ]; then
  echo "installing the SCIM server's packages (once)" >&2
  mkdir -p "$folder.$$"
  cp tools/scim-server/package.json tools/scim-server/package-lock.json tools/scim-server/.npmrc "$folder.$$"
  (cd "$folder.$$" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) || { rm -rf "$folder.$$"; exit 1; }
  # Under another name first, so that nobody ever runs half of them.
  mv "$folder.$$" "$folder"
fi

# Node.js looks for packages beside the program.
cp tools/scim-server/server.mjs "$work"
ln -s "$folder/node_modules" "$work/node_modules"
node "$work/server.mjs" >"$work/address" 2>"$work/server.log" &
server=$!
tries=0
until [ -s "$work/address" ]; do
  if ! kill -0 "$server" 2>/dev/null || [ $((tries += 1)) -gt 150 ]; then
    echo "the SCIM server did not start:" >&2
    cat "$work/server.log" >&2
    exit 1
  fi
  sleep 0.2
done

unset "${!CELONIS_@}"
CELONIS_SCIM_PEER=$(cat "$work/address")
export CELONIS_SCIM_PEER CGO_ENABLED=1
status=0
"$(scripts/tool.sh gotestsum)" --format pkgname --jsonfile "$work/tests.json" -- \
  -race -count 1 -timeout 5m "$@" ./internal/scimpeer || status=$?

counts() { awk -v action="\"Action\":\"$1\"" '/"Test":/ && index($0, action) { n++ } END { print n + 0 }' "$work/tests.json"; }
passed=$(counts pass)
failed=$(counts fail)
# Neither a package that does not compile nor tests that are skipped count as good.
[ "$passed" != 0 ] || status=1
[ "$status" = 0 ] || [ "$failed" != 0 ] || failed=1
[ -z "${TEST_COUNTS:-}" ] || echo "$passed $failed" >>"$TEST_COUNTS"
[ "$status" = 0 ] || cat "$work/server.log" >&2
exit "$status"
