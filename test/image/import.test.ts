import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { execa } from 'execa';
import fc from 'fast-check';
import { generateKey, type PrivateKey } from 'openpgp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FileStore, importImage, openFileStore } from '../../image/index.ts';
import type { DiskImage, ImageProgress, ImportRequest } from '../../model/index.ts';
import { openStore, type Store } from '../../store/index.ts';
import {
  below,
  detachedSignature,
  diskRequest,
  gptDisk,
  osRelease,
  rawDisk,
  rootRequest,
  sha256Of,
  tarOf,
  upload,
} from '../fixtures/image-import.ts';
import { onLoopback, serveStream, signingKey } from '../fixtures/stream.ts';

const now = () => new Date('2026-11-22T10:00:00Z');

let home: string;
let store: Store;
let key: PrivateKey;
let keyring: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'rw-import-'));
  store = await openStore({ kind: 'pglite', directory: join(home, 'store'), keyFile: join(home, 'key') });
  key = await signingKey({ date: new Date('2026-01-01T00:00:00Z') });
  keyring = key.toPublic().armor();
}, 120_000);
afterAll(async () => {
  await store.close();
  await rm(home, { recursive: true, force: true });
});

let directory: string;
let files: FileStore;
beforeEach(async () => {
  directory = await mkdtemp(join(home, 'files-'));
  files = await openFileStore(directory, onLoopback);
});
afterEach(async () => {
  await store.images.forget(now(), (images) => images.map(({ image }) => image));
});

const bring = (request: ImportRequest, onProgress?: (progress: ImageProgress) => void) =>
  importImage(request, {
    files,
    store: store.images,
    signal: new AbortController().signal,
    now,
    ...(onProgress && { onProgress }),
  });
const refusedWith = async (request: ImportRequest, code: string, field?: string) => {
  await expect(bring(request)).rejects.toMatchObject({ code, ...(field && { details: { field } }) });
  expect(await store.images.list()).toEqual([]);
  expect((await below(directory)).filter((name) => !name.startsWith('uploads/'))).toEqual([]);
};
const content = randomBytes(300_000);

