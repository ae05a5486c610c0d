import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isPublicAddress } from '../../net/index.ts';
import { createOutbound } from '../../outbound/index.ts';
import { type CountingServers, countingServers } from '../fixtures/counting-servers.ts';
import { dns, inside } from '../fixtures/inside-hosts.ts';

let servers: CountingServers;
let port = 0;
beforeAll(async () => {
  servers = await countingServers('{}');
  ({ port } = servers);
});
afterEach(() => servers.reset());
afterAll(() => servers.close());

const plain = { kind: 'plain' } as const;
const signal = () => AbortSignal.timeout(5_000);

describe('what may be called (docs/security.md, rule 34)', () => {
  it('is nothing inside, however it is spelled', async () => {
    expect(inside.length).toBeGreaterThanOrEqual(60);
    const { lookup } = dns();
    const outbound = createOutbound({ lookup });
    const refused: string[] = [];
    for (const host of inside) {
      const text = `http://${host}:${port}/x`;
      // What is no URL is refused before.
      if (!URL.canParse(text)) continue;
      const error = await outbound(new URL(text), plain, { method: 'GET', signal: signal() }).catch(
        (thrown: { fault?: string }) => thrown,
      );
      expect([host, (error as { fault?: string }).fault]).toEqual([host, 'forbidden']);
      refused.push(host);
    }
    expect([...servers.connections]).toEqual([]);
    expect(refused.length).toBeGreaterThanOrEqual(60);
    console.log(`${inside.length} spellings, ${refused.length} of them URLs: 0 connections`);
  });

  it('is the address that was checked: a name that leads elsewhere the second time gains nothing', async () => {
    const { lookup, asked } = dns();
    const outbound = createOutbound({ lookup, allowedNetworks: ['127.0.0.2'] });
    const url = new URL(`http://rebinding.example:${port}/`);
    expect((await outbound(url, plain, { method: 'GET' })).status).toBe(200);
    expect(asked).toHaveLength(1);
    await expect(outbound(url, plain, { method: 'GET' })).rejects.toMatchObject({ fault: 'forbidden' });
    expect([...servers.connections]).toEqual([['127.0.0.2', 1]]);
    expect(servers.requests[0]?.headers.host).toBe(`rebinding.example:${port}`);
  });

  it.each([
    [['127.0.0.2'], '127.0.0.2', true],
    [['127.0.0.2/32'], '127.0.0.1', false],
    [['127.0.0.0/30'], '127.0.0.3', true],
    [['::1'], '[::1]', true],
    [['127.0.0.1'], '[::ffff:127.0.0.1]', true],
    [['10.0.0.0/8', 'fd00::/8'], '127.0.0.1', false],
  ])('is what is listed: %j, %s: %s', async (allowedNetworks, host, isAllowed) => {
    const outbound = createOutbound({ allowedNetworks, lookup: dns().lookup });
    const ended = await outbound(new URL(`http://${host}:${port}/`), plain, { method: 'GET' }).then(
      ({ status }) => status,
      (error: { fault?: string }) => error.fault,
    );
    expect(ended).toBe(isAllowed ? 200 : 'forbidden');
  });

  it.each(['10.0.0.0/33', 'example', '10.0.0.0/8/8', '::/129', '', '10.0.0.0/-1'])(
    'is no list with %j',
    (network) => {
      expect(() => createOutbound({ allowedNetworks: [network] })).toThrow(RangeError);
    },
  );
});

describe('a redirect', () => {
  const allowedNetworks = ['127.0.0.2', '127.0.0.3'];
  const ask = {
    method: 'GET' as const,
    headers: { authorization: 'Bearer canary', 'x-auth-token': 'canary', 'x-harmless': 'kept' },
  };
  const start = () => new URL(`http://127.0.0.2:${port}/0`);
  const outbound = createOutbound({ allowedNetworks, lookup: dns().lookup });

  it('inside leads nowhere', async () => {
    servers.redirect = () => ({ status: 302, location: `http://127.0.0.1:${port}/` });
    await expect(outbound(start(), plain, ask)).rejects.toMatchObject({ fault: 'forbidden' });
    expect([...servers.connections.keys()]).toEqual(['127.0.0.2']);
  });

  it('to another origin takes no credentials along; within one it does', async () => {
    servers.redirect = (host, url) => {
      if (url === '/0') return { status: 307, location: '/1' };
      return host === '127.0.0.2' ? { status: 307, location: `http://127.0.0.3:${port}/2` } : undefined;
    };
    await outbound(start(), plain, ask);
    expect(
      servers.requests.map(({ url, headers }) => [url, headers.authorization, headers['x-auth-token']]),
    ).toEqual([
      ['/0', 'Bearer canary', 'canary'],
      ['/1', 'Bearer canary', 'canary'],
      ['/2', undefined, undefined],
    ]);
    expect(servers.requests[2]?.headers['x-harmless']).toBe('kept');
  });

  it('is followed three times, no more', async () => {
    servers.redirect = (_, url) => ({ status: 302, location: `/${Number(url.slice(1)) + 1}` });
    await expect(outbound(start(), plain, ask)).rejects.toMatchObject({ fault: 'forbidden' });
    expect(servers.requests.map(({ url }) => url)).toEqual(['/0', '/1', '/2', '/3']);
  });

  it.each([
    'ftp://127.0.0.3/',
    'file:///etc/passwd',
    'https://127.0.0.3/',
    'http://user:pw@127.0.0.3/',
    'http://',
  ])('to %s leads nowhere', async (location) => {
    servers.redirect = () => ({ status: 302, location });
    await expect(outbound(start(), plain, ask)).rejects.toMatchObject({ fault: 'forbidden' });
  });
});

describe('a public address', () => {
  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '198.51.101.7',
    '2606:4700::1',
    '172.32.0.1',
    '100.128.0.1',
    '::ffff:8.8.8.8',
  ])('may be %s', (address) => {
    // Written as an IPv6 one, an IPv4 address is refused: nothing needs it.
    expect(isPublicAddress(address)).toBe(!address.startsWith('::'));
  });
});
