import { createHash } from 'node:crypto';
import { execa } from 'execa';

/** Everything in a rack's network follows from one number, the second octet of 10.N.0.0/24. */
export interface RackAddresses {
  readonly subnet: string;
  readonly prefix: string;
  readonly serverAddress: string;
  readonly outsideAddress: string;
  readonly ipv6Prefix: string;
  readonly ipv6Server: string;
  bmc(index: number): string;
}

export function rackAddresses(subnet: string): RackAddresses {
  const octet = /^10\.(\d{1,3})\.0\.0\/24$/.exec(subnet)?.[1];
  if (octet === undefined) throw new Error(`a rack's subnet is 10.N.0.0/24, not ${subnet}`);
  const prefix = `10.${octet}.0`;
  return {
    subnet,
    prefix,
    serverAddress: `${prefix}.1`,
    outsideAddress: `${prefix}.254`,
    ipv6Prefix: `fd${octet.padStart(2, '0')}::`,
    ipv6Server: `fd${octet.padStart(2, '0')}::1`,
    bmc: (index) => `${prefix}.${11 + index}`,
  };
}

const CANDIDATES = [78, 79, 80, 81, 82, 83].map((octet) => `10.${octet}.0.0/24`);

/** The first candidate that the host reaches by no other way than its default route. */
export function chooseSubnet(routes: readonly string[], candidates: readonly string[] = CANDIDATES): string {
  const free = candidates.find((candidate) => !routes.some((route) => overlaps(route, candidate)));
  if (free === undefined) throw new Error(`the host already routes all of ${candidates.join(', ')}`);
  return free;
}

export async function hostRoutes(): Promise<string[]> {
  const { stdout } = await execa('ip', ['-json', '-4', 'route', 'show', 'table', 'all']);
  const routes = JSON.parse(stdout) as readonly { readonly dst: string }[];
  return routes.map((route) => route.dst);
}

/** Names of links are 15 characters at most (IFNAMSIZ), so they carry a digest of the rack's name. */
export function linkNames(name: string): { readonly outside: string; readonly inside: string } {
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return { outside: `rw-${digest}-o`, inside: `rw-${digest}-i` };
}

export function namespaceName(name: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,29}$/.test(name)) {
    throw new Error(`a rack's name is of small letters, digits and dashes, not "${name}"`);
  }
  return `rw-${name}`;
}

function overlaps(route: string, candidate: string): boolean {
  const a = range(route);
  const b = range(candidate);
  return a !== undefined && b !== undefined && a.first <= b.last && b.first <= a.last;
}

function range(text: string): { first: number; last: number } | undefined {
  const [address = '', length = '32'] = text.split('/');
  const octets = address.split('.').map(Number);
  // `default` and `unreachable …` are no ranges.
  if (octets.length !== 4 || octets.some(Number.isNaN)) return undefined;
  const size = 2 ** (32 - Number(length));
  const value = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const first = value - (value % size);
  return { first, last: first + size - 1 };
}
