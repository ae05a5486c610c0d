import { request } from 'node:http';
import type { Ipv4 } from '../../../net/index.ts';

export interface Fetched {
  readonly status: number;
  readonly body: string;
}

export interface Fetch {
  readonly method?: 'GET' | 'HEAD' | 'POST';
  /** Only this range: enough to show that somebody fetches. */
  readonly range?: string;
  readonly form?: URLSearchParams;
  readonly userAgent?: string;
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
}

/** From the machine's own address, as the service tells machines apart by it. */
export function httpFetch(from: Ipv4, url: string, options: Fetch): Promise<Fetched> {
  const { promise, resolve, reject } = Promise.withResolvers<Fetched>();
  const body = options.form?.toString();
  const sent = request(
    url,
    {
      localAddress: from,
      method: options.method ?? (body === undefined ? 'GET' : 'POST'),
      signal: options.signal,
      timeout: options.timeoutMs ?? 30_000,
      headers: {
        'user-agent': options.userAgent ?? 'iPXE/1.0.0',
        ...(options.range && { range: options.range }),
        ...(body !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
    },
    (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
      );
    },
  );
  sent.once('error', reject);
  sent.once('timeout', () => sent.destroy(new Error(`no answer from ${url}`)));
  sent.end(body);
  return promise;
}
