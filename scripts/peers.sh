#!/usr/bin/env bash
# Starts third-party servers (a SCIM server and a token endpoint from npm, nginx and tinyproxy) and runs the tests of internal/peers against
# them. Downloads missing programs only once, into the user's cache folder, and does not install them. The npm packages have the versions in
# the lock file. nginx and tinyproxy come from the distribution's packages if they are not on the PATH.
#
# usage: scripts/peers.sh [go test argument...]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/terraform-provider-celonis/peers

# The accepted versions are those in Debian 12 and Ubuntu 24.04, whose package revisions only fix security issues.
nginx_versions='1.22.1 1.24.0'
tinyproxy_versions='1.11.1'

fail() { echo "$*" >&2; exit 1; }

needs="The peers need Node.js 22 (or the latest 20) with npm, and openssl"
for program in node npm openssl; do
  command -v "$program" >/dev/null || fail "$needs; $program is not installed."
done
# oidc-provider requires a Node.js version newer than 18.
node -e 'URL.parse("http://localhost")' 2>/dev/null || fail "$needs; this is Node.js $(node --version)."

work=$(mktemp -d)
jobs=()
clean_up() {
  local job
  # Kill the job's whole process group, which includes all child processes of the job.
  for job in "${jobs[@]}"; do kill -- "-$job" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
set -m

start() { # NAME COMMAND...: runs the command in the background until the script ends
  "${@:2}" </dev/null >"$work/$1.address" 2>"$work/$1.err" &
  jobs+=("$!")
}

# Waits until the newest job is ready.
await() { # NAME CONDITION...
  local tries=0
  until "${@:2}" 2>/dev/null; do
    if ! kill -0 "${jobs[-1]}" 2>/dev/null || [ $((tries += 1)) -gt 300 ]; then
      tail -n 20 "$work/$1".* >&2
      fail "$1 did not start."
    fi
    sleep 0.1
  done
}

listens() { (: <>"/dev/tcp/127.0.0.1/$1"); }

# Finds a program in an accepted version. Sets found to its path, and version to its version.
find_program() { # NAME VERSION-OPTION PACKAGE VERSIONS
  local name=$1 option=$2 package=$3 accepted=$4 folder file

  version_of() { "$1" "$option" 2>&1 | sed -n 's|^[^0-9]*\([0-9][0-9.]*\).*|\1|p' | head -n 1; }
  is_accepted() { [ -n "$1" ] && [[ " $accepted " == *" $1 "* ]]; }

  found=$(PATH=$PATH:/usr/sbin command -v "$name" || true)
  if [ -n "$found" ] && version=$(version_of "$found") && is_accepted "$version"; then return; fi

  for version in $accepted; do
    for found in "$cache/$package-$version"/usr/{sbin,bin}/"$name"; do [ ! -x "$found" ] || return 0; done
  done

  { command -v apt-get && command -v dpkg-deb; } >/dev/null ||
    fail "$name is not installed in an accepted version ($accepted). It can be downloaded only with apt-get and dpkg-deb, at least one of which is missing."
  echo "downloading $package (once)" >&2
  mkdir "$work/$package"
  download() { (cd "$work/$package" && apt-get -qq download "$package" >>"$work/apt.err" 2>&1); }
  download || { apt-get -qq update >>"$work/apt.err" 2>&1 && download; } || {
    cat "$work/apt.err" >&2
    fail "The package $package cannot be downloaded. Run apt-get update as root, or install $name in an accepted version ($accepted)."
  }
  file=$(echo "$work/$package"/*.deb)
  dpkg-deb -x "$file" "$work/$package/files"
  for found in "$work/$package/files"/usr/{sbin,bin}/"$name"; do [ ! -x "$found" ] || break; done
  version=$(version_of "$found")
  is_accepted "$version" || {
    "$found" "$option" >&2 || true
    fail "The package ${file##*/} contains $name '$version', which is not an accepted version ($accepted). If the tests pass with this version, add it to scripts/peers.sh."
  }
  # Copy to a temporary name first, so that no other run uses an incomplete copy.
  folder=$cache/$package-$version
  mkdir -p "$cache"
  cp -R "$work/$package/files" "$folder.$$"
  mv "$folder.$$" "$folder"
  found=$folder${found#"$work/$package/files"}
}

find_program nginx -v nginx "$nginx_versions"
nginx=$found nginx_version=$version
find_program tinyproxy -v tinyproxy-bin "$tinyproxy_versions"
tinyproxy=$found tinyproxy_version=$version

lock=$(cat tools/peers/package.json tools/peers/package-lock.json | cksum | cut -d' ' -f1)
packages=$cache/npm-$lock
if [ ! -d "$packages" ]; then
  echo "installing the npm packages (once)" >&2
  mkdir -p "$packages.$$"
  cp tools/peers/package.json tools/peers/package-lock.json tools/peers/.npmrc "$packages.$$"
  (cd "$packages.$$" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) ||
    { rm -rf "$packages.$$"; fail "The npm packages in tools/peers/package-lock.json cannot be installed."; }
  mv "$packages.$$" "$packages"
fi
package_version() { node -p "require('$packages/node_modules/$1/package.json').version"; }
echo "peers: scimmy $(package_version scimmy), oidc-provider $(package_version oidc-provider), nginx $nginx_version," \
  "tinyproxy $tinyproxy_version, Node.js $(node -p process.versions.node)" >&2

# Node.js looks for packages only relative to the program's folder.
cp tools/peers/*.mjs "$work"
ln -s "$packages/node_modules" "$work/node_modules"
for server in scim-server token-endpoint; do
  start "$server" node "$work/$server.mjs"
  await "$server" test -s "$work/$server.address"
done

# Create a private certificate authority, and a certificate for the nginx addresses.
(
  cd "$work"
  key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }
  key ca.key
  key server.key
  openssl req -x509 -new -key ca.key -days 2 -subj '/CN=Private CA' -out ca.pem
  openssl req -new -key server.key -subj '/CN=nginx' -out server.csr
  echo 'subjectAltName=IP:127.0.0.1,IP:0.0.0.0' >server.ext
  openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile server.ext -out server.pem 2>/dev/null
)

# nginx and tinyproxy cannot select a free port themselves.
read -r http2 http1 limit429 limit503 certificate proxied open_proxy password_proxy < <(node -e '
  const servers = Array.from({ length: 8 }, () => require("node:net").createServer().listen(0, "127.0.0.1"));
  const ports = Promise.all(servers.map((s) => new Promise((done) => s.on("listening", () => done(s.address().port)))));
  ports.then((all) => { console.log(...all); servers.forEach((s) => s.close()); });')
substitute() { # FILE SED-EXPRESSION...
  sed -e "s|@WORK@|$work|" -e "s|@HTTP2@|$http2|" -e "s|@HTTP1@|$http1|" -e "s|@LIMIT429@|$limit429|" -e "s|@LIMIT503@|$limit503|" \
    -e "s|@CERTIFICATE@|$certificate|" -e "s|@PROXIED@|$proxied|" "${@:2}" "$1"
}
substitute tools/peers/nginx.conf >"$work/nginx.conf"
start nginx "$nginx" -p "$work" -e "$work/nginx.log" -c "$work/nginx.conf"
await nginx listens "$proxied"
for server in http2 http1 limit429 limit503 certificate; do echo "https://127.0.0.1:${!server}" >"$work/$server.address"; done
# Clients never use a proxy for loopback addresses. 0.0.0.0 also refers to this machine, but is not a loopback address.
echo "https://0.0.0.0:$proxied" >"$work/proxied.address"

proxy() { # NAME PORT [LINE]
  { substitute tools/peers/tinyproxy.conf -e "s|@PORT@|$2|" -e "s|@NAME@|$1|"; echo "${3:-}"; } >"$work/$1.conf"
  start "$1" "$tinyproxy" -d -c "$work/$1.conf"
  await "$1" listens "$2"
  echo "127.0.0.1:$2" >"$work/$1.address"
}
proxy open-proxy "$open_proxy"
proxy password-proxy "$password_proxy" 'BasicAuth ada hunter2-of-the-proxy'

unset "${!CELONIS_@}" HTTPS_PROXY https_proxy NO_PROXY no_proxy
export CELONIS_PEERS=$work CGO_ENABLED=1
gotestsum=$(scripts/tool.sh gotestsum)
"$gotestsum" --format pkgname --jsonfile "$work/tests.json" -- -race -count 1 -timeout 5m "$@" ./internal/peers </dev/null &
jobs+=("$!")
status=0
wait "${jobs[-1]}" || status=$?

counts() { awk -v action="\"Action\":\"$1\"" '/"Test":/ && index($0, action) { n++ } END { print n + 0 }' "$work/tests.json"; }
passed=$(counts pass)
failed=$(counts fail)
# If the package does not compile, or if no test passes, the result is a failure.
[ "$passed" != 0 ] || status=1
[ "$status" = 0 ] || [ "$failed" != 0 ] || failed=1
[ -z "${TEST_COUNTS:-}" ] || echo "$passed $failed" >>"$TEST_COUNTS"
[ "$status" = 0 ] || tail -n 20 "$work"/*.err "$work"/nginx.log >&2
exit "$status"
