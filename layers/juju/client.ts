import { CodedError } from '../../model/index.ts';
import { type Download, downloadDemands, fetchStep } from '../parts/download.ts';
import { lines, type Shell, shell } from '../../remote/index.ts';
import { noteUnless } from '../parts/brought.ts';
import { reachDemand } from '../parts/demands.ts';
import type { Demand, LayerStep } from '../layer.ts';
import { mirrored } from '../parts/mirror.ts';
import type { Context, Parameters } from './parameters.ts';
import { STATE } from './places.ts';

export type Client =
  | { readonly kind: 'snap'; readonly version: string; readonly channel: string }
  | { readonly kind: 'program'; readonly version: string; readonly archive: Download };

const PROGRAM = '/usr/local/bin/juju';
/** Digests of the archive, and of the program as it came out of it. */
const CAME_FROM = `${STATE}/program`;

/** @throws CodedError REQUEST_INVALID naming the parameter that is missing */
export function chooseClient(
  system: string,
  {
    source,
    channel,
    version,
    sha256,
    download,
    mirror,
  }: Pick<Parameters, 'source' | 'channel' | 'version' | 'sha256' | 'download' | 'mirror'>,
): Client {
  const kind = source ?? (system.startsWith('ubuntu/') ? 'snap' : 'program');
  if (kind === 'snap') return { kind, version: channel.split('/')[0] ?? channel, channel };
  if (version === undefined) throw missing('version', 'the program has a version, like 3.6.11');
  if (sha256 === undefined) throw missing('sha256', 'the program is downloaded, and has to be pinned');
  const file = `juju-${version}-linux-amd64.tar.xz`;
  const series = version.split('.').slice(0, 2).join('.');
  const url = download ?? `https://launchpad.net/juju/${series}/${version}/+download/${file}`;
  return {
    kind,
    version,
    archive: { url: mirrored(url, mirror), sha256, path: `${STATE}/${file}` },
  };
}

function missing(field: string, why: string): CodedError {
  return new CodedError('REQUEST_INVALID', `Layer juju: parameter ${field}: ${why}`, {
    layer: 'juju',
    field,
  });
}

/** Juju 4.0 gave it another name, and does not know the old one. */
export function providerType(version: string): 'manual' | 'unmanaged' {
  return Number(version.split('.')[0]) >= 4 ? 'unmanaged' : 'manual';
}

export function clientDemands({ system, packageProxy, parameters }: Context): readonly Demand[] {
  const client = chooseClient(system, parameters);
  if (client.kind === 'snap') return [reachDemand('https://api.snapcraft.io/', packageProxy)];
  return [
    {
      kind: 'script',
      name: `no other ${PROGRAM}`,
      code: 'LAYER_CONFLICT',
      script: shell`[ ! -e ${PROGRAM} ] || [ -e ${CAME_FROM} ] || { echo ${`there is a ${PROGRAM} already, which is not ours`}; exit 1; }`,
    },
    ...downloadDemands(client.archive, packageProxy, hasClient(client)),
  ];
}

export function hasClient(client: Client): Shell {
  return client.kind === 'snap'
    ? shell`[ "$(snap list juju 2>/dev/null | awk 'NR == 2 { print $4 }')" = ${client.channel} ]`
    : shell`[ -x ${PROGRAM} ] && [ "$(cat ${CAME_FROM} 2>/dev/null)" = ${client.archive.sha256}" $(sha256sum <${PROGRAM})" ]`;
}

export function installClient({ packageProxy }: Context, client: Client): readonly LayerStep[] {
  if (client.kind === 'snap') {
    const { channel } = client;
    return [
      {
        name: 'install the snap',
        does: `Install or refresh the snap juju from ${channel}.`,
        done: hasClient(client),
        script: lines(
          noteUnless('juju', 'snap', shell`snap list juju >/dev/null 2>&1`),
          shell`systemctl start snapd.socket`,
          shell`snap wait system seed.loaded`,
          shell`if snap list juju >/dev/null 2>&1; then snap refresh juju --channel=${channel}; else snap install juju --channel=${channel}; fi`,
        ),
        deadlineMs: 1_200_000,
      },
    ];
  }
  const { archive } = client;
  return [
    fetchStep(archive, packageProxy, hasClient(client)),
    {
      name: 'unpack the client',
      does: `Take juju out of ${archive.path} and put it to ${PROGRAM}.`,
      done: hasClient(client),
      script: lines(
        shell`rm -rf ${STATE}/unpacked`,
        shell`mkdir -p ${STATE}/unpacked`,
        shell`tar -xJf ${archive.path} -C ${STATE}/unpacked --no-same-owner juju`,
        // Before the program: one that is cut off here is still known as ours.
        shell`echo ${archive.sha256} "$(sha256sum <${STATE}/unpacked/juju)" >${CAME_FROM}.new`,
        shell`mv ${CAME_FROM}.new ${CAME_FROM}`,
        shell`install -m 0755 ${STATE}/unpacked/juju ${PROGRAM}.rackwright-new`,
        shell`mv ${PROGRAM}.rackwright-new ${PROGRAM}`,
        shell`rm -rf ${STATE}/unpacked ${archive.path}`,
      ),
      deadlineMs: 300_000,
    },
  ];
}

const SNAP_CAME = '/var/lib/rackwright/brought/juju/snap';

/** Whichever of the two it was. */
export const removeClient: LayerStep = {
  name: 'remove the client',
  does: `Remove the snap juju or ${PROGRAM}, where it was brought.`,
  done: shell`[ ! -e ${SNAP_CAME} ] && [ ! -e ${CAME_FROM} ]`,
  script: lines(
    shell`if [ -e ${SNAP_CAME} ] && snap list juju >/dev/null 2>&1; then snap remove --purge juju; fi`,
    shell`[ ! -e ${CAME_FROM} ] || rm -f ${PROGRAM} ${PROGRAM}.rackwright-new`,
    shell`rm -f ${SNAP_CAME} ${CAME_FROM}`,
  ),
  deadlineMs: 600_000,
};
