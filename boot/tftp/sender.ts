import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type Ipv4, Reader, Writer } from '../../net/index.ts';
import type { TftpFile } from './files.ts';
import type { Terms } from './negotiate.ts';
import { type TftpPacket, tftpCodec } from './packet.ts';
import { errorCode } from './registry.ts';
import { advance, type Step, startTransfer, type Transfer, type TransferInput } from './transfer.ts';

export type SendOutcome = 'completed' | 'aborted' | 'silent' | 'failed';

/** One file on its way to one client, from a socket of its own: its port is our transfer id (RFC 1350 section 4). */
export class Sender {
  readonly #client: { readonly address: Ipv4; readonly port: number };
  readonly #file: TftpFile;
  readonly #socket: Socket;
  readonly #ended = Promise.withResolvers<SendOutcome>();
  #step: Step;
  #timer: NodeJS.Timeout | undefined;
  /** Which `send` is the newest: a read that ends after a newer acknowledgement has nothing to send any more. */
  #turn = 0;
  #heard = false;
  #over = false;

  constructor(client: { readonly address: Ipv4; readonly port: number }, file: TftpFile, terms: Terms) {
    this.#client = client;
    this.#file = file;
    this.#step = startTransfer(terms);
    this.#socket = createSocket({
      type: 'udp4',
      lookup: (address, _options, callback) => callback(null, address, 4),
    });
    this.#socket.on('error', () => this.#end('failed'));
    this.#socket.on('message', (bytes, from) => this.#receive(bytes, from));
  }

  /** Whether the client has answered at all. */
  get heard(): boolean {
    return this.#heard;
  }

  /** Bytes that the client acknowledged. */
  get bytes(): number {
    const { terms, acked } = this.#transfer;
    return Math.min(acked * terms.blockSize, terms.size);
  }

  /** Resolves when it is over; never rejects. */
  async run(from: Ipv4): Promise<SendOutcome> {
    try {
      const listening = once(this.#socket, 'listening');
      this.#socket.bind({ port: 0, address: from });
      await listening;
      this.#act();
    } catch {
      this.#end('failed');
    }
    return this.#ended.promise;
  }

  stop(): void {
    this.#end('aborted');
  }

  get #transfer(): Transfer {
    return this.#step.transfer;
  }

  #receive(bytes: Uint8Array, from: RemoteInfo): void {
    let packet: TftpPacket;
    try {
      packet = tftpCodec.decode(new Reader(bytes));
    } catch {
      return; // malformed: as good as lost
    }
    if (from.port !== this.#client.port || from.address !== this.#client.address) {
      // RFC 1350 section 4: say so to the stranger, and go on. An error is never answered with an error.
      if (packet.kind !== 'error') this.#write(unknownTransfer, from);
      return;
    }
    this.#heard = true;
    if (packet.kind === 'ack') this.#advance({ kind: 'ack', block: packet.block });
    else if (packet.kind === 'error') this.#advance({ kind: 'error' });
  }

  #advance(input: TransferInput): void {
    if (this.#over) return;
    this.#step = advance(this.#transfer, input);
    const { phase } = this.#transfer;
    if (phase === 'done') this.#end('completed');
    else if (phase === 'failed') this.#end(input.kind === 'error' ? 'aborted' : 'silent');
    else this.#act();
  }

  #act(): void {
    if (this.#over) return;
    const { send, waitMs } = this.#step;
    if (waitMs !== undefined) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#advance({ kind: 'timeout' }), waitMs);
    }
    if (!send) return;
    this.#turn += 1;
    if (send.kind === 'oack') {
      this.#write({ kind: 'oack', options: this.#transfer.terms.agreed ?? new Map() }, this.#client);
    } else void this.#sendBlocks(send.first, send.last, this.#turn);
  }

  async #sendBlocks(first: number, last: number, turn: number): Promise<void> {
    const { blockSize, size } = this.#transfer.terms;
    const offset = (first - 1) * blockSize;
    const length = Math.min((last - first + 1) * blockSize, size - offset);
    let bytes: Uint8Array;
    try {
      bytes = await this.#file.read(offset, length);
    } catch {
      bytes = new Uint8Array();
    }
    if (turn !== this.#turn) return;
    if (bytes.length !== length) {
      // The file changed or its disk failed. A short block would look like the end of the file to the client.
      this.#write({ kind: 'error', code: errorCode.undefined, message: 'read error' }, this.#client);
      return this.#end('failed');
    }
    for (let block = first; block <= last; block += 1) {
      const start = (block - first) * blockSize;
      const data = bytes.subarray(start, start + blockSize);
      this.#write({ kind: 'data', block: block & 0xffff, data }, this.#client);
    }
  }

  #write(packet: TftpPacket, to: { readonly address: string; readonly port: number }): void {
    const writer = new Writer();
    tftpCodec.encode(writer, packet);
    // What cannot be sent is as good as lost: the timer sends it again.
    this.#socket.send(writer.finish(), to.port, to.address, () => undefined);
  }

  #end(outcome: SendOutcome): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#turn += 1;
    this.#socket.close(() => this.#ended.resolve(outcome));
  }
}

const unknownTransfer: TftpPacket = {
  kind: 'error',
  code: errorCode.unknownTransferId,
  message: 'unknown transfer id',
};
