import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeNetwork } from '../../install/plan/network-words.ts';
import type { AddressingRequest, BondRequest, NetworkRequest, PlannedInterface } from '../../model/index.ts';
import { needsAddress } from '../../model/index.ts';
import { cidr, ipv4 } from '../../net/index.ts';
import { nastyStrings } from '../fixtures/nasty-strings.ts';
import { cardMac, cards, everything, network, subnet } from './network-example.ts';

/** The path at fault. */
function fault(request: NetworkRequest): unknown {
  try {
    network(request);
    return undefined;
  } catch (error) {
    const { code, details } = error as { code: string; details: { field: string } };
    return code === 'REQUEST_INVALID' ? details.field : error;
  }
}

describe('with nothing asked', () => {
  test('the card that it was started over has an address of the static range', () => {
    expect(network()).toEqual({
      address: '10.78.0.20',
      reach: 'enp1s0',
      interfaces: [
        {
          kind: 'card',
          name: 'enp1s0',
          mac: cardMac(0),
          addresses: ['10.78.0.20/24'],
          dhcp4: false,
          dhcp6: false,
          routes: [{ family: 4, to: 'default', via: '10.78.0.254' }],
        },
      ],
      nameservers: ['10.78.0.254'],
      search: [],
    });
  });
  test('an address that was named is taken', () => {
    expect(network({ address: '10.78.0.33' }).address).toBe('10.78.0.33');
  });
  test('a subnet without gateway and name server gives none', () => {
    const { gateway: _, ...without } = { ...subnet, dns: [] };
    const { interfaces, nameservers } = network(undefined, { subnet: without });
    expect(interfaces[0]?.routes).toEqual([]);
    expect(nameservers).toEqual([]);
  });
});

test('everything at once, in words', () => {
  expect(describeNetwork(network(everything))).toMatchInlineSnapshot(`
    [
      "Network: reached at 10.78.0.20 over br-mgmt; DNS 10.78.0.254, 2001:db8::53, search rack.example example",
      "Interface: enp4s0 (52:54:00:78:00:13), 198.51.100.7/24, 2001:db8::7/64, no router advertisements, IPv6 gateway 2001:db8::1",
      "Interface: enp1s0 (52:54:00:78:00:10), no address",
      "Interface: enp2s0 (52:54:00:78:00:11), no address",
      "Interface: bond0 (bond of enp1s0 and enp2s0: 802.3ad, LACP fast, hash layer3+4), no address, MTU 9000",
      "Interface: br-mgmt (bridge of bond0), 10.78.0.20/24, 10.78.0.21/24, fd00::20/64, MTU 9000",
      "Interface: enp3s0 (52:54:00:78:00:12), no address",
      "Interface: br-stp (bridge of enp3s0: STP), DHCP, DHCPv6",
      "Interface: on (bridge of nothing), no address",
      "Interface: storage (VLAN 100 of br-mgmt), 192.0.2.9/29, route to 203.0.113.0/24 by 192.0.2.10 metric 50, gateway 192.0.2.11 table 100, route to 192.0.2.64/28",
      "Interface: br-mgmt.7 (VLAN 7 of br-mgmt), router advertisements",
      "Interface: vlan8 (VLAN 8 of br-mgmt), no address",
    ]
  `);
});

test('what others are made of comes first, in whatever order it was asked for', () => {
  const names = network(everything).interfaces.map(({ name }) => name);
  const before = (first: string, second: string) => names.indexOf(first) < names.indexOf(second);
  expect(before('enp1s0', 'bond0') && before('bond0', 'br-mgmt') && before('br-mgmt', 'storage')).toBe(true);
});

test('cards that the kernel would name otherwise get names of their own', () => {
  const nics = cards(3).map((nic, index) => ({ ...nic, name: index === 1 ? 'net0' : `eth${index}` }));
  const plan = network(
    { interfaces: [{ card: 'eth0', addresses: ['auto'] }, { card: 'net0' }, { card: 'eth2' }] },
    { inventory: { nics } },
  );
  const names = plan.interfaces.map(({ name }) => name);
  expect(new Set(names).size).toBe(3);
  expect(names.every((name) => /^net\d$/.test(name))).toBe(true);
});

