import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Subnet } from '../../model/index.ts';
import { cidr, ipv4, type Mac } from '../../net/index.ts';
import { rack } from '../boot/dhcp/sample.ts';
import { BootServerProcess } from '../fixtures/boot-server-process.ts';
import { makeNamespaces, type Namespaces } from '../fixtures/namespaces.ts';

/** Clients that we did not write, each in a network namespace of its own. Needs root, isc-dhcp-client and udhcpc. */

const subnets: readonly Subnet[] = [78, 79].map((net) => ({
  ...rack,
  name: `rack-${net}`,
  cidr: cidr(`10.${net}.0.0/24`),
  serverAddress: ipv4(`10.${net}.0.1`),
  gateway: ipv4(`10.${net}.0.254`),
  dns: [ipv4(`10.${net}.0.53`)],
  dynamic: { first: ipv4(`10.${net}.0.100`), last: ipv4(`10.${net}.0.199`) },
  static: { first: ipv4(`10.${net}.0.20`), last: ipv4(`10.${net}.0.90`) },
}));

let directory: string;
let net: Namespaces;
let script: string;
const servers: BootServerProcess[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rw-interop-'));
  // Both clients call it with what they were given in the environment; it leaves the interface alone but for its address.
  script = join(directory, 'script.sh');
  await writeFile(
    script,
    `#!/bin/sh
case "$reason$1" in
  BOUND|RENEW|REBIND|REBOOT) ip address replace "$new_ip_address/24" dev "$interface" ;;
  bound|renew) ip address replace "$ip/24" dev "$interface" ;;
  RELEASE|EXPIRE|FAIL|STOP|deconfig) ip address flush dev "$interface" ;;
esac
env >> "$interface.env"
echo "-- $reason$1"
`,
  );
  await chmod(script, 0o755);
});
afterAll(() => rm(directory, { recursive: true }));

beforeEach(async () => {
  net = await makeNamespaces('rw-dhcp', ['10.78.0.1/24', '10.79.0.1/24']);
  // The hard case: everything that the kernel has to choose a way for leaves by the second interface.
  await net.run(net.server, 'ip', ['route', 'add', 'default', 'via', '10.79.0.254']);
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  await net.remove();
  for (const file of ['c0.env', 'c1.env', 'dhclient.leases', 'dhclient.pid']) {
    await rm(join(directory, file), { force: true });
  }
});

async function serve(index: number, leaseSeconds?: number): Promise<BootServerProcess> {
  const subnet = subnets[index] as Subnet;
  const journalPath = join(await mkdtemp(join(directory, 'server-')), 'leases');
  const server = await BootServerProcess.start(
    { address: subnet.serverAddress, subnets: [subnet], journalPath, ...(leaseSeconds && { leaseSeconds }) },
    net.server,
  );
  servers.push(server);
  return server;
}

function udhcpc(index: number, ...args: string[]): Promise<string> {
  const once = ['-f', '-i', `c${index}`, '-s', script, '-q', '-n', '-t', '3', '-T', '1'];
  return net.run(net.clients[index] as string, 'udhcpc', [...once, ...args], {
    cwd: directory,
    reject: false,
  });
}

function dhclient(args: readonly string[] = [], scriptFile = script): Promise<string> {
  const files = [
    '-cf',
    '/dev/null',
    '-lf',
    join(directory, 'dhclient.leases'),
    '-pf',
    join(directory, 'dhclient.pid'),
  ];
  const [client] = net.clients as [string];
  return net.run(client, 'dhclient', ['-v', '-1', '-sf', scriptFile, ...files, ...args, 'c0'], {
    cwd: directory,
    reject: false,
  });
}

async function given(index: number): Promise<string> {
  return readFile(join(directory, `c${index}.env`), 'utf8').catch(() => '');
}

async function macOf(index: number): Promise<Mac> {
  const { stdout } = await execa('ip', [
    'netns',
    'exec',
    net.clients[index] as string,
    'cat',
    `/sys/class/net/c${index}/address`,
  ]);
  return stdout as Mac;
}

