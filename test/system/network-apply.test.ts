import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { planNetwork } from '../../install/plan/network.ts';
import { interfacesText } from '../../install/writers/ifupdown.ts';
import { networkdFiles } from '../../install/writers/networkd.ts';
import type { PlannedNetwork } from '../../model/index.ts';
import { makeNamespaces, type Namespaces } from '../fixtures/namespaces.ts';
import { cards, subnet } from '../install/network-example.ts';

/**
 * The machine is a network namespace with three cards. Without bonds and VLANs: not every kernel that runs tests has
 * them; the virtual rack's does.
 */
const nics = cards(3).map((nic, index) => ({ ...nic, name: `lan${index}` }));
const plan: PlannedNetwork = planNetwork({
  inventory: { nics },
  subnet,
  bootMac: nics[0]?.mac as (typeof nics)[0]['mac'],
  request: {
    bridges: [
      {
        name: 'br0',
        interfaces: ['lan0', 'lan1'],
        addresses: ['10.78.0.30/24', '10.78.0.31/24', 'fd00::30/64'],
        gateway6: 'fd00::1',
        routes: [
          { to: '203.0.113.0/24', via: '10.78.0.9', metric: 50 },
          { to: 'default', via: '10.78.0.8', table: 100 },
          { to: '192.0.2.64/28' },
        ],
        mtu: 1400,
      },
    ],
    interfaces: [{ card: 'lan2', addresses: ['192.0.2.9/29', '2001:db8::9/64'], slaac: false, mtu: 1300 }],
  },
});

let namespaces: Namespaces;
let machine: string;
let directory: string;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rw-apply-'));
  namespaces = await makeNamespaces('rw-apply', ['10.79.0.1/24']);
  machine = namespaces.clients[0] as string;
  for (const { name, mac } of nics) {
    const peer = ['peer', 'name', `${name}x`, 'netns', namespaces.server];
    await namespaces.run(machine, 'ip', ['link', 'add', name, 'address', mac, 'type', 'veth', ...peer]);
    await namespaces.run(namespaces.server, 'ip', ['link', 'set', `${name}x`, 'up']);
  }
});

afterEach(async () => {
  await namespaces?.remove();
  rmSync(directory, { recursive: true });
});

test('ifupdown makes of it what the plan says, and takes it down again', async () => {
  const file = join(directory, 'interfaces');
  const state = join(directory, 'state');
  mkdirSync(state);
  // Not the file's first line: what this machine keeps in /etc/network/interfaces.d is no business of the test.
  writeFileSync(file, interfacesText(plan).replace(/^source .*\n/, ''));
  await namespaces.run(machine, 'ifup', ['-a', '-i', file, '--state-dir', state]);
  await expectPlan();
  await namespaces.run(machine, 'ifdown', ['-a', '-i', file, '--state-dir', state]);
  expect(await namespaces.run(machine, 'ip', ['-br', 'address', 'show', 'scope', 'global'])).not.toMatch(
    /10\.78|192\.0/,
  );
});

test('systemd-networkd makes of it what the plan says', async () => {
  const units = join(directory, 'units');
  mkdirSync(units);
  for (const { name, text } of networkdFiles(plan)) writeFileSync(join(units, name), text, { mode: 0o644 });
  // A /run of its own; /sys is read-only, so that it waits for no udev to know the cards.
  const script = `mount -t tmpfs rackwright-test /run
mkdir -p /run/systemd/network /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/netif/lldp
cp "$1"/* /run/systemd/network
chown -R systemd-network: /run/systemd/netif
mount -o remount,ro /sys
exec /lib/systemd/systemd-networkd`;
  const networkd = execa(
    'ip',
    ['netns', 'exec', machine, 'unshare', '-m', 'sh', '-euc', script, 'sh', units],
    { reject: false, env: { SYSTEMD_LOG_TARGET: 'console', SYSTEMD_LOG_LEVEL: 'debug' }, all: true },
  );
  const configured = new Set<string>();
  let said = '';
  await new Promise<void>((resolve, reject) => {
    networkd.all.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      for (const [, name] of said.matchAll(/^(\w+): State changed: configuring -> configured/gm))
        configured.add(name as string);
      if (plan.interfaces.every(({ name }) => configured.has(name))) resolve();
    });
    networkd.all.on('end', () => reject(new Error(`networkd ended: ${said.slice(-2_000)}`)));
  });
  await expectPlan();
  networkd.kill();
  await networkd;
}, 60_000);

interface Shown {
  readonly ifname: string;
  readonly mtu: number;
  readonly master?: string;
  readonly address: string;
  readonly addr_info: readonly {
    readonly local: string;
    readonly prefixlen: number;
    readonly scope: string;
  }[];
  readonly linkinfo?: { readonly info_data?: { readonly stp_state: number; readonly forward_delay: number } };
}

/** As the kernel tells it. */
async function expectPlan(): Promise<void> {
  const ask = async (...args: string[]): Promise<unknown> =>
    JSON.parse((await namespaces.run(machine, 'ip', ['-j', '-d', ...args])) || '[]');
  const shown = (await ask('address', 'show')) as Shown[];
  for (const link of plan.interfaces) {
    const there = shown.find(({ ifname }) => ifname === link.name);
    const addresses = there?.addr_info
      .filter(({ scope }) => scope === 'global')
      .map(({ local, prefixlen }) => `${local}/${prefixlen}`);
    expect(addresses?.toSorted(), link.name).toEqual(link.addresses.toSorted());
    if (link.mtu !== undefined) expect(there?.mtu, link.name).toBe(link.mtu);
    if (link.kind !== 'bridge') continue;
    expect(there?.linkinfo?.info_data).toMatchObject({ stp_state: 0, forward_delay: 0 });
    expect(there?.address).toBe(link.mac);
    const ports = shown.filter(({ master }) => master === link.name).map(({ ifname }) => ifname);
    expect(ports.toSorted()).toEqual(link.members.toSorted());
  }
  for (const link of plan.interfaces) {
    for (const { family, to, via, metric, table } of link.routes) {
      const routes = (await ask(`-${family}`, 'route', 'show', 'table', String(table ?? 'main'))) as {
        readonly dst: string;
        readonly gateway?: string;
        readonly dev: string;
        readonly metric?: number;
      }[];
      const found = routes.find(({ dst, dev }) => dst === to && dev === link.name);
      expect(found?.gateway, `${to} of ${link.name}`).toBe(via);
      if (metric !== undefined) expect(found?.metric).toBe(metric);
      else expect(found, `${to} of ${link.name}`).toBeDefined();
    }
  }
}
