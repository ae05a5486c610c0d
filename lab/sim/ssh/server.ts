import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import ssh2, { type AuthContext, type Connection, type ServerChannel } from 'ssh2';
import type { Ipv4 } from '../../../net/index.ts';
import type { Secret } from '../../../model/index.ts';

export interface SshServerOptions {
  readonly address: Ipv4;
  /** Default 22; 0 for any free one. */
  readonly port?: number;
  readonly hostKey: Secret;
  /** `type base64` */
  readonly keys: () => readonly string[];
  /** One command with all of its input. Ends the channel itself; nothing is said when `signal` is aborted. */
  readonly onExec: (
    command: string,
    input: Buffer,
    channel: ServerChannel,
    signal: AbortSignal,
  ) => Promise<void>;
}

export interface SshServer {
  readonly port: number;
  /** As a machine that loses its power: nothing is said goodbye to. */
  cut(): Promise<void>;
  /** Cuts what is connected now and goes on listening. */
  drop(): void;
}

/** One machine's sshd. Only public keys, only commands. */
export async function serveSsh(options: SshServerOptions): Promise<SshServer> {
  const sockets = new Set<Socket>();
  const life = new AbortController();
  const speaks = new ssh2.Server({ hostKeys: [options.hostKey.reveal()] }, (connection) =>
    serve(connection, options, life.signal),
  );
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    speaks.injectSocket(socket);
  });
  listener.listen(options.port ?? 22, options.address);
  await once(listener, 'listening');
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const bound = listener.address();
  return {
    port: typeof bound === 'object' && bound ? bound.port : 0,
    drop,
    async cut() {
      life.abort();
      drop();
      const closed = once(listener, 'close');
      listener.close();
      await closed;
    },
  };
}

function serve(connection: Connection, options: SshServerOptions, life: AbortSignal): void {
  const ended = new AbortController();
  const signal = AbortSignal.any([life, ended.signal]);
  connection.on('error', () => undefined);
  connection.on('close', () => ended.abort());
  connection.on('authentication', (context) => {
    if (isAllowed(context, options.keys())) context.accept();
    else context.reject(['publickey']);
  });
  connection.on('session', (accept) => {
    accept().on('exec', (acceptExec, _reject, { command }) => {
      const channel = acceptExec();
      const input: Buffer[] = [];
      channel.on('error', () => undefined);
      channel.on('data', (chunk: Buffer) => input.push(chunk));
      channel.once('end', () => {
        options.onExec(command, Buffer.concat(input), channel, signal).catch(() => channel.close());
      });
    });
  });
}

/** RFC 4252, section 7: the client first asks whether the key would do, then proves that it has it. */
function isAllowed(context: AuthContext, keys: readonly string[]): boolean {
  if (context.method !== 'publickey' || context.username !== 'root') return false;
  const line = `${context.key.algo} ${context.key.data.toString('base64')}`;
  if (!keys.includes(line)) return false;
  if (!context.signature) return true;
  const key = ssh2.utils.parseKey(line);
  if (key instanceof Error || !context.blob) return false;
  const [only] = Array.isArray(key) ? key : [key];
  return only?.verify(context.blob, context.signature, context.hashAlgo) === true;
}
