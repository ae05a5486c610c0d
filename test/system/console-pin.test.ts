import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { bootActivities } from '../../activities/boot.ts';
import type { ActivityDependencies } from '../../activities/deps.ts';
import { pinByConsole } from '../../activities/host-key.ts';
import { sessionActivities } from '../../activities/session.ts';
import { viewMachine } from '../../api/machine-view.ts';
import { tellHostKey, userData } from '../../boot/http/seed.ts';
import { type HostKeyPin, type MachineRecord, type PowerParameters, Secret } from '../../model/index.ts';
import { ipv4 } from '../../net/index.ts';
import { createBmcQueue, createPower, type PowerDrivers } from '../../power/index.ts';
import { fingerprint, generateKeyPair } from '../../remote/index.ts';
import { openStore, type Store } from '../../store/index.ts';
import { type IpmiSim, startIpmiSim } from '../fixtures/ipmi-sim.ts';
import { boot, mac, machine as machineRecord, subnet } from '../store/records.ts';

/**
 * docs/security.md, rule 10: what a machine's console says, over a real BMC simulator's serial over LAN by the real
 * ipmitool. The console itself is a byte source of the test's; who answers on the network is anybody.
 */
const consolePort = 9347;
let directory: string;
let store: Store;
let bmc: IpmiSim;
let power: PowerDrivers;
let console: Server;
/** The BMC holds the line to it from its start. */
const open = new Set<Socket>();

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rw-console-'));
  store = await openStore({
    kind: 'pglite',
    directory: join(directory, 'db'),
    keyFile: join(directory, 'key'),
  });
  console = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => undefined);
  });
  const address = ipv4('127.0.0.43');
  await new Promise<void>((resolve) => void console.listen(consolePort, address, resolve));
  expect((console.address() as AddressInfo).port).toBe(consolePort);
  bmc = await startIpmiSim({ address, port: 6243, consolePort });
  power = createPower({ queue: createBmcQueue(), secrets: store.secrets });
  await store.secrets.put('bmc/m-1', 'password', new Secret(bmc.password));
}, 120_000);
afterAll(async () => {
  await power?.close();
  await bmc?.stop();
  for (const socket of open) socket.destroy();
  console?.close();
  await store?.close();
  await rm(directory, { recursive: true, force: true });
});
let talking: NodeJS.Timeout | undefined;
afterEach(() => clearInterval(talking));

/** Whatever the machine repeats on its console. */
function repeat(...lines: readonly string[]): void {
  talking = setInterval(() => {
    for (const socket of open) socket.write(lines.map((each) => `${each}\r\n`).join(''));
  }, 300);
}

const key = () => generateKeyPair('').publicKey.split(' ').slice(0, 2).join(' ');
const line = (bootId: string, hostKey: string) =>
  `Rackwright boot ${bootId} host key ${fingerprint(hostKey)}`;

const ipmi = (): PowerParameters => ({
  driver: 'ipmi',
  address: bmc.address,
  port: bmc.port,
  username: bmc.username,
  passwordSecret: 'bmc/m-1',
  cipherSuite: 3,
});

let count = 0;
/** A machine that said hello with this key. */
async function arrived(
  hostKey: string,
  { pin = 'console', powered = ipmi() }: { pin?: HostKeyPin; powered?: PowerParameters } = {},
) {
  count += 1;
  const bootId = crypto.randomUUID();
  await store.subnets.put(subnet('rack', { pin }));
  const session = {
    bootId,
    address: ipv4('10.78.0.100'),
    hostKeys: [hostKey],
    squashfs: '',
    since: '2026-11-22T10:00:00.000Z',
  };
  const machine: MachineRecord = machineRecord(`m-${count}`, {
    session,
    power: powered,
    identity: { uuid: `u-${count}`, serial: `s-${count}`, macs: [mac(count)] },
  });
  await store.boots.open(boot(bootId, { mac: mac(count), machineId: machine.id }));
  await store.machines.record(machine);
  return { machine, session, bootId };
}

