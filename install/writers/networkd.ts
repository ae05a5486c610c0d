import type {
  PlannedBond,
  PlannedBridge,
  PlannedInterface,
  PlannedNetwork,
  PlannedVlan,
} from '../../model/index.ts';

export interface UnitFile {
  /** In /etc/systemd/network. */
  readonly name: string;
  readonly text: string;
}

type Section = readonly [name: string, ...lines: readonly string[]];

/** systemd.network(5), systemd.netdev(5), systemd.link(5). All values are of types whose texts mean themselves there. */
export function networkdFiles(network: PlannedNetwork): readonly UnitFile[] {
  return network.interfaces.flatMap((link) => [
    ...(link.kind === 'card' ? [] : [{ name: `10-rackwright-${link.name}.netdev`, text: netdevText(link) }]),
    { name: `10-rackwright-${link.name}.network`, text: networkText(link, network) },
  ]);
}

/**
 * systemd.link(5): gives each card its name whatever slot it sits in. `Type=ether` leaves out bridges, bonds and VLANs,
 * which take over the address of a card that is put into them.
 */
export function linkFiles(network: PlannedNetwork): readonly UnitFile[] {
  return network.interfaces.flatMap((link) =>
    link.kind === 'card'
      ? [
          {
            name: `10-rackwright-${link.name}.link`,
            text: unit(['Match', `MACAddress=${link.mac}`, 'Type=ether'], ['Link', `Name=${link.name}`]),
          },
        ]
      : [],
  );
}

function netdevText(link: PlannedBond | PlannedBridge | PlannedVlan): string {
  const mac = 'mac' in link && link.mac !== undefined ? [`MACAddress=${link.mac}`] : [];
  return unit(['NetDev', `Name=${link.name}`, `Kind=${link.kind}`, ...mac], netdevSection(link));
}

function netdevSection(link: PlannedBond | PlannedBridge | PlannedVlan): Section {
  switch (link.kind) {
    case 'bond':
      return [
        'Bond',
        `Mode=${link.mode}`,
        `MIIMonitorSec=${link.miimon}ms`,
        ...option('UpDelaySec', link.upDelay, 'ms'),
        ...option('DownDelaySec', link.downDelay, 'ms'),
        ...option('LACPTransmitRate', link.lacpRate),
        ...option('TransmitHashPolicy', link.hashPolicy),
      ];
    case 'bridge':
      return [
        'Bridge',
        `STP=${yesOrNo(link.stp)}`,
        `ForwardDelaySec=${link.forwardDelay}`,
        ...option('HelloTimeSec', link.hello),
        ...option('MaxAgeSec', link.maxAge),
      ];
    case 'vlan':
      return ['VLAN', `Id=${link.id}`];
  }
}

function networkText(link: PlannedInterface, network: PlannedNetwork): string {
  const { addresses, dhcp4, dhcp6, slaac, routes, mtu } = link;
  const isReach = link.name === network.reach;
  return unit(
    ['Match', `Name=${link.name}`],
    ...(mtu === undefined ? [] : [['Link', `MTUBytes=${mtu}`] as const]),
    [
      'Network',
      ...attachments(link, network),
      // A bond or bridge may wait long for its first port with a link; those who bind to its address do not.
      ...(link.kind === 'card' ? [] : ['ConfigureWithoutCarrier=yes']),
      `DHCP=${dhcp4 && dhcp6 ? 'yes' : dhcp4 ? 'ipv4' : dhcp6 ? 'ipv6' : 'no'}`,
      ...(slaac === undefined ? [] : [`IPv6AcceptRA=${yesOrNo(slaac)}`]),
      ...addresses.map((address) => `Address=${address}`),
      ...(isReach ? network.nameservers.map((server) => `DNS=${server}`) : []),
      ...(isReach && network.search.length > 0 ? [`Domains=${network.search.join(' ')}`] : []),
    ],
    ...routes.map(
      ({ to, family, via, metric, table }): Section => [
        'Route',
        `Destination=${to === 'default' ? (family === 4 ? '0.0.0.0/0' : '::/0') : to}`,
        ...(via === undefined ? ['Scope=link'] : [`Gateway=${via}`]),
        ...option('Metric', metric),
        ...option('Table', table),
      ],
    ),
  );
}

/** Its master, and what is made of it. A member has no address at all, not even one by itself. */
function attachments({ name }: PlannedInterface, { interfaces }: PlannedNetwork): string[] {
  return interfaces.flatMap((other) => {
    if (other.kind === 'vlan') return other.link === name ? [`VLAN=${other.name}`] : [];
    if (other.kind === 'card' || !other.members.includes(name)) return [];
    const key = other.kind === 'bond' ? 'Bond' : 'Bridge';
    const primary = other.kind === 'bond' && other.primary === name ? ['PrimarySlave=yes'] : [];
    return [`${key}=${other.name}`, 'LinkLocalAddressing=no', ...primary];
  });
}

function option(name: string, value: string | number | undefined, suffix = ''): string[] {
  return value === undefined ? [] : [`${name}=${value}${suffix}`];
}

function yesOrNo(value: boolean): 'yes' | 'no' {
  return value ? 'yes' : 'no';
}

function unit(...sections: readonly Section[]): string {
  return sections
    .map(([name, ...lines]) => `[${name}]\n${lines.map((line) => `${line}\n`).join('')}`)
    .join('\n');
}
