import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PrivateKey } from 'openpgp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type FileStore,
  type Keyring,
  openFileStore,
  readKeyring,
  type SyncOptions,
  syncStream,
} from '../../image/index.ts';
import { openStore, type Store } from '../../store/index.ts';
import {
  bootloadersId,
  clearSigned,
  imagesId,
  indexPath,
  makeStream,
  productsPath,
  onLoopback,
  serveStream,
  signingKey,
  type StreamContent,
  type StreamServer,
  tarXz,
} from '../fixtures/stream.ts';

const firstDay = new Date('2026-11-15T08:00:00Z');
const nextDay = new Date('2026-11-16T08:00:00Z');
const now = () => new Date('2026-11-20T10:00:00Z');
const noble = { os: 'ubuntu', version: '24.04', release: 'noble', serial: '20261115' };
const noblePath = 'noble/amd64/20261115/squashfs';

let home: string;
let store: Store;
let key: PrivateKey;
let keyring: Keyring;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'rw-sync-'));
  store = await openStore({
    kind: 'pglite',
    directory: join(home, 'store'),
    keyFile: join(home, 'secret.key'),
  });
  key = await signingKey({ date: new Date('2026-01-01T00:00:00Z') });
  keyring = await readKeyring(key.toPublic().write());
}, 120_000);
afterAll(async () => {
  await store.close();
  await rm(home, { recursive: true, force: true });
});

// Each test has a server on a port of its own, and so a stream of its own in the one store.
let server: StreamServer;
let files: FileStore;
let directory: string;
const squashfs = randomBytes(4_000);
const content = async (values: Partial<StreamContent> = {}): Promise<StreamContent> => ({
  updated: firstDay,
  key,
  images: [{ ...noble, squashfs }],
  bootloaders: {
    'shim-signed': await tarXz({ 'bootx64.efi': Buffer.from('shim'), 'mmx64.efi': Buffer.from('mok') }),
    'grub2-signed': await tarXz({ 'grubx64.efi': Buffer.from('grub') }),
  },
  ...values,
});
beforeEach(async () => {
  server = await serveStream(await makeStream(await content()));
  directory = await mkdtemp(join(home, 'files-'));
  files = await openFileStore(directory, onLoopback);
});
afterEach(() => server.close());

const sync = (options: Partial<SyncOptions> = {}) =>
  syncStream({
    url: server.url,
    keyring,
    files,
    store: store.images,
    signal: new AbortController().signal,
    now,
    ...options,
  });
const here = async () => (await readdir(join(directory, 'sha256'))).length;
const partials = async () => (await readdir(join(directory, 'partial'))).length;
const imagesOf = async () => (await store.images.list()).filter(({ stream }) => stream === `${server.url}/`);
const bootloadersOf = async () =>
  (await store.images.bootloaders()).filter(({ stream }) => stream === `${server.url}/`);
const nothingIsHere = async () => {
  expect(await here()).toBe(0);
  expect(await partials()).toBe(0);
  expect(await imagesOf()).toEqual([]);
  expect(await bootloadersOf()).toEqual([]);
};

