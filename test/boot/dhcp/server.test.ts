import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeBytes, encodeBytes } from '../../../boot/dhcp/codec.ts';
import {
  type DhcpEvent,
  type DhcpServer,
  type DhcpServerOptions,
  startDhcpServer,
} from '../../../boot/dhcp/index.ts';
import { type DhcpPacket, packetCodec } from '../../../boot/dhcp/packet.ts';
import { addressView, u8View, view } from '../../../boot/dhcp/views/index.ts';
import type { Subnet } from '../../../model/index.ts';
import { cidr, ipv4, type Mac } from '../../../net/index.ts';
import { a, b, macOf, packetOf, rack, type Sent } from './sample.ts';

/** A rack on the loopback: everything comes by a relay at 127.0.0.9, since nobody broadcasts there. */
const loopback: Subnet = {
  ...rack,
  cidr: cidr('127.0.0.0/24'),
  serverAddress: ipv4('127.0.0.1'),
  gateway: ipv4('127.0.0.254'),
  dynamic: { first: ipv4('127.0.0.100'), last: ipv4('127.0.0.103') },
  static: { first: ipv4('127.0.0.20'), last: ipv4('127.0.0.90') },
};
const relayAddress = '127.0.0.9';

let directory: string;
let events: DhcpEvent[];
let server: DhcpServer;
let relay: Socket;
let time: number;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rw-dhcp-'));
  time = Date.UTC(2026, 0, 1);
  await start();
});
afterEach(async () => {
  await stop();
  await rm(directory, { recursive: true });
});

async function start(options: Partial<DhcpServerOptions> = {}): Promise<void> {
  events = [];
  server = await startDhcpServer({
    subnets: [loopback],
    address: ipv4('127.0.0.1'),
    httpPort: 8080,
    policy: () => undefined,
    journalPath: join(directory, 'leases'),
    ports: { server: 0, client: 0 },
    now: () => time,
    onEvent: (event) => events.push(event),
    ...options,
  });
  relay = createSocket({ type: 'udp4', reuseAddr: true });
  relay.bind(server.port, relayAddress);
  await once(relay, 'listening');
}

async function stop(): Promise<void> {
  await server.close();
  relay.close();
}

function send(kind: Parameters<typeof packetOf>[0], sent: Sent = {}): void {
  sendBytes(encodeBytes(packetCodec, packetOf(kind, { giaddr: relayAddress, ...sent })));
}

function sendBytes(bytes: Uint8Array): void {
  relay.send(bytes, server.port, '127.0.0.1');
}

async function ask(kind: Parameters<typeof packetOf>[0], sent: Sent = {}): Promise<DhcpPacket> {
  const answer = once(relay, 'message');
  send(kind, sent);
  const [bytes] = (await answer) as [Buffer];
  return decodeBytes(packetCodec, bytes);
}

async function bind(mac: Mac): Promise<string> {
  const offer = await ask('discover', { mac });
  const answer = await ask('request', { mac, requested: offer.yiaddr, server: '127.0.0.1' });
  expect(view(answer.options, 53, u8View)).toBe(5);
  return answer.yiaddr;
}

/** Resolves when the server has handled all that was sent before: one socket, one order. */
async function settled(): Promise<void> {
  await ask('inform', { mac: macOf(0xffff), ciaddr: '127.0.0.77' });
}

