import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ActivityDependencies } from '../../activities/deps.ts';
import { createHosts } from '../../activities/hosts.ts';
import { openFileStore } from '../../image/index.ts';
import { cidr, ipv4 } from '../../net/index.ts';
import { createBmcQueue, createPower } from '../../power/index.ts';
import { generateKeyPair } from '../../remote/index.ts';
import { temporalBinary } from '../../worker/temporal-binary.ts';
import { startTemporalServer, type TemporalServer } from '../../worker/temporal-server.ts';
import { machineWorkflows } from '../../worker/machine-workflows.ts';
import { bundleWorkflows, startWorkers } from '../../worker/workers.ts';
import { machineWorkflowId } from '../../workflows/messages.ts';
import { macOf } from '../api/records.ts';
import { type RunningApi, runApi } from '../api/running-api.ts';
import { runCli, runCliOnTerminal } from '../cli/run-cli.ts';

/** The API and the command line on the real Temporal server and the real workflows; only the machines are missing. */

let directory: string;
let server: TemporalServer;
let connection: Connection;
let client: Client;
let workers: Awaited<ReturnType<typeof startWorkers>> | undefined;
let api: RunningApi;
let env: Record<string, string>;
const keys = generateKeyPair('test');

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rw-operations-'));
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'rackwright');
  const binary = await temporalBinary(cache, console.log);
  server = await startTemporalServer({
    binary,
    databaseFile: join(directory, 'temporal.db'),
    report: console.log,
  });
  connection = await Connection.connect({ address: server.address });
  client = new Client({ connection });
  api = await runApi({ temporal: () => client });
  env = { RW_DATA_DIR: api.dataDir };
  const ssh = { publicLine: keys.publicKey, privateKey: keys.privateKey };
  const dependencies: ActivityDependencies = {
    store: api.store,
    ssh,
    hosts: createHosts(ssh),
    bootDeadlines: { dhcpDeadlineMs: 600_000, helloDeadlineMs: 600_000 },
    power: createPower({ queue: createBmcQueue(), secrets: api.store.secrets }),
    artefactUrl: (address, sha256) => `http://${address}:8080/artefacts/${sha256}`,
    imageFiles: await openFileStore(join(directory, 'images')),
    workflows: machineWorkflows(client),
  };
  const bundle = await bundleWorkflows();
  workers = await startWorkers({ temporal: { address: server.address }, bundle, dependencies, site: 'lab' });
  await api.store.subnets.put({
    name: 'rack1',
    site: 'lab',
    cidr: cidr('127.9.0.0/24'),
    serverAddress: ipv4('127.9.0.1'),
    dns: [],
    dynamic: { first: ipv4('127.9.0.100'), last: ipv4('127.9.0.199') },
    static: { first: ipv4('127.9.0.10'), last: ipv4('127.9.0.99') },
    discovery: 'on',
    ephemeralImage: 'debian/12',
  });
  for (const id of ['m-00000001', 'm-00000002', 'm-00000003', 'm-00000004', 'm-00000005']) await enlist(id);
}, 300_000);

afterAll(async () => {
  await workers?.stop();
  await api?.stop();
  await connection?.close();
  await server?.stop();
  await rm(directory, { recursive: true, force: true });
}, 60_000);

/** A machine that said hello once and is switched by hand. */
async function enlist(id: string): Promise<void> {
  const arrival = {
    identity: {
      uuid: `4c4c4544-0000-4000-8000-${id.slice(2).padStart(12, '0')}`,
      serial: `serial-${id}`,
      macs: [macOf(id)],
    },
    firmware: 'uefi',
    arch: 'amd64',
    site: 'lab',
    // Nobody answers there, so it has to be started again.
    session: {
      bootId: `b-${id}`,
      address: ipv4('127.9.0.100'),
      hostKeys: [keys.publicKey.split(' ').slice(0, 2).join(' ')],
      squashfs: '',
      since: new Date().toISOString(),
    },
  };
  await client.workflow.start('machine', {
    taskQueue: 'control',
    workflowId: machineWorkflowId(id),
    args: [{ kind: 'first', id, arrival }],
  });
  while (!(await api.store.machines.get(id))) await delay(100);
}

const run = (...args: string[]) => runCli(args, { env });

