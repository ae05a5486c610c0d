import { lines, type Shell, shell } from '../../remote/index.ts';
import { fetchDownload, isDownloaded } from '../parts/download.ts';
import { hasText, putText } from '../parts/file-step.ts';
import type { LayerStep } from '../layer.ts';
import { stackConfigText, unitText } from './config.ts';
import {
  CONFIG,
  type Context,
  DATA,
  defineCozy,
  downloadOf,
  ENVIRONMENT,
  hostnameOf,
  LAID,
  PROGRAM,
  secret,
  STATE,
  UNIT,
} from './places.ts';

/** Written before the program or its configuration is, removed when it has answered. */
const STALE = `${STATE}/to-restart`;

export const programIs = (context: Context): Shell => isDownloaded({ ...downloadOf(context), path: PROGRAM });

export function placeStack(context: Context): LayerStep {
  const download = downloadOf(context);
  return {
    name: 'place the program',
    does: `Fetch ${download.url}, which has the SHA-256 ${download.sha256}, to ${PROGRAM}.`,
    done: programIs(context),
    script: lines(
      shell`mkdir -p ${STATE}`,
      fetchDownload(download, context.packageProxy),
      shell`chmod 0755 ${download.path}`,
      shell`: >${STALE}`,
      shell`mv ${download.path} ${PROGRAM}`,
    ),
    deadlineMs: 1_800_000,
  };
}

function isConfigured({ parameters: { mirror } }: Context): Shell {
  return shell`${hasText(CONFIG, stackConfigText(mirror))} && ${hasText(UNIT, unitText)} && [ -s /etc/cozy/cozy-admin-passphrase ] && [ -s /etc/cozy/vault.enc ] && [ "$(cat ${ENVIRONMENT} 2>/dev/null)" = "COZY_COUCHDB_PASSWORD=$(cat ${secret('couchdb')})
COZY_ADMIN_PASSWORD=$(cat ${secret('admin')})" ]`;
}

/** The program takes the administrator's passphrase by its environment, and keeps a hash. */
export function configureStack(context: Context): LayerStep {
  return {
    name: 'configure the stack',
    does: `Make its user, its keys and passwords in /etc/cozy, and its unit; its files are in ${DATA}.`,
    done: isConfigured(context),
    script: lines(
      shell`umask 022`,
      shell`mkdir -p ${STATE}`,
      shell`: >${STALE}`,
      shell`getent passwd cozy-stack >/dev/null || useradd --system --user-group --home-dir ${DATA} --no-create-home --shell /usr/sbin/nologin cozy-stack`,
      shell`install -d -m 0750 -o cozy-stack -g cozy-stack ${DATA} /etc/cozy`,
      putText(CONFIG, stackConfigText(context.parameters.mirror)),
      shell`(umask 077 && printf 'COZY_COUCHDB_PASSWORD=%s\\nCOZY_ADMIN_PASSWORD=%s\\n' "$(cat ${secret('couchdb')})" "$(cat ${secret('admin')})" >${ENVIRONMENT})`,
      shell`if [ ! -s /etc/cozy/cozy-admin-passphrase ]; then
  rm -f /etc/cozy/cozy-admin-passphrase
  COZY_ADMIN_PASSPHRASE=$(cat ${secret('admin')})
  export COZY_ADMIN_PASSPHRASE
  ${PROGRAM} --config /dev/null config passwd /etc/cozy/cozy-admin-passphrase
fi`,
      shell`[ -s /etc/cozy/vault.enc ] || ${PROGRAM} --config /dev/null config gen-keys /etc/cozy/vault`,
      shell`chown cozy-stack:cozy-stack /etc/cozy/cozy-admin-passphrase /etc/cozy/vault.*`,
      shell`chmod 0600 /etc/cozy/cozy-admin-passphrase /etc/cozy/vault.*`,
      putText(UNIT, unitText),
      shell`systemctl daemon-reload`,
    ),
    deadlineMs: 120_000,
  };
}

const isStarted = shell`[ ! -e ${STALE} ] && systemctl --quiet is-enabled cozy-stack && systemctl --quiet is-active cozy-stack`;

export const startStack: LayerStep = {
  name: 'start the stack',
  does: 'Start it, now and at every boot, and wait until it is well.',
  done: isStarted,
  script: lines(
    defineCozy,
    shell`systemctl --quiet enable cozy-stack`,
    shell`systemctl reset-failed cozy-stack 2>/dev/null || true`,
    shell`systemctl restart cozy-stack`,
    shell`tries=0
until cozy status >/dev/null 2>&1; do
  tries=$((tries + 1))
  if [ "$tries" -ge 60 ] || [ "$(systemctl show --property NRestarts --value cozy-stack)" -ge 4 ]; then
    systemctl stop cozy-stack
    echo "it is not well: $(journalctl --no-pager --lines 1 --output cat _SYSTEMD_UNIT=cozy-stack.service | cut -c 1-200)"
    exit 1
  fi
  sleep 1
done`,
    shell`rm -f ${STALE}`,
  ),
  deadlineMs: 300_000,
};

/** By the administration's HTTP: the command takes the passphrase as an argument only. */
export function makeInstance(context: Context): LayerStep {
  const host = hostnameOf(context);
  const { apps, email, locale } = context.parameters;
  const fields = [
    ['Domain', host],
    ['Locale', locale],
    ['Apps', apps],
    ...(email === undefined ? [] : [['Email', email]]),
  ].map((pair) => pair.join('='));
  return {
    name: 'make the instance',
    does: `Make the instance ${host} with the applications ${apps}.`,
    done: lines(defineCozy, shell`cozy instances ls 2>/dev/null | awk '{ print $1 }' | grep -qxF ${host}`),
    script: lines(
      shell`scratch=$(mktemp -d)`,
      shell`trap 'rm -rf "$scratch"' EXIT`,
      shell`(
  umask 077
  printf '%s\\n' ${host} >${LAID}
  printf %s "$(cat ${secret('passphrase')})" >"$scratch/passphrase"
  printf 'user = "admin:%s"\\n' "$(cat ${secret('admin')})" >"$scratch/config"
)`,
      shell`status=$(curl --noproxy '*' --silent --show-error --max-time 300 --config "$scratch/config" --request POST --get --output "$scratch/answer" --write-out '%{http_code}' ${fields.flatMap((field) => ['--data-urlencode', field])} --data-urlencode Passphrase@"$scratch/passphrase" http://127.0.0.1:6060/instances)`,
      shell`[ "$status" = 201 ] || { echo "it answered $status: $(head -c 300 "$scratch/answer" | tr '\\n' ' ')"; exit 1; }`,
    ),
    deadlineMs: 600_000,
  };
}

export function addApps(context: Context): LayerStep {
  const host = hostnameOf(context);
  const apps = context.parameters.apps.split(',');
  const has = (app: string) => shell`printf '%s\\n' "$list" | grep -qxF ${app}`;
  const list = shell`list=$(cozy apps ls --domain ${host} 2>/dev/null | awk '{ print $1 }')`;
  return {
    name: 'install applications',
    does: `Install what is missing of the applications ${apps.join(', ')}.`,
    done: lines(
      defineCozy,
      list,
      apps.map(has).reduce((sum, each) => shell`${sum} && ${each}`),
    ),
    script: lines(
      defineCozy,
      list,
      ...apps.map((app) => shell`${has(app)} || cozy apps install --domain ${host} ${app}`),
    ),
    deadlineMs: 900_000,
  };
}

export function stackIsLaid(context: Context): Shell {
  return shell`${programIs(context)} && ${isConfigured(context)} && ${isStarted}`;
}