describe('the interface over which it is reached', () => {
  const far: AddressingRequest = { addresses: ['192.0.2.9/24'] };
  test.each<[string, NetworkRequest, string]>([
    [
      'is the one with "auto"',
      {
        interfaces: [
          { card: 'enp1s0', addresses: ['10.78.0.30/24'] },
          { card: 'enp2s0', addresses: ['auto'] },
        ],
      },
      '10.78.0.20',
    ],
    [
      'is the only one in the subnet',
      {
        interfaces: [
          { card: 'enp1s0', ...far },
          { card: 'enp2s0', addresses: ['10.78.0.30/24'] },
        ],
      },
      '10.78.0.30',
    ],
    ['is the one that is named', { interfaces: [{ card: 'enp1s0', ...far }], reach: 'enp1s0' }, '192.0.2.9'],
    ['may be named by its MAC', { interfaces: [{ card: 'enp1s0', ...far }], reach: cardMac(0) }, '192.0.2.9'],
  ])('%s', (_, request, address) => {
    expect(network(request).address).toBe(address);
  });
  test.each<[string, NetworkRequest]>([
    ['DHCP', { interfaces: [{ card: 'enp1s0', dhcp4: true }] }],
    ['DHCP, named', { interfaces: [{ card: 'enp1s0', dhcp4: true }], reach: 'enp1s0' }],
    ['nothing', { bonds: [{ name: 'bond0', interfaces: ['enp1s0'], mode: 'active-backup' }] }],
    ['another subnet', { interfaces: [{ card: 'enp1s0', ...far }] }],
    [
      'two of them',
      {
        interfaces: [
          { card: 'enp1s0', addresses: ['10.78.0.30/24'] },
          { card: 'enp2s0', addresses: ['10.78.0.31/24'] },
        ],
      },
    ],
  ])('is not known by %s', (_, request) => {
    expect(fault(request)).toBe('network.reach');
  });
});

