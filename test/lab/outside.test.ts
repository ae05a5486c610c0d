import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, request, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { allowedTarget, neverChanges, packageProxy } from '../../lab/outside/package-proxy.ts';
import { listTree, treeHandler } from '../../lab/outside/tree.ts';

let directory = '';
let servers: Server[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rackwright-outside-'));
  servers = [];
});
afterEach(async () => {
  for (const server of servers) server.close();
  await rm(directory, { recursive: true });
});

async function listen(handler: RequestListener): Promise<number> {
  const server = createServer(handler);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function get(port: number, path: string, method = 'GET'): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('the stream’s server', () => {
  test('gives what the tree holds, colons and all, and nothing else', async () => {
    const tree = join(directory, 'tree');
    await mkdir(join(tree, 'streams/v1'), { recursive: true });
    await writeFile(join(tree, 'streams/v1/a:b.json'), '{}');
    await writeFile(join(directory, 'secret'), 'no');
    const port = await listen(treeHandler(await listTree(tree)));
    expect(await get(port, '/streams/v1/a:b.json')).toEqual({ status: 200, body: '{}' });
    expect(await get(port, '/streams/v1/a%3Ab.json')).toEqual({ status: 200, body: '{}' });
    expect(await get(port, '/streams/v1/a:b.json', 'HEAD')).toEqual({ status: 200, body: '' });
    expect((await get(port, '/../secret')).status).toBe(404);
    expect((await get(port, '/%2e%2e/secret')).status).toBe(404);
    expect((await get(port, '/streams/v1/a:b.json', 'PUT')).status).toBe(405);
  });
});

describe('the package proxy', () => {
  test('gets, over plain HTTP, from the archive’s hosts only', () => {
    const hosts = ['deb.example'];
    expect(allowedTarget('GET', 'http://deb.example/x', hosts)).toHaveProperty('url');
    expect(allowedTarget('GET', 'http://deb.example:8080/x', hosts)).toHaveProperty('status', 403);
    expect(allowedTarget('GET', 'http://deb.example.evil/x', hosts)).toHaveProperty('status', 403);
    expect(allowedTarget('GET', 'http://deb.example@evil/x', hosts)).toHaveProperty('status', 403);
    expect(allowedTarget('GET', 'https://deb.example/x', hosts)).toHaveProperty('status', 403);
    expect(allowedTarget('GET', '/x', hosts)).toHaveProperty('status', 400);
    expect(allowedTarget('GET', 'http://10.0.0.9:8080/x', hosts)).toHaveProperty('status', 403);
    expect(allowedTarget('GET', 'http://10.0.0.9:8080/x', hosts, '10.0.0.9')).toHaveProperty('url');
    expect(allowedTarget('GET', 'http://10.0.0.8:8080/x', hosts, '10.0.0.9')).toHaveProperty('status', 403);
    expect(allowedTarget('CONNECT', 'deb.example:443', hosts)).toHaveProperty('status', 405);
  });

  test('keeps what never changes', () => {
    expect(neverChanges(new URL('http://a/pool/x_1_amd64.deb'))).toBe(true);
    expect(neverChanges(new URL(`http://a/dists/s/by-hash/SHA256/${'0'.repeat(64)}`))).toBe(true);
    expect(neverChanges(new URL('http://a/dists/s/InRelease'))).toBe(false);
  });

  test('asks the archive once for a package and each time for a list', async () => {
    const asked: string[] = [];
    const archive = await listen((incoming, response) => {
      asked.push(incoming.url ?? '');
      response.end(`this is ${incoming.url ?? ''}`);
    });
    const host = `127.0.0.1:${archive}`;
    const cacheDirectory = join(directory, 'cache');
    const proxy = await listen(await packageProxy({ cacheDirectory, archiveHosts: [host] }));
    for (let times = 0; times < 2; times++) {
      expect(await get(proxy, `http://${host}/a.deb`)).toEqual({ status: 200, body: 'this is /a.deb' });
      expect((await get(proxy, `http://${host}/InRelease`)).status).toBe(200);
    }
    expect(asked.sort()).toEqual(['/InRelease', '/InRelease', '/a.deb']);
  });

  test('keeps no half of a package', async () => {
    const archive = await listen((_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('the first half');
      setImmediate(() => response.destroy());
    });
    const host = `127.0.0.1:${archive}`;
    const cacheDirectory = join(directory, 'cache');
    const proxy = await listen(await packageProxy({ cacheDirectory, archiveHosts: [host] }));
    await expect(get(proxy, `http://${host}/a.deb`)).rejects.toThrow();
    await expect.poll(async () => readdir(cacheDirectory)).toEqual([]);
  });

  test('passes the archive’s refusals on and does not keep them', async () => {
    const archive = await listen((_, response) => response.writeHead(404).end('no such file'));
    const host = `127.0.0.1:${archive}`;
    const cacheDirectory = join(directory, 'cache');
    const proxy = await listen(await packageProxy({ cacheDirectory, archiveHosts: [host] }));
    expect(await get(proxy, `http://${host}/a.deb`)).toEqual({ status: 404, body: 'no such file' });
    expect(await readdir(cacheDirectory)).toEqual([]);
  });
});
