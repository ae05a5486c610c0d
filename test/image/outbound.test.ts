import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createGet } from '../../image/http.ts';
import { openFileStore } from '../../image/index.ts';
import { codeOf } from '../../model/index.ts';
import { type CountingServers, countingServers } from '../fixtures/counting-servers.ts';
import { dns, inside } from '../fixtures/inside-hosts.ts';

let servers: CountingServers;
let port = 0;
beforeAll(async () => {
  servers = await countingServers('an image');
  ({ port } = servers);
});
afterEach(() => servers.reset());
afterAll(() => servers.close());

const { signal } = new AbortController();
const codeFrom = (work: Promise<unknown>) => work.then(() => 'fetched', codeOf);

describe('where images come from (docs/security.md, rule 34)', () => {
  it('is nowhere inside, however it is spelled', async () => {
    const get = createGet({ lookup: dns().lookup });
    const urls = inside.map((host) => `http://${host}:${port}/x`).filter((url) => URL.canParse(url));
    for (const url of urls)
      expect([url, await codeFrom(get(new URL(url), { signal }))]).toEqual([url, 'OUTBOUND_REFUSED']);
    expect(urls.length).toBeGreaterThanOrEqual(60);
    expect([...servers.connections]).toEqual([]);
    console.log(`${urls.length} URLs: 0 connections`);
  });

  it('is what is listed, at the address that was looked at, and no redirect leads out of it', async () => {
    const { lookup, asked } = dns();
    const get = createGet({ lookup, allowedNetworks: ['127.0.0.2'] });
    const url = new URL(`http://rebinding.example:${port}/`);
    const { status, chunks } = await get(url, { signal });
    let text = '';
    for await (const chunk of chunks) text += Buffer.from(chunk).toString();
    expect([status, text]).toEqual([200, 'an image']);
    expect(asked).toHaveLength(1);
    // The same name leads to 127.0.0.1 the second time.
    expect(await codeFrom(get(url, { signal }))).toBe('OUTBOUND_REFUSED');
    servers.redirect = () => ({ status: 302, location: `http://127.0.0.1:${port}/` });
    expect(await codeFrom(get(new URL(`http://127.0.0.2:${port}/`), { signal }))).toBe('OUTBOUND_REFUSED');
    expect([...servers.connections]).toEqual([['127.0.0.2', 2]]);
  });

  it('leaves nothing behind when it is refused', async () => {
    const home = await mkdtemp(join(tmpdir(), 'rw-image-outbound-'));
    try {
      const files = await openFileStore(home);
      const file = { sha256: '0'.repeat(64), size: 8 };
      const url = new URL(`http://127.0.0.1:${port}/x`);
      expect(await codeFrom(files.fetch(url, file, { signal }))).toBe('OUTBOUND_REFUSED');
      expect(await codeFrom(files.fetchUpload(url, { ...file, atMost: 8 }, { signal }))).toBe(
        'OUTBOUND_REFUSED',
      );
      expect(await readdir(join(home, 'sha256'))).toEqual([]);
      expect([...servers.connections]).toEqual([]);
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });
});
