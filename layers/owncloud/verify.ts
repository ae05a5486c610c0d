import { lines, type Shell, shell } from '../../remote/index.ts';
import type { Verification } from '../layer.ts';
import { ADMIN_SECRET, certificateOf, type Context, defineOcc, hostnameOf, releaseOf } from './places.ts';
import { ask } from './server.ts';

/** Made for a verification, and gone after it. */
const USER = 'rackwright-verify';
const FILE = 'rackwright-verify.bin';

export function verifications(context: Context): readonly Verification[] {
  const host = hostnameOf(context);
  const file = `https://${host}/remote.php/webdav/${FILE}`;
  return [
    {
      kind: 'command',
      name: 'files go in and out by WebDAV',
      script: lines(
        shell`umask 077`,
        shell`scratch=$(mktemp -d -p /var/tmp)`,
        shell`ask() { ${ask(context)} --netrc-file "$scratch/netrc" "$@"; }`,
        // A password in a pipe that nobody reads would end the shell; files are the user's own.
        ...(releaseOf(context).edition === 'server' ? ownUser(host) : administrator(host)),
        shell`status() { ask --output "$scratch/answer" --write-out '%{http_code}' "$@"; }`,
        shell`expect() {
  wanted=$1
  shift
  has=$(status "$@")
  case " $wanted " in *" $has "*) ;; *)
    echo "answered $has, and not $wanted: $(head -c 200 "$scratch/answer" | tr '\\n' ' ')"
    exit 1 ;;
  esac
}`,
        shell`echo 'without a password nobody comes in'`,
        shell`has=$(${ask(context)} --output /dev/null --write-out '%{http_code}' --request PROPFIND ${file})`,
        shell`[ "$has" = 401 ] || { echo "answered $has, and not 401"; exit 1; }`,
        shell`head -c 1048576 /dev/urandom >"$scratch/sent"`,
        shell`echo 'put 1 MiB'`,
        shell`expect '201 204' --upload-file "$scratch/sent" ${file}`,
        shell`echo 'get it back'`,
        shell`expect 200 ${file}`,
        shell`cmp "$scratch/sent" "$scratch/answer"`,
        shell`echo 'list it'`,
        shell`expect 207 --request PROPFIND --header 'Depth: 1' ${`https://${host}/remote.php/webdav/`}`,
        shell`grep -q ${FILE} "$scratch/answer" || { echo 'the list does not name it'; exit 1; }`,
        shell`echo 'delete it'`,
        shell`expect 204 --request DELETE ${file}`,
        shell`expect 404 ${file}`,
      ),
    },
    {
      kind: 'command',
      name: 'HTTP goes to HTTPS',
      script: lines(
        shell`said=$(${ask(context)} --output /dev/null --write-out '%{http_code} %{redirect_url}' ${`http://${host}/index.php/x?y=z`})`,
        shell`echo "$said"`,
        shell`case $said in ${`308 https://${host}/index.php/x`}*) ;; *) echo "http://${host}/ answered $said"; exit 1 ;; esac`,
        shell`head=$(${ask(context)} --output /dev/null --dump-header - ${`https://${host}/`})`,
        shell`printf '%s\\n' "$head" | grep -i '^strict-transport-security: max-age=[1-9]' || { echo 'it does not say that it is never HTTP'; exit 1; }`,
      ),
    },
  ];
}

/** A user of its own: the administrator's password may be another by now, and belongs to somebody. */
function ownUser(host: string): readonly Shell[] {
  return [
    defineOcc,
    shell`trap 'rm -rf "$scratch"; occ user:delete ${USER} >/dev/null 2>&1 || true' EXIT`,
    shell`occ user:delete ${USER} >/dev/null 2>&1 || true`,
    shell`OC_PASS="$(head -c 24 /dev/urandom | base64 | tr -d '+/=')-aA1"`,
    shell`export OC_PASS`,
    shell`echo make the user ${USER}`,
    shell`occ user:add --password-from-env --display-name Verification ${USER}`,
    shell`printf 'machine %s login %s password %s\\n' ${host} ${USER} "$OC_PASS" >"$scratch/netrc"`,
  ];
}

/** Infinite Scale makes users by its web interface alone. */
function administrator(host: string): readonly Shell[] {
  return [
    shell`trap 'rm -rf "$scratch"' EXIT`,
    shell`printf 'machine %s login admin password %s\\n' ${host} "$(cat ${ADMIN_SECRET})" >"$scratch/netrc"`,
  ];
}

export function trustLine(context: Context): Shell {
  const { authority, certificate } = certificateOf(context);
  return shell`[ -s ${authority ?? certificate} ]`;
}
