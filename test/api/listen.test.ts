import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listen } from '../../api/index.ts';

const app = { fetch: () => new Response('here') };
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rw-listen-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

test('the socket is for its owner only, and goes with the service', async () => {
  const socketPath = join(directory, 'a.sock');
  const listening = await listen({ app, socketPath });
  expect((await stat(socketPath)).mode & 0o777).toBe(0o600);
  expect(listening.port).toBeUndefined();
  await listening.close();
  await expect(stat(socketPath)).rejects.toThrow('ENOENT');
});

test('a socket that a killed service left is replaced', async () => {
  const socketPath = join(directory, 'b.sock');
  await writeFile(socketPath, '');
  const listening = await listen({ app, socketPath });
  const socket = connect(socketPath);
  await once(socket, 'connect');
  socket.destroy();
  await listening.close();
});

test('a socket at which somebody answers is left alone', async () => {
  const socketPath = join(directory, 'c.sock');
  const other = createServer().listen(socketPath);
  await once(other, 'listening');
  await expect(listen({ app, socketPath })).rejects.toThrow('another service answers');
  other.close();
});

test('TCP only when asked, and only on the loopback', async () => {
  const listening = await listen({ app, socketPath: join(directory, 'd.sock'), port: 0 });
  const { port } = listening;
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('here');
  await expect(fetch(`http://127.0.0.2:${port}/`)).rejects.toThrow();
  await listening.close();
});

test('a port that is taken ends the start and leaves no socket', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const socketPath = join(directory, 'e.sock');
  await expect(listen({ app, socketPath, port })).rejects.toThrow('EADDRINUSE');
  await expect(stat(socketPath)).rejects.toThrow('ENOENT');
  other.close();
});

test('a path that the kernel would cut is refused', async () => {
  await expect(listen({ app, socketPath: join(directory, 'x'.repeat(120)) })).rejects.toThrow('107 bytes');
});
