import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf } from '../../model/index.ts';
import { createBmcQueue, createPower } from '../../power/index.ts';
import { selfSigned } from '../fixtures/certificate.ts';
import { startSushyEmulator, type SushyEmulator } from '../fixtures/sushy-emulator.ts';
import { keptSecrets } from '../power/kept-secrets.ts';
import { thrownBy } from '../power/thrown-by.ts';
import { type RedfishBmc, startRedfishBmc } from '../power/redfish-bmc.ts';

const machine = (uuid: string) =>
  ({ name: 'r1-u1', firmware: 'uefi', identity: { serial: 'SN1', uuid } }) as const;

function driver(at: { url: string; password: string; certificate?: string; system?: string }, uuid = '') {
  const { url, password, certificate, system } = at;
  const power = createPower({
    queue: createBmcQueue(),
    secrets: keptSecrets({ 's/password': password }),
    timing: { confirmMs: 30_000, pollMs: 200 },
  });
  return power.driverFor(
    {
      driver: 'redfish',
      url,
      username: 'admin',
      secret: 's',
      ...(certificate !== undefined && { certificate }),
      ...(system !== undefined && { system }),
    },
    machine(uuid),
  );
}

describe('power by Redfish, with sushy-tools on the other side', () => {
  let emulator: SushyEmulator;
  beforeAll(async () => {
    emulator = await startSushyEmulator();
  }, 300_000);
  afterAll(() => emulator?.stop());

  const at = (changes: { system?: string; password?: string; certificate?: string } = {}) => ({
    url: emulator.url,
    password: emulator.password,
    certificate: emulator.certificate.fingerprint,
    ...changes,
  });

  it('switches the machine with the UUID on, over, and off', async () => {
    const [first = '', second = ''] = emulator.systems;
    const it = driver(at(), second);
    expect(await it.query()).toBe('off');
    expect(await it.on()).toEqual({ kind: 'done', sent: true });
    expect(await it.on()).toEqual({ kind: 'done', sent: false });
    expect(await driver(at({ system: first })).query()).toBe('off');
    expect(await it.reset()).toEqual({ kind: 'done', sent: true });
    expect(await it.off()).toEqual({ kind: 'done', sent: true });
    expect(await driver(at({ system: second })).query()).toBe('off');
  });

  it('orders one start over the network, and says what the emulator makes of it', async () => {
    const outcome = await driver(at(), emulator.systems[0]).bootFromNetworkOnce();
    expect(outcome).toMatchObject({ kind: 'done', sent: true, note: expect.stringContaining('every start') });
  });

  it('says that it takes no URL to boot from', async () => {
    const outcome = await driver(at(), emulator.systems[0]).bootFromHttpOnce('http://10.78.0.1/x');
    expect(outcome).toMatchObject({ kind: 'done', note: expect.stringContaining('asks DHCP') });
  });

  it('serves no host interface that could be closed', async () => {
    expect(await driver(at(), emulator.systems[0]).closeToHost()).toEqual([]);
  });

  it('has media put in, which it fetches itself, and taken out; and says so when they are not there', async () => {
    const fetched: string[] = [];
    const server = createHttpServer((request, response) => {
      fetched.push(request.url ?? '');
      response.writeHead(request.url === '/x.iso' ? 200 : 404).end('an image');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    try {
      const it = driver(at(), emulator.systems[0]);
      expect(await it.insertMedia(`http://127.0.0.1:${port}/x.iso`)).toEqual({ kind: 'done', sent: true });
      expect(await it.ejectMedia()).toEqual({ kind: 'done', sent: true });
      const absent = await it.insertMedia(`http://127.0.0.1:${port}/absent.iso`).catch(codeOf);
      expect(absent).toBe('BMC_COMMAND_FAILED');
      expect(fetched).toContain('/x.iso');
    } finally {
      server.close();
    }
  });

  it('refuses a wrong password, and another certificate', async () => {
    expect(
      await driver(at({ password: 'wrong' }))
        .query()
        .catch(codeOf),
    ).toBe('BMC_LOGIN_REFUSED');
    const pinned = await driver(at({ certificate: '0'.repeat(64) }))
      .query()
      .catch(codeOf);
    expect(pinned).toBe('BMC_CERTIFICATE_REFUSED');
  });
});

describe('the certificate of a BMC', () => {
  let bmc: RedfishBmc;
  let fingerprint = '';
  let trusted = '';
  beforeAll(async () => {
    const tls = await selfSigned();
    fingerprint = tls.fingerprint;
    trusted = tls.cert;
    bmc = await startRedfishBmc({ tls });
  });
  afterAll(() => bmc.stop());

  it('is pinned, with or without colons', async () => {
    const { url, password } = bmc;
    expect(await driver({ url, password, certificate: fingerprint }).query()).toBe('off');
    const colons = fingerprint.toUpperCase().replaceAll(/(..)(?=.)/g, '$1:');
    expect(await driver({ url, password, certificate: colons }).query()).toBe('off');
  });

  it('is trusted when an authority of this computer has signed it, for the address that is called', async () => {
    const before = getCACertificates('default');
    setDefaultCACertificates([...before, trusted]);
    try {
      const { url, password } = bmc;
      expect(await driver({ url, password }).query()).toBe('off');
      const byName = driver({ url: url.replace('127.0.0.1', 'localhost'), password });
      expect(await byName.query().catch(codeOf)).toBe('BMC_CERTIFICATE_REFUSED');
    } finally {
      setDefaultCACertificates(before);
    }
  });

  it.each([undefined, 'f'.repeat(64)])(
    'is not trusted otherwise (%s), and it gets not a byte of HTTP',
    async (certificate) => {
      const before = bmc.received().length;
      const { url, password } = bmc;
      const it = driver({ url, password, ...(certificate !== undefined && { certificate }) });
      const error = await thrownBy(it.query());
      expect(codeOf(error)).toBe('BMC_CERTIFICATE_REFUSED');
      expect(bmc.received().length).toBe(before);
      if (certificate !== undefined) expect(String(error)).toContain(fingerprint);
    },
  );

  it('stands before the login: who answers at its address instead gets no credentials', async () => {
    let received = '';
    const stranger = createServer((socket) => {
      socket.on('data', (data) => {
        received += data.toString('latin1');
      });
      socket.on('error', () => {});
      socket.end('HTTP/1.1 200 OK\r\n\r\n{}');
    }).listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const { port } = stranger.address() as { port: number };
    const at = { url: `https://127.0.0.1:${port}`, password: 'canary-pw', certificate: fingerprint };
    expect(await driver(at).query().catch(codeOf)).toMatch(/^BMC_(UNREACHABLE|CERTIFICATE_REFUSED)$/);
    stranger.close();
    expect(received).not.toContain('canary');
    expect(received).not.toContain('HTTP');
  });
});
