import { readFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { codedError, CommandError } from './command-error.ts';
import { parseEventStream, type StreamedEvent } from './event-stream.ts';

/** The service over its Unix socket. */
export interface ApiClient {
  readonly socketPath: string;
  get<Result>(path: string): Promise<Result>;
  send<Result>(method: string, path: string, body?: unknown): Promise<Result>;
  /** Sends a file of `size` bytes, and waits for the answer as long as bytes flow. */
  upload<Result>(path: string, content: Readable, size: number): Promise<Result>;
  /** The answer as it came. */
  raw(method: string, path: string, body?: string): Promise<string>;
  /** Events until the stream breaks or the signal ends it. */
  events(path: string, signal: AbortSignal, lastEventId?: string): AsyncGenerator<StreamedEvent>;
}

export interface ApiClientOptions {
  readonly socketPath: string;
  readonly tokenFile: string;
  readonly timeoutMs?: number;
}

/** The service itself gives a request up after 20 s, a plan after 65 s. */
const requestTimeoutMs = 70_000;

export function createApiClient(options: ApiClientOptions): ApiClient {
  const timeoutMs = Math.min(options.timeoutMs ?? requestTimeoutMs, requestTimeoutMs);
  const raw = async (method: string, path: string, body?: string): Promise<string> => {
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await open(options, method, path, { body, signal });
    const text = await wholeText(answer);
    if ((answer.statusCode ?? 500) >= 400) throw refusal(answer, text);
    return text;
  };
  const send = async <Result>(method: string, path: string, body?: unknown): Promise<Result> =>
    JSON.parse(await raw(method, path, body === undefined ? undefined : JSON.stringify(body))) as Result;
  return {
    socketPath: options.socketPath,
    get: (path) => send('GET', path),
    send,
    raw,
    async upload<Result>(path: string, content: Readable, size: number): Promise<Result> {
      const headers = { 'content-type': 'application/octet-stream', 'content-length': String(size) };
      const signal = new AbortController().signal;
      const answer = await open(options, 'POST', path, { headers, signal, content });
      const text = await wholeText(answer);
      if ((answer.statusCode ?? 500) >= 400) throw refusal(answer, text);
      return JSON.parse(text) as Result;
    },
    async *events(path, signal, lastEventId) {
      const headers = { accept: 'text/event-stream', ...(lastEventId && { 'last-event-id': lastEventId }) };
      const answer = await open(options, 'GET', path, { headers, signal });
      if (answer.statusCode !== 200) throw refusal(answer, await wholeText(answer));
      yield* parseEventStream(answer.setEncoding('utf8'));
    },
  };
}

async function open(
  { socketPath, tokenFile }: ApiClientOptions,
  method: string,
  path: string,
  extra: {
    headers?: Record<string, string>;
    body?: string | undefined;
    content?: Readable;
    signal: AbortSignal;
  },
): Promise<IncomingMessage> {
  const token = await readToken(tokenFile, socketPath);
  const { body, signal } = extra;
  const headers = {
    host: 'rackwright',
    authorization: `Bearer ${token}`,
    ...(body !== undefined && {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    }),
    ...extra.headers,
  };
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, method, path, headers, signal, agent: false }, resolve);
    outgoing.once('error', (error: NodeJS.ErrnoException) => reject(unreachable(error, socketPath)));
    if (!extra.content) {
      outgoing.end(body);
      return;
    }
    // A refusal comes before the last byte was sent: its answer counts, not the pipe that it broke.
    pipeline(extra.content, outgoing).catch(reject);
  });
}

async function readToken(file: string, socketPath: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES') throw codedError('LOGIN_REQUIRED', `you may not read the token file ${file}`);
    throw codedError('API_UNREACHABLE', `no service was ever started for ${socketPath}: there is no ${file}`);
  }
}

function unreachable(error: NodeJS.ErrnoException, socketPath: string): CommandError {
  if (error.code === 'EACCES')
    return codedError('LOGIN_REQUIRED', `you may not use the socket ${socketPath}`);
  if (error.name === 'AbortError' || error.name === 'TimeoutError') {
    return codedError('API_UNREACHABLE', `the service at ${socketPath} did not answer in time`);
  }
  return codedError('API_UNREACHABLE', `nothing answers at ${socketPath} (${error.code ?? error.message})`);
}

/** The service says what went wrong in its own words; anything else is not our service. */
function refusal(answer: IncomingMessage, text: string): CommandError {
  try {
    const { code, detail, cause, next, trace } = JSON.parse(text) as Record<string, unknown>;
    if (typeof code === 'string' && typeof detail === 'string' && Array.isArray(next)) {
      return new CommandError({
        code,
        message: detail,
        cause: String(cause),
        next: next.map(String),
        ...(typeof trace === 'string' && { trace }),
      });
    }
  } catch {
    // Not JSON: told below.
  }
  return codedError('INTERNAL', `the service answered with status ${answer.statusCode} and no reason`);
}

async function wholeText(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += chunk as string;
  return text;
}
