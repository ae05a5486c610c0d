import { randomBytes } from 'node:crypto';
import { EventEmitter, on, once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  startTftpServer,
  type TftpEvent,
  type TftpServer,
  type TftpServerOptions,
  tableLookup,
} from '../../../boot/tftp/index.ts';
import { ipv4 } from '../../../net/index.ts';
import { Client } from './client.ts';
import { traversals } from './traversals.ts';

const loader = Uint8Array.from(randomBytes(173_792));
const table = new Map([
  ['snponly.efi', loader],
  ['whole-blocks', loader.subarray(0, 1024)],
  ['empty', new Uint8Array()],
]);

let server: TftpServer;
let client: Client;
let events: TftpEvent[];
let said: EventEmitter;

beforeEach(async () => {
  await start();
  client = await Client.open();
});
afterEach(async () => {
  client.close();
  await server.close();
});

async function start(options: Partial<TftpServerOptions> = {}): Promise<void> {
  events = [];
  said = new EventEmitter();
  server = await startTftpServer({
    address: ipv4('127.0.0.1'),
    port: 0,
    lookup: tableLookup(table),
    onEvent: (event) => {
      events.push(event);
      said.emit('event', event);
    },
    ...options,
  });
}

async function restart(options: Partial<TftpServerOptions>): Promise<void> {
  await server.close();
  await start(options);
}

/** Resolves with the first event of that outcome, also when it was said already. */
async function ended(outcome: string): Promise<TftpEvent> {
  const find = (): TftpEvent | undefined =>
    events.find((event) => event.kind === 'tftp' && event.outcome === outcome);
  while (!find()) await once(said, 'event');
  return find() as TftpEvent;
}

describe('reading', () => {
  test.each<[string, Record<string, string>]>([
    ['snponly.efi', {}],
    ['snponly.efi', { blksize: '1428', tsize: '0' }],
    ['snponly.efi', { blksize: '1408', windowsize: '8' }],
    ['snponly.efi', { blksize: '8', windowsize: '16' }],
    ['whole-blocks', {}],
    ['whole-blocks', { blksize: '1024', windowsize: '4' }],
    ['empty', {}],
    ['empty', { tsize: '0' }],
  ])('%s with %j', async (name, options) => {
    expect(await client.fetch(name, server.port, options)).toEqual(table.get(name));
    expect(await ended('completed')).toMatchObject({
      client: '127.0.0.1',
      file: name,
      bytes: table.get(name)?.length,
    });
    expect(server.transfers).toBe(0);
  });

  test('tells the size, and firmware that wanted no more may stop', async () => {
    client.read('snponly.efi', server.port, { tsize: '0' });
    const { packet, port } = await client.next();
    expect(packet).toEqual({ kind: 'oack', options: new Map([['tsize', '173792']]) });
    client.send({ kind: 'error', code: 0, message: 'User aborted' }, port);
    expect(await ended('aborted')).toMatchObject({ bytes: 0 });
  });

  test('many at once, each from a port of its own', async () => {
    const clients = await Promise.all(Array.from({ length: 20 }, () => Client.open()));
    const files = await Promise.all(
      clients.map((each) => each.fetch('snponly.efi', server.port, { blksize: '1428' })),
    );
    expect(files.every((file) => Buffer.compare(file, loader) === 0)).toBe(true);
    for (const each of clients) each.close();
  });

  test('a request that is repeated before our answer came is one transfer', async () => {
    for (let index = 0; index < 3; index += 1) client.read('snponly.efi', server.port);
    const { port } = await client.next();
    client.send({ kind: 'ack', block: 1 }, port);
    expect(await client.next()).toMatchObject({ packet: { kind: 'data', block: 2 }, port });
    expect(events.filter((event) => event.kind === 'tftp')).toHaveLength(1);
  });

  test('a client that starts over from the same port is served anew', async () => {
    client.read('snponly.efi', server.port);
    const first = await client.next();
    client.send({ kind: 'ack', block: 1 }, first.port);
    await client.next();
    expect(await client.fetch('whole-blocks', server.port)).toEqual(table.get('whole-blocks'));
    expect(await ended('aborted')).toMatchObject({ file: 'snponly.efi', bytes: 512 });
  });

  test('a stranger on the port of a transfer gets error 5, and the transfer goes on (RFC 1350 4)', async () => {
    client.read('snponly.efi', server.port);
    const { port } = await client.next();
    const stranger = await Client.open();
    stranger.send({ kind: 'ack', block: 1 }, port);
    expect(await stranger.next()).toMatchObject({ packet: { kind: 'error', code: 5 } });
    client.send({ kind: 'ack', block: 1 }, port);
    expect(await client.next()).toMatchObject({ packet: { kind: 'data', block: 2 } });
    stranger.close();
  });

  test('rubbish on the port of a transfer is as good as lost', async () => {
    client.read('snponly.efi', server.port);
    const { port } = await client.next();
    for (const bytes of [
      new Uint8Array(),
      Uint8Array.of(0),
      Uint8Array.of(0, 4),
      new Uint8Array(1400).fill(255),
    ]) {
      client.sendBytes(bytes, port);
    }
    client.send({ kind: 'ack', block: 1 }, port);
    expect(await client.next()).toMatchObject({ packet: { kind: 'data', block: 2 } });
  });

  test('a block that was lost is sent again', async () => {
    client.read('snponly.efi', server.port);
    const first = await client.next();
    expect(await client.next()).toEqual(first);
  });
});

