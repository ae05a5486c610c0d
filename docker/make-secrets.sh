#!/bin/sh
# Makes docker/secrets: everything that the containers of docker-compose.yml share and nobody else may know.
# Makes nothing anew that is there. Keep a copy somewhere safe: without `key` the secrets in the database are lost.
set -eu
cd "$(dirname "$0")"
umask 077
# Nobody else gets past this directory; what is in it can be read by the users inside of the containers.
mkdir -p secrets
chmod 700 secrets
cd secrets

random() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }
keep() {
  [ -s "$1" ] && return
  cat >"$1.new"
  chmod 444 "$1.new"
  mv "$1.new" "$1"
}

[ -s key ] || { head -c 32 /dev/urandom >key.new && chmod 440 key.new && mv key.new key; }
random 32 | keep token
[ -s id_ed25519 ] || ssh-keygen -q -t ed25519 -N '' -C rackwright -f id_ed25519
chmod 444 id_ed25519 id_ed25519.pub
for name in postgres rackwright-db temporal-db; do random 24 | keep "$name-password"; done
printf 'postgresql://rackwright:%s@postgresql:5432/rackwright' "$(cat rackwright-db-password)" | keep database-url

# The user of the containers. `key` must not be for everybody, or the service refuses it.
chown 10001:10001 key 2>/dev/null || {
  echo "key must belong to user 10001 of the containers: run this as root" >&2
  exit 1
}
echo "The secrets are in $(pwd)"
