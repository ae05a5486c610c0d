import type { PlannedInterface, Subnet } from '../../model/index.ts';
import { contains, inRange, parseIpAddress } from '../../net/index.ts';
import type { Links } from './network-links.ts';
import { refuse } from './refuse.ts';

/** No address twice, and none that belongs to somebody else by what we know. */
export function checkAddresses(
  interfaces: readonly PlannedInterface[],
  { asked }: Links,
  subnet: Subnet,
): void {
  const owners = new Map<string, string>();
  for (const { name, addresses } of interfaces) {
    for (const [index, text] of addresses.entries()) {
      const path = `${asked.get(name)?.path}.addresses[${index}]`;
      const bare = text.split('/', 1)[0] as string;
      const other = owners.get(bare);
      if (other !== undefined) refuse(path, `${other} has ${bare} already.`);
      owners.set(bare, name);
      checkOthers(bare, path, subnet);
    }
  }
}

function checkOthers(
  text: string,
  path: string,
  { cidr, name, gateway, serverAddress, dynamic, dns }: Subnet,
): void {
  const parsed = parseIpAddress(text);
  if (parsed?.family !== 4 || !contains(cidr, parsed.text)) return;
  if (parsed.text === serverAddress) refuse(path, `${text} is Rackwright's own in subnet ${name}.`);
  if (parsed.text === gateway) refuse(path, `${text} is the gateway of subnet ${name}.`);
  if (dns.includes(parsed.text)) refuse(path, `${text} is a name server of subnet ${name}.`);
  if (inRange(dynamic, parsed.text))
    refuse(path, `DHCP hands out ${text} in subnet ${name} (${dynamic.first} to ${dynamic.last}).`);
}

/** Two of the same family, table and metric: which one counts would depend on which came up last. */
export function checkDefaultRoutes(interfaces: readonly PlannedInterface[], { asked }: Links): void {
  const seen = new Map<string, string>();
  for (const { name, routes } of interfaces) {
    for (const { to, family, table = 'main', metric = 'none' } of routes) {
      if (to !== 'default') continue;
      const key = `${family} ${table} ${metric}`;
      const other = seen.get(key);
      if (other !== undefined) {
        refuse(
          asked.get(name)?.path ?? 'network',
          `${name} and ${other} both have a default route of IPv${family}; give one of them another metric or table.`,
        );
      }
      seen.set(key, name);
    }
  }
}
