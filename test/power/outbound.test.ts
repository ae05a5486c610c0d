import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { codeOf } from '../../model/index.ts';
import { isPublicAddress } from '../../net/index.ts';
import { createBmcQueue, createOutbound, createPower } from '../../power/index.ts';
import { keptSecrets } from './kept-secrets.ts';
import { thrownBy } from './thrown-by.ts';

/** Servers inside, on addresses of the loopback, that count who connects. One port, so that URLs differ in host alone. */
const hosts = ['127.0.0.1', '127.0.0.2', '127.0.0.3', '::1'];
const servers: Server[] = [];
const connections = new Map<string, number>();
let requests: { host: string; method: string; url: string; headers: IncomingMessage['headers'] }[] = [];
let redirect: ((host: string, url: string) => { status: number; location: string } | undefined) | undefined;
let port = 0;

beforeAll(async () => {
  for (const host of hosts) {
    const server = createServer((request, response) => {
      const { method = '', url = '', headers } = request;
      requests.push({ host, method, url, headers });
      const to = redirect?.(host, url);
      response.writeHead(to?.status ?? 200, { ...(to && { location: to.location }) });
      response.end('{"status":"on"}');
    });
    server.on('connection', (socket: Socket) => {
      connections.set(host, (connections.get(host) ?? 0) + 1);
      socket.unref();
    });
    server.listen(port, host);
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
    servers.push(server);
  }
});
afterEach(() => {
  connections.clear();
  requests = [];
  redirect = undefined;
});
afterAll(async () => {
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
});

const plain = { kind: 'plain' } as const;
const signal = () => AbortSignal.timeout(5_000);

/** Names of somebody else's zone that lead inside, and one that answers differently each time. */
const zone: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'localhost.example': [['127.0.0.1']],
  'localhost6.example': [['::1']],
  'mapped.example': [['::ffff:127.0.0.1']],
  'both.example': [['198.51.101.7', '127.0.0.1']],
  'private.example': [['10.0.0.1']],
  'metadata.example': [['169.254.169.254']],
  'ula.example': [['fd00::1']],
  'linklocal.example': [['fe80::1']],
  'nat64.example': [['64:ff9b::7f00:1']],
  'zero.example': [['0.0.0.0']],
  'nothing.example': [[]],
  'rebinding.example': [['127.0.0.2'], ['127.0.0.1'], ['127.0.0.1']],
};

function dns() {
  const asked: string[] = [];
  const lookup = (host: string) => {
    const turn = asked.filter((name) => name === host).length;
    asked.push(host);
    const answers = zone[host] ?? (host === 'localhost' ? [['127.0.0.1', '::1']] : [[]]);
    const addresses = answers[Math.min(turn, answers.length - 1)] ?? [];
    return Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
  };
  return { asked, lookup };
}

