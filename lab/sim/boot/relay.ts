import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { decodeBytes, encodeBytes } from '../../../boot/dhcp/codec.ts';
import { type DhcpPacket, packetCodec } from '../../../boot/dhcp/packet.ts';
import type { Ipv4 } from '../../../net/index.ts';

/** One relay (RFC 1542, section 4) in front of the whole fleet, so that thousands of machines cost one socket. */
export interface Relay {
  readonly address: Ipv4;
  /** Hands a message to the server. Nobody says whether it arrived. */
  send(packet: DhcpPacket): void;
  /** Every reply to this transaction, until the returned function is called. */
  listen(xid: number, onReply: (packet: DhcpPacket) => void): () => void;
  close(): Promise<void>;
}

const SERVER_PORT = 67;

export async function openRelay(address: Ipv4, server: Ipv4): Promise<Relay> {
  const waiting = new Map<number, (packet: DhcpPacket) => void>();
  // The server listens on every address of this port; the one that names its own address hears what is sent there.
  const socket = createSocket({ type: 'udp4', reuseAddr: true, recvBufferSize: 1 << 20 });
  socket.on('message', (bytes) => {
    try {
      const packet = decodeBytes(packetCodec, bytes);
      waiting.get(packet.xid)?.(packet);
    } catch {
      // Not for us: a relay drops what it cannot read.
    }
  });
  socket.bind(SERVER_PORT, address);
  await once(socket, 'listening');
  // A server that is away answers with ICMP; the client asks again by itself.
  socket.on('error', () => undefined);
  return {
    address,
    send: (packet) => socket.send(encodeBytes(packetCodec, packet), SERVER_PORT, server, () => undefined),
    listen(xid, onReply) {
      waiting.set(xid, onReply);
      return () => waiting.delete(xid);
    },
    async close() {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}
