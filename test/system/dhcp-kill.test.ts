import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeBytes, encodeBytes } from '../../boot/dhcp/codec.ts';
import { packetCodec } from '../../boot/dhcp/packet.ts';
import { u8View, view } from '../../boot/dhcp/views/index.ts';
import type { Subnet } from '../../model/index.ts';
import { cidr, type Ipv4, ipv4, type Mac, macFromBytes } from '../../net/index.ts';
import { macOf, packetOf, rack } from '../boot/dhcp/sample.ts';
import { BootServerProcess } from '../fixtures/boot-server-process.ts';

const relayAddress = '127.0.0.9';
const subnet: Subnet = {
  ...rack,
  cidr: cidr('127.0.0.0/16'),
  serverAddress: ipv4('127.0.0.1'),
  gateway: ipv4('127.0.0.254'),
  dynamic: { first: ipv4('127.0.16.0'), last: ipv4('127.0.31.255') },
  static: { first: ipv4('127.0.0.20'), last: ipv4('127.0.0.90') },
};

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rw-kill-'));
});
afterAll(() => rm(directory, { recursive: true }));

function startServer(): Promise<BootServerProcess> {
  return BootServerProcess.start({
    address: ipv4('127.0.0.1'),
    subnets: [subnet],
    journalPath: join(directory, 'leases'),
    ports: { server: 0, client: 9 },
    tftpPort: 0,
  });
}

async function openRelay(server: BootServerProcess): Promise<Socket> {
  const relay = createSocket({ type: 'udp4', reuseAddr: true, recvBufferSize: 1 << 20 });
  relay.bind(server.port, relayAddress);
  await once(relay, 'listening');
  return relay;
}

function send(relay: Socket, server: BootServerProcess, ...packet: Parameters<typeof packetOf>): void {
  const [kind, sent] = packet;
  const bytes = encodeBytes(packetCodec, packetOf(kind, { ...sent, giaddr: relayAddress }));
  relay.send(bytes, server.port, '127.0.0.1', () => undefined);
}

/** DORA for many clients, some dozens at a time, until so many acknowledgements arrived; then the server is shot. */
async function storm(first: number, enough: number, acknowledged: Map<Mac, Ipv4>): Promise<void> {
  const server = await startServer();
  const relay = await openRelay(server);
  let next = first;
  let heard = 0;
  const shot = new Promise<void>((resolve) => {
    relay.on('message', (bytes) => {
      const reply = decodeBytes(packetCodec, bytes);
      const mac = macFromBytes(reply.chaddr.subarray(0, 6));
      const kind = view(reply.options, 53, u8View);
      if (kind === 2) send(relay, server, 'request', { mac, requested: reply.yiaddr, server: '127.0.0.1' });
      if (kind !== 5) return;
      acknowledged.set(mac, reply.yiaddr);
      send(relay, server, 'discover', { mac: macOf(next++) });
      heard += 1;
      if (heard === enough) resolve();
    });
  });
  for (let index = 0; index < 64; index += 1) send(relay, server, 'discover', { mac: macOf(next++) });
  await shot;
  await server.kill();
  // What was sent before the shot may still lie in our socket.
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  relay.close();
}

test('kill -9 in a storm of clients loses no acknowledged lease, three times over', async () => {
  const acknowledged = new Map<Mac, Ipv4>();
  for (const [round, enough] of [137, 511, 800].entries()) {
    await storm(round * 2000, enough, acknowledged);
    const server = await startServer();
    const relay = await openRelay(server);
    const answers = new Map<Mac, Ipv4 | 'refused'>();
    const all = new Promise<void>((resolve) => {
      let pending: Mac | undefined;
      const clients = acknowledged.keys();
      const askNext = (): void => {
        pending = clients.next().value;
        if (!pending) return resolve();
        send(relay, server, 'request', { mac: pending, requested: acknowledged.get(pending) as Ipv4 });
      };
      relay.on('message', (bytes) => {
        const reply = decodeBytes(packetCodec, bytes);
        answers.set(pending as Mac, view(reply.options, 53, u8View) === 5 ? reply.yiaddr : 'refused');
        askNext();
      });
      askNext();
    });
    await all;
    expect(answers).toEqual(acknowledged);
    expect(new Set(answers.values()).size).toBe(answers.size);
    relay.close();
    await server.stop();
  }
  expect(acknowledged.size).toBeGreaterThanOrEqual(1448);
});
