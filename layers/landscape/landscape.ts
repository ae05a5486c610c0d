import { lines, shell } from '../../remote/index.ts';
import { addArchive, archiveDemand, removeArchive } from '../parts/archive.ts';
import { memoryDemand, roomDemand } from '../parts/demands.ts';
import type { Demand, Layer, LayerStep, Verification } from '../layer.ts';
import { dropPackages, ownPackages } from '../parts/own-packages.ts';
import { isInstalled, refreshPackageLists } from '../parts/packages.ts';
import { ppaOf } from './archive.ts';
import { type Context, isTold, serverUrl, STATE, tell, TOLD } from './client-conf.ts';
import { type Parameters, parameters } from './parameters.ts';

/** Of what the client was told when the server took it in. */
const REGISTERED = `${STATE}/registered`;

export const landscape: Layer<Parameters> = {
  name: 'landscape',
  version: '1',
  summary: "Canonical's Landscape: the machine registers with a server, which can be installed here, too.",
  parameters,
  systems: ['debian/12', 'ubuntu/22.04', 'ubuntu/24.04', 'ubuntu/26.04'],
  secrets: [
    {
      name: 'registration-key',
      does: 'the key by which the account takes machines in',
      from: 'operator',
      optional: true,
    },
    {
      name: 'server-certificate',
      does: 'the certificate, in PEM, by which a server with a certificate of its own is known',
      from: 'operator',
      optional: true,
    },
  ],

  demands: (context) => [
    ...(usesPpa(context) ? [archiveDemand(ppaOf(context), context)] : []),
    ...(context.parameters.server === 'quickstart'
      ? [memoryDemand(4_096), roomDemand('/var/lib', 5_120), fullName, freePorts]
      : []),
    ...(context.parameters.archive === 'distribution' && context.system.startsWith('debian/')
      ? [notInDebian]
      : []),
  ],

  check: (context) => shell`${isInstalled('landscape-client')} && ${isRegistered(context)} && ${isUp}`,

  apply: (context) => [
    refreshPackageLists(context.packageProxy),
    ...(usesPpa(context) ? addArchive(ppaOf(context), context) : []),
    ownPackages(
      'landscape',
      [
        'landscape-client',
        'landscape-common',
        ...(context.parameters.server === 'quickstart' ? ['landscape-server-quickstart'] : []),
      ],
      context,
    ),
    {
      name: 'tell the client',
      does: `Write what the client is to know into ${TOLD}, which root alone can read.`,
      done: isTold(context),
      script: tell(context),
      deadlineMs: 60_000,
    },
    register(context),
    start,
  ],

  verify: (context) => [
    readBack(context),
    ...(context.parameters.server === 'quickstart' ? [serverAnswers] : []),
  ],

  remove: (context) => [
    {
      name: 'stop the client',
      does: 'Stop the client, now and at every boot. The server keeps what it knows of the machine.',
      done: shell`! systemctl --quiet is-active landscape-client && [ ! -e ${STATE} ]`,
      script: lines(
        shell`[ ! -x /usr/bin/landscape-config ] || landscape-config --silent --disable || :`,
        shell`systemctl stop landscape-client 2>/dev/null || :`,
        shell`rm -rf ${STATE}`,
      ),
      deadlineMs: 300_000,
    },
    dropPackages('landscape'),
    {
      name: 'remove what is left',
      does: 'Remove configuration and state that the packages leave behind.',
      done: shell`[ ! -e /etc/landscape ] && [ ! -e /var/lib/landscape ] && [ ! -e /var/log/landscape ] && [ -z "$(getent passwd landscape)" ]`,
      script: lines(
        shell`rm -rf /etc/landscape /var/lib/landscape /var/log/landscape /etc/default/landscape-client`,
        shell`[ -z "$(getent passwd landscape)" ] || userdel landscape`,
        shell`[ -z "$(getent group landscape)" ] || groupdel landscape`,
      ),
      deadlineMs: 60_000,
    },
    removeArchive(ppaOf(context)),
  ],
};

function usesPpa({ parameters: { archive } }: Context): boolean {
  return archive === 'ppa';
}