describe('configuring', () => {
  test('a name and a BMC; the password is stored, and cannot be read back', async () => {
    const canary = 'canary-pw-4711';
    const { status, json, text } = await api.call('PATCH', '/v1/machines/m-00000001', {
      name: 'r1-u1',
      power: { driver: 'ipmi', address: '192.0.2.9', username: 'admin', password: canary },
    });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      name: 'r1-u1',
      power: { driver: 'ipmi', address: '192.0.2.9', port: 623, cipherSuite: 17 },
    });
    expect((await api.store.secrets.get(json.power.passwordSecret, 'password'))?.reveal()).toBe(canary);
    for (const path of ['/v1/machines/r1-u1', '/v1/machines', '/v1/events']) {
      expect((await api.call('GET', path)).text).not.toContain(canary);
    }
    expect(text + JSON.stringify(api.log)).not.toContain(canary);
    const { events } = await client.workflow.getHandle(machineWorkflowId('m-00000001')).fetchHistory();
    expect(JSON.stringify(events)).not.toContain(Buffer.from(canary).toString('base64').slice(0, 12));
  });

  test('a user alone keeps the password; another address, port or driver forgets it', async () => {
    const power = async () => (await api.call('GET', '/v1/machines/r1-u1')).json.power;
    const first = await power();
    const patch = (change: object) =>
      api.call('PATCH', '/v1/machines/r1-u1', {
        power: { driver: 'ipmi', address: '192.0.2.9', username: 'admin', ...change },
      });
    await patch({ username: 'other' });
    expect((await power()).passwordSecret).toBe(first.passwordSecret);
    for (const change of [{ address: '192.0.2.10' }, { port: 6230 }]) {
      await patch({ password: 'again' });
      const before = (await power()).passwordSecret;
      await patch(change);
      const after = (await power()).passwordSecret;
      expect(after).not.toBe(before);
      expect(await api.store.secrets.get(before, 'password')).toBeUndefined();
      expect(await api.store.secrets.get(after, 'password')).toBeUndefined();
    }
    await patch({ password: 'again' });
    const last = (await power()).passwordSecret;
    await api.call('PATCH', '/v1/machines/r1-u1', { power: { driver: 'manual' } });
    expect(await api.store.secrets.get(last, 'password')).toBeUndefined();
    expect(await power()).toEqual({ driver: 'manual' });
  });

  test('a name that another machine has is refused', async () => {
    const { status, json } = await api.call('PATCH', '/v1/machines/m-00000002', { name: 'r1-u1' });
    expect([status, json.details]).toEqual([400, { field: 'name' }]);
  });

  test('machine set does it from a file', async () => {
    const { status, stdout } = await runCli(
      [
        'machine',
        'set',
        'm-00000002',
        '--name',
        'r1-u2',
        '--bmc-address',
        '192.0.2.8',
        '--bmc-user',
        'admin',
        '--bmc-password-file',
        '-',
        '-o',
        'json',
      ],
      { env, input: 'from-stdin\n' },
    );
    expect(status).toBe(0);
    const { power } = JSON.parse(stdout) as { power: { passwordSecret: string } };
    expect((await api.store.secrets.get(power.passwordSecret, 'password'))?.reveal()).toBe('from-stdin');
    await run('machine', 'set', 'r1-u2', '--power', 'manual');
  });
});

describe('what the workflow refuses', () => {
  test('is told in its words, with 409', async () => {
    const { status, json } = await api.call('POST', '/v1/machines/r1-u1/deploy', { image: 'debian/12' });
    expect([status, json.code]).toEqual([409, 'STATE_CONFLICT']);
    expect(json.detail).toMatch(
      /^r1-u1 is New: deploy may not be asked now\. May be asked: commission, rescue, power/,
    );
  });

  test('ends the command with 5', async () => {
    const { status, stderr } = await run('machine', 'release', 'r1-u1', '--yes');
    expect([status, stderr]).toEqual([5, expect.stringMatching(/^error STATE_CONFLICT: r1-u1 is New/)]);
  });

  test('a plan for an image that is not here', async () => {
    const { status, stderr } = await run('machine', 'deploy', 'r1-u1', '--image', 'debian/99', '--plan');
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/^error [A-Z_]+: (?!something unforeseen)/);
  });
});

