import type { PlannedBond, PlannedInterface, PlannedNetwork, PlannedRoute } from '../../model/index.ts';
import type { Mac } from '../../net/index.ts';
import { refuse } from './refuse.ts';

/** The plan's interfaces as ESXi has them: a standard switch for each uplink, and a VMkernel adapter for each address. */
export interface EsxiSwitch {
  readonly name: string;
  /** The first one is preferred. */
  readonly uplinks: readonly Mac[];
  readonly teaming?: 'explicit' | 'iphash';
  readonly mtu?: number;
  readonly ports: readonly EsxiPort[];
}

export interface EsxiPort {
  readonly group: string;
  readonly vlan?: number;
  /** `vmk0` is the one over which the machine is reached. */
  readonly adapter: string;
  readonly mac?: Mac;
  readonly mtu?: number;
  readonly addresses: readonly string[];
  readonly dhcp4: boolean;
  readonly dhcp6: boolean;
  readonly slaac: boolean;
  readonly routes: readonly PlannedRoute[];
}

/** VMware's own name of it: tools look for it. */
export const MANAGEMENT = 'Management Network';

/** @throws CodedError REQUEST_INVALID naming what a standard switch cannot do */
export function esxiNetwork({ interfaces, reach }: PlannedNetwork): readonly EsxiSwitch[] {
  for (const link of interfaces) checkLink(link, interfaces);
  const members = interfaces.flatMap((link) => (link.kind === 'bond' ? link.members : []));
  const carries = (name: string) => [
    ...interfaces.filter((link) => link.name === name || (link.kind === 'vlan' && link.link === name)),
  ];
  const uplinks = interfaces.filter(
    (link) => link.kind === 'bond' || (link.kind === 'card' && !members.includes(link.name)),
  );
  const first = (name: string) => (carries(name).some((link) => link.name === reach) ? 0 : 1);
  const ordered = uplinks.toSorted((a, b) => first(a.name) - first(b.name));
  const ports = ordered
    .flatMap(({ name }) => carries(name))
    .filter(({ addresses, dhcp4, dhcp6, slaac }) => addresses.length > 0 || dhcp4 || dhcp6 || slaac)
    .toSorted((a, b) => Number(b.name === reach) - Number(a.name === reach))
    .map(({ name }) => name);
  return ordered.map((link, index) => ({
    name: `vSwitch${index}`,
    uplinks: link.kind === 'bond' ? macsOf(link, interfaces) : [(link as { readonly mac: Mac }).mac],
    ...(link.kind === 'bond' && { teaming: teamings[link.mode] as 'explicit' | 'iphash' }),
    ...(link.mtu !== undefined && { mtu: link.mtu }),
    ports: carries(link.name)
      .filter(({ name }) => ports.includes(name))
      .map((port) => portOf(port, ports.indexOf(port.name), reach)),
  }));
}

/** What a standard switch does by itself. It speaks no LACP: that is for distributed switches of a vCenter. */
const teamings: Partial<Record<PlannedBond['mode'], EsxiSwitch['teaming']>> = {
  'active-backup': 'explicit',
  'balance-xor': 'iphash',
};

function portOf(link: PlannedInterface, number: number, reach: string): EsxiPort {
  const { name, addresses, dhcp4, dhcp6, slaac = false, routes, mtu } = link;
  return {
    group: name === reach ? MANAGEMENT : name,
    ...(link.kind === 'vlan' && { vlan: link.id }),
    adapter: `vmk${number}`,
    ...('mac' in link && link.mac !== undefined && { mac: link.mac }),
    ...(mtu !== undefined && { mtu }),
    addresses,
    dhcp4,
    dhcp6,
    slaac,
    routes,
  };
}

function macsOf(bond: PlannedBond, interfaces: readonly PlannedInterface[]): readonly Mac[] {
  const inOrder = [...bond.members].sort((a, b) => Number(b === bond.primary) - Number(a === bond.primary));
  return inOrder.flatMap((name) =>
    interfaces.flatMap((link) => (link.name === name && link.kind === 'card' ? [link.mac] : [])),
  );
}

function checkLink(link: PlannedInterface, all: readonly PlannedInterface[]): void {
  const { name, addresses, dhcp4, routes } = link;
  switch (link.kind) {
    case 'bridge':
      return refuse('network.bridges', `${name}: ESXi has no bridges; its switches are made for each card.`);
    case 'bond':
      if (!teamings[link.mode])
        refuse(
          'network.bonds',
          `${name}: a standard switch of ESXi does active-backup and balance-xor, not ${link.mode}.`,
        );
      break;
    case 'vlan':
      if (all.some((other) => other.name === link.link && other.kind === 'vlan'))
        refuse('network.vlans', `${name}: ESXi puts no VLAN into a VLAN.`);
      break;
    case 'card':
      break;
  }
  const four = addresses.filter((address) => !address.includes(':')).length;
  if (four > 1 || (four === 1 && dhcp4))
    refuse('network', `${name}: an adapter of ESXi has one IPv4 address, static or by DHCP.`);
  const odd = routes.find(({ via, metric, table }) => !via || metric !== undefined || table !== undefined);
  if (odd)
    refuse(
      'network',
      `${name}: a route of ESXi has a gateway and neither metric nor table, unlike the one to ${odd.to}.`,
    );
}
