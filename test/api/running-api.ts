import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { createApi, type LogEntry, listen, type Parts } from '../../api/index.ts';
import { scriptCatalogue } from '../../inventory/index.ts';
import { CodedError, Secret } from '../../model/index.ts';
import { openStore, type Store } from '../../store/index.ts';

export interface RunningApi {
  readonly dataDir: string;
  readonly socketPath: string;
  readonly token: string;
  readonly store: Store;
  readonly log: LogEntry[];
  /** Over the socket, with the token unless headers say otherwise. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** The stream as it comes. */
  open(path: string, headers?: Record<string, string>): Promise<IncomingMessage>;
  stop(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look at whatever came
  readonly json: any;
}

export const layers = [
  {
    name: 'nginx',
    version: '1',
    summary: 'A web server with one page.',
    systems: ['debian/12', 'ubuntu/24.04'],
    conflicts: [],
    roles: [],
    secrets: [],
    schema: {},
  },
];

/** A fresh database takes its time on a busy computer. */
export const startMs = 120_000;

/** The real API on a real store, listening on a real socket. Without `temporal` it is as if the server were down. */
export async function runApi(parts: Partial<Parts> = {}): Promise<RunningApi> {
  const dataDir = await mkdtemp(join(tmpdir(), 'rw-api-'));
  const token = randomBytes(24).toString('base64url');
  await writeFile(join(dataDir, 'token'), `${token}\n`, { mode: 0o600 });
  const store =
    parts.store ??
    (await openStore({
      kind: 'pglite',
      directory: join(dataDir, 'store'),
      keyFile: join(dataDir, 'key'),
    }));
  const log: LogEntry[] = [];
  const app = createApi({
    store,
    temporal: noTemporal,
    token: new Secret(token),
    catalogue: { layers },
    scripts: await scriptCatalogue(),
    health: async () => ({ ok: true, checks: [{ name: 'disk', ok: true, message: '40 GiB free' }] }),
    site: 'lab',
    log: (entry) => void log.push(entry),
    ...parts,
  });
  const listening = await listen({ app, socketPath: join(dataDir, 'api.sock') });
  const { socketPath } = listening;
  const open = (
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: string,
  ): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const outgoing = request({ socketPath, method, path, agent: false, headers }, resolve);
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  return {
    dataDir,
    socketPath,
    token,
    store,
    log,
    async call(method, path, body, headers = { authorization: `Bearer ${token}` }) {
      const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
      const type = text === undefined ? {} : { 'content-type': 'application/json' };
      const answer = await open(method, path, { ...type, ...headers }, text);
      let received = '';
      for await (const chunk of answer.setEncoding('utf8')) received += chunk as string;
      return {
        status: answer.statusCode ?? 0,
        headers: answer.headers,
        text: received,
        json: parse(received),
      };
    },
    open: (path, headers = {}) =>
      open('GET', path, { authorization: `Bearer ${token}`, accept: 'text/event-stream', ...headers }),
    async stop() {
      await listening.close();
      if (!parts.store) await store.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** For what must be settled before the store is asked. */
export const untouchable = new Proxy({} as Store, {
  get(_target, name) {
    throw new Error(`the store was touched: ${String(name)}`);
  },
});

function noTemporal(): Client {
  throw new CodedError('TEMPORAL_UNAVAILABLE', 'the Temporal server does not answer');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
