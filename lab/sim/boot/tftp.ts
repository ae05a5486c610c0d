import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type TftpPacket, tftpCodec } from '../../../boot/tftp/packet.ts';
import { type Ipv4, Reader, Writer } from '../../../net/index.ts';

const PORT = 69;
const BLOCK = 1408;

/** Reads a whole file as firmware does (RFC 1350, blksize of RFC 2348). @returns bytes read; rejects on any error. */
export async function tftpRead(from: Ipv4, server: Ipv4, file: string, signal: AbortSignal): Promise<number> {
  const socket = createSocket('udp4');
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const stop = (): void => reject(new Error(`TFTP of ${file} was broken off`));
  signal.addEventListener('abort', stop, { once: true });
  const send = (packet: TftpPacket, port: number): void => {
    const writer = new Writer();
    tftpCodec.encode(writer, packet);
    socket.send(writer.finish(), port, server);
  };
  let blockSize = 512;
  let block = 0;
  let length = 0;
  socket.on('error', reject);
  socket.on('message', (bytes, { port }) => {
    const packet = tftpCodec.decode(new Reader(Uint8Array.from(bytes)));
    if (packet.kind === 'error') reject(new Error(`TFTP of ${file}: ${packet.message}`));
    if (packet.kind === 'oack') {
      blockSize = Number(packet.options.get('blksize') ?? blockSize);
      send({ kind: 'ack', block: 0 }, port);
    }
    if (packet.kind !== 'data' || packet.block !== ((block + 1) & 0xffff)) return;
    block += 1;
    length += packet.data.length;
    send({ kind: 'ack', block: packet.block }, port);
    if (packet.data.length < blockSize) resolve(length);
  });
  try {
    signal.throwIfAborted();
    socket.bind(0, from);
    await once(socket, 'listening');
    const options = new Map([['blksize', String(BLOCK)]]);
    send({ kind: 'read', file, mode: 'octet', options }, PORT);
    return await promise;
  } finally {
    signal.removeEventListener('abort', stop);
    socket.close();
  }
}