describe('refused, with the path at fault', () => {
  const first = (addressing: AddressingRequest): NetworkRequest => ({
    interfaces: [{ card: 'enp1s0', ...addressing }],
    reach: 'enp1s0',
  });
  const bond = (changes: Partial<BondRequest>): NetworkRequest => ({
    bonds: [
      { name: 'bond0', interfaces: ['enp1s0', 'enp2s0'], mode: '802.3ad', addresses: ['auto'], ...changes },
    ],
  });
  const bridge = (changes: object): NetworkRequest => ({
    bridges: [{ name: 'br0', interfaces: ['enp1s0'], addresses: ['auto'], ...changes }],
  });
  const vlan = (changes: object): NetworkRequest => ({
    interfaces: [{ card: 'enp1s0', addresses: ['auto'] }],
    vlans: [{ name: 'vlan5', id: 5, link: 'enp1s0', ...changes }],
  });
  const static4 = { addresses: ['10.78.0.30/24'] };

  test.each<[string, NetworkRequest, string]>([
    ['a card that is not there', { interfaces: [{ card: 'enp9s0' }] }, 'network.interfaces[0].card'],
    [
      'a card named twice',
      { interfaces: [{ card: 'enp1s0' }, { card: cardMac(0) }] },
      'network.interfaces[1]',
    ],
    [
      'a member that is not there',
      bond({ interfaces: ['enp1s0', '52:54:00:00:00:99'] }),
      'network.bonds[0].interfaces[1]',
    ],
    ['a member twice', bond({ interfaces: ['enp1s0', 'enp1s0'] }), 'network.bonds[0].interfaces[1]'],
    [
      'a card in two places',
      { ...bond({}), ...bridge({ interfaces: ['enp3s0', 'enp2s0'] }) },
      'network.bridges[0].interfaces[1]',
    ],
    ['no members', bond({ interfaces: [] }), 'network.bonds[0].interfaces'],
    [
      'a member with an address',
      { ...bond({}), interfaces: [{ card: 'enp2s0', addresses: ['192.0.2.9/24'] }] },
      'network.interfaces[0].addresses',
    ],
    [
      'a member with DHCP',
      { ...bond({}), interfaces: [{ card: 'enp2s0', dhcp4: true }] },
      'network.interfaces[0].dhcp4',
    ],
    [
      'a bridge in a bond',
      { ...bond({ interfaces: ['br0'] }), ...bridge({ interfaces: [] }) },
      'network.bonds[0].interfaces[0]',
    ],
    ['a bond in itself', bond({ interfaces: ['bond0'] }), 'network.bonds[0].interfaces[0]'],
    ['a name that is too long', bond({ name: 'a'.repeat(16) }), 'network.bonds[0].name'],
    ["the kernel's name for a card", bond({ name: 'eth0' }), 'network.bonds[0].name'],
    ['the name of a card', bridge({ name: 'enp4s0' }), 'network.bridges[0].name'],
    [
      'a name twice',
      { ...bond({ name: 'x0' }), ...bridge({ name: 'x0', interfaces: [] }) },
      'network.bridges[0]',
    ],
    ["a VLAN's name on a bridge", bridge({ name: 'vlan5' }), 'network.bridges[0].name'],
    ['LACP in another mode', bond({ mode: 'active-backup', lacpRate: 'fast' }), 'network.bonds[0].lacpRate'],
    [
      'a hash in another mode',
      bond({ mode: 'balance-rr', hashPolicy: 'layer2' }),
      'network.bonds[0].hashPolicy',
    ],
    ['a primary in another mode', bond({ primary: 'enp1s0' }), 'network.bonds[0].primary'],
    [
      'a primary that is no member',
      bond({ mode: 'active-backup', primary: 'enp3s0' }),
      'network.bonds[0].primary',
    ],
    ['a delay between two looks', bond({ upDelay: 150 }), 'network.bonds[0].upDelay'],
    ['no looks at all', bond({ miimon: 0 }), 'network.bonds[0].miimon'],
    ['hello without STP', bridge({ hello: 2 }), 'network.bridges[0].hello'],
    ['STP that forwards too soon', bridge({ stp: true, forwardDelay: 4 }), 'network.bridges[0].forwardDelay'],
    ['STP that forgets too soon', bridge({ stp: true, hello: 10 }), 'network.bridges[0].maxAge'],
    ['VLAN 0', vlan({ id: 0 }), 'network.vlans[0].id'],
    ['VLAN 4095', vlan({ id: 4095 }), 'network.vlans[0].id'],
    ['a name that tells another number', vlan({ id: 6 }), 'network.vlans[0].name'],
    ['a name that tells another link', vlan({ name: 'enp2s0.5' }), 'network.vlans[0].name'],
    ['a VLAN on nothing', vlan({ link: 'bond9' }), 'network.vlans[0].link'],
    [
      'a VLAN on a member',
      { ...bond({}), vlans: [{ name: 'vlan5', id: 5, link: 'enp1s0' }] },
      'network.vlans[0].link',
    ],
    [
      'a VLAN twice',
      {
        interfaces: [{ card: 'enp1s0', addresses: ['auto'] }],
        vlans: [
          { name: 'a', id: 5, link: 'enp1s0' },
          { name: 'b', id: 5, link: 'enp1s0' },
        ],
      },
      'network.vlans[1].id',
    ],
    [
      'a VLAN on a VLAN',
      {
        ...vlan({}),
        vlans: [
          { name: 'a', id: 5, link: 'enp1s0' },
          { name: 'b', id: 6, link: 'a' },
        ],
      },
      'network.vlans[1].link',
    ],
    [
      'a circle',
      {
        bridges: [{ name: 'br0', interfaces: ['v5'], addresses: ['auto'] }],
        vlans: [{ name: 'v5', id: 5, link: 'br0' }],
      },
      'network.bridges[0]',
    ],
    [
      'a circle of four',
      {
        bridges: [
          { name: 'br0', interfaces: ['v5'], addresses: ['auto'] },
          { name: 'br1', interfaces: ['v6'] },
        ],
        vlans: [
          { name: 'v5', id: 5, link: 'br1' },
          { name: 'v6', id: 6, link: 'br0' },
        ],
      },
      'network.bridges[0]',
    ],
    ['an address without prefix', first({ addresses: ['10.78.0.30'] }), 'network.interfaces[0].addresses[0]'],
    ['the network itself', first({ addresses: ['192.0.2.0/24'] }), 'network.interfaces[0].addresses[0]'],
    ['the broadcast address', first({ addresses: ['192.0.2.255/24'] }), 'network.interfaces[0].addresses[0]'],
    [
      'a subnet-router address',
      first({ addresses: ['2001:db8::/64'] }),
      'network.interfaces[0].addresses[0]',
    ],
    ['a multicast address', first({ addresses: ['ff02::5/64'] }), 'network.interfaces[0].addresses[0]'],
    ['loopback', first({ addresses: ['127.0.0.2/8'] }), 'network.interfaces[0].addresses[0]'],
    [
      "Rackwright's own address",
      first({ addresses: ['10.78.0.1/24'] }),
      'network.interfaces[0].addresses[0]',
    ],
    ["the gateway's address", first({ addresses: ['10.78.0.254/24'] }), 'network.interfaces[0].addresses[0]'],
    [
      'an address that DHCP hands out',
      first({ addresses: ['10.78.0.150/24'] }),
      'network.interfaces[0].addresses[0]',
    ],
    [
      'an address twice',
      {
        interfaces: [
          { card: 'enp1s0', ...static4 },
          { card: 'enp2s0', ...static4 },
        ],
        reach: 'enp1s0',
      },
      'network.interfaces[1].addresses[0]',
    ],
    ['a gateway elsewhere', first({ ...static4, gateway4: '192.0.2.1' }), 'network.interfaces[0].gateway4'],
    [
      'a gateway that is itself',
      first({ ...static4, gateway4: '10.78.0.30' }),
      'network.interfaces[0].gateway4',
    ],
    [
      'a gateway of the other family',
      first({ ...static4, gateway6: '10.78.0.254' }),
      'network.interfaces[0].gateway6',
    ],
    [
      'a route with host bits',
      first({ ...static4, routes: [{ to: '192.0.2.1/24', via: '10.78.0.9' }] }),
      'network.interfaces[0].routes[0].to',
    ],
    [
      'a route of two families',
      first({ addresses: ['10.78.0.30/24', 'fd00::2/64'], routes: [{ to: '192.0.2.0/24', via: 'fd00::1' }] }),
      'network.interfaces[0].routes[0].via',
    ],
    [
      'a default route to nobody',
      first({ ...static4, routes: [{ to: 'default' }] }),
      'network.interfaces[0].routes[0].via',
    ],
    [
      "the kernel's own table",
      first({ ...static4, routes: [{ to: '192.0.2.0/24', table: 254 }] }),
      'network.interfaces[0].routes[0].table',
    ],
    [
      'two default routes',
      {
        interfaces: [
          { card: 'enp1s0', ...static4, gateway4: '10.78.0.254' },
          { card: 'enp2s0', addresses: ['192.0.2.9/24'], gateway4: '192.0.2.1' },
        ],
      },
      'network.interfaces[1]',
    ],
    ['a VLAN with larger frames than its card', vlan({ mtu: 9000 }), 'network.vlans[0].mtu'],
    ['a bridge with larger frames than its port', bridge({ mtu: 9000 }), 'network.bridges[0].mtu'],
    [
      'a bond whose member has other frames',
      { ...bond({ mtu: 9000 }), interfaces: [{ card: 'enp2s0', mtu: 1500 }] },
      'network.bonds[0].mtu',
    ],
    [
      'frames that are too small for IPv6',
      first({ addresses: ['10.78.0.30/24', 'fd00::2/64'], mtu: 1000 }),
      'network.interfaces[0].mtu',
    ],
    ['frames that nobody carries', first({ ...static4, mtu: 65_535 }), 'network.interfaces[0].mtu'],
    [
      'four name servers',
      { nameservers: ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'] },
      'network.nameservers',
    ],
    ['a name for a name server', { nameservers: ['10.0.0.1', 'dns.example'] }, 'network.nameservers[1]'],
    ['a search domain with a blank', { search: ['a b'] }, 'network.search[0]'],
    ['an address for auto outside of the subnet', { address: '192.0.2.1' }, 'network.address'],
    ['a reach that is not there', { reach: 'enp7s0' }, 'network.reach'],
  ])('%s', (_, request, path) => {
    expect(fault(request)).toBe(path);
  });
});

test('an address is taken from the static range only when something needs it', () => {
  expect(needsAddress(undefined)).toBe(true);
  expect(needsAddress({ nameservers: ['10.0.0.1'] })).toBe(true);
  expect(needsAddress({ address: '10.78.0.30' })).toBe(false);
  expect(needsAddress({ interfaces: [{ card: 'enp1s0', addresses: ['10.78.0.30/24'] }] })).toBe(false);
  expect(needsAddress(everything)).toBe(true);
});

test('planning twice gives the same, also with the cards in another order', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(cards(), { minLength: 4 }), (nics) => {
      expect(network(everything, { inventory: { nics } })).toEqual(network(everything));
    }),
  );
});

