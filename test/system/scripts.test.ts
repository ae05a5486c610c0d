import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHosts } from '../../activities/hosts.ts';
import { scriptActivities } from '../../activities/scripts.ts';
import type { AboutScripts } from '../../activities/types.ts';
import type { ActivityDependencies } from '../../activities/deps.ts';
import { collectScript, parseInventory, readScript } from '../../inventory/index.ts';
import type { EphemeralSession, ScriptResult, TestRequest } from '../../model/index.ts';
import { cidr, ipv4 } from '../../net/index.ts';
import { connect, type Host, shell } from '../../remote/index.ts';
import { openStore, type Store } from '../../store/index.ts';
import { containerRack, type RackOfContainers } from '../fixtures/container-rack.ts';
import { machine as machineRecord, subnet } from '../store/records.ts';

/** Scripts on a machine with systemd and a real sshd, by the activities as a worker calls them. */

let folder: string;
let store: Store;
let machines: RackOfContainers;
/** The test's own eyes and hands. */
let eyes: Host;
let activities: ReturnType<typeof scriptActivities>;
let session: EphemeralSession;
let hosts: ReturnType<typeof createHosts>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rw-scripts-'));
  store = await openStore({ kind: 'pglite', directory: join(folder, 'store'), keyFile: join(folder, 'key') });
  machines = await containerRack(['scripts']);
  const { rack } = machines;
  const target = machines.target('scripts');
  eyes = await connect(target);
  hosts = createHosts({ publicLine: '', privateKey: target.privateKey });
  const deps = {
    store,
    hosts,
    artefactUrl: (server: string, sha256: string) => `http://${server}:8080/artefacts/${sha256}`,
  };
  activities = scriptActivities(deps as unknown as ActivityDependencies);
  session = {
    bootId: 'b-1',
    address: target.address,
    hostKeys: target.hostKeys,
    squashfs: 'ab'.repeat(32),
    since: new Date().toISOString(),
  };
  await store.subnets.put(
    subnet('rack', {
      cidr: cidr(rack.subnet),
      serverAddress: rack.hostAddress,
      gateway: rack.hostAddress,
    }),
  );
  const { stdout } = await eyes.run(collectScript(), { maxOutputBytes: 2 ** 24 });
  await store.inventories.add('m-1', 'm-1/commission/1', parseInventory(stdout), new Date());
}, 600_000);
afterAll(async () => {
  eyes?.close();
  hosts?.close();
  await machines?.close();
  await store?.close();
  await rm(folder, { recursive: true, force: true });
});

let count = 0;
function about(request: Partial<TestRequest>, purpose: AboutScripts['purpose'] = 'test'): AboutScripts {
  count += 1;
  const operationId = `m-1/${purpose}/${count}`;
  const asked = { scripts: [], parameters: {}, destructive: false, ...request };
  return { operationId, machine: machineRecord('m-1'), session, purpose, request: asked };
}

async function add(name: string, body: string, header = ''): Promise<void> {
  const lines = ['#!/bin/bash', '# --- Start MAAS 1.0 script metadata ---', `# name: ${name}`];
  const text = [
    ...lines,
    ...header.split('\n').map((line) => `# ${line}`),
    '# --- End MAAS 1.0 script metadata ---',
    body,
  ];
  await store.scripts.put(readScript(`${text.join('\n')}\n`), new Date());
}

interface Ran {
  readonly status: string;
  readonly result: ScriptResult;
  readonly log: readonly string[];
}

const runScript = (ask: Parameters<(typeof activities)['runScript']>[0]) => activities.runScript(ask);

async function run(ask: AboutScripts, deadlineMs?: number): Promise<Ran> {
  const [step, ...others] = await activities.outlineScripts(ask);
  if (!step || others.length > 0) throw new Error(`one run was expected, not ${others.length + 1}`);
  const env = new MockActivityEnvironment();
  const { status }: Awaited<ReturnType<typeof runScript>> = await env.run(runScript, {
    ...ask,
    step: step.name,
    deadlineMs: deadlineMs ?? step.deadlineMs,
  });
  const [result] = await store.scripts.results('m-1', { operationId: ask.operationId, limit: 10 });
  const log = await store.operations.log(ask.operationId, step.name);
  return { status, result: result as ScriptResult, log: log.map(({ line }) => line) };
}