describe('a raw disk', () => {
  test('is kept compressed, with what it holds, and its upload goes', async () => {
    const disk = rawDisk(content);
    const stages = new Set<string>();
    const image = (await bring(diskRequest(await upload(files, disk)), ({ stage }) =>
      stages.add(stage),
    )) as DiskImage;
    expect(image).toMatchObject({
      kind: 'disk',
      name: 'acme/1',
      os: 'acme',
      version: '1',
      serial: '20261122.1',
      stream: 'import',
      raw: { size: disk.length },
      firmware: ['bios', 'uefi'],
      cloudInit: true,
    });
    expect(image.signedBy).toBeUndefined();
    const packed = await readFile(files.path(image.files.disk.sha256));
    expect(packed).toHaveLength(image.files.disk.size);
    expect(await sha256Of(files.path(image.files.disk.sha256))).toBe(image.files.disk.sha256);
    expect(disk.equals(zstdDecompressSync(packed))).toBe(true);
    expect(await below(directory)).toEqual([`sha256/${image.files.disk.sha256}`]);
    expect(await store.images.find('acme/1', 'amd64')).toEqual(image);
    expect([...stages]).toEqual(['verify', 'compress', 'publish']);
  });

  test.each([
    ['gzip', (bytes: Buffer) => gzipSync(bytes)],
    ['zstd', (bytes: Buffer) => zstdCompressSync(bytes)],
    [
      'xz',
      async (bytes: Buffer) =>
        Buffer.from((await execa('xz', ['-c'], { input: bytes, encoding: 'buffer' })).stdout),
    ],
  ] as const)('comes as %s as well', async (compression, pack) => {
    const disk = rawDisk(content);
    const sha256 = await upload(files, await pack(disk));
    const image = (await bring(diskRequest(sha256, { compression }))) as DiskImage;
    expect(disk.equals(zstdDecompressSync(await readFile(files.path(image.files.disk.sha256))))).toBe(true);
  });

  test('read back is what was brought, whatever it holds (law)', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 4_096 }),
        fc.integer({ min: 9, max: 400 }),
        async (bytes, sectors) => {
          run += 1;
          const disk = rawDisk(bytes, sectors);
          const request = diskRequest(await upload(files, disk), { serial: `1.${run}` });
          const image = (await bring(request)) as DiskImage;
          expect(disk.equals(zstdDecompressSync(await readFile(files.path(image.files.disk.sha256))))).toBe(
            true,
          );
          expect(image.raw.size).toBe(disk.length);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('says how it is laid out, where its table shows it; another is refused and leaves nothing', async () => {
    const disk = gptDisk([{ number: 2, type: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b', name: 'ubuntu-seed' }]);
    const sha256 = await upload(files, disk);
    await refusedWith(diskRequest(sha256, { layout: 'esxi' }), 'IMAGE_REFUSED', 'layout');
    expect(await bring(diskRequest(sha256, { layout: 'ubuntu-core' }))).toMatchObject({
      kind: 'disk',
      layout: 'ubuntu-core',
    });
  });

  test('imported twice under one serial is one image; another file under it is refused', async () => {
    const disk = rawDisk(content);
    const first = await bring(diskRequest(await upload(files, disk)));
    // As a retry of an activity whose answer was lost: the upload is gone by then.
    expect(await bring(diskRequest(first.importedFrom as string))).toEqual(first);
    const other = await upload(files, rawDisk(randomBytes(600)));
    await expect(bring(diskRequest(other))).rejects.toMatchObject({ details: { field: 'serial' } });
  });

  test('of a name that another kind of image has is refused', async () => {
    const first = await bring(diskRequest(await upload(files, rawDisk(content))));
    const tar = await upload(files, tarOf([osRelease]));
    await expect(bring(rootRequest(tar, { name: 'acme/1', serial: '2' }))).rejects.toMatchObject({
      code: 'REQUEST_INVALID',
      details: { field: 'name' },
    });
    expect(await store.images.list()).toEqual([first]);
  });

  test('that is cut, changed or something else is refused, and nothing stays', async () => {
    const disk = rawDisk(content);
    // zstd alone is not told about damage: the checksum is an option, which zstd(1) sets.
    const packed = zstdCompressSync(disk, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
    await refusedWith(diskRequest('00'.repeat(32)), 'IMAGE_NOT_FOUND', 'source');
    await refusedWith(diskRequest(await upload(files, disk.subarray(0, -1))), 'IMAGE_REFUSED', 'format');
    await refusedWith(diskRequest(await upload(files, content)), 'IMAGE_REFUSED', 'format');
    await refusedWith(diskRequest(await upload(files, packed)), 'IMAGE_REFUSED', 'compression');
    await refusedWith(
      diskRequest(await upload(files, disk), { compression: 'zstd' }),
      'IMAGE_REFUSED',
      'compression',
    );
    for (const compression of ['gzip', 'zstd', 'xz'] as const) {
      const whole =
        compression === 'xz'
          ? Buffer.from((await execa('xz', ['-c'], { input: disk, encoding: 'buffer' })).stdout)
          : compression === 'gzip'
            ? gzipSync(disk)
            : packed;
      const cut = await upload(files, whole.subarray(0, whole.length - 40));
      await refusedWith(diskRequest(cut, { compression }), 'IMAGE_REFUSED', 'compression');
      const flipped = Buffer.from(whole);
      flipped.writeUInt8(flipped.readUInt8(whole.length >> 1) ^ 1, whole.length >> 1);
      await refusedWith(
        diskRequest(await upload(files, flipped), { compression }),
        'IMAGE_REFUSED',
        'compression',
      );
    }
  });

  test('with one byte flipped at any of 100 places after its upload is refused', async () => {
    const disk = rawDisk(randomBytes(50_000));
    for (let index = 0; index < 100; index += 1) {
      const sha256 = await upload(files, disk);
      const flipped = Buffer.from(disk);
      const at = Math.floor((disk.length * index) / 100);
      flipped.writeUInt8(flipped.readUInt8(at) ^ 0x80, at);
      await writeFile(files.uploadPath(sha256), flipped);
      await refusedWith(diskRequest(sha256), 'IMAGE_HASH_MISMATCH', 'sha256');
    }
    expect(await below(directory)).toEqual([]);
  });
});

describe('a signature', () => {
  test('is told with the image', async () => {
    const disk = rawDisk(content);
    const signed = { signature: await detachedSignature(disk, key, now()), keyring };
    const image = await bring(diskRequest(await upload(files, disk), { signed }));
    expect(image.signedBy).toBe(`Test Image Signing Key (${key.getFingerprint().toUpperCase()})`);
  });

  test('of any kind of key is understood, and not for a file that differs in one bit', async () => {
    const disk = rawDisk(randomBytes(5_000));
    const changed = Buffer.from(disk);
    changed.writeUInt8(changed.readUInt8(4_000) ^ 1, 4_000);
    const kinds = [
      { type: 'rsa', rsaBits: 2048 },
      { type: 'ecc', curve: 'nistP256' },
      { type: 'ecc', curve: 'ed25519Legacy' },
      { type: 'curve25519', config: { v6Keys: true } },
    ] as const;
    let serial = 0;
    for (const kind of kinds) {
      const userIDs = [{ name: `Key ${kind.type}` }];
      const date = new Date('2026-01-01T00:00:00Z');
      const { privateKey } = await generateKey({ ...kind, userIDs, date, format: 'object' });
      const ring = privateKey.toPublic().armor();
      const signed = { signature: await detachedSignature(disk, privateKey, now()), keyring: ring };
      await expect(bring(diskRequest(await upload(files, changed), { signed }))).rejects.toMatchObject({
        code: 'IMAGE_SIGNATURE_INVALID',
      });
      serial += 1;
      const image = await bring(diskRequest(await upload(files, disk), { signed, serial: `${serial}` }));
      expect(image.signedBy).toContain(`Key ${kind.type} (`);
    }
  });

  test('of another file, of another key, or none at all is refused', async () => {
    const disk = rawDisk(content);
    const sha256 = await upload(files, disk);
    const other = await signingKey({ date: new Date('2026-01-01T00:00:00Z') });
    const bad = [
      { signature: await detachedSignature(randomBytes(10), key, now()), keyring },
      { signature: await detachedSignature(disk, other, now()), keyring },
      { signature: 'hello', keyring },
      { signature: await detachedSignature(disk, key, now()), keyring: 'hello' },
      { signature: await detachedSignature(disk, key, now()), keyring: other.toPublic().armor() },
    ];
    for (const signed of bad)
      await refusedWith(diskRequest(sha256, { signed }), 'IMAGE_SIGNATURE_INVALID', 'signature');
  });
});

describe('a URL', () => {
  test('is fetched by its hash, goes on where it broke, and is refused when it is another file', async () => {
    const disk = rawDisk(randomBytes(2 ** 20));
    const server = await serveStream(new Map([['disk.raw', disk]]));
    try {
      const source = { kind: 'url', url: `${server.url}/disk.raw`, sha256: '11'.repeat(32) } as const;
      await refusedWith(diskRequest('', { source }), 'IMAGE_HASH_MISMATCH');
      await writeFile(join(directory, 'whole'), disk);
      const sha256 = await sha256Of(join(directory, 'whole'));
      await rm(join(directory, 'whole'));
      server.tricks.set('disk.raw', (_, response) => {
        server.tricks.clear();
        response.writeHead(200).end(disk.subarray(0, 1000));
      });
      // Its length is told by nobody, so only the hash says that it is not whole.
      await expect(bring(diskRequest('', { source: { ...source, sha256 } }))).rejects.toMatchObject({
        code: 'IMAGE_HASH_MISMATCH',
      });
      const image = (await bring(diskRequest('', { source: { ...source, sha256 } }))) as DiskImage;
      expect(image.raw).toEqual({ sha256, size: disk.length });
    } finally {
      await server.close();
    }
  });
});

describe('an upload', () => {
  const from = (...chunks: Uint8Array[]) =>
    (async function* () {
      yield* chunks;
    })();

  test('of another length or hash than announced is refused, and nothing stays', async () => {
    const bytes = randomBytes(1_000);
    const sha256 = 'ab'.repeat(32);
    const bad = [
      { chunks: from(bytes), size: 999 },
      { chunks: from(bytes), size: 1_001 },
      { chunks: from(bytes), size: 1_000, sha256 },
    ];
    for (const each of bad) {
      await expect(files.receive(each)).rejects.toMatchObject({
        code: each.sha256 ? 'IMAGE_HASH_MISMATCH' : 'REQUEST_INVALID',
      });
    }
    expect(await below(directory)).toEqual([]);
  });

  test('larger than the disk is refused before its first byte', async () => {
    let asked = false;
    const chunks = (async function* () {
      asked = true;
      yield randomBytes(1);
    })();
    await expect(files.receive({ chunks, size: 2 ** 52 })).rejects.toMatchObject({
      code: 'DISK_FULL',
      details: { wanted: 2 ** 52, free: expect.any(Number) },
    });
    expect(asked).toBe(false);
  });
});

describe('a root tree', () => {
  test('stays the tar that it was', async () => {
    const tar = tarOf([
      { name: './', type: '5' },
      { name: './bin', type: '2', link: 'usr/bin' },
      { name: './etc/localtime', type: '2', link: '/usr/share/zoneinfo/UTC' },
      { name: './dev/null', type: '3' },
      osRelease,
      { name: './usr/bin/sh', content: randomBytes(2_000) },
    ]);
    const packed = zstdCompressSync(tar);
    const image = await bring(rootRequest(await upload(files, packed), { compression: 'zstd' }));
    expect(image).toMatchObject({ kind: 'root', kernelPackage: 'linux-image-amd64' });
    expect(image.files).toEqual({
      tar: { sha256: expect.any(String), size: packed.length, compression: 'zstd' },
    });
    const [name] = await below(directory);
    expect(packed.equals(await readFile(join(directory, name as string)))).toBe(true);
    expect(await below(directory)).toHaveLength(1);
  });
});

/** docs/security.md, rule 27. */
describe('a bomb', () => {
  const mib = 2 ** 20;
  const zeros = Buffer.alloc(64 * mib);
  zeros.set([0x55, 0xaa], 510);
  const bombTar = tarOf([osRelease, { name: 'zeros', content: Buffer.alloc(63 * mib) }]);
  const xz = async (bytes: Buffer) =>
    Buffer.from(
      (await execa('xz', ['-0', '-c'], { input: bytes, encoding: 'buffer', maxBuffer: 2 ** 30 })).stdout,
    );

  test('of ten kinds is stopped before 1 % over the limit', async () => {
    const limit = 16 * mib;
    const disks = [
      ['gzip', gzipSync(zeros)],
      ['zstd', zstdCompressSync(zeros)],
      ['xz', await xz(zeros)],
    ] as const;
    const tars = [
      ['gzip', gzipSync(bombTar)],
      ['zstd', zstdCompressSync(bombTar)],
      ['xz', await xz(bombTar)],
    ] as const;
    let stopped = 0;
    let most = 0;
    const bomb = async (request: ImportRequest) => {
      let bytes = 0;
      const error = await bring(request, (progress) => {
        if (progress.stage !== 'verify') bytes = Math.max(bytes, progress.bytes);
      }).catch((error: unknown) => error);
      expect(error).toMatchObject({ code: 'IMAGE_REFUSED' });
      expect(bytes).toBeLessThan(limit * 1.01);
      most = Math.max(most, bytes);
      stopped += 1;
    };
    for (const [compression, bytes] of disks)
      await bomb(diskRequest(await upload(files, bytes), { compression }));
    for (const [compression, bytes] of disks) {
      await bomb(diskRequest(await upload(files, bytes), { compression, format: 'qcow2' }));
    }
    for (const [compression, bytes] of tars)
      await bomb(rootRequest(await upload(files, bytes), { compression }));
    // A header may say anything: this one says a terabyte.
    const declared = tarOf([osRelease, { name: 'huge', size: 0o77777777777 }], false);
    await bomb(rootRequest(await upload(files, gzipSync(declared)), { compression: 'gzip' }));
    expect(stopped).toBe(10);
    expect(await store.images.list()).toEqual([]);
    expect((await below(directory)).filter((name) => !name.startsWith('uploads/'))).toEqual([]);
    console.log(`10 of 10 bombs stopped; at most ${((most / limit - 1) * 100).toFixed(2)} % over the limit`);
  });

  test('that is honest work is none: what compresses well and is small passes', async () => {
    const disk = rawDisk(Buffer.alloc(0), 20_000);
    const sha256 = await upload(files, zstdCompressSync(disk));
    expect(await bring(diskRequest(sha256, { compression: 'zstd' }))).toMatchObject({
      raw: { size: disk.length },
    });
  });
});
