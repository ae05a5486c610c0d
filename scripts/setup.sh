#!/bin/sh
# Makes the project runnable: the packages of package-lock.json, among them the Node that everything runs on.
# Does nothing when that is there already; may be cut off and run again.
set -eu
cd "$(dirname "$0")/.."

wanted=$(cksum <package-lock.json)
stamp=node_modules/.rackwright-setup
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$wanted" ]; then
  command -v npm >/dev/null || { echo "npm is missing: install your distribution's package npm" >&2; exit 1; }
  echo "Setting up: the Node packages that Rackwright is made of (once, about half a minute)" >&2
  # Not `npm ci`: it fails where a mirror lacks the builds for other platforms. The lock file is followed all the same.
  npm install --no-save --no-audit --no-fund --loglevel=error >&2
  # npm may be told not to run install scripts; this one puts Node itself in its place.
  [ -x node_modules/node/bin/node ] || (cd node_modules/node && node installArchSpecificPackage) >&2
  printf '%s\n' "$wanted" >"$stamp"
fi