describe('a sync', () => {
  test('brings images and bootloaders here, by the names that people use', async () => {
    const progress: string[] = [];
    const result = await sync({ onProgress: ({ path }) => progress.push(path) });
    expect(result.updated).toBe(firstDay.toISOString());
    const [image] = result.images;
    expect(image).toMatchObject({
      name: 'ubuntu/24.04',
      codename: 'noble',
      title: '24.04 LTS',
      kernel: 'ga-24.04',
      kernelPackage: 'linux-generic-ga-24.04',
      serial: '20261115',
      stream: `${server.url}/`,
      syncedAt: now().toISOString(),
    });
    expect(await store.images.find('ubuntu/24.04', 'amd64')).toBeDefined();
    expect(await imagesOf()).toEqual([image]);
    for (const file of Object.values(image?.files ?? {})) expect(await files.has(file.sha256)).toBe(true);
    expect((await bootloadersOf()).map(({ kind, fileName, arch }) => `${kind} ${fileName} ${arch}`)).toEqual([
      'grub-efi-signed bootx64.efi amd64',
      'grub-efi-signed grubx64.efi amd64',
      'grub-efi-signed mmx64.efi amd64',
    ]);
    expect(progress).toContain(noblePath);
  });

  test('fetches nothing twice, neither in one sync nor in the next', async () => {
    const kernels = ['ga-24.04', 'hwe-24.04'];
    server.tree = await makeStream(await content({ images: [{ ...noble, squashfs, kernels }] }));
    const first = await sync();
    const sent = new Map(server.sent);
    const again = await sync({ now: () => nextDay });
    expect(again).toEqual(first);
    for (const [path, bytes] of server.sent) {
      const documents = path.endsWith('sjson') ? 2 : 1;
      expect(bytes, path).toBe((server.tree.get(path)?.length ?? 0) * documents);
      expect(sent.has(path)).toBe(true);
    }
    expect(first.images).toHaveLength(2);
  });

  test('takes what the filters name', async () => {
    const bookworm = { os: 'debian', version: '12', release: 'bookworm', serial: '20261110', squashfs };
    server.tree = await makeStream(
      await content({ images: [{ ...noble, squashfs, kernels: ['ga-24.04', 'hwe-24.04'] }, bookworm] }),
    );
    const names = async (filters: SyncOptions['filters']) =>
      (await sync(filters ? { filters } : {})).images.map(({ name, kernel }) => `${name} ${kernel}`);
    expect(await names({ release: ['bookworm'] })).toEqual(['debian/12 ga-12']);
    expect(await names({ release: ['24.04'], kernel: ['hwe-24.04'] })).toEqual(['ubuntu/24.04 hwe-24.04']);
    expect(await names({ arch: ['arm64'] })).toEqual([]);
    expect(await names({ os: ['ubuntu'] })).toHaveLength(2);
    expect(await names(undefined)).toHaveLength(3);
  });

  test('that is broken in mid-file goes on there', async () => {
    const large = randomBytes(2 * 2 ** 20);
    server.tree = await makeStream(await content({ images: [{ ...noble, squashfs: large }] }));
    const half = large.length / 2;
    server.tricks.set(noblePath, (_, response) => {
      server.tricks.clear();
      response.writeHead(200, { 'content-length': large.length }).write(large.subarray(0, half));
    });
    let before = 0;
    const broken = sync({
      onProgress: ({ path, bytes }) => {
        if (path !== noblePath) before = bytes;
        else if (bytes - before === half) server.breakConnections();
      },
    });
    await expect(broken).rejects.toMatchObject({ code: 'STREAM_UNREACHABLE' });
    expect(await imagesOf()).toEqual([]);
    await sync();
    expect(await imagesOf()).toHaveLength(1);
    expect(server.sent.get(noblePath)).toBe(half);
    for (const [path, bytes] of server.tree) {
      if (!path.endsWith('sjson') && path !== noblePath) expect(server.sent.get(path)).toBe(bytes.length);
    }
  });

  test('leaves the old image serving until the new one is whole', async () => {
    const [old] = (await sync()).images;
    const newer = { ...noble, serial: '20261116', squashfs: randomBytes(3_000) };
    server.tree = await makeStream(await content({ updated: nextDay, images: [newer] }));
    const path = 'noble/amd64/20261116/squashfs';
    const whole = server.tree.get(path) as Buffer;
    server.tree.set(path, whole.subarray(1));
    await expect(sync()).rejects.toMatchObject({ code: 'STREAM_UNREACHABLE' });
    expect(await imagesOf()).toEqual([old]);
    server.tree.set(path, whole);
    await sync();
    expect((await imagesOf()).map(({ serial }) => serial)).toEqual(['20261115', '20261116']);
    expect(await files.has(old?.files.squashfs.sha256 as string)).toBe(true);
  });
});

