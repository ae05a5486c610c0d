import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { ConnectionOptions } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { CodedError } from '../model/index.ts';
import { payloadCodec } from './payload-codec.ts';

/** How a Temporal server is reached and spoken to; the same for every client and worker of a process. */
export interface TemporalAccess {
  readonly address: string;
  readonly namespace: string;
  readonly tls?: NonNullable<Exclude<ConnectionOptions['tls'], boolean>>;
  readonly dataConverter: DataConverter;
}

export interface TlsFiles {
  /** PEM files: who may sign the server's certificate, and what we show to it. */
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
}

export const failureConverterPath = fileURLToPath(new URL('./failure-converter.ts', import.meta.url));

/** What is said to a Temporal server is sealed with a key that it does not have. */
export function sealed(storeKey: Uint8Array): DataConverter {
  return { payloadCodecs: [payloadCodec(storeKey)], failureConverterPath };
}

/**
 * Whoever reaches a Temporal server can start work on machines, so beyond this computer we show a certificate and want to
 * see one (docs/security.md, rule 32).
 * @throws CodedError TEMPORAL_INSECURE
 */
export async function transport(
  address: string,
  files: TlsFiles,
  plainAllowed: boolean,
): Promise<Pick<TemporalAccess, 'tls'>> {
  const { ca, certificate, key } = files;
  if (!ca && !certificate && !key) {
    if (plainAllowed || isLoopback(address)) return {};
    throw new CodedError(
      'TEMPORAL_INSECURE',
      `The Temporal server ${address} is not on this computer, and there is no client certificate to speak to it with.`,
      { address },
    );
  }
  if (!certificate || !key) {
    throw new CodedError(
      'TEMPORAL_INSECURE',
      'A client certificate is two files, and one of them is not named.',
      {
        missing: certificate ? '--temporal-tls-key' : '--temporal-tls-cert',
      },
    );
  }
  return {
    tls: {
      clientCertPair: { crt: await pem(certificate), key: await pem(key) },
      ...(ca && { serverRootCACertificate: await pem(ca) }),
    },
  };
}

/** `127.0.0.0/8`, `::1` and `localhost`, with a port: what cannot be reached from another computer. */
export function isLoopback(address: string): boolean {
  const host = /^\[(.+)\](?::\d+)?$/.exec(address)?.[1] ?? address.replace(/:\d+$/, '');
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

async function pem(file: string): Promise<Buffer> {
  const content = await readFile(file).catch((error: unknown) => {
    throw new CodedError('TEMPORAL_INSECURE', `${file} cannot be read.`, { file }, error);
  });
  if (content.includes('-----BEGIN ')) return content;
  throw new CodedError('TEMPORAL_INSECURE', `${file} holds no PEM.`, { file });
}
