import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ActivityDependencies } from '../../activities/deps.ts';
import { type FileStore, openFileStore } from '../../image/index.ts';
import { startTemporalServer, type TemporalServer } from '../../worker/temporal-server.ts';
import { temporalBinary } from '../../worker/temporal-binary.ts';
import { bundleWorkflows, startWorkers } from '../../worker/workers.ts';
import { type RunningApi, runApi } from '../api/running-api.ts';
import { runCli } from '../cli/run-cli.ts';
import { detachedSignature, rawDisk } from '../fixtures/image-import.ts';
import { makeStream, onLoopback, serveStream, signingKey } from '../fixtures/stream.ts';

/** Images from the command line to the disk: the real API, Temporal server, workflows and worker. */

let home: string;
let binary: string;
let server: TemporalServer;
let connection: Connection;
let api: RunningApi;
let files: FileStore;
let workers: Awaited<ReturnType<typeof startWorkers>>;
let env: Record<string, string>;

const startServer = (port?: number): Promise<TemporalServer> =>
  startTemporalServer({
    binary,
    databaseFile: join(home, 'temporal.db'),
    report: console.log,
    ...(port !== undefined && { port }),
  });

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'rw-image-workflow-'));
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'rackwright');
  binary = await temporalBinary(cache, console.log);
  server = await startServer();
  connection = await Connection.connect({ address: server.address });
  const client = new Client({ connection });
  files = await openFileStore(join(home, 'images'), onLoopback);
  api = await runApi({ temporal: () => client, receiveImage: (upload) => files.receive(upload) });
  env = { RW_DATA_DIR: api.dataDir };
  // Of all that activities may need, these need the store and the files.
  const dependencies = {
    store: api.store,
    imageFiles: files,
    bootDeadlines: {},
  } as unknown as ActivityDependencies;
  const bundle = await bundleWorkflows();
  workers = await startWorkers({
    temporal: { address: server.address },
    bundle,
    dependencies,
    site: 'lab',
    queues: ['control'],
  });
}, 300_000);
afterAll(async () => {
  await workers?.stop();
  await api?.stop();
  await connection?.close();
  await server?.stop();
  await rm(home, { recursive: true, force: true });
}, 60_000);

test('a signed disk is imported, listed and told about', async () => {
  const disk = rawDisk(randomBytes(2_000_000));
  const key = await signingKey({ date: new Date(Date.now() - 86_400_000) });
  await writeFile(join(home, 'disk.raw'), disk);
  await writeFile(join(home, 'disk.asc'), await detachedSignature(disk, key));
  await writeFile(join(home, 'keys.asc'), key.toPublic().armor());
  const args = [
    'image',
    'import',
    'acme/1',
    join(home, 'disk.raw'),
    '--firmware',
    'uefi',
    '--default-user',
    'admin',
  ];
  const signed = ['--signature', join(home, 'disk.asc'), '--keyring', join(home, 'keys.asc')];
  const { status, stdout, stderr } = await runCli([...args, ...signed, '-o', 'json'], { env });
  expect([status, stderr]).toEqual([0, expect.stringContaining('"progress"')]);
  const [image] = JSON.parse(stdout);
  expect(image).toMatchObject({
    kind: 'disk',
    firmware: ['uefi'],
    defaultUser: 'admin',
    raw: { size: disk.length },
  });
  expect(disk.equals(zstdDecompressSync(await readFile(files.path(image.files.disk.sha256))))).toBe(true);
  expect((await runCli(['image', 'list'], { env })).stdout).toMatch(
    /acme\/1 +disk .* Test Image Signing Key +0 /,
  );

  await writeFile(join(home, 'disk.raw'), rawDisk(randomBytes(2_000)));
  const other = await runCli([...args, ...signed], { env });
  expect([other.status, other.stderr]).toEqual([1, expect.stringContaining('IMAGE_SIGNATURE_INVALID')]);
}, 120_000);

test('who waits for a sync waits on while the Temporal server is away', async () => {
  const key = await signingKey({ date: new Date(Date.now() - 86_400_000) });
  const squashfs = randomBytes(50_000);
  const image = { os: 'ubuntu', version: '20.04', release: 'focal', serial: '20261115', squashfs };
  const tree = await makeStream({ updated: new Date(), key, images: [image] });
  const stream = await serveStream(tree);
  try {
    const [path = ''] = [...tree].find(([, bytes]) => bytes === squashfs) ?? [];
    const unanswered = () =>
      api.log.filter((entry) => entry.event === 'request' && entry.status === 503).length;
    const { address } = server;
    const away = async (response: ServerResponse): Promise<void> => {
      await server.stop();
      // The file comes when whoever waits was told that there is no Temporal server, and there is one again.
      await expect.poll(unanswered, { timeout: 50_000 }).toBeGreaterThan(0);
      server = await startServer(Number(address.split(':').at(-1)));
      response.end(squashfs);
    };
    let outage: Promise<void> | undefined;
    stream.tricks.set(path, (_, response) => {
      stream.tricks.clear();
      outage = away(response);
    });
    await writeFile(join(home, 'stream.asc'), key.toPublic().armor());
    const words = ['image', 'sync', stream.url, '--keyring', join(home, 'stream.asc'), '-o', 'json'];
    const { status, stdout } = await runCli(words, { env });
    expect(outage).toBeDefined();
    await outage;
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([{ name: 'ubuntu/20.04' }]);
  } finally {
    await stream.close();
  }
}, 180_000);

test('a sync by release and kernel, and then gc', async () => {
  const key = await signingKey({ date: new Date(Date.now() - 86_400_000) });
  const image = (version: string, release: string) => ({
    os: 'ubuntu',
    version,
    release,
    serial: '20261115',
    squashfs: randomBytes(200_000),
    kernels: [`ga-${version}`, `hwe-${version}`],
  });
  const images = [image('22.04', 'jammy'), image('24.04', 'noble'), image('26.04', 'resolute')];
  const stream = await serveStream(await makeStream({ updated: new Date(), key, images }));
  try {
    await writeFile(join(home, 'stream.asc'), key.toPublic().armor());
    const sync = (...filters: string[]) =>
      runCli(['image', 'sync', stream.url, '--keyring', join(home, 'stream.asc'), ...filters, '-o', 'json'], {
        env,
      });
    const filters = [
      '--release',
      'noble',
      '--release',
      '22.04',
      '--kernel',
      'ga-22.04',
      '--kernel',
      'ga-24.04',
    ];
    const { status, stdout, stderr } = await sync(...filters);
    expect([status, stderr]).toEqual([0, expect.stringContaining('"progress"')]);
    const names = (JSON.parse(stdout) as { name: string; kernel: string }[]).map(({ name, kernel }) => [
      name,
      kernel,
    ]);
    expect(names.sort()).toEqual([
      ['ubuntu/22.04', 'ga-22.04'],
      ['ubuntu/24.04', 'ga-24.04'],
    ]);
    expect((await sync('--os', 'NO')).status).toBe(2);
  } finally {
    await stream.close();
  }
  const gc = await runCli(['image', 'gc', '--plan'], { env });
  expect([gc.status, gc.stdout]).toEqual([0, '0 files would go, 0 B\n']);
  expect((await runCli(['image', 'gc', '--yes'], { env })).status).toBe(0);
}, 120_000);
