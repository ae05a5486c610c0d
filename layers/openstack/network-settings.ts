import { controllerOf, dutiesOf } from './duties.ts';
import type { Context } from './parameters.ts';
import type { Settings } from './settings-parts.ts';

/** Of the network machine alone: where guests' routers find a way out. */
export const EXTERNAL_BRIDGE = 'br-ex';
/** Of RFC 7047's servers in ovn-central; ovn-nb(5) and ovn-sb(5). */
export const OVN_PORTS = { north: 6641, south: 6642 } as const;

/** What neutron is told of one kind of networks, on top of what it is told of any. */
export function networkSettings(context: Context): Settings {
  switch (context.parameters.networks) {
    case 'linuxbridge':
      return linuxBridge(context);
    case 'ovs':
      return openvswitch(context);
    case 'ovn':
      return ovn(context);
  }
}

function mayReachOut(context: Context): boolean {
  return dutiesOf(context).includes('network') && context.parameters.externalInterface !== undefined;
}

/** Of the two kinds that have agents: DHCP and routers by neutron's own. */
function byAgents(context: Context, driver: string): Settings {
  const duties = dutiesOf(context);
  return {
    DEFAULT: {
      interface_driver: driver,
      ...(duties.includes('control') && { service_plugins: 'router' }),
      ...(duties.includes('network') && { enable_isolated_metadata: true }),
    },
    ...(duties.includes('control') && {
      ml2: {
        type_drivers: 'flat,vxlan',
        tenant_network_types: 'vxlan',
        mechanism_drivers: `${driver},l2population`,
      },
      ml2_type_vxlan: { vni_ranges: '1:16000' },
    }),
  };
}

function linuxBridge(context: Context): Settings {
  const { externalInterface } = context.parameters;
  return {
    ...byAgents(context, 'linuxbridge'),
    // Since 2022 the servers load it only when they are told that its end is known: it is gone from 2025.1 on.
    experimental: { linuxbridge: true },
    vxlan: { enable_vxlan: true, local_ip: context.address, l2_population: true },
    securitygroup: { enable_security_group: true, firewall_driver: 'iptables', enable_ipset: true },
    ...(mayReachOut(context) && {
      linux_bridge: { physical_interface_mappings: `external:${externalInterface}` },
    }),
  };
}

function openvswitch(context: Context): Settings {
  return {
    ...byAgents(context, 'openvswitch'),
    ovs: {
      local_ip: context.address,
      ...(mayReachOut(context) && { bridge_mappings: `external:${EXTERNAL_BRIDGE}` }),
    },
    agent: { tunnel_types: 'vxlan', l2_population: true },
    securitygroup: { enable_security_group: true, firewall_driver: 'openvswitch' },
  };
}

function ovn(context: Context): Settings {
  const { address } = controllerOf(context);
  const isControl = dutiesOf(context).includes('control');
  return {
    ...(isControl && {
      DEFAULT: { service_plugins: 'ovn-router' },
      ml2: { type_drivers: 'flat,geneve', tenant_network_types: 'geneve', mechanism_drivers: 'ovn' },
      // Of the options in front of each packet, as the project's guide has it.
      ml2_type_geneve: { vni_ranges: '1:16000', max_header_size: 38 },
      securitygroup: { enable_security_group: true },
    }),
    ovs: { ovsdb_connection: 'unix:/run/openvswitch/db.sock' },
    ovn: {
      ovn_nb_connection: `tcp:${address}:${OVN_PORTS.north}`,
      ovn_sb_connection: `tcp:${address}:${OVN_PORTS.south}`,
      ...(isControl && { ovn_metadata_enabled: true }),
    },
  };
}