const hosts = {
  with: () => Promise.reject(new Error('the machine was spoken to over the network')),
  close: () => undefined,
};
const deps = () =>
  ({
    store,
    power,
    hosts,
    bootDeadlines: { dhcpDeadlineMs: 1, helloDeadlineMs: 1 },
  }) as unknown as ActivityDependencies;
const within = <Result>(work: () => Promise<Result>) => new MockActivityEnvironment().run(work);
const pinOf = async (machine: MachineRecord) => (await viewMachine(store, machine)).session?.pin;

test('the console says the same key: it pins, among lines of an older boot and of the kernel', async () => {
  const hostKey = key();
  const { machine, session, bootId } = await arrived(hostKey);
  expect(await pinOf(machine)).toBe('network');
  repeat(
    line(crypto.randomUUID(), key()),
    line(bootId, key()).slice(0, -20),
    '\u001b[31m[    3.1] e1000: up',
    `[    4.2] ${line(bootId, hostKey)} [    4.3] random: crng init done`,
  );
  await within(() => sessionActivities(deps()).checkConsole({ machine, session }));
  expect(await pinOf(machine)).toBe('console');
}, 60_000);

test('somebody in between, who answers with a key of his own, is caught, and nothing is sent to him', async () => {
  const { machine, session, bootId } = await arrived(key());
  const own = key();
  repeat(line(bootId, own));
  const caught = { code: 'CONSOLE_KEY_DIFFERS', message: expect.stringContaining(fingerprint(own)) };
  const sessions = sessionActivities(deps());
  await expect(within(() => sessions.checkConsole({ machine, session }))).rejects.toMatchObject(caught);
  // Nor is he taken over from an earlier hello.
  await expect(within(() => sessions.probeSession({ machine, session }))).rejects.toMatchObject(caught);
  expect(await pinOf(machine)).toBe('network');
  const events = await store.events.after(0, { machineId: machine.id, limit: 10 });
  expect(events.filter(({ kind }) => kind === 'host-key.refused')).toHaveLength(2);
}, 60_000);

test('a console that says nothing is no yes', async () => {
  const { machine, session } = await arrived(key());
  repeat('login:');
  await expect(within(() => pinByConsole(deps(), machine, session, 3_000))).rejects.toMatchObject({
    code: 'CONSOLE_SILENT',
  });
  expect(await pinOf(machine)).toBe('network');
}, 60_000);

test('without the setting, and without a BMC that carries a console, it is the network, and shown so', async () => {
  const boots = bootActivities(deps());
  const asked = await arrived(key());
  expect(await boots.openBoot({ machine: asked.machine, purpose: 'deploy' })).toHaveProperty(
    'checksConsole',
    true,
  );
  for (const { machine } of [
    await arrived(key(), { powered: { driver: 'manual' } }),
    await arrived(key(), { pin: 'network' }),
  ]) {
    expect(await boots.openBoot({ machine, purpose: 'deploy' })).not.toHaveProperty('checksConsole');
    expect(await pinOf(machine)).toBe('network');
  }
});

test('what the system in memory tells its console is what is read from it', async () => {
  const pair = generateKeyPair('');
  const bootId = crypto.randomUUID();
  const [keyFile, tty] = [join(directory, 'host.pub'), join(directory, 'tty')];
  await writeFile(keyFile, `${pair.publicKey} root@memory\n`);
  // As in the seed, in the background; ended with the shell's process group.
  const script = `${tellHostKey(bootId, keyFile, tty).text}\nsleep 1; kill $!`;
  await new Promise<void>((resolve, reject) => {
    execFile('sh', ['-c', script], (error) => (error ? reject(error) : resolve()));
  });
  expect((await readFile(tty, 'utf8')).split('\r\n')).toContain(line(bootId, pair.publicKey));
  const seed = { bootId, helloUrl: 'http://10.0.0.1/hello', token: '0'.repeat(32), sshKey: pair.publicKey };
  expect(userData({ ...seed, isOnConsole: true })).toContain('/dev/console 2>/dev/null &');
  expect(userData(seed)).not.toContain('host key');
});
