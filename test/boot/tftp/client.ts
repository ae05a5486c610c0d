import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type TftpPacket, tftpCodec } from '../../../boot/tftp/packet.ts';
import { Reader, Writer } from '../../../net/index.ts';

/** A client that does what a test tells it, packet by packet. */
export class Client {
  readonly #socket: Socket = createSocket('udp4');
  readonly #waiting: ((heard: Heard) => void)[] = [];
  readonly #heard: Heard[] = [];

  static async open(): Promise<Client> {
    const client = new Client();
    client.#socket.on('message', (bytes, from) => {
      const heard = { packet: tftpCodec.decode(new Reader(Uint8Array.from(bytes))), port: from.port };
      const next = client.#waiting.shift();
      if (next) next(heard);
      else client.#heard.push(heard);
    });
    client.#socket.bind(0, '127.0.0.1');
    await once(client.#socket, 'listening');
    return client;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  send(packet: TftpPacket, port: number): void {
    const writer = new Writer();
    tftpCodec.encode(writer, packet);
    this.sendBytes(writer.finish(), port);
  }

  sendBytes(bytes: Uint8Array, port: number): void {
    this.#socket.send(bytes, port, '127.0.0.1');
  }

  read(file: string, port: number, options: Record<string, string> = {}, mode = 'octet'): void {
    this.send({ kind: 'read', file, mode, options: new Map(Object.entries(options)) }, port);
  }

  next(): Promise<Heard> {
    const heard = this.#heard.shift();
    if (heard) return Promise.resolve(heard);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** The whole of a file, acknowledged window by window. */
  async fetch(file: string, port: number, options: Record<string, string> = {}): Promise<Uint8Array> {
    this.read(file, port, options);
    let [blockSize, windowSize, block] = [512, 1, 0];
    const parts: Uint8Array[] = [];
    for (;;) {
      const { packet, port: from } = await this.next();
      if (packet.kind === 'oack') {
        blockSize = Number(packet.options.get('blksize') ?? blockSize);
        windowSize = Number(packet.options.get('windowsize') ?? windowSize);
        this.send({ kind: 'ack', block: 0 }, from);
      } else if (packet.kind === 'data' && packet.block === ((block + 1) & 0xffff)) {
        block += 1;
        parts.push(packet.data);
        const last = packet.data.length < blockSize;
        if (last || block % windowSize === 0) this.send({ kind: 'ack', block: packet.block }, from);
        if (last) return new Uint8Array(Buffer.concat(parts));
      } else if (packet.kind === 'error') throw new Error(`TFTP error ${packet.code}: ${packet.message}`);
    }
  }

  close(): void {
    this.#socket.close();
  }
}

interface Heard {
  readonly packet: TftpPacket;
  readonly port: number;
}