const runOne = async (name: string, body: string, header = '', parameters: Record<string, string> = {}) => {
  await add(name, body, header);
  return run(about({ scripts: [name], parameters }));
};

describe('a script of MAAS', () => {
  test('runs unchanged; what it prints, how it ends and what it writes about itself are kept', async () => {
    const header = `title: Burn in
script_type: test
hardware_type: node
timeout: 00:01:00
parameters:
  url: {type: url, argument_format: '--target {input}', required: false}
results:
  throughput: {title: Throughput, description: MB a second}
  notes: {title: Notes}`;
    const body = `set -e
echo "arguments: $*"
echo "to stderr" >&2
echo "kept: $(cat "$OUTPUT_STDOUT_PATH" | head -n 1)"
[ -d "$DOWNLOAD_PATH" ] && [ -n "$RUNTIME" ] && [ "$HAS_STARTED" = False ] && touch "$DOWNLOAD_PATH/file"
cat >"$RESULT_PATH" <<END
status: degraded
results:
  throughput: 12.5
  notes: [one, two]
END`;
    const { status, result, log } = await runOne('burn-in', body, header, {
      url: "http://example.org/?a='b' c".replace(' c', ''),
    });
    expect(log).toContain("arguments: --target http://example.org/?a='b'");
    expect(log).toContain('to stderr');
    expect(status).toBe('passed');
    expect(result).toMatchObject({
      script: 'burn-in',
      verdict: 'degraded',
      exitCode: 0,
      values: { throughput: 12.5, notes: ['one', 'two'] },
    });
    expect(result.tail).toContain('arguments: --target');
  });

  test('may be written in any language that is there', async () => {
    const text = `#!/usr/bin/perl\nprint "from perl\\n"; exit 0;\n`;
    await store.scripts.put(readScript(text, 'in-perl'), new Date());
    expect((await run(about({ scripts: ['in-perl'] }))).log).toContain('from perl');
  });
});

describe('how it ends', () => {
  test.each([
    ['well', 'exit 0', 'passed', 0, undefined],
    ['with a status', 'echo last words; exit 3', 'failed', 3, 'it ended with status 3: last words'],
    ['by a signal', 'echo hm; kill -9 $$', 'failed', 137, expect.stringContaining('it was killed')],
    [
      'skipping itself',
      'echo "{status: skipped, reason: no such card}" >$RESULT_PATH',
      'skipped',
      0,
      'no such card',
    ],
    [
      'failing by its file',
      'echo "status: failed" >$RESULT_PATH; echo two bad blocks',
      'failed',
      0,
      'two bad blocks',
    ],
    [
      'half way through a success',
      'echo "status: passed" >$RESULT_PATH; exit 1',
      'failed',
      1,
      expect.any(String),
    ],
    [
      'with a broken file',
      'echo "status: [" >$RESULT_PATH',
      'failed',
      0,
      expect.stringContaining('result file'),
    ],
    [
      'with an unknown status',
      'echo "status: great" >$RESULT_PATH',
      'failed',
      0,
      expect.stringContaining('status'),
    ],
    [
      'with a bomb',
      `printf 'a: &a [x,x]\\nb: &b [*a,*a]\\nresults: {c: [*b]}\\n' >$RESULT_PATH`,
      'failed',
      0,
      expect.stringContaining('alias'),
    ],
    [
      'with a file that never ends',
      'yes x | head -c 300000 >$RESULT_PATH',
      'failed',
      0,
      expect.stringContaining('longer'),
    ],
    ['leaving something behind', 'sleep 1000 & echo "gone ahead"', 'passed', 0, undefined],
  ])('%s', async (name, body, verdict, exitCode, reason) => {
    const { result } = await runOne(`ends-${name.replaceAll(' ', '-')}`, body);
    expect(result).toMatchObject({ verdict, exitCode });
    expect(result.reason).toEqual(reason);
    expect((await eyes.run(shell`pgrep -x sleep || echo none`)).stdout).toMatch(/none|not found/);
  });

  test('its interpreter is not there', async () => {
    await store.scripts.put(readScript('#!/usr/bin/nothing\n', 'no-interpreter'), new Date());
    const { result } = await run(about({ scripts: ['no-interpreter'] }));
    expect(result).toMatchObject({ verdict: 'failed', exitCode: 127 });
  });

  test('it is stopped at its timeout with all that it started, and its verdict says so', async () => {
    const started = performance.now();
    const { status, result } = await runOne('slow', 'echo begun; sleep 1001 & sleep 1002', 'timeout: 2');
    expect(performance.now() - started).toBeLessThan(30_000);
    expect(status).toBe('failed');
    expect(result).toMatchObject({
      exitCode: 124,
      reason: expect.stringContaining('may run for 2 s; last it said: begun'),
    });
    expect((await eyes.run(shell`pgrep -x sleep || echo none`)).stdout).toMatch(/none|not found/);
  });
});

