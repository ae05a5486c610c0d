import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { machine } from '../api/records.ts';
import { type RunningApi, runApi, startMs } from '../api/running-api.ts';
import { runCli } from './run-cli.ts';

let api: RunningApi;
let folder: string;
let file: string;
beforeAll(async () => {
  api = await runApi();
  folder = await mkdtemp(join(tmpdir(), 'rw-import-'));
  file = join(folder, 'rack.yaml');
  await writeFile(file, 'machines:\n  - name: r1-u1\n    serial: SN-1\n  - name: r1-u2\n    serial: SN-2\n');
}, startMs);
afterAll(async () => {
  await api?.stop();
  await rm(folder, { recursive: true, force: true });
});
const run = (...args: string[]) => runCli(args, { env: { RW_DATA_DIR: api.dataDir } });

test('machine import shows, asks, declares', async () => {
  const plan = await run('machine', 'import', file, '--plan');
  expect(plan).toMatchObject({ status: 0, stdout: expect.stringMatching(/r1-u1 +create/) });
  expect(await api.store.declared.list()).toEqual([]);
  expect(await run('machine', 'import', file)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('--yes'),
  });
  expect(await api.store.declared.list()).toEqual([]);
  expect(await run('machine', 'import', file, '--yes', '-o', 'name')).toMatchObject({
    status: 0,
    stdout: 'r1-u1\nr1-u2\n',
  });
  expect((await api.store.declared.list()).map(({ name }) => name)).toEqual(['r1-u1', 'r1-u2']);
  expect((await run('machine', 'import', file)).stdout).toMatch(/r1-u1 +unchanged/);
});

test('machine import names the line', async () => {
  const wrong = join(folder, 'wrong.csv');
  await writeFile(wrong, 'name,serial,unit\nr1-u9,SN-9,ninth\n');
  const { status, stderr } = await run('machine', 'import', wrong, '--yes');
  expect(status).not.toBe(0);
  expect(stderr).toMatch(/line 2: unit/);
  expect((await run('machine', 'import', join(folder, 'none.yaml'))).stderr).toContain('there is no file');
});

test('machine list shows who has not arrived, to people alone', async () => {
  await api.store.machines.record(
    machine('m-1', { name: 'r1-u1', identity: { uuid: '', serial: 'SN-1', macs: [] } }),
  );
  const table = (await run('machine', 'list')).stdout;
  expect(table).toMatch(/^r1-u1 +Ready /m);
  expect(table).toMatch(/^r1-u2 +Declared +it to arrive *$/m);
  expect(table.match(/r1-u1/g)).toHaveLength(1);
  expect((await run('machine', 'list', '--state', 'declared', '-o', 'wide')).stdout).toMatch(/r1-u2 .*SN-2/);
  expect((await run('machine', 'list', '--state', 'Ready')).stdout).not.toContain('r1-u2');
  // Programs go on with what they are told, and nothing can be asked of it.
  expect((await run('machine', 'list', '-o', 'name')).stdout).toBe('r1-u1\n');
  expect(JSON.parse((await run('machine', 'list', '-o', 'json')).stdout)).toHaveLength(1);
  const asked = await run('machine', 'commission', 'r1-u2', '--yes');
  expect(asked).toMatchObject({ status: 3, stdout: '' });
});

test('machine declared tells who has come and who has not', async () => {
  await api.store.machines.record(
    machine('m-1', { name: 'r1-u1', identity: { uuid: '', serial: 'SN-1', macs: [] } }),
  );
  const { stdout } = await run('machine', 'declared');
  expect(stdout).toMatch(/r1-u1 +Ready +r1-u1/);
  expect(stdout).toMatch(/r1-u2 +Declared/);
  const page = (await run('machine', 'declared', 'r1-u2')).stdout;
  expect(page).toContain('has not arrived');
  expect((await run('machine', 'declared', 'r1-u2', '--forget')).status).toBe(0);
  expect((await run('machine', 'declared', 'r1-u2')).status).not.toBe(0);
});

test('machine evidence tells how each disk was erased', async () => {
  await api.store.evidence.append('erase sda', {
    format: 'erase-evidence:1',
    machineId: 'm-1',
    operationId: 'm-1/release/1',
    bootId: 'b-1',
    disk: { serial: 'D-1', wwn: '', size: 960e9, model: 'SSD', name: 'sda' },
    level: 'secure',
    method: 'ata-secure-erase',
    startedAt: '2026-11-22T10:00:00.000Z',
    endedAt: '2026-11-22T10:02:00.000Z',
    result: 'ok',
    verified: { blocks: 10_000, bytes: 43_057_152, nonZero: 0, marked: 0 },
  });
  expect((await run('machine', 'evidence', 'r1-u1')).stdout).toMatch(
    /sda +D-1 .*ata-secure-erase +ok .*10000 blocks and both ends/,
  );
  const document = JSON.parse((await run('machine', 'evidence', 'r1-u1', '-o', 'json')).stdout);
  expect(document[0]).toMatchObject({
    format: 'erase-evidence:1',
    disk: { serial: 'D-1' },
    verified: { blocks: 10_000 },
  });
});
