import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeBytes } from '../../boot/dhcp/codec.ts';
import { type DhcpEvent, startDhcpServer } from '../../boot/dhcp/index.ts';
import { Leases } from '../../boot/dhcp/leases.ts';
import { packetCodec } from '../../boot/dhcp/packet.ts';
import { Reporter } from '../../boot/dhcp/report.ts';
import { Responder } from '../../boot/dhcp/responder.ts';
import type { Lease } from '../../boot/dhcp/world.ts';
import { startTftpServer, type TftpEvent, tableLookup } from '../../boot/tftp/index.ts';
import { negotiate } from '../../boot/tftp/negotiate.ts';
import { type TftpPacket, tftpCodec } from '../../boot/tftp/packet.ts';
import { advance, startTransfer } from '../../boot/tftp/transfer.ts';
import type { Subnet } from '../../model/index.ts';
import { cidr, ipv4, MalformedError, Reader, TruncatedError, Writer } from '../../net/index.ts';
import { captures } from '../boot/dhcp/captures.ts';
import { packetOf, rack } from '../boot/dhcp/sample.ts';
import { Client } from '../boot/tftp/client.ts';

const seed = Number(process.env['RW_FUZZ_SEED'] ?? 20260101);
const growth = 64 * 1024 * 1024;

/** A pool of four /24 on the loopback, so that the same datagrams reach a server on a real socket. */
const subnet: Subnet = {
  ...rack,
  cidr: cidr('127.0.0.0/16'),
  serverAddress: ipv4('127.0.0.1'),
  gateway: ipv4('127.0.0.254'),
  dynamic: { first: ipv4('127.0.4.0'), last: ipv4('127.0.7.255') },
  static: { first: ipv4('127.0.0.20'), last: ipv4('127.0.0.90') },
};
const poolSize = 1024;

/** mulberry32: the same datagrams for the same seed. */
function randomFrom(start: number): (below: number) => number {
  let state = start >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000) * below);
  };
}

type Random = ReturnType<typeof randomFrom>;

function noise(random: Random, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index += 1) bytes[index] = random(256);
  return bytes;
}

/** A valid datagram with some bytes changed, cut off or with more behind it. */
function damaged(random: Random, valid: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(valid);
  for (let count = random(8); count > 0; count -= 1) bytes[random(bytes.length)] = random(256);
  const fate = random(8);
  if (fate === 0) return bytes.subarray(0, random(bytes.length));
  if (fate === 1) return new Uint8Array(Buffer.concat([bytes, noise(random, random(64))]));
  return bytes;
}

function dhcpDatagrams(random: Random): () => Uint8Array {
  const valid = [
    ...Object.values(captures),
    ...(['discover', 'request', 'decline', 'release', 'inform'] as const).flatMap((kind) =>
      [
        {},
        { requested: '127.0.4.1', server: '127.0.0.1' },
        { ciaddr: '127.0.4.1' },
        { giaddr: '127.0.0.9', requested: '127.0.4.2' },
      ].map((sent) => encodeBytes(packetCodec, packetOf(kind, sent))),
    ),
  ];
  return () => {
    if (random(10) === 0) return noise(random, random(600));
    const bytes = damaged(random, valid[random(valid.length)] as Uint8Array);
    // Another card, and often another wish for an address of the pool.
    if (bytes.length > 34) for (let at = 30; at < 34; at += 1) bytes[at] = random(256);
    if (bytes.length > 15 && bytes[12] === 127) bytes.set([4 + random(4), random(256)], 14);
    return bytes;
  };
}

function tftpDatagrams(random: Random): () => Uint8Array {
  const options = new Map([
    ['blksize', '1428'],
    ['windowsize', '4'],
    ['tsize', '0'],
    ['timeout', '2'],
  ]);
  const packets: TftpPacket[] = [
    { kind: 'read', file: 'snponly.efi', mode: 'octet', options },
    { kind: 'read', file: 'snponly.efi', mode: 'octet', options: new Map() },
    { kind: 'write', file: 'snponly.efi', mode: 'octet', options },
    { kind: 'ack', block: 1 },
    { kind: 'data', block: 1, data: new Uint8Array(32) },
    { kind: 'error', code: 0, message: 'no' },
    { kind: 'oack', options },
  ];
  const valid = packets.map((packet) => {
    const writer = new Writer();
    tftpCodec.encode(writer, packet);
    return writer.finish();
  });
  return () =>
    random(5) === 0 ? noise(random, random(600)) : damaged(random, valid[random(valid.length)] as Uint8Array);
}