/** docs/security.md, rule 25: everything that a bad mirror can do is refused, and nothing of it stays. */
describe('a bad mirror', () => {
  const flipEach = async (path: string, code: string, region: (bytes: Buffer) => [number, number]) => {
    const original = server.tree.get(path) as Buffer;
    const [start, end] = region(original);
    let refused = 0;
    for (let index = 0; index < 100; index += 1) {
      const offset = start + Math.floor((index * (end - start)) / 100);
      const flipped = Buffer.from(original);
      flipped.writeUInt8(flipped.readUInt8(offset) ^ 1, offset);
      server.tree.set(path, flipped);
      await expect(sync(), `offset ${offset}`).rejects.toMatchObject({ code });
      refused += 1;
    }
    server.tree.set(path, original);
    return refused;
  };
  /** From the text to the last letter of the signature; the armour around them carries no meaning. */
  const signedPart = (bytes: Buffer): [number, number] => [
    bytes.indexOf('\n\n') + 2,
    bytes.indexOf('\n-----BEGIN PGP SIGNATURE-----'),
  ];

  test('that changes one byte of the index is refused, 100 of 100', async () => {
    expect(await flipEach(indexPath, 'STREAM_SIGNATURE_INVALID', signedPart)).toBe(100);
    await nothingIsHere();
  });

  test('that changes one byte of the products is refused, 100 of 100', async () => {
    expect(await flipEach(productsPath(imagesId), 'STREAM_SIGNATURE_INVALID', signedPart)).toBe(100);
    await nothingIsHere();
  });

  test('that changes one byte of a file is refused, 100 of 100', async () => {
    server.tree = await makeStream(await content({ bootloaders: {} }));
    const refused = await flipEach(noblePath, 'IMAGE_HASH_MISMATCH', (bytes) => [0, bytes.length]);
    expect(refused).toBe(100);
    expect(await imagesOf()).toEqual([]);
    expect(await partials()).toBe(0);
  }, 120_000);

  test('that serves last week is refused', async () => {
    const old = server.tree;
    server.tree = await makeStream(await content({ updated: nextDay }));
    await sync();
    const before = await here();
    server.tree = old;
    await expect(sync()).rejects.toMatchObject({
      code: 'STREAM_INVALID',
      message: expect.stringContaining('was here before'),
    });
    expect(await here()).toBe(before);
  });

  test("that serves last week's products under today's index is refused", async () => {
    const old = server.tree.get(productsPath(imagesId)) as Buffer;
    server.tree = await makeStream(await content({ updated: nextDay }));
    await sync();
    server.tree.set(productsPath(imagesId), old);
    await expect(sync()).rejects.toMatchObject({ code: 'STREAM_INVALID' });
  });

  test('that serves one signed document in place of another is refused', async () => {
    server.tree.set(productsPath(imagesId), server.tree.get(productsPath(bootloadersId)) as Buffer);
    await expect(sync()).rejects.toMatchObject({ code: 'STREAM_INVALID' });
    await nothingIsHere();
  });

  test('that swaps two files is refused', async () => {
    const kernel = 'noble/amd64/20261115/ga-24.04/generic/boot-kernel';
    const initrd = 'noble/amd64/20261115/ga-24.04/generic/boot-initrd';
    server.tree.set(kernel, server.tree.get(initrd) as Buffer);
    await expect(sync()).rejects.toMatchObject({ code: 'IMAGE_HASH_MISMATCH' });
    expect(await imagesOf()).toEqual([]);
  });

  test.each([
    ['cuts a file short', squashfs.subarray(0, 1_000), 'STREAM_UNREACHABLE'],
    ['makes a file longer', Buffer.concat([squashfs, squashfs]), 'IMAGE_HASH_MISMATCH'],
    ['serves an empty file', Buffer.alloc(0), 'STREAM_UNREACHABLE'],
  ])('that %s is refused', async (_, bytes, code) => {
    server.tree.set(noblePath, bytes);
    await expect(sync()).rejects.toMatchObject({ code });
    expect(await imagesOf()).toEqual([]);
  });

  test.each([
    ['unsigned', async (text: string) => Buffer.from(text)],
    [
      'signed by another',
      async (text: string) => clearSigned(text, await signingKey({ date: firstDay }), firstDay),
    ],
  ])('whose index is %s is refused', async (_, make) => {
    const signed = (server.tree.get(indexPath) as Buffer).toString('utf8');
    const text = signed.slice(...signedPart(Buffer.from(signed)));
    server.tree.set(indexPath, await make(text));
    await expect(sync()).rejects.toMatchObject({ code: 'STREAM_SIGNATURE_INVALID' });
    await nothingIsHere();
  });

  test('that appends its own text outside of the signature is not heard', async () => {
    const evil = JSON.stringify({ format: 'index:1.0', updated: nextDay.toUTCString(), index: {} });
    const signed = server.tree.get(indexPath) as Buffer;
    server.tree.set(indexPath, Buffer.concat([Buffer.from(`${evil}\n`), signed, Buffer.from(`\n${evil}\n`)]));
    expect((await sync()).updated).toBe(firstDay.toISOString());
  });

  test('whose index never ends is left', async () => {
    server.tricks.set(indexPath, (_, response) => {
      const pour = () => {
        while (!response.destroyed && response.write(Buffer.alloc(2 ** 20))) continue;
      };
      response.on('drain', pour);
      pour();
    });
    await expect(sync()).rejects.toMatchObject({ code: 'STREAM_INVALID' });
    await nothingIsHere();
  });

  test('that packs a link into a bootloader archive is refused', async () => {
    const bad = await tarXz({ '../../evil.efi': Buffer.from('x') });
    server.tree = await makeStream(await content({ bootloaders: { 'shim-signed': bad } }));
    await expect(sync()).rejects.toMatchObject({ code: 'STREAM_INVALID' });
    expect(await bootloadersOf()).toEqual([]);
  });

  test('that is not there says so', async () => {
    await server.close();
    await expect(sync()).rejects.toMatchObject({ code: 'STREAM_UNREACHABLE' });
    server = await serveStream(new Map());
    await expect(sync()).rejects.toMatchObject({
      code: 'STREAM_UNREACHABLE',
      message: expect.stringContaining('404'),
    });
  });
});
