import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { codeOf } from '../../model/index.ts';
import { createBmcQueue, createPower } from '../../power/index.ts';
import { type CountingServers, countingServers } from '../fixtures/counting-servers.ts';
import { keptSecrets } from './kept-secrets.ts';
import { thrownBy } from './thrown-by.ts';

let servers: CountingServers;
let port = 0;
beforeAll(async () => {
  servers = await countingServers('{"status":"on"}');
  ({ port } = servers);
});
afterEach(() => servers.reset());
afterAll(() => servers.close());

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
    expect(servers.requests.find(({ method }) => method === 'POST')).toMatchObject({
      url: '/off',
      headers: { authorization: 'Bearer canary-hook', 'content-type': 'application/json' },
    });
  });

  it('says that nobody saw what came of an order where nothing tells', async () => {
    const it = driver();
    expect(it.can.query).toBe('no');
    expect(await it.query()).toBe('unknown');
    expect(await it.cycle()).toMatchObject({ kind: 'done', unconfirmed: true, note: expect.any(String) });
    expect(servers.requests.map(({ method, url }) => `${method} ${url}`)).toEqual(['POST /off', 'POST /on']);
  });

  it('calls nobody who is not on the list, and says so', async () => {
    const error = await thrownBy(driver({}, []).on());
    expect(codeOf(error)).toBe('OUTBOUND_REFUSED');
    expect(String(error)).toContain('127.0.0.2');
    expect(String(error)).not.toContain('canary');
    expect([...servers.connections]).toEqual([]);
  });
});