describe('DHCP server on a socket', () => {
  test('gives an address, remembers it over a restart, takes it back', async () => {
    const address = await bind(a);
    expect(address).toBe('127.0.0.100');
    expect(events.map((event) => event.kind === 'dhcp' && event.message)).toEqual([
      'offered',
      'acknowledged',
    ]);
    await stop();
    await start();
    expect(server.leases()).toMatchObject([{ mac: a, address, state: 'bound' }]);
    expect((await ask('request', { mac: a, requested: address })).yiaddr).toBe(address);
    send('release', { mac: a, ciaddr: address, server: '127.0.0.1' });
    await settled();
    expect(server.leases()).toMatchObject([{ mac: a, address, state: 'released' }]);
  });

  test('a release is on disk as well', async () => {
    const address = await bind(a);
    send('release', { mac: a, ciaddr: address, server: '127.0.0.1' });
    await settled();
    await stop();
    await start();
    expect(server.leases()).toMatchObject([{ mac: a, address, state: 'released' }]);
  });

  test('a declined address is on disk, and rests ten minutes', async () => {
    const address = await bind(a);
    send('decline', { mac: a, requested: address, server: '127.0.0.1' });
    await settled();
    await stop();
    await start();
    expect(await bind(a)).toBe('127.0.0.101');
    time += 600_000;
    expect(server.leases().find((lease) => lease.address === address)?.until).toBe(time);
  });

  test('a full pool answers nobody new, takes nothing from anybody, and says so once', async () => {
    for (let index = 0; index < 4; index += 1) await bind(macOf(index + 1));
    for (let index = 0; index < 50; index += 1) send('discover', { mac: macOf(index + 100) });
    await settled();
    expect(server.leases()).toHaveLength(4);
    expect(server.sizes().offers).toBe(0);
    expect(events.filter((event) => event.kind === 'dhcp-dropped')).toMatchObject([
      { reason: 'no free address', count: 1 },
    ]);
    time += 10_000;
    send('discover', { mac: macOf(200) });
    await settled();
    expect(events.filter((event) => event.kind === 'dhcp-dropped').at(-1)).toMatchObject({ count: 50 });
  });

  test('a machine that was released by its owner frees its address after a rest', async () => {
    const address = await bind(a);
    await server.endLeases(a);
    expect(server.leases()).toMatchObject([{ address, state: 'released', until: time + 600_000 }]);
    expect(await bind(b)).toBe('127.0.0.101');
  });

  test('reservations lie outside the pool', async () => {
    await stop();
    await start({ reservation: (mac) => (mac === a ? ipv4('127.0.0.30') : undefined) });
    expect(await bind(a)).toBe('127.0.0.30');
    expect(await bind(b)).toBe('127.0.0.100');
  });

  test('the policy of the owner decides, and discovery where nobody owns', async () => {
    const ipxe = { options: new Map([[77, Uint8Array.from(Buffer.from('iPXE'))]]) };
    expect((await ask('discover', { mac: a, ...ipxe })).file).toContain('/boot/52-54-00-78-00-0a.ipxe');
    await stop();
    await start({
      subnets: [{ ...loopback, discovery: 'off' }],
      policy: (mac) => (mac === b ? { kind: 'local' } : undefined),
    });
    expect((await ask('discover', { mac: a, ...ipxe })).file).toBe('');
    expect((await ask('discover', { mac: b, ...ipxe })).file).toContain('/boot/52-54-00-78-00-0b.ipxe');
  });

  test('where only declared machines are expected, nobody else gets anything to run', async () => {
    const ipxe = { options: new Map([[77, Uint8Array.from(Buffer.from('iPXE'))]]) };
    await stop();
    await start({ subnets: [{ ...loopback, discovery: 'declared-only' }], isDeclared: (mac) => mac === b });
    expect((await ask('discover', { mac: a, ...ipxe })).file).toBe('');
    expect((await ask('discover', { mac: b, ...ipxe })).file).toContain('/boot/52-54-00-78-00-0b.ipxe');
  });

  test('what is not from a network of ours is dropped with an event', async () => {
    send('discover', { giaddr: '10.1.1.1' });
    send('discover', { giaddr: '0.0.0.0', ciaddr: '8.8.8.8' });
    send('request', { giaddr: '0.0.0.0', ciaddr: '8.8.8.8' });
    await settled();
    expect(events.filter((event) => event.kind === 'dhcp-dropped')).toMatchObject([
      { reason: 'not from a network of ours', count: 1 },
    ]);
    expect(server.sizes().offers).toBe(0);
  });

  test('rubbish is counted and the next client is served', async () => {
    for (const bytes of [
      new Uint8Array(),
      new Uint8Array(1),
      new Uint8Array(300),
      new Uint8Array(1400).fill(255),
    ])
      sendBytes(bytes);
    expect(await bind(a)).toBe('127.0.0.100');
    expect(events[0]).toEqual({ kind: 'dhcp-dropped', reason: 'malformed', count: 1 });
  });

  test('a policy or a listener that throws harms one answer at most', async () => {
    await stop();
    await start({
      policy: (mac) => {
        if (mac === a) throw new Error('directory is broken');
        return undefined;
      },
      onEvent: (event) => {
        events.push(event);
        throw new Error('listener is broken');
      },
    });
    send('discover', { mac: a });
    expect(await bind(b)).toBe('127.0.0.100');
    expect(events[0]).toMatchObject({
      kind: 'dhcp-failed',
      what: 'handler',
      error: 'Error: directory is broken',
    });
  });

  test('subnets change while it runs', async () => {
    const address = await bind(a);
    server.serve([{ ...loopback, dns: [ipv4('127.0.0.54')] }]);
    const answer = await ask('request', { mac: a, requested: address });
    expect(answer.yiaddr).toBe(address);
    expect(view(answer.options, 6, addressView)).toBe('127.0.0.54');
    server.serve([]);
    send('discover', { mac: a });
    server.serve([loopback]);
    await settled();
    expect(server.leases()).toEqual([]);
  });

  test('a port that is taken is an error of the start', async () => {
    const taken = createSocket('udp4');
    taken.bind(0, '127.0.0.1');
    await once(taken, 'listening');
    const port = taken.address().port;
    await expect(
      startDhcpServer({
        subnets: [],
        address: ipv4('127.0.0.1'),
        httpPort: 80,
        policy: () => undefined,
        journalPath: join(directory, 'other'),
        ports: { server: port, client: 0 },
        onEvent: () => undefined,
      }),
    ).rejects.toMatchObject({ code: 'EADDRINUSE' });
    taken.close();
  });
});