describe('refusing', () => {
  test.each<[string, number, () => void]>([
    [
      'writing',
      2,
      () => client.send({ kind: 'write', file: 'x', mode: 'octet', options: new Map() }, server.port),
    ],
    ['what is not in the table', 1, () => client.read('other.efi', server.port)],
    ['netascii', 0, () => client.read('snponly.efi', server.port, {}, 'netascii')],
    ['mail', 0, () => client.read('snponly.efi', server.port, {}, 'mail')],
  ])('%s', async (_, code, ask) => {
    ask();
    expect(await client.next()).toMatchObject({ packet: { kind: 'error', code } });
  });

  test('every spelling of a file that is not in the table: error 1, and nothing is read', async () => {
    let reads = 0;
    const lookup = tableLookup(table);
    await restart({
      lookup: async (name, from) => {
        const file = await lookup(name, from);
        if (file) reads += 1;
        return file;
      },
    });
    const names = traversals();
    expect(names.length).toBeGreaterThanOrEqual(200);
    for (const name of names) {
      client.read(name, server.port);
      expect((await client.next()).packet, name.slice(0, 60)).toMatchObject({ kind: 'error', code: 1 });
    }
    expect(reads).toBe(0);
    // A scan is told in part, and counted.
    expect(events.filter((event) => event.kind === 'tftp')).toHaveLength(100);
    expect(events.at(-1)).toMatchObject({ kind: 'tftp-dropped', reason: 'too many refused requests' });
  });

  test('what is no request gets no answer at all', async () => {
    for (const bytes of [
      new Uint8Array(),
      Uint8Array.of(0, 1),
      Uint8Array.of(0, 3, 0, 1, 9),
      Uint8Array.of(0, 4, 0, 0),
      Uint8Array.of(0, 5, 0, 1, 0),
      Uint8Array.of(9, 9),
    ]) {
      client.sendBytes(bytes, server.port);
    }
    client.read('other.efi', server.port);
    expect(await client.next()).toMatchObject({ packet: { kind: 'error', code: 1 } });
    expect(events.filter((event) => event.kind === 'tftp-dropped')).toEqual([
      { kind: 'tftp-dropped', reason: 'malformed', count: 1 },
      { kind: 'tftp-dropped', reason: 'not a request', count: 1 },
    ]);
  });

  test('more transfers than allowed are not started', async () => {
    await restart({ maxTransfers: 2 });
    const clients = await Promise.all(Array.from({ length: 5 }, () => Client.open()));
    for (const each of clients) each.read('snponly.efi', server.port, { tsize: '0' });
    const dropped = events.some((event) => event.kind === 'tftp-dropped');
    for await (const _ of dropped ? [] : on(said, 'event')) {
      if (events.some((event) => event.kind === 'tftp-dropped')) break;
    }
    expect(server.transfers).toBe(2);
    expect(events.find((event) => event.kind === 'tftp-dropped')).toMatchObject({
      reason: 'too many transfers',
    });
    for (const each of clients) each.close();
  });

  test('a lookup that fails is a file that is not there', async () => {
    await restart({ lookup: () => Promise.reject(new Error('disk is gone')) });
    client.read('snponly.efi', server.port);
    expect(await client.next()).toMatchObject({ packet: { kind: 'error', code: 1 } });
  });

  test('a file that cannot be read, or shrank, is an error and not a short file', async () => {
    const broken = { size: 1000, read: () => Promise.reject(new Error('disk is gone')) };
    const shrunk = { size: 1000, read: async () => new Uint8Array(10) };
    await restart({ lookup: async (name) => (name === 'broken' ? broken : shrunk) });
    for (const name of ['broken', 'shrunk']) {
      client.read(name, server.port);
      expect(await client.next()).toMatchObject({ packet: { kind: 'error', code: 0 } });
    }
    expect(await ended('failed')).toMatchObject({ bytes: 0 });
  });
});

test('close stops transfers in the middle and frees the ports', async () => {
  client.read('snponly.efi', server.port);
  await client.next();
  const { port } = server;
  await server.close();
  expect(await ended('aborted')).toMatchObject({ file: 'snponly.efi' });
  await start({ port });
  expect(server.port).toBe(port);
});
