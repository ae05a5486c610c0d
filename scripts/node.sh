#!/bin/sh
# Runs a program on the project's own Node, whatever the system's is.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
exec "$root/node_modules/node/bin/node" --disable-warning=ExperimentalWarning "$@"