test('a point-to-point network has two hosts', () => {
  const tiny = { ...subnet, cidr: cidr('10.78.0.20/31'), serverAddress: ipv4('10.79.0.1') };
  expect(network(undefined, { subnet: tiny }).interfaces[0]?.addresses).toEqual(['10.78.0.20/31']);
});

describe('no nasty string gets into a plan', () => {
  const isFine = (link: PlannedInterface) => /^[a-z][a-z0-9_-]{0,14}$/.test(link.name);
  const base: NetworkRequest = { interfaces: [{ card: 'enp1s0', addresses: ['auto'] }] };
  test.each<[string, (text: string) => NetworkRequest]>([
    ['card', (text) => ({ interfaces: [{ card: text, addresses: ['auto'] }] })],
    ['bond', (text) => ({ ...base, bonds: [{ name: text, interfaces: ['enp2s0'], mode: '802.3ad' }] })],
    ['bridge', (text) => ({ ...base, bridges: [{ name: text }] })],
    ['VLAN', (text) => ({ ...base, vlans: [{ name: text, id: 5, link: 'enp1s0' }] })],
    ['address', (text) => ({ interfaces: [{ card: 'enp1s0', addresses: ['auto', text] }] })],
    [
      'route',
      (text) => ({
        interfaces: [{ card: 'enp1s0', addresses: ['auto'], routes: [{ to: text, via: '10.78.0.9' }] }],
      }),
    ],
    ['gateway', (text) => ({ interfaces: [{ card: 'enp1s0', addresses: ['auto'], gateway4: text }] })],
    ['name server', (text) => ({ ...base, nameservers: [text] })],
    ['search domain', (text) => ({ ...base, search: [text] })],
  ])('%s', (what, request) => {
    let refused = 0;
    for (const text of nastyStrings) {
      const path = fault(request(text));
      if (path === undefined) {
        const plan = network(request(text));
        const words = [...plan.interfaces.flatMap(({ addresses }) => addresses), ...plan.search];
        expect(plan.interfaces.every(isFine), JSON.stringify(text)).toBe(true);
        expect(
          words.every((word) => /^[a-z0-9.:/-]+$/.test(word)),
          JSON.stringify(text),
        ).toBe(true);
      } else {
        refused += 1;
        expect(path, JSON.stringify(text)).toMatch(/^network\./);
      }
    }
    expect(refused, what).toBeGreaterThan(nastyStrings.length - 40);
  });
});
