import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';
import { execa } from 'execa';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FileStore, importImage, openFileStore } from '../../image/index.ts';
import type { DiskImage, ImportRequest } from '../../model/index.ts';
import { openStore, type Store } from '../../store/index.ts';
import { below, diskRequest, rawDisk, upload } from '../fixtures/image-import.ts';

/** docs/security.md, rule 26: the real qemu-img in its sandbox, and images that were made to break out of it. */

let home: string;
let store: Store;
let directory: string;
let files: FileStore;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'rw-qcow2-'));
  store = await openStore({ kind: 'pglite', directory: join(home, 'store'), keyFile: join(home, 'key') });
}, 120_000);
afterAll(async () => {
  await store.close();
  await rm(home, { recursive: true, force: true });
});
beforeEach(async () => {
  directory = await mkdtemp(join(home, 'files-'));
  files = await openFileStore(directory);
});

const bring = (request: ImportRequest) =>
  importImage(request, {
    files,
    store: store.images,
    signal: new AbortController().signal,
    now: () => new Date(),
  });

async function qcow2Of(disk: Buffer, ...options: string[]): Promise<Buffer> {
  const work = await mkdtemp(join(home, 'make-'));
  await writeFile(join(work, 'raw'), disk);
  await execa('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', ...options, 'raw', 'qcow2'], { cwd: work });
  const made = await readFile(join(work, 'qcow2'));
  await rm(work, { recursive: true });
  return made;
}

test('a qcow2 of any make becomes the raw disk that it holds, and nothing else stays', async () => {
  const disk = rawDisk(randomBytes(3_000_000), 40_000);
  const makes = [
    [],
    ['-c'],
    ['-c', '-o', 'compression_type=zstd'],
    ['-o', 'compat=0.10'],
    ['-o', 'cluster_size=4k'],
    ['-o', 'extended_l2=on,cluster_size=128k'],
    ['-o', 'lazy_refcounts=on'],
  ];
  for (const [index, make] of makes.entries()) {
    const request = diskRequest(await upload(files, await qcow2Of(disk, ...make)), {
      format: 'qcow2',
      serial: `1.${index}`,
    });
    const image = (await bring(request)) as DiskImage;
    const kept = zstdDecompressSync(await readFile(files.path(image.files.disk.sha256)));
    expect(disk.equals(kept), make.join(' ')).toBe(true);
    expect(image.raw.size).toBe(disk.length);
  }
  expect(await below(directory)).toHaveLength(1);
});

test('import and read back are inverse, with holes and without (law)', async () => {
  let run = 0;
  const piece = fc.record({
    at: fc.nat({ max: 900 }),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 3_000 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 5 }), async (pieces) => {
      const disk = rawDisk(Buffer.alloc(0), 1_024);
      for (const { at, bytes } of pieces) disk.set(bytes, 512 + at * 512);
      run += 1;
      const sha256 = await upload(files, await qcow2Of(disk));
      const image = (await bring(diskRequest(sha256, { format: 'qcow2', serial: `2.${run}` }))) as DiskImage;
      expect(disk.equals(zstdDecompressSync(await readFile(files.path(image.files.disk.sha256))))).toBe(true);
    }),
    { numRuns: 8 },
  );
});

describe('an image that was made to break out', () => {
  test('reads nothing outside of its directory: more than 30 of them, watched by strace', async () => {
    const canaries = join(home, 'canaries');
    await mkdir(canaries);
    const canary = join(canaries, 'secret');
    await writeFile(canary, rawDisk(randomBytes(100_000)));
    const bad = await badImages(canary);
    expect(bad.length).toBeGreaterThanOrEqual(30);
    const folder = join(home, 'bad');
    await mkdir(folder);
    for (const [index, [, bytes]] of bad.entries()) await writeFile(join(folder, String(index)), bytes);

    // Only what touches the canary or its folder is noted, by any process below.
    const log = join(home, 'strace.log');
    const watch = ['-f', '-o', log, '-P', canary, '-P', canaries, '-e', 'trace=%file,%desc'];
    const importer = fileURLToPath(new URL('../fixtures/import-all.ts', import.meta.url));
    const { stdout } = await execa('strace', [
      ...watch,
      process.execPath,
      importer,
      folder,
      join(home, 'traced'),
    ]);
    const outcomes = JSON.parse(stdout) as readonly { name: string; code: string }[];
    expect(outcomes).toHaveLength(bad.length);
    for (const { name, code } of outcomes) {
      expect([bad[Number(name)]?.[0], code]).toEqual([bad[Number(name)]?.[0], 'IMAGE_REFUSED']);
    }
    const touched = (await readFile(log, 'utf8')).split('\n').filter((line) => line.includes('secret'));
    expect(touched).toEqual([]);

    // The watch works: qemu-img alone follows the very first of them to the canary.
    await execa('strace', [
      ...watch,
      'qemu-img',
      'convert',
      '-O',
      'raw',
      join(folder, '0'),
      join(home, 'leak'),
    ]);
    expect(await readFile(log, 'utf8')).toContain('secret');
    console.log(`${bad.length} bad images: ${outcomes.length} refused, ${touched.length} reads outside`);
  }, 120_000);
});

