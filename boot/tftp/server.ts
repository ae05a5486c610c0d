import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type Ipv4, Reader, Writer } from '../../net/index.ts';
import { Quota, Tally } from '../dhcp/tally.ts';
import type { TftpEvent } from './events.ts';
import type { TftpLookup } from './files.ts';
import { negotiate } from './negotiate.ts';
import { type TftpPacket, type TftpRequest, tftpCodec } from './packet.ts';
import { errorCode } from './registry.ts';
import { Sender } from './sender.ts';

export interface TftpServerOptions {
  /** Our own address in the rack network: nothing listens elsewhere. */
  readonly address: Ipv4;
  /** Default 69; 0 takes any free port. */
  readonly port?: number;
  /** Default 256. Above it requests get no answer: firmware asks again after some seconds. */
  readonly maxTransfers?: number;
  readonly lookup: TftpLookup;
  onEvent(event: TftpEvent): void;
}

export interface TftpServer {
  readonly port: number;
  readonly transfers: number;
  /** Stops every transfer and frees every port. */
  close(): Promise<void>;
}

export async function startTftpServer(options: TftpServerOptions): Promise<TftpServer> {
  const server = new Server(options);
  await server.start();
  return server;
}

interface Slot {
  sender?: Sender;
  readonly over: Promise<void>;
}

/** Long enough for every name that is in use, short enough for a log line. */
const longestName = 128;

class Server implements TftpServer {
  readonly #options: TftpServerOptions;
  readonly #socket: Socket;
  readonly #slots = new Map<string, Slot>();
  readonly #tally = new Tally(() => performance.now());
  /** One boot under shim asks for a dozen files that may be missing; a scan asks for more than anybody reads. */
  readonly #refusals = new Quota(() => performance.now(), 100);
  #closed = false;

  constructor(options: TftpServerOptions) {
    this.#options = options;
    this.#socket = createSocket({
      type: 'udp4',
      recvBufferSize: 1 << 20,
      lookup: (address, _options, callback) => callback(null, address, 4),
    });
  }

  async start(): Promise<void> {
    const listening = once(this.#socket, 'listening');
    this.#socket.bind({ port: this.#options.port ?? 69, address: this.#options.address });
    await listening;
    this.#socket.on('error', () => this.#drop('socket error'));
    this.#socket.on('message', (bytes, from) => this.#receive(bytes, from));
  }

  get port(): number {
    return this.#socket.address().port;
  }

  get transfers(): number {
    return this.#slots.size;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const slots = [...this.#slots.values()];
    for (const slot of slots) slot.sender?.stop();
    await Promise.all(slots.map((slot) => slot.over));
    await new Promise<void>((resolve) => {
      this.#socket.close(() => resolve());
    });
  }

  #receive(bytes: Uint8Array, from: RemoteInfo): void {
    if (this.#closed) return;
    let packet: TftpPacket;
    try {
      packet = tftpCodec.decode(new Reader(bytes));
    } catch {
      return this.#drop('malformed');
    }
    // RFC 1350 section 4: transfers have ports of their own, so anything else here is astray. It gets no answer.
    if (packet.kind !== 'read' && packet.kind !== 'write') return this.#drop('not a request');
    this.#request(packet, { address: from.address as Ipv4, port: from.port });
  }

  #request(request: TftpRequest, client: Client): void {
    if (request.kind === 'write') {
      return this.#refuse(client, request, errorCode.accessViolation, 'this server only sends');
    }
    if (request.mode !== 'octet') {
      return this.#refuse(client, request, errorCode.undefined, 'only octet mode');
    }
    const key = `${client.address}:${client.port}`;
    const earlier = this.#slots.get(key);
    if (earlier) {
      // The same request again: our first answer is on its way, or will be sent again by its timer.
      if (!earlier.sender?.heard) return;
      // The same port again after it was answered: the client started over, as firmware does after a reset.
      earlier.sender.stop();
      this.#slots.delete(key);
    }
    if (this.#slots.size >= (this.#options.maxTransfers ?? 256)) return this.#drop('too many transfers');
    const slot: Slot = { over: Promise.resolve().then(() => this.#serve(request, client, slot)) };
    this.#slots.set(key, slot);
    void slot.over.finally(() => {
      if (this.#slots.get(key) === slot) this.#slots.delete(key);
    });
  }

  /** Never rejects. */
  async #serve(request: TftpRequest, client: Client, slot: Slot): Promise<void> {
    const started = performance.now();
    const tell = (outcome: Outcome, bytes = 0): void =>
      this.#say({
        kind: 'tftp',
        client: client.address,
        file: request.file.slice(0, longestName),
        outcome,
        bytes,
        ms: Math.round(performance.now() - started),
      });
    const file = await this.#options.lookup(request.file, client.address).catch(() => undefined);
    if (this.#closed) return;
    if (!file) {
      this.#error(client, errorCode.fileNotFound, 'file not found');
      return this.#refusals.take() ? tell('not-found') : this.#drop('too many refused requests');
    }
    const sender = new Sender(client, file, negotiate(request.options, file.size));
    slot.sender = sender;
    tell('started');
    const outcome = await sender.run(this.#options.address);
    tell(outcome, sender.bytes);
  }

  #refuse(client: Client, request: TftpRequest, code: number, message: string): void {
    this.#error(client, code, message);
    if (!this.#refusals.take()) return this.#drop('too many refused requests');
    const file = request.file.slice(0, longestName);
    this.#say({ kind: 'tftp', client: client.address, file, outcome: 'refused', bytes: 0, ms: 0 });
  }

  #error(client: Client, code: number, message: string): void {
    const writer = new Writer();
    tftpCodec.encode(writer, { kind: 'error', code, message });
    this.#socket.send(writer.finish(), client.port, client.address, () => undefined);
  }

  #drop(reason: string): void {
    const count = this.#tally.count(reason);
    if (count !== undefined) this.#say({ kind: 'tftp-dropped', reason, count });
  }

  #say(event: TftpEvent): void {
    try {
      this.#options.onEvent(event);
    } catch {
      // What the listener throws stops no transfer.
    }
  }
}

interface Client {
  readonly address: Ipv4;
  readonly port: number;
}

type Outcome = Extract<TftpEvent, { kind: 'tftp' }>['outcome'];
