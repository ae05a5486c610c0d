import type {
  AddressingRequest,
  PlannedAddressing,
  PlannedRoute,
  RouteRequest,
  Subnet,
} from '../../model/index.ts';
import {
  formatPrefix,
  type Ipv4,
  type IpPrefix,
  isHostAddress,
  isOnLink,
  networkOf,
  parseIpAddress,
  parseIpPrefix,
  prefixLength,
} from '../../net/index.ts';
import { quoted, refuse } from './refuse.ts';

const MOST = 32;
/** Not unspecified, loopback, link-local or multicast: they mean something else, or appear by themselves. */
const unusable = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/3',
  '::/127',
  'fe80::/10',
  'ff00::/8',
].map((text) => parseIpPrefix(text) as IpPrefix);
const linkLocal = parseIpPrefix('fe80::/10') as IpPrefix;

interface Context {
  readonly subnet: Subnet;
  readonly auto: Ipv4 | undefined;
}

/** What the request says of one interface. */
export function planAddressing(
  request: AddressingRequest,
  path: string,
  name: string,
  context: Context,
): Omit<PlannedAddressing, 'name'> {
  const { dhcp4 = false, dhcp6 = false, slaac, mtu } = request;
  const asked = request.addresses ?? [];
  if (asked.length > MOST) refuse(`${path}.addresses`, `There are more than ${MOST}.`);
  const own = asked.map((text, index) => hostPrefix(text, `${path}.addresses[${index}]`, context));
  const addresses = own.map(formatPrefix);
  for (const [index, text] of addresses.entries()) {
    if (addresses.indexOf(text) !== index) refuse(`${path}.addresses[${index}]`, `${text} is there twice.`);
  }
  const reachable = { own, dhcp4, dynamic6: dhcp6 || slaac === true, name };
  const { gateway4, gateway6, routes = [] } = request;
  if (routes.length > MOST) refuse(`${path}.routes`, `There are more than ${MOST}.`);
  const gateways = [
    ...(gateway4 === undefined ? [] : [gateway(gateway4, 4, `${path}.gateway4`, reachable)]),
    ...(gateway6 === undefined ? [] : [gateway(gateway6, 6, `${path}.gateway6`, reachable)]),
  ];
  const planned = routes.map((route, index) => planRoute(route, `${path}.routes[${index}]`, reachable));
  return {
    addresses,
    dhcp4,
    dhcp6,
    ...(slaac !== undefined && { slaac }),
    routes: [...gateways, ...planned],
    ...(mtu !== undefined && { mtu }),
  };
}

function hostPrefix(text: string, path: string, { auto, subnet }: Context): IpPrefix {
  const full = text === 'auto' && auto !== undefined ? `${auto}/${prefixLength(subnet.cidr)}` : text;
  const prefix = parseIpPrefix(full);
  if (!prefix || prefix.length === 0)
    refuse(
      path,
      `${quoted(text)} is neither "auto" nor an address in prefix notation such as 10.78.0.20/24.`,
    );
  if (!isHostAddress(prefix))
    refuse(path, `${prefix.text} is no host address of ${formatPrefix(networkOf(prefix))}.`);
  if (unusable.some((network) => isOnLink(network, prefix)))
    refuse(path, `${prefix.text} is no address that a machine is given.`);
  return prefix;
}

interface Reachable {
  readonly name: string;
  readonly own: readonly IpPrefix[];
  readonly dhcp4: boolean;
  readonly dynamic6: boolean;
}

function gateway(text: string, family: 4 | 6, path: string, from: Reachable): PlannedRoute {
  if (parseIpAddress(text)?.family !== family) refuse(path, `${quoted(text)} is no IPv${family} address.`);
  return { family, to: 'default', via: nextHop(text, path, from).text };
}

function planRoute(route: RouteRequest, path: string, from: Reachable): PlannedRoute {
  const { to, via, metric, table } = route;
  const hop = via === undefined ? undefined : nextHop(via, `${path}.via`, from);
  if (to === 'default' && !hop) refuse(`${path}.via`, 'is missing: a default route leads to somebody.');
  const network = to === 'default' ? undefined : parseIpPrefix(to);
  if (to !== 'default' && !network)
    refuse(`${path}.to`, `${quoted(to)} is neither "default" nor a network in prefix notation.`);
  if (network && networkOf(network).text !== network.text)
    refuse(`${path}.to`, `${to} has host bits set; ${formatPrefix(networkOf(network))} is the network.`);
  if (network?.length === 0) refuse(`${path}.to`, 'Write "default".');
  if (network && hop && network.family !== hop.family)
    refuse(`${path}.via`, `${hop.text} is of another family than ${to}.`);
  if (metric !== undefined && !isWhole(metric, 0, 0xffff_ffff))
    refuse(`${path}.metric`, 'must be 0 to 4294967295.');
  // 253 to 255 are the kernel's own: default, main, local.
  if (table !== undefined && (!isWhole(table, 1, 0xffff_ffff) || (table >= 253 && table <= 255)))
    refuse(`${path}.table`, 'must be 1 to 4294967295, without 253 to 255.');
  return {
    family: (network ?? hop)?.family ?? 4,
    to: network ? formatPrefix(network) : 'default',
    ...(hop && { via: hop.text }),
    ...(metric !== undefined && { metric }),
    ...(table !== undefined && { table }),
  };
}

/** On-link, as far as it can be known beforehand: what DHCP or a router will tell, nobody knows yet. */
function nextHop(text: string, path: string, { own, dhcp4, dynamic6, name }: Reachable) {
  const address = parseIpAddress(text);
  if (!address) refuse(path, `${quoted(text)} is no IP address.`);
  if (own.some((prefix) => prefix.text === address.text)) refuse(path, `${text} is the machine itself.`);
  const known = own.some((prefix) => isOnLink(prefix, address));
  const later = address.family === 4 ? dhcp4 : dynamic6 || isOnLink(linkLocal, address);
  if (!known && !later)
    refuse(path, `${text} is in none of the networks of ${name}, so it cannot be reached from there.`);
  return address;
}

function isWhole(value: number, lowest: number, highest: number): boolean {
  return Number.isInteger(value) && value >= lowest && value <= highest;
}
