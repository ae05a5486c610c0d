import ssh2 from 'ssh2';
import { CodedError, type Secret } from '../model/index.ts';
import type { Ipv4 } from '../net/index.ts';
import { ciphers, hostKeyAlgorithms, keyExchanges, macs } from './algorithms.ts';
import { openConnection } from './connection.ts';
import type { Host } from './host.ts';
import { fingerprintOfBlob, keyTypes, type PublicKey, parsePublicKey } from './keys.ts';
import { createHost } from './ssh-host.ts';

/** Where a machine is, who we are there, and how it proves itself. */
export interface Target {
  readonly address: Ipv4;
  readonly port: number;
  readonly username: string;
  readonly privateKey: Secret;
  /** Tried where it does not take the first one. */
  readonly otherKeys?: readonly Secret[];
  /** OpenSSH public key lines. The machine must show one of these; there is no other way to trust it. */
  readonly hostKeys: readonly string[];
}

export interface ConnectOptions {
  /** For everything up to the login together. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

const connectTimeoutMs = 20_000;
/** A peer that answers nothing is given up after interval × (count + 1) = 12 s: within one heartbeat of 15 s. */
const keepaliveIntervalMs = 4_000;
const keepaliveCount = 2;

/**
 * Logs in by public key at a machine whose host key is pinned.
 * @throws CodedError SSH_HOST_KEY_CHANGED, SSH_UNREACHABLE, SSH_LOGIN_REFUSED. An aborted signal throws its reason.
 */
export async function connect(target: Target, options: ConnectOptions = {}): Promise<Host> {
  options.signal?.throwIfAborted();
  const pinned = pinnedKeys(target);
  const where = { address: target.address, port: target.port };
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const client = new ssh2.Client();
  const connection = openConnection(client, where);
  let shown: string | undefined;

  const onAbort = () => reject(options.signal?.reason);
  options.signal?.addEventListener('abort', onAbort, { once: true });
  client.once('ready', resolve);
  client.once('close', () => reject(unreachable(where, 'the connection was closed before the login')));
  client.once('error', (error: Error & { level?: string }) => {
    const offered = /no matching host key format/i.test(error.message);
    if (shown !== undefined || offered) reject(hostKeyChanged(where, pinned, shown));
    else if (error.level === 'client-authentication') reject(loginRefused(where, target.username, error));
    else reject(unreachable(where, error.message, error));
  });
  try {
    client.connect({
      host: target.address,
      port: target.port,
      username: target.username,
      authHandler: [target.privateKey, ...(target.otherKeys ?? [])].map((key) => ({
        type: 'publickey' as const,
        username: target.username,
        key: key.reveal(),
      })),
      hostVerifier: (blob: Buffer) => {
        const matches = pinned.some((key) => blob.equals(key.blob));
        if (!matches) shown = fingerprintOfBlob(blob);
        return matches;
      },
      algorithms: {
        kex: [...keyExchanges],
        cipher: [...ciphers],
        hmac: [...macs],
        compress: ['none'],
        // Only kinds that are pinned: a machine with several keys then shows one that we know.
        serverHostKey: keyTypes
          .filter((type) => pinned.some((key) => key.type === type))
          .flatMap((type) => [...hostKeyAlgorithms[type]]),
      },
      readyTimeout: options.timeoutMs ?? connectTimeoutMs,
      keepaliveInterval: keepaliveIntervalMs,
      keepaliveCountMax: keepaliveCount,
    });
  } catch (error) {
    // ssh2 throws here only for a private key that it cannot parse.
    reject(loginRefused(where, target.username, error));
  }
  try {
    await promise;
  } catch (error) {
    client.destroy();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
  }
  return createHost(connection);
}

function pinnedKeys(target: Target): readonly PublicKey[] {
  const keys = target.hostKeys.map(parsePublicKey).filter((key) => key !== undefined);
  if (keys.length > 0) return keys;
  throw new CodedError('REQUEST_INVALID', `No usable SSH host key is pinned for ${target.address}.`, {
    address: target.address,
  });
}

type Where = { readonly address: Ipv4; readonly port: number };

function hostKeyChanged(where: Where, pinned: readonly PublicKey[], shown: string | undefined): CodedError {
  const expected = pinned.map((key) => key.fingerprint).join(' ');
  const what = shown ?? 'no key of a kind that is pinned';
  return new CodedError(
    'SSH_HOST_KEY_CHANGED',
    `${where.address} shows ${what}; pinned is ${expected}. Nothing was sent to it.`,
    { ...where, expected, shown: shown ?? '' },
  );
}

function loginRefused(where: Where, username: string, cause: unknown): CodedError {
  const message = `${where.address} does not let ${username} in with our SSH key.`;
  return new CodedError('SSH_LOGIN_REFUSED', message, { ...where, username }, cause);
}

function unreachable(where: Where, reason: string, cause?: unknown): CodedError {
  const message = `SSH on ${where.address} does not answer: ${reason}.`;
  return new CodedError('SSH_UNREACHABLE', message, { ...where }, cause);
}
