import type { PlannedBond, PlannedBridge, PlannedInterface, PlannedNetwork } from '../../model/index.ts';
import { type YamlValue, yamlText } from './yaml.ts';

type Fields = Readonly<Record<string, YamlValue | undefined>>;

const sections = { card: 'ethernets', bond: 'bonds', bridge: 'bridges', vlan: 'vlans' } as const;

/** netplan(5), version 2. The file has to be 0600: netplan warns about anything wider. */
export function netplanText(network: PlannedNetwork): string {
  const members = new Set(network.interfaces.flatMap((link) => ('members' in link ? link.members : [])));
  const section = (kind: PlannedInterface['kind']) => {
    const links = network.interfaces.filter((link) => link.kind === kind);
    if (links.length === 0) return {};
    const entries = links.map((link) => [link.name, interfaceFields(link, network, members.has(link.name))]);
    return { [sections[kind]]: Object.fromEntries(entries) as YamlValue };
  };
  return yamlText({
    network: {
      version: 2,
      ...section('card'),
      ...section('bond'),
      ...section('bridge'),
      ...section('vlan'),
    },
  });
}

function interfaceFields(link: PlannedInterface, network: PlannedNetwork, isMember: boolean): YamlValue {
  const { addresses, dhcp4, dhcp6, slaac, routes, mtu } = link;
  return present({
    ...kindFields(link),
    dhcp4,
    dhcp6: dhcp6 || undefined,
    'accept-ra': slaac,
    // What is in a bond or bridge has no address at all, not even one by itself.
    'link-local': isMember ? [] : undefined,
    addresses: orNone(addresses),
    routes: orNone(
      routes.map(({ to, via, metric, table }) =>
        // netplan 0.104 and older knew no `default`, so Ubuntu 20.04; from 22.04 on it does.
        present({ to, via, scope: via === undefined ? 'link' : undefined, metric, table }),
      ),
    ),
    nameservers: link.name === network.reach ? nameservers(network) : undefined,
    mtu,
  });
}

function kindFields(link: PlannedInterface): Fields {
  switch (link.kind) {
    case 'card':
      return { match: { macaddress: link.mac }, 'set-name': link.name };
    case 'bond':
      return { interfaces: link.members, macaddress: link.mac, parameters: bondFields(link) };
    case 'bridge':
      return { interfaces: link.members, macaddress: link.mac, parameters: bridgeFields(link) };
    case 'vlan':
      return { id: link.id, link: link.link };
  }
}

function bondFields({
  mode,
  miimon,
  upDelay,
  downDelay,
  lacpRate,
  hashPolicy,
  primary,
}: PlannedBond): YamlValue {
  return present({
    mode,
    'mii-monitor-interval': miimon,
    'up-delay': upDelay,
    'down-delay': downDelay,
    'lacp-rate': lacpRate,
    'transmit-hash-policy': hashPolicy,
    primary,
  });
}

function bridgeFields({ stp, forwardDelay, hello, maxAge }: PlannedBridge): YamlValue {
  return present({ stp, 'forward-delay': forwardDelay, 'hello-time': hello, 'max-age': maxAge });
}

function nameservers({ nameservers: addresses, search }: PlannedNetwork): YamlValue | undefined {
  if (addresses.length === 0 && search.length === 0) return undefined;
  return present({ addresses: orNone(addresses), search: orNone(search) });
}

function present(fields: Fields): YamlValue {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, YamlValue] => entry[1] !== undefined),
  );
}

function orNone<Item>(list: readonly Item[]): readonly Item[] | undefined {
  return list.length === 0 ? undefined : list;
}
