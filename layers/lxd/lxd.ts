import { lines, type Shell, shell } from '../../remote/index.ts';
import { memoryDemand, roomDemand } from '../parts/demands.ts';
import { hasText, putText } from '../parts/file-step.ts';
import type { Layer, LayerContext, LayerStep } from '../layer.ts';
import { answers, install, installDemands, installed, isSnap, uninstall } from './install.ts';
import { type LxdParameters, lxdParameters } from './parameters.ts';
import { POOL, preseedText } from './preseed.ts';
import { lxdVerification } from './verify.ts';

type Context = LayerContext<LxdParameters>;

/** What LXD was told last: also which bridge and pool are ours, once parameters are not known any more. */
const PRESEED = '/var/lib/rackwright/lxd-preseed.json';

export const lxd: Layer<LxdParameters> = {
  name: 'lxd',
  version: '1',
  summary: 'LXD: system containers, with a storage pool and a bridge behind NAT.',
  parameters: lxdParameters,
  systems: ['debian/12', 'debian/13', 'ubuntu/22.04', 'ubuntu/24.04', 'ubuntu/26.04'],

  demands: (context) => {
    const { system, parameters } = context;
    const place = isSnap(system) ? '/var/snap' : '/var/lib/lxd';
    return [
      memoryDemand(512),
      roomDemand(place, parameters.pool === 'dir' ? 1_024 : parameters.poolGiB * 1_024),
      ...installDemands(context),
      {
        kind: 'script',
        name: 'no other pool and bridge',
        code: 'LAYER_CONFLICT',
        script: notTheirs(parameters),
      },
    ];
  },

  check: (context) => shell`${installed(context)} && ${answers} && ${isSeeded(context.parameters)}`,
  apply: (context) => [...install(context), seed(context)],
  verify: ({ packageProxy, parameters }) => [lxdVerification(packageProxy, parameters)],
  remove: ({ system }) => [refuseWithInstances, unseed, ...uninstall(system)],
};

/** A pool cannot change its driver, and what others made is not changed by us. */
function notTheirs({ pool, bridge }: LxdParameters): Shell {
  return shell`if ! command -v lxc >/dev/null || ! ${answers}; then
  [ ! -e ${`/sys/class/net/${bridge}`} ] || { echo ${`there is a network device ${bridge} already`}; exit 1; }
  exit 0
fi
has=$(lxc query ${`/1.0/storage-pools/${POOL}`} 2>/dev/null | sed -n 's/^\\t"driver": "\\(.*\\)",*$/\\1/p')
if [ -n "$has" ] && [ ! -e ${PRESEED} ]; then echo ${`LXD has a pool ${POOL} already, which is not ours`}; exit 1; fi
if [ -n "$has" ] && [ "$has" != ${pool} ]; then echo "its pool is of $has, and cannot become one of "${pool}': take the layer away first'; exit 1; fi
if [ -e ${PRESEED} ] && ! grep -qF ${`"name": "${bridge}"`} ${PRESEED}; then echo ${`its bridge cannot change its name to ${bridge}: take the layer away first`}; exit 1; fi`;
}

function isSeeded({ bridge, ...more }: LxdParameters): Shell {
  return shell`${hasText(PRESEED, preseedText({ bridge, ...more }))} && lxc network show ${bridge} >/dev/null 2>&1 && lxc storage show ${POOL} >/dev/null 2>&1`;
}

function seed({ parameters }: Context): LayerStep {
  const text = preseedText(parameters);
  const { pool, bridge, subnet } = parameters;
  return {
    name: 'give it a pool and a bridge',
    does: `Make the pool ${POOL} (${pool}) and the bridge ${bridge} (${subnet}), which new containers get.`,
    done: isSeeded(parameters),
    script: lines(shell`printf %s ${text} | lxd init --preseed`, putText(PRESEED, text)),
    deadlineMs: 300_000,
  };
}

/** Counted in all projects. */
const refuseWithInstances: LayerStep = {
  name: 'see that no container is left',
  does: 'Refuse while there are containers or virtual machines, as they would be gone.',
  done: shell`! command -v lxc >/dev/null || ! ${answers} || [ "$(lxc query '/1.0/instances?all-projects=true')" = '[]' ]`,
  script: lines(
    shell`lxc list --all-projects`,
    shell`echo 'These would be gone: delete them first (lxc delete NAME), then ask again.'`,
    shell`exit 1`,
  ),
  deadlineMs: 60_000,
};

const unseed: LayerStep = {
  name: 'remove the pool and the bridge',
  does: 'Remove the images, the pool and the bridge that it was given.',
  done: shell`[ ! -e ${PRESEED} ]`,
  script: shell`if command -v lxc >/dev/null && ${answers}; then
  lxc image list --format csv --columns f | while read -r image; do lxc image delete "$image" </dev/null; done
  printf 'config: {}\\ndevices: {}\\n' | lxc profile edit default
  bridge=$(sed -n '/"networks"/,/]/s/^ *"name": "\\(.*\\)",*$/\\1/p' ${PRESEED})
  ! lxc network show "$bridge" >/dev/null 2>&1 || lxc network delete "$bridge"
  ! lxc storage show ${POOL} >/dev/null 2>&1 || lxc storage delete ${POOL}
fi
rm -f ${PRESEED}`,
  deadlineMs: 300_000,
};