describe('an operation that waits for a person', () => {
  test('is accepted, is shown, lets go of at the time limit, and goes on', async () => {
    const { status, stderr } = await run('machine', 'commission', 'r1-u1', '--timeout', '25s');
    expect(status, stderr).toBe(8);
    expect(stderr).toMatch(/r1-u1 {2}Learn what the machine is/);
    expect(stderr).toMatch(/⧗ start over the network: Press the power button of r1-u1/);
    expect(stderr).toContain('rackwright machine events r1-u1 --follow');
    const { json } = await api.call('GET', '/v1/machines/r1-u1');
    expect(json).toMatchObject({
      state: 'Commissioning',
      allowedOperations: [],
      operation: { state: 'running' },
    });
  });

  test('keeps others out meanwhile', async () => {
    const { status, json } = await api.call('POST', '/v1/machines/r1-u1/commission');
    expect([status, json.code]).toEqual([409, 'STATE_CONFLICT']);
    expect(json.detail).toContain('is at work on commission');
  });

  test('show and why say what it waits for', async () => {
    expect((await run('machine', 'show', 'r1-u1')).stdout).toMatch(
      /^now +Commission: Press the power button of r1-u1 .* it has until/m,
    );
    const why = (await run('machine', 'why', 'r1-u1')).stdout;
    expect(why).toMatch(/✓ power/);
    expect(why).toMatch(/✗ dhcp +missing/);
  });

  test('on a terminal it is one live picture; Ctrl-C lets go with 130', async () => {
    let asked = false;
    const { stdout, status } = await runCliOnTerminal(
      ['machine', 'commission', 'r1-u2', '--timeout', '60s'],
      {
        env,
        types: true,
        onOutput: (text, _kill, type) => {
          if (asked || !/start over/.test(text)) return;
          asked = true;
          type('\x03');
        },
      },
    );
    expect(stdout).toMatch(/\x1b\[\d+A/);
    expect(stdout).toContain('Detached; it goes on without you.');
    expect(status).toBe(130);
    expect((await api.call('GET', '/v1/machines/r1-u2')).json.state).toBe('Commissioning');
  });

  test('several at once: those that can are asked, the whole ends with 6', async () => {
    const { status, stdout, stderr } = await run('machine', 'commission', 'r1-u1', 'm-00000003', '--detach');
    expect([status, stdout]).toEqual([6, expect.stringContaining('m-00000003/commission/1')]);
    expect(stderr).toContain('r1-u1:\nerror STATE_CONFLICT');
  });
});

test('an operation that fails ends the command with its code', async () => {
  const { status, stdout, stderr } = await run(
    'machine',
    'power',
    'm-00000004',
    'on',
    '-o',
    'json',
    '--timeout',
    '100s',
  );
  const operation = JSON.parse(stdout) as { state: string; kind: string };
  expect(operation.kind).toBe('power');
  if (operation.state === 'failed') {
    expect([1, 7]).toContain(status);
    expect(JSON.parse(stderr.trim().split('\n').at(-1) as string)).toHaveProperty('code');
  } else expect(status).toBe(0);
});

describe('on a terminal, what destroys something', () => {
  test('is not done without the whole word yes', async () => {
    const before = (await api.call('GET', '/v1/machines/m-00000005/operations')).json.items;
    const { stdout } = await runCliOnTerminal(['machine', 'power', 'm-00000005', 'off'], {
      env,
      input: 'y\n',
    });
    expect(stdout).toContain('Type yes to go on');
    expect(stdout).toContain('Nothing was done.');
    expect((await api.call('GET', '/v1/machines/m-00000005/operations')).json.items).toEqual(before);
  });
});

test('a fetch of images that fails says why', async () => {
  const keyring = '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n';
  const started = await api.call('POST', '/v1/images/sync', { url: 'http://127.0.0.1:9/streams/', keyring });
  expect([started.status, started.json.id]).toEqual([202, expect.stringMatching(/^[0-9a-f]{12}$/)]);
  const { json } = await api.call('GET', `/v1/images/sync/${started.json.id}`);
  expect(json).toMatchObject({ id: started.json.id, state: expect.stringMatching(/running|failed/) });
  const again = await api.call('POST', '/v1/images/sync', { url: 'http://127.0.0.1:9/streams/', keyring });
  expect(again.json).toEqual(started.json);
  expect((await api.call('GET', '/v1/images/sync/000000000000')).status).toBe(404);
});

test('while the Temporal server is away, what needs it says so and the rest goes on', async () => {
  const health = (await api.call('GET', '/v1/health')).json.checks;
  expect(health.find(({ name }: { name: string }) => name === 'temporal')).toMatchObject({ ok: true });
  await workers?.stop();
  workers = undefined;
  await server.stop();
  const { status, json } = await api.call('POST', '/v1/machines/m-00000005/commission');
  expect([status, json.code]).toEqual([503, 'TEMPORAL_UNAVAILABLE']);
  expect((await api.call('GET', '/v1/machines')).status).toBe(200);
});