test('progress is seen while it runs; a worker that loses it finds it again, and it ran once', async () => {
  await add(
    'gated',
    'echo ran >>/run/gated-count; echo half way; mkfifo /run/gated; read -r _ </run/gated; echo through',
  );
  const ask = about({ scripts: ['gated'] });
  const [step] = await activities.outlineScripts(ask);
  const first = new MockActivityEnvironment();
  const running = first.run(runScript, { ...ask, step: step?.name ?? '', deadlineMs: 60_000 });
  const { promise: seen, resolve } = Promise.withResolvers<void>();
  first.on('heartbeat', () => {
    void store.operations.log(ask.operationId, step?.name ?? '').then((log) => {
      if (log.some(({ line }) => line === 'half way')) resolve();
    });
  });
  await Promise.race([seen, running]);
  expect(await store.scripts.results('m-1', { operationId: ask.operationId, limit: 1 })).toEqual([]);
  first.cancel('WORKER_SHUTDOWN');
  await expect(running).rejects.toThrow();

  const second = new MockActivityEnvironment();
  const again = second.run(runScript, { ...ask, step: step?.name ?? '', deadlineMs: 60_000 });
  await eyes.run(shell`until [ -p /run/gated ]; do :; done; echo > /run/gated`);
  expect(await again).toEqual({ status: 'passed' });
  expect((await eyes.run(shell`cat /run/gated-count`)).stdout).toBe('ran\n');
  const log = await store.operations.log(ask.operationId, step?.name ?? '');
  expect(log.map(({ line }) => line).filter((line) => /half|through/.test(line))).toEqual([
    'half way',
    'through',
  ]);
});

test('an operation runs the versions that it began with', async () => {
  await add('versioned', 'echo the first version');
  const ask = about({ scripts: ['versioned'] });
  const outline = await activities.outlineScripts(ask);
  await add('versioned', 'echo the second version');
  expect(await activities.outlineScripts(ask)).toEqual(outline);
  await store.scripts.remove('versioned');
  const { log, result } = await run(ask);
  expect(log).toContain('the first version');
  expect((await store.scripts.version(result.sha256))?.content).toContain('the first version');
});

describe('packages that cannot be had', () => {
  const header = (missing: string) =>
    `packages: {apt: rackwright-has-no-such-package}\nmissing_packages: ${missing}`;
  test.each([
    ['fail', 'failed'],
    ['skip', 'skipped'],
    ['run', 'passed'],
  ])('%s', async (missing, verdict) => {
    const { result, log } = await runOne(`needs-${missing}`, 'echo it ran', header(missing));
    expect(result.verdict).toBe(verdict);
    expect(log.includes('it ran')).toBe(missing === 'run');
    if (missing !== 'run') expect(result.reason).toContain('rackwright-has-no-such-package');
  });
  test('what is there already is not asked for', async () => {
    const { result, log } = await runOne(
      'needs-coreutils',
      'echo it ran',
      'packages: {apt: [coreutils, systemd]}',
    );
    expect(result.verdict).toBe('passed');
    expect(log.filter((line) => line.startsWith('installing'))).toEqual([]);
  });
});

