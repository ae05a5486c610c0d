import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FileStore, openFileStore } from '../../image/index.ts';
import { onLoopback, serveStream, type StreamServer } from '../fixtures/stream.ts';

const bytes = randomBytes(3 * 2 ** 20);
const sha256 = createHash('sha256').update(bytes).digest('hex');
const file = { sha256, size: bytes.length };

let home: string;
let server: StreamServer;
let files: FileStore;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'rw-files-'));
  server = await serveStream(new Map([['file', bytes]]));
  files = await openFileStore(home, onLoopback);
});
afterEach(async () => {
  await server.close();
  await rm(home, { recursive: true, force: true });
});

const url = () => new URL(`${server.url}/file`);
const signal = new AbortController().signal;
const fetchFile = (onProgress?: (received: number) => void, own = signal) =>
  files.fetch(url(), file, { signal: own, ...(onProgress ? { onProgress } : {}) });
const left = async () =>
  (await readdir(home, { recursive: true })).filter((name) => name.includes('/')).sort();

describe('a file', () => {
  test('is fetched, checked and opened by its hash', async () => {
    const seen: number[] = [];
    expect(await files.has(sha256)).toBe(false);
    await fetchFile((received) => seen.push(received));
    expect(await files.has(sha256)).toBe(true);
    expect(seen.at(-1)).toBe(bytes.length);
    expect(await left()).toEqual([`sha256/${sha256}`]);
    const handle = await files.open(sha256);
    expect(
      createHash('sha256')
        .update(await handle.readFile())
        .digest('hex'),
    ).toBe(sha256);
    await handle.close();
  });

  test('is fetched once, also by many at once', async () => {
    await Promise.all([fetchFile(), fetchFile(), fetchFile()]);
    await fetchFile();
    expect(server.sent.get('file')).toBe(bytes.length);
  });

  test('goes on where a broken connection left it', async () => {
    const half = bytes.length / 2;
    server.tricks.set('file', (_, response) => {
      server.tricks.clear();
      response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, half));
    });
    const breakHalfway = (received: number) => {
      if (received === half) server.breakConnections();
    };
    await expect(fetchFile(breakHalfway)).rejects.toMatchObject({ code: 'STREAM_UNREACHABLE' });
    expect(await files.has(sha256)).toBe(false);
    await fetchFile();
    expect(server.requests.map(({ range }) => range)).toEqual([undefined, `bytes=${half}-`]);
    expect(bytes.equals(await readFile(files.path(sha256)))).toBe(true);
  });

  test('that ends early and politely goes on with not one byte served twice', async () => {
    const half = bytes.length / 2;
    server.tricks.set('file', (_, response) => {
      server.tricks.clear();
      response.writeHead(200).end(bytes.subarray(0, half));
    });
    await expect(fetchFile()).rejects.toMatchObject({ code: 'STREAM_UNREACHABLE' });
    await fetchFile();
    expect(server.requests[1]?.range).toBe(`bytes=${half}-`);
    expect(server.sent.get('file')).toBe(half);
    expect(bytes.equals(await readFile(files.path(sha256)))).toBe(true);
  });

  test('goes on where another process was killed', async () => {
    const child = spawn('true');
    await once(child, 'exit');
    const half = bytes.length / 2;
    await writeFile(join(home, 'partial', `${sha256}.${child.pid}`), bytes.subarray(0, half));
    await fetchFile();
    expect(server.sent.get('file')).toBe(half);
    expect(await left()).toEqual([`sha256/${sha256}`]);
  });

  test('is not taken from a process that lives', async () => {
    // Process 1 does.
    const others = join(home, 'partial', `${sha256}.1`);
    await writeFile(others, bytes.subarray(0, 100));
    await fetchFile();
    expect(server.sent.get('file')).toBe(bytes.length);
    expect(await readFile(others)).toHaveLength(100);
  });

  test('starts again where the mirror knows no ranges', async () => {
    await writeFile(join(home, 'partial', `${sha256}.${process.pid}`), bytes.subarray(0, 1_000));
    server.tricks.set('file', (_, response) => void response.writeHead(200).end(bytes));
    await fetchFile();
    expect(bytes.equals(await readFile(files.path(sha256)))).toBe(true);
  });

  test('that was damaged while it waited is fetched anew, once', async () => {
    await writeFile(join(home, 'partial', `${sha256}.${process.pid}`), Buffer.alloc(1_000, 'x'));
    await fetchFile();
    expect(bytes.equals(await readFile(files.path(sha256)))).toBe(true);
    expect(server.requests.map(({ range }) => range)).toEqual(['bytes=1000-', undefined]);
  });

  test('that is damaged in both ways is refused, and nothing stays', async () => {
    await writeFile(join(home, 'partial', `${sha256}.${process.pid}`), Buffer.alloc(1_000, 'x'));
    server.tree.set('file', Buffer.alloc(bytes.length, 'y'));
    await expect(fetchFile()).rejects.toMatchObject({ code: 'IMAGE_HASH_MISMATCH' });
    expect(server.requests).toHaveLength(2);
    expect(await left()).toEqual([]);
  });

  test('with one byte changed at any of 100 places is refused, and nothing stays', async () => {
    const small = randomBytes(1_000);
    const wanted = { sha256: createHash('sha256').update(small).digest('hex'), size: small.length };
    let refused = 0;
    for (let index = 0; index < 100; index += 1) {
      const damaged = Buffer.from(small);
      damaged.writeUInt8(damaged.readUInt8(index * 10) ^ 1, index * 10);
      server.tree.set('file', damaged);
      const fetching = files.fetch(url(), wanted, { signal });
      await expect(fetching).rejects.toMatchObject({ code: 'IMAGE_HASH_MISMATCH' });
      refused += 1;
    }
    expect(refused).toBe(100);
    expect(await left()).toEqual([]);
  });

  test('that is longer than declared is cut off, however long it goes on', async () => {
    let written = 0;
    server.tricks.set('file', (_, response) => {
      response.writeHead(200);
      const pour = () => {
        while (!response.destroyed) {
          written += 65_536;
          if (!response.write(Buffer.alloc(65_536))) return;
        }
      };
      response.on('drain', pour);
      pour();
    });
    await expect(fetchFile()).rejects.toMatchObject({ code: 'IMAGE_HASH_MISMATCH' });
    expect(await left()).toEqual([]);
    // What is in the buffers of the sockets besides.
    expect(written).toBeLessThan(bytes.length + 16 * 2 ** 20);
  });

  test('that is not there says so', async () => {
    server.tree.clear();
    await expect(fetchFile()).rejects.toMatchObject({
      code: 'STREAM_UNREACHABLE',
      message: expect.stringContaining('404'),
    });
    await expect(files.open(sha256)).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
    expect(() => files.path('../../etc/passwd')).toThrow(
      expect.objectContaining({ code: 'IMAGE_NOT_FOUND' }),
    );
  });

  test('that cannot fit is refused before a byte is fetched', async () => {
    const huge = { sha256, size: 2 ** 52 };
    await expect(files.fetch(url(), huge, { signal })).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(server.requests).toEqual([]);
  });

  test('stops when it is told, and goes on later', async () => {
    const stop = new AbortController();
    const reason = new Error('the operator stopped it');
    const fetching = fetchFile(() => stop.abort(reason), stop.signal);
    await expect(fetching).rejects.toBe(reason);
    await fetchFile();
    expect(bytes.equals(await readFile(files.path(sha256)))).toBe(true);
  });

  test('is added from memory', async () => {
    expect(await files.add(bytes)).toEqual(file);
    expect(await files.add(bytes)).toEqual(file);
    expect(await left()).toEqual([`sha256/${sha256}`]);
  });
});

describe('redirects', () => {
  const redirect = (from: string, location: string) =>
    server.tricks.set(from, (_, response) => void response.writeHead(302, { location }).end());

  test('are followed three times', async () => {
    redirect('file', `${server.url}/a`);
    redirect('a', 'b');
    redirect('b', '/base/c');
    server.tree.set('c', bytes);
    await fetchFile();
    expect(server.requests.map(({ path }) => path)).toEqual(['file', 'a', 'b', 'c']);
  });

  test('are not followed a fourth time', async () => {
    redirect('file', `${server.url}/file`);
    await expect(fetchFile()).rejects.toMatchObject({ code: 'STREAM_UNREACHABLE' });
    expect(server.requests).toHaveLength(4);
  });

  test.each(['file:///etc/passwd', 'data:text/plain,x', 'ftp://h/x', 'http://'])(
    'to %s are not followed',
    async (location) => {
      redirect('file', location);
      await expect(fetchFile()).rejects.toMatchObject({ code: 'STREAM_UNREACHABLE' });
      expect(server.requests).toHaveLength(1);
    },
  );
});
