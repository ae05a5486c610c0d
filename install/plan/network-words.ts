import type { PlannedInterface, PlannedNetwork, PlannedRoute } from '../../model/index.ts';

/** One interface a line, for `--plan`. */
export function describeNetwork(network: PlannedNetwork): string[] {
  const { nameservers, search } = network;
  return [
    `Network: reached at ${network.address} over ${network.reach}; ${nameservers.length === 0 ? 'no DNS' : `DNS ${nameservers.join(', ')}`}${search.length === 0 ? '' : `, search ${search.join(' ')}`}`,
    ...network.interfaces.map((link) => `Interface: ${interfaceWords(link)}`),
  ];
}

function interfaceWords(link: PlannedInterface): string {
  return [
    `${link.name} (${kindWords(link)})`,
    [...link.addresses, ...dynamicWords(link)].join(', ') || 'no address',
    ...link.routes.map(routeWords),
    ...(link.mtu === undefined ? [] : [`MTU ${link.mtu}`]),
  ].join(', ');
}

function kindWords(link: PlannedInterface): string {
  switch (link.kind) {
    case 'card':
      return link.mac;
    case 'bond': {
      const more = [
        ...(link.primary === undefined ? [] : [`primary ${link.primary}`]),
        ...(link.lacpRate === undefined ? [] : [`LACP ${link.lacpRate}`]),
        ...(link.hashPolicy === undefined ? [] : [`hash ${link.hashPolicy}`]),
      ];
      return `bond of ${link.members.join(' and ')}: ${[link.mode, ...more].join(', ')}`;
    }
    case 'bridge':
      return `bridge of ${link.members.join(', ') || 'nothing'}${link.stp ? ': STP' : ''}`;
    case 'vlan':
      return `VLAN ${link.id} of ${link.link}`;
  }
}

function dynamicWords({ dhcp4, dhcp6, slaac }: PlannedInterface): string[] {
  return [
    ...(dhcp4 ? ['DHCP'] : []),
    ...(dhcp6 ? ['DHCPv6'] : []),
    ...(slaac === undefined ? [] : [slaac ? 'router advertisements' : 'no router advertisements']),
  ];
}

function routeWords({ to, family, via, metric, table }: PlannedRoute): string {
  const what = to === 'default' ? (family === 4 ? 'gateway' : 'IPv6 gateway') : `route to ${to}`;
  const way = to === 'default' ? ` ${via}` : via === undefined ? '' : ` by ${via}`;
  return `${what}${way}${metric === undefined ? '' : ` metric ${metric}`}${table === undefined ? '' : ` table ${table}`}`;
}
