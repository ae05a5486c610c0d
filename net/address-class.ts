import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** Networks as text: `10.0.0.0/8`, `fd00::/8`, or one address. */
export type NetworkList = BlockList;

/** Undefined when one of them is no network. */
export function parseNetworkList(networks: readonly string[]): NetworkList | undefined {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', length, ...more] = network.split('/');
    const family = familyOf(address);
    const longest = family === 'ipv4' ? 32 : 128;
    if (!family || more.length > 0 || (length !== undefined && !/^\d{1,3}$/.test(length))) return undefined;
    const prefix = Number(length ?? longest);
    if (prefix > longest) return undefined;
    list.addSubnet(address, prefix, family);
  }
  return list;
}

/** Also an IPv4 address that is written as an IPv6 one (RFC 4291, section 2.5.5.2). */
export function isListed(list: NetworkList, address: string): boolean {
  const family = familyOf(address);
  return family !== undefined && list.check(address, family);
}

/** Not globally reachable by the IANA special-purpose registries (RFC 6890), and multicast. */
const special4 = list([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]);
/** Of IPv6, global unicast alone (RFC 4291, section 2.4), without what carries an IPv4 address or leads nowhere. */
const global6 = list(['2000::/3']);
const special6 = list(['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']);

/** True for an address of the public Internet; false for all others and for what is no address. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !isListed(special4, address);
  return isListed(global6, address) && !isListed(special6, address);
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  if (isIPv4(address)) return 'ipv4';
  return isIPv6(address) && !address.includes('%') ? 'ipv6' : undefined;
}

function list(networks: readonly string[]): BlockList {
  const parsed = parseNetworkList(networks);
  if (!parsed) throw new RangeError('not a list of networks');
  return parsed;
}
