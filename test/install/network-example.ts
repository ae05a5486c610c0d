import type { NetworkRequest, Nic, Subnet } from '../../model/index.ts';
import { type NetworkInput, planNetwork } from '../../install/plan/network.ts';
import { cidr, ipv4, type Mac, parseMac } from '../../net/index.ts';

export function cardMac(number: number): Mac {
  return parseMac(`52:54:00:78:00:${(16 + number).toString(16)}`) as Mac;
}

/** Four cards; the machine was started over the first. */
export function cards(count = 4): Nic[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `enp${index + 1}s0`,
    mac: cardMac(index),
    link: true,
    driver: 'virtio_net',
  }));
}

export const subnet: Subnet = {
  name: 'rack',
  site: 'default',
  cidr: cidr('10.78.0.0/24'),
  serverAddress: ipv4('10.78.0.1'),
  gateway: ipv4('10.78.0.254'),
  dns: [ipv4('10.78.0.254')],
  dynamic: { first: ipv4('10.78.0.100'), last: ipv4('10.78.0.199') },
  static: { first: ipv4('10.78.0.20'), last: ipv4('10.78.0.99') },
  discovery: 'on',
  ephemeralImage: 'debian/12',
};

export function network(request?: NetworkRequest, changes: Partial<NetworkInput> = {}) {
  return planNetwork({
    inventory: { nics: cards() },
    subnet,
    address: ipv4('10.78.0.20'),
    bootMac: cardMac(0),
    ...(request && { request }),
    ...changes,
  });
}

/** Everything at once: what a compute node of a cloud has. */
export const everything: NetworkRequest = {
  interfaces: [
    {
      card: cardMac(3),
      addresses: ['198.51.100.7/24', '2001:DB8:0:0::7/64'],
      slaac: false,
      gateway6: '2001:db8::1',
    },
  ],
  bonds: [
    {
      name: 'bond0',
      interfaces: ['enp1s0', 'enp2s0'],
      mode: '802.3ad',
      lacpRate: 'fast',
      hashPolicy: 'layer3+4',
      upDelay: 200,
      downDelay: 100,
      mtu: 9000,
    },
  ],
  bridges: [
    {
      name: 'br-mgmt',
      interfaces: ['bond0'],
      addresses: ['auto', '10.78.0.21/24', 'fd00::20/64'],
      mtu: 9000,
    },
    {
      name: 'br-stp',
      interfaces: ['enp3s0'],
      stp: true,
      hello: 1,
      maxAge: 10,
      forwardDelay: 8,
      dhcp4: true,
      dhcp6: true,
    },
    { name: 'on', interfaces: [] },
  ],
  vlans: [
    {
      name: 'storage',
      id: 100,
      link: 'br-mgmt',
      addresses: ['192.0.2.9/29'],
      routes: [
        { to: '203.0.113.0/24', via: '192.0.2.10', metric: 50 },
        { to: 'default', via: '192.0.2.11', table: 100 },
        { to: '192.0.2.64/28' },
      ],
    },
    { name: 'br-mgmt.7', id: 7, link: 'br-mgmt', slaac: true },
    { name: 'vlan8', id: 8, link: 'br-mgmt' },
  ],
  nameservers: ['10.78.0.254', '2001:db8::53'],
  search: ['rack.example', 'example'],
  reach: 'br-mgmt',
};
