import type { Client, ClientChannel } from 'ssh2';
import { CodedError } from '../model/index.ts';

/** An emulated machine takes seconds to open a channel, a busy one some more. */
const OPEN_MS = 30_000;

/** A connection that runs commands, and knows when it has broken. */
export interface Connection {
  readonly address: string;
  /**
   * `listen` is called before anything of the channel is heard: opening, output and end of a short command may arrive
   * in one packet, and ssh2 does not keep the exit status for who comes later.
   * @throws CodedError SSH_UNREACHABLE when the connection is broken or refuses one more channel.
   */
  exec(text: string, listen: (channel: ClientChannel) => void): Promise<ClientChannel>;
  /** What to say about a channel that ended without an exit status. */
  brokenError(): CodedError;
  close(): void;
}

export function openConnection(client: Client, where: { address: string; port: number }): Connection {
  let reason: string | undefined;
  client.on('error', (error) => {
    reason ??= error.message;
  });
  client.once('close', () => {
    reason ??= 'the connection was closed';
  });
  const brokenError = () =>
    new CodedError(
      'SSH_UNREACHABLE',
      `The SSH connection to ${where.address} broke: ${reason ?? 'the channel was closed'}.`,
      { ...where },
    );

  return {
    address: where.address,
    brokenError,
    exec(text, listen) {
      const { promise, resolve, reject } = Promise.withResolvers<ClientChannel>();
      const onClose = () => reject(brokenError());
      client.once('close', onClose);
      // Keepalives may still be answered: whoever comes next is to find a new connection.
      const late = setTimeout(() => {
        reason ??= `no channel was opened within ${OPEN_MS / 1000} s`;
        reject(brokenError());
        client.destroy();
      }, OPEN_MS);
      try {
        client.exec(text, (error, channel) => {
          if (error) return reject(brokenError());
          listen(channel);
          resolve(channel);
        });
      } catch {
        // ssh2 throws "Not connected" at once.
        reject(brokenError());
      }
      return promise.finally(() => {
        clearTimeout(late);
        client.off('close', onClose);
      });
    },
    close() {
      reason ??= 'it was closed by us';
      client.end();
    },
  };
}
