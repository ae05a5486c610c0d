import { lines, type Shell, shell } from '../../remote/index.ts';
import { fetchDownload, isDownloaded } from '../parts/download.ts';
import { hasText, putText } from '../parts/file-step.ts';
import type { LayerStep } from '../layer.ts';
import {
  ADMIN_SECRET,
  type Context,
  downloadOf,
  hostnameOf,
  LAID,
  laidText,
  SCALE_PROGRAM,
  SCALE_SETTINGS,
  STATE,
} from './places.ts';

export const scalePackages = ['apache2', 'openssl', 'curl', 'ca-certificates'];

export const SCALE_UNIT = '/etc/systemd/system/ocis.service';
/** The administrator's password, for systemd alone, which reads it as root. */
export const SCALE_PASSWORD = '/etc/ocis/rackwright-admin.env';
/** The program before, until the new one has answered. */
export const SCALE_BEFORE = `${SCALE_PROGRAM}.rackwright-before`;
/** Written before the configuration or the program is, removed when it has answered. */
const STALE = `${STATE}/ocis-to-restart`;

/** Infinite Scale: one program, which listens on loopback; Apache in front of it does TLS. */
export function layScale(context: Context): readonly LayerStep[] {
  return [place(context), configure(context), start(context)];
}

const programIs = (context: Context) => isDownloaded({ ...downloadOf(context), path: SCALE_PROGRAM });

function place(context: Context): LayerStep {
  const { url, sha256 } = downloadOf(context);
  const draft = { url, sha256, path: `${SCALE_PROGRAM}.rackwright-new` };
  return {
    name: 'place the program',
    does: `Fetch ${url}, which has the SHA-256 ${sha256}, to ${SCALE_PROGRAM}, and keep the one before until it has answered.`,
    done: programIs(context),
    script: lines(
      shell`mkdir -p ${STATE}`,
      fetchDownload(draft, context.packageProxy),
      shell`chmod 0755 ${draft.path}`,
      shell`: >${STALE}`,
      shell`if [ -e ${SCALE_PROGRAM} ] && [ ! -e ${SCALE_BEFORE} ]; then
  cp -a ${SCALE_PROGRAM} ${`${SCALE_BEFORE}.part`}
  mv ${`${SCALE_BEFORE}.part`} ${SCALE_BEFORE}
fi`,
      shell`mv ${draft.path} ${SCALE_PROGRAM}`,
    ),
    deadlineMs: 1_800_000,
  };
}

/** Plain HTTP on loopback. Its parts ask each other by the public address, whose authority nobody told them of. */
function settingsText(context: Context): string {
  const { certificate, dataDirectory } = context.parameters;
  return `OCIS_URL=https://${hostnameOf(context)}
OCIS_CONFIG_DIR=/etc/ocis
OCIS_BASE_DATA_PATH=${dataDirectory}
OCIS_INSECURE=${certificate === 'acme' ? 'false' : 'true'}
OCIS_LOG_LEVEL=warn
PROXY_HTTP_ADDR=127.0.0.1:9200
PROXY_TLS=false
PROXY_ENABLE_BASIC_AUTH=true
`;
}

const unitText = `[Unit]
Description=ownCloud Infinite Scale
After=network-online.target
Wants=network-online.target

[Service]
User=ocis
EnvironmentFile=${SCALE_SETTINGS}
EnvironmentFile=${SCALE_PASSWORD}
ExecStart=${SCALE_PROGRAM} server
Restart=on-failure
RestartSec=5

[Install]
WantedBy=multi-user.target
`;

function isConfigured(context: Context): Shell {
  return shell`${hasText(SCALE_SETTINGS, settingsText(context))} && ${hasText(SCALE_UNIT, unitText)} && [ -s /etc/ocis/ocis.yaml ] && [ "$(cat ${SCALE_PASSWORD} 2>/dev/null)" = "IDM_ADMIN_PASSWORD=$(cat ${ADMIN_SECRET})" ]`;
}

function configure(context: Context): LayerStep {
  const { dataDirectory } = context.parameters;
  return {
    name: 'configure Infinite Scale',
    does: `Make its user, its keys in /etc/ocis, and its unit; its files are in ${dataDirectory}.`,
    done: isConfigured(context),
    script: lines(
      shell`umask 022`,
      shell`mkdir -p ${STATE}`,
      putText(LAID, laidText(context)),
      shell`: >${STALE}`,
      shell`getent passwd ocis >/dev/null || useradd --system --user-group --home-dir ${dataDirectory} --no-create-home --shell /usr/sbin/nologin ocis`,
      shell`install -d -m 0750 -o ocis -g ocis /etc/ocis`,
      shell`install -d -m 0750 -o ocis -g ocis ${dataDirectory}`,
      putText(SCALE_SETTINGS, settingsText(context)),
      shell`(umask 077 && printf 'IDM_ADMIN_PASSWORD=%s\\n' "$(cat ${ADMIN_SECRET})" >${SCALE_PASSWORD})`,
      shell`if [ ! -s /etc/ocis/ocis.yaml ]; then
  set -a
  . ${SCALE_SETTINGS}
  . ${SCALE_PASSWORD}
  set +a
  runuser -u ocis -- ${SCALE_PROGRAM} init
fi`,
      putText(SCALE_UNIT, unitText),
      shell`systemctl daemon-reload`,
    ),
    deadlineMs: 120_000,
  };
}

const answers = shell`curl --noproxy '*' --silent --max-time 5 --output /dev/null http://127.0.0.1:9200/`;

const isStarted = shell`[ ! -e ${STALE} ] && [ ! -e ${SCALE_BEFORE} ] && systemctl --quiet is-enabled ocis && systemctl --quiet is-active ocis`;

/** A new program that does not answer within two minutes, or ends again and again, goes, and the one before comes back, with its configuration. */
function start({ parameters: { dataDirectory } }: Context): LayerStep {
  return {
    name: 'start Infinite Scale',
    does: 'Start it, now and at every boot, and wait until it answers; go back to the program before if it does not.',
    done: isStarted,
    script: lines(
      shell`answers() {
  tries=0
  until ${answers}; do
    tries=$((tries + 1))
    [ "$tries" -lt 60 ] && [ "$(systemctl show --property NRestarts --value ocis)" -lt 4 ] || return 1
    sleep 2
  done
}`,
      shell`systemctl --quiet enable ocis`,
      shell`systemctl reset-failed ocis 2>/dev/null || true`,
      shell`systemctl restart ocis || true`,
      shell`if ! answers; then
  journalctl --no-pager --unit ocis --lines 20 --output cat || true
  said=$(journalctl --no-pager --lines 1 --output cat _SYSTEMD_UNIT=ocis.service | cut -c 1-150)
  if [ -e ${SCALE_BEFORE} ]; then
    mv ${SCALE_BEFORE} ${SCALE_PROGRAM}
    systemctl reset-failed ocis 2>/dev/null || true
    systemctl restart ocis
    answers || { echo "neither it nor the program before answers: $said"; exit 1; }
    rm -f ${STALE}
    echo "it does not answer, and the program before is in its place again: $said"
    exit 1
  fi
  systemctl stop ocis
  echo "it does not answer: $said"
  exit 1
fi`,
      shell`rm -f ${SCALE_BEFORE} ${STALE}`,
      shell`echo it keeps its files in ${dataDirectory}`,
    ),
    deadlineMs: 600_000,
  };
}

export function scaleIsLaid(context: Context): Shell {
  return shell`${programIs(context)} && ${isConfigured(context)} && ${isStarted}`;
}
