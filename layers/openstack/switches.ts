import { lines, type Shell, shell } from '../../remote/index.ts';
import type { LayerStep } from '../layer.ts';
import { controllerOf, does } from './duties.ts';
import { EXTERNAL_BRIDGE, OVN_PORTS } from './network-settings.ts';
import type { Context } from './parameters.ts';

/** What Open vSwitch keeps for whoever programs it: ovn-controller(8). */
function chassisOf(context: Context): Readonly<Record<string, string>> {
  const isWayOut = does(context, 'network');
  const { externalInterface } = context.parameters;
  return {
    'ovn-remote': `tcp:${controllerOf(context).address}:${OVN_PORTS.south}`,
    'ovn-encap-type': 'geneve',
    'ovn-encap-ip': context.address,
    // Neutron knows a machine by the name that nova has for it.
    hostname: context.machineName,
    ...(isWayOut && { 'ovn-cms-options': 'enable-chassis-as-gw' }),
    ...(isWayOut &&
      externalInterface !== undefined && { 'ovn-bridge-mappings': `external:${EXTERNAL_BRIDGE}` }),
  };
}

function joinOvn(context: Context): LayerStep {
  const ids = Object.entries(chassisOf(context)).map(
    ([name, value]) => [`external-ids:${name}`, value] as const,
  );
  const held = ids.map(
    ([id, value]) => shell`[ "$(ovs-vsctl --if-exists get Open_vSwitch . ${id} | tr -d '"')" = ${value} ]`,
  );
  return {
    name: 'join OVN',
    does: `Have Open vSwitch tell ovn-controller of ${controllerOf(context).name}, and how others reach this machine.`,
    done: held.reduce((sum, each) => shell`${sum} && ${each}`),
    script: shell`ovs-vsctl set Open_vSwitch . ${ids.map(([id, value]) => `${id}="${value}"`)}`,
    deadlineMs: 60_000,
  };
}

function bridgeOut(card: string): LayerStep {
  return {
    name: 'make the bridge to the outside',
    does: `Have ${card} in the bridge ${EXTERNAL_BRIDGE}.`,
    done: shell`[ "$(ovs-vsctl port-to-br ${card} 2>/dev/null)" = ${EXTERNAL_BRIDGE} ]`,
    script: lines(
      shell`ovs-vsctl --may-exist add-br ${EXTERNAL_BRIDGE} -- --may-exist add-port ${EXTERNAL_BRIDGE} ${card}`,
      shell`ip link set ${card} up`,
    ),
    deadlineMs: 60_000,
  };
}

const MANAGER = 'ptcp:6640:127.0.0.1';
const managed = shell`ovs-vsctl --timeout=20 get-manager | grep -qxF ${MANAGER}`;

/** Where os-vif looks for it; neutron's own agent would open it by itself, and OVN has none. */
const openSwitch: LayerStep = {
  name: 'open the switch to nova',
  does: `Have Open vSwitch listen on the loopback, at ${MANAGER}, beside what it listens on already.`,
  done: managed,
  script: shell`# shellcheck disable=SC2046 # Targets, one a word.
ovs-vsctl --timeout=60 set-manager $(ovs-vsctl get-manager) ${MANAGER}`,
  deadlineMs: 120_000,
};

/** After Open vSwitch runs, before those who program it. */
export function switchSteps(context: Context): readonly LayerStep[] {
  const { networks, externalInterface } = context.parameters;
  if (networks === 'linuxbridge' || !does(context, 'network', 'compute')) return [];
  return [
    openSwitch,
    ...(does(context, 'network') && externalInterface !== undefined ? [bridgeOut(externalInterface)] : []),
    ...(networks === 'ovn' ? [joinOvn(context)] : []),
  ];
}

/** ovn-central listens to its own machine alone until it is told where else. */
export function openOvn(context: Context): LayerStep {
  const { address } = controllerOf(context);
  const [north, south] = [`ptcp:${OVN_PORTS.north}:${address}`, `ptcp:${OVN_PORTS.south}:${address}`];
  return {
    name: 'open OVN to the other machines',
    does: `Have its two databases listen on ${address}.`,
    done: shell`[ "$(ovn-nbctl --timeout=20 --bare --columns=target list connection)" = ${north} ] && [ "$(ovn-sbctl --timeout=20 --bare --columns=target list connection)" = ${south} ]`,
    script: lines(
      shell`ovn-nbctl --timeout=60 set-connection ${north}`,
      shell`ovn-sbctl --timeout=60 set-connection ${south}`,
    ),
    deadlineMs: 180_000,
  };
}

const bridges = ['br-int', 'br-tun', EXTERNAL_BRIDGE];
const hasBridges: Shell = bridges
  .map((name) => shell`ovs-vsctl --timeout=20 br-exists ${name}`)
  .reduce((sum, each) => shell`${sum} || ${each}`);

/** The bridges of somebody else's Open vSwitch stay. */
export const dropSwitches: LayerStep = {
  name: 'remove the switches',
  does: `Remove the bridges ${bridges.join(', ')} of Open vSwitch.`,
  done: shell`! command -v ovs-vsctl >/dev/null || ! { ${hasBridges} || ${managed}; }`,
  script: shell`if command -v ovn-appctl >/dev/null; then systemctl stop ovn-controller 2>/dev/null || true; fi
for bridge in ${bridges}; do ovs-vsctl --timeout=60 --if-exists del-br "$bridge"; done
for name in ovn-remote ovn-encap-type ovn-encap-ip ovn-cms-options ovn-bridge-mappings; do
  ovs-vsctl --timeout=60 remove Open_vSwitch . external-ids "$name"
done
if ${managed}; then
  others=$(ovs-vsctl get-manager | grep -vxF ${MANAGER} || true)
  # shellcheck disable=SC2086 # Targets, one a word.
  if [ -n "$others" ]; then ovs-vsctl set-manager $others; else ovs-vsctl del-manager; fi
fi`,
  deadlineMs: 300_000,
};