describe('busybox udhcpc', () => {
  test('gets an address and all that belongs to it', async () => {
    const server = await serve(0);
    expect(await udhcpc(0)).toContain('10.78.0.100 obtained');
    expect(await server.said({ message: 'acknowledged' })).toMatchObject({
      mac: await macOf(0),
      ipxe: false,
    });
    const env = await given(0);
    for (const line of [
      'ip=10.78.0.100',
      'subnet=255.255.255.0',
      'router=10.78.0.254',
      'dns=10.78.0.53',
      'broadcast=10.78.0.255',
      'serverid=10.78.0.1',
      'lease=3600',
    ]) {
      expect(env).toContain(`\n${line}\n`);
    }
  });

  test('renews and releases when told to, and gets the same address again', async () => {
    const server = await serve(0);
    // `ip netns exec` becomes the command, so signals reach it.
    const args = ['netns', 'exec', net.clients[0] as string, 'udhcpc', '-f', '-i', 'c0', '-s', script];
    const running = execa('ip', args, { cwd: directory, all: true, reject: false, timeout: 60_000 });
    const told: string[] = [];
    for await (const line of running.iterable({ from: 'all' })) {
      told.push(line);
      if (line === '-- bound') running.kill('SIGUSR1');
      if (line === '-- renew') running.kill('SIGUSR2');
      if (line === 'udhcpc: entering released state') running.kill('SIGTERM');
    }
    expect(told).toContain('udhcpc: lease of 10.78.0.100 obtained from 10.78.0.1, lease time 3600');
    await server.said({ message: 'released', address: '10.78.0.100' });
    expect(server.events.map((event) => event['message']).filter(Boolean)).toEqual([
      'offered',
      'acknowledged',
      'acknowledged',
      'released',
    ]);
    expect(await udhcpc(0)).toContain('10.78.0.100 obtained');
  });

  test('asks for an address of another network and is set right', async () => {
    await serve(0);
    expect(await udhcpc(0, '-r', '192.168.7.7')).toContain('10.78.0.100 obtained');
  });
});

describe('ISC dhclient', () => {
  test('gets an address, comes back to it, releases it', async () => {
    const server = await serve(0);
    expect(await dhclient()).toContain('bound to 10.78.0.100');
    await dhclient(['-x']); // stops without a release
    const before = server.events.length;
    expect(await dhclient()).toMatch(/DHCPREQUEST for 10\.78\.0\.100[\s\S]*bound to 10\.78\.0\.100/);
    await server.said({ message: 'acknowledged', address: '10.78.0.100' }, before);
    expect(server.events.slice(before).some((event) => event['message'] === 'offered')).toBe(false); // INIT-REBOOT
    await dhclient(['-r']);
    await server.said({ message: 'released', address: '10.78.0.100' });
  });

  test('renews by unicast at half of the time', async () => {
    const server = await serve(0, 8);
    await dhclient();
    const first = server.events.length;
    await server.said({ message: 'acknowledged', address: '10.78.0.100' }, first);
    expect(server.events.slice(first).some((event) => event['message'] === 'offered')).toBe(false);
    await dhclient(['-x']);
  });

  test('finds the address taken, declines it, and gets another', async () => {
    const server = await serve(0);
    // What dhclient's script does when ARP says that somebody else is there: it fails.
    const wary = join(directory, 'wary.sh');
    await writeFile(
      wary,
      `#!/bin/sh\ncase "$reason" in BOUND) [ "$new_ip_address" = 10.78.0.100 ] && exit 1 ;; esac\nexec ${script}\n`,
    );
    await chmod(wary, 0o755);
    expect(await dhclient([], wary)).toContain('DHCPDECLINE');
    await server.said({ message: 'declined', address: '10.78.0.100' });
    expect(await dhclient([], wary)).toContain('bound to 10.78.0.101');
    await dhclient(['-x']);
  });
});

describe('the npm package dhcp', () => {
  test('gets an address', async () => {
    const server = await serve(0);
    const [client] = net.clients as [string];
    await net.run(client, 'ip', ['route', 'add', 'default', 'dev', 'c0']);
    const fixture = fileURLToPath(new URL('../fixtures/npm-dhcp-client.ts', import.meta.url));
    const output = await net.run(client, process.execPath, [fixture, '52:54:00:78:00:20']);
    const bound: unknown = JSON.parse(output.split('\n').find((line) => line.startsWith('{')) ?? 'null');
    expect(bound).toMatchObject({
      address: '10.78.0.100',
      server: '10.78.0.1',
      leasePeriod: 3600,
      options: { netmask: '255.255.255.0', router: ['10.78.0.254'], dns: ['10.78.0.53'] },
    });
    await server.said({ message: 'acknowledged', mac: '52:54:00:78:00:20' });
  });
});

describe('two interfaces', () => {
  test('a broadcast leaves by the interface that has our address, wherever the routes point', async () => {
    const server = await serve(0);
    expect(await udhcpc(0)).toContain('10.78.0.100 obtained');
    // The client behind the other interface is heard by 0.0.0.0:67, but nothing of the answer reaches it.
    expect(await udhcpc(1)).toContain('no lease');
    await server.said({ message: 'offered', mac: await macOf(1) });
  });

  test('a server an interface: everybody gets an address of their own network', async () => {
    const [first, second] = [await serve(0), await serve(1)];
    expect(await udhcpc(0)).toContain('10.78.0.100 obtained');
    // 10.79.0.100 may be held for the first client, whose broadcast the second server heard as well.
    expect(await udhcpc(1)).toMatch(/10\.79\.0\.10\d obtained/);
    await first.said({ message: 'acknowledged', mac: await macOf(0) });
    await second.said({ message: 'acknowledged', mac: await macOf(1) });
    expect(first.events.concat(second.events).filter((event) => event['message'] === 'refused')).toEqual([]);
  });
});
