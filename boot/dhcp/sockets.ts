import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Ipv4 } from '../../net/index.ts';

export interface DhcpSockets {
  readonly port: number;
  send(bytes: Uint8Array, port: number, address: Ipv4 | '255.255.255.255'): Promise<void>;
  close(): Promise<void>;
}

/**
 * Two sockets on one port. Clients without an address broadcast, and only a socket on 0.0.0.0 hears that. What we send
 * leaves from a socket that is bound to our own address: Linux routes a limited broadcast out of the interface that owns
 * its source address, and Node cannot bind to a device. Datagrams to our own address arrive at the second socket, since
 * the more specific one wins; so which of the two heard it says how it was sent.
 */
export async function openSockets(options: {
  readonly address: Ipv4;
  readonly port: number;
  onDatagram(bytes: Uint8Array, via: 'unicast' | 'broadcast'): void;
  onError(error: Error): void;
}): Promise<DhcpSockets> {
  const everywhere = dhcpSocket();
  const ours = dhcpSocket();
  try {
    const port = await bind(everywhere, options.port, '0.0.0.0');
    await bind(ours, port, options.address);
    ours.setBroadcast(true);
    everywhere.on('message', (bytes) => options.onDatagram(bytes, 'broadcast'));
    ours.on('message', (bytes) => options.onDatagram(bytes, 'unicast'));
    everywhere.on('error', (error) => options.onError(error));
    ours.on('error', (error) => options.onError(error));
    return {
      port,
      send: (bytes, port, address) =>
        new Promise((resolve, reject) => {
          ours.send(bytes, port, address, (error) => (error ? reject(error) : resolve()));
        }),
      close: async () => {
        await Promise.all([close(everywhere), close(ours)]);
      },
    };
  } catch (error) {
    await Promise.all([close(everywhere), close(ours)]);
    throw error;
  }
}

function dhcpSocket(): Socket {
  return createSocket({
    type: 'udp4',
    reuseAddr: true,
    // A rack that gets its power back asks all at once.
    recvBufferSize: 1 << 20,
    // Addresses only, never names.
    lookup: (address, _options, callback) => callback(null, address, 4),
  });
}

async function bind(socket: Socket, port: number, address: string): Promise<number> {
  const listening = once(socket, 'listening');
  socket.bind({ port, address });
  await listening;
  return socket.address().port;
}

async function close(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => {
    try {
      socket.close(() => resolve());
    } catch {
      resolve(); // never bound, or closed already
    }
  });
}
