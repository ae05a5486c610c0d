import { chmod, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { createAdaptorServer, type ServerType } from '@hono/node-server';
import type { Api } from './app.ts';

export interface ListenOptions {
  readonly app: Pick<Api, 'fetch'>;
  readonly socketPath: string;
  /** TCP as well. 0 takes any free port. */
  readonly port?: number;
  /** Default: 127.0.0.1. Another one is for a network that nobody else is on, or behind something that speaks TLS. */
  readonly host?: string;
}

export interface Listening {
  readonly socketPath: string;
  readonly port?: number;
  close(): Promise<void>;
}

/** An upload of gigabytes takes longer than the five minutes of Node; whoever takes it watches for silence. */
const serverOptions = { requestTimeout: 0 };

/** Linux keeps 108 bytes for the path with its closing zero (unix(7)). */
const maxSocketPath = 107;

/** @throws when another service answers at the socket, or the port is taken. */
export async function listen({
  app,
  socketPath,
  port,
  host = '127.0.0.1',
}: ListenOptions): Promise<Listening> {
  if (Buffer.byteLength(socketPath) > maxSocketPath) {
    throw new Error(`the path of the socket is longer than ${maxSocketPath} bytes: ${socketPath}`);
  }
  if (await answers(socketPath)) throw new Error(`another service answers at ${socketPath}`);
  await rm(socketPath, { force: true });
  const local = createAdaptorServer({ fetch: app.fetch, serverOptions });
  const servers = [local];
  // The mask covers the moment between bind and chmod; bind happens inside the call.
  const mask = process.umask(0o177);
  const bound = started(local, () => local.listen(socketPath));
  process.umask(mask);
  await bound;
  await chmod(socketPath, 0o600);
  const close = async () => {
    await Promise.all(servers.map(stop));
    await rm(socketPath, { force: true });
  };
  if (port === undefined) return { socketPath, close };
  const network = createAdaptorServer({ fetch: app.fetch, serverOptions });
  try {
    await started(network, () => network.listen(port, host));
  } catch (error) {
    await close();
    throw error;
  }
  servers.push(network);
  return { socketPath, port: (network.address() as AddressInfo).port, close };
}

function started(server: ServerType, begin: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve();
    });
    begin();
  });
}

/** Event streams never end by themselves, so open connections are cut. */
function stop(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
