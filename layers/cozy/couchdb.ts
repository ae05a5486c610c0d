import { lines, shell } from '../../remote/index.ts';
import type { LayerStep } from '../layer.ts';
import { aptGet, isInstalled } from '../parts/packages.ts';
import { type Context, secret } from './places.ts';

/** Answers of its questions go in by standard input, into a database that root alone reads. */
export function installCouchdb({ packageProxy }: Context): LayerStep {
  return {
    name: 'install CouchDB',
    does: 'Install CouchDB from its archive, alone and on loopback.',
    done: isInstalled('couchdb'),
    script: lines(
      shell`password=$(cat ${secret('couchdb')})`,
      shell`debconf-set-selections <<END
couchdb couchdb/mode select standalone
couchdb couchdb/bindaddress string 127.0.0.1
couchdb couchdb/nodename string couchdb@127.0.0.1
couchdb couchdb/cookie string $(head -c 24 /dev/urandom | base64 | tr -d '+/=')
couchdb couchdb/adminpass password $password
couchdb couchdb/adminpass_again password $password
END`,
      aptGet(packageProxy, '--no-install-recommends', 'install', 'couchdb'),
    ),
    deadlineMs: 900_000,
  };
}

/** curl as one of its administrators: name and password come by a file that is gone at once. */
const defineCouch = shell`couch() {
  user=$1
  shift
  curl --noproxy '*' --silent --show-error --max-time 30 --config "$scratch/$user" "$@"
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for user in admin cozy; do (umask 077 && printf 'user = "%s:%s"\\n' "$user" "$(cat ${secret('couchdb')})" >"$scratch/$user"); done`;

const address = 'http://127.0.0.1:5984';

export const prepareCouchdb: LayerStep = {
  name: 'prepare CouchDB',
  does: 'Make its system databases, and an administrator cozy for the stack.',
  done: lines(
    defineCouch,
    shell`for name in _users _replicator; do [ "$(couch cozy --output /dev/null --write-out '%{http_code}' ${address}/"$name" 2>/dev/null)" = 200 ] || exit 1; done`,
  ),
  script: lines(
    defineCouch,
    shell`systemctl --quiet enable --now couchdb`,
    shell`tries=0
until [ "$(couch admin --output /dev/null --write-out '%{http_code}' ${address}/_up 2>/dev/null)" = 200 ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 60 ] || { echo 'CouchDB does not answer'; exit 1; }
  sleep 1
done`,
    shell`for name in _users _replicator; do
  status=$(couch admin --output /dev/null --write-out '%{http_code}' --request PUT ${address}/"$name")
  case $status in 201 | 202 | 412) ;; *) echo "CouchDB answered $status to $name"; exit 1 ;; esac
done`,
    shell`printf '"%s"' "$(cat ${secret('couchdb')})" | couch admin --fail --output /dev/null --request PUT --header 'Content-Type: application/json' --data-binary @- ${address}/_node/_local/_config/admins/cozy`,
  ),
  deadlineMs: 180_000,
};
