import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FileStore, importImage, openFileStore } from '../../image/index.ts';
import { type RunningApi, runApi } from '../api/running-api.ts';
import { runCli } from '../cli/run-cli.ts';
import { below, diskRequest, rawDisk, upload } from '../fixtures/image-import.ts';
import { machine } from '../store/records.ts';

/** Images over the real API and the real command line; what needs a worker is in the system tests. */

let home: string;
let files: FileStore;
let api: RunningApi;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'rw-image-api-'));
  files = await openFileStore(join(home, 'images'));
  api = await runApi({ receiveImage: (given) => files.receive(given) });
}, 120_000);
afterAll(async () => {
  await api.stop();
  await rm(home, { recursive: true, force: true });
});

const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const send = (path: string, bytes: Uint8Array, headers: Record<string, string>) =>
  new Promise<{ status: number; json: Record<string, unknown> }>((resolve, reject) => {
    const outgoing = request(
      { socketPath: api.socketPath, method: 'POST', path, headers, agent: false },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, json: JSON.parse(text) }));
      },
    );
    outgoing.once('error', reject);
    outgoing.end(bytes);
  });
const authorization = () => `Bearer ${api.token}`;

describe('an upload', () => {
  test('of more than any other body may have arrives as it was sent', async () => {
    const bytes = randomBytes(8 * 2 ** 20);
    const headers = { authorization: authorization(), 'content-length': String(bytes.length) };
    const { status, json } = await send('/v1/images/uploads', bytes, headers);
    expect([status, json]).toEqual([200, { sha256: sha256Of(bytes), size: bytes.length }]);
    expect(bytes.equals(await readFile(files.uploadPath(sha256Of(bytes))))).toBe(true);
    await rm(files.uploadPath(sha256Of(bytes)));
  });

  test('without the token, without a length, or of another hash is refused, and nothing stays', async () => {
    const bytes = randomBytes(1_000);
    const length = { 'content-length': '1000' };
    expect((await send('/v1/images/uploads', bytes, length)).status).toBe(401);
    const chunked = { authorization: authorization(), 'transfer-encoding': 'chunked' };
    expect((await send('/v1/images/uploads', bytes, chunked)).json).toMatchObject({
      code: 'REQUEST_INVALID',
      details: { field: 'content-length' },
    });
    const other = await send(`/v1/images/uploads?sha256=${'ab'.repeat(32)}`, bytes, {
      authorization: authorization(),
      ...length,
    });
    expect(other.json).toMatchObject({ code: 'IMAGE_HASH_MISMATCH', details: { field: 'sha256' } });
    expect(await below(join(home, 'images'))).toEqual([]);
  });
});

describe('a bad import is refused at the border', () => {
  const good = {
    kind: 'disk',
    name: 'acme/1',
    format: 'raw',
    firmware: ['uefi'],
    cloudInit: true,
    source: { kind: 'upload', sha256: 'ab'.repeat(32) },
    unsigned: true,
  };
  const url = (text: string) => ({ kind: 'url', url: text, sha256: 'ab'.repeat(32) });
  test.each<[string, object, string]>([
    ['a name', { name: '../etc' }, 'name'],
    ['an unknown format', { format: 'vmdk' }, 'format'],
    ['a tree as a disk', { format: 'squashfs' }, 'format'],
    ['neither signature nor unsigned', { unsigned: undefined }, 'signed'],
    ['a firmware', { firmware: ['coreboot'] }, 'firmware.0'],
    ['a serial', { serial: 'x y' }, 'serial'],
    ['http', { source: url('http://example.org/x') }, 'source.url'],
    ['a file URL', { source: url('file:///etc/shadow') }, 'source.url'],
    [
      'a digest that is a URL',
      { source: { kind: 'upload', sha256: 'https://example.org/SUMS' } },
      'source.sha256',
    ],
    ['a user', { defaultUser: 'root;reboot' }, 'defaultUser'],
    ['an unknown field', { hook: '/bin/sh' }, 'hook'],
  ])('%s', async (_, change, field) => {
    const { json } = await api.call('POST', '/v1/images/import', { ...good, ...change });
    expect(json).toMatchObject({ code: 'REQUEST_INVALID', details: { field } });
  });

  test('and a good one is not: only Temporal is missing here', async () => {
    expect((await api.call('POST', '/v1/images/import', good)).json.code).toBe('TEMPORAL_UNAVAILABLE');
  });
});

test('list says who needs an image; remove refuses until nobody does', async () => {
  const image = await importImage(diskRequest(await upload(files, rawDisk(randomBytes(5_000)))), {
    files,
    store: api.store.images,
    signal: new AbortController().signal,
    now: () => new Date(),
  });
  const deployment = {
    operationId: 'm-1/deploy/1',
    image: image.name,
    imageSerial: image.serial,
    address: '10.78.0.10' as never,
    hostKeys: [],
    since: new Date().toISOString(),
  };
  await api.store.machines.record(machine('m-1', { name: 'r1-u1', deployment }));
  const env = { RW_DATA_DIR: api.dataDir };
  const list = await runCli(['image', 'list'], { env });
  expect(list.stdout).toMatch(/acme\/1 +disk +amd64 +20261122\.1 .* unsigned +1 /);
  expect((await runCli(['image', 'list', '-o', 'wide'], { env })).stdout).toContain('machine r1-u1');

  const refused = await runCli(['image', 'remove', 'acme/1@20261122.1', '--yes'], { env });
  expect([refused.status, refused.stderr]).toEqual([5, expect.stringContaining('needed by machine r1-u1')]);
  expect((await runCli(['image', 'remove', 'acme/1@9', '--yes'], { env })).status).toBe(3);

  await api.store.machines.record(machine('m-1', { name: 'r1-u1', version: 2 }));
  expect((await runCli(['image', 'remove', 'acme/1', '--yes'], { env })).status).toBe(0);
  expect(await api.store.images.list()).toEqual([]);
});

test('the command line sends the file, and says what is missing before it does', async () => {
  const env = { RW_DATA_DIR: api.dataDir };
  const file = join(home, 'disk.raw');
  const disk = rawDisk(randomBytes(3_000_000));
  await writeFile(file, disk);
  const run = (...args: string[]) => runCli(['image', 'import', ...args], { env });
  expect((await run('acme/1', file)).stderr).toContain('say who signed the file');
  expect((await run('acme', file, '--unsigned')).stderr).toContain('is no image name');
  expect((await run('acme/1', join(home, 'disk.img'), '--unsigned')).stderr).toContain('--format');
  expect((await run('acme/1', 'https://example.org/x.raw', '--unsigned')).stderr).toContain('needs --sha256');
  expect(await below(join(home, 'images'))).not.toContain(`uploads/${sha256Of(disk)}`);
  const { stderr } = await run('acme/1', file, '--unsigned');
  expect(stderr).toContain('TEMPORAL_UNAVAILABLE');
  expect(await below(join(home, 'images'))).toContain(`uploads/${sha256Of(disk)}`);
});
