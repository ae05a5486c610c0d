import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { RACKWRIGHT } from '../../service.ts';
import { mayFetch } from './addresses.ts';

/** The program itself as a process of its own, beside the fleet. */
export interface SimService {
  readonly dataDirectory: string;
  readonly pid: number;
  readonly temporalAddress: string;
  /** A request of its API, over its socket. @throws Error with status and problem when it is refused */
  api<Result>(method: string, path: string, body?: object): Promise<Result>;
  stop(): Promise<void>;
}

const READY_MS = 180_000;

export async function startSimService(
  dataDirectory: string,
  flags: readonly string[],
  logFile: string,
): Promise<SimService> {
  const log = createWriteStream(logFile);
  const command = [
    ...['--pdeathsig', 'KILL', '--', RACKWRIGHT, 'up', '--data-dir', dataDirectory],
    ...mayFetch,
    ...flags,
  ];
  const child = spawn('setpriv', command, { stdio: ['ignore', 'pipe', 'pipe'] });
  let temporalAddress = '';
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      log.write(`${line}\n`);
      temporalAddress ||= /Temporal runs at (\S+)/.exec(line)?.[1] ?? '';
    });
  }
  const api = await simApi(dataDirectory, logFile, () => child.exitCode !== null);
  return {
    dataDirectory,
    pid: child.pid as number,
    temporalAddress,
    api,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** The API of the service on this data, whichever process answers. Waits until one does. */
export async function simApi(
  dataDirectory: string,
  logFile: string,
  hasEnded: () => boolean,
): Promise<SimService['api']> {
  const socketPath = join(dataDirectory, 'api.sock');
  const deadline = Date.now() + READY_MS;
  for (;;) {
    const { status } = await send(socketPath, 'GET', '/healthz', '').catch(() => ({ status: 0 }));
    if (status === 200) break;
    if (hasEnded() || Date.now() > deadline)
      throw new Error(`the service does not come up; its log is ${logFile}`);
    await delay(200);
  }
  const token = (await readFile(join(dataDirectory, 'token'), 'utf8')).trim();
  return async (method, path, body) => {
    const { status, text } = await send(socketPath, method, path, token, body);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as never;
  };
}

function send(
  socketPath: string,
  method: string,
  path: string,
  token: string,
  body?: object,
): Promise<{ readonly status: number; readonly text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const asked = request(
    {
      socketPath,
      path,
      method,
      timeout: 60_000,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    },
    (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.once('error', reject);
    },
  );
  asked.once('timeout', () => asked.destroy(new Error('the API does not answer')));
  asked.once('error', reject);
  asked.end(body && JSON.stringify(body));
  return promise;
}