async function badImages(canary: string): Promise<readonly (readonly [string, Buffer])[]> {
  const work = await mkdtemp(join(home, 'bad-'));
  const create = async (...args: string[]) => {
    await execa('qemu-img', ['create', '-q', ...args], { cwd: work });
    return readFile(join(work, 'image'));
  };
  const backed = await create('-f', 'qcow2', '-b', canary, '-F', 'raw', 'image');
  const backed2 = await create(
    '-f',
    'qcow2',
    '-o',
    `compat=0.10,backing_file=${canary},backing_fmt=raw`,
    'image',
  );
  await writeFile(join(work, 'data'), Buffer.alloc(2 ** 20));
  const external = await create('-f', 'qcow2', '-o', 'data_file=data,data_file_raw=on', 'image', '1M');
  const encrypted = await create(
    '--object',
    'secret,id=s,data=abc',
    '-f',
    'qcow2',
    '-o',
    'encrypt.format=luks,encrypt.key-secret=s',
    'image',
    '1M',
  );
  const good = await qcow2Of(rawDisk(randomBytes(200_000)));
  const good2 = await qcow2Of(rawDisk(randomBytes(2_000)), '-o', 'compat=0.10');
  const put32 = (offset: number, value: number, of = good) => {
    const bytes = Buffer.from(of);
    bytes.writeUInt32BE(value, offset);
    return bytes;
  };
  const put64 = (offset: number, value: bigint, of = good) => {
    const bytes = Buffer.from(of);
    bytes.writeBigUInt64BE(value, offset);
    return bytes;
  };
  const extension = (type: number, text: string) => {
    const bytes = Buffer.from(good);
    const at = bytes.readUInt32BE(100);
    bytes.writeUInt32BE(type, at);
    bytes.writeUInt32BE(text.length, at + 4);
    bytes.write(text.padEnd(Math.ceil(text.length / 8) * 8, '\0'), at + 8);
    return bytes;
  };
  const named = (name: string, of: Buffer) => {
    const bytes = Buffer.from(of);
    bytes.writeBigUInt64BE(512n, 8);
    bytes.writeUInt32BE(name.length, 16);
    bytes.write(name, 512);
    return bytes;
  };
  const foreign: [string, Buffer][] = [];
  for (const format of ['vmdk', 'vdi', 'vhdx', 'vpc', 'qed', 'parallels']) {
    foreign.push([`a ${format}`, await create('-f', format, 'image', '16M')]);
  }
  return [
    ['a backing file', backed],
    ['a backing file, version 2', backed2],
    ['an external data file', external],
    ['encryption', encrypted],
    ['a backing file by json:', named(`json:{"driver":"file","filename":"${canary}"}`, good)],
    ['a backing file over the network', named('nbd://127.0.0.1:1/x', good)],
    ['a backing file over http', named('http://127.0.0.1:1/x', good)],
    ['a backing file that climbs', named('../../../../canaries/secret', good)],
    ['a backing file in version 2', named(canary, good2)],
    ['a device as backing file', named('/dev/zero', good)],
    ['only the offset of a backing file', put64(8, 512n)],
    ['only the length of a backing file', put32(16, 20)],
    ['an extension that names a data file', extension(0x44415441, canary)],
    ['an extension that names a backing format', extension(0xe2792aca, 'raw')],
    ['an extension for encryption', extension(0x0537be77, '0123456789abcdef')],
    ['an endless extension', put32(good.readUInt32BE(100) + 4, 0xffff_fff0)],
    ['AES', put32(32, 1)],
    ['LUKS', put32(32, 2)],
    ['an unknown cipher', put32(32, 77)],
    ['the data-file feature', put64(72, 4n)],
    ['the dirty feature', put64(72, 1n)],
    ['the corrupt feature', put64(72, 2n)],
    ['an unknown feature', put64(72, 1n << 5n)],
    ['the highest unknown feature', put64(72, 1n << 63n)],
    ['version 4', put32(4, 4)],
    ['version 0', put32(4, 0)],
    ['clusters of 2 bytes', put32(20, 1)],
    ['clusters of 4 GiB', put32(20, 32)],
    ['a disk of 8 EiB', put64(24, 1n << 63n)],
    ['an empty disk', put64(24, 0n)],
    ['a table beyond the file', put64(40, 1n << 40n)],
    ['a table off its place', put64(40, 3n)],
    ['a table too large', put32(36, 0x7fff_ffff)],
    ['reference counts beyond the file', put64(48, 1n << 40n)],
    ['reference counts without end', put32(56, 0xffff_ffff)],
    ['snapshots', put32(60, 1)],
    ['a header longer than its cluster', put32(100, 0x7fff_fff8)],
    ['no whole header', good.subarray(0, 90)],
    ['a raw disk that is called qcow2', rawDisk(randomBytes(1_000))],
    ...foreign,
  ];
}
