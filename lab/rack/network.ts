import { writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { linkNames, namespaceName, type RackAddresses } from './addresses.ts';

export const BRIDGE = 'rack0';

/** Of a machine's card, both by their number in the rack and in the machine. */
export function tapName(machine: number, card: number): string {
  return `tap${machine}-${card}`;
}

/** Namespace, bridge, BMC addresses, taps, and a veth pair to the host. No route leads out of it. */
export async function ensureNetwork(
  name: string,
  addresses: RackAddresses,
  machines: readonly { readonly macs: readonly string[] }[],
): Promise<void> {
  const namespace = namespaceName(name);
  const links = linkNames(name);
  if ((await namespaceExists(namespace)) && (await hasAddress(links.outside, addresses.outsideAddress)))
    return;
  // None, or one whose making was interrupted.
  await removeNetwork(name);
  await ip('netns', 'add', namespace);
  try {
    const inside = (...args: string[]) => ip('-netns', namespace, ...args);
    await inside('link', 'set', 'lo', 'up');
    // Without forward_delay 0 a port is deaf for 15 s; snooping would need a querier.
    await inside('link', 'add', BRIDGE, 'type', 'bridge', 'forward_delay', '0', 'mcast_snooping', '0');
    await inside('address', 'add', `${addresses.serverAddress}/24`, 'dev', BRIDGE);
    await inside('-6', 'address', 'add', `${addresses.ipv6Server}/64`, 'dev', BRIDGE, 'nodad');
    await inside('link', 'set', BRIDGE, 'up');
    for (const [index, { macs }] of machines.entries()) {
      await inside('address', 'add', `${addresses.bmc(index)}/32`, 'dev', BRIDGE);
      for (const card of macs.keys()) {
        await inside('tuntap', 'add', tapName(index, card), 'mode', 'tap');
        await inside('link', 'set', tapName(index, card), 'master', BRIDGE, 'up');
      }
    }
    await ip('link', 'add', links.outside, 'type', 'veth', 'peer', 'name', links.inside, 'netns', namespace);
    await inside('link', 'set', links.inside, 'master', BRIDGE, 'up');
    // The host must not take the rack's router advertisements for its own.
    await writeFile(`/proc/sys/net/ipv6/conf/${links.outside}/disable_ipv6`, '1').catch(() => {});
    await ip('link', 'set', links.outside, 'up');
    // Last, because having it is what tells a whole network.
    await ip('address', 'add', `${addresses.outsideAddress}/24`, 'dev', links.outside);
  } catch (error) {
    await removeNetwork(name);
    throw error;
  }
}

/** What is in the namespace goes with it, the veth pair too; asking for the pair first covers a half-made one. */
export async function removeNetwork(name: string): Promise<void> {
  await execa('ip', ['link', 'delete', linkNames(name).outside], { reject: false });
  await execa('ip', ['netns', 'delete', namespaceName(name)], { reject: false });
}

export async function namespaceExists(namespace: string): Promise<boolean> {
  const { stdout } = await ip('netns', 'list');
  return stdout.split('\n').some((line) => line.split(' ')[0] === namespace);
}

async function hasAddress(link: string, address: string): Promise<boolean> {
  const shown = await execa('ip', ['-4', '-oneline', 'address', 'show', 'dev', link], { reject: false });
  return shown.stdout.includes(` ${address}/`);
}

async function ip(...args: string[]) {
  return execa('ip', args);
}