/** Hosts of a URL that are, or lead to, an address inside. */
const inside = [
  ...['127.0.0.1', '127.0.0.2', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.1', '0x7F.0x0.0x0.0x1'],
  ...['0177.0.0.1', '017700000001', '0177.0.1', '127.000.000.001', '0', '0.0.0.0', '00', '0x0', '127.0.0.1.'],
  ...['127%2e0%2e0%2e1', '%31%32%37.0.0.1', '１２７.0.0.1', '①②⑦.0.0.1', '127。0。0。1', '127.0.0.１'],
  ...['[::1]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]', '[::]'],
  ...[
    '[64:ff9b::127.0.0.1]',
    '[2002:7f00:1::]',
    '[fe80::1]',
    '[fd00::1]',
    '[fc00::]',
    '[ff02::1]',
    '[100::1]',
  ],
  ...['[2001:db8::1]', '[2001::1]', 'localhost', 'LOCALHOST', 'localhost.example', 'localhost6.example'],
  ...['mapped.example', 'both.example', 'private.example', 'metadata.example', 'ula.example'],
  ...['linklocal.example', 'nat64.example', 'zero.example', '10.0.0.1', '10.255.255.255', '172.16.0.1'],
  ...['172.31.255.255', '192.168.0.1', '169.254.169.254', '100.64.0.1', '198.18.0.1', '224.0.0.1'],
  ...['255.255.255.255', '192.0.0.1', '0xa9fea9fe', '2852039166', '0251.0376.0251.0376', '3232235521'],
];

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
    expect([...connections]).toEqual([]);
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
    expect([...connections]).toEqual([['127.0.0.2', 1]]);
    expect(requests[0]?.headers.host).toBe(`rebinding.example:${port}`);
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
    redirect = () => ({ status: 302, location: `http://127.0.0.1:${port}/` });
    await expect(outbound(start(), plain, ask)).rejects.toMatchObject({ fault: 'forbidden' });
    expect([...connections.keys()]).toEqual(['127.0.0.2']);
  });

  it('to another origin takes no credentials along; within one it does', async () => {
    redirect = (host, url) => {
      if (url === '/0') return { status: 307, location: '/1' };
      return host === '127.0.0.2' ? { status: 307, location: `http://127.0.0.3:${port}/2` } : undefined;
    };
    await outbound(start(), plain, ask);
    expect(requests.map(({ url, headers }) => [url, headers.authorization, headers['x-auth-token']])).toEqual(
      [
        ['/0', 'Bearer canary', 'canary'],
        ['/1', 'Bearer canary', 'canary'],
        ['/2', undefined, undefined],
      ],
    );
    expect(requests[2]?.headers['x-harmless']).toBe('kept');
  });

  it('is followed three times, no more', async () => {
    redirect = (_, url) => ({ status: 302, location: `/${Number(url.slice(1)) + 1}` });
    await expect(outbound(start(), plain, ask)).rejects.toMatchObject({ fault: 'forbidden' });
    expect(requests.map(({ url }) => url)).toEqual(['/0', '/1', '/2', '/3']);
  });

  it.each([
    'ftp://127.0.0.3/',
    'file:///etc/passwd',
    'https://127.0.0.3/',
    'http://user:pw@127.0.0.3/',
    'http://',
  ])('to %s leads nowhere', async (location) => {
    redirect = () => ({ status: 302, location });
    await expect(outbound(start(), plain, ask)).rejects.toMatchObject({ fault: 'forbidden' });
  });
});

describe('power by webhook', () => {
  const machine = { name: 'r1-u1', firmware: 'uefi', identity: { serial: 's' } } as const;
  const base = `http://127.0.0.2`;
  function driver(changes: object = {}, allowedNetworks = ['127.0.0.2']) {
    const at = `${base}:${port}`;
    return createPower({
      queue: createBmcQueue(),
      secrets: keptSecrets({ 's/token': 'canary-hook' }),
      timing: { confirmMs: 200, pollMs: 2 },
      outbound: { allowedNetworks },
    }).driverFor(
      {
        driver: 'webhook',
        onUrl: `${at}/on`,
        offUrl: `${at}/off`,
        secret: 's',
        allowPlainHttp: true,
        ...changes,
      },
      machine,
    );
  }

  it('orders with the token, and looks where there is something to look at', async () => {
    const it = driver({ queryUrl: `${base}:${port}/query` });
    expect(it.can.query).toBe('yes');
    expect(await it.query()).toBe('on');
    expect(await it.on()).toEqual({ kind: 'done', sent: false });
    await expect(it.off()).rejects.toThrow('the machine is not off');
    expect(requests.find(({ method }) => method === 'POST')).toMatchObject({
      url: '/off',
      headers: { authorization: 'Bearer canary-hook', 'content-type': 'application/json' },
    });
  });

  it('says that nobody saw what came of an order where nothing tells', async () => {
    const it = driver();
    expect(it.can.query).toBe('no');
    expect(await it.query()).toBe('unknown');
    expect(await it.cycle()).toMatchObject({ kind: 'done', unconfirmed: true, note: expect.any(String) });
    expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual(['POST /off', 'POST /on']);
  });

  it('calls nobody who is not on the list, and says so', async () => {
    const error = await thrownBy(driver({}, []).on());
    expect(codeOf(error)).toBe('OUTBOUND_REFUSED');
    expect(String(error)).toContain('127.0.0.2');
    expect(String(error)).not.toContain('canary');
    expect([...connections]).toEqual([]);
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