const fullName: Demand = {
  kind: 'script',
  name: 'a full host name',
  code: 'LAYER_UNSUPPORTED',
  script: shell`hostname -f 2>/dev/null | grep -q '\\.' || { echo "the server is known by a full host name, and this one is $(hostname -f 2>/dev/null || hostname)"; exit 1; }`,
};

/** A client alone goes beside anything; the server wants the web's ports. */
const freePorts: Demand = {
  kind: 'script',
  name: 'the ports 80 and 443',
  code: 'LAYER_CONFLICT',
  script: shell`${isInstalled('landscape-server-quickstart')} && exit 0
taken=$(ss -H -l -t -n 2>/dev/null | awk '{ print $4 }' | grep -E -o ':(80|443)$' | sort -u | tr -d ':' | tr '\\n' ' ')
[ -z "$taken" ] || { echo "something listens already on port $taken"; exit 1; }`,
};

const notInDebian: Demand = {
  kind: 'script',
  name: 'a client in the distribution',
  code: 'LAYER_UNSUPPORTED',
  script: shell`echo 'Debian has no landscape-client: use --param archive=ppa'; exit 1`,
};

/** The client says itself whether a server took it in; what it was told then is kept by us. */
function isRegistered(context: Context) {
  return shell`${isTold(context)} && [ "$(cat ${REGISTERED} 2>/dev/null)" = "$(sha256sum <${TOLD})" ] && landscape-config --is-registered >/dev/null 2>&1`;
}

function register(context: Context): LayerStep {
  return {
    name: 'register',
    does: `Register with ${serverUrl(context)} as ${context.parameters.account}.`,
    done: isRegistered(context),
    script: lines(
      shell`rm -f ${REGISTERED}`,
      // The key is in the file: what is an argument, everybody can read.
      shell`mark=$(date +%s)
landscape-config --silent --import ${TOLD} >${STATE}/said 2>&1 && code=0 || code=$?
cat ${STATE}/said
if [ $code -ne 0 ]; then
  [ -z "$(find /var/log/landscape -newermt "@$mark" -name '*.log' 2>/dev/null)" ] || grep -a -h ERROR /var/log/landscape/*.log | tail -n 1 >>${STATE}/said
  echo "landscape-config ended with status $code: $(tail -n 1 ${STATE}/said)"
  exit $code
fi`,
      shell`landscape-config --is-registered`,
      shell`sha256sum <${TOLD} >${REGISTERED}.new`,
      shell`mv ${REGISTERED}.new ${REGISTERED}`,
    ),
    deadlineMs: 900_000,
  };
}

const isUp = shell`systemctl --quiet is-enabled landscape-client && systemctl --quiet is-active landscape-client`;

const start: LayerStep = {
  name: 'start the client',
  does: 'Start the client, now and at every boot.',
  done: isUp,
  script: lines(shell`systemctl --quiet enable landscape-client`, shell`systemctl restart landscape-client`),
  deadlineMs: 120_000,
};

function readBack({ parameters: { account } }: Context): Verification {
  return {
    kind: 'command',
    name: 'it is registered',
    script: lines(
      shell`said=$(landscape-config --is-registered) || { echo "the client says: $said"; exit 1; }`,
      shell`echo "$said"`,
      shell`echo "$said" | grep -q -E ${`^Account Name: +${account.replaceAll(/[^A-Za-z0-9 ]/g, '.')}$`}`,
      shell`systemctl is-active landscape-client`,
    ),
  };
}

const serverAnswers: Verification = {
  kind: 'command',
  name: 'the server answers',
  script: shell`tries=0
until curl --silent --show-error --fail --max-time 10 --location --cacert /etc/ssl/certs/landscape_server_ca.crt --output /dev/null "https://$(hostname -f)/" 2>/run/landscape-said; do
  tries=$((tries + 1))
  [ $tries -lt 60 ] || { echo "it does not: $(cat /run/landscape-said)"; exit 1; }
  sleep 2
done
rm -f /run/landscape-said
echo "https://$(hostname -f)/ answers"`,
};
