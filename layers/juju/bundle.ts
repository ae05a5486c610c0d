import { type Shell, shell, lines } from '../../remote/index.ts';
import { memoryDemand } from '../parts/demands.ts';
import { diskFault } from '../parts/empty-disk.ts';
import { hasText, putText } from '../parts/file-step.ts';
import type { Demand, LayerStep } from '../layer.ts';
import { chooseClient } from './client.ts';
import { inModel } from './machines.ts';
import { fanOf, OVERLAY_SYSTEM, overlayText, SMALLEST } from './openstack-base.ts';
import type { Context } from './parameters.ts';
import { asRoot, DATA, machinesOf } from './places.ts';

export const OVERLAY = `${DATA}/rackwright-openstack-base.yaml`;

/** Why it cannot be, as far as that is known without the machines. */
export function bundleRefusal(context: Context): string | undefined {
  const { system, parameters } = context;
  const machines = machinesOf(context);
  if (system !== OVERLAY_SYSTEM) return `openstack-base is laid on ${OVERLAY_SYSTEM}, and this is ${system}`;
  if (machines.length < SMALLEST)
    return `openstack-base needs ${SMALLEST} machines of the role machine, and there are ${machines.length}`;
  if (parameters.dataInterface === undefined)
    return 'openstack-base needs the parameter dataInterface: the card to the networks outside';
  if (fanOf(machines.map(({ address }) => address)) === undefined)
    return 'the machines are not in one network of 16 bits, so that their containers do not reach each other';
  if (context.role === 'controller' && chooseClient(system, parameters).version.startsWith('4'))
    return 'containers of several machines reach each other by a fan, which Juju 4 does not have: channel=3/stable';
  return undefined;
}

/** Upstream's page of the bundle: 8 GiB, two disks, two cards. */
export function bundleDemands(context: Context): readonly Demand[] {
  const { bundle, dataInterface = '', osdDevices } = context.parameters;
  if (bundle === 'none') return [];
  const refusal = bundleRefusal(context);
  if (refusal !== undefined)
    return [
      {
        kind: 'script',
        name: 'what openstack-base needs',
        code: 'LAYER_UNMET',
        script: shell`echo ${refusal}; exit 1`,
      },
    ];
  if (context.role === 'controller') return [];
  return [
    memoryDemand(8_192),
    {
      kind: 'script',
      name: 'two disks',
      code: 'MACHINE_TOO_SMALL',
      script: shell`has=$(lsblk -d -n -o TYPE | grep -c '^disk$' || :)
[ "$has" -ge 2 ] || { echo "it has $has disk, and Ceph wants one of its own"; exit 1; }`,
    },
    {
      kind: 'script',
      name: `an empty disk of ${osdDevices}`,
      code: 'LAYER_UNMET',
      // Once Ceph is there, the disks are its own.
      script: shell`! ls -d /var/lib/juju/agents/unit-ceph-osd-* >/dev/null 2>&1 || exit 0
${diskFault}
there=
for disk in ${osdDevices.split(',')}; do
  [ -b "$disk" ] || continue
  there=$disk
  why=$(disk_fault "$disk")
  [ -z "$why" ] || { echo "$why"; exit 1; }
done
[ -n "$there" ] || { echo ${`it has none of the disks ${osdDevices}, of which Ceph wants one: osdDevices names others`}; exit 1; }`,
    },
    {
      kind: 'script',
      name: `the card ${dataInterface}, without an address`,
      code: 'LAYER_UNMET',
      script: shell`[ -e ${`/sys/class/net/${dataInterface}/device`} ] || { echo ${`it has no card ${dataInterface}, which would be its second one, to the networks outside`}; exit 1; }
has=$(ip -o -4 address show dev ${dataInterface} | awk '{ print $4 }')
[ -z "$has" ] || { echo ${dataInterface}" has the address $has, which it would lose"; exit 1; }`,
    },
  ];
}

export function deployBundle(context: Context): readonly LayerStep[] {
  const { bundle, osdDevices, dataInterface, controllerName, model } = context.parameters;
  const machines = machinesOf(context);
  const fan = fanOf(machines.map(({ address }) => address));
  if (bundle === 'none' || dataInterface === undefined || fan === undefined) return [];
  const text = overlayText({ count: machines.length, osdDevices: osdDevices.split(','), dataInterface });
  const to = `${controllerName}:${model}`;
  const isDeployed: Shell = shell`${asRoot}
timeout 120 juju status -m ${to} --format json 2>/dev/null | jq -e '.applications."nova-compute"' >/dev/null`;
  return [
    {
      name: 'write the overlay',
      does: `Write ${OVERLAY}: which part of OpenStack is on which machine.`,
      done: hasText(OVERLAY, text),
      script: putText(OVERLAY, text),
      deadlineMs: 60_000,
    },
    {
      name: 'give containers a network',
      does: `Have containers of all machines reach each other, by the fan ${fan}.`,
      done: shell`${asRoot}
[ "$(juju model-config -m ${to} fan-config 2>/dev/null)" = ${fan} ] && [ "$(juju model-config -m ${to} container-networking-method 2>/dev/null)" = fan ]`,
      script: lines(
        asRoot,
        shell`juju model-config -m ${to} ${[`fan-config=${fan}`, 'container-networking-method=fan']}`,
      ),
      deadlineMs: 120_000,
    },
    {
      name: 'deploy openstack-base',
      does: 'Tell Juju to lay the bundle openstack-base on the machines, and do not wait for it.',
      done: isDeployed,
      script: lines(
        inModel(context),
        shell`map=existing`,
        ...machines.map(
          ({ address }, index) =>
            shell`id=$(found ${address} | cut -d ' ' -f 1)
map=$map,${index}=$id`,
        ),
        shell`juju deploy -m "$model" openstack-base --overlay ${OVERLAY} --map-machines="$map" </dev/null`,
      ),
      deadlineMs: 3_600_000,
    },
  ];
}
