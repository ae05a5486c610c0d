import type {
  Inventory,
  NetworkRequest,
  PlannedInterface,
  PlannedNetwork,
  Subnet,
} from '../../model/index.ts';
import { contains, type Ipv4, type Mac, parseIpAddress, prefixLength } from '../../net/index.ts';
import { planAddressing } from './network-addressing.ts';
import { checkAddresses, checkDefaultRoutes } from './network-conflicts.ts';
import { type Links, planLinks } from './network-links.ts';
import { checkMtu, inOrder } from './network-order.ts';
import { quoted, refuse } from './refuse.ts';

export interface NetworkInput {
  readonly request?: NetworkRequest;
  readonly inventory: Pick<Inventory, 'nics'>;
  readonly subnet: Subnet;
  /** For `auto`: from the static range of the subnet. Absent when nothing asks for it. @see needsAddress */
  readonly address?: Ipv4;
  readonly bootMac: Mac;
}

/** RFC 1035, section 2.3.1, in small letters. */
const domain = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;
/** resolv.conf(5) reads no more of them. */
const MOST_SERVERS = 3;
const MOST_DOMAINS = 6;

/**
 * Every interface that will be there, checked against the cards that are.
 * @throws CodedError REQUEST_INVALID naming the path at fault
 */
export function planNetwork(input: NetworkInput): PlannedNetwork {
  const request = withReach(input);
  const links = planLinks(request, input.inventory.nics);
  const context = { subnet: input.subnet, auto: autoAddress(request, input) };
  const addressed = links.interfaces.map((link): PlannedInterface => {
    const asked = links.asked.get(link.name);
    return asked ? { ...link, ...planAddressing(asked.request, asked.path, link.name, context) } : link;
  });
  const reach = findReach(request, links, addressed, input);
  const interfaces = inOrder(
    addressed.map((link) => withGateway(link, reach, addressed, input)),
    links,
  );
  checkMtu(interfaces, links);
  checkAddresses(interfaces, links, input.subnet);
  checkDefaultRoutes(interfaces, links);
  return {
    ...reach,
    interfaces,
    nameservers: nameservers(request, input.subnet),
    search: searchDomains(request),
  };
}

/** Nothing named: the card that it booted from, with an address of the static range. */
function withReach({ request = {}, bootMac }: NetworkInput): NetworkRequest {
  const { interfaces = [], bonds = [], bridges = [], vlans = [] } = request;
  if ([interfaces, bonds, bridges, vlans].some((list) => list.length > 0)) return request;
  return { ...request, interfaces: [{ card: bootMac, addresses: ['auto'] }] };
}

function autoAddress(request: NetworkRequest, { address, subnet }: NetworkInput): Ipv4 | undefined {
  if (request.address === undefined) return address;
  const parsed = parseIpAddress(request.address);
  if (parsed?.family !== 4 || !contains(subnet.cidr, parsed.text)) {
    refuse(
      'network.address',
      `${quoted(request.address)} is no IPv4 address in subnet ${subnet.name} (${subnet.cidr}).`,
    );
  }
  return parsed.text;
}

/** It must be known beforehand where the machine answers, or nothing could be told from its silence. */
function findReach(
  request: NetworkRequest,
  links: Links,
  interfaces: readonly PlannedInterface[],
  { subnet }: NetworkInput,
): { readonly reach: string; readonly address: Ipv4 } {
  const own = ({ addresses }: PlannedInterface): Ipv4[] =>
    addresses.flatMap((text) => {
      const parsed = parseIpAddress(text.split('/', 1)[0] as string);
      return parsed?.family === 4 ? [parsed.text] : [];
    });
  if (request.reach !== undefined) {
    const name = links.resolve(request.reach, 'network.reach');
    const [address] = own(interfaces.find((link) => link.name === name) as PlannedInterface);
    if (address === undefined) {
      refuse(
        'network.reach',
        `${name} has no IPv4 address that is known beforehand. Give it one, or "auto"; an address by DHCP would be known only afterwards.`,
      );
    }
    return { reach: name, address };
  }
  const auto = interfaces.filter(({ name }) => links.asked.get(name)?.request.addresses?.includes('auto'));
  const inSubnet = interfaces.filter((link) => own(link).some((address) => contains(subnet.cidr, address)));
  const found = auto.length > 0 ? auto : inSubnet;
  const [only] = found;
  const address = only && own(only).find((candidate) => contains(subnet.cidr, candidate));
  if (found.length !== 1 || !only || !address) {
    const why =
      found.length > 1
        ? `${found.map(({ name }) => name).join(' and ')} have one; say which is meant.`
        : 'none has one. Give one of them "auto", or name an interface with a static IPv4 address here.';
    refuse(
      'network.reach',
      `The machine is reached over an interface with an address in subnet ${subnet.name} (${subnet.cidr}); ${why}`,
    );
  }
  return { reach: only.name, address };
}

/** The subnet's gateway leads out, unless the request says what does. */
function withGateway(
  link: PlannedInterface,
  { reach, address }: { readonly reach: string; readonly address: Ipv4 },
  all: readonly PlannedInterface[],
  { subnet }: NetworkInput,
): PlannedInterface {
  const { gateway, cidr } = subnet;
  if (link.name !== reach || gateway === undefined || !contains(cidr, address)) return link;
  const isOut = ({ to, family, table }: PlannedInterface['routes'][number]) =>
    to === 'default' && family === 4 && table === undefined;
  if (all.some(({ routes, dhcp4 }) => dhcp4 || routes.some(isOut))) return link;
  // An address with a longer prefix than the subnet's may leave the gateway outside.
  if (!link.addresses.some((text) => text === `${address}/${prefixLength(cidr)}`)) return link;
  return { ...link, routes: [{ family: 4, to: 'default', via: gateway }, ...link.routes] };
}

function nameservers(request: NetworkRequest, subnet: Subnet): readonly string[] {
  const asked = request.nameservers;
  if (asked === undefined) return subnet.dns;
  if (asked.length > MOST_SERVERS)
    refuse('network.nameservers', `There are ${asked.length}; a resolver reads ${MOST_SERVERS}.`);
  return asked.map(
    (text, index) =>
      parseIpAddress(text)?.text ??
      refuse(`network.nameservers[${index}]`, `${quoted(text)} is no IP address.`),
  );
}

function searchDomains({ search = [] }: NetworkRequest): readonly string[] {
  if (search.length > MOST_DOMAINS)
    refuse('network.search', `There are ${search.length}; a resolver reads ${MOST_DOMAINS}.`);
  return search.map((name, index) =>
    domain.test(name) && name.length < 254
      ? name
      : refuse(`network.search[${index}]`, `${quoted(name)} is no domain name in small letters.`),
  );
}
