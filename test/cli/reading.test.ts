import { mkdir, rm, writeFile, chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { ipv4 } from '../../net/index.ts';
import { boot, hostKey, image, inventory, machine, operation } from '../api/records.ts';
import { type RunningApi, runApi, startMs } from '../api/running-api.ts';
import { runCli } from './run-cli.ts';

const at = '2026-11-22T10:00:00.000Z';
const hostile = 'evil\x1b[31m\x1b]0;title\x07\r\nname\x9b2J\u202e';
let api: RunningApi;
let env: Record<string, string>;

beforeAll(async () => {
  api = await runApi();
  env = { RW_DATA_DIR: api.dataDir };
  const { store } = api;
  await store.machines.record(
    machine('m-1', { name: 'r1-u1', state: 'Commissioning', operationId: 'm-1/commission/1' }),
  );
  await store.operations.record(operation('m-1/commission/1'));
  await store.operations.appendLog('m-1/commission/1', 'power on', [{ offset: 10, line: hostile }]);
  await store.boots.open(boot('b-1', 'm-1'));
  await store.boots.sign('b-1', 'power', new Date(at));
  await store.boots.sign('b-1', 'script', new Date(at));
  await store.inventories.add(
    'm-1',
    'm-1/commission/1',
    { ...inventory, system: { ...inventory.system, product: hostile, serial: hostile } },
    new Date(at),
  );
  await store.machines.record(
    machine('m-2', {
      name: 'r1-u2',
      state: 'Deployed',
      identity: { ...machine('m-2').identity, serial: hostile },
      deployment: {
        operationId: 'm-2/deploy/1',
        image: 'debian/12',
        imageSerial: '20261101',
        address: ipv4('10.78.0.10'),
        hostKeys: [hostKey],
        since: at,
      },
    }),
  );
  await store.machines.record(
    machine('m-3', {
      name: 'r1-u3',
      state: 'Failed commissioning',
      failure: { code: 'BOOT_NO_DHCP', message: 'r1-u3 was powered on and nothing was heard of it.' },
    }),
  );
  await store.images.put(image);
}, startMs);
afterAll(() => api.stop());

const run = (...args: string[]) => runCli(args, { env });

describe('forms of output', () => {
  test('json is one document, also for none', async () => {
    const { stdout } = await run('machine', 'list', '-o', 'json');
    expect((JSON.parse(stdout) as { name: string }[]).map(({ name }) => name)).toEqual([
      'r1-u1',
      'r1-u2',
      'r1-u3',
    ]);
    const none = await run('machine', 'list', '--state', 'New', '-o', 'json');
    expect(JSON.parse(none.stdout)).toEqual([]);
  });

  test('jsonl is one line a thing, none for none', async () => {
    const { stdout } = await run('machine', 'list', '-o', 'jsonl');
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(['m-1', 'm-2', 'm-3']);
    expect((await run('machine', 'list', '--state', 'New', '-o', 'jsonl')).stdout).toBe('');
  });

  test('yaml', async () => {
    const { stdout } = await run('image', 'list', '-o', 'yaml');
    expect(parseYaml(stdout)).toEqual([{ ...image, usedBy: ['machine r1-u2'] }]);
  });

  test('name is what other commands take', async () => {
    expect((await run('machines', 'list', '-o', 'name')).stdout).toBe('r1-u1\nr1-u2\nr1-u3\n');
  });

  test('table, and wide', async () => {
    const table = (await run('machine', 'list')).stdout.split('\n');
    expect(table[0]).toMatch(/^NAME {3}STATE +SINCE +WAITING FOR +ADDRESS +IMAGE +POWER$/);
    expect(table[1]).toMatch(/^r1-u1 {2}Commissioning +\S.* r1-u1 to say hello /);
    expect(table[3]).toContain('BOOT_NO_DHCP');
    expect((await run('machine', 'list', '-o', 'wide')).stdout).toMatch(/ ID .* MACS\n/);
  });

  test('one thing is one object, several are an array', async () => {
    const one = JSON.parse((await run('machine', 'show', 'r1-u1', '-o', 'json')).stdout);
    expect(one).toMatchObject({ id: 'm-1', inventory: { format: 'inventory:2' } });
    expect(JSON.parse((await run('machine', 'show', 'm-1', 'm-2', '-o', 'json')).stdout)).toHaveLength(2);
  });
});

test('show is one page', async () => {
  const { stdout } = await run('machine', 'show', 'r1-u1');
  expect(stdout).toMatch(/^r1-u1 {2}m-1 {2}Commissioning · /);
  expect(stdout).toMatch(
    /^now +Commission waits for r1-u1 to say hello since .*; it has until 10:10:08Z\.$/m,
  );
  expect(stdout).toMatch(/^ +2 × EPYC, 32 cores, 64 threads, 512 GiB memory$/m);
  expect(stdout).toMatch(/^may +nothing until the operation has ended$/m);
});

test('show of a machine that failed says why and what to do', async () => {
  const { stdout } = await run('machine', 'show', 'r1-u3');
  expect(stdout).toContain('error BOOT_NO_DHCP: r1-u3 was powered on and nothing was heard of it.');
  expect(stdout).toMatch(/^ {2}do: {2}Is its boot order network first/m);
});

test('why shows the ladder, the first dark rung and its causes', async () => {
  const { stdout } = await run('machine', 'why', 'r1-u1');
  expect(stdout).toMatch(/✓ power +10:00:00Z/);
  expect(stdout).toMatch(/· dhcp +not seen, but passed/);
  expect(stdout).toMatch(/✗ kernel +missing/);
  expect(stdout).toMatch(/· initrd\n/);
  expect(stdout).toMatch(/^likely +HTTP to the server is cut$/m);
});

test('logs and events', async () => {
  expect((await run('machine', 'logs', 'r1-u1')).stdout).toMatch(/^power on {2}evil name$/m);
  expect((await run('machine', 'events', 'r1-u2')).stdout).toContain('r1-u2 is known now: Deployed.');
});

test('no control character of a machine reaches the terminal in any form', async () => {
  for (const form of ['table', 'wide', 'name', 'json', 'jsonl', 'yaml']) {
    for (const args of [['list'], ['show', 'r1-u1'], ['why', 'r1-u1'], ['logs', 'r1-u1'], ['events']]) {
      const { stdout, stderr, status } = await run('machine', ...args, '-o', form);
      expect(status, `${args.join(' ')} -o ${form}: ${stderr}`).toBe(0);
      expect(stdout, `${args.join(' ')} -o ${form}`).not.toMatch(
        /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/,
      );
    }
  }
}, 120_000);

describe('what goes wrong', () => {
  test('is told with code, why and what to do, on stderr', async () => {
    const { status, stdout, stderr } = await run('machine', 'show', 'none');
    expect([status, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(
      /^error NOT_FOUND: there is no machine none\n {2}why: .*\n( {2}do: {2}.*\n)+ {2}trace [0-9a-f]{16}\n$/,
    );
  });

  test('as JSON with -o json', async () => {
    const { status, stdout, stderr } = await run('machine', 'show', 'none', '-o', 'json');
    expect([status, stdout]).toEqual([3, '']);
    expect(Object.keys(JSON.parse(stderr) as object)).toEqual(['code', 'message', 'cause', 'next', 'trace']);
  });

  test('no service', async () => {
    const ended = await runCli(['machine', 'list'], { env: { RW_DATA_DIR: '/nonexistent' } });
    expect(ended.status).toBe(1);
    expect(ended.stderr).toMatch(/^error API_UNREACHABLE: /);
    expect(ended.stderr).toContain('rackwright up');
  });

  test('a service that is gone', async () => {
    const directory = join(api.dataDir, 'gone');
    await mkdir(directory);
    await writeFile(join(directory, 'token'), 'x');
    const ended = await runCli(['machine', 'list', '--data-dir', directory]);
    expect([ended.status, ended.stderr]).toEqual([1, expect.stringContaining('nothing answers at')]);
  });

  test('a wrong token', async () => {
    const file = join(api.dataDir, 'other-token');
    await writeFile(file, 'canary-token-91\n');
    const ended = await runCli(['machine', 'list', '--token-file', file], { env });
    expect(ended.status).toBe(4);
    expect(ended.stderr).toMatch(/^error LOGIN_REQUIRED: /);
    expect(ended.stderr + JSON.stringify(api.log)).not.toContain('canary-token-91');
  });

  test('Temporal is down', async () => {
    const { status, stderr } = await run('machine', 'commission', 'r1-u3');
    expect([status, stderr]).toEqual([1, expect.stringMatching(/^error TEMPORAL_UNAVAILABLE: /)]);
  });

  test('a wrong value', async () => {
    const { status, stderr } = await run('machine', 'deploy', 'r1-u3', '--image', 'debian', '--plan');
    expect([status, stderr]).toEqual([2, expect.stringMatching(/^error REQUEST_INVALID: image: /)]);
  });

  test('a time that is none', async () => {
    expect((await run('machine', 'list', '--timeout', 'soon')).status).toBe(2);
  });
});

describe('what destroys something', () => {
  test.each([
    [['machine', 'deploy', 'r1-u2', '--image', 'debian/12']],
    [['machine', 'release', 'r1-u2']],
    [['machine', 'power', 'r1-u2', 'off']],
    [['machine', 'power', 'r1-u2', 'cycle']],
    [['machine', 'power', 'r1-u2', 'reset']],
    [['layer', 'remove', 'nginx', 'r1-u2']],
  ])('%j is refused without --yes where nobody can be asked', async (args) => {
    api.log.length = 0;
    const { status, stderr } = await run(...args);
    expect(status).toBe(2);
    expect(stderr).toContain('add --yes');
    expect(api.log).toEqual([]);
  });

  test('says what it would do with --plan, and does nothing', async () => {
    api.log.length = 0;
    const { status, stdout } = await run('machine', 'release', 'r1-u2', '--plan');
    expect([status, stdout]).toEqual([
      0,
      expect.stringContaining('loses debian/12 and its address 10.78.0.10'),
    ]);
    expect(api.log.every((entry) => 'method' in entry && entry.method === 'GET')).toBe(true);
  });
});

test('subnets are added and shown', async () => {
  const flags =
    '--cidr 10.78.0.0/24 --server-address 10.78.0.1 --dynamic 10.78.0.100-10.78.0.199 --static 10.78.0.10-10.78.0.99 --image debian/12';
  expect((await run('subnet', 'add', 'rack1', ...flags.split(' '))).status).toBe(0);
  expect((await run('subnet', 'show', 'rack1')).stdout).toMatch(
    /^dynamic +10\.78\.0\.100-10\.78\.0\.199: given by DHCP$/m,
  );
  const wrong = await run(
    'subnet',
    'add',
    'rack2',
    ...flags.replace('10.78.0.99 ', '10.78.0.120 ').split(' '),
  );
  expect([wrong.status, wrong.stderr]).toEqual([
    2,
    expect.stringContaining('static: overlaps the dynamic range'),
  ]);
});

test('doctor names what is not well and ends with 1', async () => {
  const { status, stdout } = await run('doctor');
  expect(status).toBe(1);
  expect(stdout).toMatch(/^✓ api +answers at /m);
  expect(stdout).toMatch(/^✗ temporal +.*\n {4}do: {2}/m);
  const checks = JSON.parse((await run('doctor', '-o', 'json')).stdout) as { name: string; ok: boolean }[];
  expect(checks.find(({ name }) => name === 'store')?.ok).toBe(true);
});

test('api gives the answer as it came', async () => {
  const { stdout } = await run('api', 'GET', '/v1/layers');
  expect(JSON.parse(stdout)).toHaveProperty('items');
  expect((await run('api', 'STEAL', '/v1/layers')).status).toBe(2);
  expect((await run('api', 'GET', '/v1/none')).status).toBe(3);
});

test('ssh is called with the pinned keys and nothing of the user', async () => {
  const bin = join(api.dataDir, 'bin');
  await mkdir(join(api.dataDir, 'ssh'), { recursive: true });
  await mkdir(bin, { recursive: true });
  await writeFile(join(api.dataDir, 'ssh', 'id_ed25519'), '');
  // Stands in for the machine at the other end: shows what it was called with.
  const recorder = `#!/bin/sh
printf '%s\\n' "$@"
for word in "$@"; do case $word in UserKnownHostsFile=*) stat -c %a "\${word#*=}"; cat "\${word#*=}";; esac; done
exit 7
`;
  await writeFile(join(bin, 'ssh'), recorder);
  await chmod(join(bin, 'ssh'), 0o755);
  const { status, stdout } = await runCli(['machine', 'ssh', 'r1-u2', '--', 'ls', '-la'], {
    env: { ...env, PATH: `${bin}:${process.env.PATH}` },
  });
  expect(status).toBe(7);
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toEqual(
    expect.arrayContaining(['none', 'StrictHostKeyChecking=yes', 'root@10.78.0.10', 'ls', '-la']),
  );
  expect(lines.slice(-2)).toEqual(['600', `10.78.0.10 ${hostKey}`]);
  const known = lines.find((line) => line.startsWith('UserKnownHostsFile='))?.split('=')[1] as string;
  await expect(rm(known)).rejects.toThrow('ENOENT');
});

test('events are followed until Ctrl-C', async () => {
  let told = false;
  const { status, stdout } = await runCli(['machine', 'events', 'r1-u2', '--follow', '--limit', '1'], {
    env,
    onOutput: (text, kill) => {
      if (!told && text.includes('is known now')) {
        told = true;
        setTimeout(() => {
          void api.store.events.append({ at, kind: 'test', machineId: 'm-2', message: 'it lives' });
        }, 300);
      }
      if (text.includes('it lives')) kill('SIGINT');
    },
  });
  expect(stdout).toMatch(/r1-u2 is known now: Deployed\.\n10:00:00Z {2}m-2 {2}test {2}it lives\n$/);
  expect(status).toBe(130);
});
