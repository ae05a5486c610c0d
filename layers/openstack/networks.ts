import { lines, shell } from '../../remote/index.ts';
import type { Demand, LayerStep } from '../layer.ts';
import { does } from './duties.ts';
import { moduleDemand } from './kernel-modules.ts';
import type { Context } from './parameters.ts';
import { STATE, USERS_BEFORE } from './paths.ts';

const CHOSEN = `${STATE}/networks`;

/** Clouds that were laid before there was a choice have the Linux bridge. */
const chosen = shell`$(cat ${CHOSEN} 2>/dev/null || { [ ! -e ${USERS_BEFORE} ] || echo linuxbridge; })`;

/** Ports, bridges and tables of one kind mean nothing to another: there is no way over but a new cloud. */
function sameDemand(networks: string): Demand {
  return {
    kind: 'script',
    name: `networks by ${networks}, as the cloud was laid`,
    code: 'LAYER_UNMET',
    script: shell`has=${chosen}
[ -z "$has" ] || [ "$has" = ${networks} ] || { echo "the cloud was laid with networks=$has, and keeps it: take the layer away first"; exit 1; }`,
  };
}

export function networkDemands(context: Context): readonly Demand[] {
  const { networks } = context.parameters;
  const carries = networks !== 'linuxbridge' && does(context, 'network', 'compute');
  const tunnel = networks === 'ovn' ? 'geneve' : 'vxlan';
  return [
    sameDemand(networks),
    ...(carries ? ['openvswitch', tunnel] : []).map((module) =>
      moduleDemand(
        module,
        `networks=${networks}`,
        'install a kernel that has it, or lay the cloud with networks=linuxbridge',
      ),
    ),
  ];
}

export function chooseNetworks({ parameters: { networks } }: Context): LayerStep {
  return {
    name: 'choose the networks',
    does: `Keep in mind that the networks are made by ${networks}.`,
    done: shell`[ "$(cat ${CHOSEN} 2>/dev/null)" = ${networks} ]`,
    script: lines(
      shell`mkdir -p ${STATE}`,
      shell`echo ${networks} >${CHOSEN}.new`,
      shell`mv ${CHOSEN}.new ${CHOSEN}`,
    ),
    deadlineMs: 60_000,
  };
}
