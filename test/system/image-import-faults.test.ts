import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importImage, openFileStore } from '../../image/index.ts';
import type { DiskImage } from '../../model/index.ts';
import { openStore } from '../../store/index.ts';
import { below, diskRequest, rawDisk, upload } from '../fixtures/image-import.ts';

/** An import that is killed, and an import that finds the disk full, at each of its stages. */

let home: string;
const disk = rawDisk(randomBytes(30_000_000));
let qcow2: Buffer;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'rw-faults-'));
  await writeFile(join(home, 'raw'), disk);
  await execa('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', 'raw', 'qcow2'], { cwd: home });
  qcow2 = await readFile(join(home, 'qcow2'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const stages = ['verify', 'convert', 'compress'] as const;

test('killed at any stage, no image is to be seen, and the next import works', async () => {
  const directory = await mkdtemp(join(home, 'kill-'));
  const files = await openFileStore(join(directory, 'images'));
  const sha256 = await upload(files, qcow2);
  const requestFile = join(directory, 'request.json');
  await writeFile(requestFile, JSON.stringify(diskRequest(sha256, { format: 'qcow2' })));
  const program = fileURLToPath(new URL('../fixtures/import-process.ts', import.meta.url));
  const storeOptions = {
    kind: 'pglite',
    directory: join(directory, 'store'),
    keyFile: join(directory, 'key'),
  } as const;

  for (const stage of stages) {
    const child = spawn(process.execPath, [program, directory, requestFile], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    let said = '';
    for await (const text of child.stdout.setEncoding('utf8')) {
      said += text as string;
      if (said.split('\n').includes(stage)) break;
    }
    child.kill('SIGKILL');
    await ended;
    expect(said.split('\n')).toContain(stage);
    // The next process says what it finds.
    expect(said.startsWith('0 images\n'), said).toBe(true);
  }

  const store = await openStore(storeOptions);
  // A kill after the record is written finds it whole; here it came before.
  expect(await store.images.list()).toEqual([]);
  const options = { files, store: store.images, signal: new AbortController().signal, now: () => new Date() };
  const image = (await importImage(diskRequest(sha256, { format: 'qcow2' }), options)) as DiskImage;
  expect(disk.equals(zstdDecompressSync(await readFile(files.path(image.files.disk.sha256))))).toBe(true);
  expect(await store.images.list()).toEqual([image]);
  await store.close();
  expect((await below(join(directory, 'images'))).filter((name) => !name.startsWith('uploads/'))).toEqual([
    `sha256/${image.files.disk.sha256}`,
  ]);
}, 300_000);

test('on a disk that fills up at any write it is DISK_FULL, nothing stays, and with room it works', async () => {
  const directory = join(home, 'small');
  await mkdir(directory);
  await execa('mount', ['-t', 'tmpfs', '-o', 'size=256m', 'tmpfs', directory]);
  const store = await openStore({
    kind: 'pglite',
    directory: join(home, 'store'),
    keyFile: join(home, 'key'),
  });
  try {
    const files = await openFileStore(directory);
    const sha256 = await upload(files, qcow2);
    const request = diskRequest(sha256, { format: 'qcow2' });
    const bring = (onStage: (stage: string) => void = () => undefined) =>
      importImage(request, {
        files,
        store: store.images,
        signal: new AbortController().signal,
        now: () => new Date(),
        onProgress: ({ stage }) => onStage(stage),
      });
    const filler = join(directory, 'filler');
    const fillTo = async (left: number) => {
      const { bavail, bsize } = await statfs(directory);
      const handle = await open(filler, 'w');
      await handle.write(Buffer.alloc(Math.max(0, bavail * bsize - left)));
      await handle.close();
    };
    const mib = 2 ** 20;
    const after = ['filler', `uploads/${sha256}`];
    // Too little by its own sum: refused before a byte is written. Then what other programs take while it works.
    let full = 0;
    for (const left of [0, 4 * mib, 40 * mib, 64 * mib, 100 * mib]) {
      await fillTo(left);
      await expect(bring(), `${left} left`).rejects.toMatchObject({ code: 'DISK_FULL' });
      expect(await below(directory)).toEqual(after);
      full += 1;
      await rm(filler);
    }
    const { writeFileSync, statfsSync } = await import('node:fs');
    for (const stage of ['verify', 'compress']) {
      for (const left of [0, 8 * mib, 20 * mib]) {
        let filled = false;
        const filling = bring((now) => {
          if (filled || now !== stage) return;
          filled = true;
          // At once, so that no write gets through before.
          const { bavail, bsize } = statfsSync(directory);
          writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - left)));
        });
        await expect(filling, `${left} left at ${stage}`).rejects.toMatchObject({ code: 'DISK_FULL' });
        expect(await below(directory)).toEqual(after);
        full += 1;
        await rm(filler);
      }
    }
    expect(await store.images.list()).toEqual([]);
    const image = (await bring()) as DiskImage;
    expect(disk.equals(zstdDecompressSync(await readFile(files.path(image.files.disk.sha256))))).toBe(true);
    console.log(`${full} times DISK_FULL, nothing left`);
  } finally {
    await store.close();
    await execa('umount', [directory]);
  }
}, 300_000);