describe('the tests that are shipped', () => {
  test('processors compute, by what is there', async () => {
    const { result, log } = await run(about({ scripts: ['cpu-load'], parameters: { runtime: '6' } }));
    expect(result).toMatchObject({
      verdict: 'passed',
      target: { kind: 'cpu' },
      values: { machine_checks: 0 },
    });
    expect(result.values.threads).toBeGreaterThan(0);
    expect(log.filter((line) => line.includes('threads at work')).length).toBeGreaterThan(0);
  });
  test('a disk that is not there is not mistaken for another', async () => {
    const found = await store.inventories.latest('m-1');
    const [disk] = found?.inventory.disks ?? [];
    const gone = {
      name: 'sda',
      serial: 'GONE-1',
      wwn: '',
      model: '',
      size: 12_345,
      rotational: false,
      readOnly: false,
      removable: false,
      transport: '',
      holds: [],
      ...(disk && {}),
    };
    if (!found) throw new Error('no inventory');
    await store.inventories.add('m-1', 'm-1/commission/2', { ...found.inventory, disks: [gone] }, new Date());
    const { result } = await run(about({ scripts: ['disk-read'] }));
    expect(result).toMatchObject({ verdict: 'failed', target: { serial: 'GONE-1' } });
    expect(result.reason).toMatch(/^0 disks fit .*; exactly one must$/);
    expect(result).not.toHaveProperty('exitCode');
  });
});

describe('the verdict over all', () => {
  test('names what failed, and why', async () => {
    await add('bad', 'echo smoke; exit 1', 'tags: verdict');
    await add('fine', 'exit 0', 'tags: verdict');
    const ask = about({ tags: ['verdict'] });
    for (const { name, deadlineMs } of await activities.outlineScripts(ask)) {
      await new MockActivityEnvironment().run(runScript, { ...ask, step: name, deadlineMs });
    }
    await expect(activities.judgeScripts(ask)).rejects.toMatchObject({
      code: 'TEST_FAILED',
      message: 'bad: it ended with status 1: smoke.',
      details: { failed: 1, of: 2 },
    });
  });
  test('a run without a result is no success; skipped ones are no failure', async () => {
    const ask = about({ scripts: ['fine'] });
    await activities.outlineScripts(ask);
    await expect(activities.judgeScripts(ask)).rejects.toMatchObject({ message: 'fine: it left no result.' });
    await add('elsewhere', 'exit 1', 'for_hardware: system_vendor:Nobody');
    const skipping = about({ scripts: ['elsewhere'] });
    expect((await run(skipping)).status).toBe('skipped');
    await activities.judgeScripts(skipping);
  });
});

test('commissioning runs the commissioning scripts, and reads the hardware again where one asks for it', async () => {
  for (const { script } of await store.scripts.list()) await store.scripts.remove(script.metadata.name);
  await add('flash-firmware', 'echo flashed', 'type: commissioning\nrecommission: true');
  const ask = about({}, 'commission');
  const { request: _request, ...unasked } = ask;
  expect((await activities.outlineScripts(unasked)).map(({ name }) => name)).toEqual(['flash-firmware']);
  await store.inventories.add(
    'm-1',
    ask.operationId,
    (await store.inventories.latest('m-1'))!.inventory,
    new Date(0),
  );
  expect((await run(unasked)).status).toBe('passed');
  const latest = await store.inventories.latest('m-1');
  expect(Date.parse(latest?.at ?? '')).toBeGreaterThan(0);
  expect(latest?.inventory.disks.some(({ serial }) => serial === 'GONE-1')).toBe(false);
});

test('what destroys is refused on a machine that has a system on its disks', async () => {
  const ask = about({ scripts: ['disk-write-read'], destructive: true });
  const deployed = {
    ...ask.machine,
    deployment: {
      operationId: '',
      image: 'debian/12',
      imageSerial: '',
      address: ipv4('127.0.0.1'),
      hostKeys: [],
      since: '',
    },
  };
  await expect(activities.outlineScripts({ ...ask, machine: deployed })).rejects.toMatchObject({
    code: 'STATE_CONFLICT',
  });
});

test('the job as a whole has a deadline too, and it is a verdict', async () => {
  await add('endless', 'sleep 1003', 'timeout: 600');
  const { status, result } = await run(about({ scripts: ['endless'] }), 2000);
  expect(status).toBe('failed');
  expect(result.reason).toContain('ran longer than 2 s');
  expect(result).not.toHaveProperty('exitCode');
});