let collect: () => void;
let directory: string;
beforeAll(async () => {
  setFlagsFromString('--expose-gc');
  collect = runInNewContext('gc') as () => void;
  directory = await mkdtemp(join(tmpdir(), 'rw-fuzz-'));
});
afterAll(() => rm(directory, { recursive: true }));

function heap(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

describe('a million random datagrams', () => {
  test('at DHCP: every one is decided or dropped, and memory stays', async () => {
    const next = dhcpDatagrams(randomFrom(seed));
    const events = new Map<string, number>();
    const count = (key: string): void => void events.set(key, (events.get(key) ?? 0) + 1);
    let time = Date.UTC(2026, 0, 1);
    const leases = new Leases([subnet], [], time);
    let journalled = 0;
    let latest: Lease | undefined;
    const responder = new Responder(
      { address: subnet.serverAddress, httpPort: 8080, policy: () => undefined },
      {
        leases,
        report: new Reporter(
          (event) => count(event.kind === 'dhcp' ? event.message : event.kind),
          () => time,
        ),
        now: () => time,
        keep: async (changed) => {
          journalled += changed.length;
          latest = changed[0];
        },
        waiting: () => 0,
        send: async (bytes) => expect(bytes.length).toBeLessThanOrEqual(1472),
      },
    );
    const before = heap();
    const started = performance.now();
    for (let index = 0; index < 500_000; index += 1) {
      responder.receive(next(), index % 3 === 0 ? 'unicast' : 'broadcast');
      time += 20;
      // Noise never hits the one address that a card has, so some clients give theirs back as they should.
      if (index % 100 === 0 && latest?.state === 'bound') {
        const { mac, address } = latest;
        const sent = index % 200 === 0 ? { mac, ciaddr: address } : { mac, requested: address };
        responder.receive(
          encodeBytes(packetCodec, packetOf(index % 200 === 0 ? 'release' : 'decline', sent)),
          'broadcast',
        );
      }
      if (index % 1000 === 0) await responder.settled();
    }
    await responder.settled();
    const grown = heap() - before;
    console.info(
      `DHCP fuzz: 500,000 in ${Math.round(performance.now() - started)} ms, heap ${Math.round(grown / 1024)} KiB, ${JSON.stringify([...events])}`,
    );
    expect(events.get('dhcp-failed')).toBeUndefined();
    // It is not all noise: enough gets through to wear every path out.
    for (const message of ['offered', 'acknowledged', 'refused', 'informed', 'released', 'declined']) {
      expect(events.get(message) ?? 0, message).toBeGreaterThan(50);
    }
    expect(journalled).toBeGreaterThan(500);
    expect(leases.size.leases).toBeLessThanOrEqual(poolSize);
    expect(leases.size.offers).toBeLessThanOrEqual(poolSize);
    expect(grown).toBeLessThan(growth);
  });

  test('at TFTP: every one is understood or refused, and no transfer goes astray', () => {
    const random = randomFrom(seed + 1);
    const next = tftpDatagrams(random);
    let understood = 0;
    let step = startTransfer(negotiate(new Map(), 100_000));
    const before = heap();
    const started = performance.now();
    for (let index = 0; index < 500_000; index += 1) {
      let packet: TftpPacket;
      try {
        packet = tftpCodec.decode(new Reader(next()));
      } catch (error) {
        if (error instanceof TruncatedError || error instanceof MalformedError) continue;
        throw error;
      }
      understood += 1;
      const over = step.transfer.phase === 'done' || step.transfer.phase === 'failed';
      if (packet.kind === 'read') {
        const terms = negotiate(packet.options, random(200_000));
        if (
          terms.blockSize < 8 ||
          terms.blockSize > 1468 ||
          terms.windowSize > 16 ||
          terms.timeoutMs > 255_000
        )
          throw new Error('terms');
        if (over) step = startTransfer(terms);
      } else if (packet.kind === 'ack') step = advance(step.transfer, packet);
      else if (packet.kind === 'error' && random(50) === 0) step = advance(step.transfer, { kind: 'error' });
      const { acked, sent, terms } = step.transfer;
      if (acked > sent || sent - acked > terms.windowSize) throw new Error(`astray: ${acked} of ${sent}`);
    }
    const grown = heap() - before;
    console.info(
      `TFTP fuzz: 500,000 in ${Math.round(performance.now() - started)} ms, heap ${Math.round(grown / 1024)} KiB, understood ${understood}`,
    );
    expect(understood).toBeGreaterThan(100_000);
    expect(grown).toBeLessThan(growth);
  });
});

describe('twenty thousand over sockets', () => {
  test('at DHCP: the next client is served as if nothing had been', async () => {
    const next = dhcpDatagrams(randomFrom(seed + 2));
    const failures: DhcpEvent[] = [];
    const server = await startDhcpServer({
      subnets: [subnet],
      address: subnet.serverAddress,
      httpPort: 8080,
      policy: () => undefined,
      journalPath: join(directory, 'leases'),
      ports: { server: 0, client: 9 },
      onEvent: (event) => {
        // Addresses that the noise made up cannot always be sent to; nothing else may fail.
        if (event.kind === 'dhcp-failed' && event.what !== 'send') failures.push(event);
      },
    });
    const relay = createSocket({ type: 'udp4', reuseAddr: true });
    relay.bind(server.port, '127.0.0.9');
    await once(relay, 'listening');
    const probe = async (): Promise<void> => {
      // The one request that every server answers: its configuration, to who has an address.
      const xid = 0x5eed_0000 + (Math.floor(performance.now() * 1000) % 0xffff);
      const heard = new Promise<void>((resolve) => {
        relay.on('message', function answered(bytes) {
          if (bytes.readUInt32BE(4) !== xid) return;
          relay.off('message', answered);
          resolve();
        });
      });
      relay.send(
        encodeBytes(packetCodec, {
          ...packetOf('inform', { ciaddr: '127.0.0.77', giaddr: '127.0.0.9' }),
          xid,
        }),
        server.port,
        '127.0.0.1',
      );
      await heard;
    };
    const before = heap();
    for (let index = 0; index < 10_000; index += 1) {
      relay.send(next(), server.port, '127.0.0.1');
      if (index % 100 === 99) await probe();
    }
    await probe();
    expect(failures).toEqual([]);
    const sizes = server.sizes();
    expect(sizes.leases).toBeLessThanOrEqual(poolSize);
    expect(sizes.offers).toBeLessThanOrEqual(poolSize);
    expect(heap() - before).toBeLessThan(growth);
    relay.close();
    await server.close();
  });

  test('at TFTP: the next client is served as if nothing had been', async () => {
    const next = tftpDatagrams(randomFrom(seed + 3));
    const file = noise(randomFrom(seed), 20_000);
    const events: TftpEvent[] = [];
    const server = await startTftpServer({
      address: ipv4('127.0.0.1'),
      port: 0,
      maxTransfers: 64,
      lookup: tableLookup(new Map([['snponly.efi', file]])),
      onEvent: (event) => events.push(event),
    });
    const sockets = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const socket = createSocket('udp4');
        socket.bind(0, '127.0.0.1');
        await once(socket, 'listening');
        // Noise for the transfer ports as well: whoever answers gets more of it.
        socket.on('message', (_, from) => {
          if (from.port !== server.port) socket.send(next(), from.port, from.address);
        });
        return socket;
      }),
    );
    const before = heap();
    for (let index = 0; index < 10_000; index += 1) {
      sockets[index % sockets.length]?.send(next(), server.port, '127.0.0.1');
      if (index % 1000 !== 999) continue;
      const client = await Client.open();
      expect(await client.fetch('snponly.efi', server.port, { blksize: '1428' })).toEqual(file);
      client.close();
    }
    expect(server.transfers).toBeLessThanOrEqual(64);
    for (const socket of sockets) socket.close();
    await server.close();
    expect(server.transfers).toBe(0);
    expect(heap() - before).toBeLessThan(growth);
  });
});
